#include "connectors/http/paging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;

static struct paging paging_of(const char *text)
{
    struct yaml *yaml = NULL;
    struct paging p;
    assert_int_equal(yaml_parse(arena, "test", str_from(text), &yaml), RC_OK);
    paging_read(yaml, &p);
    return p;
}

static struct place after(const struct paging *p, struct place at, int64_t records, int64_t total,
                          const char *next)
{
    struct paging_news news = {records, total, str_from(next)};
    return paging_after(p, &at, &news);
}

static void test_page_numbers_end_with_the_total(void **state)
{
    (void)state;
    struct paging p = paging_of("{kind: page_number, page: p, page_size: 10, total: /t}");
    struct place at = paging_start(&p, 0, 0, STR(""));
    assert_int_equal(at.number, 1);
    at = after(&p, at, 10, 25, NULL);
    assert_int_equal(at.number, 2);
    at = after(&p, at, 7, 25, NULL);
    assert_false(at.is_end); /* short, but the total says more */
    at = after(&p, at, 8, 25, NULL);
    assert_true(at.is_end);
    assert_int_equal(at.rows, 25);
    assert_int_equal(at.pages, 3);
}

static void test_an_empty_page_ends(void **state)
{
    (void)state;
    struct paging p = paging_of("{kind: offset, offset: o, page_size: 10, total: /t}");
    struct place at = paging_start(&p, 0, 0, STR(""));
    assert_int_equal(at.number, 0);
    at = after(&p, at, 10, 25, NULL);
    assert_int_equal(at.number, 10);
    assert_true(after(&p, at, 0, 25, NULL).is_end);
    assert_true(after(&p, at, 0, -1, NULL).is_end);
}

static void test_without_a_total_a_short_page_ends(void **state)
{
    (void)state;
    struct paging p = paging_of("{kind: page_number, page: p, page_size: 10, first: 0}");
    struct place at = paging_start(&p, 0, 0, STR(""));
    assert_int_equal(at.number, 0);
    assert_false(after(&p, at, 10, -1, NULL).is_end);
    assert_false(after(&p, at, 11, -1, NULL).is_end);
    assert_true(after(&p, at, 9, -1, NULL).is_end);
    p.page_size = 0; /* nothing is known: until an empty page */
    assert_false(after(&p, at, 1, -1, NULL).is_end);
}

static void test_cursors_end_without_a_next(void **state)
{
    (void)state;
    struct paging p = paging_of("{kind: cursor, cursor: c, next: /n, initial: '*'}");
    struct place at = paging_start(&p, 0, 0, STR(""));
    assert_true(str_is(at.cursor, "*"));
    assert_false(after(&p, at, 0, -1, "x").is_end);
    assert_true(after(&p, at, 5, 99, "").is_end);
    assert_true(after(&p, at, 5, 99, NULL).is_end);
    p = paging_of("{kind: cursor, cursor: c, next: /n}");
    assert_true(str_is_null(paging_start(&p, 0, 0, STR("")).cursor));
}

static void test_no_paging_is_one_page(void **state)
{
    (void)state;
    struct paging p;
    paging_read(NULL, &p);
    assert_true(after(&p, paging_start(&p, 0, 0, STR("")), 1000, -1, "x").is_end);
}

static void assert_ahead(const struct paging *p, struct place at, int64_t total, int64_t stride,
                         size_t n, int64_t last)
{
    int64_t numbers[8] = {0};
    assert_int_equal(paging_ahead(p, &at, total, stride, 8, numbers), n);
    assert_int_equal(numbers[0], at.number);
    assert_int_equal(numbers[n - 1], last);
}

static void test_numbers_ahead(void **state)
{
    (void)state;
    struct paging p = paging_of("{kind: page_number, page: p, page_size: 10, total: /t}");
    struct place at = {.rows = 20, .number = 3};
    assert_ahead(&p, at, -1, 0, 1, 3); /* nothing known yet */
    assert_ahead(&p, at, -1, 10, 8, 10);
    assert_ahead(&p, at, 45, 10, 3, 5);
    assert_ahead(&p, at, 50, 10, 3, 5);
    assert_ahead(&p, at, 51, 10, 4, 6);
    assert_ahead(&p, at, 10, 10, 1, 3); /* the total was reached long ago */
    p.kind = PAGING_OFFSET;
    at.number = 20;
    assert_ahead(&p, at, 45, 10, 3, 40);
    p.kind = PAGING_CURSOR;
    assert_ahead(&p, at, 1000, 10, 1, 20);
}

static void test_totals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t total;
    } cases[] = {{"0", 0},   {"12", 12}, {"12.0", 12}, {"12.00", 12}, {"12.5", -1},
                 {"-1", -1}, {"", -1},   {"a", -1},    {"1e3", -1},   {"99999999999999999999", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(paging_total(str_from(cases[i].text)), cases[i].total);
    }
    assert_int_equal(paging_total(STR_NULL), -1);
}

static void test_positions_come_back(void **state)
{
    (void)state;
    static const struct place places[] = {
        {1, 2, 3, {NULL, 0}, {NULL, 0}, DATE_NONE, DATE_NONE, 0, false},
        {INT64_MAX, 0, 0, {"", 0}, {NULL, 0}, DATE_NONE, DATE_NONE, 1, false},
        {7, 1, 2, {"a b:-\n", 6}, {NULL, 0}, DATE_NONE, DATE_NONE, 1795000000000, false},
        {7, 1, 2, {NULL, 0}, {NULL, 0}, 9822, 9830, 1795000000000, false},
        {0, 2, 1, {"http://x/y?z=1", 14}, {"J 7/%\xe5\xbc\xa0", 8}, DATE_NONE, DATE_NONE, 5, false},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct place back = {.is_end = true};
        assert_int_equal(place_parse(arena, place_format(arena, &places[i]), &back), RC_OK);
        assert_int_equal(back.rows, places[i].rows);
        assert_int_equal(back.pages, places[i].pages);
        assert_int_equal(back.number, places[i].number);
        assert_false(back.is_end);
        assert_int_equal(str_is_null(back.cursor), str_is_null(places[i].cursor));
        assert_true(str_eq(back.cursor, places[i].cursor));
        assert_int_equal(str_is_null(back.job), str_is_null(places[i].job));
        assert_true(str_eq(back.job, places[i].job));
        assert_int_equal(back.slice, places[i].slice);
        assert_int_equal(back.slice_end, places[i].slice_end);
        assert_int_equal(back.until_ms, places[i].until_ms);
    }
    struct place end = {.rows = 5, .is_end = true}, back = {0};
    assert_int_equal(place_parse(arena, place_format(arena, &end), &back), RC_OK);
    assert_true(back.is_end);
}

static void test_positions_that_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "E ",       "1",        "1 2 3",  "1 2 3 ",
                                        "1 2 x -", "-1 2 3 -", "1 2 3 -x", "1 2 3 x",
                                        "u0 1 2 3 -", "ux 1 2 3 -", "j 1 2 3 -", "j%4 1 2 3 -",
                                        "s2026-11-01 1 2 3 -", "s2026-11-02/2026-11-01 1 2 3 -", "x 1 2 3 -"};
    struct place place = {.rows = 42};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(place_parse(arena, str_from(texts[i]), &place), RC_STATE);
        assert_int_equal(place.rows, 42);
    }
}

/* ---- time slices ---- */

static struct paging sliced(const char *paging, const char *slices)
{
    struct yaml *yaml = NULL;
    struct paging p = paging_of(paging);
    assert_int_equal(yaml_parse(arena, "test", str_from(slices), &yaml), RC_OK);
    paging_read_slices(yaml, &p);
    return p;
}

static date_t day(const char *text)
{
    date_t d = DATE_NONE;
    assert_true(date_parse_iso(str_from(text), &d));
    return d;
}

static void test_slices_follow_each_other(void **state)
{
    (void)state;
    struct paging p = sliced("{kind: page_number, page: p, page_size: 10, total: /t}",
                             "{days: 2, begin: 2026-10-31}");
    struct place at = paging_start(&p, 5, day("2026-11-03"), STR(""));
    assert_int_equal(at.slice, day("2026-10-31"));
    assert_int_equal(at.slice_end, day("2026-11-04"));
    assert_int_equal(at.until_ms, 5);
    at = after(&p, at, 10, 12, NULL);
    assert_int_equal(at.slice, day("2026-10-31"));
    assert_int_equal(at.number, 2);
    at = after(&p, at, 2, 12, NULL);
    assert_int_equal(at.slice, day("2026-11-02"));
    assert_int_equal(at.number, 1);
    assert_int_equal(at.rows, 0);
    assert_int_equal(at.pages, 2);
    assert_false(at.is_end);
    at = after(&p, at, 0, 0, NULL);
    assert_true(at.is_end);
    assert_int_equal(at.until_ms, 5);
}

static void test_where_slices_begin(void **state)
{
    (void)state;
    struct paging p = sliced("{kind: none}", "{days: 1, begin: 2026-11-01}");
    date_t today = day("2026-11-03");
    assert_int_equal(paging_start(&p, 0, today, STR("2026-11-02T08:00:00.000000")).slice, day("2026-11-02"));
    assert_int_equal(paging_start(&p, 0, today, STR("2026-10-02T08:00:00.000000")).slice, day("2026-11-01"));
    assert_false(paging_start(&p, 0, today, STR("2026-11-03T23:00:00.000000")).is_end);
    assert_true(paging_start(&p, 0, day("2026-10-31"), STR("")).is_end);
}

static void test_a_slice_proves_itself(void **state)
{
    (void)state;
    struct paging p = sliced("{kind: page_number, page: p, page_size: 10, total: /t}",
                             "{days: 1, begin: 2026-11-01}");
    struct place at = paging_start(&p, 0, day("2026-11-03"), STR(""));
    assert_false(paging_is_short(&p, &at, &(struct paging_news){10, 12, STR_NULL}));
    assert_false(paging_is_short(&p, &at, &(struct paging_news){10, 10, STR_NULL}));
    assert_true(paging_is_short(&p, &at, &(struct paging_news){0, 1, STR_NULL}));
    assert_true(paging_is_short(&p, &at, &(struct paging_news){10, 9, STR_NULL}));
    assert_false(paging_is_short(&p, &at, &(struct paging_news){3, -1, STR_NULL}));
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
        cmocka_unit_test(test_page_numbers_end_with_the_total),
        cmocka_unit_test(test_an_empty_page_ends),
        cmocka_unit_test(test_without_a_total_a_short_page_ends),
        cmocka_unit_test(test_cursors_end_without_a_next),
        cmocka_unit_test(test_no_paging_is_one_page),
        cmocka_unit_test(test_numbers_ahead),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_slices_follow_each_other),
        cmocka_unit_test(test_where_slices_begin),
        cmocka_unit_test(test_a_slice_proves_itself),
        cmocka_unit_test(test_positions_come_back),
        cmocka_unit_test(test_positions_that_are_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
