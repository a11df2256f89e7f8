#include "connectors/http/token.h"

#include "base/clock.h"
#include "base/date.h"
#include "connectors/document.h"

#define MOST_LIFETIME_S (INT64_C(366) * 86400)
#define EARLY_MS INT64_C(60000)          /* a token that expires under way would be refused */

enum { AT_VALUE, AT_EXPIRES_IN, AT_EXPIRES_AT, AT_OK, PLACES };

static enum rc check_ok(const struct token_rules *r, struct str code)
{
    if (r->ok_pointer == NULL) {
        return RC_OK;
    }
    for (const struct yaml *n = r->ok_equals == NULL ? NULL : r->ok_equals->first; n != NULL;
         n = n->next) {
        if (str_eq(n->text, code)) {
            return RC_OK;
        }
    }
    return err_fail(RC_AUTH, tr("令牌接口的 %s 不是成功码", "%s of the token's answer means no"),
                    r->ok_pointer);
}

/* Seconds from now, or an instant. Nothing readable: the configured lifetime. */
static int64_t until(const struct token_rules *r, struct str in, struct str at, int64_t now_ms)
{
    int64_t s = 0, us = 0, left_ms = r->lifetime_ms;
    if (str_to_i64(in, &s) && s > 0 && s < MOST_LIFETIME_S) {
        left_ms = s * 1000;
    } else if (at.n > 0 && instant_parse(at, &us) == RC_OK) {
        left_ms = clock_to_unix_ms(us) - now_ms;
    }
    return now_ms + left_ms - (left_ms / 10 < EARLY_MS ? left_ms / 10 : EARLY_MS);
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
            return false;
        }
    }
    return s.n > 0 && s.n <= TOKEN_MAX;
}

static enum rc take(const struct token_rules *r, struct str value, struct buf *ret_value)
{
    if (!is_token(value)) {
        return err_fail(RC_FORMAT,
                        tr("令牌接口的返回中,\"%s\" 处没有令牌", "no token at \"%s\" of the token's answer"),
                        r->value);
    }
    buf_reset(ret_value);
    return buf_puts(ret_value, value);
}

/* Null texts for what is not there. */
static enum rc decode(const struct token_rules *r, struct str body, struct arena *a,
                      struct str found[PLACES])
{
    struct document_wants wants = {
        .format = r->format,
        .scalars = {r->value, r->expires_in, r->expires_at, r->ok_pointer},
    };
    struct document *d = NULL;
    struct document_page page = {0};
    bool is_cut = false;
    TRY(document_open(&wants, &d));
    enum rc rc = document_decode(d, body, a, &page, &is_cut);
    document_close(d);
    if (rc != RC_OK) {
        return err_fail(RC_FORMAT, tr("令牌接口的返回: %s", "the token's answer: %s"), err_detail());
    }
    for (size_t i = 0; i < PLACES; i++) {
        found[i] = page.scalars[i].kind == SCALAR_TEXT ? page.scalars[i].text : STR_NULL;
    }
    return RC_OK;
}

enum rc token_parse(const struct token_rules *r, struct str body, struct arena *a, int64_t now_ms,
                    struct buf *ret_value, int64_t *ret_until_ms)
{
    struct str found[PLACES] = {str_trim(body), STR_NULL, STR_NULL, STR_NULL};
    if (r->value[0] != '\0') {
        TRY(decode(r, body, a, found));
        TRY(check_ok(r, found[AT_OK]));
    }
    TRY(take(r, found[AT_VALUE], ret_value));
    *ret_until_ms = until(r, found[AT_EXPIRES_IN], found[AT_EXPIRES_AT], now_ms);
    return RC_OK;
}
