/* Reasons in words: what a blank stands for, and what has no words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "pipeline/reasons.h"

static struct arena *arena;

static const char *zh(const char *reason)
{
    lang_set(false);
    return arena_cstr(arena, reason_text(arena, str_from(reason)));
}

static const char *en(const char *reason)
{
    lang_set(true);
    const char *text = arena_cstr(arena, reason_text(arena, str_from(reason)));
    lang_set(false);
    return text;
}

static void counts_and_names_find_their_place(void **state)
{
    (void)state;
    assert_string_equal(zh("shrunk 1000 to 300"), "由1000条减到300条");
    assert_string_equal(en("shrunk 1000 to 300"), "it shrank from 1000 rows to 300");
    assert_string_equal(zh("rejected 21 of 1000"), "1000条中21条是问题数据");
    assert_string_equal(en("blank grade 6 of 100"), "field grade is blank in 6 of 100 rows");
    assert_string_equal(zh("stale never"), "没有一条写明日期");
    assert_string_equal(zh("stale 2026-01-05"), "最新一条是2026-01-05,数据陈旧");
    assert_string_equal(zh("empty"), "一条都没有");
}

static void a_name_may_hold_blanks(void **state)
{
    (void)state;
    assert_string_equal(zh("missing_column 户主 姓名"), "缺少列户主 姓名");
}

static void other_words_stay_as_they_are(void **state)
{
    (void)state;
    assert_string_equal(zh("something else 3"), "something else 3");
    assert_string_equal(zh("shrunk 1000"), "shrunk 1000");
    assert_string_equal(zh("empty 3"), "empty 3");
    assert_string_equal(zh(""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_names_find_their_place),
        cmocka_unit_test(a_name_may_hold_blanks),
        cmocka_unit_test(other_words_stay_as_they_are),
    };
    arena = arena_new(1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
