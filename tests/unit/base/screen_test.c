#include "base/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void han_takes_two_places(void **state)
{
    (void)state;
    assert_int_equal(screen_width(STR("abc")), 3);
    assert_int_equal(screen_width(STR("数据集 x")), 8);
    assert_int_equal(screen_width(STR("\xEF\xBC\x88" "1" "\xEF\xBC\x89")), 5); /* full-width brackets */
    assert_int_equal(screen_width(STR("(1)。")), 5);
    assert_int_equal(screen_width(STR("\xF0\xA0\x82\x87")), 2);
    assert_int_equal(screen_width(STR("\xEF\xBB\xBF" "a\xE2\x80\x8B")), 1);
    assert_int_equal(screen_width(STR_NULL), 0);
    assert_int_equal(screen_width(STR("\xFF")), 1);
}

static void is_written(const char *text, int width, const char *expected)
{
    char *out = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);
    assert_non_null(f);
    screen_cell(f, str_from(text), width);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(out, expected);
    free(out);
}

static void cells_are_padded(void **state)
{
    (void)state;
    is_written("完整", 6, "完整  ");
    is_written("完整", -6, "  完整");
    is_written("12", -5, "   12");
    is_written("完整完整", 6, "完整完整");
    is_written("", 2, "  ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(han_takes_two_places),
        cmocka_unit_test(cells_are_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
