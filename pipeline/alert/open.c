/* Findings without an open alert open one. */
#include "pipeline/alert/alert.h"

static const char new_sql[] =
    "insert into w_new (rule, subject, person_id, household_id, works_no, key, opened_on, standing)"
    " select f.rule, f.subject, f.person_id, f.household_id, f.works_no, coalesce('h' || f.household_id, 'w' || f.works_no),"
    "  $3::date, not r.covered or coalesce((select k.first_edition from bidui.household_key k where k.county = $1"
    "   and k.household_id = f.household_id) > $4::int, false)"
    " from bidui.finding f join w_rule r on r.rule = f.rule"
    " where f.county = $1 and f.edition = $2::int and not exists (select from w_alert o where o.rule = f.rule"
    "  and o.subject = f.subject and (o.outcome in ('keep', 'stay') or o.goes_on is not null))"
    " and not exists (select from bidui.held x where x.county = $1 and x.edition = $2::int and x.rule = f.rule"
    "  and x.subject = f.subject)";

/* An alert that moves with its person keeps its day, its clock and whether it stood before. */
static const char moved_sql[] =
    "insert into w_new (rule, subject, person_id, household_id, key, opened_on, standing, started_on, due_on, from_alert)"
    " select rule, subject, person_id, now_household, 'h' || now_household, opened_on, standing, started_on, due_on, alert_id"
    " from w_alert where goes_on is not null";

/* A works that came on with this edition brings what was there before. */
static enum rc mark_new_works(struct alerts *a)
{
    const struct dataset *works = rules_works_dataset(a->s->config);
    if (works == NULL) {
        return RC_OK;
    }
    return alert_run(
        a,
        arena_printf(a->s->arena,
                     "update w_new w set standing = true where w.works_no is not null and $4::int < (select"
                     " min(f.learned) from bidui.fact_%s f where f.county = $1 and f.works_no = w.works_no)",
                     works->table),
        DB_NONE);
}

/* An alert true today has its rule's severity of today, one that only stays keeps its own. Standing alerts wait to be
 * released, the grave ones at once: a clock that has not started starts with the alert, or today. */
#define OPEN_COLUMNS                                                                                                      \
    "insert into w_open (alert_id, rule, subject, key, family, severity, standing, opened_on, due_on, grade, started_on)" \
    " select x.alert_id, x.rule, x.subject, x.key, x.family, x.severity, x.standing, x.opened_on, x.due_on,"             \
    "  array_position('{low,medium,high}'::text[], x.severity), coalesce(x.started_on, case when not x.standing"        \
    "  or x.severity = 'high' then "

static const char *const after[] = {
    OPEN_COLUMNS
    "$3::date end) from (select w.alert_id, w.rule, w.subject, w.key, r.family,"
    "  case when w.outcome = 'keep' then r.severity else w.severity end as severity, w.standing, w.opened_on, w.due_on,"
    "  w.started_on from w_alert w join w_rule r on r.rule = w.rule where w.outcome in ('keep', 'stay')) x",
    OPEN_COLUMNS
    "x.opened_on end) from (select null::bigint as alert_id, w.rule, w.subject,"
    "  w.key, r.family, case when o.goes_on = 'stay' then o.severity else r.severity end as severity, w.standing, w.opened_on,"
    "  w.due_on, w.started_on from w_new w join w_rule r on r.rule = w.rule left join w_alert o on o.alert_id = w.from_alert) x",
};

enum rc alert_open(struct alerts *a)
{
    TRY(alert_run(a, new_sql, DB_NONE));
    TRY(mark_new_works(a));
    TRY(alert_run(a, moved_sql, DB_NONE));
    return alert_run_all(a, after, sizeof after / sizeof *after);
}
