/* bidui status DATASET: the whole state of one dataset. bidui reset DATASET: where the next pull begins. */
#include <stdio.h>
#include <stdlib.h>

#include "base/screen.h"
#include "pipeline/audit.h"
#include "pipeline/cmd.h"
#include "pipeline/deliver/list.h"
#include "pipeline/deliver/returned.h"
#include "pipeline/pull/arrivals.h"
#include "pipeline/reasons.h"
#include "pipeline/rules/rules.h"

/* A department set aside, by its file or for want of tables, has no datasets to be named. */
static bool is_set_aside(const struct config *c, const char *dataset)
{
    struct str rest = str_from(dataset), department = str_cut(&rest, '.');
    for (size_t i = 0; i < c->department_count; i++) {
        if (c->departments[i].is_broken && str_is(department, c->departments[i].name)) {
            return true;
        }
    }
    return false;
}

static const char *nearest_dataset(const struct config *c, const char *id)
{
    const char *near = NULL;
    for (size_t i = 0; i < c->department_count && near == NULL; i++) {
        const struct department *d = &c->departments[i];
        for (size_t k = 0; k < d->dataset_count && near == NULL; k++) {
            const char *one[] = {d->datasets[k].id};
            near = str_nearest(str_from(id), one, 1);
        }
    }
    return near;
}

enum rc cmd_find_dataset(const struct config *c, const char *id, const struct dataset **ret)
{
    *ret = config_dataset(c, str_from(id));
    if (*ret != NULL) {
        return RC_OK;
    }
    const char *near = nearest_dataset(c, id);
    enum rc rc = err_fail(RC_USAGE, tr("没有数据集 %s", "no dataset %s"), id);
    if (near != NULL && strcmp(near, id) != 0) {
        err_hint(tr("是不是想写 %s?", "Did you mean %s?"), near);
    } else if (is_set_aside(c, id)) {
        err_hint("%s", tr("该部门已停用:配置有误见 bidui check,还没有数据表则运行 bidui init。",
                          "Its department is set aside: bidui check tells what is wrong with its file; without tables, run bidui init."));
    } else {
        err_hint("%s", tr("数据集写作 部门.数据集,见 bidui status。", "A dataset is DEPARTMENT.DATASET; see bidui status."));
    }
    return rc;
}

static enum rc find_dataset(struct session *s, const struct cli_args *args, const struct dataset **ret)
{
    return cmd_find_dataset(s->config, cli_operand(args, 0), ret);
}

/* ---- status DATASET ---- */

/* Positions stay untold: a cursor may be somebody's key. */
static const char state_sql[] =
    "with d as (select * from bidui.delivery where county = $1 and dataset = $2 and edition > 0),"
    " last as (select * from d where state = 'admitted' order by decided_edition desc, edition desc limit 1),"
    " q as (select * from bidui.quarantine where county = $1 and dataset = $2 and edition > 0 and not emptied)"
    " select jsonb_build_object('dataset', $2::text, 'watermark', (select nullif(watermark, '') from last),"
    " 'last_admitted', (select as_of from last), 'changed_on', (select max(changed_on) from d where state = 'admitted'),"
    " 'unfinished', (select jsonb_build_object('edition', edition, 'pages', pages, 'rows', received) from d"
    "   where state = 'landing' and pages > 0 order by edition desc limit 1),"
    " 'taken_files', (select count(*) from bidui.taken_file where county = $1 and dataset = $2),"
    " 'backfills', (select coalesce(jsonb_agg(jsonb_build_object('from', from_day, 'to', to_day, 'asked_on', asked_on,"
    "   'asked_by', asked_by, 'edition', done) order by backfill_no), '[]') from bidui.backfill"
    "   where county = $1 and dataset = $2),"
    " 'review', (select count(*) from bidui.review where county = $1 and dataset = $2 and state = 'open'),"
    " 'quarantine', jsonb_build_object("
    "   'waiting', (select coalesce(jsonb_object_agg(reason, n), '{}') from (select reason, count(*) as n from q"
    "     where settled_edition is null group by reason) w),"
    "   'corrected', (select count(*) from q where settled_why = 'corrected'),"
    "   'again', (select count(*) from q where settled_why = 'again')),"
    " 'deliveries', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select edition, as_of, verdict, state, received as rows,"
    "   landed, rejected, reasons, accepted_reason as because from d order by edition desc limit 10) x),"
    " 'name_lists', (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (select n.list_no, n.sent_on, n.state, n.persons,"
    "   (select count(distinct a.person_id) from bidui.question a where a.county = n.county and a.dataset = n.dataset"
    "     and a.list_no = n.list_no and a.outcome in ('record', 'none', 'conflict')) as answered from bidui.name_list n"
    "   where n.county = $1 and n.dataset = $2 and n.state <> 'expired' order by n.sent_on, n.list_no) x),"
    " 'frozen_rules', (select coalesce(jsonb_agg(f->>'rule' order by f->>'rule'), '[]') from bidui.edition e,"
    "   jsonb_array_elements(e.summary->'frozen') f where e.county = $1 and f->'datasets' ? $2 and e.edition ="
    "   (select max(edition) from bidui.edition where county = $1 and summary ? 'frozen')))::text";

static const char *day_or_dash(struct arena *a, date_t day)
{
    char text[DATE_TEXT];
    date_format(day, text);
    return text[0] == '\0' ? "-" : arena_cstr(a, str_from(text));
}

static enum rc load_state(struct session *s, const struct dataset *d, const char **ret)
{
    struct str state = STR_NULL;
    DB_RESULT PGresult *res = NULL;
    TRY(db_query_text(s->db, s->arena, state_sql, DB_PARAMS(s->config->county, d->id), &state));
    TRY(db_query(s->db, "select ($1::jsonb->>'changed_on')::date", DB_PARAMS(state.p), &res));
    date_t due = arrivals_due(d, &s->config->calendar, db_date(res, 0, 0));
    struct str with_due = STR_NULL;
    TRY(db_query_text(s->db, s->arena, "select ($1::jsonb || jsonb_build_object('next_due', nullif($2, '-')))::text",
                      DB_PARAMS(state.p, day_or_dash(s->arena, due)), &with_due));
    *ret = with_due.p;
    return RC_OK;
}

static enum rc print_values(struct session *s, const struct dataset *d, const char *state)
{
    static const struct {
        const char *key, *zh, *en;
    } lines[] = {{"watermark", "增量位置", "watermark"},       {"last_admitted", "最近入库", "last admitted"},
                 {"changed_on", "内容最近变化", "last changed"}, {"next_due", "下次应报", "next due"},
                 {"unfinished", "未读完", "unfinished"},       {"taken_files", "已取文件", "files taken"},
                 {"review", "待人工判定", "questions open"}, {"frozen_rules", "冻结规则", "frozen rules"}};
    printf("%s %s\n", d->id, d->title);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct str value = STR_NULL;
        TRY(db_query_text(s->db, s->arena, "select coalesce($1::jsonb->>$2, '-')", DB_PARAMS(state, lines[i].key), &value));
        printf("  %s: %.*s\n", tr(lines[i].zh, lines[i].en), STR_ARGS(value));
    }
    return RC_OK;
}

static enum rc print_backfills(struct session *s, const char *state)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select x->>'from', x->>'to', x->>'asked_on', x->>'asked_by', coalesce(x->>'edition', '')"
                 " from jsonb_array_elements($1::jsonb->'backfills') x",
                 DB_PARAMS(state), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        bool is_done = PQgetvalue(res, i, 4)[0] != '\0';
        printf(tr("  重读 %s..%s(%s %s 提出): %s%s\n", "  read again %s..%s (asked for on %s by %s): %s%s\n"),
               PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), PQgetvalue(res, i, 2), PQgetvalue(res, i, 3),
               is_done ? tr("已入库,版次 ", "admitted, edition ") : tr("尚未读取", "still to be read"), PQgetvalue(res, i, 4));
    }
    return RC_OK;
}

static enum rc print_quarantine(struct session *s, const char *state)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select key, value from jsonb_each_text($1::jsonb->'quarantine'->'waiting') order by key collate \"C\"",
                 DB_PARAMS(state), &res));
    printf("  %s:\n", tr("问题数据待更正", "in quarantine"));
    for (int i = 0; i < PQntuples(res); i++) {
        printf("    %s %s(%s)\n", PQgetvalue(res, i, 1), quarantine_title(db_text(res, i, 0)), PQgetvalue(res, i, 0));
    }
    DB_RESULT PGresult *settled = NULL;
    TRY(db_query(s->db, "select $1::jsonb->'quarantine'->>'corrected', $1::jsonb->'quarantine'->>'again'", DB_PARAMS(state),
                 &settled));
    printf(tr("    已更正 %s,再次出现 %s\n", "    corrected %s, came again %s\n"), PQgetvalue(settled, 0, 0),
           PQgetvalue(settled, 0, 1));
    return RC_OK;
}

static enum rc print_lists(struct session *s, const char *state)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select x->>'list_no', x->>'sent_on', x->>'answered', x->>'persons' from jsonb_array_elements("
                 "$1::jsonb->'name_lists') x",
                 DB_PARAMS(state), &res));
    if (PQntuples(res) > 0) {
        printf("  %s:\n", tr("送出的名单(名单号、送出日期、已答复)", "name lists out (number, sent on, answered)"));
    }
    for (int i = 0; i < PQntuples(res); i++) {
        printf("    %s %s %s/%s\n", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), PQgetvalue(res, i, 2), PQgetvalue(res, i, 3));
    }
    return RC_OK;
}

static enum rc print_deliveries(struct session *s, const char *state)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select coalesce(x->>'as_of', '-') || '.' || (x->>'edition'), coalesce(x->>'verdict', ''), x->>'state',"
                 " x->>'rows', x->>'rejected', array_to_string(array(select jsonb_array_elements_text(x->'reasons')), chr(10))"
                 " from jsonb_array_elements($1::jsonb->'deliveries') x",
                 DB_PARAMS(state), &res));
    printf("  %s:\n", tr("最近来数", "deliveries"));
    for (int i = 0; i < PQntuples(res); i++) {
        printf("    %-14s ", PQgetvalue(res, i, 0));
        screen_cell(stdout, str_from(verdict_title(db_text(res, i, 1))), 10);
        screen_cell(stdout, str_from(delivery_title(db_text(res, i, 2))), 10);
        printf("%s/%s", PQgetvalue(res, i, 3), PQgetvalue(res, i, 4));
        for (struct str rest = db_text(res, i, 5); rest.n > 0;) {
            struct str text = reason_text(s->arena, str_cut(&rest, '\n'));
            printf("  %.*s", STR_ARGS(text));
        }
        printf("\n");
    }
    return RC_OK;
}

enum rc status_dataset(struct session *s, const struct cli_args *args)
{
    const struct dataset *d = NULL;
    const char *state = NULL;
    TRY(find_dataset(s, args, &d));
    TRY(load_state(s, d, &state));
    if (cli_has(args, "json")) {
        printf("%s\n", state);
        return RC_OK;
    }
    TRY(print_values(s, d, state));
    TRY(print_backfills(s, state));
    TRY(print_quarantine(s, state));
    TRY(print_lists(s, state));
    return print_deliveries(s, state);
}

/* ---- reset ---- */

struct reset {
    const struct dataset *dataset;
    bool all;
    const char *from; /* the new watermark, a date; NULL with all */
};

static enum rc read_reset(struct session *s, const struct cli_args *args, struct reset *r)
{
    date_t day = DATE_NONE;
    r->from = cli_value(args, "watermark");
    r->all = cli_has(args, "all");
    TRY(find_dataset(s, args, &r->dataset));
    if (r->all == (r->from != NULL)) {
        return err_fail(RC_USAGE, "%s", tr("写 --watermark 日期,或 --all", "either --watermark DATE or --all"));
    }
    if (r->from != NULL && (!r->dataset->is_incremental || !date_parse_iso(str_from(r->from), &day))) {
        return err_fail(RC_USAGE, "--watermark: %s",
                        r->dataset->is_incremental ? tr("应为 YYYY-MM-DD", "expected YYYY-MM-DD")
                                                   : tr("该数据集不是增量,没有位置", "the dataset is not incremental"));
    }
    return RC_OK;
}

/* What it costs: rows that came since then come once more, and rules wait while that isn't complete. */
static enum rc tell_cost(struct session *s, const struct reset *r)
{
    int64_t rows = 0;
    struct rule_set set;
    TRY(db_query_i64(s->db,
                     "select coalesce(sum(received), 0)::bigint from bidui.delivery where county = $1 and dataset = $2"
                     " and state = 'admitted' and (as_of >= $3::date or $3 is null) and ($4::boolean or edition ="
                     "  (select max(edition) from bidui.delivery where county = $1 and dataset = $2 and state = 'admitted'))",
                     DB_PARAMS(s->config->county, r->dataset->id, r->from, r->dataset->is_incremental ? "true" : "false"),
                     &rows));
    printf(tr("%s 下次取数约重取 %lld 行。\n", "%s: the next pull takes about %lld rows again\n"), r->dataset->id,
           (long long)rows);
    TRY(rules_compile(s->config, s->arena, &set));
    printf("%s", tr("重取不完整期间冻结的规则:", "rules frozen while that is not complete:"));
    for (size_t i = 0; i < set.count; i++) {
        for (size_t k = 0; k < set.rules[i].dataset_count; k++) {
            if (set.rules[i].datasets[k] == r->dataset) {
                printf(" %s", set.rules[i].text->id);
            }
        }
    }
    printf("\n");
    return RC_OK;
}

static enum rc apply(struct session *s, const struct reset *r)
{
    struct stage stage = cmd_stage(s, (struct edition){.as_of = DATE_NONE});
    const char *county = s->config->county, *id = r->dataset->id;
    TRY(edition_lock(s->config, s->db));
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_run(s->db,
               "update bidui.delivery set watermark = case when $3::text is null then '' else $3 || 'T00:00:00.000000' end,"
               " waiting_since = null, validators = '' where county = $1 and dataset = $2 and state = 'admitted' and edition > 0",
               DB_PARAMS(county, id, r->from), NULL));
    TRY(db_run(s->db, "update bidui.delivery set position = '' where county = $1 and dataset = $2 and state = 'landing'",
               DB_PARAMS(county, id), NULL));
    if (r->all) {
        TRY(db_run(s->db, "delete from bidui.taken_file where county = $1 and dataset = $2", DB_PARAMS(county, id), NULL));
    }
    TRY(audit_write(&stage, 0, cmd_actor(), "reset", id, r->all ? "--all" : arena_printf(s->arena, "--watermark %s", r->from)));
    return db_commit(s->db);
}

static enum rc reset(struct session *s, const struct cli_args *args)
{
    struct reset r;
    TRY(read_reset(s, args, &r));
    TRY(tell_cost(s, &r));
    (void)fflush(stdout);
    if (!cli_has(args, "yes")) {
        printf("%s\n", tr("什么都没有改;确认请加 --yes。", "nothing was changed; add --yes to do it"));
        return RC_OK;
    }
    TRY(apply(s, &r));
    printf("%s\n", tr("已重置;下次取数从那里开始。", "done; the next pull begins there"));
    return RC_OK;
}

int cmd_reset(struct cli_args *args)
{
    struct session s;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = reset(&s, args);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("reset");
    cmd_close(&s);
    return code;
}
