#include "base/date.h"

#include "base/scan.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)

/* ---- the calendar ---- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_is_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

/* Years are counted from March, so that the leap day is the last of its year: its place in the
 * 400-year cycle of 146097 days then follows from divisions alone. 2000-03-01 is day 60. */
#define CYCLE_YEARS 400
#define CYCLE_DAYS 146097
#define MARCH_2000 60

static int floor_div(int a, int b)
{
    return a / b - (a % b < 0);
}

date_t date_from_ymd(int year, int month, int day)
{
    int march_year = year - 2000 - (month <= 2);
    int cycle = floor_div(march_year, CYCLE_YEARS);
    int y = march_year - cycle * CYCLE_YEARS;
    int m = month > 2 ? month - 3 : month + 9;
    int day_of_year = (153 * m + 2) / 5 + day - 1;
    return cycle * CYCLE_DAYS + y * 365 + y / 4 - y / 100 + day_of_year + MARCH_2000;
}

void date_to_ymd(date_t d, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t days = (int64_t)d - MARCH_2000;
    int64_t cycle = days / CYCLE_DAYS - (days % CYCLE_DAYS < 0);
    int rest = (int)(days - cycle * CYCLE_DAYS);
    int y = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int day_of_year = rest - (365 * y + y / 4 - y / 100);
    int m = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * m + 2) / 5 + 1;
    *ret_month = m < 10 ? m + 3 : m - 9;
    *ret_year = 2000 + y + (int)cycle * CYCLE_YEARS + (*ret_month <= 2);
}

int date_weekday(date_t d)
{
    int day = d % 7 + 6; /* day 0 was a Saturday */
    return (day + 7) % 7;
}

date_t date_add_days(date_t d, int days)
{
    return d + days;
}

date_t date_add_months(date_t d, int months)
{
    int year, month, day;
    date_to_ymd(d, &year, &month, &day);
    int count = year * 12 + month - 1 + months;
    year = floor_div(count, 12);
    month = count - year * 12 + 1;
    int most = days_in_month(year, month);
    return date_from_ymd(year, month, day < most ? day : most);
}

date_t date_add_years(date_t d, int years)
{
    return date_add_months(d, years * 12);
}

date_t date_month_start(date_t d)
{
    int year, month, day;
    date_to_ymd(d, &year, &month, &day);
    return d - day + 1;
}

date_t date_month_end(date_t d)
{
    int year, month, day;
    date_to_ymd(d, &year, &month, &day);
    return d - day + days_in_month(year, month);
}

date_t date_year_start(date_t d)
{
    int year, month, day;
    date_to_ymd(d, &year, &month, &day);
    return date_from_ymd(year, 1, 1);
}

int date_age(date_t birth, date_t at)
{
    int by, bm, bd, y, m, d;
    date_to_ymd(birth, &by, &bm, &bd);
    date_to_ymd(at, &y, &m, &d);
    return y - by - (m < bm || (m == bm && d < bd));
}

/* ---- text ---- */

static void put_digits(char *out, int width, int value)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void date_format(date_t d, char out[DATE_TEXT])
{
    int year, month, day;
    date_to_ymd(d, &year, &month, &day);
    if (year < 1 || year > 9999) {
        out[0] = '\0';
        return;
    }
    put_digits(out, 4, year);
    out[4] = out[7] = '-';
    put_digits(out + 5, 2, month);
    put_digits(out + 8, 2, day);
    out[10] = '\0';
}

void instant_format(int64_t us, char out[INSTANT_TEXT])
{
    int64_t day = us / US_PER_DAY - (us % US_PER_DAY < 0);
    int64_t in_day = us - day * US_PER_DAY;
    date_format((date_t)day, out);
    if (out[0] == '\0') {
        return;
    }
    int second = (int)(in_day / US_PER_SECOND);
    out[10] = 'T';
    put_digits(out + 11, 2, second / 3600);
    out[13] = out[16] = ':';
    put_digits(out + 14, 2, second / 60 % 60);
    put_digits(out + 17, 2, second % 60);
    out[19] = '.';
    put_digits(out + 20, 6, (int)(in_day % US_PER_SECOND));
    out[26] = '\0';
}

bool date_parse_iso(struct str s, date_t *ret)
{
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || scan_digits(s) != 4 ||
        scan_digits(str_sub(s, 5, 5)) != 2 || scan_digits(str_sub(s, 8, 2)) != 2) {
        return false;
    }
    int year = scan_fixed(s.p, 4), month = scan_fixed(s.p + 5, 2), day = scan_fixed(s.p + 8, 2);
    if (!date_is_valid(year, month, day)) {
        return false;
    }
    *ret = date_from_ymd(year, month, day);
    return true;
}
