#include "connectors/http/holes.h"
#include "connectors/http/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena *arena;

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

static void test_link_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header, *next;
    } cases[] = {
        {"<http://x/2>; rel=\"next\"", "http://x/2"},
        {"</a?b=1,2>; rel=prev, </a?b=3;4>; rel=next", "/a?b=3;4"},
        {"<x>; title=\"a, <y>; rel=next\"; rel=last", NULL},
        {"<x>; title=\"a;b\" ; REL=\"last Next\"", "x"},
        {"<x>; rel=nextone", NULL},
        {"<x>", NULL},
        {"<x; rel=next", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_str(link_next(str_from(cases[i].header)), cases[i].next);
    }
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *next, *address; /* NULL: refused */
    } cases[] = {
        {"/b?p=2", "http://h.example:80/b?p=2"},
        {"?p=2", "http://h.example:80/a/b?p=2"},
        {"c", "http://h.example:80/a/c"},
        {"HTTP://H.example/x", "http://H.example/x"},
        {"http://h.example:80/x#y", "http://h.example:80/x"},
        {"https://h.example/x", NULL},
        {"http://h.example:81/x", NULL},
        {"http://h.example.evil/x", NULL},
        {"//evil/x", NULL},
        {"http://user:pw@h.example/x", NULL},
        {"http://", NULL},
        {"file:///etc/passwd", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str address = STR_NULL;
        enum rc rc = link_follow(arena, "http://h.example:80/a/b?p=1", str_from(cases[i].next), &address);
        assert_int_equal(rc, cases[i].address == NULL ? RC_FORMAT : RC_OK);
        assert_str(address, cases[i].address);
    }
}

static void check_fill(const char *text, enum hole_escape escape, const char *expected)
{
    struct holes h = {.texts = {[HOLE_PAGE] = STR("7"), [HOLE_CURSOR] = STR("a\"<&\n/"), [HOLE_SINCE] = STR("")}};
    struct buf b;
    buf_init(&b, 1000);
    assert_int_equal(holes_fill(&h, str_from(text), escape, &b), RC_OK);
    assert_str(buf_str(&b), expected);
    buf_done(&b);
}

static void test_holes(void **state)
{
    (void)state;
    check_fill("{\"p\":{page},\"x\":{},\"c\":\"{cursor}\",\"y\":\"{other}{\"}", ESCAPE_JSON,
               "{\"p\":7,\"x\":{},\"c\":\"a\\\"<&\\n/\",\"y\":\"{other}{\"}");
    check_fill("<p>{page}</p><c>{cursor}</c>", ESCAPE_XML, "<p>7</p><c>a&quot;&lt;&amp;\n/</c>");
    check_fill("p={page}&c={cursor}&s={since}", ESCAPE_URL, "p=7&c=a%22%3C%26%0A%2F&s=");
    check_fill("", ESCAPE_NONE, "");
    struct holes h = {.texts = {[HOLE_PAGE] = STR("7")}};
    assert_false(holes_lacks(&h, STR("{page} {x}")));
    assert_true(holes_lacks(&h, STR("{page} {since}")));
    assert_true(holes_has(STR("a{to}"), HOLE_TO));
    assert_false(holes_has(STR("a{to"), HOLE_TO));
    assert_false(holes_has(STR_NULL, HOLE_TO));
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_headers),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_holes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
