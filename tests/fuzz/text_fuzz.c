/* Valid text stays valid, folding twice changes nothing, masks are short, agreeing is mutual. */
#include "base/text.h"
#include "fuzz.h"

typedef struct str (*text_function)(struct arena *a, struct str s);

static void check_function(struct arena *a, text_function f, struct str s, bool is_utf8)
{
    struct str once = f(a, s);
    must(!is_utf8 || (text_is_utf8(once) && str_eq(f(a, once), once)));
}

static void check_masks(struct arena *a, struct str s, bool is_utf8)
{
    struct str value = text_mask_value(a, s), name = text_mask_name(a, s);
    must(text_is_utf8(value) && text_count(value) <= 20);
    must(!is_utf8 || (text_is_utf8(name) && text_count(name) <= 3));
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        must(!(c >= '0' && c <= '8') && !(c >= 'A' && c <= 'Z') && !(c >= 'b' && c <= 'z'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    if (a == NULL) {
        a = arena_new((size_t)256 << 20);
    }
    struct str s = fuzz_input(data, size);
    bool is_utf8 = text_is_utf8(s);
    check_function(a, text_fold, s, is_utf8);
    check_function(a, text_name_key, s, is_utf8);
    check_function(a, text_name_clean, s, is_utf8);
    check_function(a, text_village_key, s, is_utf8);
    check_masks(a, s, is_utf8);
    struct str left = str_sub(s, 0, size / 2), right = str_sub(s, size / 2, size);
    must(text_name_agrees(left, right) == text_name_agrees(right, left));
    must(text_name_agrees(s, s));
    arena_reset(a);
    return 0;
}
