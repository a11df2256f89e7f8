/* What a draft is made of: bodies that are looked through for what turns their pages, and answers in XML. */
#include "pipeline/draft/answer.h"
#include "pipeline/draft/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct arena *arena;

/* ---- bodies ---- */

static const char *written(const char *text)
{
    struct asking_body b;
    asking_read(str_from(text), &b);
    if (b.page >= 0) {
        b.parts[b.page].instead = b.is_offset ? "{offset}" : "{page}";
    }
    if (b.size >= 0) {
        b.parts[b.size].instead = "{size}";
    }
    return asking_written(arena, &b);
}

static void test_what_turns_the_pages(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"pageNo\":1,\"pageSize\":20}", "{\"pageNo\":{page},\"pageSize\":{size}}"},
        {"{ \"a\\\"page\" : 3, \"q\": {\"page\" : \"0\", \"rows\":\"5\"}}", "{ \"a\\\"page\" : 3, \"q\": {\"page\" : \"{page}\", \"rows\":\"{size}\"}}"},
        {"{\"offset\":0,\"limit\":9,\"page\":4}", "{\"offset\":{offset},\"limit\":{size},\"page\":4}"},
        {"{\"page\":\"next\",\"size\":-1}", "{\"page\":\"next\",\"size\":-1}"},
        {"<a:q xmlns:a='u'><a:page n='1'>1</a:page>\n<size>2</size></a:q>", "<a:q xmlns:a='u'><a:page n='1'>{page}</a:page>\n<size>{size}</size></a:q>"},
        {"<q><page/><size>x</size></q>", "<q><page/><size>x</size></q>"},
        {"", ""},
        {"[]", "[]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(written(cases[i][0]), cases[i][1]);
    }
}

/* However it ends, nothing behind it is read. */
static void test_bodies_that_are_cut(void **state)
{
    (void)state;
    static const char *const whole[] = {"{\"page\" : \"1\\\"\", \"pageSize\": 20, \"x\": [1.5, true]}",
                                        "<?xml version=\"1.0\"?><a:b c=\"d\"><page>1</page><e/></a:b>"};
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n <= strlen(whole[i]); n++) {
            char *copy = malloc(n + 1);
            assert_non_null(copy);
            memcpy(copy, whole[i], n);
            struct asking_body b;
            asking_read(str_of(copy, n), &b);
            for (size_t k = 0; k < b.n; k++) {
                assert_true(b.parts[k].at + b.parts[k].n <= n);
            }
            assert_int_equal(strlen(asking_written(arena, &b)), n);
            free(copy);
        }
    }
}

/* ---- answers in XML ---- */

static struct draft d;
static struct answer_guess g;

static enum rc guess(const char *body)
{
    d = (struct draft){.arena = arena, .department = "a", .dataset = "b"};
    return answer_guess(&d, str_from(body), &g);
}

static void assert_columns(const char *expected)
{
    const char *all = "";
    for (size_t i = 0; i < d.column_count; i++) {
        all = arena_printf(arena, "%s %.*s", all, STR_ARGS(d.columns[i].name));
    }
    assert_string_equal(all, expected);
}

static void test_records_of_xml(void **state)
{
    (void)state;
    assert_int_equal(guess("<s:E xmlns:s='u'><s:B><code>0</code><list><total>7</total><row no='1'><a>x</a><p><q>y</q></p></row>"
                           "<row no='2'><a> z </a><b/></row></list></s:B></s:E>"),
                     RC_OK);
    assert_string_equal(g.records, "/E/B/list/row");
    assert_int_equal(g.rows, 2);
    assert_string_equal(g.total, "/E/B/list/total");
    assert_int_equal(g.total_records, 7);
    assert_string_equal(g.code, "/E/B/code");
    assert_string_equal(answer_format(arena, &g), "{kind: xml}");
    assert_columns(" @no a /p/q b");
    assert_int_equal(d.rows, 2);
    assert_memory_equal(d.values[4 + 1].p, "z", 2);
    assert_int_equal(guess("<r><status>1</status><one><a>1</a><b>2</b><c>3</c></one></r>"), RC_OK);
    assert_string_equal(g.records, "/r/one");
}

static void test_what_is_no_list(void **state)
{
    (void)state;
    static const char *const bodies[] = {"<r>", "<r><a>1</a></r>", "<!DOCTYPE r [<!ENTITY a 'b'>]><r><x><a>1</a><b>2</b></x></r>",
                                         "<html><body><p>sorry</p></body></html>", "no", "{\"a\":\"{\\\"b\\\":1}\"}", "{\"a\":\"{\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(guess(bodies[i]), RC_FORMAT);
    }
}

static void test_documents_inside(void **state)
{
    (void)state;
    assert_int_equal(guess("{\"code\":\"1\",\"data\":\"{\\\"total\\\":3,\\\"rows\\\":[{\\\"a\\\":1}]}\"}"), RC_OK);
    assert_string_equal(answer_format(arena, &g), "{kind: json, charset: utf-8, inner: {at: \"/data\", kind: json}}");
    assert_string_equal(g.records, "/rows");
    assert_string_equal(g.total, "/total");
    assert_string_equal(g.code, "/code");
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_arena, free_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_turns_the_pages), TEST(test_bodies_that_are_cut), TEST(test_records_of_xml),
        TEST(test_what_is_no_list),      TEST(test_documents_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
