/* What a delivery's values look like: blanks, different values up to a cap, the newest date; and the same over a kill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/profile.h"

#define US_PER_DAY INT64_C(86400000000)

static struct arena *arena;
static const struct key key = {{1, 2, 3}, true};
/* grade (text, at most 3 different), sum (number, at least 2), day (date: when it happened), changed (instant) */
static struct field fields[] = {{.name = "grade", .type = FIELD_TEXT, .column = 0},
                                {.name = "sum", .type = FIELD_NUMBER, .column = 1},
                                {.name = "day", .type = FIELD_DATE, .column = 2},
                                {.name = "changed", .type = FIELD_INSTANT, .column = 3}};
static struct field_limit limits[] = {{0, -1, -1, 3}, {1, -1, 2, -1}};
static const struct dataset dataset = {.id = "a.b",
                                       .fields = fields,
                                       .field_count = 4,
                                       .event_field = 2,
                                       .updated_field = 3,
                                       .quality = {.fresh_days = 40, .fields = limits, .field_count = 2}};

static struct profile *new_profile(void)
{
    return profile_new(&dataset, &key, date_from_ymd(2026, 3, 12) * US_PER_DAY);
}

static void add(struct profile *p, const char *grade, const char *sum, const char *day, const char *changed)
{
    const struct str row[] = {str_from(grade), str_from(sum), str_from(day), str_from(changed)};
    profile_add(p, arena, row);
}

static void assert_field(const struct profile *p, size_t i, int64_t blank, int64_t distinct)
{
    struct field_profile f = profile_field(p, i);
    assert_int_equal(f.blank, blank);
    assert_int_equal(f.distinct, distinct);
}

static void assert_newest(const struct profile *p, const char *wanted)
{
    char day[DATE_TEXT];
    date_format(profile_newest(p), day);
    assert_string_equal(day, wanted);
}

static void blanks_and_values_are_counted(void **state)
{
    (void)state;
    struct profile *p = new_profile();
    add(p, "A", "1", "", "");
    add(p, " A ", "无", "", NULL);
    add(p, "-", "1", "", "");
    add(p, NULL, "", "", "");
    assert_int_equal(profile_rows(p), 4);
    assert_field(p, 0, 1, 2); /* text: a dash is what they say */
    assert_field(p, 1, 2, 1); /* a number: 无 says that there is none */
    assert_newest(p, "");
    profile_free(p);
}

static void counting_stops_above_the_limit(void **state)
{
    (void)state;
    char text[16];
    struct profile *p = new_profile();
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof text, "%d", i % 2500);
        add(p, text, text, "", "");
    }
    assert_field(p, 0, 0, 4);
    assert_field(p, 1, 0, 3);
    profile_free(p);
}

static void the_newest_date_is_found(void **state)
{
    (void)state;
    struct profile *p = new_profile();
    add(p, "", "", "2026-01-05", "");
    assert_newest(p, "2026-01-05");
    add(p, "", "", "1999-12-31", "2026-01-06 23:59:59");
    assert_newest(p, "2026-01-06");
    add(p, "", "", "2062-03-10", "2062-03-10 08:00:00"); /* mistyped: nobody's future makes it fresh */
    assert_newest(p, "2026-01-06");
    add(p, "", "", "2026-02", "");
    assert_newest(p, "2026-02-28");
    add(p, "", "", "2026-03", ""); /* the month that runs */
    assert_newest(p, "2026-03-11");
    profile_free(p);
}

static void dates_before_the_epoch_count(void **state)
{
    (void)state;
    struct profile *p = new_profile();
    add(p, "", "", "", "1999-12-31 10:00:00");
    assert_newest(p, "1999-12-31");
    profile_free(p);
}

static void a_profile_goes_on_from_its_text(void **state)
{
    (void)state;
    struct profile *whole = new_profile(), *first = new_profile(), *second = new_profile();
    const char *const grades[] = {"A", "B", "", "A", "C", "B"};
    for (int i = 0; i < 6; i++) {
        add(whole, grades[i], grades[5 - i], "2026-01-05", "");
        add(i < 3 ? first : second, "", "", "", ""); /* any row: replaced below */
    }
    profile_clear(first);
    for (int i = 0; i < 3; i++) {
        add(first, grades[i], grades[5 - i], "2026-01-05", "");
    }
    assert_true(profile_read(second, profile_text(first, arena)));
    for (int i = 3; i < 6; i++) {
        add(second, grades[i], grades[5 - i], "2026-01-05", "");
    }
    struct str wanted = profile_text(whole, arena), got = profile_text(second, arena);
    assert_true(str_eq(wanted, got));
    assert_field(second, 0, 1, 3);
    assert_false(profile_read(second, STR("")));
    assert_false(profile_read(second, STR("6 100;1 2 3 4 5 6;0")));
    assert_false(profile_read(second, STR("6 100;1 2")));
    profile_free(whole);
    profile_free(first);
    profile_free(second);
}

static void no_limits_no_profile(void **state)
{
    (void)state;
    const struct dataset plain = {.id = "a.b", .quality = {.fresh_days = -1}};
    assert_null(profile_new(&plain, &key, 0));
    profile_add(NULL, arena, NULL);
    assert_true(profile_read(NULL, STR("")));
    assert_int_equal(profile_text(NULL, arena).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_values_are_counted),   cmocka_unit_test(counting_stops_above_the_limit),
        cmocka_unit_test(the_newest_date_is_found),        cmocka_unit_test(dates_before_the_epoch_count),
        cmocka_unit_test(a_profile_goes_on_from_its_text), cmocka_unit_test(no_limits_no_profile),
    };
    arena = arena_new((size_t)16 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
