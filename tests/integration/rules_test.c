/* What rules find: thresholds, windows, months, none and unknown, exceptions, versions. Expected answers are reasoned
 * from docs/episodes.md. The day is 2026-11-22 unless a test says otherwise. */
#include "rules_fixture.h"

#include "pipeline/assess.h"

#define DAY "2026-11-22"

static const char parameters[] =
    "insert into bidui.parameter select '" COUNTY "', n, r, d::date, 1, null, v, u, 'basis' from (values"
    " ('rural_income', '9901', '2025-01-01', 20000, 'yuan/person/year'), ('rural_income', '9901', '2026-01-01', 21000,"
    " 'yuan/person/year'), ('registered_burden_share', '99', '2022-01-01', 0.5, 'share'), ('allowance_line', '99',"
    " '2022-01-01', 6000, 'yuan/person/year'), ('school_age_from', '99', '2000-01-01', 6, 'year'), ('school_age_to', '99',"
    " '2000-01-01', 16, 'year'), ('absence_days', '99', '2022-01-01', 5, 'day'), ('relief_floor', '99', '2022-01-01', 200,"
    " 'yuan'), ('outage_days_line', '99', '2023-01-01', 36, 'day'), ('outage_count_line', '99', '2023-01-01', 3, 'time'),"
    " ('aid_term_days', '99', '2022-01-01', 60, 'day')) as x (n, r, d, v, u)";

static int set_up(void **state)
{
    (void)empty_county(state);
    run("%s", parameters);
    run("insert into bidui.edition (county, edition, as_of, state) values ('" COUNTY "', 1, '" DAY
        "', 'open')");
    return 0;
}

/* ---- Asking ---- */

struct asked {
    const char *result, *judged, *cause, *named, *threshold;
};

/* Findings are asked for by a statement of their own: it must find exactly those whose result is true. */
static void assert_found(const struct rule *rule, const char *subject, const char *const *params, bool is_true)
{
    const char *everybody[RULE_PARAMS];
    DB_RESULT PGresult *one = NULL;
    DB_RESULT PGresult *all = NULL;
    const char *sql = arena_printf(arena, "select from (%s) e where e.subject = '%s'", rule->find, subject);
    assert_ok(db_query(db, sql, RULE_PARAMS, params, &one));
    memcpy(everybody, params, sizeof everybody);
    everybody[3] = NULL;
    assert_ok(db_query(db, sql, RULE_PARAMS, everybody, &all));
    assert_int_equal(PQntuples(one), is_true ? 1 : 0);
    assert_int_equal(PQntuples(all), is_true ? 1 : 0);
}

static struct asked ask_at(const char *rule_id, const char *subject, const char *day, const char *before,
                           int known)
{
    struct rule_set set;
    const char *params[RULE_PARAMS];
    DB_RESULT PGresult *res = NULL;
    assert_ok(rules_compile(config, arena, &set));
    const struct rule *rule = rules_find(&set, str_from(rule_id));
    assert_non_null(rule);
    struct str one = str_from(subject);
    struct rule_moment moment = {day_of(day), day_of(before), known, db_array(arena, &one, 1)};
    rules_params(rule, config, moment, arena, params);
    assert_ok(
        db_query(db,
                 arena_printf(arena, "select e.result, e.judged, e.cause, e.named, e.threshold from (%s) e",
                              rule->evaluate),
                 RULE_PARAMS, params, &res));
    assert_found(rule, subject, params, PQntuples(res) == 1 && db_bool(res, 0, 0));
    if (PQntuples(res) == 0) {
        return (struct asked){"absent", "absent", "absent", "absent", "absent"};
    }
    assert_int_equal(PQntuples(res), 1);
    const char *all[5];
    for (int i = 0; i < 5; i++) {
        struct str value = db_text(res, 0, i);
        all[i] = str_is_null(value) ? "null" : arena_cstr(arena, value);
    }
    return (struct asked){all[0], all[1], all[2], all[3], all[4]};
}

static struct asked ask(const char *rule_id, const char *subject)
{
    return ask_at(rule_id, subject, DAY, DAY, 1);
}

#define assert_judged(rule, subject, wanted) assert_string_equal(ask(rule, subject).result, wanted)

/* ---- Amounts and windows ---- */

static void burden_a_fen_below_at_and_above(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "a", "2026-03-01", NULL, 1049999);
    assert_judged("medical_burden_registered", "1", "f"); /* 50% of 21000 is 10500.00 */
    bill(1, 1, "b", "2026-04-01", NULL, 1);
    assert_judged("medical_burden_registered", "1", "f"); /* reached, not passed */
    bill(1, 1, "c", "2026-04-02", NULL, 1);
    struct asked a = ask("medical_burden_registered", "1");
    assert_string_equal(a.result, "t");
    assert_string_equal(a.threshold, "10500.00");
    assert_non_null(strstr(a.named, "\"burden\": \"10500.01\""));
}

static void burden_counts_this_year_before_today(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "last year", "2025-12-31", NULL, 1000000);
    bill(1, 1, "today", "2026-11-22", NULL, 1000000);
    bill(1, 1, "base", "2026-02-01", NULL, 1050000);
    assert_judged("medical_burden_registered", "1", "f");
    bill(1, 1, "new year", "2026-01-01", NULL, 1);
    assert_judged("medical_burden_registered", "1", "t");
    bill(1, 1, "reversed", "2026-11-21", NULL, -1);
    assert_judged("medical_burden_registered", "1", "f");
}

static void burden_is_of_classes_named(void **state)
{
    (void)state;
    general(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "a", "2026-03-01", NULL, 9000000);
    assert_judged("medical_burden_registered", "1", "absent");
    run("update bidui.household set monitor_class = 'marginal'");
    assert_judged("medical_burden_registered", "1", "t");
    run("update bidui.household set risk_cleared = true");
    assert_judged("medical_burden_registered", "1", "absent");
}

static void a_month_that_straddles_is_unknown(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "a", "2026-03-01", NULL, 1050000);
    bill(1, 1, "november", "2026-11-01", "2026-11-30", 1);
    struct asked a = ask("medical_burden_registered", "1");
    assert_string_equal(a.result, "null"); /* perhaps before the 22nd, perhaps not */
    bill(1, 1, "b", "2026-03-02", NULL, 1);
    assert_judged("medical_burden_registered", "1", "t"); /* whatever November was */
    bill(1, 1, "reversal", "2026-11-01", "2026-11-30", -1);
    assert_judged("medical_burden_registered", "1", "null"); /* it may have been taken back already */
}

/* On its last day a month is not over: what happened today does not count. */
static void a_month_that_ends_today_straddles(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "november", "2026-11-01", "2026-11-30", 1050001);
    assert_string_equal(ask_at("medical_burden_registered", "1", "2026-11-30", "2026-11-30", 1).result, "null");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2026-12-01", "2026-12-01", 1).result, "t");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2026-11-01", "2026-11-01", 1).result, "f");
}

static void a_whole_month_is_inside_or_outside(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "december", "2025-12-01", "2025-12-31", 9000000);
    assert_judged("medical_burden_registered", "1", "f");
    bill(1, 1, "october", "2026-10-01", "2026-10-31", 1050001);
    assert_judged("medical_burden_registered", "1", "t");
}

static void the_nearest_place_and_the_latest_date_set_the_line(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    assert_string_equal(ask("medical_burden_registered", "1").threshold, "10500.00");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2025-12-31", "2025-12-31", 1).threshold,
                        "10000.00");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2024-12-31", "2024-12-31", 1).threshold,
                        "null");
    run("insert into bidui.parameter values ('" COUNTY
        "', 'rural_income', '9901211002', '2026-01-01', 1, null, 30000,"
        " 'yuan/person/year', 'township')");
    assert_string_equal(ask("medical_burden_registered", "1").threshold, "15000.00");
    run("insert into bidui.parameter values ('" COUNTY
        "', 'rural_income', '9901211003', '2026-01-01', 1, null, 40000,"
        " 'yuan/person/year', 'another township')");
    assert_string_equal(ask("medical_burden_registered", "1").threshold, "15000.00");
}

static void without_a_line_nothing_is_known(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "a", "2026-03-01", NULL, 9000000);
    run("delete from bidui.parameter where name = 'rural_income'");
    assert_judged("medical_burden_registered", "1", "null");
}

/* ---- none ---- */

static void nothing_to_compare_is_unknown_and_no_records_are_nought(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    assert_judged("relief_granted", "1", "null");         /* max of nothing */
    assert_judged("medical_burden_registered", "1", "f"); /* sum of nothing is 0 */
    assert_judged("allowance_granted", "1", "f");         /* nothing exists */
    assert_non_null(strstr(ask("relief_granted", "1").named, "\"amount\": null"));
}

static void relief_a_fen_and_a_day_on_both_sides(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    fact("civil_affairs__relief", 1, "person_id", "1", "a", "f_granted_on, f_amount", "'2026-11-01', 19999");
    assert_judged("relief_granted", "1", "f");
    fact("civil_affairs__relief", 1, "person_id", "1", "b", "f_granted_on, f_amount", "'2026-10-21', 20000");
    assert_judged("relief_granted", "1", "f"); /* last month begins on 22 October */
    fact("civil_affairs__relief", 1, "person_id", "1", "c", "f_granted_on, f_amount", "'2026-10-22', 20000");
    assert_judged("relief_granted", "1", "t");
    /* month ends are clamped: from 31 March a month back is 28 February */
    fact("civil_affairs__relief", 1, "person_id", "1", "d", "f_granted_on, f_amount", "'2026-02-28', 50000");
    assert_string_equal(ask_at("relief_granted", "1", "2026-03-31", "2026-03-31", 1).result, "t");
    fact("civil_affairs__relief", 1, "person_id", "1", "e", "f_granted_on, f_amount", "'2025-02-27', 50000");
    assert_string_equal(ask_at("relief_granted", "1", "2025-03-31", "2025-03-31", 1).result, "null");
}

static void ended(const char *key, const char *values)
{
    run("delete from bidui.fact_civil_affairs__allowance");
    fact("civil_affairs__allowance", 1, "household_id", "1", key, "f_ended_on, f_end_reason", values);
}

/* allowance_ended: not (end_reason in [death, employed]), ended_on in last month */
static void blank_fields_satisfy_nothing_and_pass_a_negation(void **state)
{
    (void)state;
    lifted(1);
    ended("a", "null, 'income'");
    assert_judged("allowance_ended", "1", "f");
    ended("b", "'2026-11-01', 'death'");
    assert_judged("allowance_ended", "1", "f");
    ended("c", "'2026-11-01', 'income'");
    assert_judged("allowance_ended", "1", "t");
    ended("d", "'2026-11-01', null"); /* no reason given is none of those that excuse it */
    assert_judged("allowance_ended", "1", "t");
}

static void a_field_known_to_the_month_in_a_window(void **state)
{
    (void)state;
    lifted(1);
    const char *columns = "f_decision, f_started_on, f_started_on_last";
    fact("civil_affairs__allowance", 1, "household_id", "1", "a", columns,
         "'granted', '2026-10-01', '2026-10-31'");
    assert_judged("allowance_granted", "1", "null"); /* before or after 22 October */
    assert_string_equal(ask_at("allowance_granted", "1", "2026-11-01", "2026-11-01", 1).result, "t");
    assert_string_equal(ask_at("allowance_granted", "1", "2026-12-01", "2026-12-01", 1).result, "f");
    fact("civil_affairs__allowance", 1, "household_id", "1", "b", columns, "'granted', '2026-11-01', null");
    assert_judged("allowance_granted", "1", "t");
}

/* ---- absent, and who may be meant ---- */

static void absent_from_school_by_age(void **state)
{
    (void)state;
    static const struct {
        const char *born, *wanted;
    } children[] = {{"2020-09-01", "f"}, {"2020-08-31", "t"}, {"2010-09-01", "t"}, {"2010-08-31", "f"}};
    general(1);
    for (int i = 0; i < 4; i++) {
        char subject[8];
        person(i + 1, 1, children[i].born);
        (void)snprintf(subject, sizeof subject, "%d", i + 1);
        assert_judged("absent_from_enrolment", subject, children[i].wanted);
    }
    fact("education__enrolment", 1, "person_id", "2", "a", "f_status", "'left'");
    assert_judged("absent_from_enrolment", "2", "t");
    fact("education__enrolment", 1, "person_id", "2", "b", "f_status", "'suspended'");
    assert_judged("absent_from_enrolment", "2", "f");
}

static void quarantined(int edition, const char *dataset, const char *candidates)
{
    run("insert into bidui.quarantine (county, dataset, edition, page, row_number, column_name, reason, candidates,"
        " landed_edition) values ('" COUNTY "', '%s', %d, 1, 1, 'x', 'value', '%s', %d)",
        dataset, edition, candidates, edition);
}

static void delivered(int edition, const char *dataset)
{
    run("insert into bidui.delivery (county, dataset, edition, state, verdict, full_snapshot, decided_edition) values"
        " ('" COUNTY "', '%s', %d, 'admitted', 'complete', true, %d)",
        dataset, edition, edition);
}

static void in_review(int number, const char *dataset, const char *candidates)
{
    run("insert into bidui.review (county, review_no, dataset, edition, record_code, reason, candidates, content, page,"
        " row_number, state) values ('" COUNTY "', %d, '%s', 1, 'k', 'name_conflict', '%s', 0, 1, 1, 'open')",
        number, dataset, candidates);
}

static void absent_is_unknown_for_candidates(void **state)
{
    (void)state;
    general(1);
    for (int i = 1; i <= 3; i++) {
        person(i, 1, "2015-01-01");
    }
    delivered(1, "education.enrolment");
    in_review(1, "education.enrolment", "{1,77}");
    in_review(2, "education.aid", "{3}");
    quarantined(1, "education.enrolment", "{2}");
    assert_judged("absent_from_enrolment", "1", "null");
    assert_judged("absent_from_enrolment", "2", "null");
    assert_judged("absent_from_enrolment", "3", "t"); /* another dataset's question */
    fact("education__enrolment", 1, "person_id", "1", "a", "f_status", "'enrolled'");
    assert_judged("absent_from_enrolment", "1", "f");
    run("update bidui.review set state = 'rejected', decided_edition = 2 where review_no = 1; delete from"
        " bidui.fact_education__enrolment");
    assert_judged("absent_from_enrolment", "1", "null"); /* as known at 1 it was open */
    assert_string_equal(ask_at("absent_from_enrolment", "1", DAY, DAY, 2).result, "t");
    run("insert into bidui.delivery (county, dataset, edition, state, verdict, full_snapshot, decided_edition) values"
        " ('" COUNTY "', 'education.enrolment', 2, 'discarded', 'failed', true, 2)");
    assert_string_equal(ask_at("absent_from_enrolment", "2", DAY, DAY, 2).result, "null"); /* it replaced nothing */
    run("delete from bidui.delivery where edition = 2");
    delivered(2, "education.enrolment");
    assert_string_equal(ask_at("absent_from_enrolment", "2", DAY, DAY, 2).result,
                        "t"); /* the newest had no such record */
    assert_judged("absent_from_enrolment", "2", "null");
}

/* A record without a key may be anybody's, where nobody knows whom it concerns. */
static void absent_is_unknown_for_all_of_a_nameless_record(void **state)
{
    (void)state;
    general(1);
    for (int i = 1; i <= 3; i++) {
        person(i, 1, "2015-01-01");
    }
    fact("education__enrolment", 1, "person_id", "2", "a", "f_status", "'enrolled'");
    delivered(1, "education.enrolment");
    delivered(1, "education.aid");
    quarantined(1, "education.aid", "{}"); /* another dataset's */
    assert_judged("absent_from_enrolment", "1", "t");
    quarantined(1, "education.enrolment", "{3}"); /* without a key, but somebody is meant */
    assert_judged("absent_from_enrolment", "1", "t");
    assert_judged("absent_from_enrolment", "3", "null");
    run("update bidui.quarantine set record_code = 'k', candidates = '{}' where dataset = 'education.enrolment'");
    assert_judged("absent_from_enrolment", "1", "t"); /* a record one knows again is nobody else's */
    quarantined(1, "education.enrolment", "{}");
    assert_judged("absent_from_enrolment", "1", "null");
    assert_judged("absent_from_enrolment", "2", "f"); /* found is found */
    assert_judged("absent_from_enrolment", "3", "null");
    run("update bidui.quarantine set sealed = null, emptied = true");
    assert_judged("absent_from_enrolment", "1", "null"); /* as long as no newer delivery says more */
    delivered(2, "education.enrolment");
    assert_string_equal(ask_at("absent_from_enrolment", "1", DAY, DAY, 2).result, "t");
    assert_judged("absent_from_enrolment", "1", "null");
}

static void absent_is_unknown_for_all_households_of_a_nameless_record(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class, net_income", ", 'general', 'sudden', 599999");
    person(1, 1, "1970-01-01");
    delivered(1, "civil_affairs.allowance");
    assert_judged("registered_without_allowance", "1", "t");
    quarantined(1, "civil_affairs.allowance", "{}");
    assert_judged("registered_without_allowance", "1", "null");
}

static void absent_is_unknown_for_a_candidates_household(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        household(i, ", origin, monitor_class, net_income", ", 'general', 'sudden', 599999");
        person(i, i, "1970-01-01");
    }
    assert_judged("registered_without_allowance", "1", "t");
    in_review(1, "civil_affairs.hardship", "{1}");  /* a person */
    in_review(2, "civil_affairs.allowance", "{2}"); /* a household */
    delivered(1, "civil_affairs.allowance");
    quarantined(1, "civil_affairs.allowance", "{3}"); /* a person */
    assert_judged("registered_without_allowance", "1", "null");
    assert_judged("registered_without_allowance", "2", "null");
    assert_judged("registered_without_allowance", "3", "null");
}

static void income_a_fen_around_the_line(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class, net_income", ", 'general', 'sudden', 600000");
    household(2, ", origin, monitor_class, net_income", ", 'general', 'sudden', null");
    assert_judged("registered_without_allowance", "1", "f");
    assert_judged("registered_without_allowance", "2", "null");
    run("update bidui.household set net_income = 599999 where household_id = 1");
    struct asked a = ask("registered_without_allowance", "1");
    assert_string_equal(a.result, "t");
    assert_non_null(strstr(a.named, "\"net_income\": \"5999.99\""));
    assert_string_equal(a.threshold, "6000.00");
}

/* ---- Exceptions ---- */

static void newborns_are_excepted_for_ninety_days(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "2026-08-24"); /* exactly 90 days */
    person(2, 1, "2026-08-25");
    person(3, 1, "1950-01-01");
    assert_judged("not_insured", "1", "t");
    assert_judged("not_insured", "2", "f");
    assert_string_equal(ask("not_insured", "2").cause, "newborn");
    assert_string_equal(ask("not_insured", "2").judged, "t");
    run("update bidui.person set birth_date = null where person_id = 3");
    assert_judged("not_insured", "3", "null"); /* an exception nobody can judge */
}

static void insured_in_another_year_is_not_insured(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1950-01-01");
    fact("health_insurance__enrolment", 1, "person_id", "1", "a", "f_year, f_status", "2025000000, 'normal'");
    fact("health_insurance__enrolment", 1, "person_id", "1", "b", "f_year, f_status", "2026000000, 'ended'");
    assert_judged("not_insured", "1", "t");
    assert_string_equal(ask_at("not_insured", "1", "2025-06-01", "2025-06-01", 1).result, "f");
    fact("health_insurance__enrolment", 1, "person_id", "1", "c", "f_year, f_status", "2026000000, 'normal'");
    assert_judged("not_insured", "1", "f");
}

static void assessed(const char *key, const char *grade, const char *day, const char *last)
{
    char values[200];
    (void)snprintf(values, sizeof values, "'%s', '%s', %s%s%s", grade, day, last ? "'" : "",
                   last ? last : "null", last ? "'" : "");
    fact("housing__assessment", 1, "household_id", "1", key, "f_grade, f_assessed_on, f_assessed_on_last",
         values);
}

static void renovated(const char *key, const char *day, const char *last)
{
    char values[200];
    (void)snprintf(values, sizeof values, "'%s', %s%s%s", day, last ? "'" : "", last ? last : "null",
                   last ? "'" : "");
    fact("housing__renovation", 1, "household_id", "1", key, "f_finished_on, f_finished_on_last", values);
}

static void the_latest_assessment_decides(void **state)
{
    (void)state;
    general(1);
    assert_judged("unsafe_house", "1", "null");
    assessed("a", "C", "2025-05-01", NULL);
    assert_judged("unsafe_house", "1", "t");
    assessed("b", "A", "2025-06-01", NULL);
    assert_judged("unsafe_house", "1", "f");
    assessed("c", "D", "2025-06-01", NULL); /* the same day: the greater key */
    assert_judged("unsafe_house", "1", "t");
    assessed("B", "A", "2025-06-01", NULL); /* bytewise B comes before c */
    assert_judged("unsafe_house", "1", "t");
    assessed("d", "A", "2026-11-22", NULL); /* today does not count */
    assert_judged("unsafe_house", "1", "t");
    assert_non_null(strstr(ask("unsafe_house", "1").named, "\"grade\": \"D\""));
}

static void a_month_that_may_be_later_leaves_the_latest_unknown(void **state)
{
    (void)state;
    general(1);
    assessed("a", "C", "2025-06-15", NULL);
    assessed("b", "A", "2025-06-01", "2025-06-30");
    assert_judged("unsafe_house", "1", "null");
    run("update bidui.fact_housing__assessment set f_grade = 'D' where record_key = 'b'");
    assert_judged("unsafe_house", "1", "null"); /* C or D: the value itself is not known */
    run("update bidui.fact_housing__assessment set f_grade = 'C' where record_key = 'b'");
    assert_judged("unsafe_house", "1", "t"); /* both say C */
    run("update bidui.fact_housing__assessment set f_grade = 'A', f_assessed_on = '2025-05-01', f_assessed_on_last = '2025-05-31'"
        " where record_key = 'b'");
    assert_judged("unsafe_house", "1", "t");
}

static void renovation_after_the_assessment_excepts(void **state)
{
    (void)state;
    general(1);
    assessed("a", "D", "2026-03-15", NULL);
    renovated("x", "2026-03-15", NULL); /* not after */
    assert_judged("unsafe_house", "1", "t");
    renovated("y", "2026-03-01", "2026-03-31"); /* perhaps after */
    assert_judged("unsafe_house", "1", "null");
    renovated("z", "2026-03-16", NULL);
    struct asked a = ask("unsafe_house", "1");
    assert_string_equal(a.result, "f");
    assert_string_equal(a.cause, "already_rebuilt");
}

static void another_safe_house_excepts(void **state)
{
    (void)state;
    general(1);
    assessed("a", "D", "2026-03-15", NULL);
    run("update bidui.fact_housing__assessment set f_safe_alternative = false");
    assert_judged("unsafe_house", "1", "t");
    run("update bidui.fact_housing__assessment set f_safe_alternative = true");
    assert_string_equal(ask("unsafe_house", "1").cause, "safe_alternative");
}

static void damage_after_clearing(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class, risk_cleared, cleared_on",
              ", 'lifted', 'sudden', true, '2026-03-15'");
    assessed("a", "C", "2026-03-15", NULL);
    assert_judged("house_damaged_after_clearing", "1", "f");
    run("update bidui.fact_housing__assessment set f_assessed_on = '2026-03-16'");
    assert_judged("house_damaged_after_clearing", "1", "t");
    run("update bidui.fact_housing__assessment set f_assessed_on = '2026-03-01', f_assessed_on_last = '2026-03-31'");
    assert_judged("house_damaged_after_clearing", "1", "null");
    run("update bidui.household set risk_cleared = false");
    assert_judged("house_damaged_after_clearing", "1", "absent");
}

/* ---- Works ---- */

static void works(const char *number)
{
    fact("water__works", 1, "works_no", number, number, "f_works_no, f_name", "'x', 'x'");
}

static void outage(const char *key, const char *day, const char *columns, const char *values)
{
    char all[100], set[200];
    (void)snprintf(all, sizeof all, "f_started_on, %s", columns);
    (void)snprintf(set, sizeof set, "'%s', %s", day, values);
    fact("water__outage", 1, "works_no", "G1", key, all, set);
}

static void outage_days_to_the_millionth(void **state)
{
    (void)state;
    works("G1");
    outage("a", "2026-02-01", "f_days, f_truck_supply", "35000000, false");
    outage("b", "2026-02-02", "f_days, f_truck_supply", "5000000, true");
    outage("c", "2026-02-03", "f_days, f_truck_supply", "1000000, null"); /* blank: nothing says water came */
    assert_judged("outage_days", "G1", "f");
    outage("d", "2026-02-04", "f_days, f_truck_supply", "1, false");
    struct asked a = ask("outage_days", "G1");
    assert_string_equal(a.result, "t");
    assert_non_null(strstr(a.named, "\"days\": \"36.000001\""));
    assert_string_equal(a.threshold, "36");
}

static void three_long_outages_in_thirty_days(void **state)
{
    (void)state;
    works("G1");
    outage("a", "2026-10-23", "f_hours", "24000000"); /* 30 days before: the first day inside */
    outage("b", "2026-11-01", "f_hours", "24000000");
    outage("c", "2026-11-02", "f_hours", "23999999");
    outage("d", "2026-10-22", "f_hours", "48000000");
    assert_judged("repeated_outages", "G1", "f");
    outage("e", "2026-11-21", "f_hours", "24000000");
    assert_judged("repeated_outages", "G1", "t");
}

static void tests_a_day_around_three_years(void **state)
{
    (void)state;
    works("G1");
    assert_judged("water_test_old", "G1", "null"); /* never tested: none compares with nothing */
    fact("water__test", 1, "works_no", "G1", "a", "f_tested_on, f_result", "'2023-11-22', 'pass'");
    assert_judged("water_test_old", "G1", "f");
    run("update bidui.fact_water__test set f_tested_on = '2023-11-21'");
    assert_judged("water_test_old", "G1", "t");
    run("update bidui.fact_water__test set f_tested_on = '2023-11-01', f_tested_on_last = '2023-11-30'");
    assert_judged("water_test_old", "G1", "null");
    assert_non_null(strstr(ask("water_test_old", "G1").named, "\"tested\": \"2023-11\""));
    run("update bidui.fact_water__test set f_tested_on = '2023-10-01', f_tested_on_last = '2023-10-31'");
    assert_judged("water_test_old", "G1", "t");
    assert_judged("water_test_old", "G2", "absent");
}

/* ---- Versions and members ---- */

static void known_at_an_edition(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(2, 1, "a", "2026-03-01", NULL, 1050001);
    end_fact("health_insurance__settlement", "a", 4, "vanished");
    const char *wanted[] = {"f", "t", "t", "f"};
    for (int known = 1; known <= 4; known++) {
        assert_string_equal(ask_at("medical_burden_registered", "1", DAY, DAY, known).result,
                            wanted[known - 1]);
    }
}

static void present_members_count_for_their_household(void **state)
{
    (void)state;
    lifted(1);
    lifted(2);
    person(1, 1, "1960-01-01");
    fact("civil_affairs__relief", 1, "person_id", "1", "a", "f_granted_on, f_amount", "'2026-11-01', 50000");
    assert_judged("relief_granted", "1", "t");
    run("update bidui.person set ended = 2; insert into bidui.person (county, person_id, learned, household_id) values"
        " ('" COUNTY "', 1, 2, 2)");
    assert_string_equal(ask_at("relief_granted", "1", DAY, DAY, 2).result, "null");
    assert_string_equal(ask_at("relief_granted", "2", DAY, DAY, 2).result, "t");
    assert_judged("relief_granted", "1", "t");
}

static void windows_held_while_facts_go_on(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    bill(1, 1, "a", "2025-12-30", NULL, 1000001); /* the line of 2025 is 10000.00 */
    assert_string_equal(ask_at("medical_burden_registered", "1", "2025-12-31", "2025-12-31", 1).judged, "t");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2026-01-05", "2026-01-05", 1).judged, "f");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2025-12-31", "2026-01-05", 1).judged, "t");
    bill(1, 1, "back", "2026-01-04", NULL, -1);
    assert_string_equal(ask_at("medical_burden_registered", "1", "2025-12-31", "2026-01-05", 1).judged, "f");
    assert_string_equal(ask_at("medical_burden_registered", "1", "2025-12-31", "2026-01-04", 1).judged, "t");
}

/* ---- Education: terms and codes ---- */

static void absence_within_the_term(void **state)
{
    (void)state;
    general(1);
    person(1, 1, "2014-01-01");
    fact("education__enrolment", 1, "person_id", "1", "s", "f_status, f_mode", "'enrolled', 'school'");
    const char *columns = "f_absent_from, f_school_days, f_leave";
    fact("education__attendance", 1, "person_id", "1", "a", columns,
         "'2026-08-31', 9000000, 'none'"); /* last term */
    fact("education__attendance", 1, "person_id", "1", "b", columns, "'2026-09-01', 4000000, 'none'");
    fact("education__attendance", 1, "person_id", "1", "c", columns, "'2026-09-10', 9000000, 'sick'");
    assert_judged("enrolled_but_absent", "1", "f");
    fact("education__attendance", 1, "person_id", "1", "d", columns, "'2026-09-20', 5000000, 'none'");
    assert_judged("enrolled_but_absent", "1", "t");
    fact("education__enrolment", 1, "person_id", "1", "t", "f_status, f_mode", "'enrolled', 'home_teaching'");
    assert_string_equal(ask("enrolled_but_absent", "1").cause, "home_teaching");
}

static void aid_is_awaited_for_sixty_days(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "2014-01-01");
    fact("education__enrolment", 1, "person_id", "1", "s", "f_status", "'enrolled'");
    fact("education__aid", 1, "person_id", "1", "a", "f_granted_on, f_amount",
         "'2026-08-31', 100"); /* last term */
    assert_string_equal(ask_at("aid_not_granted", "1", "2026-10-30", "2026-10-30", 1).result,
                        "f"); /* day 59 */
    struct asked a = ask_at("aid_not_granted", "1", "2026-10-31", "2026-10-31", 1);
    assert_string_equal(a.result, "t");
    assert_non_null(strstr(a.named, "\"term_day\": \"60\""));
    fact("education__aid", 1, "person_id", "1", "b", "f_granted_on, f_amount", "'2026-09-01', 100");
    assert_string_equal(ask_at("aid_not_granted", "1", "2026-10-31", "2026-10-31", 1).result, "f");
}

/* ---- Rules of the test's own ---- */

#define OWN(id, subject, let, when)                                                                        \
    "- id: " id "\n  title: t\n  family: income\n  subject: " subject "\n  let: {" let "}\n  when: '" when \
    "'\n  severity: low\n  reason: r\n  field_reason: f\n  basis: {document: d, place: p, year: 2026}\n"
#define CLASSES "  applies_to: [lifted, general, monitored]\n"

static const char own_rules[] = OWN("grown", "person", "", "age >= 18") CLASSES OWN(
    "crowded", "household", "",
    "members >= 3 and class = general") CLASSES OWN("spread", "person",
                                                    "all: \"sum(health_insurance.settlement.burden, 12 months)\"",
                                                    "all / 2 + 100 > 1000 * 2 - 0.5") CLASSES
    OWN("stale", "works", "last: latest(water.test.tested_on)", "last is none or days_since(last) > 30") OWN(
        "later", "household",
        "first: latest(housing.assessment.grade), after: \"count(housing.assessment, assessed_on > cleared_on or grade in [C])\"",
        "after >= 1 and not (first is none)")
        CLASSES OWN("helped", "person", "has: \"exists(civil_affairs.allowance, decision = granted)\"", "has")
            CLASSES OWN(
                "fixed", "household",
                "n: \"count(civil_affairs.allowance, started_on >= 2026-01-02, started_on < 2026-01-04)\"",
                "n = 1") CLASSES OWN("unlike", "household",
                                     "n: \"count(civil_affairs.allowance, end_reason != income)\"", "n >= 1")
                CLASSES OWN("not_in_time", "household",
                            "n: \"count(civil_affairs.allowance, not (ended_on in 12 months))\"", "n >= 1")
                    CLASSES OWN("cleared_lately", "household", "", "cleared_on in 30 days") CLASSES;

static void rules_of_its_own(void **state)
{
    (void)state;
    write_rules(own_rules);
    load_config();
    general(1);
    person(1, 1, "2008-02-29");
    person(2, 1, "1990-01-01");
    assert_string_equal(ask_at("grown", "1", "2026-02-28", "2026-02-28", 1).result, "f");
    assert_string_equal(ask_at("grown", "1", "2026-03-01", "2026-03-01", 1).result, "t");
    assert_judged("crowded", "1", "f");
    person(3, 1, "1991-01-01");
    assert_judged("crowded", "1", "t");
    bill(1, 1, "a", "2025-11-22", NULL, 379900); /* (3799.00 / 2) + 100 = 1999.5 = 2000 - 0.5 */
    assert_judged("spread", "1", "f");
    bill(1, 1, "b", "2025-11-22", NULL, 1);
    assert_judged("spread", "1", "t");
    works("G1");
    assert_judged("stale", "G1", "t");
    fact("water__test", 1, "works_no", "G1", "a", "f_tested_on", "'2026-10-23'");
    assert_judged("stale", "G1", "f"); /* 30 days */
    run("update bidui.fact_water__test set f_tested_on = '2026-10-22'");
    assert_judged("stale", "G1", "t");
    fact("civil_affairs__allowance", 1, "household_id", "1", "a", "f_decision, f_started_on",
         "'granted', '2026-01-03'");
    assert_judged("helped", "2", "t"); /* the household's allowance is its members' */
    assert_judged("fixed", "1", "t");
    run("update bidui.household set cleared_on = '2026-10-23'");
    assert_judged("cleared_lately", "1", "t");
    run("update bidui.household set cleared_on = '2026-10-22'");
    assert_judged("cleared_lately", "1", "f");
    shell("rm '%s/config/rules/own.yaml'", folder);
    load_config();
}

static const char member_rules[] =
    OWN("all_old", "household", "old: \"count(member, age >= 60)\"", "old = members") CLASSES
    OWN("a_child", "household", "child: \"exists(member, not (relation = head), age < 16)\"", "child") CLASSES
    OWN("alone_able", "person", "able: \"count(member, labour = able)\"", "labour = able and able = 1") CLASSES
    OWN("pupils", "household", "n: \"count(education.enrolment, status = enrolled, school_age >= school_age_to)\"", "n >= 1") CLASSES
    OWN("new_month", "household", "n: \"count(civil_affairs.allowance, started_on >= month_start - 1 month, started_on < month_start)\"",
        "n = 1") CLASSES;

/* What is asked of a member inside an aggregate is his own, not the householder's; who has left counts no more. */
static void members_are_counted_by_what_they_are(void **state)
{
    (void)state;
    write_rules(member_rules);
    load_config();
    general(1);
    general(2);
    person(1, 1, "1966-11-22"); /* sixty on the day */
    person(2, 1, "1966-11-23"); /* tomorrow */
    person(3, 2, "1950-01-01");
    assert_judged("all_old", "1", "f");
    run("update bidui.person set birth_date = '1966-11-22' where person_id = 2");
    assert_judged("all_old", "1", "t");
    run("update bidui.person set birth_date = null where person_id = 2");
    assert_judged("all_old", "1", "f"); /* nobody says how old: not counted */
    run("update bidui.person set ended = 2 where person_id = 2");
    assert_string_equal(ask_at("all_old", "1", DAY, DAY, 2).result, "t");
    run("update bidui.person set ended = null, birth_date = '2010-11-23', relation = 'child' where person_id = 2");
    assert_judged("a_child", "1", "t");
    assert_judged("a_child", "2", "f");
    run("update bidui.person set labour = 'able' where person_id in (1, 3)");
    assert_judged("alone_able", "1", "t");
    assert_judged("alone_able", "2", "null"); /* unknown what he can */
    run("update bidui.person set labour = 'able' where person_id = 2");
    assert_judged("alone_able", "1", "f");
    assert_judged("alone_able", "3", "t");
    fact("education__enrolment", 1, "person_id", "2", "s", "f_status", "'enrolled'");
    assert_judged("pupils", "1", "f"); /* fifteen in this school year */
    run("update bidui.person set birth_date = '2010-08-31' where person_id = 2");
    assert_judged("pupils", "1", "t");
    fact("civil_affairs__allowance", 1, "household_id", "1", "a", "f_started_on, f_started_on_last", "'2026-10-01', '2026-10-31'");
    assert_judged("new_month", "1", "t"); /* a month is inside a month */
    run("update bidui.fact_civil_affairs__allowance set f_started_on = '2026-11-01', f_started_on_last = null");
    assert_judged("new_month", "1", "f");
    shell("rm '%s/config/rules/own.yaml'", folder);
    load_config();
}

/* x != a is a condition and a blank field fails it; not (..) of a month that straddles is as unknown as the month. */
static void negations(void **state)
{
    (void)state;
    write_rules(own_rules);
    load_config();
    general(1);
    ended("a", "'2026-11-01', null");
    assert_judged("unlike", "1", "f");
    assert_judged("not_in_time", "1", "f");
    ended("b", "null, 'death'");
    assert_judged("unlike", "1", "t");
    assert_judged("not_in_time", "1", "t");
    ended("c", "'2025-11-01', 'income'");
    assert_judged("unlike", "1", "f");
    assert_judged("not_in_time", "1", "t");
    run("update bidui.fact_civil_affairs__allowance set f_ended_on_last = '2025-11-30'"); /* 12 months begin on the 22nd */
    assert_judged("not_in_time", "1", "null");
    shell("rm '%s/config/rules/own.yaml'", folder);
    load_config();
}

/* A condition on a row that compares with none is unknown where there is such a row, and false where there is none. */
static void comparing_rows_with_none(void **state)
{
    (void)state;
    write_rules(own_rules);
    load_config();
    general(1);
    assert_string_equal(ask("later", "1").judged, "f"); /* no assessment at all */
    assessed("a", "A", "2026-01-01", NULL);
    assert_string_equal(ask("later", "1").judged, "null"); /* cleared_on is blank: who knows */
    assessed("b", "C", "2025-01-01", NULL);
    assert_string_equal(ask("later", "1").judged, "t");
    shell("rm '%s/config/rules/own.yaml'", folder);
    load_config();
}

#define BURDEN "n: \"sum(health_insurance.settlement.burden, calendar year)\""
static const char line_rules[] = OWN("over", "person", BURDEN, "n > rural_income") CLASSES OWN(
    "over_or_middling", "person", BURDEN, "n > rural_income or not (n < 100) and n < 300")
    CLASSES OWN("over_and_told", "person", BURDEN ", few: \"count(health_insurance.settlement)\"",
                "n > rural_income and few = 1") CLASSES OWN("not_over", "person", BURDEN, "not (n > rural_income)")
        CLASSES OWN("at_least_nothing", "person", BURDEN, "n >= 0") CLASSES OWN("something", "person", BURDEN, "n > 0") CLASSES;

/* Totals are followed only where they pass the lowest line of the county, and only where nothing else asks for them. */
static void totals_and_lines(void **state)
{
    (void)state;
    write_rules(line_rules);
    load_config();
    lifted(1);
    lifted(2);
    run("update bidui.household set village_code = '990121100202' where household_id = 2");
    person(1, 1, "1990-01-01");
    person(2, 2, "1990-01-01");
    person(3, 1, "1990-01-01"); /* has no facts at all */
    assert_judged("over", "3", "f");
    assert_judged("not_over", "3", "t");
    assert_judged("at_least_nothing", "3", "t");
    assert_judged("something", "3", "f");
    bill(1, 1, "a", "2026-03-01", NULL, 20000);
    assert_judged("over_or_middling", "1", "t");
    assert_judged("not_over", "1", "t");
    assert_judged("something", "1", "t");
    bill(1, 1, "b", "2026-03-01", NULL, 130000);
    bill(1, 2, "c", "2026-03-01", NULL, 150000);
    assert_judged("over", "1", "f");
    run("insert into bidui.parameter select county, name, '" VILLAGE "', valid_from, 1, null, 1499.99, unit, basis"
        " from bidui.parameter where name = 'rural_income' and valid_from = '2026-01-01'");
    assert_judged("over", "1", "t"); /* its village has a lower line */
    assert_judged("over", "2", "f");
    assert_judged("over_and_told", "1", "f");
    assert_judged("over_or_middling", "2", "f");
    assert_judged("over_or_middling", "3", "f");
    shell("rm '%s/config/rules/own.yaml'", folder);
    load_config();
}

/* ---- Told ---- */

static void explained(void **state)
{
    (void)state;
    struct rule_set set;
    struct rule_outcome *all = NULL;
    size_t n = 0;
    lifted(1);
    person(1, 1, "2014-01-01");
    bill(1, 1, "a", "2026-03-01", NULL, 1000000);
    assert_ok(rules_compile(config, arena, &set));
    struct rule_moment moment = {day_of(DAY), day_of(DAY), 1, NULL};
    assert_ok(rules_explain(&set, db, moment, 1, STR_NULL, arena, &all, &n));
    bool seen = false, other = false;
    for (size_t i = 0; i < n; i++) {
        const char *id = all[i].rule->text->id;
        assert_true(all[i].rule->subject != SUBJECT_WORKS);
        if (strcmp(id, "medical_burden_registered") == 0) {
            seen = true;
            assert_int_equal(all[i].result, TRUTH_FALSE);
            assert_int_equal(all[i].person_id, 1);
            assert_non_null(all[i].missing);
            assert_string_equal(all[i].missing->condition->text,
                                "burden > registered_burden_share of rural_income");
            assert_string_equal(all[i].missing->left.p, "10000.00");
            assert_string_equal(all[i].missing->right.p, "10500.00");
        }
        if (strcmp(id, "medical_burden_other") == 0) {
            other = true;
            assert_true(str_is_null(all[i].subject)); /* of another class */
        }
    }
    assert_true(seen && other);
}

static void evidence_is_what_counted(void **state)
{
    (void)state;
    struct rule_set set;
    const char *params[RULE_PARAMS];
    DB_RESULT PGresult *res = NULL;
    lifted(1);
    person(1, 1, "1960-01-01");
    for (int i = 1; i <= 25; i++) {
        char key[8], day[12];
        (void)snprintf(key, sizeof key, "k%02d", i);
        (void)snprintf(day, sizeof day, "2026-03-%02d", i);
        bill(1, 1, key, day, NULL, 100000);
    }
    bill(1, 1, "old", "2025-03-01", NULL, 100000);
    assert_ok(rules_compile(config, arena, &set));
    const struct rule *rule = rules_find(&set, STR("medical_burden_registered"));
    struct rule_moment moment = {day_of(DAY), day_of(DAY), 1, "{1}"};
    rules_params(rule, config, moment, arena, params);
    assert_ok(
        db_query(db,
                 arena_printf(arena, "select total, jsonb_array_length(evidence), evidence->0 from (%s) e",
                              rule->evidence),
                 RULE_PARAMS, params, &res));
    assert_int_equal(PQntuples(res), 1);
    assert_string_equal(PQgetvalue(res, 0, 0), "25");
    assert_string_equal(PQgetvalue(res, 0, 1), "20");
    assert_string_equal(PQgetvalue(res, 0, 2),
                        "{\"dataset\": \"settlement\", \"edition\": 1, \"department\": \"health_insurance\","
                        " \"event_date\": \"2026-03-25\", \"record_key\": \"k25\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(burden_a_fen_below_at_and_above, set_up),
        cmocka_unit_test_setup(burden_counts_this_year_before_today, set_up),
        cmocka_unit_test_setup(burden_is_of_classes_named, set_up),
        cmocka_unit_test_setup(a_month_that_straddles_is_unknown, set_up),
        cmocka_unit_test_setup(a_month_that_ends_today_straddles, set_up),
        cmocka_unit_test_setup(a_whole_month_is_inside_or_outside, set_up),
        cmocka_unit_test_setup(the_nearest_place_and_the_latest_date_set_the_line, set_up),
        cmocka_unit_test_setup(without_a_line_nothing_is_known, set_up),
        cmocka_unit_test_setup(nothing_to_compare_is_unknown_and_no_records_are_nought, set_up),
        cmocka_unit_test_setup(relief_a_fen_and_a_day_on_both_sides, set_up),
        cmocka_unit_test_setup(blank_fields_satisfy_nothing_and_pass_a_negation, set_up),
        cmocka_unit_test_setup(a_field_known_to_the_month_in_a_window, set_up),
        cmocka_unit_test_setup(absent_from_school_by_age, set_up),
        cmocka_unit_test_setup(absent_is_unknown_for_candidates, set_up),
        cmocka_unit_test_setup(absent_is_unknown_for_all_of_a_nameless_record, set_up),
        cmocka_unit_test_setup(absent_is_unknown_for_all_households_of_a_nameless_record, set_up),
        cmocka_unit_test_setup(absent_is_unknown_for_a_candidates_household, set_up),
        cmocka_unit_test_setup(income_a_fen_around_the_line, set_up),
        cmocka_unit_test_setup(newborns_are_excepted_for_ninety_days, set_up),
        cmocka_unit_test_setup(insured_in_another_year_is_not_insured, set_up),
        cmocka_unit_test_setup(the_latest_assessment_decides, set_up),
        cmocka_unit_test_setup(a_month_that_may_be_later_leaves_the_latest_unknown, set_up),
        cmocka_unit_test_setup(renovation_after_the_assessment_excepts, set_up),
        cmocka_unit_test_setup(another_safe_house_excepts, set_up),
        cmocka_unit_test_setup(damage_after_clearing, set_up),
        cmocka_unit_test_setup(outage_days_to_the_millionth, set_up),
        cmocka_unit_test_setup(three_long_outages_in_thirty_days, set_up),
        cmocka_unit_test_setup(tests_a_day_around_three_years, set_up),
        cmocka_unit_test_setup(known_at_an_edition, set_up),
        cmocka_unit_test_setup(present_members_count_for_their_household, set_up),
        cmocka_unit_test_setup(windows_held_while_facts_go_on, set_up),
        cmocka_unit_test_setup(absence_within_the_term, set_up),
        cmocka_unit_test_setup(aid_is_awaited_for_sixty_days, set_up),
        cmocka_unit_test_setup(rules_of_its_own, set_up),
        cmocka_unit_test_setup(negations, set_up),
        cmocka_unit_test_setup(comparing_rows_with_none, set_up),
        cmocka_unit_test_setup(totals_and_lines, set_up),
        cmocka_unit_test_setup(explained, set_up),
        cmocka_unit_test_setup(members_are_counted_by_what_they_are, set_up),
        cmocka_unit_test_setup(evidence_is_what_counted, set_up),
    };
    return cmocka_run_group_tests(tests, open_county, close_county);
}
