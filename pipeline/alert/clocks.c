/* Deadlines. A clock starts once and its due date is kept; only one that the calendar could not reckon is tried again. */
#include "pipeline/alert/alert.h"

#include "base/log.h"

static const char *const start[] = {
    "insert into w_clock (region, grade, start)"
    " select l.region, o.grade, o.started_on from w_open o join w_lead l on l.key = o.key"
    "  where o.started_on is not null and o.due_on is null"
    " union select region, grade, $3::date from w_lead where is_raised",
    "update w_clock c set (unit, value) = (select p.unit, p.value::int from bidui.parameter p where p.county = $1"
    "  and p.name = 'due_' || ('{low,medium,high}'::text[])[c.grade] and starts_with(c.region, p.region) and p.valid_from <= $3::date"
    "  and p.learned <= $2::int and (p.ended is null or p.ended > $2::int) order by length(p.region) desc, p.valid_from desc limit 1)",
};

/* ---- Reckoning ---- */

/* A year the calendar lacks leaves the deadline open and is told: no list is better than a wrong day, but a list
 * without a day is better than none. */
static enum rc reckon_one(struct alerts *a, const PGresult *res, int i)
{
    date_t due = DATE_NONE;
    char text[DATE_TEXT];
    if (str_is_null(db_text(res, i, 1))) {
        return err_fail(RC_CONFIG, "%s",
                        tr("缺少期限参数 due_high、due_medium 或 due_low",
                           "a parameter due_high, due_medium or due_low is missing"));
    }
    if (calendar_due(&a->s->config->calendar, db_date(res, i, 0), db_text(res, i, 1), (int)db_i64(res, i, 2), false, &due) != RC_OK) {
        log_event(LOG_WARN, "deadline not reckoned", LOG_S("start", PQgetvalue(res, i, 0)),
                  LOG_S("why", err_detail()));
        err_clear();
        return RC_OK;
    }
    date_format(due, text);
    return db_run(
        a->s->db,
        "update w_clock set due = $4::date where start = $1::date and unit = $2 and value = $3::int",
        DB_PARAMS(PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), PQgetvalue(res, i, 2), text), NULL);
}

static enum rc reckon_all(struct alerts *a)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(a->s->db, "select distinct start, unit, value from w_clock order by start, unit, value",
                 DB_NONE, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(reckon_one(a, res, i));
    }
    return RC_OK;
}

/* ---- Setting ---- */

static const char *const set[] = {
    "update w_open o set due_on = c.due from w_clock c, w_lead l where l.key = o.key and c.region = l.region and c.grade = o.grade"
    "  and c.start = o.started_on and o.due_on is null",
    /* least() skips what has no clock */
    "update w_lead l set raised_on = coalesce(l.raised_on, c.start), raised_due = least(l.raised_due, c.due) from w_clock c"
    " where l.is_raised and c.region = l.region and c.grade = l.grade and c.start = $3::date",
    "update w_lead l set due_on = least(l.raised_due, x.due), started_on = least(l.raised_on, x.started)"
    " from (select key, min(due_on) as due, min(started_on) as started from w_open group by key) x where x.key = l.key",
};

enum rc alert_clocks(struct alerts *a)
{
    TRY(alert_run_all(a, start, sizeof start / sizeof *start));
    TRY(reckon_all(a));
    TRY(db_exec(a->s->db, "analyze w_clock"));
    return alert_run_all(a, set, sizeof set / sizeof *set);
}
