#include "connectors/http/fetch.h"

static enum rc put_number(struct http_message *m, struct http_pairs *pairs, const char *name,
                          int64_t number)
{
    struct str text = str_from(arena_printf(m->arena, "%lld", (long long)number));
    return http_pairs_add(m->arena, pairs, str_from(name), text);
}

static enum rc put_paging(struct http_message *m, struct http_pairs *pairs, const struct paging *p,
                          int64_t number, struct str cursor)
{
    if (p->kind == PAGING_CURSOR && !str_is_null(cursor)) {
        TRY(http_pairs_add(m->arena, pairs, str_from(p->step), cursor));
    } else if (p->kind == PAGING_PAGE || p->kind == PAGING_OFFSET) {
        TRY(put_number(m, pairs, p->step, number));
    }
    return p->size != NULL && p->page_size > 0 ? put_number(m, pairs, p->size, p->page_size)
                                               : RC_OK;
}

enum rc http_request(const struct http_settings *s, int64_t number, struct str cursor,
                     struct arena *a, struct http_message *ret)
{
    struct http_message m = {
        .arena = a,
        .method = s->is_post ? "POST" : "GET",
        .address = str_from(s->base_url),
        .path = str_from(s->path),
        .body_kind = s->is_post ? HTTP_BODY_FORM : HTTP_BODY_NONE,
    };
    struct http_pairs *parameters = s->is_post ? &m.fields : &m.query;
    for (size_t i = 0; i < s->query_count; i++) {
        TRY(http_pairs_add(a, parameters, str_from(s->query[i].name),
                           str_from(s->query[i].value)));
    }
    for (size_t i = 0; i < s->header_count; i++) {
        TRY(http_pairs_add(a, &m.headers, str_from(s->headers[i].name),
                           str_from(s->headers[i].value)));
    }
    TRY(put_paging(&m, parameters, &s->paging, number, cursor));
    *ret = m;
    return RC_OK;
}
