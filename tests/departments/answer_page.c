#include "tests/departments/answer_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_BODY ((size_t)1 << 30)
#define FALSE_TOTAL 7

static void put(struct buf *b, struct str s)
{
    if (buf_puts(b, s) != RC_OK) {
        err_die(err_last(), "%s", err_detail());
    }
}

void answer_put_text(struct buf *b, const char *text)
{
    put(b, str_from(text));
}

static void put_number(struct buf *b, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    answer_put_text(b, text);
}

/* ---- which page is asked for ---- */

/* What stands behind "name": or <name> in a body. */
static const char *body_parameter(const struct request *r, const char *name)
{
    static char value[64];
    size_t n = strlen(name);
    for (size_t i = 1; i + n < r->body.n; i++) {
        const char *p = r->body.p + i;
        bool is_whole = p[n] == '"' || p[n] == '>' || p[n] == ' ';
        if (strncmp(p, name, n) == 0 && is_whole && (p[-1] == '"' || p[-1] == '<' || p[-1] == ':')) {
            struct str rest = str_sub(r->body, i + n, r->body.n);
            size_t skip = strspn(rest.p, "\":> ");
            rest = str_sub(rest, skip, rest.n);
            snprintf(value, sizeof value, "%.*s", (int)strcspn(rest.p, "\",<}"), rest.p);
            return value;
        }
    }
    return NULL;
}

const char *answer_parameter(const struct request *r, const char *name)
{
    const char *text = r->parameter(r->ctx, name);
    return text != NULL ? text : body_parameter(r, name);
}

static int64_t number_parameter(const struct request *r, const char *name, int64_t otherwise)
{
    int64_t n = otherwise;
    const char *text = answer_parameter(r, name);
    return text != NULL && str_to_i64(str_from(text), &n) && n >= 0 && n < 1000000000 ? n
                                                                                      : otherwise;
}

/* A cursor is "*" for the beginning, else "c" and the first record's number in hexadecimal,
 * disguised. */
#define DISGUISE 0x5bd1eL

static int64_t cursor_start(const char *cursor)
{
    return cursor != NULL && cursor[0] == 'c' ? (int64_t)(strtol(cursor + 1, NULL, 16) ^ DISGUISE)
                                              : 0;
}

struct asked answer_asked(const struct request *r)
{
    const struct route *route = r->route;
    struct asked a = {.size = number_parameter(r, route->size, route->default_size)};
    a.size = a.size < 1 ? 1 : a.size;
    switch (route->paging) {
    case PAGE_NUMBER:
        a.page = number_parameter(r, route->step, 1);
        a.page = a.page < 1 ? 1 : a.page;
        break;
    case OFFSET:
    case NEXT_URL:
    case LINK:
        a.start = number_parameter(r, route->step, 0);
        a.page = a.start / a.size + 1;
        return a;
    case EXPORT:
        a.page = 1;
        return a;
    case CURSOR:
    default:
        a.cursor = r->parameter(r->ctx, route->step);
        a.start = cursor_start(a.cursor);
        a.page = a.start / a.size + 1;
        return a;
    }
    a.start = (a.page - 1) * a.size;
    return a;
}

/* Another page than the one asked for. */
void answer_mislead(const struct route *route, struct asked *a)
{
    const struct misbehaviour *repeat = misbehave_dataset(route->dataset, "repeat_page");
    int64_t from = 1;
    if (repeat != NULL) {
        from = str_to_i64(str_from(repeat->arguments[0]), &from) ? from : 1;
        a->start = a->page > from ? (from - 1) * a->size : a->start;
    }
    if (a->page > 1 && misbehave_page(route->dataset, "duplicate_page", a->page) != NULL) {
        a->start -= a->start < a->size ? a->start : a->size;
    }
}

/* ---- the body ---- */

static void put_renamed(struct buf *b, struct str text, const struct misbehaviour *rename)
{
    char old[80];
    int n = snprintf(old, sizeof old, "\"%s\":", rename->arguments[0]);
    const char *at = memmem(text.p, text.n, old, (size_t)n);
    if (at == NULL) {
        put(b, text);
        return;
    }
    size_t before = (size_t)(at - text.p) + 1;
    put(b, str_sub(text, 0, before));
    answer_put_text(b, rename->arguments[1]);
    put(b, str_sub(text, before + strlen(rename->arguments[0]), text.n));
}

static void put_records(struct buf *b, const struct route *route, const struct view *view,
                        int64_t start, int64_t end)
{
    const struct misbehaviour *rename = misbehave_dataset(route->dataset, "rename_column");
    for (int64_t i = start; i < end; i++) {
        struct str text = view->records[view->shown[i]].text;
        answer_put_text(b, i == start ? "{" : ",{");
        if (rename == NULL) {
            put(b, text);
        } else {
            put_renamed(b, text, rename);
        }
        answer_put_text(b, "}");
    }
}

/* Without an initial cursor there is only a first page: the interface's trap. */
static void put_next(struct buf *b, const struct route *route, const struct asked *a, int64_t end,
                     int64_t total)
{
    bool repeats = a->cursor != NULL && misbehave_dataset(route->dataset, "repeat_cursor") != NULL;
    bool is_end = end >= total || misbehave_dataset(route->dataset, "first_page_only") != NULL;
    if (a->cursor == NULL || (is_end && !repeats)) {
        answer_put_text(b, "null");
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "\"c%lx\"", (unsigned long)((long)end ^ DISGUISE));
    if (repeats && a->cursor[0] == 'c') {
        snprintf(text, sizeof text, "\"%s\"", a->cursor);
    }
    answer_put_text(b, text);
}

/* The next page's address, or "" at the end. */
static void make_address(const struct route *route, const struct asked *a, int64_t end,
                         int64_t total, char out[256])
{
    bool repeats = a->page > 1 && misbehave_dataset(route->dataset, "repeat_cursor") != NULL;
    bool is_foreign = a->page > 1 && misbehave_dataset(route->dataset, "foreign_next") != NULL;
    out[0] = '\0';
    if (end < total || repeats) {
        snprintf(out, 256, "%s%s?offset=%lld&limit=%lld", is_foreign ? "http://127.0.0.2:9" : "",
                 route->path, (long long)(repeats ? a->start : end), (long long)a->size);
    }
}

static int64_t claimed_total(const struct route *route, int64_t total)
{
    const struct misbehaviour *m = misbehave_dataset(route->dataset, "false_total");
    int64_t delta = FALSE_TOTAL;
    if (m == NULL) {
        return total;
    }
    delta = str_to_i64(str_from(m->arguments[0]), &delta) ? delta : FALSE_TOTAL;
    return total + delta < 0 ? 0 : total + delta;
}

static void put_json(struct buf *b, const struct route *route, const struct asked *a,
                     const struct view *view, int64_t start, int64_t end, const char *address)
{
    int64_t total = (int64_t)view->n;
    bool is_education = strcmp(route->department, "education") == 0;
    answer_put_text(b, is_education ? "{\"code\":0,\"msg\":\"ok\",\"data\":{\"total\":"
                             : "{\"infcode\":0,\"output\":{\"recordCounts\":");
    put_number(b, claimed_total(route, total));
    answer_put_text(b, is_education ? ",\"rows\":[" : ",\"data\":[");
    put_records(b, route, view, start, end);
    answer_put_text(b, "]");
    if (route->paging == CURSOR) {
        answer_put_text(b, ",\"next\":");
        put_next(b, route, a, end, total);
    }
    if (route->paging == NEXT_URL && address[0] != '\0') {
        answer_put_text(b, ",\"next\":\"");
        answer_put_text(b, address);
        answer_put_text(b, "\"");
    }
    answer_put_text(b, "}}\n");
}

/* A JSON page in an element of a SOAP answer. */
static void put_soap(struct buf *b, struct str json)
{
    answer_put_text(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope "
                "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><m:answer "
                "xmlns:m=\"urn:education\"><m:return>");
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        put(b, c == '<' ? STR("&lt;") : c == '&' ? STR("&amp;") : str_of(json.p + i, 1));
    }
    answer_put_text(b, "</m:return></m:answer></s:Body></s:Envelope>\n");
}

static void put_lines(struct buf *b, const struct view *view)
{
    answer_put_text(b, "{\"total\":");
    put_number(b, (int64_t)view->n);
    answer_put_text(b, "}\n");
    for (size_t i = 0; i < view->n; i++) {
        answer_put_text(b, "{");
        put(b, view->records[view->shown[i]].text);
        answer_put_text(b, "}\n");
    }
}

void answer_put_page(struct answer *answer, const struct route *route, const struct asked *a,
                     const struct view *view)
{
    struct buf *b = &answer->body;
    int64_t total = (int64_t)view->n;
    bool is_hidden = a->page > 1 && misbehave_dataset(route->dataset, "first_page_only") != NULL;
    int64_t start = is_hidden || a->start > total ? total : a->start;
    int64_t end = a->size < total - start ? start + a->size : total;
    char address[256];
    make_address(route, a, end, total, address);
    if (route->paging == LINK && address[0] != '\0') {
        snprintf(answer->link, sizeof answer->link, "</first>; rel=first, <%.200s>; rel=\"next\"",
                 address);
    }
    if (route->shape == SHAPE_NDJSON) {
        put_lines(b, view);
        return;
    }
    put_json(b, route, a, view, start, end, address);
    if (route->shape == SHAPE_SOAP) {
        struct buf json = *b;
        buf_init(b, MAX_BODY);
        put_soap(b, buf_str(&json));
        buf_done(&json);
        answer->content_type = "text/xml; charset=utf-8";
    }
}
