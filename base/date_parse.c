/* Reading the dates and times departments send. */
#include "base/date.h"
#include "base/scan.h"

#define YEAR_LEAST 1900
#define YEAR_MOST 2100
#define SECONDS_PER_DAY INT64_C(86400)
#define MS_PER_DAY (SECONDS_PER_DAY * 1000)
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (SECONDS_PER_DAY * US_PER_SECOND)
#define UNIX_TO_LOCAL_MS \
    ((8 * 3600 - 10957 * SECONDS_PER_DAY) * 1000) /* 1970 UTC to 2000 at UTC+08:00 */
#define EXCEL_DAY_ZERO (-36526)                   /* 1899-12-30 */
#define EXCEL_LEAST 20000
#define EXCEL_MOST 80000

/* What a text can say: a month, a day, or a moment of a day. */
enum precision { TO_MONTH, TO_DAY, TO_TIME };
struct moment {
    enum precision precision;
    int year, month, day;
    int64_t us; /* since midnight at UTC+08:00; below 0 or beyond a day when a zone moved it */
};

/* Answers of the readers below: fits; is no such form at all; or is one, with an impossible date.
 */
enum reading { READ_OK, READ_OTHER, READ_IMPOSSIBLE, READ_DOUBTFUL };

static enum reading check(const struct moment *m)
{
    bool is_near = m->year >= YEAR_LEAST && m->year <= YEAR_MOST;
    return is_near && date_is_valid(m->year, m->month, m->day) ? READ_OK : READ_IMPOSSIBLE;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static enum reading read_unix(int64_t ms, struct moment *m)
{
    int64_t local_ms = ms + UNIX_TO_LOCAL_MS;
    int64_t days = floor_div(local_ms, MS_PER_DAY);
    m->precision = TO_TIME;
    date_to_ymd((date_t)days, &m->year, &m->month, &m->day);
    m->us = (local_ms - days * MS_PER_DAY) * 1000;
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

/* A date with marks between its parts, or eight digits with a time behind; takes it off the front.
 */
static enum reading read_calendar(struct str *s, struct moment *m)
{
    size_t digits = scan_digits(*s);
    if (digits == 8) {
        const char *p = s->p;
        *s = str_sub(*s, 8, s->n);
        return read_compact(p, m, true);
    }
    if (digits != 4) {
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

static bool take_two(struct str *s, int *ret)
{
    if (scan_digits(str_sub(*s, 0, 2)) != 2) {
        return false;
    }
    *ret = scan_fixed(s->p, 2);
    *s = str_sub(*s, 2, s->n);
    return true;
}

/* Z, +08:00, +0800, +08, and nothing behind; no zone means +08:00. `ret_us` leads from it to
 * +08:00. */
static bool take_zone(struct str *s, int64_t *ret_us)
{
    int hour = 0, minute = 0;
    skip_blanks(s);
    bool is_west = s->n > 0 && s->p[0] == '-';
    if (s->n == 0) {
        hour = 8;
    } else if (take(s, STR("+")) || take(s, STR("-"))) {
        if (!take_two(s, &hour) || (s->n > 0 && (take(s, STR(":")), !take_two(s, &minute)))) {
            return false;
        }
    } else if (!take(s, STR("Z"))) {
        return false;
    }
    int64_t offset = clock_us(hour, minute, 0);
    *ret_us = clock_us(8, 0, 0) - (is_west ? -offset : offset);
    return s->n == 0 && hour <= 14 && minute <= 59;
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
    struct str rest = s;
    enum reading r = read_calendar(&rest, m);
    if (r != READ_OK || rest.n == 0) {
        return r;
    }
    bool is_parted = take(&rest, STR("T")) || rest.p[0] == ' ' ||
                     str_ends(str_sub(s, 0, s.n - rest.n), STR("日"));
    if (!is_parted) {
        return READ_OTHER;
    }
    skip_blanks(&rest);
    return read_time(rest, m);
}

static enum rc refuse(enum reading r)
{
    if (r == READ_DOUBTFUL) {
        return err_fail(RC_VALUE, "%s",
                        tr("日期有两种读法,请写成2024-03-05",
                           "a date that can be read in two ways; write 2024-03-05"));
    }
    if (r == READ_IMPOSSIBLE) {
        return err_fail(
            RC_VALUE, "%s",
            tr("应为1900至2100年间实际存在的日期", "expected a date that exists, 1900 to 2100"));
    }
    return err_fail(RC_VALUE, "%s",
                    tr("应为日期,如2024-03-05", "expected a date such as 2024-03-05"));
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

/* 2024-03-05 10:11:12, the commonest moment. */
static bool read_fast_time(struct str s, date_t *ret_day, int64_t *ret_us)
{
    if (s.n != 19 || (s.p[10] != ' ' && s.p[10] != 'T') || s.p[13] != ':' || s.p[16] != ':') {
        return false;
    }
    char digits[8] = {s.p[11], s.p[12], s.p[14], s.p[15], s.p[17], s.p[18], '0', '0'};
    int hour = scan_fixed(digits, 2), minute = scan_fixed(digits + 2, 2),
        second = scan_fixed(digits + 4, 2);
    if (!scan_all_digits8(digits) || !is_clock(hour, minute, second)) {
        return false;
    }
    *ret_us = clock_us(hour, minute, second);
    return read_fast(str_sub(s, 0, 10), ret_day);
}

enum rc date_parse(struct str s, struct date_span *ret)
{
    date_t day;
    int64_t time;
    if (read_fast(s, &day) || read_fast_time(s, &day, &time)) {
        *ret = (struct date_span){day, day};
        return RC_OK;
    }
    struct moment m;
    int64_t us;
    enum reading r = read_any(s, &m);
    if (r != READ_OK || (r = settle(&m, &us)) != READ_OK) {
        return refuse(r);
    }
    day = (date_t)floor_div(us, US_PER_DAY);
    *ret = (struct date_span){day, m.precision == TO_MONTH ? date_month_end(day) : day};
    return RC_OK;
}

enum rc instant_parse(struct str s, int64_t *ret_us)
{
    date_t day;
    int64_t us;
    if (read_fast_time(s, &day, &us)) {
        *ret_us = day * US_PER_DAY + us;
        return RC_OK;
    }
    struct moment m;
    enum reading r = read_any(s, &m);
    if (r == READ_OK && m.precision == TO_MONTH) {
        return err_fail(RC_VALUE, "%s",
                        tr("应为时间,只给了月份", "expected a time, found only a month"));
    }
    if (r != READ_OK || (r = settle(&m, &us)) != READ_OK) {
        return refuse(r);
    }
    *ret_us = us;
    return RC_OK;
}
