#include "pipeline/feedback/token.h"

#include <openssl/crypto.h>

struct str token_make(struct arena *a, const struct key *key, const char *county, const struct token *t)
{
    char code[CODE_TEXT];
    const char *said = arena_printf(a, "%.*s.%d.%.*s", STR_ARGS(t->lead_no), t->edition, STR_ARGS(t->recipient));
    crypto_code(key, "row", str_from(arena_printf(a, "%s.%s", county, said)), code);
    return str_from(arena_printf(a, "%s.%s", said, code));
}

bool token_read(struct arena *a, const struct key *key, const char *county, struct str text, struct token *ret)
{
    struct str rest = text;
    int64_t edition = 0;
    struct token t = {.lead_no = str_cut(&rest, '.')};
    bool is_number = str_to_i64(str_cut(&rest, '.'), &edition) && edition > 0 && edition <= INT32_MAX;
    t.recipient = str_cut(&rest, '.');
    if (!is_number) {
        return false;
    }
    t.edition = (int)edition;
    struct str right = token_make(a, key, county, &t);
    if (right.n != text.n || CRYPTO_memcmp(right.p, text.p, text.n) != 0) {
        return false;
    }
    *ret = t;
    return true;
}
