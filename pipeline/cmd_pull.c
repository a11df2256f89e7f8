/* bidui pull and bidui roster load: outside a run they write under the open edition, opening one if none is. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "pipeline/audit.h"
#include "pipeline/cmd.h"
#include "pipeline/draft/suggest.h"
#include "pipeline/pull/pull.h"
#include "pipeline/pull/ranges.h"

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

static enum rc unknown_dataset(const struct config *c, const char *dataset)
{
    enum rc rc = err_fail(RC_USAGE, "%s", dataset);
    if (is_set_aside(c, dataset)) {
        err_hint("%s", tr("该部门已停用:配置有误见 bidui check,还没有数据表则运行 bidui init。",
                          "Its department is set aside: bidui check tells what is wrong with its file; without tables, run bidui init."));
    } else {
        err_hint("%s", tr("数据集写作 部门.数据集,见 bidui status。", "A dataset is DEPARTMENT.DATASET; see bidui status."));
    }
    return rc;
}

static enum rc named_datasets(struct session *s, const struct cli_args *args, struct pull_options *o)
{
    size_t n = cli_operand_count(args);
    const struct dataset **list = arena_array(s->arena, n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        list[i] = config_dataset(s->config, str_from(cli_operand(args, i)));
        if (list[i] == NULL) {
            return unknown_dataset(s->config, cli_operand(args, i));
        }
    }
    o->datasets = list;
    o->dataset_count = n;
    return RC_OK;
}

/* 0, or 3 if one of the datasets asked for is not healthy. */
static enum rc verdicts_exit(struct stage *s, const struct pull_options *o, int *ret_code)
{
    struct feed *feeds = NULL;
    size_t n = 0;
    TRY(feeds_load(s, &feeds, &n));
    *ret_code = EXIT_PUBLISHED;
    for (size_t i = 0; i < n; i++) {
        bool asked = o->roster_only ? feeds[i].dataset->is_roster : o->dataset_count == 0;
        for (size_t k = 0; k < o->dataset_count; k++) {
            asked = asked || o->datasets[k] == feeds[i].dataset;
        }
        if (asked) {
            printf("%s %s %lld\n", feeds[i].dataset->id, feeds[i].verdict, (long long)feeds[i].received);
            *ret_code = feeds[i].is_healthy ? *ret_code : EXIT_FEED;
        }
    }
    return RC_OK;
}

/* ---- Days that are read again ---- */

struct backfill {
    bool is_asked;
    struct range range;
};

static enum rc day_of(const struct cli_args *args, const char *option, date_t *ret)
{
    const char *text = cli_value(args, option);
    if (text != NULL && !date_parse_iso(str_from(text), ret)) {
        return err_fail(RC_USAGE, "--%s: %s", option, tr("应为 YYYY-MM-DD", "expected YYYY-MM-DD"));
    }
    return RC_OK;
}

/* Can a range of its records be asked for at all? */
static enum rc may_read_again(const struct dataset *d)
{
    const struct connector *c = d->department->connector;
    enum rc rc = RC_OK;
    if (!d->is_incremental || d->is_lookup) {
        rc = err_fail(RC_USAGE, "--from: %s: %s", d->id, tr("该数据集不是增量", "the dataset is not incremental"));
        err_hint("%s", tr("全量数据集每次都读全部;要重读写 --full。", "A full snapshot is read whole every time; to read it again say --full."));
    } else if (c == &connector_file) {
        rc = err_fail(RC_USAGE, "--from: %s: %s", d->id, tr("文件没有时段", "files know no ranges"));
        err_hint("%s", tr("请部门重新放一份文件,或用 bidui reset 数据集 --all 把留着的文件再读一遍。",
                          "Have the file put there again, or read those that are still there with bidui reset DATASET --all."));
    }
    return rc;
}

static enum rc read_backfill(const struct cli_args *args, const struct pull_options *o, struct backfill *ret)
{
    *ret = (struct backfill){cli_has(args, "from"), {DATE_NONE, clock_today()}};
    if (!ret->is_asked && !cli_has(args, "to")) {
        return RC_OK;
    }
    if (!ret->is_asked || o->dataset_count == 0 || o->full) {
        return err_fail(RC_USAGE, "%s", tr("重读时段写作 bidui pull 数据集 --from 日期 --to 日期,不与 --full 同用",
                                           "a range is read again by bidui pull DATASET --from DATE --to DATE, without --full"));
    }
    TRY(day_of(args, "from", &ret->range.from));
    TRY(day_of(args, "to", &ret->range.to));
    if (ret->range.from > ret->range.to || ret->range.to > clock_today()) {
        return err_fail(RC_USAGE, "--from, --to: %s",
                        tr("起日不能晚于止日,止日不能晚于今天", "the first day comes before the last, and that not after today"));
    }
    for (size_t i = 0; i < o->dataset_count; i++) {
        TRY(may_read_again(o->datasets[i]));
    }
    return RC_OK;
}

static const char *range_text(struct arena *a, struct range r)
{
    char from[DATE_TEXT], to[DATE_TEXT];
    date_format(r.from, from);
    date_format(r.to, to);
    return arena_printf(a, "%s..%s", from, to);
}

static enum rc register_backfill(struct stage *s, const struct pull_options *o, const struct backfill *b)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    for (size_t i = 0; i < o->dataset_count; i++) {
        TRY(ranges_ask(s, o->datasets[i], b->range, cmd_actor()));
        TRY(audit_write(s, s->edition.number, cmd_actor(), "backfill", o->datasets[i]->id, range_text(s->arena, b->range)));
    }
    return db_commit(s->db);
}

/* What a person should know of his request: how far it reads, and whether it was done. */
static enum rc tell_backfill(struct stage *s, const struct dataset *d, const struct backfill *b)
{
    const struct connector *c = d->department->connector;
    const char *shown = range_text(s->arena, b->range);
    int64_t waiting = 0;
    if (c->is_bounded == NULL || !c->is_bounded(d->node)) {
        const char *where = c == &connector_http ? tr("{until} 或 slices", "{until} or slices") : "{until}";
        printf(tr("%s: 请求没有上限(%s),从起日起全部重读\n",
                  "%s: the request has no upper bound (%s): everything from the first day on is read again\n"),
               d->id, where);
    }
    TRY(db_query_i64(s->db,
                     "select count(*) from bidui.backfill where county = $1 and dataset = $2 and done is null"
                     " and from_day || '..' || to_day = $3",
                     DB_PARAMS(s->config->county, d->id, shown), &waiting));
    printf(waiting == 0 ? tr("%s: 时段 %s 已重读\n", "%s: the range %s was read again\n")
                        : tr("%s: 时段 %s 尚未重读,随该数据集下一次来数一起读取\n",
                             "%s: the range %s is still to be read, with the dataset's next delivery\n"),
           d->id, shown);
    return RC_OK;
}

static enum rc pull(struct session *s, const struct cli_args *args, int *ret_code)
{
    struct edition e;
    struct backfill backfill;
    struct pull_options options = {.full = cli_has(args, "full")};
    TRY(named_datasets(s, args, &options));
    TRY(read_backfill(args, &options, &backfill));
    TRY(edition_take(s->config, s->db, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(backfill.is_asked ? register_backfill(&stage, &options, &backfill) : RC_OK);
    TRY(edition_reopen(&stage));
    TRY(stage_pull(&stage, &options));
    for (size_t i = 0; backfill.is_asked && i < options.dataset_count; i++) {
        TRY(tell_backfill(&stage, options.datasets[i], &backfill));
    }
    return verdicts_exit(&stage, &options, ret_code);
}

int cmd_pull(struct cli_args *args)
{
    struct session s;
    int code = EXIT_PUBLISHED;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = pull(&s, args, &code);
    }
    if (rc != RC_OK) {
        code = cmd_fail("pull");
    }
    cmd_close(&s);
    return code;
}

/* ---- roster load ---- */

struct changes {
    struct arena *arena;
    bool json;
    int64_t shown;
};
#define CHANGES_SHOWN 20

static void show_change(void *ctx, enum roster_change kind, struct str household_no)
{
    struct changes *c = ctx;
    if (!c->json && c->shown++ < CHANGES_SHOWN) {
        printf("  %s %.*s\n", roster_change_text(kind), STR_ARGS(household_no));
    }
}

static void print_counts(const struct roster_diff *diff, const struct changes *c, enum verdict verdict)
{
    if (c->json) {
        printf("{\"verdict\":\"%s\"", verdict_word(verdict));
        for (int i = 0; i < ROSTER_CHANGES; i++) {
            printf(",\"%s\":%lld", roster_change_word((enum roster_change)i), (long long)diff->counts[i]);
        }
        printf("}\n");
        return;
    }
    if (c->shown > CHANGES_SHOWN) {
        printf(tr("  … 共 %lld 户有变化\n", "  ... %lld households in all\n"), (long long)c->shown);
    }
    for (int i = 0; i < ROSTER_CHANGES; i++) {
        printf("%s %lld\n", roster_change_text((enum roster_change)i), (long long)diff->counts[i]);
    }
}

static enum rc roster_load(struct session *s, const struct cli_args *args, int *ret_code)
{
    struct edition e;
    struct roster_diff diff;
    enum verdict verdict;
    size_t n = cli_operand_count(args);
    const char **files = arena_array(s->arena, n, sizeof *files);
    for (size_t i = 0; i < n; i++) {
        files[i] = cli_operand(args, i);
    }
    struct pull_options options = {.roster_only = true, .roster_files = files, .roster_file_count = n};
    struct changes changes = {s->arena, cli_has(args, "json"), 0};
    TRY(edition_take(s->config, s->db, &e));
    struct stage stage = cmd_stage(s, e);
    TRY(edition_reopen(&stage));
    TRY(roster_preview(&stage, &options, &diff, &verdict, show_change, &changes));
    print_counts(&diff, &changes, verdict);
    (void)fflush(stdout);
    *ret_code = EXIT_PUBLISHED;
    if (cli_has(args, "dry-run")) {
        return RC_OK;
    }
    TRY(stage_pull(&stage, &options));
    return changes.json ? RC_OK : verdicts_exit(&stage, &options, ret_code);
}

int cmd_roster_load(struct cli_args *args)
{
    struct session s;
    int code = EXIT_PUBLISHED;
    enum rc rc = cmd_open(args, "run", &s);
    if (rc == RC_OK) {
        rc = roster_load(&s, args, &code);
    }
    if (rc != RC_OK) {
        code = cmd_fail("roster load");
    }
    cmd_close(&s);
    return code;
}

/* ---- probe: no database ---- */

static enum rc probe(struct cli_args *args, struct config **config)
{
    const char *dir = cmd_config_dir(args);
    if (dir == NULL) {
        return err_fail(RC_USAGE, "--config");
    }
    TRY(config_load(dir, true, config));
    const struct dataset *d = config_dataset(*config, str_from(cli_operand(args, 0)));
    if (d == NULL) {
        return err_fail(RC_USAGE, "%s", cli_operand(args, 0));
    }
    if (cli_has(args, "suggest")) {
        return draft_suggest(*config, d, stdout);
    }
    int64_t rows = 5;
    const char *wanted = cli_value(args, "rows");
    if (wanted != NULL && (!str_to_i64(str_from(wanted), &rows) || rows < 1 || rows > 1000)) {
        return err_fail(RC_USAGE, "--rows: 1..1000");
    }
    return pull_probe(*config, d, (int)rows, stdout);
}

int cmd_probe(struct cli_args *args)
{
    struct config *config = NULL;
    int code = probe(args, &config) == RC_OK ? EXIT_PUBLISHED : cmd_fail("probe");
    config_free(config);
    return code;
}
