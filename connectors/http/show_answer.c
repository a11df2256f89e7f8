#include <yajl/yajl_tree.h>

#include "base/text.h"
#include "connectors/http/show.h"

#define MEMBERS_SHOWN 20
#define TEXT_SHOWN ((size_t)200)
#define DIGITS_SHOWN 6 /* more in a row may be a number of somebody */
#define BODY_MOST ((size_t)1 << 20)

/* Long numbers become stars: a refusal may repeat what was asked. */
static struct str without_numbers(struct arena *a, struct str s)
{
    char *out = arena_cstr(a, str_sub(s, 0, TEXT_SHOWN));
    size_t run = 0, n = strlen(out);
    for (size_t i = 0; i <= n; i++) {
        bool is_digit = i < n && out[i] >= '0' && out[i] <= '9';
        if (!is_digit && run > DIGITS_SHOWN) {
            memset(out + i - run, '*', run);
        }
        run = is_digit ? run + 1 : 0;
    }
    while (!text_is_utf8(str_of(out, n))) {
        n--; /* a character that was cut in two */
    }
    return str_of(out, n);
}

static const char *shown(struct arena *a, yajl_val v)
{
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
        text = arena_printf(a, "%s%s: %s\n", text, root->u.object.keys[i], shown(a, root->u.object.values[i]));
    }
    if (!YAJL_IS_OBJECT(root)) {
        text = arena_printf(a, tr("%s%zu 字节,不是 JSON 对象\n", "%s%zu bytes, no JSON object\n"), text, body.n);
    }
    yajl_tree_free(root);
    return arena_cstr(a, http_hide(a, secrets, str_from(text)));
}
