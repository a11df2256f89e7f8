#include "connectors/http/fetch.h"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static enum rc put_encoded(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_unreserved(s.p[i])) {
            TRY(buf_putc(b, s.p[i]));
        } else {
            TRY(buf_printf(b, "%%%02X", (unsigned)(unsigned char)s.p[i]));
        }
    }
    return RC_OK;
}

static enum rc put_param(struct buf *b, const char *name, struct str value)
{
    if (b->n > 0) {
        TRY(buf_putc(b, '&'));
    }
    TRY(put_encoded(b, str_from(name)));
    TRY(buf_putc(b, '='));
    return put_encoded(b, value);
}

static enum rc put_number(struct buf *b, const char *name, int64_t number)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)number);
    return put_param(b, name, str_of(text, (size_t)n));
}

static enum rc put_paging(struct buf *b, const struct paging *p, int64_t number, struct str cursor)
{
    if (p->kind == PAGING_CURSOR && !str_is_null(cursor)) {
        TRY(put_param(b, p->step, cursor));
    } else if (p->kind == PAGING_PAGE || p->kind == PAGING_OFFSET) {
        TRY(put_number(b, p->step, number));
    }
    return p->size != NULL && p->page_size > 0 ? put_number(b, p->size, p->page_size) : RC_OK;
}

static enum rc put_params(struct buf *b, const struct http_settings *s, int64_t number,
                          struct str cursor)
{
    for (size_t i = 0; i < s->query_count; i++) {
        TRY(put_param(b, s->query[i].name, str_from(s->query[i].value)));
    }
    return put_paging(b, &s->paging, number, cursor);
}

enum rc http_request(const struct http_settings *settings, int64_t number, struct str cursor,
                     struct buf *url, struct buf *form)
{
    buf_reset(url);
    buf_reset(form);
    TRY(put_params(form, settings, number, cursor));
    TRY(buf_printf(url, "%s%s", settings->base_url, settings->path));
    if (!settings->is_post && form->n > 0) {
        bool has_query = memchr(url->p, '?', url->n) != NULL;
        TRY(buf_putc(url, has_query ? '&' : '?'));
        TRY(buf_puts(url, buf_str(form)));
        buf_reset(form);
    }
    TRY(buf_putc(form, '\0'));
    return buf_putc(url, '\0');
}
