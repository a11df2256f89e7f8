#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void null_and_empty_differ_but_compare_equal(void **state)
{
    (void)state;
    assert_true(str_is_null(STR_NULL));
    assert_false(str_is_null(STR("")));
    assert_true(str_eq(STR_NULL, STR("")));
    assert_true(str_is_null(str_from(NULL)));
    assert_true(str_is_null(str_sub(STR_NULL, 3, 4)));
}

static void order_is_bytewise(void **state)
{
    (void)state;
    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("ab"), STR("a")) > 0);
    assert_true(str_cmp(STR("a"), STR("a\xff")) < 0);
    assert_true(str_cmp(STR("z"), STR("村")) < 0);
    assert_int_equal(str_cmp(STR_NULL, STR("")), 0);
}

static void ends_and_starts(void **state)
{
    (void)state;
    assert_true(str_starts(STR("alert"), STR("al")));
    assert_true(str_starts(STR("al"), STR("")));
    assert_false(str_starts(STR("a"), STR("al")));
    assert_true(str_ends(STR("a.csv"), STR(".csv")));
    assert_false(str_ends(STR("csv"), STR(".csv")));
    assert_false(str_ends(STR("a.csx"), STR(".csv")));
    assert_true(str_ends(STR_NULL, STR_NULL));
}

static void trimming(void **state)
{
    (void)state;
    assert_true(str_is(str_trim(STR(" \t a b\r\n\v\f")), "a b"));
    assert_int_equal(str_trim(STR(" \n ")).n, 0);
    assert_int_equal(str_trim(STR_NULL).n, 0);
}

static void sub_is_clamped(void **state)
{
    (void)state;
    assert_true(str_is(str_sub(STR("abc"), 1, 1), "b"));
    assert_true(str_is(str_sub(STR("abc"), 1, SIZE_MAX), "bc"));
    assert_int_equal(str_sub(STR("abc"), 9, 1).n, 0);
}

static void cutting_walks_every_part(void **state)
{
    (void)state;
    struct str s = STR("a,,b");
    assert_true(str_is(str_cut(&s, ','), "a"));
    assert_true(str_is(str_cut(&s, ','), ""));
    assert_true(str_is(str_cut(&s, ','), "b"));
    assert_int_equal(s.n, 0);
    assert_int_equal(str_find(STR("abc"), 'c'), 2);
    assert_int_equal(str_find(STR("abc"), 'x'), 3);
    assert_int_equal(str_find(STR_NULL, 'x'), 0);
}

static int64_t number(const char *text)
{
    int64_t n = -77;
    assert_true(str_to_i64(str_from(text), &n));
    return n;
}

static void whole_numbers(void **state)
{
    (void)state;
    assert_int_equal(number("0"), 0);
    assert_int_equal(number("+12"), 12);
    assert_int_equal(number("-0012"), -12);
    assert_true(number("9223372036854775807") == INT64_MAX);
    assert_true(number("-9223372036854775808") == INT64_MIN);
}

static void what_is_no_number_leaves_the_result_alone(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "-",
                         "+",
                         " 1",
                         "1 ",
                         "1.0",
                         "0x1",
                         "1e3",
                         "--1",
                         "９",
                         "9223372036854775808",
                         "-9223372036854775809",
                         "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t n = -77;
        assert_false(str_to_i64(str_from(bad[i]), &n));
        assert_int_equal(n, -77);
    }
}

static const char *const words[] = {"run", "roster", "report", "settlement", "in"};

static const char *nearest(const char *word)
{
    return str_nearest(str_from(word), words, sizeof words / sizeof *words);
}

static void nearest_word(void **state)
{
    (void)state;
    assert_string_equal(nearest("rnu"), "run");
    assert_string_equal(nearest("rooster"), "roster");
    assert_string_equal(nearest("setlement"), "settlement");
    assert_string_equal(nearest("settlemnt"), "settlement");
    assert_string_equal(nearest("repotr"), "report");
    assert_string_equal(nearest("run"), "run");
    assert_null(nearest("settle"));
    assert_null(nearest("xyz"));
    assert_null(nearest(""));
    assert_null(nearest("ox")); /* two edits make any two letters of any others */
    assert_null(str_nearest(STR("x"), NULL, 0));
}

static void swaps_beat_replacements(void **state)
{
    (void)state;
    static const char *const pair[] = {"from", "form"};
    assert_string_equal(str_nearest(STR("fomr"), pair, 2), "form");
}

static void endless_words_are_not_compared(void **state)
{
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word);
    assert_null(str_nearest(str_of(word, sizeof word), words, 5));
    word[66] = '\0';
    const char *itself = word;
    assert_null(str_nearest(str_of(word, 66), &itself, 1));
    word[64] = '\0';
    assert_null(str_nearest(str_of(word, 66), &itself, 1));
    assert_non_null(str_nearest(str_of(word, 64), &itself, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_and_empty_differ_but_compare_equal),
        cmocka_unit_test(order_is_bytewise),
        cmocka_unit_test(ends_and_starts),
        cmocka_unit_test(trimming),
        cmocka_unit_test(sub_is_clamped),
        cmocka_unit_test(cutting_walks_every_part),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(what_is_no_number_leaves_the_result_alone),
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(swaps_beat_replacements),
        cmocka_unit_test(endless_words_are_not_compared),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
