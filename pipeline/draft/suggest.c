#include "pipeline/draft/suggest.h"

#include "base/text.h"
#include "connectors/http/look.h"
#include "pipeline/draft/answer.h"
#include "pipeline/draft/choice.h"

#define SUGGEST_ARENA ((size_t)512 << 20)

/* Tried in this order, by asking for the second page. */
static const struct {
    const char *kind, *step;
    int64_t first; /* of the parameter, for the first page */
} tries[] = {{"page_number", "page", 1},      {"page_number", "pageNo", 1},
             {"page_number", "pageNum", 1},   {"page_number", "current", 1},
             {"page_number", "pageIndex", 1}, {"offset", "offset", 0}};
#define TRIES (sizeof tries / sizeof *tries)

struct suggester {
    const struct config *config;
    const struct dataset *dataset;
    struct arena *arena;
    FILE *out;
    int requests;
};
struct look {
    struct draft draft;
    struct answer_guess guess;
};

/* The dataset's keys with another `paging`; the configuration itself stays as it is. */
static enum rc with_paging(struct suggester *s, const char *paging, struct yaml **ret)
{
    struct yaml *map = NULL, **last = NULL;
    TRY(yaml_parse(s->arena, "paging", str_from(paging), &map));
    struct yaml *all = ARENA_NEW(s->arena, struct yaml);
    *all = *s->dataset->node;
    all->first = NULL;
    last = &all->first;
    for (const struct yaml *key = s->dataset->node->first; key != NULL; key = key->next) {
        if (!str_is(key->key, "paging")) {
            struct yaml *copy = ARENA_NEW(s->arena, struct yaml);
            *copy = *key;
            copy->next = NULL;
            *last = copy;
            last = &copy->next;
        }
    }
    map->key = STR("paging");
    *last = map;
    *ret = all;
    return RC_OK;
}

static enum rc look(struct suggester *s, const char *paging, struct look *ret)
{
    struct yaml *settings = NULL;
    struct str body = STR("");
    TRY(with_paging(s, paging, &settings));
    struct source source = {
        .dataset = s->dataset->id,
        .connection = s->dataset->department->connection,
        .settings = settings,
        .base_dir = s->config->dir,
        .full_snapshot = true,
        .since = STR(""),
        .position = STR(""),
        .arena = s->arena,
    };
    *ret = (struct look){.draft = {.arena = s->arena, .department = "", .dataset = ""}};
    s->requests++;
    TRY(http_look(&source, s->arena, &body));
    return answer_guess(&ret->draft, body, &ret->guess);
}

static bool is_same(const struct look *a, const struct look *b)
{
    const struct draft *x = &a->draft, *y = &b->draft;
    bool is = x->rows == y->rows && x->column_count == y->column_count;
    for (size_t i = 0; is && i < x->rows * x->column_count; i++) {
        is = str_eq(x->values[i], y->values[i]);
    }
    return is;
}

static const char *paging_at(struct suggester *s, size_t i, int64_t first, size_t size)
{
    return arena_printf(s->arena, "{kind: %s, %s: %s, first: %lld, page_size: %zu}", tries[i].kind,
                        strcmp(tries[i].kind, "offset") == 0 ? "offset" : "page", tries[i].step,
                        (long long)first, size);
}

/* The parameter that makes the second page another than the first. */
static enum rc find_step(struct suggester *s, const struct look *one, size_t *ret)
{
    size_t i = 0;
    for (; i < TRIES; i++) {
        struct look two;
        bool is_offset = strcmp(tries[i].kind, "offset") == 0;
        int64_t second = is_offset ? (int64_t)one->guess.rows : tries[i].first + 1;
        enum rc rc = look(s, paging_at(s, i, second, one->guess.rows), &two);
        if (rc == RC_OK && !is_same(one, &two)) {
            break;
        }
        if (rc != RC_OK && rc != RC_FORMAT) {
            return rc;
        }
    }
    *ret = i;
    return RC_OK;
}

/* Is page 1 the first one, or page 0? */
static enum rc find_first(struct suggester *s, const struct look *one, size_t i, int64_t *ret)
{
    struct look again;
    *ret = tries[i].first;
    if (strcmp(tries[i].kind, "offset") != 0) {
        TRY(look(s, paging_at(s, i, 1, one->guess.rows), &again));
        *ret = is_same(one, &again) ? 1 : 0;
    }
    return RC_OK;
}

/* The last page must hold what is left by the total. */
static enum rc prove(struct suggester *s, const struct look *one, size_t i, int64_t first,
                     bool *ret)
{
    struct look last;
    int64_t size = (int64_t)one->guess.rows, before = (one->guess.total_records - 1) / size;
    bool is_offset = strcmp(tries[i].kind, "offset") == 0;
    *ret = false;
    if (one->guess.total == NULL || one->guess.total_records < 1) {
        return RC_OK;
    }
    enum rc rc = look(
        s, paging_at(s, i, is_offset ? before * size : first + before, one->guess.rows), &last);
    *ret = rc == RC_OK && (int64_t)last.guess.rows == one->guess.total_records - before * size;
    return rc == RC_FORMAT ? RC_OK : rc;
}

static void print_counted(struct suggester *s, const struct look *one, size_t i, int64_t first,
                          bool is_proved)
{
    const char *total = one->guess.total == NULL
                            ? ""
                            : arena_printf(s->arena, ", total: %s",
                                           draft_quoted(s->arena, str_from(one->guess.total)));
    const char *text = paging_at(s, i, first, one->guess.rows);
    fprintf(s->out, "paging: %.*s%s}  # %s\n", (int)strlen(text) - 1, text, total,
            is_proved ? tr("把握:高,已用最后一页核对", "confidence: high, proved on the last page")
            : one->guess.total != NULL
                ? tr("把握:低,最后一页的条数不符",
                     "confidence: low, the last page holds another number")
                : tr("把握:中,没有总数,不满一页即止",
                     "confidence: middle, no total: a page that is not full ends it"));
}

static enum rc suggest_counted(struct suggester *s, const struct look *one)
{
    size_t i = 0;
    int64_t first = 0;
    bool is_proved = false;
    TRY(find_step(s, one, &i));
    if (i == TRIES) {
        fprintf(s->out, "%s",
                tr("# 分页:常见的页码参数都不起作用,请问部门\n",
                   "# paging: none of the usual parameters has an effect, ask the department\n"));
        return RC_OK;
    }
    TRY(find_first(s, one, i, &first));
    TRY(prove(s, one, i, first, &is_proved));
    print_counted(s, one, i, first, is_proved);
    return RC_OK;
}

static enum rc suggest_paging(struct suggester *s, const struct look *one)
{
    const struct answer_guess *g = &one->guess;
    if (g->next != NULL) {
        fprintf(s->out, "paging: {kind: %s, next: %s}  # %s\n",
                g->next_is_address ? "next_url" : "cursor",
                draft_quoted(s->arena, str_from(g->next)),
                g->next_is_address ? tr("把握:中,没有下一页地址即止",
                                        "confidence: middle, it ends without a next address")
                                   : tr("把握:中,补上游标参数名 cursor:",
                                        "confidence: middle, add cursor: the parameter's name"));
        return RC_OK;
    }
    if (g->total != NULL && g->total_records == (int64_t)g->rows) {
        fprintf(s->out,
                tr("# 分页:不需要,总数 %zu 条一次给全(把握:高)\n",
                   "# paging: none needed, all %zu records came at once (confidence: high)\n"),
                g->rows);
        return RC_OK;
    }
    return suggest_counted(s, one);
}

/* In which form the dates come, digits masked. */
static void print_dates(const struct suggester *s, const struct draft *d)
{
    struct choices choices = choices_make(d);
    for (size_t i = 0; i < d->column_count; i++) {
        bool is_time =
            strcmp(choices.of[i].type, "date") == 0 || strcmp(choices.of[i].type, "instant") == 0;
        struct str first = STR("");
        for (size_t row = 0; row < d->rows && first.n == 0; row++) {
            first = d->values[row * d->column_count + i];
        }
        if (is_time && first.n > 0) {
            fprintf(s->out, tr("# 日期 %.*s: %.*s\n", "# date %.*s: %.*s\n"),
                    STR_ARGS(d->columns[i].name), STR_ARGS(text_mask_value(s->arena, first)));
        }
    }
}

static enum rc suggest(struct suggester *s)
{
    struct look one;
    TRY(look(s, "{kind: none}", &one));
    const struct answer_guess *g = &one.guess;
    fprintf(s->out, "records: %s  # %s\n", draft_quoted(s->arena, str_from(g->records)),
            tr("把握:高,最大的一组记录", "confidence: high, the largest list of records"));
    fprintf(s->out, "format: {kind: json, charset: %s}  # %s\n",
            g->charset != NULL ? g->charset : "utf-8",
            tr("把握:高,按内容", "confidence: high, by content"));
    if (g->code != NULL) {
        fprintf(s->out, "# connection: ok: {pointer: %s, equals: [%s]}  (%s)\n",
                draft_quoted(s->arena, str_from(g->code)),
                draft_quoted(s->arena, str_from(g->code_value)),
                tr("把握:中,这次成功时的返回码", "confidence: middle, the code of this success"));
    }
    TRY(suggest_paging(s, &one));
    print_dates(s, &one.draft);
    fprintf(s->out, tr("# 共 %d 次请求\n", "# %d requests\n"), s->requests);
    return RC_OK;
}

enum rc draft_suggest(const struct config *config, const struct dataset *dataset, FILE *out)
{
    if (dataset->department->connector != &connector_http) {
        return err_fail(RC_USAGE,
                        tr("%s: --suggest 只用于 http", "%s: --suggest is for http alone"),
                        dataset->id);
    }
    struct suggester s = {
        .config = config, .dataset = dataset, .arena = arena_new(SUGGEST_ARENA), .out = out};
    enum rc rc = suggest(&s);
    arena_free(s.arena);
    return rc;
}
