#include <yajl/yajl_tree.h>

#include "base/text.h"
#include "connectors/http/show.h"

#define MEMBERS_SHOWN 20
#define TEXT_SHOWN ((size_t)200)
#define DIGITS_SHOWN 6 /* more in a row may be a number of somebody */
#define BODY_MOST ((size_t)1 << 20)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Long numbers become stars, also those with blanks and strokes between: a refusal may repeat what was asked. */
static struct str without_numbers(struct arena *a, struct str s)
{
    char *out = arena_cstr(a, str_sub(s, 0, TEXT_SHOWN));
    size_t begin = 0, end = 0, digits = 0, n = strlen(out);
    for (size_t i = 0; i <= n; i++) {
        if (i < n && (is_digit(out[i]) || (digits > 0 && (out[i] == ' ' || out[i] == '-')))) {
            begin = digits == 0 ? i : begin;
            end = is_digit(out[i]) ? i + 1 : end;
            digits += is_digit(out[i]) ? 1 : 0;
            continue;
        }
        if (digits > DIGITS_SHOWN) {
            memset(out + begin, '*', end - begin);
        }
        digits = 0;
    }
    while (!text_is_utf8(str_of(out, n))) {
        n--; /* a character that was cut in two */
    }
    return str_of(out, n);
}

/* Members by which gateways say how it went. Any other text may be of a person's record. */
static bool tells_outcome(const char *key)
{
    static const char *const words[] = {"code", "msg", "message", "error", "err", "status", "success", "ret", "reason", "detail"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasestr(key, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static const char *shown(struct arena *a, const char *key, yajl_val v)
{
    if (YAJL_IS_STRING(v) && !tells_outcome(key)) {
        return "\"…\"";
    }
    if (YAJL_IS_STRING(v) || YAJL_IS_NUMBER(v)) {
        struct str text = str_from(YAJL_IS_STRING(v) ? v->u.string : YAJL_GET_NUMBER(v));
        return arena_cstr(a, without_numbers(a, text));
    }
    return YAJL_IS_OBJECT(v) ? "{…}" : YAJL_IS_ARRAY(v) ? "[…]" : YAJL_IS_TRUE(v) ? "true" : YAJL_IS_FALSE(v) ? "false" : "null";
}

const char *http_show_answer(struct arena *a, long status, struct str body, const struct http_secrets *secrets)
{
    const char *text = arena_printf(a, "HTTP %ld\n", status);
    yajl_val root = body.n <= BODY_MOST ? yajl_tree_parse(arena_cstr(a, body), NULL, 0) : NULL;
    for (size_t i = 0; YAJL_IS_OBJECT(root) && i < root->u.object.len && i < MEMBERS_SHOWN; i++) {
        const char *key = root->u.object.keys[i];
        text = arena_printf(a, "%s%s: %s\n", text, arena_cstr(a, without_numbers(a, str_from(key))),
                            shown(a, key, root->u.object.values[i]));
    }
    if (!YAJL_IS_OBJECT(root)) {
        text = arena_printf(a, tr("%s%zu 字节,不是 JSON 对象\n", "%s%zu bytes, no JSON object\n"), text, body.n);
    }
    yajl_tree_free(root);
    return arena_cstr(a, http_hide(a, secrets, str_from(text)));
}
