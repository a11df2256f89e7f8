#include "connectors/http/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct arena *arena;
static struct document_page page;
static bool is_cut;

static const struct yaml *parse(const char *text)
{
    struct yaml *yaml = NULL;
    assert_int_equal(yaml_parse(arena, "test", str_from(text), &yaml), RC_OK);
    return yaml;
}

static enum rc decode(const char *settings, const char *records, const char *content_type, struct str bytes)
{
    static const char *const columns[] = {"a"};
    struct body b;
    struct source source = {.dataset = "test.test", .base_dir = "/", .arena = arena, .settings = parse(settings)};
    struct document_wants wants = {.format = yaml_get(source.settings, "format"),
                                   .records = records, .columns = columns, .column_count = 1};
    assert_int_equal(body_open(&b, &source, yaml_get(source.settings, "filters"), &wants, (size_t)1 << 20), RC_OK);
    page = (struct document_page){0};
    is_cut = false;
    enum rc rc = body_decode(&b, bytes, str_from(content_type), arena, &page, &is_cut);
    body_close(&b);
    return rc;
}

static void assert_value(const char *expected)
{
    assert_int_equal(page.rows, 1);
    assert_int_equal(page.values[0].n, strlen(expected));
    assert_memory_equal(page.values[0].p, expected, strlen(expected));
}

#define GB "\xd5\xc5"                    /* 张 */
#define JSON_GB "[{\"a\":\"" GB "\"}]"
#define JSON_UTF8 "[{\"a\":\"张\"}]"

static void test_charsets_of_json(void **state)
{
    (void)state;
    assert_int_equal(decode("{}", "", "application/json", STR(JSON_UTF8)), RC_OK);
    assert_value("张");
    assert_int_equal(decode("{}", "", "application/json; charset=GB2312", STR(JSON_GB)), RC_OK);
    assert_value("张");
    assert_int_equal(decode("{}", "", "application/json;charset=\"gbk\"", STR(JSON_GB)), RC_OK);
    assert_value("张");
    assert_int_equal(decode("format: {kind: json, charset: gb18030}", "", "text/plain; charset=utf-8", STR(JSON_GB)),
                     RC_OK);
    assert_value("张");
    assert_int_equal(decode("{}", "", "text/plain; charset=ISO-8859-1", STR(JSON_UTF8)), RC_OK);
    assert_value("张");
    assert_int_equal(decode("{}", "", "", STR(JSON_GB)), RC_OK);
    assert_int_equal(page.rows, 0);
    assert_int_equal(page.reject_count, 1);
    static const char wide[] = "\xFF\xFE[\0{\0\"\0a\0\"\0:\0\"\0\x20\x5f\"\0}\0]";
    assert_int_equal(decode("{}", "", "application/json; charset=utf-8", str_of(wide, sizeof wide)), RC_OK);
    assert_value("张");
}

static void test_charsets_of_xml(void **state)
{
    (void)state;
    static const char *const format = "format: {kind: xml}";
    assert_int_equal(decode(format, "/x/r", "text/xml", STR("<x><r><a>张</a></r></x>")), RC_OK);
    assert_value("张");
    assert_int_equal(
        decode(format, "/x/r", "text/xml",
               STR("<?xml version='1.0' encoding='GBK'?><x><r><a>" GB "</a></r></x>")),
        RC_OK);
    assert_value("张");
    assert_int_equal(
        decode(format, "/x/r", "text/xml; charset=UTF-8",
               STR("<?xml version=\"1.0\" encoding=\"GBK\"?><x><r><a>张</a></r></x>")),
        RC_OK);
    assert_value("张");
}

static void test_charset_of_csv(void **state)
{
    (void)state;
    assert_int_equal(decode("format: {kind: csv}", "", "", STR("a\n" GB "\n")), RC_OK);
    assert_value("张");
    assert_int_equal(decode("format: {kind: csv}", "", "text/csv; charset=gbk", STR("a\n\xff\xff\n")), RC_FORMAT);
}

static void test_broken_gzip_is_asked_for_again(void **state)
{
    (void)state;
    assert_int_equal(decode("filters: [{kind: gzip}]", "", "", STR("\x1f\x8b\x08")), RC_FORMAT);
    assert_true(is_cut);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 24);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_charsets_of_json),
        TEST(test_charsets_of_xml),
        TEST(test_charset_of_csv),
        TEST(test_broken_gzip_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
