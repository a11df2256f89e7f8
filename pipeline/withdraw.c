#include "pipeline/withdraw.h"

#include "base/log.h"
#include "pipeline/audit.h"
#include "pipeline/remarks.h"

/* As of the last list that went out: what the open edition opened or closed in an attempt that came to no list is undone
 * when it is done again. $5 the open edition. */
#define OPEN_ALERT "a.opened_edition < $5::int and coalesce(a.closed_edition, $5::int) >= $5::int"
#define OPEN_OFF                                                                                            \
    "l.opened_edition < $5::int and (select t.state from bidui.lead_state t where t.county = l.county"    \
    "  and t.lead_id = l.lead_id and t.edition < $5::int order by t.edition desc limit 1) in ('opened', 'open')"
/* What is open of each scope: (lead_id, alert_id); $1 county, $2 object, $3 date, $4 edition or 0. */
static const struct {
    const char *scope, *open;
} scopes[] = {
    {"lead", "select a.lead_id, a.alert_id from bidui.alert a join bidui.lead l on l.county = a.county and l.lead_id = a.lead_id"
             " where a.county = $1 and l.lead_no = $2 and " OPEN_ALERT " union all"
             " select l.lead_id, 0 from bidui.lead l where l.county = $1 and l.lead_no = $2 and l.off_id is not null and " OPEN_OFF},
    {"rule", "select a.lead_id, a.alert_id from bidui.alert a where a.county = $1 and a.rule = $2 and " OPEN_ALERT},
    {"run", "select a.lead_id, a.alert_id from bidui.alert a join bidui.edition e on e.county = a.county"
            " and e.edition = a.opened_edition and e.as_of = $3::date and ($4::int = 0 or e.edition = $4::int)"
            " where a.county = $1 and " OPEN_ALERT " union all"
            " select l.lead_id, 0 from bidui.lead l join bidui.edition e on e.county = l.county and e.edition = l.opened_edition"
            "  and e.as_of = $3::date and ($4::int = 0 or e.edition = $4::int)"
            " where l.county = $1 and l.off_id is not null and " OPEN_OFF},
};
#define SCOPES (sizeof scopes / sizeof *scopes)

/* DATE or DATE.EDITION; anything else names no run. */
static void read_run(const char *object, char day[DATE_TEXT], char edition[DB_NUMBER])
{
    struct str rest = str_from(object);
    date_t parsed = DATE_NONE;
    int64_t number = 0;
    bool is_run = date_parse_iso(str_cut(&rest, '.'), &parsed) && (rest.n == 0 || str_to_i64(rest, &number)) && number <= INT32_MAX;
    date_format(is_run ? parsed : date_from_ymd(1, 1, 1), day);
    (void)db_number(is_run ? number : 0, edition);
}

static enum rc take_back(struct stage *s, const struct withdrawal *w, const char *number, const char *scope, const char *open,
                         int64_t *ret_alerts)
{
    char day[DATE_TEXT], edition[DB_NUMBER], learned[DB_NUMBER];
    struct str sealed = STR_NULL;
    TRY(remark_seal_hex(s->config, s->arena, REMARK_OF_WITHDRAWAL, str_from(number), remark_clean(s->arena, str_from(w->because)), &sealed));
    read_run(w->object, day, edition);
    return db_run(s->db,
                  arena_printf(s->arena,
                               "with found as (select x.* from (%s) x where not exists (select from bidui.withdrawn b where b.county = $1"
                               "  and b.lead_id = x.lead_id and b.alert_id = x.alert_id)), one as (insert into bidui.withdrawal"
                               "  (county, withdrawal_no, learned, scope, object, sealed, decided_by)"
                               "  select $1, $9::bigint, $5::int, $6::text, $2::text, decode($7::text, 'hex'), $8::text"
                               "  where exists (select from found) returning withdrawal_no)"
                               " insert into bidui.withdrawn (county, lead_id, alert_id, learned, withdrawal_no)"
                               " select $1, f.lead_id, f.alert_id, $5::int, one.withdrawal_no from found f, one"
                               " where $3::date is not null and $4::int >= 0",
                               open),
                  DB_PARAMS(s->config->county, w->object, day, edition, db_number(s->edition.number, learned), scope,
                            arena_cstr(s->arena, sealed), w->actor, number),
                  ret_alerts);
}

static enum rc count_leads(struct stage *s, int64_t *ret)
{
    return db_query_i64(s->db,
                        "select count(distinct lead_id) from bidui.withdrawn where county = $1 and withdrawal_no ="
                        " (select max(withdrawal_no) from bidui.withdrawal where county = $1)",
                        DB_PARAMS(s->config->county), ret);
}

static enum rc nothing_open(const struct withdrawal *w)
{
    enum rc rc = err_fail(RC_NOT_FOUND, tr("%s: 没有在办的线索", "%s: nothing of it is open"), w->object);
    err_hint("%s", tr("写线索编号、规则编号,或运行 日期、日期.版次。", "Give a lead's number, a rule, or a run as DATE or DATE.EDITION."));
    return rc;
}

enum rc withdraw(struct stage *s, struct withdrawal *w)
{
    DB_ROLLBACK struct db *tx = s->db;
    int64_t last = 0;
    TRY(db_begin(s->db));
    TRY(db_query_i64(s->db, "select bidui.next_number($1, 'withdrawal', 1)", DB_PARAMS(s->config->county), &last));
    const char *number = arena_printf(s->arena, "%lld", (long long)last + 1);
    for (size_t i = 0; i < SCOPES && w->alerts == 0; i++) {
        TRY(take_back(s, w, number, scopes[i].scope, scopes[i].open, &w->alerts));
    }
    if (w->alerts == 0) {
        return nothing_open(w);
    }
    TRY(count_leads(s, &w->leads));
    TRY(audit_write(s, s->edition.number, w->actor, "withdraw", w->object, arena_printf(s->arena, "withdrawal %s", number)));
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "withdrawn", LOG_I("leads", w->leads), LOG_I("alerts", w->alerts));
    return RC_OK;
}
