#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "random.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

typedef struct str (*text_function)(struct arena *a, struct str s);

static void gives(text_function f, const char *text, const char *expected)
{
    struct str got = f(arena, str_from(text));
    if (!str_is(got, expected)) {
        fail_msg("\"%s\" gave \"%.*s\", not \"%s\"", text, STR_ARGS(got), expected);
    }
}

/* ---- UTF-8 ---- */

static void utf8_bounds(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\x7F",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "张三·abc𠂇",
                                       "12345678张12345678",
                                       "\xE4\xB8\x80\xE9\xBF\xBF"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(text_is_utf8(str_from(good[i])));
    }
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x7F",
                                      "\xC2\xC2",
                                      "\xE0\x9F\xBF",
                                      "\xE0\xA0",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xE4\xB8",
                                      "\xE4\xB8\x7F",
                                      "\xE4\x41\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF0\x90\x80",
                                      "\xFE",
                                      "\xFF",
                                      "12345678\xFF",
                                      "张\xE4",
                                      "\xE4\xB8\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(text_is_utf8(str_from(bad[i])));
    }
    assert_true(text_is_utf8(STR("a\0b")));
}

/* All four-byte combinations would take long; every code point must pass and come back the same. */
static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char out[UTF8_MOST];
        struct str s = str_of(out, utf8_put(out, c));
        bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
        assert_int_equal(text_is_utf8(s), !is_surrogate);
        if (is_surrogate) {
            continue;
        }
        for (size_t n = 1; n < s.n; n++) {
            assert_true(utf8_is_cut(str_sub(s, 0, n)));
            assert_false(text_is_utf8(str_sub(s, 0, n)));
        }
        assert_false(utf8_is_cut(s));
        assert_int_equal(text_count(s), 1);
        assert_int_equal(utf8_next(&s), c);
        assert_int_equal(s.n, 0);
    }
}

/* Random bytes: what is valid must be what comes of decoding and encoding with nothing raw in it.
 */
static void validity_agrees_with_decoding(void **state)
{
    (void)state;
    uint64_t seed = 31;
    for (int i = 0; i < 300000; i++) {
        char bytes[24], back[24];
        size_t n = random_below(&seed, sizeof bytes + 1);
        for (size_t k = 0; k < n; k++) {
            bytes[k] =
                "a0\x80\xBF\xC2\xE4\xB8\x80\xE0\xA0\xED\x9F\xF0\x90\xF4\x8F\xFF"[random_below(&seed,
                                                                                              17)];
        }
        size_t back_n = 0, valid_n = 0;
        bool is_raw = false;
        for (struct str s = str_of(bytes, n); s.n > 0;) {
            uint32_t c = utf8_next(&s);
            is_raw = is_raw || c >= UTF8_RAW;
            back_n += utf8_put(back + back_n, c);
            valid_n = is_raw ? valid_n : back_n;
        }
        assert_int_equal(back_n, n);
        assert_memory_equal(back, bytes, n);
        assert_int_equal(text_is_utf8(str_of(bytes, n)), !is_raw);
        assert_int_equal(utf8_valid_prefix(str_of(bytes, n)), valid_n);
    }
}

/* ---- folding ---- */

static void folds(void **state)
{
    (void)state;
    gives(text_fold, "ＡＢＣ１２３（）！～", "ABC123()!~");
    gives(text_fold, "　张三　李四　", "张三 李四");
    gives(text_squeeze, "　张三　 李四 ３ x ", "张三李四3x");
    gives(text_squeeze, "张三", "张三");
    gives(text_squeeze, "   ", "");
    gives(text_fold, "\xEF\xBB\xBF张\xE2\x80\x8B三\xE2\x80\x8F\xE2\x80\xAA\xE2\x80\xAE\xE2\x81\xA0",
          "张三");
    gives(text_fold, "a\tb\r\nc\x01\x7F\xC2\x85", "abc");
    gives(text_fold, "\xC2\xA0张三\xC2\xA0", "张三");
    gives(text_fold, "  ", "");
    gives(text_fold, "\t\n", "");
    gives(text_fold, "￥、。《》·", "￥、。《》·");
    gives(text_fold, "a\xFF\x80z　", "a\xFF\x80z");
    gives(text_fold, "𠂇䶮〇", "𠂇䶮〇");
    assert_true(str_is_null(text_fold(arena, STR_NULL)));
}

static void nothing_is_copied_when_nothing_changes(void **state)
{
    (void)state;
    static const char *const same[] = {"张三", "abc 123", "、。《》", "𠂇·é", "", "ﷺ"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct str s = str_from(same[i]), folded = text_fold(arena, s);
        assert_ptr_equal(folded.p, s.p);
        assert_int_equal(folded.n, s.n);
    }
    struct str s = STR(" 张三 ");
    assert_ptr_equal(text_fold(arena, s).p, s.p + 1);
    struct str name = STR("买买提艾力");
    size_t used = arena_used(arena);
    assert_ptr_equal(text_name_key(arena, name).p, name.p);
    assert_ptr_equal(text_name_clean(arena, name).p, name.p);
    assert_ptr_equal(text_fold(arena, name).p, name.p);
    assert_int_equal(arena_used(arena), used);
}

static void folding_twice_changes_nothing(void **state)
{
    (void)state;
    uint64_t seed = 37;
    static const uint32_t pool[] = {
        ' ',    'a',    '1',    '\t',   0x3000, 0xFF21,          0xFF0E,
        0xFEFF, 0x200B, 0x5F20, 0x4E09, 0xB7,   0x2022,          0x20087,
        0xE000, 0xA0,   '.',    '-',    0x6751, UTF8_RAW + 0xFF, UTF8_RAW + 0xE4};
    static const text_function functions[] = {text_fold, text_name_key, text_name_clean,
                                              text_village_key};
    for (int i = 0; i < 100000; i++) {
        char text[64];
        size_t n = 0;
        for (uint32_t k = random_below(&seed, 12); k > 0; k--) {
            n += utf8_put(text + n, pool[random_below(&seed, sizeof pool / sizeof *pool)]);
        }
        for (size_t f = 0; f < 4; f++) {
            struct str once = functions[f](arena, str_of(text, n));
            assert_true(str_eq(functions[f](arena, once), once));
        }
        if (i % 1000 == 0) {
            arena_reset(arena);
        }
    }
}

/* ---- names ---- */

static void name_keys(void **state)
{
    (void)state;
    static const char *const same[] = {
        "买买提·艾力",  "买买提•艾力",        "买买提・艾力",          "买买提‧艾力",
        "买买提.艾力",  "买买提．艾力",       "买买提。艾力",          "买买提-艾力",
        "买买提－艾力", "买买提﹒艾力",       "买买提∙艾力",           "买买提⋅艾力",
        "买买提˙艾力",  "买买提\xCE\x87艾力", "买买提･艾力",           "买买提｡艾力",
        "买买提—艾力",  "买买提●艾力",        "买买提 艾力",           " 买买提　艾力 ",
        "买买提艾力",   "买买提··艾力",       "买买提\xE2\x80\x8B艾力"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        gives(text_name_key, same[i], "买买提艾力");
    }
    gives(text_name_key, "ａbc Ｄ", "ABCD");
    gives(text_name_key, "Anne-Marie O.", "ANNEMARIEO");
    gives(text_name_key, "龑䶮𠂇", "龑䶮𠂇");
    gives(text_name_key, "王*", "王*");
    gives(text_name_key, "张？", "张?");
    gives(text_name_key, "·", "");
    gives(text_name_key, "张喆(小名)", "张喆(小名)");
    assert_true(str_is_null(text_name_key(arena, STR_NULL)));
}

static void names_as_shown(void **state)
{
    (void)state;
    gives(text_name_clean, "张　三", "张三");
    gives(text_name_clean, " 张 三 丰 ", "张三丰");
    gives(text_name_clean, "买买提.艾力", "买买提·艾力");
    gives(text_name_clean, "买买提 • 艾力", "买买提·艾力");
    gives(text_name_clean, "买买提··艾力", "买买提·艾力");
    gives(text_name_clean, "·张三.", "张三");
    gives(text_name_clean, "-", "");
    gives(text_name_clean, "John  Smith", "John Smith");
    gives(text_name_clean, "张三 (小)", "张三 (小)");
    gives(text_name_clean, "ｊｏｈｎ", "john");
    gives(text_name_clean, "𠂇 䶮", "𠂇䶮");
    gives(text_name_clean, "a.b.c.d.e.f", "a·b·c·d·e·f");
    struct str same = STR("买买提·艾力");
    assert_ptr_equal(text_name_clean(arena, same).p, same.p);
}

static bool agree(const char *a, const char *b)
{
    bool there = text_name_agrees(str_from(a), str_from(b));
    assert_int_equal(text_name_agrees(str_from(b), str_from(a)), there);
    return there;
}

static void names_that_agree(void **state)
{
    (void)state;
    assert_true(agree("张三", "张三"));
    assert_true(agree("", ""));
    static const char *const stand_ins[] = {
        "张?", "张□", "张■", "张*", "张〓", "张\xEF\xBF\xBD", "张\xEE\xA1\xA3" /* U+E863 */};
    for (size_t i = 0; i < sizeof stand_ins / sizeof *stand_ins; i++) {
        assert_true(agree(stand_ins[i], "张䶮"));
        assert_true(agree(stand_ins[i], "张𠂇"));
        assert_false(agree(stand_ins[i], "王䶮"));
        assert_false(agree(stand_ins[i], "张"));
        assert_false(agree(stand_ins[i], "张三丰"));
    }
    assert_true(agree("张?丰", "张三?"));
    assert_true(agree("?三", "张三"));
    assert_false(agree("张三", "张四"));
    assert_false(agree("张三", "张三丰"));
    assert_false(agree("??", "张三")); /* nothing proves it */
    assert_false(agree("**", "??"));
    assert_false(agree("?", ""));
    assert_false(agree("喆", "哲"));
}

/* ---- masks ---- */

static void masks_of_names(void **state)
{
    (void)state;
    gives(text_mask_name, "王小二", "王**");
    gives(text_mask_name, "王五", "王*");
    gives(text_mask_name, "王", "王");
    gives(text_mask_name, "", "");
    gives(text_mask_name, "买买提·艾力", "买**");
    gives(text_mask_name, "𠂇三", "𠂇*");
    gives(text_mask_name, "\xFF\xFE", "\xFF*");
    assert_true(str_is_null(text_mask_name(arena, STR_NULL)));
}

static void masks_of_values(void **state)
{
    (void)state;
    gives(text_mask_value, "11010519491231002x", "99999999999999999a");
    gives(text_mask_value, "2024-13-01", "9999-99-99");
    gives(text_mask_value, "张三 A村12号", "某某 a某99某");
    gives(text_mask_value, "１２Ａｂ，", "９９ａａ，");
    gives(text_mask_value, "5.1E+17", "9.9a+99");
    gives(text_mask_value, "éжا①Ⅹ〇½", "某某某某某某½");
    gives(text_mask_value, "、。《》·￥", "、。《》·￥");
    gives(text_mask_value, "a\tb\xFFz",
          "a\xEF\xBF\xBD"
          "a?a");
    gives(text_mask_value, "123456789012345678901234567890", "99999999999999999999");
    gives(text_mask_value, "一二三四五六七八九十一二三四五六七八九十一二三",
          "某某某某某某某某某某某某某某某某某某某某");
    gives(text_mask_value, "", "");
    assert_true(str_is_null(text_mask_value(arena, STR_NULL)));
}

/* No letter, digit or character of a writing may come through. */
static void nothing_personal_passes_the_mask(void **state)
{
    (void)state;
    static const uint32_t ranges[][2] = {
        {0x3400, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x323AF}, {0xE000, 0xF8FF}, {0x600, 0x6FF},
        {0xF00, 0xFFF},   {0x1800, 0x18AF}, {0xA000, 0xA4CF},   {0xC0, 0xD6},     {0xD8, 0x24F},
        {0x400, 0x52F},   {0xAC00, 0xD7A3}, {0x2460, 0x24FF},   {0x3041, 0x30FF}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        for (uint32_t c = ranges[i][0]; c <= ranges[i][1]; c++) {
            char text[UTF8_MOST];
            struct str masked = text_mask_value(arena, str_of(text, utf8_put(text, c)));
            assert_true(str_is(masked, "某"));
        }
        arena_reset(arena);
    }
}

static void village_keys(void **state)
{
    (void)state;
    static const char *const same[] = {"张家",           "张家村",           "张家村委会",
                                       "张家村村委会",   "张家村村民委员会", "张家社区",
                                       "张家社区居委会", "张家居民委员会",   " 张 家　村 "};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        gives(text_village_key, same[i], "张家");
    }
    gives(text_village_key, "村", "村");
    gives(text_village_key, "社区", "社区");
    gives(text_village_key, "新村村", "新");
    gives(text_village_key, "村头村", "村头");
    gives(text_village_key, "", "");
    gives(text_village_key, "Ａ１村", "A1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_bounds),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(validity_agrees_with_decoding),
        cmocka_unit_test(folds),
        cmocka_unit_test(nothing_is_copied_when_nothing_changes),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(name_keys),
        cmocka_unit_test(names_as_shown),
        cmocka_unit_test(names_that_agree),
        cmocka_unit_test(masks_of_names),
        cmocka_unit_test(masks_of_values),
        cmocka_unit_test(nothing_personal_passes_the_mask),
        cmocka_unit_test(village_keys),
    };
    return cmocka_run_group_tests_name("text", tests, set_up, tear_down);
}
