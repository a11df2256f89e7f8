#include "base/date.h"

#include "base/scan.h"

#define YEAR_LEAST 1900
#define YEAR_MOST 2100
#define SECONDS_PER_DAY INT64_C(86400)
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (SECONDS_PER_DAY * US_PER_SECOND)
#define UNIX_TO_LOCAL_S (8 * 3600 - 10957 * SECONDS_PER_DAY) /* 1970 UTC to 2000 at UTC+08:00 */
#define EXCEL_DAY_ZERO (-36526)                              /* 1899-12-30 */
#define EXCEL_LEAST 20000
#define EXCEL_MOST 80000

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

/* ---- writing ---- */

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

/* ---- reading ---- */

/* What a text can say: a month, a day, or a moment of a day. */
enum precision { TO_MONTH, TO_DAY, TO_TIME };
struct moment {
    enum precision precision;
    int year, month, day;
    int64_t us; /* since midnight at UTC+08:00; below 0 or beyond a day when a zone moved it */
};

/* Answers of the readers below: fits; is no such form at all; or is one, with an impossible date. */
enum reading { READ_OK, READ_OTHER, READ_IMPOSSIBLE, READ_DOUBTFUL };

static enum reading check(const struct moment *m)
{
    if (m->year < YEAR_LEAST || m->year > YEAR_MOST || m->month < 1 || m->month > 12) {
        return READ_IMPOSSIBLE;
    }
    return m->day >= 1 && m->day <= days_in_month(m->year, m->month) ? READ_OK : READ_IMPOSSIBLE;
}

static void set_from_local(struct moment *m, int64_t days, int64_t us)
{
    m->precision = TO_TIME;
    date_to_ymd((date_t)days, &m->year, &m->month, &m->day);
    m->us = us;
}

static enum reading read_unix(int64_t ms, struct moment *m)
{
    int64_t local_ms = ms + UNIX_TO_LOCAL_S * 1000;
    int64_t days = local_ms / (SECONDS_PER_DAY * 1000) - (local_ms % (SECONDS_PER_DAY * 1000) < 0);
    set_from_local(m, days, (local_ms - days * SECONDS_PER_DAY * 1000) * 1000);
    return check(m);
}

static enum reading read_serial(int serial, struct moment *m)
{
    if (serial < EXCEL_LEAST || serial > EXCEL_MOST) {
        return READ_OTHER;
    }
    m->precision = TO_DAY;
    date_to_ymd(EXCEL_DAY_ZERO + serial, &m->year, &m->month, &m->day);
    return check(m);
}

static enum reading read_compact(const char *p, struct moment *m, bool has_day)
{
    m->precision = has_day ? TO_DAY : TO_MONTH;
    m->year = scan_fixed(p, 4);
    m->month = scan_fixed(p + 4, 2);
    m->day = has_day ? scan_fixed(p + 6, 2) : 1;
    return check(m);
}

static bool is_clock(int hour, int minute, int second)
{
    return hour <= 23 && minute <= 59 && second <= 59;
}

static int64_t clock_us(int hour, int minute, int second)
{
    return ((hour * 60 + minute) * 60 + second) * US_PER_SECOND;
}

/* 20240305101112 */
static enum reading read_compact_time(const char *p, struct moment *m)
{
    int hour = scan_fixed(p + 8, 2), minute = scan_fixed(p + 10, 2), second = scan_fixed(p + 12, 2);
    if (!is_clock(hour, minute, second)) {
        return READ_IMPOSSIBLE;
    }
    enum reading r = read_compact(p, m, true);
    m->precision = TO_TIME;
    m->us = clock_us(hour, minute, second);
    return r;
}

/* Ten digits are Unix seconds, but 1900 to 2100 million of them can also be read YYYYMMDDHH:
 * those are refused rather than guessed. */
static enum reading read_ten(const char *p, struct moment *m)
{
    if (read_compact(p, m, true) == READ_OK && scan_fixed(p + 8, 2) <= 23) {
        return READ_DOUBTFUL;
    }
    return p[0] == '0' ? READ_IMPOSSIBLE : read_unix((int64_t)scan_u64(p, 10) * 1000, m);
}

static enum reading read_digits(struct str s, struct moment *m)
{
    switch (s.n) {
    case 5:
        return read_serial(scan_fixed(s.p, 5), m);
    case 6:
        return read_compact(s.p, m, false);
    case 8:
        return read_compact(s.p, m, true);
    case 10:
        return read_ten(s.p, m);
    case 13:
        return s.p[0] == '0' ? READ_IMPOSSIBLE : read_unix((int64_t)scan_u64(s.p, 13), m);
    case 14:
        return read_compact_time(s.p, m);
    default:
        return READ_OTHER;
    }
}

/* A number of 1 or 2 digits off the front. */
static bool take_small(struct str *s, int *ret)
{
    size_t n = scan_digits(*s);
    if (n < 1 || n > 2) {
        return false;
    }
    *ret = scan_fixed(s->p, n);
    *s = str_sub(*s, n, s->n);
    return true;
}

static bool take(struct str *s, struct str word)
{
    if (!str_starts(*s, word)) {
        return false;
    }
    *s = str_sub(*s, word.n, s->n);
    return true;
}

static void skip_blanks(struct str *s)
{
    while (take(s, STR(" "))) {
    }
}

/* 2024年3月5日, 2024年3月 */
static enum reading read_han(struct str *s, struct moment *m)
{
    if (!take_small(s, &m->month) || !take(s, STR("月"))) {
        return READ_OTHER;
    }
    if (s->n == 0) {
        m->precision = TO_MONTH;
        m->day = 1;
        return check(m);
    }
    m->precision = TO_DAY;
    return take_small(s, &m->day) && take(s, STR("日")) ? check(m) : READ_OTHER;
}

/* 3-5, 03 behind "2024-"; the same separator twice. "2024.1" is what a spreadsheet makes of the
 * month 2024.10 as well as of 2024.1: refused. */
static enum reading read_separated(struct str *s, struct str separator, struct moment *m)
{
    size_t before = s->n;
    if (!take_small(s, &m->month)) {
        return READ_OTHER;
    }
    if (s->n == 0) {
        m->precision = TO_MONTH;
        m->day = 1;
        bool is_doubtful = separator.p[0] == '.' && before == 1 && m->month == 1;
        return is_doubtful ? READ_DOUBTFUL : check(m);
    }
    m->precision = TO_DAY;
    return take(s, separator) && take_small(s, &m->day) ? check(m) : READ_OTHER;
}

static enum reading read_calendar(struct str *s, struct moment *m)
{
    if (scan_digits(*s) != 4) {
        return READ_OTHER;
    }
    m->year = scan_fixed(s->p, 4);
    *s = str_sub(*s, 4, s->n);
    if (take(s, STR("年"))) {
        return read_han(s, m);
    }
    struct str separator = str_sub(*s, 0, 1);
    if (separator.n == 0 || memchr("-/.", separator.p[0], 3) == NULL) {
        return READ_OTHER;
    }
    *s = str_sub(*s, 1, s->n);
    return read_separated(s, separator, m);
}

/* .123: to the microsecond, what is finer is cut off. */
static bool take_fraction(struct str *s, int64_t *ret_us)
{
    *ret_us = 0;
    if (!take(s, STR("."))) {
        return true;
    }
    size_t n = scan_digits(*s);
    if (n < 1 || n > 9) {
        return false;
    }
    int64_t us = scan_fixed(s->p, n < 6 ? n : 6);
    for (size_t i = n; i < 6; i++) {
        us *= 10;
    }
    *ret_us = us;
    *s = str_sub(*s, n, s->n);
    return true;
}

/* Z, +08:00, +0800, +08; none means +08:00. `ret_us` is what to add to come to +08:00. */
static bool take_zone(struct str *s, int64_t *ret_us)
{
    *ret_us = 0;
    skip_blanks(s);
    if (s->n == 0) {
        return true;
    }
    bool is_west = s->p[0] == '-';
    if (take(s, STR("Z")) || take(s, STR("z"))) {
        *ret_us = clock_us(8, 0, 0);
        return s->n == 0;
    }
    if (!take(s, STR("+")) && !take(s, STR("-"))) {
        return false;
    }
    bool has_colon = s->n == 5 && s->p[2] == ':';
    char digits[4] = {s->n > 0 ? s->p[0] : 'x', s->n > 1 ? s->p[1] : 'x', '0', '0'};
    if (s->n == 4 || has_colon) {
        memcpy(digits + 2, s->p + s->n - 2, 2);
    } else if (s->n != 2) {
        return false;
    }
    int hour = scan_fixed(digits, 2), minute = scan_fixed(digits + 2, 2);
    if (scan_digits(str_of(digits, 4)) != 4 || hour > 14 || minute > 59) {
        return false;
    }
    int64_t offset = clock_us(hour, minute, 0);
    *ret_us = clock_us(8, 0, 0) - (is_west ? -offset : offset);
    return true;
}

static enum reading read_time(struct str s, struct moment *m)
{
    int hour, minute, second = 0;
    int64_t fraction = 0, zone = 0;
    if (!take_small(&s, &hour) || !take(&s, STR(":")) || !take_small(&s, &minute)) {
        return READ_OTHER;
    }
    if (take(&s, STR(":")) && !(take_small(&s, &second) && take_fraction(&s, &fraction))) {
        return READ_OTHER;
    }
    if (!take_zone(&s, &zone)) {
        return READ_OTHER;
    }
    m->precision = TO_TIME;
    m->us = clock_us(hour, minute, second) + fraction + zone;
    return is_clock(hour, minute, second) ? READ_OK : READ_IMPOSSIBLE;
}

static enum reading read_any(struct str s, struct moment *m)
{
    s = str_trim(s);
    *m = (struct moment){0};
    if (s.n > 0 && scan_digits(s) == s.n) {
        return read_digits(s, m);
    }
    enum reading r = read_calendar(&s, m);
    if (r != READ_OK || s.n == 0) {
        return r;
    }
    if (m->precision != TO_DAY || !(take(&s, STR("T")) || s.p[0] == ' ' || s.p[-1] == '\xA5')) {
        return READ_OTHER;
    }
    skip_blanks(&s);
    return read_time(s, m);
}

static enum rc refuse(enum reading r)
{
    if (r == READ_DOUBTFUL) {
        return err_fail(RC_VALUE, "%s", tr("日期有两种读法,请写成2024-03-05", "a date that can be read in two ways; write 2024-03-05"));
    }
    if (r == READ_IMPOSSIBLE) {
        return err_fail(RC_VALUE, "%s", tr("应为1900至2100年间实际存在的日期", "expected a date that exists, 1900 to 2100"));
    }
    return err_fail(RC_VALUE, "%s", tr("应为日期,如2024-03-05", "expected a date such as 2024-03-05"));
}

/* A zone may have moved the moment into the next day or the one before. */
static enum reading settle(const struct moment *m, int64_t *ret_us)
{
    int64_t us = date_from_ymd(m->year, m->month, m->day) * US_PER_DAY + m->us;
    int64_t least = date_from_ymd(YEAR_LEAST, 1, 1) * US_PER_DAY;
    int64_t end = date_from_ymd(YEAR_MOST + 1, 1, 1) * US_PER_DAY;
    if (us < least || us >= end) {
        return READ_IMPOSSIBLE;
    }
    *ret_us = us;
    return READ_OK;
}

static date_t day_of(int64_t us)
{
    return (date_t)(us / US_PER_DAY - (us % US_PER_DAY < 0));
}

/* 2024-03-05 and 20240305 are nearly all there is. */
static bool read_fast(struct str s, date_t *ret)
{
    char digits[8];
    if (s.n == 8) {
        memcpy(digits, s.p, 8);
    } else if (s.n == 10 && s.p[4] == '-' && s.p[7] == '-') {
        memcpy(digits, s.p, 4);
        memcpy(digits + 4, s.p + 5, 2);
        memcpy(digits + 6, s.p + 8, 2);
    } else {
        return false;
    }
    struct moment m;
    if (!scan_all_digits8(digits) || read_compact(digits, &m, true) != READ_OK) {
        return false;
    }
    *ret = date_from_ymd(m.year, m.month, m.day);
    return true;
}

enum rc date_parse(struct str s, struct date_span *ret)
{
    date_t day;
    if (read_fast(s, &day)) {
        *ret = (struct date_span){day, day};
        return RC_OK;
    }
    struct moment m;
    int64_t us;
    enum reading r = read_any(s, &m);
    if (r != READ_OK || (r = settle(&m, &us)) != READ_OK) {
        return refuse(r);
    }
    day = day_of(us);
    *ret = (struct date_span){day, m.precision == TO_MONTH ? date_month_end(day) : day};
    return RC_OK;
}

enum rc instant_parse(struct str s, int64_t *ret_us)
{
    struct moment m;
    int64_t us;
    enum reading r = read_any(s, &m);
    if (r == READ_OK && m.precision == TO_MONTH) {
        return err_fail(RC_VALUE, "%s", tr("应为时间,只给了月份", "expected a time, found only a month"));
    }
    if (r != READ_OK || (r = settle(&m, &us)) != READ_OK) {
        return refuse(r);
    }
    *ret_us = us;
    return RC_OK;
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
