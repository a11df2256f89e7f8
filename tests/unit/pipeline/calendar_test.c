#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/config.h"

static struct config *sample;

static int load_sample(void **state)
{
    (void)state;
    return config_load(BIDUI_SOURCE_DIR "/config", false, &sample) == RC_OK ? 0 : -1;
}

static int free_sample(void **state)
{
    (void)state;
    config_free(sample);
    return 0;
}

static date_t day(const char *iso)
{
    date_t d = DATE_NONE;
    assert_true(date_parse_iso(str_from(iso), &d));
    return d;
}

static void assert_day(date_t got, const char *expected)
{
    char text[DATE_TEXT];
    date_format(got, text);
    assert_string_equal(text, expected);
}

static void weekends_and_holidays_rest_make_up_days_work(void **state)
{
    (void)state;
    const struct calendar *c = &sample->calendar;
    static const struct {
        const char *day;
        bool works;
    } cases[] = {
        {"2026-03-16", true},  /* an ordinary Monday */
        {"2026-03-14", false}, /* Saturday */
        {"2026-03-15", false}, /* Sunday */
        {"2026-02-14", true},  /* Saturday worked for the Spring Festival */
        {"2026-02-15", false}, {"2026-02-19", false}, {"2026-02-23", false},
        {"2026-02-24", true},  {"2026-02-28", true},  {"2025-01-26", true},
        {"2025-02-08", true},  {"2025-10-08", false}, {"2025-10-09", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(calendar_is_workday(c, day(cases[i].day)), cases[i].works);
    }
}

static void workdays_are_counted_from_the_day_after(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int n;
        const char *due;
    } cases[] = {
        {"2026-03-16", 1, "2026-03-17"}, {"2026-03-16", 5, "2026-03-23"}, /* over a weekend */
        {"2026-03-14", 1, "2026-03-16"},                                  /* from a rest day */
        {"2026-02-13", 1, "2026-02-14"}, /* a worked Saturday counts */
        {"2026-02-13", 2, "2026-02-24"}, /* then nine days of rest */
        {"2026-02-13", 7, "2026-03-02"}, /* 14, 24, 25, 26, 27, the worked Saturday 28, Monday */
        {"2026-12-31", 1, "2027-01-04"}, /* 1 January, then a weekend */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        date_t due = DATE_NONE;
        assert_int_equal(
            calendar_add_workdays(&sample->calendar, day(cases[i].from), cases[i].n, &due), RC_OK);
        assert_day(due, cases[i].due);
    }
}

static void an_unlisted_year_is_refused(void **state)
{
    (void)state;
    date_t due = 7;
    assert_int_equal(calendar_add_workdays(&sample->calendar, day("2027-12-30"), 3, &due),
                     RC_CONFIG);
    assert_non_null(strstr(err_detail(), "2028"));
    assert_int_equal(calendar_move_due(&sample->calendar, day("2030-05-01"), &due), RC_CONFIG);
    assert_int_equal(due, 7);
    err_clear();
}

static void due_dates_leave_rest_days_where_the_calendar_says(void **state)
{
    (void)state;
    struct calendar c = sample->calendar;
    date_t due = DATE_NONE;
    assert_int_equal(calendar_move_due(&c, day("2026-10-01"), &due), RC_OK);
    assert_day(due, "2026-10-08");
    assert_int_equal(calendar_move_due(&c, day("2026-10-10"), &due), RC_OK);
    assert_day(due, "2026-10-10"); /* a worked Saturday */
    c.rest_moves = false;
    assert_int_equal(calendar_move_due(&c, day("2026-10-01"), &due), RC_OK);
    assert_day(due, "2026-10-01");
    assert_int_equal(calendar_move_due(&c, day("2030-05-01"), &due), RC_OK); /* needs no calendar */
}

static void terms_start_in_march_and_september(void **state)
{
    (void)state;
    const struct calendar *c = &sample->calendar;
    assert_day(calendar_term_start(c, day("2026-09-01")), "2026-09-01");
    assert_day(calendar_term_start(c, day("2026-08-31")), "2026-03-01");
    assert_day(calendar_term_start(c, day("2026-03-01")), "2026-03-01");
    assert_day(calendar_term_start(c, day("2026-02-28")), "2025-09-01");
}

static void school_age_is_reached_by_the_day_before_the_school_year(void **state)
{
    (void)state;
    const struct calendar *c = &sample->calendar;
    assert_day(calendar_school_cutoff(c, day("2026-09-01")), "2026-08-31");
    assert_day(calendar_school_cutoff(c, day("2026-08-31")), "2025-08-31");
    assert_day(calendar_school_cutoff(c, day("2027-01-01")), "2026-08-31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weekends_and_holidays_rest_make_up_days_work),
        cmocka_unit_test(workdays_are_counted_from_the_day_after),
        cmocka_unit_test(an_unlisted_year_is_refused),
        cmocka_unit_test(due_dates_leave_rest_days_where_the_calendar_says),
        cmocka_unit_test(terms_start_in_march_and_september),
        cmocka_unit_test(school_age_is_reached_by_the_day_before_the_school_year),
    };
    return cmocka_run_group_tests(tests, load_sample, free_sample);
}
