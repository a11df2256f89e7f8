/* Decisions against what is open and what was decided before; then the batch they make. */
#include "base/encode.h"
#include "base/log.h"
#include "pipeline/audit.h"
#include "pipeline/dispatch/dispatch.h"
#include "pipeline/remarks.h"

static const char working_table[] =
    "create temp table w_decision (n int primary key, lead_no text, decision text, content bytea, sealed bytea, lead_id bigint,"
    "  verdict text) on commit drop";
static const char rows_sql[] =
    "insert into w_decision (n, lead_no, decision, content, sealed) select n, lead_no, decision, decode(content, 'hex'),"
    " decode(sealed, 'hex') from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) x (n, lead_no, decision, content, sealed)";
#define ROW_COLUMNS 5

/* $1 county, $2 edition (0: nothing is kept), $3 actor, $4 batch. What is open: in the list that came out last. What a
 * township has is its own until it is taken back: it may be dispatched with an order, no more. */
static const char *const judge[] = {
    "update w_decision w set lead_id = x.lead_id, verdict = case when coalesce(x.state, '') not in ('opened', 'open', 'escalated')"
    "   then 'over' when d.decision = w.decision and d.content = w.content then 'known' when d.decision = 'dispatch' then 'gone'"
    "   when w.decision <> 'dispatch' and exists (select from bidui.sending_lead o where o.county = $1 and o.lead_id = x.lead_id)"
    "   then 'gone' end"
    " from (select r.n, l.lead_id, t.state from w_decision r left join bidui.lead l on l.county = $1 and l.lead_no = r.lead_no"
    "   left join lateral (select s.state from bidui.lead_state s where s.county = $1 and s.lead_id = l.lead_id"
    "     and s.edition <= (select max(e.edition) from bidui.edition e where e.county = $1 and e.state = 'published') order by s.edition desc limit 1) t on true) x"
    " left join bidui.decision d on d.county = $1 and d.lead_id = x.lead_id and d.ended is null where x.n = w.n",
    "update w_decision set verdict = 'conflict' where verdict is null and lead_id in (select lead_id from w_decision"
    "   where verdict is null group by lead_id having count(distinct content) > 1)",
    "update w_decision w set verdict = 'known' from (select lead_id, min(n) as first from w_decision where verdict is null"
    "   group by lead_id) x where w.verdict is null and x.lead_id = w.lead_id and w.n > x.first",
    "update w_decision set verdict = 'taken' where verdict is null",
};
static const char *const keep[] = {
    "update bidui.decision d set ended = $2::int from w_decision w where w.verdict = 'taken' and d.county = $1"
    " and d.lead_id = w.lead_id and d.ended is null and d.learned < $2::int",
    "insert into bidui.decision (county, lead_id, learned, decision, content, sealed, decided_by, batch)"
    " select $1, lead_id, $2::int, decision, content, sealed, $3, case when decision = 'dispatch' then nullif($4::int, 0) end"
    " from w_decision where verdict = 'taken' on conflict (county, lead_id, learned) do update set ended = null,"
    "  decision = excluded.decision, content = excluded.content, sealed = excluded.sealed, decided_by = excluded.decided_by,"
    "  batch = excluded.batch",
    "insert into bidui.dispatch_batch (county, batch, edition) select $1, $4::int, max(e.edition) from bidui.edition e"
    " where e.county = $1 and e.state = 'published' and $4::int > 0 having $4::int > 0",
};

static enum rc run_each(struct stage *s, const char *const *sql, size_t n, const char *actor, const char *batch)
{
    char edition[DB_NUMBER];
    (void)db_number(s->edition.number, edition);
    for (size_t i = 0; i < n; i++) {
        TRY(db_run(s->db, arena_printf(s->arena, "with typed as (select $1::text, $2::int, $3::text, $4::int) %s", sql[i]),
                   DB_PARAMS(s->config->county, edition, actor, batch), NULL));
    }
    return RC_OK;
}

static enum rc content_hex(struct stage *s, struct arena *a, const struct dispatch_item *item, struct str *ret)
{
    unsigned char hash[PAGE_HASH];
    struct buf hex;
    buf_init(&hex, (size_t)4 * PAGE_HASH);
    crypto_hash(&s->config->code_key,
                str_from(arena_printf(a, "%.*s\n%s\n%.*s", STR_ARGS(item->row.token.lead_no), item->decision, STR_ARGS(item->because))), hash);
    enum rc rc = encoding_write(ENCODING_HEX, str_of((const char *)hash, sizeof hash), &hex);
    *ret = arena_str(a, buf_str(&hex));
    buf_done(&hex);
    return rc;
}

static enum rc send_rows(struct stage *s, const struct dispatch *d)
{
    struct str *columns[ROW_COLUMNS];
    const char *params[ROW_COLUMNS];
    size_t n = 0;
    for (int k = 0; k < ROW_COLUMNS; k++) {
        columns[k] = arena_array(d->arena, d->count, sizeof *columns[k]);
    }
    for (size_t i = 0; i < d->count; i++) {
        const struct dispatch_item *item = &d->items[i];
        if (item->row.faults == NULL) {
            columns[0][n] = str_from(arena_printf(d->arena, "%zu", i));
            columns[1][n] = item->row.token.lead_no;
            columns[2][n] = str_from(item->decision);
            TRY(content_hex(s, d->arena, item, &columns[3][n]));
            TRY(remark_seal_hex(s->config, d->arena, REMARK_OF_DECISION, item->row.token.lead_no, item->because, &columns[4][n]));
            n++;
        }
    }
    for (int k = 0; k < ROW_COLUMNS; k++) {
        params[k] = db_array(d->arena, columns[k], n);
    }
    return db_run(s->db, rows_sql, ROW_COLUMNS, params, NULL);
}

static const char *why_not(struct str verdict)
{
    return str_is(verdict, "over")   ? tr("该线索已经了结", "the lead is over")
           : str_is(verdict, "gone") ? tr("该线索已经下发;要收回请用 bidui withdraw", "the lead went out; bidui withdraw takes it back")
                                     : tr("同一线索有两种意见,均未采纳", "two decisions about one lead, neither is taken");
}

static enum rc fetch_verdicts(struct stage *s, struct dispatch *d)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, "select n, verdict from w_decision order by n", DB_NONE, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct dispatch_item *item = &d->items[db_i64(res, i, 0)];
        struct str verdict = db_text(res, i, 1);
        item->verdict = str_is(verdict, "taken") ? FEEDBACK_TAKEN : str_is(verdict, "known") ? FEEDBACK_KNOWN : FEEDBACK_REFUSED;
        if (item->verdict == FEEDBACK_REFUSED) {
            feedback_fault_add(d->arena, &item->row, tr("派发意见", "Decision"), why_not(verdict));
        }
    }
    for (size_t i = 0; i < d->count; i++) {
        d->taken += d->items[i].verdict == FEEDBACK_TAKEN ? 1 : 0;
        d->known += d->items[i].verdict == FEEDBACK_KNOWN ? 1 : 0;
        d->refused += d->items[i].verdict == FEEDBACK_REFUSED ? 1 : 0;
    }
    return RC_OK;
}

static enum rc keep_taken(struct stage *s, const struct dispatch *d, const char *actor)
{
    char batch[DB_NUMBER];
    int64_t sent = 0, number = 0;
    if (d->taken == 0) {
        return RC_OK;
    }
    TRY(db_query_i64(s->db, "select count(*) from w_decision where verdict = 'taken' and decision = 'dispatch'", DB_NONE, &sent));
    if (sent > 0) {
        TRY(db_query_i64(s->db, "select bidui.next_number($1, 'batch', 1) + 1", DB_PARAMS(s->config->county), &number));
    }
    TRY(run_each(s, keep, sizeof keep / sizeof *keep, actor, db_number(number, batch)));
    return audit_write(s, s->edition.number, actor, "dispatch", "decisions", arena_printf(s->arena, "%lld", (long long)d->taken));
}

enum rc dispatch_take(struct stage *s, struct dispatch *d, const char *actor, bool dry_run)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_exec(s->db, working_table));
    TRY(send_rows(s, d));
    TRY(run_each(s, judge, sizeof judge / sizeof *judge, actor, "0"));
    TRY(fetch_verdicts(s, d));
    if (dry_run) {
        db_rollback(s->db);
        return RC_OK;
    }
    TRY(keep_taken(s, d, actor));
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "decisions taken", LOG_I("taken", d->taken), LOG_I("known", d->known), LOG_I("refused", d->refused));
    return RC_OK;
}
