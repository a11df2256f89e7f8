/* What `probe` shows of an answer that is no page: what the gateway says, and nobody's number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connectors/http/show.h"

static struct arena *arena;

static const char *shown(long status, const char *body)
{
    static struct str hidden[] = {{"s3cret", 6}};
    const struct http_secrets secrets = {hidden, 1};
    return http_show_answer(arena, status, str_from(body), &secrets);
}

static void members_of_a_refusal(void **state)
{
    (void)state;
    assert_string_equal(shown(200, "{\"code\": 40101, \"message\": \"签名错误\", \"ok\": false, \"data\": null, \"more\": [1], \"at\": {\"a\": 1}}"),
                        "HTTP 200\ncode: 40101\nmessage: 签名错误\nok: false\ndata: null\nmore: […]\nat: {…}\n");
}

static void neither_secrets_nor_long_numbers(void **state)
{
    (void)state;
    assert_string_equal(shown(401, "{\"msg\": \"key s3cret of 110105194912310021 at 123456 unknown\"}"),
                        "HTTP 401\nmsg: key *** of ****************** at 123456 unknown\n");
    assert_string_equal(shown(200, "{\"id\": 13912345678}"), "HTTP 200\nid: ***********\n");
    assert_string_equal(shown(200, "{\"msg\": \"call 139-1234 5678 - 12\"}"), "HTTP 200\nmsg: call ******************\n");
}

static void nothing_of_a_record(void **state)
{
    (void)state;
    assert_string_equal(shown(200, "{\"xm\": \"某某\", \"code\": \"0\", \"99012119900101123X\": {}}"),
                        "HTTP 200\nxm: \"…\"\ncode: 0\n*****************X: {…}\n");
}

static void a_long_text_ends_with_a_whole_character(void **state)
{
    (void)state;
    const char *text = "";
    for (int i = 0; i < 100; i++) {
        text = arena_printf(arena, "%s签", text);
    }
    const char *got = shown(200, arena_printf(arena, "{\"msg\": \"%s\"}", text));
    assert_int_equal(strlen(got), strlen("HTTP 200\nmsg: \n") + 66 * 3);
    assert_int_equal(strlen(shown(200, arena_printf(arena, "{\"msg\": \"a%s\"}", text))), strlen("HTTP 200\nmsg: \n") + 1 + 66 * 3);
    assert_int_equal(strlen(shown(200, arena_printf(arena, "{\"msg\": \"ab%s\"}", text))), strlen("HTTP 200\nmsg: \n") + 2 + 66 * 3);
}

static void what_is_no_object(void **state)
{
    (void)state;
    lang_set(true);
    assert_string_equal(shown(502, "<html>"), "HTTP 502\n6 bytes, no JSON object\n");
    assert_string_equal(shown(200, "[{\"name\": \"x\"}]"), "HTTP 200\n15 bytes, no JSON object\n");
    assert_string_equal(shown(204, ""), "HTTP 204\n0 bytes, no JSON object\n");
    lang_set(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_refusal),
        cmocka_unit_test(neither_secrets_nor_long_numbers),
        cmocka_unit_test(nothing_of_a_record),
        cmocka_unit_test(a_long_text_ends_with_a_whole_character),
        cmocka_unit_test(what_is_no_object),
    };
    arena = arena_new((size_t)4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
