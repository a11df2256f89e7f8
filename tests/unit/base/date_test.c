#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "random.h"

static const char *text_of(date_t d)
{
    static char out[DATE_TEXT];
    date_format(d, out);
    return out;
}

/* ---- the calendar ---- */

static void every_day_follows_the_one_before(void **state)
{
    (void)state;
    date_t expected = -36524; /* 1900-01-01 in PostgreSQL's count */
    for (int year = 1900; year <= 2100; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; date_is_valid(year, month, day); day++, expected++) {
                int y, m, d;
                assert_int_equal(date_from_ymd(year, month, day), expected);
                date_to_ymd(expected, &y, &m, &d);
                assert_true(y == year && m == month && d == day);
                assert_int_equal(date_weekday(expected), ((expected % 7) + 13) % 7);
            }
        }
    }
    assert_int_equal(expected, 36890); /* 2101-01-01 */
}

static void known_days(void **state)
{
    (void)state;
    assert_int_equal(date_from_ymd(2000, 1, 1), 0);
    assert_int_equal(date_from_ymd(1970, 1, 1), -10957);
    assert_int_equal(date_from_ymd(1899, 12, 30), -36526);
    assert_int_equal(date_from_ymd(2026, 11, 22), 9822);
    assert_int_equal(date_from_ymd(1, 1, 1), -730119);
    assert_int_equal(date_from_ymd(9999, 12, 31), 2921939);
    assert_int_equal(date_weekday(date_from_ymd(2026, 11, 22)), 0);
    assert_int_equal(date_weekday(date_from_ymd(2000, 1, 1)), 6);
    assert_int_equal(date_weekday(date_from_ymd(1949, 10, 1)), 6);
    assert_int_equal(date_weekday(date_from_ymd(1900, 1, 1)), 1);
}

static void round_trip_far_away(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 100000; i++) {
        date_t d = (date_t)random_below(&seed, 3600000) - 730000;
        int year, month, day;
        date_to_ymd(d, &year, &month, &day);
        assert_true(date_is_valid(year, month, day));
        assert_int_equal(date_from_ymd(year, month, day), d);
    }
}

static void impossible_days(void **state)
{
    (void)state;
    assert_true(date_is_valid(2000, 2, 29));
    assert_true(date_is_valid(2024, 2, 29));
    assert_false(date_is_valid(1900, 2, 29));
    assert_false(date_is_valid(2100, 2, 29));
    assert_false(date_is_valid(2023, 2, 29));
    assert_false(date_is_valid(2024, 2, 30));
    assert_false(date_is_valid(2024, 4, 31));
    assert_false(date_is_valid(2024, 0, 1));
    assert_false(date_is_valid(2024, 13, 1));
    assert_false(date_is_valid(2024, 1, 0));
    assert_false(date_is_valid(2024, 1, -1));
    assert_false(date_is_valid(0, 1, 1));
    assert_false(date_is_valid(10000, 1, 1));
}

static date_t ymd(int year, int month, int day)
{
    return date_from_ymd(year, month, day);
}

static void months_clamp_at_their_end(void **state)
{
    (void)state;
    assert_int_equal(date_add_months(ymd(2023, 3, 31), -1), ymd(2023, 2, 28));
    assert_int_equal(date_add_months(ymd(2024, 3, 31), -1), ymd(2024, 2, 29));
    assert_int_equal(date_add_months(ymd(2024, 1, 31), 1), ymd(2024, 2, 29));
    assert_int_equal(date_add_months(ymd(2024, 12, 15), 1), ymd(2025, 1, 15));
    assert_int_equal(date_add_months(ymd(2024, 1, 15), -1), ymd(2023, 12, 15));
    assert_int_equal(date_add_months(ymd(2024, 5, 31), -12), ymd(2023, 5, 31));
    assert_int_equal(date_add_months(ymd(2024, 5, 31), -25), ymd(2022, 4, 30));
    assert_int_equal(date_add_months(ymd(2024, 5, 31), 0), ymd(2024, 5, 31));
    assert_int_equal(date_add_years(ymd(2024, 2, 29), 1), ymd(2025, 2, 28));
    assert_int_equal(date_add_years(ymd(2024, 2, 29), -4), ymd(2020, 2, 29));
    assert_int_equal(date_add_days(ymd(2024, 2, 28), 2), ymd(2024, 3, 1));
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_int_equal(date_month_start(ymd(2024, 2, 29)), ymd(2024, 2, 1));
    assert_int_equal(date_month_end(ymd(2024, 2, 1)), ymd(2024, 2, 29));
    assert_int_equal(date_month_end(ymd(2023, 2, 10)), ymd(2023, 2, 28));
    assert_int_equal(date_month_end(ymd(2023, 12, 31)), ymd(2023, 12, 31));
    assert_int_equal(date_year_start(ymd(2023, 12, 31)), ymd(2023, 1, 1));
    assert_int_equal(date_year_start(ymd(1999, 1, 1)), ymd(1999, 1, 1));
}

static void ages(void **state)
{
    (void)state;
    assert_int_equal(date_age(ymd(2010, 5, 6), ymd(2026, 5, 5)), 15);
    assert_int_equal(date_age(ymd(2010, 5, 6), ymd(2026, 5, 6)), 16);
    assert_int_equal(date_age(ymd(2008, 2, 29), ymd(2026, 2, 28)), 17);
    assert_int_equal(date_age(ymd(2008, 2, 29), ymd(2026, 3, 1)), 18);
    assert_int_equal(date_age(ymd(2008, 2, 29), ymd(2024, 2, 29)), 16);
    assert_int_equal(date_age(ymd(2026, 1, 1), ymd(2026, 1, 1)), 0);
}

static void texts(void **state)
{
    (void)state;
    char out[INSTANT_TEXT];
    assert_string_equal(text_of(ymd(2026, 11, 22)), "2026-11-22");
    assert_string_equal(text_of(ymd(1, 1, 1)), "0001-01-01");
    assert_string_equal(text_of(ymd(9999, 12, 31)), "9999-12-31");
    assert_string_equal(text_of(DATE_NONE), "");
    assert_string_equal(text_of(INT32_MAX), "");
    instant_format(0, out);
    assert_string_equal(out, "2000-01-01T00:00:00.000000");
    instant_format(-1, out);
    assert_string_equal(out, "1999-12-31T23:59:59.999999");
    instant_format((ymd(2026, 11, 22) * INT64_C(86400) + 8 * 3600 + 61) * 1000000 + 5, out);
    assert_string_equal(out, "2026-11-22T08:01:01.000005");
}

static void iso_is_strict(void **state)
{
    (void)state;
    date_t d = 5;
    assert_true(date_parse_iso(STR("2026-11-22"), &d));
    assert_int_equal(d, ymd(2026, 11, 22));
    static const char *const bad[] = {"2026-11-2",   "2026/11/22", "20261122",   "2026-02-30",
                                      "2026-11-22 ", " 026-11-22", "2026-1--22", "",
                                      "2026-11-2x",  "0000-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(date_parse_iso(str_from(bad[i]), &d));
    }
    assert_false(date_parse_iso(STR_NULL, &d));
    assert_int_equal(d, ymd(2026, 11, 22));
}

/* ---- what departments write ---- */

static void forms_of_a_day(void **state)
{
    (void)state;
    static const char *const forms[] = {"2024-03-05",
                                        "20240305",
                                        "2024-3-5",
                                        "2024/3/5",
                                        "2024/03/05",
                                        "2024.3.5",
                                        "2024.03.05",
                                        "2024-3-05",
                                        "2024年3月5日",
                                        "2024年03月05日",
                                        "2024-03-05 10:11:12",
                                        "2024-03-05 00:00:00",
                                        "2024-03-05T10:11:12",
                                        "2024-03-05 10:11:12.123",
                                        "2024-03-05T10:11:12.123Z",
                                        "2024-03-05T10:11:12.123+08:00",
                                        "2024-03-05T10:11:12+0800",
                                        "2024-03-05T10:11:12 +08",
                                        "2024/3/5 0:00",
                                        "2024/3/5 9:05:01",
                                        "2024年3月5日 10:11:12",
                                        "2024年3月5日10:11",
                                        "20240305 10:11:12",
                                        "20240305101112",
                                        "  2024-03-05 ",
                                        "2024-03-04T09:00:00-07:00",
                                        "2024-03-05T08:59:59-07:00",
                                        "2024-03-04T16:00:00Z",
                                        "2024-03-05  10:11",
                                        "2024-03-06T00:30:00+09:00",
                                        "45356",
                                        "1709611200",
                                        "1709611200000",
                                        "2024-03-05 10:11:12.123456789"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct date_span span = {0, 0};
        if (date_parse(str_from(forms[i]), &span) != RC_OK || span.first != ymd(2024, 3, 5) ||
            span.last != span.first) {
            fail_msg("%s", forms[i]);
        }
    }
}

static void forms_of_a_month(void **state)
{
    (void)state;
    static const char *const forms[] = {"2024.02", "202402", "2024年2月", "2024年02月",
                                        "2024-02", "2024-2", "2024/2",    "2024.2"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct date_span span = {0, 0};
        if (date_parse(str_from(forms[i]), &span) != RC_OK || span.first != ymd(2024, 2, 1) ||
            span.last != ymd(2024, 2, 29)) {
            fail_msg("%s", forms[i]);
        }
    }
}

static void refused(const char *text)
{
    struct date_span span = {1, 2};
    if (date_parse(str_from(text), &span) != RC_VALUE || span.first != 1 || span.last != 2) {
        fail_msg("%s", text);
    }
    int64_t us = 3;
    if (instant_parse(str_from(text), &us) != RC_VALUE || us != 3) {
        fail_msg("instant %s", text);
    }
}

static void what_is_no_date(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "-",
                                      "无",
                                      "2024",
                                      "24-03-05",
                                      "2024-13-01",
                                      "20240230",
                                      "0000-00-00",
                                      "00000000",
                                      "000000",
                                      "2024-02-30",
                                      "2023-02-29",
                                      "9999-12-31",
                                      "99991231",
                                      "1899-12-31",
                                      "2101-01-01",
                                      "18991231",
                                      "21010101",
                                      "2024-03-05x",
                                      "x2024-03-05",
                                      "2024-03/05",
                                      "2024年3月5",
                                      "2024年3",
                                      "2024年",
                                      "2024年13月",
                                      "2024-03-05 24:00:00",
                                      "2024-03-05 10:60",
                                      "2024-03-05 10:11:60",
                                      "2024-03-05 10",
                                      "2024-03-05T",
                                      "2024-03-0510:11",
                                      "2024-03-05 10:11:12.",
                                      "2024-03-05 10:11:12 PM",
                                      "2024-03-05Z",
                                      "2024-03-05T10:11:12+15:00",
                                      "2024-03-05T10:11:12+08:",
                                      "2024-03-05T10:11:12+8",
                                      "2024-03-05T10:11:12+08:60",
                                      "2024-03-05T10:11:12Zx",
                                      "2024..03.05",
                                      "2024-003-05",
                                      "202413",
                                      "202400",
                                      "19999",
                                      "80001",
                                      "73416",
                                      "20240305101160",
                                      "20240305241112",
                                      "123456789",
                                      "123456",
                                      "0709611200",
                                      "0000000000",
                                      "4102416000000000",
                                      "4133952000000",
                                      "0133894400000",
                                      "2024-03-05 10:11:12+08:00:00",
                                      "2024年3月 10:11",
                                      "2024-03 10:11",
                                      "202403051",
                                      "-45356",
                                      "2024-03-05 -1:11:12",
                                      "２０２４-03-05"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refused(bad[i]);
    }
    struct date_span span;
    assert_int_equal(date_parse(STR_NULL, &span), RC_VALUE);
}

/* Two readings: a guess would be wrong half the time. */
static void doubtful_forms_are_refused(void **state)
{
    (void)state;
    refused("2024.1");     /* January, or October that lost its zero in a spreadsheet */
    refused("1999010112"); /* Unix seconds of 2033, or YYYYMMDDHH */
    refused("2000022923");
    struct date_span span;
    assert_int_equal(date_parse(STR("2024.10"), &span), RC_OK);
    assert_int_equal(span.first, ymd(2024, 10, 1));
    assert_int_equal(date_parse(STR("2024.01"), &span), RC_OK);
    assert_int_equal(date_parse(STR("1999010124"), &span), RC_OK); /* no such hour */
    assert_int_equal(date_parse(STR("1900139912"), &span), RC_OK); /* no such month */
}

static void spreadsheet_serials(void **state)
{
    (void)state;
    struct date_span span;
    assert_int_equal(date_parse(STR("45567"), &span), RC_OK);
    assert_int_equal(span.first, ymd(2024, 10, 2));
    assert_int_equal(date_parse(STR("20000"), &span), RC_OK);
    assert_int_equal(span.first, ymd(1954, 10, 3));
    assert_int_equal(date_parse(STR("73415"), &span), RC_OK);
    assert_int_equal(span.first, ymd(2100, 12, 31));
}

static void bounds_hold_after_the_zone(void **state)
{
    (void)state;
    struct date_span span;
    assert_int_equal(date_parse(STR("1900-01-01"), &span), RC_OK);
    assert_int_equal(date_parse(STR("2100-12-31"), &span), RC_OK);
    assert_int_equal(date_parse(STR("210012"), &span), RC_OK);
    assert_int_equal(span.last, ymd(2100, 12, 31));
    refused("2100-12-31T20:00:00Z");
    refused("1900-01-01T00:00:00+14:00");
}

static void every_day_is_read_in_every_form(void **state)
{
    (void)state;
    static const char *const forms[] = {"%04d-%02d-%02d", "%04d%02d%02d", "%d/%d/%d",
                                        "%d.%d.%d",       "%d年%d月%d日", "%d-%d-%d 00:00:00"};
    for (date_t d = ymd(1900, 1, 1); d <= ymd(2100, 12, 31); d++) {
        int year, month, day;
        date_to_ymd(d, &year, &month, &day);
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            char text[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            int n = snprintf(text, sizeof text, forms[i], year, month, day);
#pragma GCC diagnostic pop
            struct date_span span = {0, 0};
            if (date_parse(str_of(text, (size_t)n), &span) != RC_OK || span.first != d ||
                span.last != d) {
                fail_msg("%s", text);
            }
        }
    }
}

static void instant_is(const char *text, const char *expected)
{
    int64_t us = 0;
    char out[INSTANT_TEXT] = "";
    if (instant_parse(str_from(text), &us) == RC_OK) {
        instant_format(us, out);
    }
    if (strcmp(out, expected) != 0) {
        fail_msg("%s gave %s, not %s", text, out, expected);
    }
}

static void instants(void **state)
{
    (void)state;
    instant_is("2024-03-05", "2024-03-05T00:00:00.000000");
    instant_is("20240305", "2024-03-05T00:00:00.000000");
    instant_is("45356", "2024-03-05T00:00:00.000000");
    instant_is("2024-03-05 10:11:12", "2024-03-05T10:11:12.000000");
    instant_is("2024-03-05T10:11:12", "2024-03-05T10:11:12.000000");
    instant_is("2024/3/5 9:05", "2024-03-05T09:05:00.000000");
    instant_is("2024-03-05 10:11:12.1", "2024-03-05T10:11:12.100000");
    instant_is("2024-03-05 10:11:12.123456789", "2024-03-05T10:11:12.123456");
    instant_is("2024-03-05T10:11:12Z", "2024-03-05T18:11:12.000000");
    instant_is("2024-03-05T20:11:12Z", "2024-03-06T04:11:12.000000");
    instant_is("2024-03-05T10:11:12+08:00", "2024-03-05T10:11:12.000000");
    instant_is("2024-03-05T10:11:12-0330", "2024-03-05T21:41:12.000000");
    instant_is("2024-03-01T00:30:00+09:00", "2024-02-29T23:30:00.000000");
    instant_is("1709611200", "2024-03-05T12:00:00.000000");
    instant_is("1709611200123", "2024-03-05T12:00:00.123000");
    instant_is("1000000000", "2001-09-09T09:46:40.000000");
    instant_is("20240305101112", "2024-03-05T10:11:12.000000");
    int64_t us;
    assert_int_equal(instant_parse(STR("2024-03"), &us), RC_VALUE);
    assert_int_equal(instant_parse(STR("202403"), &us), RC_VALUE);
}

/* The detail goes to logs and lists: it must not carry the value. */
static void details_do_not_quote(void **state)
{
    (void)state;
    static const char *const bad[] = {"7531-86-42", "2024.1", "75318642", "x7531"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct date_span span;
        assert_int_equal(date_parse(str_from(bad[i]), &span), RC_VALUE);
        assert_true(strlen(err_detail()) > 0);
        assert_null(strstr(err_detail(), bad[i]));
        assert_null(strstr(err_detail(), "7531"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(known_days),
        cmocka_unit_test(round_trip_far_away),
        cmocka_unit_test(impossible_days),
        cmocka_unit_test(months_clamp_at_their_end),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(ages),
        cmocka_unit_test(texts),
        cmocka_unit_test(iso_is_strict),
        cmocka_unit_test(forms_of_a_day),
        cmocka_unit_test(forms_of_a_month),
        cmocka_unit_test(what_is_no_date),
        cmocka_unit_test(doubtful_forms_are_refused),
        cmocka_unit_test(spreadsheet_serials),
        cmocka_unit_test(bounds_hold_after_the_zone),
        cmocka_unit_test(every_day_is_read_in_every_form),
        cmocka_unit_test(instants),
        cmocka_unit_test(details_do_not_quote),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
