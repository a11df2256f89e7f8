/* What is asked for at one place of a reading, without credentials. */
#include "base/clock.h"
#include "connectors/http/fetch.h"
#include "connectors/http/holes.h"
#include "connectors/http/parts.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define SECOND_US INT64_C(1000000)
#define MAX_TEXT ((size_t)64 << 10)

/* ---- what goes into the holes ---- */

static struct str number_text(struct arena *a, int64_t number)
{
    return str_from(arena_printf(a, "%lld", (long long)number));
}

static enum rc time_text(const struct http_settings *s, int64_t unix_ms, struct arena *a,
                         struct str *ret)
{
    struct buf b;
    buf_init(&b, MAX_TEXT);
    struct str format = str_from(s->times == NULL ? "yyyy-MM-ddTHH:mm:ss" : s->times);
    enum rc rc = parts_time(format, unix_ms, &b);
    *ret = arena_str(a, buf_str(&b));
    buf_done(&b);
    return rc;
}

static enum rc since_text(const struct http_settings *s, struct arena *a, struct str *ret)
{
    int64_t us = 0;
    *ret = s->since;
    if (s->times == NULL || s->since.n == 0) {
        return RC_OK;
    }
    TRY(instant_parse(s->since, &us));
    return time_text(s, clock_to_unix_ms(us), a, ret);
}

static enum rc slice_texts(const struct http_settings *s, const struct place *at, struct arena *a,
                           struct holes *h)
{
    const struct paging *p = &s->paging;
    if (at->slice == DATE_NONE) {
        return RC_OK;
    }
    date_t end = at->slice + p->slice_days;
    end = end < at->slice_end ? end : at->slice_end;
    int64_t to = (int64_t)end * DAY_US - (p->is_inclusive ? SECOND_US : 0);
    TRY(time_text(s, clock_to_unix_ms((int64_t)at->slice * DAY_US), a, &h->texts[HOLE_FROM]));
    return time_text(s, clock_to_unix_ms(to), a, &h->texts[HOLE_TO]);
}

static enum rc filled(const struct holes *h, struct str text, enum hole_escape escape,
                      struct arena *a, struct str *ret)
{
    struct buf b;
    buf_init(&b, HTTP_MAX_REQUEST);
    enum rc rc = holes_fill(h, text, escape, &b);
    *ret = arena_str(a, buf_str(&b));
    buf_done(&b);
    return rc;
}

static enum hole_escape escape_of(struct str content_type)
{
    if (memmem(content_type.p, content_type.n, "json", 4) != NULL) {
        return ESCAPE_JSON;
    }
    bool is_xml = memmem(content_type.p, content_type.n, "xml", 3) != NULL;
    bool is_form = memmem(content_type.p, content_type.n, "urlencoded", 10) != NULL;
    return is_xml ? ESCAPE_XML : is_form ? ESCAPE_URL : ESCAPE_NONE;
}

static void name_person(const struct asked_person *person, struct holes *h)
{
    h->texts[HOLE_ID_NUMBER] = person->id_number;
    h->texts[HOLE_NAME] = person->name;
    h->texts[HOLE_CONSENT_NO] = person->consent_no;
    h->texts[HOLE_CONSENT_DATE] = person->consent_date;
}

/* All whom a lookup asks about, as a list of the body's own kind. */
static enum rc list_persons(const struct http_settings *s, struct arena *a, struct str *ret)
{
    enum hole_escape escape = escape_of(str_from(s->content_type));
    struct buf b;
    buf_init(&b, HTTP_MAX_REQUEST);
    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < s->source->asked_count; i++) {
        struct holes h = {{{NULL, 0}}};
        name_person(&s->source->asked[i], &h);
        rc = i > 0 && escape == ESCAPE_JSON ? buf_putc(&b, ',') : RC_OK;
        rc = rc == RC_OK ? holes_fill(&h, str_from(s->person), escape, &b) : rc;
    }
    *ret = arena_str(a, buf_str(&b));
    buf_done(&b);
    return rc;
}

static enum rc fill_asked(const struct http_settings *s, struct arena *a, struct holes *h)
{
    if (s->source->asked_count == 0) {
        return RC_OK;
    }
    name_person(&s->source->asked[0], h);
    return s->person == NULL ? RC_OK : list_persons(s, a, &h->texts[HOLE_PERSONS]);
}

static enum rc fill_holes(const struct http_settings *s, const struct place *at, int64_t number,
                          struct arena *a, struct holes *ret)
{
    const struct paging *p = &s->paging;
    struct holes h = {{{NULL, 0}}};
    h.texts[p->kind == PAGING_OFFSET ? HOLE_OFFSET : HOLE_PAGE] = number_text(a, number);
    h.texts[HOLE_SIZE] = p->page_size > 0 ? number_text(a, p->page_size) : STR_NULL;
    h.texts[HOLE_CURSOR] = at->cursor;
    h.texts[HOLE_JOB] = at->job;
    TRY(since_text(s, a, &h.texts[HOLE_SINCE]));
    TRY(time_text(s, at->until_ms, a, &h.texts[HOLE_UNTIL]));
    TRY(slice_texts(s, at, a, &h));
    TRY(fill_asked(s, a, &h));
    *ret = h;
    return RC_OK;
}

/* ---- the parts ---- */

static enum rc put_query(const struct http_settings *s, const struct holes *h,
                         struct http_message *m, struct http_pairs *pairs)
{
    for (size_t i = 0; i < s->query_count; i++) {
        struct str value = str_from(s->query[i].value);
        if (!holes_lacks(h, value)) { /* nothing to ask from: the parameter is left out */
            TRY(filled(h, value, ESCAPE_NONE, m->arena, &value));
            TRY(http_pairs_add(m->arena, pairs, str_from(s->query[i].name), value));
        }
    }
    return RC_OK;
}

static enum rc put_step(const struct paging *p, const struct holes *h, struct http_message *m,
                        struct http_pairs *pairs)
{
    static const enum hole steps[] = {[PAGING_PAGE] = HOLE_PAGE,
                                      [PAGING_OFFSET] = HOLE_OFFSET,
                                      [PAGING_CURSOR] = HOLE_CURSOR};
    if (p->step != NULL && !str_is_null(h->texts[steps[p->kind]])) {
        TRY(http_pairs_add(m->arena, pairs, str_from(p->step), h->texts[steps[p->kind]]));
    }
    if (p->size != NULL && !str_is_null(h->texts[HOLE_SIZE])) {
        TRY(http_pairs_add(m->arena, pairs, str_from(p->size), h->texts[HOLE_SIZE]));
    }
    return RC_OK;
}

static enum rc put_headers(const struct http_settings *s, struct http_message *m)
{
    for (size_t i = 0; i < s->header_count; i++) {
        TRY(http_pairs_add(m->arena, &m->headers, str_from(s->headers[i].name),
                           str_from(s->headers[i].value)));
    }
    return RC_OK;
}

static enum rc put_body(const struct http_settings *s, const struct holes *h,
                        struct http_message *m)
{
    struct str content_type = str_from(s->content_type);
    m->body_kind = HTTP_BODY_READY;
    TRY(http_pairs_set(m->arena, &m->headers, STR("Content-Type"), content_type));
    return filled(h, str_from(s->body), escape_of(content_type), m->arena, &m->body);
}

/* An address the source gave. What lies under base_url is told from there, as signatures want it.
 */
static void set_address(const struct http_settings *s, struct str url, struct http_message *m)
{
    struct str base = str_from(s->base_url);
    size_t scheme = (size_t)((const char *)memmem(url.p, url.n, "://", 3) - url.p) + 3;
    size_t host = scheme + str_find(str_sub(url, scheme, url.n), '/');
    bool is_below = str_starts(url, base) && url.n > base.n && url.p[base.n] == '/';
    m->address = is_below ? base : str_sub(url, 0, host);
    m->path = str_sub(url, m->address.n, url.n);
}

static bool is_given(const struct paging *p, const struct place *at)
{
    bool is_kind = p->kind == PAGING_NEXT_URL || p->kind == PAGING_LINK || p->kind == PAGING_EXPORT;
    return is_kind && !str_is_null(at->cursor);
}

static enum rc ask_anew(const struct http_settings *s, const struct holes *h,
                        struct http_message *m)
{
    bool is_form = s->is_post && s->body == NULL;
    struct http_pairs *parameters = is_form ? &m->fields : &m->query;
    m->body_kind = is_form ? HTTP_BODY_FORM : HTTP_BODY_NONE;
    m->method = s->is_post ? "POST" : "GET";
    TRY(filled(h, str_from(s->path), ESCAPE_URL, m->arena, &m->path));
    TRY(put_query(s, h, m, parameters));
    TRY(put_step(&s->paging, h, m, parameters));
    return s->body == NULL ? RC_OK : put_body(s, h, m);
}

enum rc http_request(const struct http_settings *s, const struct place *at, int64_t number,
                     struct arena *a, struct http_message *ret)
{
    struct http_message m = {.arena = a, .method = "GET", .address = str_from(s->base_url)};
    struct holes holes;
    TRY(fill_holes(s, at, number, a, &holes));
    TRY(put_headers(s, &m));
    if (is_given(&s->paging, at)) {
        set_address(s, at->cursor, &m);
    } else if (!str_is_null(at->job)) {
        TRY(filled(&holes, str_from(s->export.poll), ESCAPE_URL, a, &m.path));
    } else {
        TRY(ask_anew(s, &holes, &m));
    }
    *ret = m;
    return RC_OK;
}
