/* Reasons as people read them: a version's pattern with the values of a finding. */
#include "pipeline/rules/rules.h"

#include <yajl/yajl_tree.h>

#include "base/buf.h"
#include "base/scan.h"

#define TEXT_MOST ((size_t)64 << 10)

static void tree_free(yajl_val *v)
{
    yajl_tree_free(*v);
}
#define TREE __attribute__((cleanup(tree_free)))

/* Both texts were written by this program: a broken one is a bug, told without its content. */
static enum rc parse(struct arena *arena, struct str json, yajl_val *ret)
{
    char error[128];
    *ret = yajl_tree_parse(arena_cstr(arena, json), error, sizeof error);
    return *ret != NULL ? RC_OK
                        : err_fail(RC_BUG, "%s",
                                   tr("规则版本或取值不是 JSON", "a rule version or its values are no JSON"));
}

static struct str text_at(struct arena *arena, yajl_val node, const char *first, const char *second)
{
    const char *path[] = {first, second, NULL};
    yajl_val found = node != NULL ? yajl_tree_get(node, path, yajl_t_string) : NULL;
    return found != NULL ? arena_str(arena, str_from(YAJL_GET_STRING(found))) : STR_NULL;
}

/* 12000.00 reads better as 12000; 12000.50 stays. Only amounts have two places. */
static struct str without_cents(struct str value)
{
    bool is_negative = value.n > 0 && value.p[0] == '-';
    struct str digits = str_sub(value, is_negative ? 1 : 0, value.n);
    bool is_whole = str_ends(value, STR(".00")) && scan_digits(digits) == digits.n - 3;
    return is_whole ? str_sub(value, 0, value.n - 3) : value;
}

static struct str value_of(struct arena *arena, yajl_val details, struct str name)
{
    const char *key = arena_cstr(arena, name);
    struct str value = str_is(name, "threshold") ? text_at(arena, details, "threshold", NULL)
                                                 : text_at(arena, details, "values", key);
    return str_is_null(value) ? STR("?") : without_cents(value);
}

static enum rc fill(struct arena *arena, struct str pattern, yajl_val details, struct buf *out)
{
    while (!str_is_empty(pattern)) {
        size_t open = str_find(pattern, '{');
        TRY(buf_puts(out, str_sub(pattern, 0, open)));
        pattern = str_sub(pattern, open, pattern.n);
        size_t close = str_find(pattern, '}');
        if (close == pattern.n) {
            return buf_puts(out, pattern);
        }
        TRY(buf_puts(out, value_of(arena, details, str_sub(pattern, 1, close - 1))));
        pattern = str_sub(pattern, close + 1, pattern.n);
    }
    return RC_OK;
}

static enum rc render(struct arena *arena, struct str pattern, yajl_val details, struct str *ret)
{
    if (str_is_null(pattern)) {
        *ret = STR_NULL;
        return RC_OK;
    }
    struct buf out;
    buf_init(&out, TEXT_MOST);
    enum rc rc = fill(arena, pattern, details, &out);
    if (rc == RC_OK) {
        *ret = arena_str(arena, buf_str(&out));
    }
    buf_done(&out);
    return rc;
}

enum rc rules_render_reason(struct arena *arena, struct str pattern, struct str details, struct str *ret)
{
    TREE yajl_val values = NULL;
    TRY(parse(arena, details, &values));
    return render(arena, pattern, values, ret);
}

enum rc rules_read_words(struct arena *arena, struct str body, struct rule_words *ret)
{
    TREE yajl_val version = NULL;
    TRY(parse(arena, body, &version));
    *ret = (struct rule_words){text_at(arena, version, "title", NULL), text_at(arena, version, "reason", NULL),
                               text_at(arena, version, "field_reason", NULL)};
    return RC_OK;
}

enum rc rules_render_words(struct arena *arena, const struct rule_words *words, struct str details, struct str *ret_text,
                           struct str *ret_field_text)
{
    TREE yajl_val values = NULL;
    struct str text = STR_NULL;
    TRY(parse(arena, details, &values));
    TRY(render(arena, words->reason, values, &text));
    TRY(render(arena, words->field_reason, values, ret_field_text));
    *ret_text = text;
    return RC_OK;
}
