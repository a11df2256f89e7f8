/* bidui status: last runs, verdict and freshness per dataset, open leads, deadlines, what waits for a person. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/screen.h"
#include "pipeline/cmd.h"
#include "pipeline/deliver/list.h"
#include "pipeline/expiry.h"
#include "pipeline/reasons.h"

#define JSON_MAX ((size_t)16 << 20)

struct status {
    struct session *session;
    struct stage stage;                  /* of the newest edition */
    struct feed *feeds;
    size_t feed_count;
    struct str frozen;                   /* JSON array of {"rule", "datasets"} */
    struct str editions, leads, waiting, cases; /* JSON, made by the database */
    struct expiry *expiries;
    size_t expiry_count;
    struct roster_export roster;
};

struct count_words { /* a count's key and how it is told */
    const char *key, *zh, *en;
};

static enum rc json_of(struct status *st, const char *sql, struct str *ret)
{
    char number[DB_NUMBER], today[DATE_TEXT];
    date_format(clock_today(), today);
    struct session *s = st->session;
    return db_query_text(s->db, s->arena, sql,
                         DB_PARAMS(s->config->county, db_number(st->stage.edition.number, number), today), ret);
}

static const char *const editions_sql =
    "select coalesce(json_agg(x), '[]')::text from (select edition, as_of as date, state from bidui.edition"
    " where county = $1 and $2::int >= 0 and $3::date is not null order by edition desc limit 7) x";
/* the state of leads in the newest edition that has a list */
static const char *const leads_sql =
    "with e as (select max(edition) as edition from bidui.edition where county = $1 and edition <= $2"
    "            and state = 'published'),"
    " l as (select s.* from bidui.lead_state s, e where s.county = $1 and s.edition = e.edition"
    "       and s.state in ('opened', 'open', 'escalated'))"
    " select json_build_object('open', count(*), 'high', count(*) filter (where level = 'high'),"
    " 'medium', count(*) filter (where level = 'medium'), 'low', count(*) filter (where level = 'low'),"
    " 'standing', count(*) filter (where kind = 'standing'), 'overdue', count(*) filter (where due_on < $3::date),"
    " 'due_within_3_days', count(*) filter (where due_on between $3::date and $3::date + 3))::text from l";
static const char *const cases_sql =
    "with e as (select max(edition) as edition from bidui.edition where county = $1 and edition <= $2 and state = 'published'),"
    " t as (select distinct on (t.lead_id) t.* from bidui.case_state t, e where t.county = $1 and t.edition <= e.edition"
    "  order by t.lead_id, t.edition desc)"
    " select json_build_object('open', count(*), 'overdue', count(*) filter (where due_on < $3::date),"
    "  'mismatch', count(*) filter (where is_mismatch))::text from t where state not in ('rejected', 'cleared', 'lapsed')";
static const char *const waiting_sql =
    "select json_build_object("
    " 'review', (select count(*) from bidui.review where county = $1 and state = 'open'),"
    " 'quarantine', (select count(*) from bidui.quarantine where county = $1 and not emptied and settled_edition is null and $2::int >= 0),"
    " 'held', (select coalesce(json_agg(dataset order by dataset), '[]') from bidui.delivery"
    "          where county = $1 and state = 'held' and $3::date is not null))::text";

static enum rc load(struct status *st)
{
    struct session *s = st->session;
    int64_t newest = 0;
    TRY(db_query_i64(s->db, "select coalesce(max(edition), 0) from bidui.edition where county = $1",
                     DB_PARAMS(s->config->county), &newest));
    DB_RESULT PGresult *res = NULL;
    char number[DB_NUMBER];
    st->stage = cmd_stage(s, (struct edition){.number = (int)newest, .as_of = DATE_NONE});
    TRY(db_query(s->db, "select as_of from bidui.edition where county = $1 and edition = $2",
                 DB_PARAMS(s->config->county, db_number(newest, number)), &res));
    if (PQntuples(res) == 1) {
        st->stage.edition.as_of = db_date(res, 0, 0);
    }
    TRY(feeds_load(&st->stage, &st->feeds, &st->feed_count));
    expiries_find(s->config, s->arena, clock_today(), &st->expiries, &st->expiry_count);
    TRY(roster_export_load(&st->stage, clock_today(), &st->roster));
    TRY(json_of(st, editions_sql, &st->editions));
    TRY(json_of(st, leads_sql, &st->leads));
    TRY(json_of(st, waiting_sql, &st->waiting));
    TRY(json_of(st, cases_sql, &st->cases));
    return json_of(st,
                   "select coalesce((select summary->'frozen' from bidui.edition where county = $1 and edition = $2"
                   " and $3::date is not null), '[]')::text", &st->frozen);
}

/* Rules that this dataset freezes, as a JSON array. */
static enum rc frozen_by(struct status *st, const char *dataset, struct str *ret)
{
    struct session *s = st->session;
    return db_query_text(s->db, s->arena,
                         "select coalesce(json_agg(f->>'rule'), '[]')::text from json_array_elements($1::json) f"
                         " where (f->'datasets')::jsonb ? $2",
                         DB_PARAMS(arena_cstr(s->arena, st->frozen), dataset), ret);
}

static enum rc put_dataset(struct status *st, const struct feed *f, struct buf *b)
{
    char day[DATE_TEXT] = "";
    struct str frozen = STR_NULL;
    TRY(frozen_by(st, f->dataset->id, &frozen));
    TRY(buf_puts(b, STR("{\"dataset\":")));
    TRY(buf_put_json(b, str_from(f->dataset->id)));
    TRY(buf_puts(b, STR(",\"verdict\":")));
    TRY(buf_put_json(b, str_from(f->verdict)));
    if (f->as_of != DATE_NONE) {
        date_format(f->as_of, day);
    }
    TRY(buf_printf(b, ",\"last_complete\":%d,\"as_of\":", f->last_complete));
    TRY(f->as_of == DATE_NONE ? buf_puts(b, STR("null")) : buf_put_json(b, str_from(day)));
    TRY(buf_printf(b, ",\"rows\":%lld,\"rejected\":%lld,\"in_review\":%lld,\"reasons\":[", (long long)f->received,
                   (long long)f->rejected, (long long)f->in_review));
    for (size_t i = 0; i < f->reason_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(buf_put_json(b, str_from(f->reasons[i])));
    }
    TRY(buf_puts(b, STR("],\"reason_texts\":[")));
    for (size_t i = 0; i < f->reason_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(buf_put_json(b, reason_text(st->session->arena, str_from(f->reasons[i]))));
    }
    TRY(buf_puts(b, STR("],\"format\":")));
    TRY(buf_put_json(b, str_from(f->source_format)));
    return buf_printf(b, ",\"frozen_rules\":%.*s}", STR_ARGS(frozen));
}

static enum rc put_expiry(const struct expiry *e, struct buf *b)
{
    char until[DATE_TEXT];
    date_format(e->until, until); /* "" if it cannot be read */
    TRY(buf_printf(b, "{\"what\":\"%s\",\"where\":", e->what));
    TRY(buf_put_json(b, str_from(e->where)));
    TRY(buf_puts(b, STR(",\"name\":")));
    TRY(buf_put_json(b, str_from(e->name)));
    TRY(buf_puts(b, STR(",\"until\":")));
    TRY(buf_put_json(b, e->until == DATE_NONE ? STR_NULL : str_from(until)));
    return buf_putc(b, '}');
}

static enum rc put_json(struct status *st, struct buf *b)
{
    TRY(buf_printf(b, "{\"county\":\"%s\",\"editions\":%.*s,\"leads\":%.*s,\"cases\":%.*s,\"waiting\":%.*s,\"datasets\":[",
                   st->session->config->county, STR_ARGS(st->editions), STR_ARGS(st->leads), STR_ARGS(st->cases), STR_ARGS(st->waiting)));
    for (size_t i = 0; i < st->feed_count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_dataset(st, &st->feeds[i], b));
    }
    TRY(buf_puts(b, STR("\n],\"expiring\":[")));
    for (size_t i = 0; i < st->expiry_count; i++) {
        TRY(i > 0 ? buf_putc(b, ',') : RC_OK);
        TRY(put_expiry(&st->expiries[i], b));
    }
    char on[DATE_TEXT];
    date_format(st->roster.on, on);
    TRY(buf_puts(b, STR("],\"roster\":{\"exported_on\":")));
    TRY(buf_put_json(b, st->roster.on == DATE_NONE ? STR_NULL : str_from(on)));
    return buf_printf(b, ",\"is_old\":%s}}\n", st->roster.is_old ? "true" : "false");
}

static enum rc print_json(struct status *st)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    enum rc rc = put_json(st, &b);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, stdout);
    }
    buf_done(&b);
    return rc;
}

static void print_cell(const char *text, int width)
{
    screen_cell(stdout, str_from(text), width);
}

static void print_columns(const char *const cells[], size_t n)
{
    static const int widths[] = {38, 24, 10, 12, -10, -8};
    for (size_t i = 0; i < n; i++) {
        print_cell(i > 0 ? " " : "", 0);
        print_cell(cells[i], widths[i]);
    }
}

static void print_feed(const struct status *st, const struct feed *f)
{
    char day[DATE_TEXT] = "-", rows[DB_NUMBER], rejected[DB_NUMBER];
    if (f->as_of != DATE_NONE) {
        date_format(f->as_of, day);
    }
    const char *verdict = f->was_pulled ? verdict_title(str_from(f->verdict)) : tr("未取", "not yet");
    const char *const cells[] = {f->dataset->id, f->dataset->title, verdict, day,
                                 db_number(f->received, rows), db_number(f->rejected, rejected)};
    print_columns(cells, sizeof cells / sizeof *cells);
    for (size_t k = 0; k < f->reason_count; k++) {
        struct str text = reason_text(st->session->arena, str_from(f->reasons[k]));
        printf("%s%.*s", k == 0 ? "  " : "; ", STR_ARGS(text));
    }
    if (f->source_format[0] != '\0') {
        printf("  [%s]", f->source_format);
    }
    printf("\n");
}

static void print_feeds(const struct status *st)
{
    const char *const heads[] = {tr("数据集", "dataset"), tr("名称", "title"), tr("结论", "verdict"), tr("数据日期", "as of"),
                                 tr("收到", "rows"), tr("问题", "rejected")};
    print_columns(heads, sizeof heads / sizeof *heads);
    printf("\n");
    for (size_t i = 0; i < st->feed_count; i++) {
        print_feed(st, &st->feeds[i]);
    }
}

static enum rc print_frozen(const struct status *st)
{
    struct session *s = st->session;
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select f->>'rule', (select string_agg(d, ', ') from json_array_elements_text(f->'datasets') d)"
                 " from json_array_elements($1::json) f",
                 DB_PARAMS(arena_cstr(s->arena, st->frozen)), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        printf("%s %s: %s\n", tr("冻结规则", "frozen rule"), PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
    }
    return RC_OK;
}

static void print_roster(const struct status *st)
{
    char on[DATE_TEXT];
    if (st->roster.on != DATE_NONE) {
        date_format(st->roster.on, on);
        printf("%s %s%s\n", tr("底册导出日期", "roster exported on"), on,
               st->roster.is_old ? tr("  已超过 max_age,请重新导出", "  older than max_age: export it anew") : "");
    }
}

static void print_expiries(const struct status *st)
{
    for (size_t i = 0; i < st->expiry_count; i++) {
        const struct expiry *e = &st->expiries[i];
        char until[DATE_TEXT];
        date_format(e->until, until);
        printf("%s %s %s %s %s\n", e->until == DATE_NONE ? tr("读不出", "not readable") : tr("有效期至", "valid until"), until,
               expiry_title(e->what), e->where, e->name);
    }
}

static enum rc print_runs(const struct status *st)
{
    struct session *s = st->session;
    DB_RESULT PGresult *runs = NULL;
    TRY(db_query(s->db, "select x->>'edition', coalesce(x->>'date', '-'), x->>'state' from json_array_elements($1::json) x",
                 DB_PARAMS(arena_cstr(s->arena, st->editions)), &runs));
    for (int i = 0; i < PQntuples(runs); i++) {
        printf("  %s %s.%s %s\n", tr("运行", "run"), PQgetvalue(runs, i, 1), PQgetvalue(runs, i, 0),
               edition_title(db_text(runs, i, 2)));
    }
    return RC_OK;
}

/* A line of counts, by the keys of a JSON object; a list counts its members, and tells them. */
static enum rc print_counts(const struct status *st, const char *head, struct str json, const struct count_words *words, size_t n)
{
    struct session *s = st->session;
    print_cell(head, 8);
    for (size_t i = 0; i < n; i++) {
        struct str said = STR_NULL;
        TRY(db_query_text(s->db, s->arena,
                          "select case json_typeof($1::json->$2) when 'array' then json_array_length($1::json->$2) ||"
                          " coalesce((select ' (' || string_agg(x, ', ') || ')' from json_array_elements_text($1::json->$2) x), '')"
                          " else $1::json->>$2 end",
                          DB_PARAMS(arena_cstr(s->arena, json), words[i].key), &said));
        printf("  %s %.*s", tr(words[i].zh, words[i].en), STR_ARGS(said));
    }
    printf("\n");
    return RC_OK;
}

static enum rc print_text(struct status *st)
{
    static const struct count_words leads[] = {
        {"open", "未办结", "open"},       {"high", "高", "high"},         {"medium", "中", "medium"},
        {"low", "低", "low"},             {"standing", "存量", "standing"}, {"overdue", "逾期", "overdue"},
        {"due_within_3_days", "三日内到期", "due within 3 days"}};
    static const struct count_words waiting[] = {{"review", "人工判定", "review"},
                                                 {"quarantine", "问题数据", "quarantine"},
                                                 {"held", "暂挂", "held"}};
    static const struct count_words cases[] = {
        {"open", "办理中", "open"}, {"overdue", "逾期", "overdue"}, {"mismatch", "账账不符", "not on the roster"}};
    struct session *s = st->session;
    printf("%s %s\n", s->config->title, s->config->county);
    TRY(print_runs(st));
    print_feeds(st);
    TRY(print_counts(st, tr("线索", "leads"), st->leads, leads, sizeof leads / sizeof *leads));
    TRY(print_counts(st, tr("办理", "cases"), st->cases, cases, sizeof cases / sizeof *cases));
    TRY(print_counts(st, tr("待处理", "waiting"), st->waiting, waiting, sizeof waiting / sizeof *waiting));
    TRY(print_frozen(st));
    print_roster(st);
    print_expiries(st);
    return RC_OK;
}

static enum rc show(struct status *st, bool json)
{
    TRY(load(st));
    return json ? print_json(st) : print_text(st);
}

int cmd_status(struct cli_args *args)
{
    struct session s;
    struct status st = {.session = &s};
    enum rc rc = cmd_open(args, "status", &s);
    if (rc == RC_OK) {
        rc = cli_operand_count(args) > 0 ? status_dataset(&s, args) : show(&st, cli_has(args, "json"));
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("status");
    cmd_close(&s);
    return code;
}
