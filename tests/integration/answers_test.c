/* What an answer does to alerts and leads, edition by edition; expected from docs/episodes.md, "Answers". Answers are put
 * where `bidui feedback` would have put them. */
#include "nights_fixture.h"

#define BURDEN "medical_burden_registered"

/* The answer to alert 1 of lead 1, with its result. */
static void answer(int learned, const char *rule, const char *word, int code, const char *day, const char *amount)
{
    run("update bidui.result set ended = %d where ended is null; update bidui.answer set ended = %d where ended is null and rule = '%s';"
        "insert into bidui.result values ('" COUNTY "', 1, %d, null, '990121100', 1, %d, '%s', 'visit', '', '');"
        "insert into bidui.answer values ('" COUNTY "', '%s', '1', %d, null, 1, 1, 1, '%s', %d, '%s', %s)",
        learned, learned, rule, learned, code, day, rule, learned, word, code, day, amount);
}

/* A household whose burden came up on the second night, 18 November. */
static void one_lead(void)
{
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    assert_lead(1, 2, "new high opened new 2026-11-23");
}

static const char *held_in(int edition)
{
    return text("select string_agg(concat_ws(' ', rule, subject, answer, code, answered_on, until, opens_at), '; ')"
                " from bidui.held where edition = %d", edition);
}

static void an_answer_closes_and_keeps_cool(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    assert_alert(BURDEN, "answered 40");
    assert_lead(1, 3, "new high answered cleared 2026-11-23");
    /* 18 November and 90 days are 16 February; 11000 and 30 % are 14300 */
    assert_string_equal(held_in(3), BURDEN " 1 untrue 40 2026-11-18 2027-02-16 14300.00");
    bill(4, 1, "b", "2026-11-02", NULL, 329999);
    night(4, "2026-11-20");
    assert_lead(1, 4, "none");
    assert_string_equal(held_in(4), BURDEN " 1 untrue 40 2026-11-18 2027-02-16 14300.00");
    bill(5, 1, "c", "2026-11-02", NULL, 1);
    night(5, "2026-11-21");
    assert_lead(1, 5, "new high opened new 2026-11-24");
    assert_string_equal(held_in(5), "null");
    night(6, "2026-11-22"); /* the answer of the 18th is about the other alert */
    assert_lead(1, 6, "new high open open 2026-11-24");
}

static void the_last_day_of_cooling(void **state)
{
    (void)state;
    shell("sed -i 's/^  severity: high/  cooling: 3d\\n  severity: high/' '%s/config/rules/medical.yaml'", folder);
    load_config();
    one_lead();
    answer(3, BURDEN, "true", 31, "2026-11-18", "null");
    bill(3, 1, "b", "2026-11-02", NULL, 9900000); /* of unknown amount nothing can grow */
    night(3, "2026-11-20");
    assert_lead(1, 3, "new high answered cleared 2026-11-23");
    night(4, "2026-11-21");
    assert_lead(1, 4, "new high opened new 2026-11-24");
    shell("cp '" BIDUI_SOURCE_DIR "/config/rules/medical.yaml' '%s/config/rules/'", folder);
    load_config();
}

static void growth_is_a_parameter(void **state)
{
    (void)state;
    shell("sed -i 's/cooling_growth, region: \"99\", from: 2022-01-01, value: 30%%/cooling_growth, region: \"99\", from: 2022-01-01,"
          " value: 10%%/' '%s/config/parameters.yaml'", folder);
    load_config();
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    bill(4, 1, "b", "2026-11-02", NULL, 110000);
    night(4, "2026-11-20");
    assert_lead(1, 4, "new high opened new 2026-11-23");
    shell("cp '" BIDUI_SOURCE_DIR "/config/parameters.yaml' '%s/config/'", folder);
    load_config();
}

static void what_is_not_answered_stays_open(void **state)
{
    (void)state;
    one_lead();
    fact("civil_affairs__allowance", 3, "household_id", "1", "x", "f_decision, f_started_on", "'granted', '2026-11-10'");
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    assert_alert(BURDEN, "answered 40");
    assert_lead(1, 3, "new medium escalated new 2026-11-26"); /* the allowance joined on the 19th */
    run("insert into bidui.answer values ('" COUNTY "', 'allowance_granted', '1', 4, null, 1, 2, 3, 'data_wrong', 50, '2026-11-19', null)");
    night(4, "2026-11-20");
    assert_lead(1, 4, "new medium answered cleared 2026-11-26");
}

static void a_visit_before_the_alert_is_about_another(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-17", "11000.00");
    night(3, "2026-11-19");
    assert_lead(1, 3, "new high open open 2026-11-23");
}

static void what_opens_as_another_is_answered_stays(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-19", "11000.00");
    bill(3, 1, "b", "2026-11-02", NULL, 330000); /* that very night it has grown */
    night(3, "2026-11-19");
    assert_string_equal(text("select string_agg(t.state, ' ' order by a.alert_id) from bidui.alert a join bidui.alert_state t"
                             " using (county, alert_id) where t.edition = 3"),
                        "answered opened");
    night(4, "2026-11-20");
    assert_alert(BURDEN, "opened ");
}

static void a_retired_rule_was_answered_all_the_same(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    shell("sed -i 's/^- id: medical_burden_registered/- id: medical_burden_renamed/' '%s/config/rules/medical.yaml'", folder);
    load_config();
    night(3, "2026-11-19");
    assert_alert(BURDEN, "answered 40");
    shell("cp '" BIDUI_SOURCE_DIR "/config/rules/medical.yaml' '%s/config/rules/'", folder);
    load_config();
}

static void an_answer_to_a_list_of_today_is_learned_by_its_next_edition(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    night(3, "2026-11-18");
    assert_lead(1, 3, "new high answered cleared 2026-11-23");
    night(4, "2026-11-18");
    assert_lead(1, 4, "new high answered cleared 2026-11-23");
    night(5, "2026-11-19");
    assert_lead(1, 5, "none");
}

static void an_answer_goes_where_its_person_went(void **state)
{
    (void)state;
    one_lead();
    lifted(2);
    run("update bidui.person set ended = 3 where person_id = 1; insert into bidui.person (county, person_id, learned, household_id,"
        " relation, birth_date) values ('" COUNTY "', 1, 3, 2, 'head', '1960-01-01')");
    night(3, "2026-11-19");
    assert_alert(BURDEN, "opened ");
    answer(4, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    night(4, "2026-11-20");
    assert_alert(BURDEN, "answered 40");
    assert_lead(2, 4, "new high answered cleared 2026-11-23");
}

static void answered_comes_before_what_else_ends_it(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "data_wrong", 50, "2026-11-18", "11000.00");
    end_fact("health_insurance__settlement", "a", 3, "vanished");
    night(3, "2026-11-19");
    assert_alert(BURDEN, "answered 50");
}

static void reported_until_the_roster_shows_it(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "true", 10, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    fact("civil_affairs__allowance", 4, "household_id", "1", "x", "f_decision, f_started_on", "'granted', '2026-11-10'");
    night(4, "2026-11-20");
    assert_lead(1, 4, "changed medium opened changed 2026-11-27");
    run("update bidui.household set ended = 5; insert into bidui.household (county, household_id, learned, village_code, origin,"
        " monitor_class) values ('" COUNTY "', 1, 5, '" VILLAGE "', 'lifted', 'sudden')");
    night(5, "2026-11-21");
    assert_lead(1, 5, "changed medium open open 2026-11-27");
    run("update bidui.household set ended = 6 where ended is null; insert into bidui.household (county, household_id, learned,"
        " village_code, origin, monitor_class, risk_cleared, cleared_on) values ('" COUNTY "', 1, 6, '" VILLAGE "', 'lifted', 'sudden',"
        " true, '2026-11-21')");
    night(6, "2026-11-22"); /* what was reported has been shown: now the roster says */
    assert_lead(1, 6, "reopen medium open open 2026-11-27");
}

static void monitored_long_ago_confirms_nothing(void **state)
{
    (void)state;
    one_lead();
    run("update bidui.household set learned = 2; insert into bidui.household (county, household_id, learned, ended, village_code, origin,"
        " monitor_class) values ('" COUNTY "', 1, 1, 2, '" VILLAGE "', 'lifted', 'sudden')");
    answer(3, BURDEN, "true", 10, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    fact("civil_affairs__allowance", 4, "household_id", "1", "x", "f_decision, f_started_on", "'granted', '2026-11-10'");
    night(4, "2026-11-20");
    assert_lead(1, 4, "changed medium opened changed 2026-11-27");
}

static void a_later_visit_takes_the_report_back(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "true", 10, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    answer(4, BURDEN, "true", 40, "2026-11-19", "11000.00");
    fact("civil_affairs__allowance", 4, "household_id", "1", "x", "f_decision, f_started_on", "'granted', '2026-11-10'");
    night(4, "2026-11-20");
    assert_lead(1, 4, "new medium opened new 2026-11-27");
    /* 19 November is the visit that counts */
    assert_string_equal(held_in(4), BURDEN " 1 true 40 2026-11-19 2027-02-17 14300.00");
}

static void unreachable_changes_nothing(void **state)
{
    (void)state;
    one_lead();
    run("insert into bidui.result values ('" COUNTY "', 1, 3, null, '990121100', 2, 60, '2026-11-18', 'phone', '', '')");
    night(3, "2026-11-19");
    assert_lead(1, 3, "new high open open 2026-11-23");
}

static void a_lead_ends_as_the_weightiest_of_its_alerts(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    fact("civil_affairs__allowance", 2, "household_id", "1", "x", "f_decision, f_started_on", "'granted', '2026-11-10'");
    night(2, "2026-11-18");
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    end_fact("civil_affairs__allowance", "x", 3, "vanished");
    night(3, "2026-11-19");
    assert_alert("allowance_granted", "withdrawn record_retracted");
    assert_lead(1, 3, "new high answered cleared 2026-11-23");
}

static void the_same_edition_again_gives_the_same(void **state)
{
    (void)state;
    one_lead();
    answer(3, BURDEN, "untrue", 40, "2026-11-18", "11000.00");
    night(3, "2026-11-19");
    const char *before = everything(), *held = held_in(3);
    stages(3, "2026-11-19", false);
    run("update bidui.edition set state = 'published' where edition = 3");
    assert_string_equal(everything(), before);
    assert_string_equal(held_in(3), held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_answer_closes_and_keeps_cool, set_up),
        cmocka_unit_test_setup(the_last_day_of_cooling, set_up),
        cmocka_unit_test_setup(growth_is_a_parameter, set_up),
        cmocka_unit_test_setup(what_is_not_answered_stays_open, set_up),
        cmocka_unit_test_setup(a_visit_before_the_alert_is_about_another, set_up),
        cmocka_unit_test_setup(an_answer_to_a_list_of_today_is_learned_by_its_next_edition, set_up),
        cmocka_unit_test_setup(what_opens_as_another_is_answered_stays, set_up),
        cmocka_unit_test_setup(a_retired_rule_was_answered_all_the_same, set_up),
        cmocka_unit_test_setup(an_answer_goes_where_its_person_went, set_up),
        cmocka_unit_test_setup(answered_comes_before_what_else_ends_it, set_up),
        cmocka_unit_test_setup(reported_until_the_roster_shows_it, set_up),
        cmocka_unit_test_setup(monitored_long_ago_confirms_nothing, set_up),
        cmocka_unit_test_setup(a_later_visit_takes_the_report_back, set_up),
        cmocka_unit_test_setup(unreachable_changes_nothing, set_up),
        cmocka_unit_test_setup(a_lead_ends_as_the_weightiest_of_its_alerts, set_up),
        cmocka_unit_test_setup(the_same_edition_again_gives_the_same, set_up),
    };
    return cmocka_run_group_tests(tests, open_county, close_county);
}
