/* Periods, and what of a table may be published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pipeline/report/report.h"

static struct arena *arena;
static struct config config = {.report_day = 5, .report_at = "18:00"};

static int begin(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    lang_set(false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *text, *first, *last, *closes, *before, *title;
    } good[] = {{"2026-11", "2026-11-01", "2026-11-30", "2026-12-05 18:00", "2026-11-05 18:00", "2026年11月"},
                {"2028-02", "2028-02-01", "2028-02-29", "2028-03-05 18:00", "2028-02-05 18:00", "2028年2月"},
                {"2026Q1", "2026-01-01", "2026-03-31", "2026-04-05 18:00", "2026-01-05 18:00", "2026年第1季度"},
                {"2026Q4", "2026-10-01", "2026-12-31", "2027-01-05 18:00", "2026-10-05 18:00", "2026年第4季度"},
                {"2026H1", "2026-01-01", "2026-06-30", "2026-07-05 18:00", "2026-01-05 18:00", "2026年上半年"},
                {"2026H2", "2026-07-01", "2026-12-31", "2027-01-05 18:00", "2026-07-05 18:00", "2026年下半年"},
                {"2026", "2026-01-01", "2026-12-31", "2027-01-05 18:00", "2026-01-05 18:00", "2026年"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct period p;
        char first[DATE_TEXT], last[DATE_TEXT];
        assert_true(period_read(&config, str_from(good[i].text), &p));
        date_format(p.first, first);
        date_format(p.last, last);
        assert_string_equal(first, good[i].first);
        assert_string_equal(last, good[i].last);
        assert_string_equal(p.closes, good[i].closes);
        assert_string_equal(p.closed_before, good[i].before);
        assert_string_equal(period_name(arena, &p), good[i].text);
        assert_string_equal(period_title(arena, &p), good[i].title);
    }
    static const char *const bad[] = {"", "2026-00", "2026-13", "2026-1", "2026-011", "2026Q0", "2026Q5", "2026Q", "2026q1", "2026H3",
                                      "2026 ", "202", "20261", "x026-11", "0000-01", "2026-1x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct period p;
        assert_false(period_read(&config, str_from(bad[i]), &p));
    }
}

#define COLUMNS 8
static const struct report_column columns[COLUMNS] = {
    {"name", "x", "x", CELL_TEXT, 0, 0}, {"a", "x", "x", CELL_PEOPLE, 0, 0}, {"b", "x", "x", CELL_PEOPLE, 0, 0},
    {"c", "x", "x", CELL_PEOPLE, 0, 0},  {"d", "x", "x", CELL_PEOPLE, 0, 0}, {"e", "x", "x", CELL_PEOPLE, 0, 0},
    {"n", "x", "x", CELL_NUMBER, 0, 0},  {"r", "x", "x", CELL_RATE, 2, 1}};
/* a = b + c, b = d + e */
static const struct report_relation relations[] = {{1, {2, 3}}, {2, {4, 5}}, {0}};
static const struct report_form form = {.columns = columns, .column_count = COLUMNS, .relations = relations, .has_total = true};

static struct report_table table_of(size_t rows, const int (*parts)[3])
{
    struct report_table t = {&form, arena_array(arena, (rows + 1) * COLUMNS, sizeof(struct report_cell)), rows + 1};
    for (size_t row = 0; row < rows; row++) {
        int c = parts[row][0], d = parts[row][1], e = parts[row][2];
        int counts[COLUMNS] = {0, c + d + e, d + e, c, d, e, 1, 0};
        for (size_t k = 0; k < COLUMNS; k++) {
            report_at(&t, row, k)->count = counts[k];
            report_at(&t, rows, k)->count += counts[k];
        }
    }
    return t;
}

/* Of every sum none or at least two cells are hidden: none can be had by subtraction. */
static void assert_safe(const struct report_table *t)
{
    for (size_t row = 0; row < t->row_count; row++) {
        for (const struct report_relation *r = relations; r->total != 0; r++) {
            int hidden = report_at(t, row, (size_t)r->total)->is_hidden;
            for (const int *p = r->parts; *p != 0; p++) {
                hidden += report_at(t, row, (size_t)*p)->is_hidden;
            }
            assert_int_not_equal(hidden, 1);
        }
    }
    for (size_t c = 1; c <= 5; c++) {
        int hidden = 0;
        for (size_t row = 0; row < t->row_count; row++) {
            struct report_cell *cell = report_at(t, row, c);
            hidden += cell->is_hidden;
            assert_true(cell->is_hidden || cell->count == 0 || cell->count >= REPORT_FEW);
        }
        assert_int_not_equal(hidden, 1);
    }
}

static void few_are_hidden(void **state)
{
    (void)state;
    const int plain[][3] = {{10, 20, 30}, {0, 7, 8}, {40, 5, 6}};
    struct report_table t = table_of(3, plain);
    report_suppress(arena, &t);
    for (size_t i = 0; i < t.row_count * COLUMNS; i++) {
        assert_false(t.cells[i].is_hidden); /* nobody is few */
    }
    assert_int_equal(report_rate(&t, 0, 7), 833);
    const int few[][3] = {{10, 4, 30}, {9, 7, 8}, {40, 50, 60}};
    t = table_of(3, few);
    report_suppress(arena, &t);
    assert_safe(&t);
    assert_true(report_at(&t, 0, 4)->is_few);
    assert_string_equal(arena_cstr(arena, report_text(arena, &t, 0, 4)), "<5");
    assert_true(report_at(&t, 0, 5)->is_hidden && !report_at(&t, 0, 5)->is_few); /* the other part of its sum */
    assert_string_equal(arena_cstr(arena, report_text(arena, &t, 0, 5)), "*");
    assert_true(report_at(&t, 1, 4)->is_hidden); /* and the smallest of its column */
    assert_false(report_at(&t, 3, 1)->is_hidden);
    for (size_t row = 0; row < t.row_count; row++) {
        assert_false(report_at(&t, row, 6)->is_hidden); /* no people */
    }
}

static void whatever_the_table(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 400; round++) {
        int parts[9][3];
        size_t rows = 1 + (size_t)(round % 9);
        for (size_t i = 0; i < rows * 3; i++) {
            seed = seed * 1103515245U + 12345U;
            unsigned drawn = seed >> 16;
            parts[i / 3][i % 3] = drawn % 4 == 0 ? 0 : (int)(drawn / 4 % (drawn % 3 == 0 ? 6 : 40));
        }
        struct report_table t = table_of(rows, (const int (*)[3])parts);
        report_suppress(arena, &t);
        assert_safe(&t);
        for (size_t row = 0; row < t.row_count; row++) {
            bool is_hidden = report_at(&t, row, 1)->is_hidden || report_at(&t, row, 2)->is_hidden || report_at(&t, row, 1)->count == 0;
            assert_int_equal(report_rate(&t, row, 7) == -1, is_hidden);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(periods), cmocka_unit_test(few_are_hidden), cmocka_unit_test(whatever_the_table)};
    return cmocka_run_group_tests(tests, begin, end);
}
