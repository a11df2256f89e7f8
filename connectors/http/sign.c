#include "connectors/http/sign.h"

static enum rc filled(const struct template *t, struct parts *p, struct str *ret)
{
    struct buf b;
    buf_init(&b, PARTS_MAX_TEXT);
    enum rc rc = template_fill(t, parts_fill, p, &b);
    if (rc == RC_OK) {
        *ret = arena_str(p->message->arena, buf_str(&b));
    }
    buf_done(&b);
    return rc;
}

enum rc sign_make(const struct sign *s, struct parts *p, struct str *ret_text, struct str *ret_sign)
{
    unsigned char bytes[DIGEST_MAX];
    size_t n = 0;
    struct str key = STR(""), text;
    TRY(filled(&s->text, p, &text));
    if (s->digest.is_keyed) {
        TRY(filled(&s->key, p, &key));
    }
    TRY(digest_make(s->digest, key, text, bytes, &n));
    struct buf b;
    buf_init(&b, sizeof bytes * 2);
    enum rc rc = encoding_write(s->encoding, str_of((const char *)bytes, n), &b);
    *ret_sign = rc == RC_OK ? arena_str(p->message->arena, buf_str(&b)) : STR_NULL;
    *ret_text = text;
    buf_done(&b);
    return rc;
}
