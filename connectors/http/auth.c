#include "connectors/http/auth.h"

#include "base/clock.h"

static enum rc fill(const struct template *t, struct parts *p, struct str *ret)
{
    struct buf b;
    buf_init(&b, HTTP_MAX_REQUEST);
    enum rc rc = template_fill(t, parts_fill, p, &b);
    if (rc == RC_OK) {
        *ret = arena_str(p->message->arena, buf_str(&b));
    }
    buf_done(&b);
    return rc;
}

static enum rc put(const struct http_put *put, struct parts *p, struct http_message *m)
{
    struct http_pairs *where[] = {
        [PUT_HEADER] = &m->headers, [PUT_QUERY] = &m->query, [PUT_FIELD] = &m->fields};
    struct str value;
    TRY(fill(&put->value, p, &value));
    return http_pairs_set(m->arena, where[put->where], put->name, value);
}

/* Those that carry the signature, or those that do not. */
static enum rc put_all(const struct http_auth *auth, struct parts *p, struct http_message *m,
                       bool with_sign)
{
    for (size_t i = 0; i < auth->put_count; i++) {
        if (template_has_hole(&auth->puts[i].value, "sign") == with_sign) {
            TRY(put(&auth->puts[i], p, m));
        }
    }
    return RC_OK;
}

enum rc http_auth_put(const struct http_auth *auth, struct parts *p, struct http_message *m,
                      struct str *ret_signed)
{
    struct str text = STR_NULL;
    TRY(put_all(auth, p, m, false));
    if (auth->sign != NULL) {
        TRY(sign_make(auth->sign, p, &text, &p->sign));
        TRY(put_all(auth, p, m, true));
    }
    if (ret_signed != NULL) {
        *ret_signed = text;
    }
    return RC_OK;
}

enum rc http_auth_apply(const struct http_auth *auth, struct http_message *m,
                        struct str *ret_signed)
{
    struct parts p;
    TRY(parts_begin(&p, &auth->parts, m, clock_unix_ms()));
    if (auth->token != NULL) {
        TRY(token_get(auth->token, &p.token));
    }
    return http_auth_put(auth, &p, m, ret_signed);
}

void http_auth_done(struct http_auth *auth)
{
    if (auth->token != NULL) {
        buf_done(&auth->token->value);
    }
}
