#include "pipeline/draft/suggest.h"

#include "base/text.h"
#include "connectors/http/look.h"
#include "pipeline/draft/answer.h"
#include "pipeline/draft/asking.h"
#include "pipeline/draft/choice.h"
#include "pipeline/draft/follow.h"

#define MOST_FOLLOWED 20 /* pages */
#define SUGGEST_ARENA ((size_t)512 << 20)

/* Tried in this order, by asking for the second page. */
static const struct {
    const char *kind, *step;
} tries[] = {{"page_number", "page"},    {"page_number", "pageNo"},    {"page_number", "pageNum"},
             {"page_number", "current"}, {"page_number", "pageIndex"}, {"offset", "offset"}};
#define TRIES (sizeof tries / sizeof *tries)
/* Behind the last word of the path the cursor stands at. */
static const char *const cursor_names[] = {"cursor", "after", "pageToken"};
#define CURSOR_NAMES (sizeof cursor_names / sizeof *cursor_names)
/* Some interfaces give a cursor only to those who begin with one. */
static const char *const initials[] = {"", ", initial: \"*\""};

struct suggester {
    const struct config *config;
    const struct dataset *dataset;
    struct arena *arena;
    FILE *out;
    int requests;
    struct asking_body body; /* of a POST; text null: none */
    const char *holed;       /* the body with holes where the pages turn; NULL: nothing in it does */
};
struct look {
    struct draft draft;
    struct answer_guess guess;
};

/* A map with another value under `key`; the configuration itself stays as it is. */
static struct yaml *with_key(struct suggester *s, const struct yaml *map, const char *key, struct yaml *value)
{
    struct yaml *all = ARENA_NEW(s->arena, struct yaml), **last = &all->first;
    *all = *map;
    all->first = NULL;
    for (const struct yaml *node = map->first; node != NULL; node = node->next) {
        if (!str_is(node->key, key)) {
            struct yaml *copy = ARENA_NEW(s->arena, struct yaml);
            *copy = *node;
            copy->next = NULL;
            *last = copy;
            last = &copy->next;
        }
    }
    value->key = str_from(key);
    value->next = NULL;
    *last = value;
    return all;
}

static struct yaml *with_holes(struct suggester *s, const struct yaml *settings)
{
    const struct yaml *request = yaml_get(settings, "request");
    struct yaml *body = ARENA_NEW(s->arena, struct yaml);
    *body = *yaml_get(request, "body");
    body->text = str_from(s->holed);
    return with_key(s, settings, "request", with_key(s, request, "body", body));
}

/* Keys that are written as YAML take the place of the dataset's own. */
static enum rc with_text(struct suggester *s, const char *key, const char *text, struct yaml **settings)
{
    struct yaml *map = NULL;
    TRY(yaml_parse(s->arena, key, str_from(text), &map));
    *settings = with_key(s, *settings, key, map);
    return RC_OK;
}

static struct source source_of(struct suggester *s, const struct yaml *settings)
{
    return (struct source){
        .dataset = s->dataset->id,
        .connection = s->dataset->department->connection,
        .settings = settings,
        .base_dir = s->config->dir,
        .full_snapshot = true,
        .since = STR(""),
        .until = STR(""),
        .position = STR(""),
        .hash_key = &s->config->code_key,
        .seal_key = &s->config->seal_key, /* the department's token is one for all */
        .arena = s->arena,
    };
}

/* `turns`: with holes in the body, where it has any; else it stays as it is written. */
static enum rc look(struct suggester *s, const char *paging, bool turns, struct look *ret)
{
    struct str body = STR("");
    struct yaml *settings = ARENA_NEW(s->arena, struct yaml);
    *settings = *s->dataset->node;
    TRY(with_text(s, "paging", paging, &settings));
    settings = turns && s->holed != NULL ? with_holes(s, settings) : settings;
    struct source source = source_of(s, settings);
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

/* What in a POST's body turns the pages: a hole that is there already, or a number under a usual name. */
static void read_body(struct suggester *s)
{
    struct str text = yaml_text(yaml_get(s->dataset->node, "request"), "body");
    s->body = (struct asking_body){.text = STR_NULL, .page = -1, .size = -1};
    if (str_is_null(text)) {
        return;
    }
    asking_read(text, &s->body);
    if (memmem(text.p, text.n, "{page}", 6) != NULL || memmem(text.p, text.n, "{offset}", 8) != NULL) {
        s->body.is_offset = memmem(text.p, text.n, "{offset}", 8) != NULL;
        s->holed = text.p;
    } else if (s->body.page >= 0) {
        s->body.parts[s->body.page].instead = s->body.is_offset ? "{offset}" : "{page}";
        if (s->body.size >= 0) {
            s->body.parts[s->body.size].instead = "{size}";
        }
        s->holed = asking_written(s->arena, &s->body);
    }
}

static const char *first_paging(const struct suggester *s)
{
    struct str text = s->body.text;
    bool has_holes = s->holed != NULL && s->body.page < 0;
    return !has_holes || str_is_null(text) ? "{kind: none}"
           : s->body.is_offset             ? "{kind: offset, first: 0, page_size: 10}"
                                           : "{kind: page_number, first: 1, page_size: 10}";
}

static bool is_by_offset(const struct suggester *s, size_t i)
{
    return s->holed != NULL ? s->body.is_offset : strcmp(tries[i].kind, "offset") == 0;
}

static const char *paging_at(struct suggester *s, size_t i, int64_t first, size_t size)
{
    if (s->holed != NULL) {
        return arena_printf(s->arena, "{kind: %s, first: %lld, page_size: %zu}",
                            s->body.is_offset ? "offset" : "page_number", (long long)first, size);
    }
    return arena_printf(s->arena, "{kind: %s, %s: %s, first: %lld, page_size: %zu}", tries[i].kind,
                        strcmp(tries[i].kind, "offset") == 0 ? "offset" : "page", tries[i].step,
                        (long long)first, size);
}

/* The parameter that makes the second page another than the first. */
static enum rc find_step(struct suggester *s, const struct look *one, size_t *ret)
{
    size_t i = 0;
    size_t most = s->holed != NULL ? 1 : TRIES;
    for (; i < most; i++) {
        struct look two;
        int64_t second = is_by_offset(s, i) ? (int64_t)one->guess.rows : 2;
        enum rc rc = look(s, paging_at(s, i, second, one->guess.rows), true, &two);
        if (rc == RC_OK && !is_same(one, &two)) {
            break;
        }
        if (rc != RC_OK && rc != RC_FORMAT) {
            return rc;
        }
    }
    *ret = i < most ? i : TRIES;
    return RC_OK;
}

/* Is page 1 the first one, or page 0? */
static enum rc find_first(struct suggester *s, const struct look *one, size_t i, int64_t *ret)
{
    struct look again;
    *ret = is_by_offset(s, i) ? 0 : 1;
    if (!is_by_offset(s, i)) {
        TRY(look(s, paging_at(s, i, 1, one->guess.rows), true, &again));
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
    bool is_offset = is_by_offset(s, i);
    *ret = false;
    if (one->guess.total == NULL || one->guess.total_records < 1) {
        return RC_OK;
    }
    enum rc rc = look(
        s, paging_at(s, i, is_offset ? before * size : first + before, one->guess.rows), true, &last);
    *ret = rc == RC_OK && (int64_t)last.guess.rows == one->guess.total_records - before * size;
    return rc == RC_FORMAT ? RC_OK : rc;
}

/* ---- Followed to the end ---- */

static enum rc follow(struct suggester *s, const struct look *one, const char *paging, int most, struct followed *ret)
{
    struct yaml *settings = ARENA_NEW(s->arena, struct yaml);
    const struct draft *d = &one->draft;
    *settings = *s->dataset->node;
    TRY(with_text(s, "paging", paging, &settings));
    TRY(with_text(s, "records", draft_quoted(s->arena, str_from(one->guess.records)), &settings));
    TRY(with_text(s, "format", answer_format(s->arena, &one->guess), &settings));
    const char **columns = arena_array(s->arena, d->column_count, sizeof *columns);
    for (size_t i = 0; i < d->column_count; i++) {
        columns[i] = arena_cstr(s->arena, d->columns[i].name);
    }
    struct source source = source_of(s, settings);
    source.columns = columns;
    source.column_count = d->column_count;
    TRY(follow_pages(&source, most, ret));
    s->requests += ret->pages;
    return RC_OK;
}

static const char *confidence_of(struct suggester *s, const struct followed *f)
{
    return f->is_ended && f->turns
               ? arena_printf(s->arena, tr("把握:高,已读到最后一页:%d 页 %lld 条", "confidence: high, read to its end: %d pages, %lld records"),
                              f->pages, (long long)f->rows)
           : f->turns ? arena_printf(s->arena, tr("把握:中,读了 %d 页,还没有到头", "confidence: middle, %d pages were read and none was the last"), f->pages)
                      : tr("把握:低,各页相同", "confidence: low, all pages are the same");
}

/* Without a total the pages are read until one isn't full; with a body only a person's eyes see that. */
static enum rc print_uncounted(struct suggester *s, const struct look *one, size_t i, int64_t first)
{
    const char *paging = paging_at(s, i, first, one->guess.rows);
    const char *how = tr("把握:中,没有总数,不满一页即止", "confidence: middle, no total: a page that is not full ends it");
    struct followed f;
    if (s->holed == NULL) {
        TRY(follow(s, one, paging, MOST_FOLLOWED, &f));
        how = confidence_of(s, &f);
    }
    fprintf(s->out, "paging: %s  # %s\n", paging, how);
    return RC_OK;
}

static void print_counted(struct suggester *s, const struct look *one, size_t i, int64_t first,
                          bool is_proved)
{
    const char *total = draft_quoted(s->arena, str_from(one->guess.total));
    const char *text = paging_at(s, i, first, one->guess.rows);
    fprintf(s->out, "paging: %.*s, total: %s}  # %s\n", (int)strlen(text) - 1, text, total,
            is_proved ? tr("把握:高,已用最后一页核对", "confidence: high, proved on the last page")
                      : tr("把握:低,最后一页的条数不符",
                           "confidence: low, the last page holds another number"));
}

/* Where the holes belong; what else the body holds may be secret and isn't shown. */
static void print_body(const struct suggester *s)
{
    for (size_t i = 0; i < s->body.n; i++) {
        if (s->body.parts[i].instead != NULL) {
            fprintf(s->out, tr("# request.body: %.*s 的值改为 %s\n", "# request.body: write the value of %.*s as %s\n"),
                    STR_ARGS(s->body.parts[i].name), s->body.parts[i].instead);
        }
    }
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
    if (one->guess.total == NULL) {
        TRY(print_uncounted(s, one, i, first));
    } else {
        TRY(prove(s, one, i, first, &is_proved));
        print_counted(s, one, i, first, is_proved);
    }
    print_body(s);
    return RC_OK;
}

/* ---- Cursors and addresses ---- */

static const char *last_word(const char *pointer)
{
    const char *slash = strrchr(pointer, '/');
    return slash == NULL ? pointer : slash + 1;
}

/* By the parameter that takes the cursor, the first whose second page is another one; NULL: by none of the usual. */
static enum rc find_cursor(struct suggester *s, const struct look *one, const char **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < (CURSOR_NAMES + 1) * 2; i++) {
        size_t name = i % (CURSOR_NAMES + 1);
        const char *paging = arena_printf(
            s->arena, "{kind: cursor, cursor: %s, next: %s%s}",
            draft_quoted(s->arena, str_from(name == 0 ? last_word(one->guess.next) : cursor_names[name - 1])),
            draft_quoted(s->arena, str_from(one->guess.next)), initials[i / (CURSOR_NAMES + 1)]);
        struct followed two;
        TRY(follow(s, one, paging, 2, &two));
        if (two.turns && two.pages == 2) {
            *ret = paging;
            return RC_OK;
        }
    }
    return RC_OK;
}

static enum rc suggest_next(struct suggester *s, const struct look *one)
{
    const char *next = draft_quoted(s->arena, str_from(one->guess.next));
    const char *paging = arena_printf(s->arena, "{kind: next_url, next: %s}", next);
    struct followed f;
    if (!one->guess.next_is_address) {
        TRY(find_cursor(s, one, &paging));
    }
    if (paging == NULL) {
        fprintf(s->out, "paging: {kind: cursor, next: %s}  # %s\n", next,
                tr("把握:中,补上游标参数名 cursor:", "confidence: middle, add cursor: the parameter's name"));
        return RC_OK;
    }
    TRY(follow(s, one, paging, MOST_FOLLOWED, &f));
    fprintf(s->out, "paging: %s  # %s\n", paging, confidence_of(s, &f));
    return RC_OK;
}

static enum rc suggest_paging(struct suggester *s, const struct look *one)
{
    const struct answer_guess *g = &one->guess;
    if (g->next != NULL) {
        return suggest_next(s, one);
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

/* Which type each column of the source would have, and in which form dates come, digits masked. */
static void print_types(const struct suggester *s, const struct draft *d)
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
        } else if (choices.of[i].type[0] != '\0') {
            fprintf(s->out, tr("# 列 %.*s: %s\n", "# column %.*s: %s\n"), STR_ARGS(d->columns[i].name), choices.of[i].type);
        }
    }
}

static enum rc suggest(struct suggester *s)
{
    struct look one;
    read_body(s);
    TRY(look(s, first_paging(s), false, &one));
    const struct answer_guess *g = &one.guess;
    fprintf(s->out, "records: %s  # %s\n", draft_quoted(s->arena, str_from(g->records)),
            tr("把握:高,最大的一组记录", "confidence: high, the largest list of records"));
    fprintf(s->out, "format: %s  # %s\n", answer_format(s->arena, g),
            tr("把握:高,按内容", "confidence: high, by content"));
    if (g->code != NULL) {
        fprintf(s->out, "# connection: ok: {pointer: %s, equals: [%s]}  (%s)\n",
                draft_quoted(s->arena, str_from(g->code)),
                draft_quoted(s->arena, str_from(g->code_value)),
                tr("把握:中,这次成功时的返回码", "confidence: middle, the code of this success"));
    }
    TRY(suggest_paging(s, &one));
    print_types(s, &one.draft);
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
