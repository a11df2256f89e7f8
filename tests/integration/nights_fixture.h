/* Nights on a county made by hand: assess and alert, edition after edition, and what they made of a household. */
#ifndef BIDUI_TESTS_NIGHTS_FIXTURE_H
#define BIDUI_TESTS_NIGHTS_FIXTURE_H

#include "rules_fixture.h"

static const char *unhealthy; /* dataset whose delivery is incomplete in the coming night */

/* ---- Nights ---- */

/* Every dataset delivered in full, but `unhealthy`; deliveries stay from edition to edition. */
static inline void deliver_all(int edition)
{
    for (size_t i = 0; i < config->department_count; i++) {
        for (size_t k = 0; k < config->departments[i].dataset_count; k++) {
            const char *id = config->departments[i].datasets[k].id;
            bool bad = unhealthy != NULL && strcmp(unhealthy, id) == 0;
            run("insert into bidui.delivery (county, dataset, edition, state, verdict, full_snapshot, decided_edition)"
                " values ('" COUNTY "', '%s', %d, '%s', '%s', true, %s) on conflict do nothing",
                id, edition, bad ? "discarded" : "admitted", bad ? "incomplete" : "complete",
                arena_printf(arena, "%d", edition));
        }
    }
}

static inline void begin_edition(int edition, const char *day)
{
    run("insert into bidui.edition (county, edition, as_of, state) values ('" COUNTY
        "', %d, '%s', 'open') on conflict do nothing",
        edition, day);
    deliver_all(edition);
}

static inline void stages(int edition, const char *day, bool baseline)
{
    struct arena *own = arena_new((size_t)128 << 20);
    struct stage s = {config, db, {.number = edition, .as_of = day_of(day), .baseline = baseline}, own};
    assert_ok(stage_assess(&s));
    assert_ok(stage_alert(&s));
    arena_free(own);
}

static inline void night(int edition, const char *day)
{
    begin_edition(edition, day);
    stages(edition, day, false);
    run("update bidui.edition set state = 'published' where edition = %d", edition);
}

/* ---- Looking ---- */

/* "state cause" of the only alert of a rule in its latest state. */
static inline const char *alert_of(const char *rule)
{
    return text(
        "select t.state || ' ' || t.cause from bidui.alert a join bidui.alert_state t using (county, alert_id)"
        " where a.rule = '%s' order by a.alert_id desc, t.edition desc limit 1",
        rule);
}

/* "kind level state sheet due" of a household's lead as shown in an edition. */
static inline const char *lead_of(int household_id, int edition)
{
    return text(
        "select concat_ws(' ', t.kind, t.level, t.state, t.sheet, coalesce(t.due_on::text, '-')) from bidui.lead_state t"
        " join bidui.lead l using (county, lead_id) where l.household_id = %d and t.edition = %d",
        household_id, edition);
}

static inline const char *works_lead(int edition)
{
    return text(
        "select concat_ws(' ', t.kind, t.level, t.state, t.sheet, coalesce(t.due_on::text, '-')) from bidui.lead_state t"
        " join bidui.lead l using (county, lead_id) where l.works_no = 'G1' and t.edition = %d",
        edition);
}

#define assert_lead(household, edition, wanted) assert_string_equal(lead_of(household, edition), wanted)
#define assert_alert(rule, wanted) assert_string_equal(alert_of(rule), wanted)

static inline int set_up(void **state)
{
    unhealthy = NULL;
    load_config();
    return empty_county(state);
}

/* A lifted household with one old person, and a first night in which every rule was judged. */
static inline void one_household(void)
{
    lifted(1);
    person(1, 1, "1960-01-01");
    fact("health_insurance__enrolment", 1, "person_id", "1", "insured25", "f_year, f_status",
         "2025000000, 'normal'");
    fact("health_insurance__enrolment", 1, "person_id", "1", "insured26", "f_year, f_status",
         "2026000000, 'normal'");
}

static inline const char *everything(void)
{
    return text(
        "select md5(string_agg(x, chr(10) order by x collate \"C\")) from ("
        "select 'a' || to_jsonb(t)::text as x from bidui.alert t union all select 's' || to_jsonb(t)::text from bidui.alert_state t"
        " union all select 'l' || to_jsonb(t)::text from bidui.lead t union all select 't' || to_jsonb(t)::text from bidui.lead_state t"
        " union all select 'c' || to_jsonb(t)::text from bidui.counter t union all select 'f' || to_jsonb(t)::text from bidui.finding t"
        " union all select 'v' || to_jsonb(t)::text from bidui.rule_version t union all select 'p' || to_jsonb(t)::text from"
        " bidui.parameter t union all select 'r' || to_jsonb(t)::text from bidui.rule_cover t"
        " union all select 'e' || to_jsonb(t)::text from bidui.edition t) y");
}

#endif
