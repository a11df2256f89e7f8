#include "connectors/http/message.h"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

enum rc http_escape(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_unreserved(s.p[i])) {
            TRY(buf_putc(out, s.p[i]));
        } else {
            TRY(buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]));
        }
    }
    return RC_OK;
}

enum rc http_pairs_add(struct arena *a, struct http_pairs *pairs, struct str name, struct str value)
{
    if (pairs->n == HTTP_MOST_PAIRS) {
        return err_fail(RC_LIMIT, tr("请求的参数超过 %d 个", "a request of more than %d parameters"),
                        HTTP_MOST_PAIRS);
    }
    if (pairs->p == NULL) {
        pairs->p = arena_array(a, HTTP_MOST_PAIRS, sizeof *pairs->p);
    }
    pairs->p[pairs->n++] = (struct http_pair){name, value};
    return RC_OK;
}

enum rc http_pairs_set(struct arena *a, struct http_pairs *pairs, struct str name, struct str value)
{
    for (size_t i = 0; i < pairs->n; i++) {
        if (str_eq(pairs->p[i].name, name)) {
            pairs->p[i].value = value;
            return RC_OK;
        }
    }
    return http_pairs_add(a, pairs, name, value);
}

enum rc http_pairs_write(const struct http_pairs *pairs, struct buf *out)
{
    for (size_t i = 0; i < pairs->n; i++) {
        if (i > 0) {
            TRY(buf_putc(out, '&'));
        }
        TRY(http_escape(out, pairs->p[i].name));
        TRY(buf_putc(out, '='));
        TRY(http_escape(out, pairs->p[i].value));
    }
    return RC_OK;
}

static enum rc write_members(const struct http_pairs *fields, bool is_first, struct buf *out)
{
    for (size_t i = 0; i < fields->n; i++) {
        TRY(i > 0 || !is_first ? buf_putc(out, ',') : RC_OK);
        TRY(buf_put_json(out, fields->p[i].name));
        TRY(buf_putc(out, ':'));
        TRY(buf_put_json(out, fields->p[i].value));
    }
    return buf_putc(out, '}');
}

static enum rc write_ready(const struct http_message *m, struct buf *out)
{
    struct str body = str_trim(m->body);
    if (m->fields.n == 0) {
        return buf_puts(out, m->body);
    }
    if (!str_starts(body, STR("{")) || !str_ends(body, STR("}"))) {
        return err_fail(RC_CONFIG, "%s", tr("auth.body 只能加进表单或 JSON 对象",
                                            "auth.body goes into a form or a JSON object alone"));
    }
    struct str inside = str_sub(body, 0, body.n - 1);
    TRY(buf_puts(out, inside));
    return write_members(&m->fields, str_trim(str_sub(inside, 1, inside.n)).n == 0, out);
}

static enum rc end_text(struct buf *out)
{
    TRY(buf_putc(out, '\0'));
    out->n--;
    return RC_OK;
}

enum rc http_message_url(const struct http_message *m, struct buf *out)
{
    TRY(buf_puts(out, m->address));
    TRY(buf_puts(out, m->path));
    if (m->query.n > 0) {
        bool has_query = memchr(out->p, '?', out->n) != NULL;
        TRY(buf_putc(out, has_query ? '&' : '?'));
        TRY(http_pairs_write(&m->query, out));
    }
    return end_text(out);
}

enum rc http_message_body(const struct http_message *m, struct buf *out)
{
    switch (m->body_kind) {
    case HTTP_BODY_NONE:
        break;
    case HTTP_BODY_FORM:
        TRY(http_pairs_write(&m->fields, out));
        break;
    case HTTP_BODY_JSON:
        TRY(buf_putc(out, '{'));
        TRY(write_members(&m->fields, true, out));
        break;
    case HTTP_BODY_READY:
        TRY(write_ready(m, out));
        break;
    }
    return end_text(out);
}
