#include "connectors/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define ARENA_BYTES ((size_t)1 << 30)

static struct arena *arena;
static struct document_page page;
static bool is_cut;

/* Decodes with records at /rows, the given columns (NULL-terminated) and the scalars /code, /total,
 * /next. */
static enum rc decode_at(const char *records, const char *const *columns, struct str body)
{
    struct document_wants wants = {
        .records = records, .columns = columns, .scalars = {"/code", "/total", "/next"}};
    while (columns[wants.column_count] != NULL) {
        wants.column_count++;
    }
    struct document *d = NULL;
    assert_int_equal(document_open(&wants, &d), RC_OK);
    page = (struct document_page){0};
    is_cut = false;
    enum rc rc = document_decode(d, body, arena, &page, &is_cut);
    document_close(d);
    return rc;
}

#define DECODE_AT(records, text, ...) \
    decode_at((records), (const char *const[]){__VA_ARGS__, NULL}, STR(text))
#define DECODE(text, ...) DECODE_AT("/rows", text, __VA_ARGS__)

static void assert_str(struct str s, const char *expected)
{
    if (expected == NULL) {
        assert_null(s.p);
        return;
    }
    assert_non_null(s.p);
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

/* ---- what is taken ---- */

static void test_values_keep_their_text(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("{\"rows\":[{\"a\":1.50,\"b\":123456789012345678901234567890,\"c\":-0.0E+07},"
               "{\"a\":true,\"b\":null,\"c\":\"\"}]}",
               "a", "b", "c", "d"),
        RC_OK);
    assert_int_equal(page.rows, 2);
    assert_int_equal(page.records, 2);
    assert_null(page.row_numbers);
    assert_str(page.values[0], "1.50");
    assert_str(page.values[1], "123456789012345678901234567890");
    assert_str(page.values[2], "-0.0E+07");
    assert_str(page.values[3], NULL);
    assert_str(page.values[4], "true");
    assert_str(page.values[5], NULL);
    assert_str(page.values[6], "");
    assert_str(page.values[7], NULL);
    assert_str(page.columns_seen, "a\nb\nc");
}

static void test_members_stand_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("{\"rows\":[{\"a\":1,\"b\":2},{\"b\":4,\"x\":[{}],\"a\":3},{\"b\":6},{}]}", "b",
               "a"),
        RC_OK);
    const char *expected[] = {"2", "1", "4", "3", "6", NULL, NULL, NULL};
    assert_int_equal(page.rows, 4);
    for (size_t i = 0; i < 8; i++) {
        assert_str(page.values[i], expected[i]);
    }
    assert_str(page.columns_seen, "a\nb\nx");
}

static void test_envelope_may_follow_records(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("{\"rows\":[{\"code\":9,\"total\":8}],\"code\":0,\"total\":\"12\",\"next\":null}",
               "code"),
        RC_OK);
    assert_true(page.has_records);
    assert_int_equal(page.scalars[0].kind, SCALAR_TEXT);
    assert_str(page.scalars[0].text, "0");
    assert_str(page.scalars[1].text, "12");
    assert_int_equal(page.scalars[2].kind, SCALAR_NULL);
    assert_int_equal(page.scalars[3].kind, SCALAR_ABSENT);
}

static void test_scalars_of_every_kind(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("{\"code\":false,\"total\":{\"x\":1},\"next\":\"p\\u00e9\",\"rows\":[]}", "a"),
        RC_OK);
    assert_str(page.scalars[0].text, "false");
    assert_int_equal(page.scalars[1].kind, SCALAR_CONTAINER);
    assert_str(page.scalars[2].text, "p\xc3\xa9");
    assert_int_equal(page.rows, 0);
    assert_true(page.has_records);
}

static void test_nested_pointers(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE_AT("/data/rows",
                  "{\"x\":{\"rows\":[{\"a\":1}]},\"data\":{\"rows\":["
                  "{\"p\":{\"q\":{\"r\":\"deep\"},\"a/b\":2,\"m~n\":3},\"l\":[10,{\"z\":11}]},"
                  "{\"p\":4,\"l\":[]}]}}",
                  "/p/q/r", "/p/a~1b", "/p/m~0n", "/l/0", "/l/1/z", "p/q"),
        RC_OK);
    const char *expected[] = {"deep", "2", "3", "10", "11", NULL};
    assert_int_equal(page.rows, 2);
    for (size_t i = 0; i < 6; i++) {
        assert_str(page.values[i], expected[i]);
        assert_str(page.values[6 + i], NULL);
    }
    assert_str(page.columns_seen, "l\np");
}

static void test_records_in_arrays_and_at_the_top(void **state)
{
    (void)state;
    assert_int_equal(DECODE_AT("", " [ {\"a\":1} , {\"a\":2} ] ", "a"), RC_OK);
    assert_int_equal(page.rows, 2);
    assert_str(page.values[1], "2");
    assert_int_equal(
        DECODE_AT("/0/rows", "[{\"rows\":[{\"a\":1}]},{\"rows\":[{\"a\":2},{\"a\":3}]}]", "a"),
        RC_OK);
    assert_int_equal(page.rows, 1);
    assert_str(page.values[0], "1");
}

static void test_missing_records(void **state)
{
    (void)state;
    assert_int_equal(DECODE("{\"other\":[{\"a\":1}],\"code\":7}", "a"), RC_OK);
    assert_false(page.has_records);
    assert_str(page.scalars[0].text, "7");
    assert_int_equal(DECODE("{\"rows\":{\"a\":1}}", "a"), RC_OK);
    assert_false(page.has_records);
    assert_int_equal(DECODE("{\"rows\":\"none\"}", "a"), RC_OK);
    assert_false(page.has_records);
    assert_int_equal(DECODE("{\"rows\":null}", "a"), RC_OK);
    assert_true(page.has_records);
    assert_int_equal(page.rows, 0);
    assert_int_equal(DECODE("17", "a"), RC_OK);
    assert_false(page.has_records);
}

static void test_the_last_of_duplicates_wins(void **state)
{
    (void)state;
    assert_int_equal(DECODE("{\"total\":1,\"rows\":[{\"a\":1,\"b\":{\"c\":2},"
                            "\"a\":3,\"b\":{}},"
                            "{\"a\":1,\"a\":null}],\"total\":2}",
                            "a", "/b/c"),
                     RC_OK);
    assert_int_equal(page.rows, 2);
    assert_str(page.values[0], "3");
    assert_str(page.values[1], NULL);
    assert_str(page.values[2], NULL);
    assert_str(page.scalars[1].text, "2");
    assert_int_equal(DECODE("{\"rows\":[{\"a\":0}],\"rows\":[{\"a\":1}]}", "a"), RC_FORMAT);
}

static void test_objects_as_columns_are_compact_text(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("{\"rows\":[{\"o\" : { \"k y\" : [ 1 , \"a \\\" b\" , { } ] },\"l\":[\n1.0,\t2 ]},"
               "{\"o\":5,\"l\":\"x\"}]}",
               "o", "l", "/o/k y"),
        RC_OK);
    assert_str(page.values[0], "{\"k y\":[1,\"a \\\" b\",{}]}");
    assert_str(page.values[1], "[1.0,2]");
    assert_str(page.values[2], "[1,\"a \\\" b\",{}]");
    assert_str(page.values[3], "5");
}

static void test_a_column_may_be_named_twice(void **state)
{
    (void)state;
    assert_int_equal(DECODE("{\"rows\":[{\"a\":1}]}", "a", "/a"), RC_OK);
    assert_str(page.values[0], "1");
    assert_str(page.values[1], "1");
}

/* ---- text ---- */

static void test_escapes(void **state)
{
    (void)state;
    assert_int_equal(DECODE("{\"rows\":[{\"\\u0061\":\"\\\"\\\\\\/"
                            "\\b\\f\\n\\r\\t\\u5f20?\",\"b\":\"\\ud842\\uDFB7\","
                            "\"c\":\"\xf0\xa0\xae\xb7\xe5\xbc\xa0\"}]}",
                            "a", "b", "c"),
                     RC_OK);
    assert_int_equal(page.rows, 1);
    assert_str(page.values[0], "\"\\/\b\f\n\r\t\xe5\xbc\xa0?");
    assert_str(page.values[1], "\xf0\xa0\xae\xb7");
    assert_str(page.values[2], "\xf0\xa0\xae\xb7\xe5\xbc\xa0");
    assert_str(page.columns_seen, "a\nb\nc");
}

static void test_broken_text_rejects_its_record(void **state)
{
    (void)state;
    assert_int_equal(
        DECODE("{\"rows\":[{\"a\":\"\\ud842\"},{\"a\":\"ok\"},{\"a\":\"\\ud842\\u0041\"},"
               "{\"a\":\"\\\\\\udfb7\"},{\"a\":\"x\\u0000\"},{\"a\":\"\xed\xa1\x82\xed\xbe\xb7\"},"
               "{\"a\":\"\xc0\x80\"},{\"b\":\"\\ud842\"},{\"a\":\"\\\\ud842\"}]}",
               "a"),
        RC_OK);
    assert_int_equal(page.rows, 3);
    assert_int_equal(page.records, 9);
    assert_str(page.values[0], "ok");
    assert_str(page.values[1], NULL);
    assert_str(page.values[2], "\\ud842");
    assert_int_equal(page.row_numbers[0], 2);
    assert_int_equal(page.row_numbers[1], 8);
    assert_int_equal(page.row_numbers[2], 9);
    assert_int_equal(page.reject_count, 6);
    const int64_t rejected[] = {1, 3, 4, 5, 6, 7};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(page.rejects[i].row, rejected[i]);
        assert_non_null(page.rejects[i].reason);
    }
}

static void test_records_that_are_no_objects(void **state)
{
    (void)state;
    assert_int_equal(DECODE("{\"rows\":[1,{\"a\":2},null,[{\"a\":3}],\"x\",{\"a\":4}]}", "a"),
                     RC_OK);
    assert_int_equal(page.rows, 2);
    assert_str(page.values[0], "2");
    assert_str(page.values[1], "4");
    assert_int_equal(page.reject_count, 4);
    assert_int_equal(page.rejects[2].row, 4);
    assert_int_equal(page.row_numbers[1], 6);
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    assert_int_equal(DECODE("\xEF\xBB\xBF{\"rows\":[{\"a\":1}]}", "a"), RC_OK);
    assert_int_equal(page.rows, 1);
}

/* ---- what is wrong ---- */

static void test_every_prefix_is_cut(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"rows\":[{\"a\":-1.5e+3,\"b\":\"\\u5f20\xe5\xbc\xa0\\n\",\"c\":[true,null]},{}],"
        "\"code\":0}";
    const char *columns[] = {"a", "b", "c", NULL};
    for (size_t n = 0; n + 1 < sizeof whole; n++) {
        /* A copy of its own, so that a sanitizer sees a read past the end. */
        char *part = malloc(n + 1);
        assert_non_null(part);
        memcpy(part, whole, n);
        assert_int_equal(decode_at("/rows", columns, str_of(n == 0 ? "" : part, n)), RC_FORMAT);
        assert_true(is_cut);
        free(part);
        arena_reset(arena);
    }
    assert_int_equal(decode_at("/rows", columns, str_from(whole)), RC_OK);
}

static void test_what_is_not_json(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<html>502</html>",
        "{\"rows\":[{\"a\":01}]}",
        "{\"rows\":[{\"a\":1}]} x",
        "{'rows':[]}",
        "{\"rows\":[,]}",
        "{\"a\":\"\x01\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xd5\xc5\"}",
        "[1]]",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "/* c */ {}",
        "nul}",
        "{\"a\" 1}",
    };
    const char *columns[] = {"a", NULL};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(decode_at("/rows", columns, str_from(bodies[i])), RC_FORMAT);
        assert_false(is_cut);
        assert_null(strstr(err_detail(), "html"));
    }
}

static void test_error_tells_the_offset(void **state)
{
    (void)state;
    lang_set(true);
    assert_int_equal(DECODE("{\"rows\":[{\"a\":1},{\"a\" 2}]}", "a"), RC_FORMAT);
    assert_string_equal(err_detail(), "not JSON at byte 23");
    assert_int_equal(DECODE("{\"rows\":[{\"a\":1},", "a"), RC_FORMAT);
    assert_string_equal(err_detail(), "JSON ends early, at byte 17");
    lang_set(false);
}

static struct str repeated(const char *part, size_t times)
{
    size_t n = strlen(part);
    char *text = arena_alloc(arena, n * times + 1);
    for (size_t i = 0; i < times; i++) {
        memcpy(text + i * n, part, n);
    }
    return str_of(text, n * times);
}

static void test_depth_is_capped(void **state)
{
    (void)state;
    const char *columns[] = {"a", NULL};
    assert_int_equal(decode_at("/rows", columns, repeated("[", 65)), RC_LIMIT);
    assert_int_equal(decode_at("/rows", columns, repeated("{\"a\":", 65)), RC_LIMIT);
    assert_int_equal(decode_at("", columns, repeated("[", 65)), RC_LIMIT);
    assert_int_equal(decode_at("/rows", columns, repeated("[", 64)), RC_FORMAT);
    assert_true(is_cut);
}

static void test_records_are_capped(void **state)
{
    (void)state;
    const char *columns[] = {"a", NULL};
    struct str items = repeated("0,", DOCUMENT_MAX_RECORDS + 1);
    char *body = arena_printf(arena, "[%.*s0]", STR_ARGS(items));
    assert_int_equal(decode_at("", columns, str_from(body)), RC_LIMIT);
}

static void test_values_are_capped(void **state)
{
    (void)state;
    const char *columns[] = {"a", NULL};
    struct str longest = repeated("x", DOCUMENT_MAX_VALUE);
    char *body = arena_printf(arena, "[{\"a\":\"%.*s\"},{\"a\":\"%.*sx\"},{\"b\":\"%.*sx\"}]",
                              STR_ARGS(longest), STR_ARGS(longest), STR_ARGS(longest));
    assert_int_equal(decode_at("", columns, str_from(body)), RC_OK);
    assert_int_equal(page.rows, 2);
    assert_int_equal(page.rejects[0].row, 2);
}

static void test_names_are_capped(void **state)
{
    (void)state;
    const char *columns[] = {"n1999", NULL};
    char *body = arena_alloc(arena, 64 << 10), *end = body;
    end += sprintf(end, "[{\"n0\":0");
    for (int i = 1; i < 2000; i++) {
        end += sprintf(end, ",\"n%d\":%d", i, i);
    }
    sprintf(end, "}]");
    assert_int_equal(decode_at("", columns, str_from(body)), RC_OK);
    assert_str(page.values[0], "1999");
    size_t names = 1;
    for (size_t i = 0; i < page.columns_seen.n; i++) {
        names += page.columns_seen.p[i] == '\n';
    }
    assert_int_equal(names, DOCUMENT_MAX_NAMES);
}

static void test_malformed_pointers(void **state)
{
    (void)state;
    static const char *const pointers[] = {"rows", "/a~", "/a~2b"};
    struct document *d = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct document_wants wants = {.records = pointers[i]};
        assert_int_equal(document_open(&wants, &d), RC_CONFIG);
        struct document_wants scalar = {.records = "", .scalars = {pointers[i]}};
        assert_int_equal(document_open(&scalar, &d), RC_CONFIG);
    }
    const char *column = "/~";
    struct document_wants wants = {.records = "", .columns = &column, .column_count = 1};
    assert_int_equal(document_open(&wants, &d), RC_CONFIG);
    document_close(NULL);
}

/* ---- the digest, and a decoder used again ---- */

static void test_digest_tells_values_apart(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"rows\":[{\"a\":\"1\",\"b\":\"23\"}]}",   "{\"rows\":[{\"a\":\"12\",\"b\":\"3\"}]}",
        "{\"rows\":[{\"a\":\"\",\"b\":\"123\"}]}",   "{\"rows\":[{\"b\":\"123\"}]}",
        "{\"rows\":[{\"a\":\"1\"},{\"b\":\"23\"}]}", "{\"rows\":[]}",
    };
    const char *columns[] = {"a", "b", NULL};
    struct str digests[6];
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(decode_at("/rows", columns, str_from(bodies[i])), RC_OK);
        digests[i] = page.digest;
        for (size_t j = 0; j < i; j++) {
            assert_false(str_eq(digests[i], digests[j]));
        }
    }
    /* What comes with each answer anew does not count. */
    assert_int_equal(
        DECODE("{\"request\":77,\"rows\":[{\"b\":\"23\", \"a\":\"1\",\"z\":0}]}", "a", "b"), RC_OK);
    assert_true(str_eq(page.digest, digests[0]));
}

static void test_a_decoder_forgets(void **state)
{
    (void)state;
    const char *columns[] = {"a"};
    struct document_wants wants = {
        .records = "/rows", .columns = columns, .column_count = 1, .scalars = {"/total"}};
    struct document *d = NULL;
    assert_int_equal(document_open(&wants, &d), RC_OK);
    assert_int_equal(document_decode(d, STR("{\"total\":3,\"rows\":[{\"a\":\"\\u0041\",\"z\":1},5]}"),
                                 arena, &page, &is_cut),
                     RC_OK);
    assert_int_equal(page.reject_count, 1);
    assert_int_equal(document_decode(d, STR("{\"rows\":[{\"a\":[}"), arena, &page, &is_cut), RC_FORMAT);
    assert_int_equal(document_decode(d, STR("{\"rows\":[{\"b\":1}]}"), arena, &page, &is_cut), RC_OK);
    assert_int_equal(page.rows, 1);
    assert_str(page.values[0], NULL);
    assert_int_equal(page.reject_count, 0);
    assert_int_equal(page.scalars[0].kind, SCALAR_ABSENT);
    assert_str(page.columns_seen, "b");
    document_close(d);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
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
        TEST(test_values_keep_their_text),
        TEST(test_members_stand_in_any_order),
        TEST(test_envelope_may_follow_records),
        TEST(test_scalars_of_every_kind),
        TEST(test_nested_pointers),
        TEST(test_records_in_arrays_and_at_the_top),
        TEST(test_missing_records),
        TEST(test_the_last_of_duplicates_wins),
        TEST(test_objects_as_columns_are_compact_text),
        TEST(test_a_column_may_be_named_twice),
        TEST(test_escapes),
        TEST(test_broken_text_rejects_its_record),
        TEST(test_records_that_are_no_objects),
        TEST(test_byte_order_mark),
        TEST(test_every_prefix_is_cut),
        TEST(test_what_is_not_json),
        TEST(test_error_tells_the_offset),
        TEST(test_depth_is_capped),
        TEST(test_records_are_capped),
        TEST(test_values_are_capped),
        TEST(test_names_are_capped),
        TEST(test_malformed_pointers),
        TEST(test_digest_tells_values_apart),
        TEST(test_a_decoder_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
