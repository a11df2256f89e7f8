#include "connectors/http/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MIN_MS INT64_C(60000)
/* 2026-11-22 00:00 at UTC+08:00 */
#define MIDNIGHT_MS INT64_C(1795276800000)

static struct pace_limits limits;
static struct pace_state pace;

static int64_t step(int64_t now_us, int64_t unix_ms, bool may_wait)
{
    int64_t wait = -1;
    return pace_step(&limits, &pace, now_us, unix_ms, may_wait, &wait) == RC_OK ? wait : -1;
}

static void test_requests_stand_in_a_row(void **state)
{
    (void)state;
    limits = (struct pace_limits){.interval_us = 200000};
    pace = (struct pace_state){0};
    assert_int_equal(step(5000000, MIDNIGHT_MS, true), 0);
    assert_int_equal(step(5000000, MIDNIGHT_MS, true), 200000);
    assert_int_equal(step(5100000, MIDNIGHT_MS, true), 300000);
    assert_int_equal(step(5100000, MIDNIGHT_MS, false), 500000); /* did not take its place */
    assert_int_equal(step(5100000, MIDNIGHT_MS, true), 500000);
    assert_int_equal(step(9000000, MIDNIGHT_MS, true), 0);       /* a pause is not made up for */
    assert_int_equal(step(9000000, MIDNIGHT_MS, true), 200000);
    assert_int_equal(step(1000, MIDNIGHT_MS, true), 9400000 - 1000); /* in a row, however long */
    pace.next_us = INT64_C(1) << 50;                                 /* before the machine started anew */
    assert_int_equal(step(1000, MIDNIGHT_MS, true), 0);
}

static void test_hours(void **state)
{
    (void)state;
    limits = (struct pace_limits){0};
    pace = (struct pace_state){0};
    assert_true(pace_parse_hours(STR("22:00-06:30"), &limits.from_min, &limits.to_min));
    assert_int_equal(step(0, MIDNIGHT_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 389 * MIN_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 390 * MIN_MS, true), -1);
    assert_int_equal(err_last(), RC_NOT_NOW);
    assert_int_equal(step(0, MIDNIGHT_MS + 22 * 60 * MIN_MS - 1, true), -1);
    assert_int_equal(step(0, MIDNIGHT_MS + 22 * 60 * MIN_MS, true), 0);
    assert_true(pace_parse_hours(STR("01:00-05:00"), &limits.from_min, &limits.to_min));
    assert_int_equal(step(0, MIDNIGHT_MS, true), -1);
    assert_int_equal(step(0, MIDNIGHT_MS + 60 * MIN_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 300 * MIN_MS, true), -1);
    static const char *const wrong[] = {"", "22:00", "22-06", "22:00-24:01", "22:60-23:00", "2:00-3:00", "05:00-05:00",
                                        "-1:00-03:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int a = 0, b = 0;
        assert_false(pace_parse_hours(str_from(wrong[i]), &a, &b));
    }
}

static void test_a_night_goes_from_noon_to_noon(void **state)
{
    (void)state;
    limits = (struct pace_limits){.night_requests = 2};
    pace = (struct pace_state){0};
    assert_int_equal(step(0, MIDNIGHT_MS - 60 * MIN_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 60 * MIN_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 11 * 60 * MIN_MS, true), -1);
    assert_int_equal(err_last(), RC_NOT_NOW);
    assert_int_equal(step(0, MIDNIGHT_MS + 12 * 60 * MIN_MS, true), 0);
    limits = (struct pace_limits){.night_ms = 120 * MIN_MS};
    pace = (struct pace_state){0};
    assert_int_equal(step(0, MIDNIGHT_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 119 * MIN_MS, true), 0);
    assert_int_equal(step(0, MIDNIGHT_MS + 120 * MIN_MS, true), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_stand_in_a_row),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_a_night_goes_from_noon_to_noon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
