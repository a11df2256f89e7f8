#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define assert_ok(expr) assert_int_equal((expr), RC_OK)

static void fresh_buffer_is_empty_text(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    assert_int_equal(buf_str(&b).n, 0);
    assert_false(str_is_null(buf_str(&b)));
    assert_ok(buf_puts(&b, STR_NULL));
    assert_int_equal(b.n, 0);
    buf_done(&b);
}

static void appending(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 5000; i++) {
        assert_ok(buf_putc(&b, (char)('a' + i % 26)));
    }
    assert_ok(buf_puts(&b, STR("xyz")));
    assert_ok(buf_printf(&b, "%d%s", 42, "!"));
    assert_int_equal(b.n, 5006);
    assert_memory_equal(b.p + 5000, "xyz42!", 6);
    assert_int_equal(b.p[25], 'z');
    buf_reset(&b);
    assert_int_equal(b.n, 0);
    assert_true(b.cap > 0);
    buf_done(&b);
    assert_int_equal(b.max, 1 << 20);
}

static void the_maximum_can_be_reached_not_passed(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 300);
    for (int i = 0; i < 300; i++) {
        assert_ok(buf_putc(&b, 'x'));
    }
    assert_int_equal(buf_putc(&b, 'x'), RC_LIMIT);
    assert_int_equal(b.n, 300);
    buf_reset(&b);
    assert_ok(buf_printf(&b, "%300s", "")); /* its NUL does not count */
    assert_int_equal(buf_printf(&b, "%d", 1), RC_LIMIT);
    assert_int_equal(buf_reserve(&b, SIZE_MAX), RC_LIMIT);
    assert_int_equal(b.n, 300);
    assert_non_null(strstr(err_detail(), "300"));
    buf_done(&b);
}

static void a_refused_append_leaves_the_rest(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    assert_ok(buf_puts(&b, STR("abc")));
    assert_int_equal(buf_puts(&b, STR("de")), RC_LIMIT);
    assert_true(str_is(buf_str(&b), "abc"));
    buf_done(&b);
}

static void assert_json(struct str s, const char *expected)
{
    struct buf b;
    buf_init(&b, 1000);
    assert_ok(buf_put_json(&b, s));
    assert_ok(buf_putc(&b, '\0'));
    assert_string_equal(b.p, expected);
    buf_done(&b);
}

static void json_strings(void **state)
{
    (void)state;
    assert_json(STR_NULL, "null");
    assert_json(STR(""), "\"\"");
    assert_json(STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_json(STR("\n\r\t\b\f"), "\"\\n\\r\\t\\b\\f\"");
    assert_json(STR("\x00\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\"");
    assert_json(STR("王𠮷é"), "\"王𠮷é\"");
}

static void json_is_utf8_whatever_comes_in(void **state)
{
    (void)state;
    assert_json(STR("a\xcd\xf5"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");               /* GBK */
    assert_json(STR("\xed\xa0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""); /* a surrogate */
    assert_json(STR("\xe6\x9d"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                 /* cut off */
    assert_json(STR("\xc0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                 /* overlong */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_buffer_is_empty_text),
        cmocka_unit_test(appending),
        cmocka_unit_test(the_maximum_can_be_reached_not_passed),
        cmocka_unit_test(a_refused_append_leaves_the_rest),
        cmocka_unit_test(json_strings),
        cmocka_unit_test(json_is_utf8_whatever_comes_in),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
