/* Rows against what was sent and what was answered before: set by set, in one transaction. `w_row` holds the rows
 * without a mistake of their own; `verdict` null is a row that stands so far. */
#include "pipeline/feedback/feedback.h"

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/audit.h"
#include "pipeline/remarks.h"
#include "pipeline/rules/rules.h"

#define SEAL_MAX ((size_t)4 << 20)

static const char working_tables[] =
    "create temp table w_row (n int primary key, lead_no text, edition int, recipient text, household_no text, code int,"
    "  visited_on date, way text, content bytea, sealed bytea, answers text[], fills boolean, lead_id bigint, off_id bigint,"
    "  alerts bigint[], opened_on date, verdict text, reason int, day date) on commit drop;"
    "create temp table w_answer (n int, lead_id bigint, alert_id bigint, answer text, reason int, rule text, subject text,"
    "  opened_on date) on commit drop;"
    "create temp table w_amount (rule text primary key, name text) on commit drop";
static const char row_copy[] =
    "copy w_row (n, lead_no, edition, recipient, household_no, code, visited_on, way, content, sealed, answers, fills)"
    " from stdin (format binary)";
#define ROW_COLUMNS 12

/* ---- Rows into the database ---- */

/* What the row says, unambiguously: the same row is known again. */
static enum rc put_content(const struct feedback_row *row, struct buf *b)
{
    TRY(buf_printf(b, "%.*s\n%d\n%.*s\n%d\n%d\n%s\n", STR_ARGS(row->token.lead_no), row->token.edition,
                   STR_ARGS(row->token.recipient), row->code->code, row->visited_on, row->way));
    for (size_t i = 0; i < row->answer_count; i++) {
        TRY(buf_printf(b, "%s\n", row->answers[i] != NULL ? row->answers[i] : ""));
    }
    return buf_printf(b, "%zu\n%.*s\n%.*s", row->visitors.n, STR_ARGS(row->visitors), STR_ARGS(row->remarks));
}

static enum rc put_people(const struct config *c, const struct feedback_row *row, struct buf *plain, struct buf *sealed)
{
    buf_reset(plain);
    buf_reset(sealed);
    TRY(buf_printf(plain, "%.*s%s%.*s", STR_ARGS(row->visitors), row->remarks.n > 0 ? "\n" : "", STR_ARGS(row->remarks)));
    return remark_seal(c, REMARK_OF_RESULT, row->token.lead_no, buf_str(plain), sealed);
}

static void put_answers(struct copy *copy, struct arena *a, const struct feedback_row *row)
{
    struct str *words = arena_array(a, row->answer_count, sizeof *words);
    for (size_t i = 0; i < row->answer_count; i++) {
        words[i] = row->answers[i] != NULL ? str_from(row->answers[i]) : STR_NULL;
    }
    copy_text_array(copy, words, row->answer_count);
}

static enum rc put_row(const struct stage *s, struct copy *copy, struct arena *scratch, int32_t n, const struct feedback_row *row,
                       struct buf *plain, struct buf *sealed)
{
    unsigned char content[PAGE_HASH];
    arena_reset(scratch);
    buf_reset(plain);
    TRY(put_content(row, plain));
    crypto_hash(&s->config->code_key, buf_str(plain), content);
    TRY(put_people(s->config, row, plain, sealed));
    TRY(copy_row(copy));
    copy_i32(copy, n);
    copy_text(copy, row->token.lead_no);
    copy_i32(copy, row->token.edition);
    copy_text(copy, row->token.recipient);
    copy_text(copy, row->household_no);
    copy_i32(copy, row->code->code);
    copy_date(copy, row->visited_on);
    copy_text(copy, str_from(row->way));
    copy_bytes(copy, str_of((const char *)content, sizeof content));
    copy_bytes(copy, buf_str(sealed));
    put_answers(copy, scratch, row);
    copy_bool(copy, row->code->needs == FILLS_DATA_WRONG);
    return RC_OK;
}

static enum rc put_rows(const struct stage *s, const struct feedback *f, struct copy *copy, struct buf *plain, struct buf *sealed)
{
    struct arena *scratch = arena_new(SEAL_MAX);
    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < f->count; i++) {
        if (f->items[i].row.faults == NULL) {
            rc = put_row(s, copy, scratch, (int32_t)i, &f->items[i].row, plain, sealed);
        }
    }
    arena_free(scratch);
    return rc;
}

static enum rc send_rows(struct stage *s, const struct feedback *f)
{
    struct buf plain, sealed;
    DB_COPY struct copy *copy = NULL;
    TRY(copy_begin(s->db, row_copy, ROW_COLUMNS, &copy));
    buf_init(&plain, SEAL_MAX);
    buf_init(&sealed, SEAL_MAX);
    enum rc rc = put_rows(s, f, copy, &plain, &sealed);
    buf_done(&plain);
    buf_done(&sealed);
    if (rc == RC_OK) {
        struct copy *done = copy;
        copy = NULL; /* copy_end frees it, whatever it answers */
        rc = copy_end(done);
    }
    return rc;
}

/* ---- Judging ---- */

static const char *const judge[] = {
    /* what was sent: the alerts the row was about; a code that fills what is blank fills what was open at the visit */
    "update w_row w set lead_id = x.lead_id, off_id = x.off_id, alerts = x.alerts, opened_on = x.opened_on, day = x.opened_on,"
    "  answers = case when x.fills then (select array_agg(coalesce(y.answer, case when y.was_there or not y.any_was_there"
    "    then 'data_wrong' end) order by y.i) from (select i, x.answers[i] as answer, o.was_there, bool_or(o.was_there) over ()"
    "     as any_was_there from generate_series(1, cardinality(x.alerts)) i left join bidui.alert a on a.county = $1"
    "     and a.alert_id = x.alerts[i] cross join lateral (select coalesce(a.opened_on, x.opened_on) <= x.visited_on as was_there) o)"
    "    y) else x.answers end,"
    "  verdict = case when x.alerts is null then 'not_sent' when x.household_no <> '' and x.household_no <> x.sent_no"
    "    then 'other_household' when cardinality(x.answers) > cardinality(x.alerts) then 'no_such_reason'"
    "    when x.visited_on < x.opened_on then 'too_early' end"
    " from (select r.n, r.fills, r.answers, r.household_no, r.visited_on, l.lead_id, l.off_id, l.opened_on, t.alerts,"
    "   coalesce(k.household_no, '') as sent_no from w_row r"
    "   left join bidui.lead l on l.county = $1 and l.lead_no = r.lead_no"
    "   left join bidui.household_key k on k.county = $1 and k.household_id = l.household_id"
    "   left join lateral (select s.alerts from bidui.sending_lead s where s.county = $1 and s.lead_id = l.lead_id"
    "     and s.recipient = r.recipient and s.edition <= r.edition order by s.edition desc limit 1) t on true) x"
    " where x.n = w.n",
    "update w_row set reason = cardinality(alerts) where verdict = 'no_such_reason'",
    "insert into w_answer select w.n, w.lead_id, w.alerts[i], w.answers[i], i, coalesce(a.rule, o.dataset),"
    "  coalesce(a.subject, 'o' || o.off_id), coalesce(a.opened_on, w.opened_on)"
    " from w_row w cross join lateral generate_subscripts(w.alerts, 1) i"
    " left join bidui.alert a on a.county = $1 and a.alert_id = w.alerts[i]"
    " left join bidui.off_roster o on o.county = $1 and o.off_id = w.off_id"
    " where w.verdict is null and w.answers[i] is not null",
    "analyze w_row; analyze w_answer",
    /* a reason that came up after the visit was not looked at */
    "update w_row w set verdict = 'before_reason', reason = x.reason, day = x.opened_on from"
    " (select distinct on (r.n) r.n, a.reason, a.opened_on from w_answer a join w_row r on r.n = a.n"
    "   where a.opened_on > r.visited_on order by r.n, a.reason) x where x.n = w.n and w.verdict is null",
    /* what was answered before */
    "update w_row w set verdict = case when r.content = w.content then 'known' when r.visited_on > w.visited_on then 'older'"
    "   when r.visited_on = w.visited_on and (r.code <> w.code or exists (select from w_answer a join bidui.answer x"
    "     on x.county = $1 and x.lead_id = a.lead_id and x.alert_id = a.alert_id and x.ended is null"
    "     and x.visited_on = w.visited_on where a.n = w.n and x.answer <> a.answer)) then 'conflict' end, day = r.visited_on"
    " from bidui.result r where w.verdict is null and r.county = $1 and r.lead_id = w.lead_id and r.ended is null",
    /* an earlier visit, two answers about one visit, the same row twice */
    "update w_row w set verdict = 'older', day = x.last from (select lead_id, max(visited_on) as last from w_row"
    "   where verdict is null group by lead_id) x where w.verdict is null and x.lead_id = w.lead_id and w.visited_on < x.last",
    "update w_row w set verdict = 'conflict' where verdict is null and lead_id in (select r.lead_id from w_row r"
    "   where r.verdict is null group by r.lead_id having count(distinct r.code) > 1 union"
    "  select a.lead_id from w_answer a join w_row r on r.n = a.n where r.verdict is null group by a.lead_id, a.alert_id"
    "   having count(distinct a.answer) > 1)",
    "update w_row w set verdict = 'known' from (select lead_id, content, min(n) as first from w_row where verdict is null"
    "   group by lead_id, content) x where w.verdict is null and x.lead_id = w.lead_id and x.content = w.content and w.n > x.first",
    "update w_row set verdict = 'taken' where verdict is null",
};

/* ---- Keeping ---- */

static const char *const keep[] = {
    "update bidui.result r set ended = $2::int from w_row w where w.verdict = 'taken' and r.county = $1"
    " and r.lead_id = w.lead_id and r.ended is null and r.learned < $2::int",
    "insert into bidui.result (county, lead_id, learned, recipient, sent_edition, code, visited_on, way, content, sealed)"
    " select distinct on (lead_id) $1, lead_id, $2::int, recipient, edition, code, visited_on, way, content, sealed from w_row"
    " where verdict = 'taken' order by lead_id, n desc"
    " on conflict (county, lead_id, learned) do update set ended = null, recipient = excluded.recipient,"
    "  sent_edition = excluded.sent_edition, code = excluded.code, visited_on = excluded.visited_on, way = excluded.way,"
    "  content = excluded.content, sealed = excluded.sealed",
    /* one answer for a rule and a subject: of the latest visit, whichever lead it was asked in */
    "delete from w_answer a using w_row w where w.n = a.n and (w.verdict <> 'taken' or exists (select from bidui.answer x"
    "  where x.county = $1 and x.rule = a.rule and x.subject = a.subject and x.ended is null and x.visited_on > w.visited_on))",
    "update bidui.answer x set ended = $2::int from w_answer a where x.county = $1 and x.rule = a.rule"
    " and x.subject = a.subject and x.ended is null and x.learned < $2::int",
    "insert into bidui.answer (county, rule, subject, learned, lead_id, alert_id, sent_edition, answer, code, visited_on, amount)"
    " select distinct on (a.rule, a.subject) $1, a.rule, a.subject, $2::int, a.lead_id, a.alert_id, w.edition, a.answer, w.code,"
    "  w.visited_on, case when t.amount ~ '^-?[0-9]+([.][0-9]+)?$' then t.amount::numeric end"
    " from w_answer a join w_row w on w.n = a.n left join w_amount m on m.rule = a.rule"
    " left join lateral (select s.details->'values'->>m.name as amount from bidui.alert_state s where s.county = $1"
    "   and s.alert_id = a.alert_id and s.edition <= w.edition order by s.edition desc limit 1) t on true"
    " order by a.rule, a.subject, w.visited_on desc, a.lead_id desc, a.n desc"
    " on conflict (county, rule, subject, learned) do update set ended = null, lead_id = excluded.lead_id,"
    "  alert_id = excluded.alert_id, sent_edition = excluded.sent_edition, answer = excluded.answer, code = excluded.code,"
    "  visited_on = excluded.visited_on, amount = excluded.amount",
};

static enum rc run_each(struct stage *s, const char *const *sql, size_t n)
{
    char edition[DB_NUMBER];
    (void)db_number(s->edition.number, edition);
    for (size_t i = 0; i < n; i++) {
        /* the CTE gives every parameter its type, also those a statement does not use */
        TRY(strncmp(sql[i], "analyze", 7) == 0
                ? db_exec(s->db, sql[i])
                : db_run(s->db, arena_printf(s->arena, "with typed as (select $1::text, $2::int) %s", sql[i]),
                         DB_PARAMS(s->config->county, edition), NULL));
    }
    return RC_OK;
}

static enum rc name_amounts(struct stage *s)
{
    struct rule_set set;
    TRY(rules_compile(s->config, s->arena, &set));
    struct str *rules = arena_array(s->arena, set.count, sizeof *rules), *names = arena_array(s->arena, set.count, sizeof *names);
    for (size_t i = 0; i < set.count; i++) {
        const char *name = rule_amount(&set.rules[i]);
        rules[i] = str_from(set.rules[i].text->id);
        names[i] = name != NULL ? str_from(name) : STR_NULL;
    }
    return db_run(s->db, "insert into w_amount select * from unnest($1::text[], $2::text[])",
                  DB_PARAMS(db_array(s->arena, rules, set.count), db_array(s->arena, names, set.count)), NULL);
}

/* ---- Saying why ---- */

static void explain_refusal(struct feedback *f, struct feedback_row *row, struct str verdict, int reason, const char *day)
{
    struct arena *a = f->arena;
    const char *date = feedback_column_title(FEEDBACK_DATE), *code = feedback_column_title(FEEDBACK_CODE);
    if (str_is(verdict, "not_sent")) {
        feedback_fault_add(a, row, feedback_column_title(FEEDBACK_TOKEN),
                           tr("没有把这条线索下发给该乡镇的记录", "this lead was not sent to that township"));
    } else if (str_is(verdict, "other_household")) {
        feedback_fault_add(a, row, feedback_column_title(FEEDBACK_HOUSEHOLD),
                           tr("应与下发时相同;排序或复制时应整行移动", "expected as it was sent; whole rows must be moved when sorting or copying"));
    } else if (str_is(verdict, "no_such_reason")) {
        feedback_fault_add(a, row, feedback_reason_column(a, (size_t)reason),
                           arena_printf(a, tr("该线索只有 %d 条原因,应留空", "the lead has %d reasons: expected nothing"), reason));
    } else if (str_is(verdict, "too_early")) {
        feedback_fault_add(a, row, date, arena_printf(a, tr("应不早于发现日期 %s", "expected a day not before it was opened, %s"), day));
    } else if (str_is(verdict, "before_reason")) {
        feedback_fault_add(a, row, date,
                           arena_printf(a, tr("原因%d 在 %s 才出现,应不早于该日,或将该原因留空",
                                              "reason %d came up on %s: expected a day not before it, or no answer to it"),
                                        reason, day));
    } else if (str_is(verdict, "older")) {
        feedback_fault_add(a, row, date, arena_printf(a, tr("已有 %s 的核查结果,以较晚的为准", "there is a result of %s; the later one counts"), day));
    } else {
        feedback_fault_add(a, row, code,
                           tr("同一核查日期另有不同的答复,本条均未采纳;核对后改写,或填写新的核查日期",
                              "another answer has the same day of visit, nothing is taken; put it right, or give a later day"));
    }
}

static enum rc fetch_verdicts(struct stage *s, struct feedback *f)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, "select n, verdict, reason, day from w_row order by n", DB_NONE, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct feedback_item *item = &f->items[db_i64(res, i, 0)];
        struct str verdict = db_text(res, i, 1);
        if (str_is(verdict, "taken") || str_is(verdict, "known")) {
            item->verdict = str_is(verdict, "taken") ? FEEDBACK_TAKEN : FEEDBACK_KNOWN;
            continue;
        }
        explain_refusal(f, &item->row, verdict, (int)db_i64(res, i, 2), PQgetvalue(res, i, 3));
    }
    return RC_OK;
}

/* For good, with the hour: what bulletins count. */
static const char log_sql[] =
    "insert into bidui.result_taken (county, taken_no, taken_at, lead_id, learned, code, visited_on, alerts, answers)"
    " select $1, $4::bigint + row_number() over (order by x.lead_id), $3::timestamp, x.lead_id, $2::int, x.code, x.visited_on, x.alerts,"
    "  x.answers from (select distinct on (lead_id) * from w_row where verdict = 'taken' order by lead_id, n desc) x";

static enum rc log_taken(struct stage *s, const struct feedback *f)
{
    char edition[DB_NUMBER], most[DB_NUMBER], last[DB_NUMBER], now[INSTANT_TEXT];
    int64_t before = 0;
    instant_format(clock_local_us(), now);
    TRY(db_query_i64(s->db, "select bidui.next_number($1, 'result_taken', $2::bigint)",
                     DB_PARAMS(s->config->county, db_number(f->taken, most)), &before));
    return db_run(s->db, log_sql, DB_PARAMS(s->config->county, db_number(s->edition.number, edition), now, db_number(before, last)), NULL);
}

static enum rc keep_taken(struct stage *s, const struct feedback *f, const char *actor)
{
    if (f->taken == 0) {
        return RC_OK;
    }
    TRY(log_taken(s, f));
    TRY(run_each(s, keep, sizeof keep / sizeof *keep));
    return audit_write(s, s->edition.number, actor, "feedback", "results", arena_printf(s->arena, "%lld", (long long)f->taken));
}

enum rc feedback_take(struct stage *s, struct feedback *f, const char *actor, bool dry_run)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_exec(s->db, working_tables));
    TRY(name_amounts(s));
    TRY(send_rows(s, f));
    TRY(db_exec(s->db, "analyze w_row"));
    TRY(run_each(s, judge, sizeof judge / sizeof *judge));
    TRY(fetch_verdicts(s, f));
    feedback_count(f);
    if (dry_run) {
        db_rollback(s->db);
        return RC_OK;
    }
    TRY(keep_taken(s, f, actor));
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "results taken", LOG_I("edition", s->edition.number), LOG_I("taken", f->taken),
              LOG_I("known", f->known), LOG_I("refused", f->refused));
    return RC_OK;
}
