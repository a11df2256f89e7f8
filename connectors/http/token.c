#include "connectors/http/token.h"

#include "base/clock.h"
#include "connectors/http/transfer.h"
#include "connectors/http/shared.h"

#define SCRATCH_BYTES ((size_t)16 << 20)

/* ---- asking for one ---- */

static const char *where(const struct token *t, struct arena *a)
{
    return arena_printf(a, "%s %.*s", t->rules.method, (int)str_find(t->rules.path, '?'),
                        t->rules.path.p);
}

static enum rc judge(const struct token *t, CURLcode c, long status, struct arena *a)
{
    if (c != CURLE_OK) {
        return err_fail(RC_NET, "%s: %s", where(t, a), curl_easy_strerror(c));
    }
    if (status == 200 || status == 201) {
        return RC_OK;
    }
    bool is_busy = status == 429 || status >= 500;
    return err_fail(is_busy ? RC_NET : RC_AUTH,
                    tr("%s(取令牌): HTTP %ld", "%s (the token): HTTP %ld"), where(t, a), status);
}

static enum rc exchange(struct token *t, struct arena *a, struct transfer *x)
{
    struct http_message m = {
        .arena = a,
        .method = t->rules.method,
        .address = t->rules.address,
        .path = t->rules.path,
        .body_kind = t->rules.body_kind,
    };
    struct str signed_text = STR_NULL;
    TRY(http_auth_apply(t->rules.auth, &m, &signed_text));
    TRY(transfer_write(x, &m));
    transfer_show(x, t->settings, &m, signed_text);
    transfer_finish(x, curl_easy_perform(x->easy));
    TRY(judge(t, x->result, x->status, a));
    return token_parse(&t->rules, buf_str(&x->body), a, clock_unix_ms(), &t->value, &t->until_ms);
}

static enum rc ask(struct token *t)
{
    struct arena *a = arena_new(SCRATCH_BYTES);
    struct transfer x = {.state = TRANSFER_IDLE};
    enum rc rc = transfer_open(&x, t->settings, t->rules.auth);
    rc = rc == RC_OK ? exchange(t, a, &x) : rc;
    transfer_close(&x);
    arena_free(a);
    return rc;
}

/* ---- the cache: "UNTIL_MS TOKEN" ---- */

static enum rc take_kept(struct token *t, struct str kept)
{
    int64_t until = 0;
    struct str number = str_cut(&kept, ' ');
    bool is_same = t->value.n > 0 && str_eq(buf_str(&t->value), kept);
    if (!str_to_i64(number, &until) || kept.n == 0 || (is_same && t->until_ms == 0)) {
        return RC_OK; /* nothing, or the very one that was refused */
    }
    t->until_ms = until;
    buf_reset(&t->value);
    return buf_puts(&t->value, kept);
}

static bool is_fresh(const struct token *t)
{
    return t->value.n > 0 && clock_unix_ms() < t->until_ms;
}

static enum rc keep(const struct token *t, const struct shared *s)
{
    struct buf b;
    buf_init(&b, TOKEN_MAX + 64);
    enum rc rc = buf_printf(&b, "%lld ", (long long)t->until_ms);
    rc = rc == RC_OK ? buf_puts(&b, buf_str(&t->value)) : rc;
    rc = rc == RC_OK ? shared_write(s, buf_str(&b)) : rc;
    buf_done(&b);
    return rc;
}

static enum rc renew_locked(struct token *t, const struct shared *s)
{
    struct buf kept;
    buf_init(&kept, TOKEN_MAX + 64);
    enum rc rc = shared_read(s, &kept);
    rc = rc == RC_OK ? take_kept(t, buf_str(&kept)) : rc;
    buf_done(&kept);
    TRY(rc);
    if (is_fresh(t)) {
        return RC_OK;
    }
    TRY(ask(t));
    return keep(t, s);
}

enum rc token_get(struct token *t, struct str *ret)
{
    struct shared s;
    if (!is_fresh(t) && (t->seal_key == NULL || !t->seal_key->is_set)) {
        TRY(ask(t));
    } else if (!is_fresh(t)) {
        TRY(shared_lock(t->arena, t->seal_key, t->code, &s));
        enum rc rc = renew_locked(t, &s);
        shared_unlock(&s);
        TRY(rc);
    }
    *ret = buf_str(&t->value);
    return RC_OK;
}

void token_refuse(struct token *t)
{
    t->until_ms = 0;
}
