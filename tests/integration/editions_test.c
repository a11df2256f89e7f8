/* A date with several editions is one night: what an edition opened or closed stands in the later ones too, and an
 * edition that is alerted anew leaves no trace of the attempt before. */
#include "nights_fixture.h"

#include "pipeline/deliver/list.h"

#define BURDEN "medical_burden_registered"

/* "rule state" of the reasons shown under a household's leads in an edition, lead by lead. */
static const char *reasons_of(int edition, const char *day, const char *household_no)
{
    struct list list;
    const char *text = "";
    struct stage s = {config, db, {.number = edition, .as_of = day_of(day)}, arena};
    assert_ok(list_load(&s, arena, &list));
    for (size_t i = 0; i < list.lead_count; i++) {
        const struct lead *lead = &list.leads[i];
        if (!str_is(lead->household_no, household_no)) {
            continue;
        }
        text = arena_printf(arena, "%s%s%.*s:", text, *text != '\0' ? " " : "", STR_ARGS(lead->state));
        for (size_t k = 0; k < lead->reason_count; k++) {
            text = arena_printf(arena, "%s %.*s %.*s", text, STR_ARGS(lead->reasons[k].rule),
                                STR_ARGS(lead->reasons[k].state));
        }
    }
    return text;
}

#define assert_reasons(edition, day, wanted) assert_string_equal(reasons_of(edition, day, "H001"), wanted)

static void what_opened_today_is_opened_in_every_edition(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    bill(3, 1, "b", "2026-11-02", NULL, 100); /* came late: other values, no other news */
    night(3, "2026-11-18");
    assert_lead(1, 3, "new high opened new 2026-11-23");
    assert_reasons(3, "2026-11-18", "opened: " BURDEN " opened");
    night(4, "2026-11-18");
    assert_lead(1, 4, "new high opened new 2026-11-23");
    assert_reasons(4, "2026-11-18", "opened: " BURDEN " opened");
    night(5, "2026-11-19");
    assert_lead(1, 5, "new high open open 2026-11-23");
    assert_reasons(5, "2026-11-19", "open: " BURDEN " open");
    assert_reasons(2, "2026-11-18", "opened: " BURDEN " opened"); /* the past stays what it was */
}

static void what_closed_today_is_shown_in_every_edition(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    bill(3, 1, "b", "2026-11-18", NULL, -1100000);
    night(3, "2026-11-19");
    night(4, "2026-11-19");
    night(5, "2026-11-19");
    assert_lead(1, 5, "new high cleared cleared 2026-11-23");
    assert_reasons(5, "2026-11-19", "cleared: " BURDEN " cleared");
    night(6, "2026-11-20");
    assert_lead(1, 6, "none");
}

static void what_late_data_closes_is_closed(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    bill(3, 1, "b", "2026-11-02", NULL, -1100000);
    night(3, "2026-11-18");
    assert_lead(1, 3, "new high cleared cleared 2026-11-23");
    assert_reasons(3, "2026-11-18", "cleared: " BURDEN " cleared");
}

static void true_again_on_the_same_day_is_a_new_lead(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-18");
    bill(3, 1, "b", "2026-11-18", NULL, -1100000);
    night(3, "2026-11-19");
    end_fact("health_insurance__settlement", "b", 4, "vanished");
    night(4, "2026-11-19");
    assert_reasons(4, "2026-11-19", "cleared: " BURDEN " cleared opened: " BURDEN " opened");
    assert_string_equal(text("select string_agg(lead_no, ' ' order by lead_id) from bidui.lead"), "260000013 260000021");
}

static void late_data_of_the_first_night_is_standing(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    night(2, "2026-11-17");
    assert_lead(1, 2, "standing high opened standing 2026-11-20");
}

static void a_household_of_the_day_is_standing_in_every_edition(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    run("insert into bidui.household_key values ('" COUNTY "', 'H002', 2, 2); insert into bidui.household (county,"
        " household_id, learned, village_code, origin) values ('" COUNTY "', 2, 2, '" VILLAGE "', 'lifted')");
    night(2, "2026-11-18");
    fact("civil_affairs__allowance", 3, "household_id", "2", "a", "f_decision, f_started_on",
         "'granted', '2026-11-10'");
    night(3, "2026-11-18");
    assert_lead(2, 3, "standing medium opened standing -");
}

/* A level is compared with the night before, not with the edition it replaces. */
static void escalated_today_is_escalated_in_every_edition(void **state)
{
    (void)state;
    household(1, ", origin, monitor_class, net_income", ", 'general', 'sudden', 500000");
    fact("civil_affairs__allowance", 1, "household_id", "1", "has", "f_decision", "'granted'");
    night(1, "2026-11-16");
    fact("civil_affairs__allowance", 2, "household_id", "1", "no", "f_decision, f_applied_on",
         "'refused', '2026-11-10'");
    night(2, "2026-11-17");
    end_fact("civil_affairs__allowance", "has", 3, "vanished");
    night(3, "2026-11-18");
    assert_lead(1, 3, "changed medium escalated changed 2026-11-25");
    night(4, "2026-11-18");
    assert_lead(1, 4, "changed medium escalated changed 2026-11-25");
    fact("civil_affairs__allowance", 5, "household_id", "1", "has", "f_decision", "'granted'");
    night(5, "2026-11-18"); /* the second alert is gone again: nothing rose since the night before */
    assert_lead(1, 5, "changed low open open 2026-11-25");
    night(6, "2026-11-19");
    assert_lead(1, 6, "changed low open open 2026-11-25");
}

static void a_reason_closed_today_is_shown_beside_open_ones(void **state)
{
    (void)state;
    one_household();
    night(1, "2026-11-17");
    bill(2, 1, "a", "2026-11-01", NULL, 1100000);
    fact("civil_affairs__relief", 2, "person_id", "1", "r", "f_granted_on, f_amount", "'2026-11-01', 50000");
    night(2, "2026-11-18");
    bill(3, 1, "b", "2026-11-18", NULL, -1100000);
    night(3, "2026-11-19");
    assert_reasons(3, "2026-11-19", "open: " BURDEN " cleared relief_granted open");
    night(4, "2026-11-19");
    assert_reasons(4, "2026-11-19", "open: " BURDEN " cleared relief_granted open");
    end_fact("civil_affairs__relief", "r", 5, "vanished");
    night(5, "2026-11-19"); /* one was cleared today: the lead is cleared, though its last alert is withdrawn */
    assert_lead(1, 5, "new medium cleared cleared 2026-11-25"); /* level and deadline of the last edition */
    night(6, "2026-11-20");
    assert_lead(1, 6, "none");
}

/* ---- The same edition again ---- */

/* A rule that was graver for one attempt starts clocks; the next attempt knows nothing of them. */
static void clocks_go_with_the_attempt_that_set_them(void **state)
{
    (void)state;
    household(1, ", origin", ", 'lifted'");
    fact("civil_affairs__allowance", 1, "household_id", "1", "a", "f_decision, f_started_on",
         "'granted', '2026-11-10'");
    night(1, "2026-11-16");
    assert_lead(1, 1, "standing medium opened standing -");
    begin_edition(2, "2026-11-17");
    stages(2, "2026-11-17", false);
    const char *undisturbed = everything();
    shell("sed -i 's/severity: medium/severity: high/' '%s'/config/rules/*.yaml", folder);
    load_config();
    stages(2, "2026-11-17", false);
    assert_lead(1, 2, "standing high escalated standing 2026-11-20");
    shell("cp '" BIDUI_SOURCE_DIR "'/config/rules/*.yaml '%s/config/rules/'", folder);
    load_config();
    stages(2, "2026-11-17", false);
    assert_lead(1, 2, "standing medium open standing -");
    assert_string_equal(everything(), undisturbed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_opened_today_is_opened_in_every_edition, set_up),
        cmocka_unit_test_setup(what_closed_today_is_shown_in_every_edition, set_up),
        cmocka_unit_test_setup(what_late_data_closes_is_closed, set_up),
        cmocka_unit_test_setup(true_again_on_the_same_day_is_a_new_lead, set_up),
        cmocka_unit_test_setup(late_data_of_the_first_night_is_standing, set_up),
        cmocka_unit_test_setup(a_household_of_the_day_is_standing_in_every_edition, set_up),
        cmocka_unit_test_setup(escalated_today_is_escalated_in_every_edition, set_up),
        cmocka_unit_test_setup(a_reason_closed_today_is_shown_beside_open_ones, set_up),
        cmocka_unit_test_setup(clocks_go_with_the_attempt_that_set_them, set_up),
    };
    return cmocka_run_group_tests(tests, open_county, close_county);
}
