/* From findings to leads, night after night: assess and alert on facts put in place by hand. Expected answers are
 * reasoned from docs/episodes.md. Nights are editions 1, 2, ... with the dates the tests give them. */
#include "nights_fixture.h"

/* ---- Opening ---- */

static void first_night_is_standing_and_the_second_is_new(void **state)
{
    (void)state;
    one_household();
    lifted(2);
    person(2, 2, "1961-01-01");
    fact("health_insurance__enrolment", 1, "person_id", "2", "b", "f_year, f_status", "2026000000, 'normal'");
    bill(1, 1, "a", "2026-03-01", NULL, 1100000);
    night(1, "2026-11-19");
    assert_lead(
        1, 1,
        "standing high opened standing 2026-11-23"); /* high is released at once: Thursday + 3 is a Sunday */
    assert_lead(2, 1, "none");
    bill(2, 2, "b", "2026-03-01", NULL, 1100000);
    night(2, "2026-11-20");
    assert_lead(1, 2, "standing high open standing 2026-11-23");
    assert_lead(2, 2, "new high opened new 2026-11-23");
    assert_string_equal(text("select lead_no from bidui.lead where household_id = 1"), "260000013");
    assert_string_equal(text("select lead_no from bidui.lead where household_id = 2"), "260000021");
    assert_string_equal(text("select opened_on::text from bidui.lead where household_id = 2"), "2026-11-20");
    night(3, "2026-11-21");
    assert_lead(2, 3, "new high open open 2026-11-23");
    assert_string_equal(text("select count(*) from bidui.alert_state where alert_id = 2"),
                        "1"); /* nothing changed */
    assert_string_equal(
        text(
            "select details->>'threshold' || ' ' || (details->'values'->>'burden') || ' ' || (details->>'facts')"
            " || ' ' || (details->'parameter'->>'name') || ' ' || (details->>'unit') from bidui.alert_state"
            " where alert_id = 2"),
        "10500.00 11000.00 1 rural_income yuan");
}

static void medium_and_low_standing_wait(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class", ", 'lifted', null");
    fact("civil_affairs__allowance", 1, "household_id", "1", "a", "f_decision, f_started_on",
         "'granted', '2026-11-10'");
    night(1, "2026-11-20");
    assert_lead(1, 1, "standing medium opened standing -");
    assert_string_equal(text("select coalesce(started_on::text, 'waits') from bidui.lead_state"), "waits");
}

static void a_new_household_brings_standing_alerts(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-19");
    run("insert into bidui.household_key values ('" COUNTY
        "', 'H002', 2, 2); insert into bidui.household (county, household_id,"
        " learned, village_code, origin) values ('" COUNTY "', 2, 2, '" VILLAGE "', 'lifted')");
    fact("civil_affairs__allowance", 2, "household_id", "2", "a", "f_decision, f_started_on",
         "'granted', '2026-11-10'");
    fact("civil_affairs__allowance", 2, "household_id", "1", "b", "f_decision, f_started_on",
         "'granted', '2026-11-10'");
    night(2, "2026-11-20");
    assert_lead(2, 2, "standing medium opened standing -");
    assert_lead(1, 2, "new medium opened new 2026-11-27"); /* 23 24 25 26 27 November */
}

static void kinds_by_household(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class", ", 'general', 'sudden'");
    household(2, ", origin, monitor_class, risk_cleared, cleared_on",
              ", 'lifted', 'sudden', true, '2025-01-01'");
    general(3);
    night(1, "2026-11-19");
    for (int i = 1; i <= 3; i++) {
        char id[16], key[16];
        (void)snprintf(id, sizeof id, "%d", i);
        (void)snprintf(key, sizeof key, "k%d", i);
        fact("civil_affairs__allowance", 2, "household_id", id, key, "f_decision, f_applied_on",
             "'refused', '2026-11-10'");
    }
    night(2, "2026-11-20");
    assert_lead(1, 2, "changed low opened changed 2026-12-31");
    assert_lead(2, 2, "reopen low opened reopen 2026-12-31");
    assert_lead(3, 2, "new low opened new 2026-12-31");
    assert_string_equal(text("select string_agg(lead_no, ' ' order by lead_id) from bidui.lead"),
                        "260000013 260000021 260000039");
}

static void lead_numbers_follow_the_list(void **state)
{
    (void)state;
    one_household();
    lifted(2);
    lifted(3);
    person(3, 3, "1961-01-01");
    fact("health_insurance__enrolment", 1, "person_id", "3", "c", "f_year, f_status", "2026000000, 'normal'");
    run("update bidui.household set village_code = '990121100100' where household_id = 2");
    night(1, "2026-11-19");
    const char *columns = "f_decision, f_started_on";
    fact("civil_affairs__allowance", 2, "household_id", "1", "a", columns,
         "'granted', '2026-11-10'"); /* medium */
    fact("civil_affairs__allowance", 2, "household_id", "2", "b", columns,
         "'granted', '2026-11-10'");              /* medium, village before */
    bill(2, 3, "c", "2026-03-01", NULL, 1100000); /* high */
    night(2, "2026-11-20");
    assert_string_equal(text("select string_agg(household_id::text, ' ' order by lead_no) from bidui.lead"),
                        "3 2 1");
    assert_string_equal(text("select string_agg(household_id::text, ' ' order by alert_id) from bidui.alert"),
                        "3 2 1");
}

/* ---- Staying and clearing ---- */

static void a_new_year_does_not_clear_and_a_reversal_does(void **state)
{
    (void)state;
    one_household();
    fact("health_insurance__enrolment", 1, "person_id", "1", "insured", "f_year, f_status",
         "2026000000, 'normal'");
    night(1, "2025-12-30");
    bill(2, 1, "a", "2025-12-29", NULL, 1000001); /* the line of 2025 is 10000.00 */
    night(2, "2025-12-31");
    assert_alert("medical_burden_registered", "opened ");
    night(3, "2026-01-01");
    assert_alert("medical_burden_registered",
                 "opened "); /* not true today, held where it was: nothing new to say */
    assert_string_equal(text("select string_agg(edition || ' ' || anchor, ' ') from bidui.alert_state"),
                        "2 2025-12-31");
    assert_lead(1, 3,
                "new high open open 2026-01-04"); /* 3 January is a holiday, the 4th a make-up workday */
    night(4, "2026-02-10");
    assert_alert("medical_burden_registered", "opened ");
    bill(5, 1, "b", "2026-02-10", NULL, -1);
    night(5, "2026-02-11");
    assert_alert("medical_burden_registered", "cleared condition_ended");
    assert_lead(1, 5, "new high cleared cleared 2026-01-04");
    night(6, "2026-02-12");
    assert_lead(1, 6, "none"); /* shown once */
}

static void the_anchor_moves_while_true(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-10");
    fact("civil_affairs__relief", 2, "person_id", "1", "a", "f_granted_on, f_amount", "'2026-11-01', 50000");
    night(2, "2026-11-11");
    night(3, "2026-12-01"); /* the first day still inside [1 November, 1 December) */
    night(4, "2026-12-02"); /* outside */
    assert_alert("relief_granted", "open ");
    assert_string_equal(
        text("select string_agg(edition || ':' || anchor, ' ' order by edition) from bidui.alert_state"),
        "2:2026-11-11 4:2026-12-01");
    night(5, "2026-12-20");
    assert_string_equal(text("select max(edition) from bidui.alert_state"), "4");
    end_fact("civil_affairs__relief", "a", 6, "vanished");
    night(6, "2026-12-21");
    assert_alert("relief_granted", "withdrawn record_retracted");
    assert_lead(1, 6, "new medium withdrawn cleared 2026-11-18");
}

static void a_corrected_amount_clears(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-18");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-19");
    end_fact("health_insurance__settlement", "a", 3, "superseded");
    bill(3, 1, "a", "2026-11-01", NULL, 1050000);
    night(3, "2026-11-20");
    assert_alert("medical_burden_registered", "cleared condition_ended");
    end_fact("health_insurance__settlement", "a", 4, "superseded");
    bill(4, 1, "a", "2026-11-01", NULL, 1100000);
    night(4, "2026-11-21");
    assert_lead(1, 4, "new high opened new 2026-11-24");
    assert_string_equal(text("select count(*) from bidui.lead"), "2");
}

static void a_link_undone_withdraws(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-18");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-19");
    end_fact("health_insurance__settlement", "a", 3, "link_undone");
    night(3, "2026-11-20");
    assert_alert("medical_burden_registered", "withdrawn link_undone");
}

static void an_exception_clears(void **state)
{
    (void)state;
    general(1);
    night(1, "2026-11-18");
    fact("housing__assessment", 2, "household_id", "1", "a", "f_grade, f_assessed_on", "'D', '2026-11-01'");
    night(2, "2026-11-19");
    assert_lead(1, 2, "new high opened new 2026-11-23");
    fact("housing__renovation", 3, "household_id", "1", "r", "f_finished_on", "'2026-11-18'");
    night(3, "2026-11-20");
    assert_alert("unsafe_house", "cleared already_rebuilt");
}

static void unknown_keeps(void **state)
{
    (void)state;
    general(1);
    person(1, 1, "2015-01-01");
    night(1, "2026-11-18");
    assert_lead(1, 1, "standing high opened standing 2026-11-23");
    run("insert into bidui.review (county, review_no, dataset, edition, record_code, reason, candidates, content, page,"
        " row_number, state) values ('" COUNTY
        "', 1, 'education.enrolment', 2, 'k', 'name_conflict', '{1}', 0, 1, 1, 'open')");
    night(2, "2026-11-19");
    assert_alert("absent_from_enrolment", "opened ");
    assert_lead(1, 2, "standing high open standing 2026-11-23");
    fact("education__enrolment", 3, "person_id", "1", "s", "f_status", "'enrolled'");
    night(3, "2026-11-20");
    assert_alert("absent_from_enrolment", "cleared condition_ended");
}

static void insured_next_year_is_no_evidence(void **state)
{
    (void)state;
    lifted(1);
    person(1, 1, "1960-01-01");
    night(1, "2026-12-31");
    assert_alert("not_insured", "opened ");
    fact("health_insurance__enrolment", 2, "person_id", "1", "a", "f_year, f_status", "2027000000, 'normal'");
    night(2, "2027-01-04");
    assert_alert("not_insured", "opened ");
    fact("health_insurance__enrolment", 3, "person_id", "1", "b", "f_year, f_status", "2026000000, 'normal'");
    night(3, "2027-01-05");
    assert_alert("not_insured", "cleared condition_ended");
}

/* ---- Frozen ---- */

static void a_silent_feed_opens_and_clears_nothing(void **state)
{
    (void)state;
    one_household();
    lifted(2);
    person(2, 2, "1960-01-01");
    fact("health_insurance__enrolment", 1, "person_id", "2", "b", "f_year, f_status", "2026000000, 'normal'");
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    unhealthy = "health_insurance.settlement";
    end_fact("health_insurance__settlement", "a", 3, "vanished");
    bill(3, 2, "b", "2026-11-01", NULL, 1100000);
    night(3, "2026-11-19");
    assert_alert("medical_burden_registered", "opened ");
    assert_lead(1, 3, "new high open open 2026-11-23");
    assert_lead(2, 3, "none");
    assert_string_equal(
        text("select string_agg(x->>'rule', ' ') filter (where x->'datasets' = '[\"health_insurance.settlement\"]') || ' ' || count(*)"
             " from bidui.edition e, jsonb_array_elements(e.summary->'frozen') x where edition = 3"),
        "medical_burden_registered medical_burden_other inpatient_registered inpatient_other special_outpatient medical_burden_year"
        " income_after_medical household_medical_share 8");
    unhealthy = NULL;
    night(4, "2026-11-20");
    assert_alert("medical_burden_registered", "opened ");
    assert_lead(1, 4, "new high withdrawn cleared 2026-11-23");
    assert_lead(2, 4, "new high opened new 2026-11-23");
}

static void frozen_from_the_start_is_standing_when_it_thaws(void **state)
{
    (void)state;
    one_household();
    bill(1, 1, "a", "2026-11-01", NULL, 1100000);
    unhealthy = "health_insurance.settlement";
    night(1, "2026-11-18");
    assert_lead(1, 1, "none");
    unhealthy = NULL;
    night(2, "2026-11-19");
    assert_lead(1, 2, "standing high opened standing 2026-11-23");
}

/* ---- The roster moves ---- */

static void end_household(int id, int edition)
{
    run("update bidui.household set ended = %d where household_id = %d and ended is null; update bidui.person set ended = %d"
        " where household_id = %d and ended is null",
        edition, id, edition, id);
}

static void a_household_that_left_is_withdrawn(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    end_household(1, 3);
    unhealthy = "roster.person";
    night(3, "2026-11-19");
    assert_lead(1, 3, "new high open open 2026-11-23");
    unhealthy = "health_insurance.settlement"; /* a frozen rule does not hold it back */
    night(4, "2026-11-20");
    assert_alert("medical_burden_registered", "withdrawn household_gone");
    assert_lead(1, 4, "new high withdrawn cleared 2026-11-23");
}

static void another_class_clears(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    run("update bidui.household set ended = 3 where household_id = 1; insert into bidui.household (county, household_id, learned,"
        " village_code, origin) values ('" COUNTY "', 1, 3, '" VILLAGE "', 'general')");
    night(3, "2026-11-19");
    assert_alert("medical_burden_registered", "cleared class_changed");
}

static void a_person_takes_the_alert_along(void **state)
{
    (void)state;
    one_household();
    lifted(2);
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    run("update bidui.person set ended = 3 where person_id = 1; insert into bidui.person (county, person_id, learned,"
        " household_id) values ('" COUNTY "', 1, 3, 2)");
    night(3, "2026-11-19");
    assert_string_equal(
        text("select t.cause from bidui.alert_state t where alert_id = 1 order by edition desc limit 1"),
        "person_moved");
    assert_lead(1, 3, "new high withdrawn cleared 2026-11-23");
    assert_lead(2, 3, "new high opened new 2026-11-23");
    assert_string_equal(text("select opened_on::text from bidui.alert where alert_id = 2"), "2026-11-18");
}

static void a_held_alert_moves_with_its_values(void **state)
{
    (void)state;
    one_household();
    lifted(2);
    night(1, "2025-12-30");
    fact("health_insurance__enrolment", 1, "person_id", "1", "i", "f_year, f_status", "2025000000, 'normal'");
    bill(2, 1, "a", "2025-12-29", NULL, 1000001);
    night(2, "2025-12-31");
    end_household(1, 3); /* the old household is gone altogether */
    run("insert into bidui.person (county, person_id, learned, household_id) values ('" COUNTY "', 1, 3, 2)");
    night(3, "2026-01-04"); /* another year: not true today, held at 31 December */
    assert_lead(1, 3, "new high withdrawn cleared 2026-01-04");
    assert_lead(2, 3, "new high opened new 2026-01-04");
    assert_string_equal(
        text(
            "select concat_ws(' ', state, anchor, details->'values'->>'burden') from bidui.alert_state where alert_id = 2"),
        "opened 2025-12-31 10000.01");
    bill(4, 1, "b", "2026-01-04", NULL, -1);
    night(4, "2026-01-05");
    assert_alert("medical_burden_registered", "cleared condition_ended");
}

static void a_retired_rule_withdraws(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    shell("mv '%s/config/rules/medical.yaml' '%s/medical'", folder, folder);
    load_config();
    night(3, "2026-11-19");
    assert_alert("medical_burden_registered", "withdrawn rule_retired");
    assert_string_equal(text("select ended from bidui.rule_version where rule = 'medical_burden_registered'"),
                        "3");
    shell("mv '%s/medical' '%s/config/rules/medical.yaml'", folder, folder);
    load_config();
}

/* ---- Leads ---- */

static void two_families_raise_the_level(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-07-31");
    const char *columns = "f_decision, f_started_on, f_applied_on";
    fact("civil_affairs__allowance", 2, "household_id", "1", "a", columns,
         "'granted', '2026-07-20', '2026-07-01'");
    night(2, "2026-08-03");
    assert_lead(1, 2, "new medium opened new 2026-08-10"); /* 4 5 6 7 10 August */
    fact("education__attendance", 3, "person_id", "1", "x", "f_absent_from, f_school_days, f_leave",
         "'2026-09-01', 9000000, 'none'");
    fact("education__enrolment", 3, "person_id", "1", "s", "f_status", "'enrolled'");
    /* 90 days after 3 August is 1 November */
    night(3, "2026-11-01");
    assert_lead(1, 3, "new high escalated new 2026-08-10");
}

/* linked_registers and hardship: low and low give medium */
static void raising_starts_a_clock_of_its_own(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class, net_income", ", 'general', 'sudden', 500000");
    fact("civil_affairs__allowance", 1, "household_id", "1", "has", "f_decision", "'granted'");
    night(1, "2026-11-16");
    fact("civil_affairs__allowance", 2, "household_id", "1", "no", "f_decision, f_applied_on",
         "'refused', '2026-11-10'");
    night(2, "2026-11-17");
    assert_lead(1, 2, "changed low opened changed 2026-12-31");
    end_fact("civil_affairs__allowance", "has", 3, "vanished");
    night(3, "2026-11-18");
    assert_lead(1, 3, "changed medium escalated changed 2026-11-25"); /* 19 20 23 24 25 November */
    night(4, "2026-11-19");
    assert_lead(1, 4, "changed medium open open 2026-11-25"); /* the clock does not start again */
    fact("civil_affairs__allowance", 5, "household_id", "1", "has", "f_decision", "'granted'");
    night(5, "2026-11-20");
    assert_lead(1, 5, "changed low open open 2026-11-25"); /* one family left; a deadline once given stays */
}

static void families_far_apart_do_not_raise(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class, net_income", ", 'general', 'sudden', 500000");
    fact("civil_affairs__allowance", 1, "household_id", "1", "has", "f_decision", "'granted'");
    night(1, "2026-08-18");
    fact("civil_affairs__allowance", 2, "household_id", "1", "no", "f_decision, f_applied_on",
         "'refused', '2026-08-10'");
    night(2, "2026-08-19"); /* 91 days before 18 November */
    end_fact("civil_affairs__allowance", "has", 3, "vanished");
    night(3, "2026-11-18");
    assert_lead(1, 3, "changed low escalated changed 2026-09-30"); /* a new alert joined, the level stayed */
}

static void a_lead_ends_with_its_last_alert(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    fact("civil_affairs__relief", 2, "person_id", "1", "r", "f_granted_on, f_amount", "'2026-11-01', 50000");
    night(2, "2026-11-18");
    assert_lead(1, 2, "new high opened new 2026-11-23"); /* high already: raising has no further step */
    assert_string_equal(text("select count(*) from bidui.lead"), "1");
    bill(3, 1, "b", "2026-11-18", NULL, -1100000);
    night(3, "2026-11-19");
    assert_lead(1, 3, "new medium open open 2026-11-25");
    end_fact("civil_affairs__relief", "r", 4, "vanished");
    bill(4, 1, "c", "2026-11-19", NULL, 1100000);
    night(4, "2026-11-20");
    assert_lead(1, 4, "new high escalated new 2026-11-23"); /* one ends, one joins: the lead goes on */
    assert_string_equal(text("select count(*) from bidui.lead"), "1");
}

static void works_have_leads_of_their_own(void **state)
{
    (void)state;
    fact("water__works", 1, "works_no", "G1", "G1", "f_works_no, f_name", "'G1', 'x'");
    night(1, "2026-09-29");
    fact("water__test", 2, "works_no", "G1", "t", "f_tested_on, f_result", "'2026-09-20', 'fail'");
    night(2, "2026-09-30");
    assert_string_equal(works_lead(2), "works medium opened works 2026-10-13"); /* 8 9 10 12 13 October */
    fact("water__test", 3, "works_no", "G1", "u", "f_tested_on, f_result", "'2026-09-30', 'pass'");
    night(3, "2026-10-08");
    assert_string_equal(works_lead(3), "works medium cleared cleared 2026-10-13");
    fact("water__test", 4, "works_no", "G1", "v", "f_tested_on, f_result", "'2026-10-08', 'fail'");
    night(4, "2026-10-09");
    run("update bidui.fact_water__works set ended = 5, ended_why = 'vanished'");
    night(5, "2026-10-10");
    assert_string_equal(works_lead(5), "works medium withdrawn cleared 2026-10-15");
}

/* ---- Deadlines over the holidays of 2026 ---- */

static void deadlines_move_over_holidays(void **state)
{
    (void)state;
    static const struct {
        const char *before, *day, *high, *medium, *low;
    } cases[] = {
        /* National Day: rest 1-7 October, work on Saturday the 10th */
        {"2026-09-29", "2026-09-30", "2026-10-08", "2026-10-13", "2026-11-02"}, /* 31 October is a Saturday */
        /* Spring Festival: rest 15-23 February, work on Saturdays 14 and 28 February */
        {"2026-02-11", "2026-02-12", "2026-02-24", "2026-02-26", "2026-03-31"},
        {"2026-01-13", "2026-01-14", "2026-01-19", "2026-01-21", "2026-02-28"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)empty_county(state);
        for (int id = 1; id <= 3; id++) {
            general(id);
        }
        night(1, cases[i].before);
        fact("housing__assessment", 2, "household_id", "1", "a", "f_grade, f_assessed_on",
             "'D', '2026-01-02'");
        fact("civil_affairs__allowance", 2, "household_id", "2", "b", "f_decision, f_started_on, f_ended_on",
             arena_printf(arena, "'granted', '%s', '%s'", cases[i].before, "2030-01-01"));
        fact("civil_affairs__allowance", 2, "household_id", "3", "c", "f_decision, f_applied_on",
             arena_printf(arena, "'refused', '%s'", cases[i].before));
        night(2, cases[i].day);
        assert_lead(1, 2, arena_printf(arena, "new high opened new %s", cases[i].high));
        assert_lead(2, 2, arena_printf(arena, "new medium opened new %s", cases[i].medium));
        assert_lead(3, 2, arena_printf(arena, "new low opened new %s", cases[i].low));
    }
}

static void a_year_without_calendar_leaves_the_deadline_open(void **state)
{
    (void)state;
    general(1);
    night(1, "2027-12-30");
    fact("civil_affairs__allowance", 2, "household_id", "1", "b", "f_decision, f_started_on, f_ended_on",
         "'granted', '2027-12-30', '2030-01-01'");
    night(2, "2027-12-31");
    assert_lead(1, 2, "new medium opened new -");
}

/* ---- Versions, reruns, baseline ---- */

static void versions_follow_the_configuration(void **state)
{
    (void)state;
    one_household();
    bill(1, 1, "a", "2026-11-01", NULL, 1100000);
    night(1, "2026-11-17");
    shell("sed -i 's/本年个人医疗负担/本年个人负担/' '%s/config/rules/medical.yaml'", folder);
    load_config();
    night(2, "2026-11-18");
    assert_string_equal(
        text(
            "select string_agg(concat_ws(':', version, learned, ended), ' ' order by version) from bidui.rule_version"
            " where rule = 'medical_burden_registered'"),
        "1:1:2 2:2");
    assert_string_equal(text("select count(*) from bidui.rule_version where rule = 'not_insured'"), "1");
    assert_lead(1, 2, "standing high open standing 2026-11-20");
    assert_string_equal(text("select max(rule_version) from bidui.alert_state"),
                        "2"); /* said anew in the new words */
    /* other words are no other line: what is found now is new */
    bill(3, 1, "b", "2026-11-01", NULL, 1);
    lifted(2);
    person(2, 2, "1960-01-01");
    bill(3, 2, "c", "2026-11-01", NULL, 1100000);
    fact("health_insurance__enrolment", 1, "person_id", "2", "e", "f_year, f_status", "2026000000, 'normal'");
    night(3, "2026-11-19");
    assert_lead(2, 3, "new high opened new 2026-11-23");
    /* another line is */
    shell("sed -i '/registered_burden_share/s/50%%/40%%/' '%s/config/parameters.yaml'", folder);
    load_config();
    lifted(4);
    person(4, 4, "1960-01-01");
    fact("health_insurance__enrolment", 1, "person_id", "4", "f", "f_year, f_status", "2026000000, 'normal'");
    bill(4, 4, "d", "2026-11-01", NULL, 900000);
    night(4, "2026-11-20");
    assert_lead(4, 4, "standing high opened standing 2026-11-23");
    assert_string_equal(
        text(
            "select string_agg(concat_ws(':', learned, ended), ' ' order by learned) from bidui.parameter where"
            " name = 'registered_burden_share'"),
        "1:4 4");
    shell(
        "cp '%s/config/parameters.yaml' '%s/config/rules/medical.yaml' /dev/null 2>/dev/null; cp '" BIDUI_SOURCE_DIR
        "/config/parameters.yaml' '%s/config/'; cp '" BIDUI_SOURCE_DIR
        "/config/rules/medical.yaml' '%s/config/rules/'",
        folder, folder, folder, folder);
    load_config();
}

static void the_same_edition_again_gives_the_same(void **state)
{
    (void)state;
    one_household();
    lifted(2);
    person(2, 2, "1960-01-01");
    bill(1, 1, "a", "2026-11-01", NULL, 1100000);
    night(1, "2026-11-17");
    bill(2, 2, "b", "2026-11-01", NULL, 1100000);
    bill(2, 1, "c", "2026-11-16", NULL, -1100000);
    shell("sed -i '/registered_burden_share/s/50%%/40%%/' '%s/config/parameters.yaml'", folder);
    load_config();
    begin_edition(2, "2026-11-18");
    stages(2, "2026-11-18", false);
    const char *first = everything();
    assert_lead(1, 2, "standing high cleared cleared 2026-11-20");
    stages(2, "2026-11-18", false);
    assert_string_equal(everything(), first);
    run("select bidui.next_number('" COUNTY "', 'alert', 5); select bidui.next_number('" COUNTY
        "', 'lead_no_2026', 5)");
    stages(2, "2026-11-18", false);
    assert_string_equal(everything(), first);
    shell("cp '" BIDUI_SOURCE_DIR "/config/parameters.yaml' '%s/config/'", folder);
    load_config();
}

static void a_baseline_only_counts(void **state)
{
    (void)state;
    one_household();
    bill(1, 1, "a", "2026-11-01", NULL, 1100000);
    begin_edition(1, "2026-11-17");
    stages(1, "2026-11-17", true);
    assert_string_equal(text("select count(*) from bidui.alert"), "0");
    assert_string_equal(text("select summary->'baseline' from bidui.edition"),
                        "{\"rules\": {\"medical_burden_registered\": 1}, \"households\": 1}");
    stages(1, "2026-11-17", false);
    assert_lead(1, 1, "standing high opened standing 2026-11-20");
}

static void alert_wants_the_rules_that_were_assessed(void **state)
{
    (void)state;
    one_household();
    begin_edition(1, "2026-11-17");
    struct arena *own = arena_new((size_t)128 << 20);
    struct stage s = {config, db, {.number = 1, .as_of = day_of("2026-11-17")}, own};
    assert_int_equal(stage_alert(&s), RC_STATE);
    assert_ok(stage_assess(&s));
    shell("sed -i 's/本年个人医疗负担/本年个人负担/' '%s/config/rules/medical.yaml'", folder);
    load_config();
    s.config = config;
    assert_int_equal(stage_alert(&s), RC_STATE);
    err_clear();
    arena_free(own);
    shell("cp '" BIDUI_SOURCE_DIR "/config/rules/medical.yaml' '%s/config/rules/'", folder);
    load_config();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(first_night_is_standing_and_the_second_is_new, set_up),
        cmocka_unit_test_setup(medium_and_low_standing_wait, set_up),
        cmocka_unit_test_setup(a_new_household_brings_standing_alerts, set_up),
        cmocka_unit_test_setup(kinds_by_household, set_up),
        cmocka_unit_test_setup(lead_numbers_follow_the_list, set_up),
        cmocka_unit_test_setup(a_new_year_does_not_clear_and_a_reversal_does, set_up),
        cmocka_unit_test_setup(the_anchor_moves_while_true, set_up),
        cmocka_unit_test_setup(a_corrected_amount_clears, set_up),
        cmocka_unit_test_setup(a_link_undone_withdraws, set_up),
        cmocka_unit_test_setup(an_exception_clears, set_up),
        cmocka_unit_test_setup(unknown_keeps, set_up),
        cmocka_unit_test_setup(insured_next_year_is_no_evidence, set_up),
        cmocka_unit_test_setup(a_silent_feed_opens_and_clears_nothing, set_up),
        cmocka_unit_test_setup(frozen_from_the_start_is_standing_when_it_thaws, set_up),
        cmocka_unit_test_setup(a_household_that_left_is_withdrawn, set_up),
        cmocka_unit_test_setup(another_class_clears, set_up),
        cmocka_unit_test_setup(a_person_takes_the_alert_along, set_up),
        cmocka_unit_test_setup(a_held_alert_moves_with_its_values, set_up),
        cmocka_unit_test_setup(a_retired_rule_withdraws, set_up),
        cmocka_unit_test_setup(two_families_raise_the_level, set_up),
        cmocka_unit_test_setup(raising_starts_a_clock_of_its_own, set_up),
        cmocka_unit_test_setup(families_far_apart_do_not_raise, set_up),
        cmocka_unit_test_setup(a_lead_ends_with_its_last_alert, set_up),
        cmocka_unit_test_setup(works_have_leads_of_their_own, set_up),
        cmocka_unit_test_setup(deadlines_move_over_holidays, set_up),
        cmocka_unit_test_setup(a_year_without_calendar_leaves_the_deadline_open, set_up),
        cmocka_unit_test_setup(versions_follow_the_configuration, set_up),
        cmocka_unit_test_setup(the_same_edition_again_gives_the_same, set_up),
        cmocka_unit_test_setup(a_baseline_only_counts, set_up),
        cmocka_unit_test_setup(alert_wants_the_rules_that_were_assessed, set_up),
    };
    return cmocka_run_group_tests(tests, open_county, close_county);
}
