#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "tests/unit/base/capture.h"

static void today_can_be_set(void **state)
{
    (void)state;
    setenv("BIDUI_TODAY", "2026-11-22", 1);
    assert_int_equal(clock_today(), date_from_ymd(2026, 11, 22));
    setenv("BIDUI_TODAY", "", 1);
    int64_t day_us = INT64_C(86400000000);
    assert_true(clock_today() >= date_from_ymd(2025, 1, 1));
    assert_in_range((uintmax_t)(clock_now_us() / day_us - clock_today()), 0, 1);
}

static void ask_for_today(void)
{
    setenv("BIDUI_TODAY", "22.11.2026", 1);
    (void)clock_today();
}

static void a_mistyped_today_stops(void **state)
{
    (void)state;
    char out[500];
    assert_int_equal(exit_code(capture(STDERR_FILENO, ask_for_today, out, sizeof out)), 2);
    assert_non_null(strstr(out, "BIDUI_TODAY"));
}

static void now_is_local_time_whatever_the_zone(void **state)
{
    (void)state;
    setenv("TZ", "America/New_York", 1);
    tzset();
    int64_t unix_s = (int64_t)time(NULL);
    int64_t expected = (unix_s - 946684800 + 8 * 3600) * 1000000;
    int64_t difference = clock_now_us() - expected;
    assert_true(difference > -2000000 && difference < 2000000);
    unsetenv("TZ");
}

static void sleeping_takes_its_time(void **state)
{
    (void)state;
    int64_t start = clock_monotonic_ms();
    clock_sleep_ms(30);
    assert_true(clock_monotonic_ms() - start >= 29);
    start = clock_monotonic_ms();
    clock_sleep_ms(0);
    clock_sleep_ms(-5);
    assert_true(clock_monotonic_ms() - start < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(today_can_be_set),
        cmocka_unit_test(a_mistyped_today_stops),
        cmocka_unit_test(now_is_local_time_whatever_the_zone),
        cmocka_unit_test(sleeping_takes_its_time),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
