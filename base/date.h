/* Dates and instants on PostgreSQL's epoch: days, and microseconds, since 2000-01-01. Proleptic Gregorian.
 * Local time is UTC+08:00 by decree; libc's zone is never asked. */
#ifndef BIDUI_BASE_DATE_H
#define BIDUI_BASE_DATE_H

#include "base/err.h"
#include "base/str.h"

typedef int32_t date_t;                              /* days since 2000-01-01 */
#define DATE_NONE INT32_MIN

/* A date as a department knows it: exact (first == last) or known to the month. */
struct date_span {
    date_t first, last;
};

bool date_is_valid(int year, int month, int day);
date_t date_from_ymd(int year, int month, int day);  /* caller checked */
void date_to_ymd(date_t d, int *ret_year, int *ret_month, int *ret_day);
int date_weekday(date_t d);                          /* 0 Sunday .. 6 Saturday */
date_t date_add_days(date_t d, int days);
date_t date_add_months(date_t d, int months);        /* month ends clamped: 31 Mar - 1 month = 28 Feb */
date_t date_add_years(date_t d, int years);
date_t date_month_start(date_t d);
date_t date_month_end(date_t d);
date_t date_year_start(date_t d);
/* Full years lived at `at` by one born on `birth`; born 29 Feb counts from 1 Mar in common years. */
int date_age(date_t birth, date_t at);
#define DATE_TEXT 11
void date_format(date_t d, char out[DATE_TEXT]);     /* "2026-11-22"; "" outside years 1..9999, so for DATE_NONE */
/* Strict ISO 2026-11-22; for configuration and options. */
bool date_parse_iso(struct str s, date_t *ret);

/* Every form departments use, after width folding: 2024-3-5, 2024/3/5, 2024.3.5, 20240305, 2024年3月5日,
 * 2024-03-05 10:11:12[.123][Z|+08:00], 2024.08 and 202408 and 2024年8月 as a month, Excel serials
 * (whole numbers 20000..80000), epoch seconds and milliseconds (10 or 13 digits), 20240305101112.
 * Years outside 1900..2100, zero dates and 9999-12-31 are RC_VALUE, and so is what can be read in two ways:
 * 2024.1 (a spreadsheet makes it of 2024.10 too) and ten digits that are also YYYYMMDDHH. The error detail
 * says what was expected, never the value. */
enum rc date_parse(struct str s, struct date_span *ret) MUST_CHECK;
/* An instant; a date alone is its midnight, a month alone is RC_VALUE. No zone means UTC+08:00.
 * Result in microseconds UTC+08:00 local. */
enum rc instant_parse(struct str s, int64_t *ret_us) MUST_CHECK;
#define INSTANT_TEXT 27
void instant_format(int64_t us, char out[INSTANT_TEXT]); /* "2026-11-22T08:00:00.000000" */

#endif
