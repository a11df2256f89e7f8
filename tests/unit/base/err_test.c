#include "base/err.h"

#include <string.h>

#include "tests/unit/base/capture.h"

static const enum rc every_rc[] = {
#define ERROR_DEF(symbol, ...) symbol,
#include "base/errors.def"
#undef ERROR_DEF
};

static int in_chinese(void **state)
{
    (void)state;
    lang_set(false);
    err_clear();
    return 0;
}

static void failing_returns_and_records(void **state)
{
    (void)state;
    assert_int_equal(err_fail(RC_IO, "%s line %d", "a.csv", 7), RC_IO);
    assert_int_equal(err_last(), RC_IO);
    assert_string_equal(err_detail(), "a.csv line 7");
    err_clear();
    assert_int_equal(err_last(), RC_OK);
    assert_string_equal(err_detail(), "");
    assert_string_equal(err_hint_text(), "");
}

static void a_later_failure_replaces_detail_and_hint(void **state)
{
    (void)state;
    (void)!err_fail(RC_IO, "first");
    err_hint("do this");
    (void)!err_fail(RC_NET, "second");
    assert_string_equal(err_detail(), "second");
    assert_string_equal(err_hint_text(), "检查地址、端口和防火墙。");
}

static void a_detail_may_wrap_itself(void **state)
{
    (void)state;
    (void)!err_fail(RC_IO, "inner");
    (void)!err_fail(RC_CONFIG, "outer (%s)", err_detail());
    assert_string_equal(err_detail(), "outer (inner)");
    err_hint("one");
    err_hint("%s and two", err_hint_text());
    assert_string_equal(err_hint_text(), "one and two");
}

static void foreign_messages_become_one_clean_line(void **state)
{
    (void)state;
    (void)!err_fail(RC_DB, "%s", "ERROR: no\nLINE 1: \033[31mx\n\n");
    assert_string_equal(err_detail(), "ERROR: no LINE 1:  [31mx");
}

static void long_details_are_cut_between_characters(void **state)
{
    (void)state;
    for (int pad = 0; pad < 3; pad++) {
        char text[2000] = {'a', 'a', 'a', '\0'};
        text[pad] = '\0';
        while (strlen(text) < 1500) {
            strcat(text, "村");
        }
        (void)!err_fail(RC_IO, "%s", text);
        size_t n = strlen(err_detail());
        assert_true(n > 1000 && n < 1024);
        assert_int_equal((n - (size_t)pad) % 3, 0);
    }
}

static void cut_keeps_a_whole_last_character(void **state)
{
    (void)state;
    char text[1100];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    (void)!err_fail(RC_IO, "%s", text);
    assert_int_equal(strlen(err_detail()), 1023);
}

static void every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof every_rc / sizeof *every_rc; i++) {
        for (int english = 0; english < 2; english++) {
            lang_set(english);
            (void)!err_fail(every_rc[i], "x");
            assert_true(strlen(err_text(every_rc[i])) > 0);
            assert_true(strlen(err_hint_text()) > 0);
            assert_memory_equal(err_symbol(every_rc[i]), "RC_", 3);
        }
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(every_rc[i], every_rc[j]);
        }
    }
}

static void rows_answer_for_their_code(void **state)
{
    (void)state;
    assert_string_equal(err_symbol(RC_VALUE), "RC_VALUE");
    assert_int_equal(err_disposition(RC_VALUE), DISP_REJECT_ROW);
    assert_int_equal(err_disposition(RC_NET), DISP_RETRY);
    assert_string_equal(err_text(RC_USAGE), "用法有误");
    lang_set(true);
    assert_string_equal(err_text(RC_USAGE), "wrong usage");
    assert_string_equal(err_symbol((enum rc)77), "RC_UNKNOWN");
    assert_string_equal(tr("中", "en"), "en");
}

static void print_with_all_parts(void)
{
    (void)!err_fail(RC_IO, "x.csv");
    err_hint("再试一次。");
    err_print("roster.person");
}

static void print_without_who_or_detail(void)
{
    lang_set(true);
    (void)!err_fail(RC_NOT_FOUND, "%s", "");
    err_print(NULL);
}

static void printing_has_three_parts(void **state)
{
    (void)state;
    char out[500];
    capture(STDERR_FILENO, print_with_all_parts, out, sizeof out);
    assert_string_equal(out, "bidui: roster.person: 文件读写失败: x.csv\n  提示: 再试一次。\n");
    capture(STDERR_FILENO, print_without_who_or_detail, out, sizeof out);
    assert_string_equal(out, "bidui: not found\n  hint: Check the number.\n");
}

static void die_of_memory(void)
{
    err_die(RC_MEMORY, "%d", 5);
}
static void die_of_usage(void)
{
    err_die(RC_USAGE, "x");
}

static void dying_prints_and_exits(void **state)
{
    (void)state;
    char out[500];
    assert_int_equal(exit_code(capture(STDERR_FILENO, die_of_memory, out, sizeof out)), 1);
    assert_non_null(strstr(out, "内存超出上限: 5\n"));
    assert_int_equal(exit_code(capture(STDERR_FILENO, die_of_usage, out, sizeof out)), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(failing_returns_and_records, in_chinese),
        cmocka_unit_test_setup(a_later_failure_replaces_detail_and_hint, in_chinese),
        cmocka_unit_test_setup(a_detail_may_wrap_itself, in_chinese),
        cmocka_unit_test_setup(foreign_messages_become_one_clean_line, in_chinese),
        cmocka_unit_test_setup(long_details_are_cut_between_characters, in_chinese),
        cmocka_unit_test_setup(cut_keeps_a_whole_last_character, in_chinese),
        cmocka_unit_test_setup(every_row_is_complete, in_chinese),
        cmocka_unit_test_setup(rows_answer_for_their_code, in_chinese),
        cmocka_unit_test_setup(printing_has_three_parts, in_chinese),
        cmocka_unit_test_setup(dying_prints_and_exits, in_chinese),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
