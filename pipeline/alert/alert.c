/* Alert: this edition's findings against the open episodes. See alert.h for the way through. */
#include "pipeline/alert/alert.h"
#include "pipeline/cases/cases.h"

#include "base/log.h"

#define FIXED_PARAMS 4
#define MORE_PARAMS 8

/* The CTE gives every parameter its type, also those a statement does not use. */
enum rc alert_run(struct alerts *a, const char *sql, int n, const char *const *more)
{
    const char *params[FIXED_PARAMS + MORE_PARAMS] = {a->s->config->county, a->edition, a->day, a->night_before};
    if (n > MORE_PARAMS) {
        return err_fail(RC_BUG, "%d parameters", n);
    }
    for (int i = 0; i < n; i++) {
        params[FIXED_PARAMS + i] = more[i];
    }
    return db_run(a->s->db,
                  arena_printf(a->s->arena, "with typed as (select $1::text, $2::int, $3::date, $4::int) %s", sql),
                  FIXED_PARAMS + n, params, NULL);
}

enum rc alert_run_all(struct alerts *a, const char *const *sql, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        TRY(alert_run(a, sql[i], DB_NONE));
    }
    return RC_OK;
}

/* ---- Baseline ---- */

/* What a first list would hold, before there is one: counted, and nothing opened. */
static const char baseline[] =
    "update bidui.edition e set state = 'alerted', summary = coalesce(e.summary, '{}') || jsonb_build_object('baseline',"
    " jsonb_build_object('rules', (select coalesce(jsonb_object_agg(x.rule, x.n), '{}') from (select f.rule, count(*) as n"
    "   from bidui.finding f where f.county = $1 and f.edition = $2::int group by f.rule) x),"
    "  'households', (select count(distinct f.household_id) from bidui.finding f where f.county = $1 and f.edition = $2::int)))"
    " where e.county = $1 and e.edition = $2::int";

/* ---- The stage ---- */

static bool is_healthy(struct feed *feeds, size_t n, const struct dataset *d)
{
    const struct feed *f = d != NULL ? feeds_find(feeds, n, str_from(d->id)) : NULL;
    return f != NULL && f->is_healthy;
}

static enum rc load_health(struct alerts *a)
{
    struct feed *feeds = NULL;
    size_t n = 0;
    TRY(feeds_load(a->s, &feeds, &n));
    a->roster_is_healthy = is_healthy(feeds, n, config_roster(a->s->config));
    a->works_are_healthy = is_healthy(feeds, n, rules_works_dataset(a->s->config));
    return RC_OK;
}

static enum rc load_edition(struct alerts *a)
{
    DB_RESULT PGresult *res = NULL;
    struct str state = STR_NULL;
    struct stage *s = a->s;
    (void)db_number(s->edition.number, a->edition);
    date_format(s->edition.as_of, a->day);
    TRY(db_query_text(s->db, s->arena,
                      "select state from bidui.edition where county = $1 and edition = $2::int",
                      DB_PARAMS(s->config->county, a->edition), &state));
    if (s->edition.as_of == DATE_NONE || !(str_is(state, "assessed") || str_is(state, "alerted"))) {
        return err_fail(RC_STATE, "%s", tr("先运行 bidui assess", "run bidui assess first"));
    }
    TRY(db_query(s->db,
                 "select coalesce(max(edition), 0), coalesce(max(edition) filter (where as_of < $3::date), 0)"
                 " from bidui.edition where county = $1 and edition < $2::int and as_of is not null and not baseline",
                 DB_PARAMS(s->config->county, a->edition, a->day), &res));
    (void)db_number(db_i64(res, 0, 0), a->before);
    (void)db_number(db_i64(res, 0, 1), a->night_before);
    return RC_OK;
}

static enum rc work(struct alerts *a)
{
    TRY(alert_begin(a));
    TRY(alert_withdrawn(a));
    TRY(alert_answered(a));
    TRY(alert_close(a));
    TRY(alert_hold(a));
    TRY(alert_open(a));
    TRY(alert_reported(a));
    TRY(alert_leads(a));
    TRY(alert_off_roster(a));
    TRY(alert_clocks(a));
    TRY(alert_off_roster_due(a));
    TRY(alert_write(a));
    return cases_follow(a->s, a->roster_is_healthy);
}

enum rc stage_alert(struct stage *s)
{
    struct alerts a = {.s = s};
    TRY(load_edition(&a));
    TRY(rules_compile(s->config, s->arena, &a.set));
    TRY(load_health(&a));
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(alert_undo(&a));
    TRY(s->edition.baseline ? alert_run(&a, baseline, DB_NONE) : work(&a));
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "alerts followed", LOG_I("edition", s->edition.number));
    return RC_OK;
}
