/* bidui probe: what a dataset's first rows look like from here, masked; nothing is kept and no
 * database is needed. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/idno.h"
#include "base/text.h"
#include "connectors/decrypt.h"
#include "pipeline/pull/columns.h"
#include "pipeline/pull/drift.h"
#include "pipeline/pull/normalize.h"
#include "pipeline/pull/pull.h"
#include "pipeline/reasons.h"

#define PAGE_ARENA ((size_t)512 << 20)
#define SOURCE_ARENA ((size_t)64 << 20)
#define MOST_REASONS 64

struct count {
    const char *reason, *column;
    int n;
};

struct probe {
    const struct config *config;
    const struct dataset *d;
    FILE *out;
    struct mapper *mapper;
    struct value *values;
    struct arena *scratch;
    struct page page;
    struct column_ciphers ciphers;
    int wanted, shown, refused, strange; /* strange: numbers that can't be read */
    struct count counts[MOST_REASONS];
    size_t count_n;
};

static void count_reject(struct probe *p, const struct reject *r)
{
    size_t i = 0;
    p->refused++;
    while (i < p->count_n && (strcmp(p->counts[i].reason, r->reason) != 0 ||
                              strcmp(p->counts[i].column, r->column) != 0)) {
        i++;
    }
    if (i == p->count_n && i < MOST_REASONS) {
        p->counts[p->count_n++] = (struct count){r->reason, r->column, 0};
    }
    if (i < MOST_REASONS) {
        p->counts[i].n++;
    }
}

static const char *id_state(enum idno_state state)
{
    switch (state) {
    case IDNO_VALID:
        return tr("有效", "valid");
    case IDNO_BAD_CHECK:
        return tr("校验不符", "fails its check");
    case IDNO_BAD:
        return tr("无法识别", "unreadable");
    case IDNO_BLANK:
        break;
    }
    return tr("空", "blank");
}

/* Whom the row names, as far as that may be shown. */
static void show_identity(struct probe *p, const struct str *row)
{
    const struct identity_columns *c = &p->d->identity;
    if (c->id_number >= 0) {
        struct idno id = {.state = IDNO_BLANK};
        idno_normalize(row[c->id_number], &id);
        p->strange += id.state == IDNO_BAD;
        fprintf(p->out, "  %-24s %s\n", p->d->columns[c->id_number], id_state(id.state));
    }
    if (c->name >= 0) {
        struct str name = text_name_clean(p->scratch, row[c->name]);
        fprintf(p->out, "  %-24s %.*s\n", p->d->columns[c->name],
                STR_ARGS(name.n == 0 ? str_from(tr("空", "blank")) : text_mask_name(p->scratch, name)));
    }
}

/* Amounts, codes and dates say nothing without the person; text may. */
static struct str shown_value(const struct probe *p, const struct field *f, const struct value *v)
{
    struct str s = value_text(p->scratch, f->type, v);
    if (str_is_null(s)) {
        return STR("-");
    }
    return f->type == FIELD_TEXT ? text_mask_value(p->scratch, s) : s;
}

static void show_row(struct probe *p, const struct str *row, int64_t number)
{
    static const char *const types[] = {"text",    "code",  "flag",  "date",
                                        "instant", "money", "number"};
    struct reject why = {0};
    const struct dataset *d = p->d;
    bool good = mapper_map(p->mapper, p->scratch, row, p->values, &why);
    fprintf(p->out, tr("第 %lld 行\n", "row %lld\n"), (long long)number);
    show_identity(p, row);
    if (!good) {
        count_reject(p, &why);
        fprintf(p->out, tr("  %-24s %s: %.*s;应为%s\n", "  %-24s %s: %.*s; expected %s\n"),
                why.column, why.reason,
                STR_ARGS(text_mask_value(p->scratch, str_is_null(why.value) ? STR("") : why.value)),
                why.expected);
        return;
    }
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        fprintf(p->out, "  %-24s %-16s %-8s %.*s\n", d->columns[f->column], f->name, types[f->type],
                STR_ARGS(shown_value(p, f, &p->values[i])));
    }
}

static void show_page(struct probe *p)
{
    for (size_t i = 0; i < p->page.rows && p->shown < p->wanted; i++) {
        arena_reset(p->scratch);
        show_row(p, p->page.values + i * p->d->column_count,
                 p->page.row_numbers != NULL ? p->page.row_numbers[i]
                                             : p->page.first_row + (int64_t)i);
        p->shown++;
    }
    for (size_t i = 0; i < p->page.reject_count; i++) {
        struct reject r = {"undecodable", "", "", STR_NULL};
        count_reject(p, &r);
        fprintf(p->out, tr("第 %lld 行无法解码:%s\n", "row %lld cannot be decoded: %s\n"),
                (long long)p->page.rejects[i].row, p->page.rejects[i].reason);
    }
}

/* Columns that the configuration reads and these rows do not have. */
static void show_missing(struct probe *p)
{
    struct column_drifts drifts;
    struct str seen = columns_union(p->scratch, STR(""), p->page.columns_seen);
    drift_find(p->d, seen, STR(""), NULL, p->scratch, &drifts);
    for (size_t i = 0; i < drifts.n; i++) {
        struct str text = reason_text(p->scratch, str_from(drifts.list[i].reason));
        fprintf(p->out, tr("注意:%.*s\n", "note: %.*s\n"), STR_ARGS(text));
    }
}

static void show_source(struct probe *p)
{
    fprintf(p->out, "%s (%s)\n", p->d->id, p->d->title);
    if (p->page.advertised >= 0) {
        fprintf(p->out, tr("声明总数 %lld\n", "advertised %lld\n"), (long long)p->page.advertised);
    }
    if (p->page.format.n > 0) {
        fprintf(p->out, tr("来源格式 %.*s\n", "source format %.*s\n"), STR_ARGS(p->page.format));
    }
    for (struct str seen = p->page.columns_seen; seen.n > 0;) {
        struct str column = str_cut(&seen, '\n');
        fprintf(p->out, tr("来源列 %.*s\n", "source column %.*s\n"), STR_ARGS(column));
    }
    show_missing(p);
}

static void show_summary(const struct probe *p)
{
    fprintf(p->out, tr("共 %d 行,%d 行无法映射\n", "%d rows, %d cannot be mapped\n"), p->shown,
            p->refused);
    if (p->strange > 0) {
        fprintf(p->out, tr("注意:%d 行的证件号码无法识别(是否加密、填错列?)\n",
                           "note: %d rows whose identity number cannot be read (encrypted, or another column?)\n"), p->strange);
    }
    for (size_t i = 0; i < p->count_n; i++) {
        fprintf(p->out, "  %s %s %d\n", p->counts[i].reason, p->counts[i].column, p->counts[i].n);
    }
}

/* Where files were looked for. */
static void show_where(const struct probe *p)
{
    if (p->d->department->connector == &connector_file) {
        struct str match = yaml_text(p->d->node, "match");
        fprintf(p->out, tr("  folder 中没有可取的文件:要与 match(%.*s)相符,并且已经完整(ready:完成标记、校验文件或大小不再变化)\n",
                           "  no file to be taken in the folder: it must fit match (%.*s) and be complete (ready: a marker, a checksum"
                           " file or a size that stays)\n"),
                STR_ARGS(match));
    }
}

static enum rc read_some(struct probe *p, const struct connector *c, void *state)
{
    bool is_first = true;
    while (p->shown < p->wanted) {
        int64_t after_ms = 0;
        struct arena *a = p->page.arena;
        arena_reset(a);
        p->page = (struct page){.arena = a, .advertised = -1};
        enum answer answer = c->read(state, &p->page, &after_ms);
        answer = answer == CONN_PAGE ? column_ciphers_apply(&p->ciphers, &p->page) : answer;
        if (answer == CONN_RETRY || answer == CONN_STOP) {
            return err_last(); /* one try: whoever probes wants to see it */
        }
        if (answer != CONN_PAGE) {
            break;
        }
        if (is_first) {
            show_source(p);
            is_first = false;
        }
        show_page(p);
    }
    if (is_first) {
        fprintf(p->out, "%s", tr("没有新数据\n", "nothing has arrived\n"));
        show_where(p);
    }
    show_summary(p);
    return RC_OK;
}

static enum rc probe_open(struct probe *p, struct source *source)
{
    const struct connector *c = p->d->department->connector;
    void *state = NULL;
    TRY(column_ciphers_open(source, yaml_get(source->settings, "decrypt"), &p->ciphers));
    TRY(c->open(source, &state));
    enum rc rc = read_some(p, c, state);
    c->close(state);
    return rc;
}

static void show_lines(const struct probe *p, const char *title, const char *text)
{
    fprintf(p->out, "%s\n", title);
    for (struct str rest = str_from(text); rest.n > 0;) {
        struct str line = str_cut(&rest, '\n');
        fprintf(p->out, "  %.*s\n", STR_ARGS(line));
    }
}

static void show_request(void *ctx, const char *text)
{
    show_lines(ctx, tr("请求", "request"), text);
}

static void show_answer(void *ctx, const char *text)
{
    show_lines(ctx, tr("返回", "answer"), text);
}

enum rc pull_probe(const struct config *config, const struct dataset *dataset, int rows, FILE *out)
{
    if (dataset->is_lookup) { /* it would disclose whom we ask about */
        return err_fail(RC_USAGE, "%s: %s", dataset->id,
                        tr("按人查询的数据集不能试读;用 bidui pull 查询", "a lookup is not probed; ask with bidui pull"));
    }
    struct probe p = {.config = config, .d = dataset, .out = out, .wanted = rows};
    p.scratch = arena_new(PAGE_ARENA);
    p.page.arena = arena_new(PAGE_ARENA);
    p.mapper = mapper_new(dataset, clock_today());
    struct source source = {
        .dataset = dataset->id,
        .connection = dataset->department->connection,
        .settings = dataset->node,
        .base_dir = config->dir,
        .columns = dataset->columns,
        .column_count = dataset->column_count,
        .full_snapshot = !dataset->is_incremental,
        .hash_key = &config->code_key,
        .seal_key = &config->seal_key,
        .page_rows = (size_t)rows,
        .since = STR(""),
        .position = STR(""),
        .on_request = show_request,
        .on_answer = show_answer,
        .on_request_ctx = &p,
        .arena = arena_new(SOURCE_ARENA),
    };
    p.values = arena_array(source.arena, dataset->field_count, sizeof *p.values);
    enum rc rc = probe_open(&p, &source);
    mapper_free(p.mapper);
    arena_free(source.arena);
    arena_free(p.page.arena);
    arena_free(p.scratch);
    return rc;
}
