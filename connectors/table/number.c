/* Numbers of spreadsheets as text, by decimal digits alone: no floating point. */
#include <stdio.h>

#include "base/date.h"
#include "base/scan.h"
#include "connectors/table/parts.h"

#define DIGITS_MOST 64
#define SIGNIFICANT 15 /* what a spreadsheet shows and keeps of a number it computed */
#define DAY_S INT64_C(86400)
#define FALSE_LEAP_DAY 60   /* 1900-02-29, which the 1900 base counts and no calendar has */
#define LAST_SERIAL 2958465 /* 9999-12-31 */

/* ±0.d1d2d3... * 10^point */
struct decimal {
    bool is_negative, has_fraction, has_exponent;
    char digits[DIGITS_MOST];
    int n, point;
};

/* ---- Reading and writing decimals ---- */

static bool take_digit(struct decimal *d, char c, bool behind_point)
{
    if (d->n == 0 && c == '0') { /* leading zeros count for nothing but the point's place */
        d->point -= behind_point ? 1 : 0;
        return true;
    }
    if (d->n == DIGITS_MOST) {
        return false;
    }
    d->digits[d->n++] = c;
    d->point += behind_point ? 0 : 1;
    return true;
}

static bool take_exponent(struct decimal *d, struct str s)
{
    int64_t exponent = 0;
    bool is_minus = s.n > 0 && s.p[0] == '-';
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        s = str_sub(s, 1, s.n);
    }
    if (s.n == 0 || s.n > 4 || scan_digits(s) != s.n || !str_to_i64(s, &exponent)) {
        return false;
    }
    d->has_exponent = true;
    d->point += (int)(is_minus ? -exponent : exponent);
    return true;
}

static bool decimal_read(struct str s, struct decimal *d)
{
    *d = (struct decimal){.is_negative = s.n > 0 && s.p[0] == '-'};
    size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0, first = i;
    for (; i < s.n && s.p[i] != 'E' && s.p[i] != 'e'; i++) {
        if (s.p[i] == '.' && !d->has_fraction) {
            d->has_fraction = true;
        } else if (!scan_is_digit(s.p[i]) || !take_digit(d, s.p[i], d->has_fraction)) {
            return false;
        }
    }
    return i > first && (i == s.n || take_exponent(d, str_sub(s, i + 1, s.n)));
}

static void drop_zeros(struct decimal *d)
{
    while (d->n > 0 && d->digits[d->n - 1] == '0') {
        d->n--;
    }
}

/* Half away from zero, as a spreadsheet shows it. */
static void round_to(struct decimal *d, int most)
{
    if (d->n <= most) {
        return;
    }
    bool up = d->digits[most] >= '5';
    d->n = most;
    while (up && d->n > 0 && d->digits[d->n - 1] == '9') {
        d->n--;
    }
    if (up && d->n == 0) {
        d->digits[d->n++] = '1';
        d->point++;
    } else if (up) {
        d->digits[d->n - 1]++;
    }
}

static struct str decimal_write(struct arena *a, const struct decimal *d, const char *suffix)
{
    char text[2 * DIGITS_MOST + 8];
    size_t n = 0;
    if (d->n == 0) {
        return str_from(arena_printf(a, "0%s", suffix));
    }
    if (d->is_negative) {
        text[n++] = '-';
    }
    if (d->point <= 0) {
        text[n++] = '0';
    }
    for (int i = 0; i < d->point; i++) {
        text[n++] = i < d->n ? d->digits[i] : '0';
    }
    if (d->n > d->point) {
        text[n++] = '.';
    }
    for (int i = d->point; i < d->n; i++) {
        text[n++] = i < 0 ? '0' : d->digits[i];
    }
    return str_from(arena_printf(a, "%.*s%s", (int)n, text, suffix));
}

/* Small enough to be exact in the program that wrote it, and to be written out. */
static bool is_plain_size(const struct decimal *d)
{
    return d->point <= SIGNIFICANT && d->point >= -SIGNIFICANT;
}

static struct str plain_text(struct arena *a, struct str raw, struct decimal *d)
{
    drop_zeros(d);
    bool is_whole = !d->has_exponent && d->n <= d->point;
    if (!d->has_exponent && (d->n <= SIGNIFICANT || is_whole)) {
        return raw;
    }
    if (!is_plain_size(d)) {
        return raw; /* 4.4E+17: digits are lost, and whoever reads it must see that */
    }
    round_to(d, SIGNIFICANT);
    drop_zeros(d);
    return decimal_write(a, d, "");
}

static struct str percent_text(struct arena *a, struct decimal *d)
{
    round_to(d, SIGNIFICANT);
    drop_zeros(d);
    d->point += 2;
    return decimal_write(a, d, "%");
}

/* ---- Dates ---- */

/* The days, and the rest in seconds, rounded. */
static bool split_serial(const struct decimal *d, int64_t *ret_day, int64_t *ret_s)
{
    int64_t day = 0, fraction = 0, scale = 1;
    if (d->is_negative || d->point > 7) {
        return false;
    }
    for (int i = 0; i < d->point; i++) {
        day = day * 10 + (i < d->n ? d->digits[i] - '0' : 0);
    }
    for (int i = d->point; i < d->n && scale < INT64_C(1000000000000); i++) {
        fraction = fraction * 10 + (i < 0 ? 0 : d->digits[i] - '0');
        scale *= 10;
    }
    int64_t s = (fraction * DAY_S + scale / 2) / scale;
    *ret_day = day + s / DAY_S;
    *ret_s = s % DAY_S;
    return *ret_day <= LAST_SERIAL;
}

static date_t date_of_serial(int64_t day, bool base_1904)
{
    if (base_1904) {
        return date_add_days(date_from_ymd(1904, 1, 1), (int)day);
    }
    return date_add_days(date_from_ymd(1899, 12, day < FALSE_LEAP_DAY ? 31 : 30), (int)day);
}

static const char *clock_text(struct arena *a, int64_t s)
{
    return arena_printf(a, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static struct str date_text(struct arena *a, struct str raw, const struct decimal *d,
                            enum number_kind kind, bool base_1904)
{
    int64_t day = 0, s = 0;
    char text[DATE_TEXT];
    int year = 0, month = 0, of_month = 0;
    if (!split_serial(d, &day, &s)) {
        return raw;
    }
    if (kind == NUMBER_TIME && day == 0) {
        return str_from(clock_text(a, s));
    }
    if (!base_1904 && (day == FALSE_LEAP_DAY || day == 0)) {
        return raw;
    }
    date_t date = date_of_serial(day, base_1904);
    date_format(date, text);
    date_to_ymd(date, &year, &month, &of_month);
    if (kind == NUMBER_MONTH) { /* known to the month, and no better */
        return str_from(arena_printf(a, "%d年%d月", year, month));
    }
    return str_from(s == 0 ? arena_printf(a, "%s", text)
                           : arena_printf(a, "%s %s", text, clock_text(a, s)));
}

struct str number_text(struct arena *a, struct str raw, enum number_kind kind, bool base_1904)
{
    struct decimal d;
    if (!decimal_read(raw, &d)) {
        return raw;
    }
    switch (kind) {
    case NUMBER_DATE:
    case NUMBER_MONTH:
    case NUMBER_TIME:
        return date_text(a, raw, &d, kind, base_1904);
    case NUMBER_PERCENT:
        return is_plain_size(&d) ? percent_text(a, &d) : raw;
    case NUMBER_PLAIN:
        break;
    }
    return plain_text(a, raw, &d);
}

/* ---- Number formats ---- */

/* 27 to 36 and 50 to 58 as Chinese editions use them. */
enum number_kind number_kind_of_id(int64_t id)
{
    static const struct {
        int64_t first, last;
        enum number_kind kind;
    } ranges[] = {
        {9, 10, NUMBER_PERCENT}, {14, 16, NUMBER_DATE},  {17, 17, NUMBER_MONTH},
        {18, 21, NUMBER_TIME},   {22, 22, NUMBER_DATE},  {27, 27, NUMBER_MONTH},
        {28, 31, NUMBER_DATE},   {32, 35, NUMBER_TIME},  {36, 36, NUMBER_MONTH},
        {45, 47, NUMBER_TIME},   {50, 50, NUMBER_MONTH}, {51, 51, NUMBER_DATE},
        {52, 52, NUMBER_MONTH},  {53, 54, NUMBER_DATE},  {55, 56, NUMBER_TIME},
        {57, 57, NUMBER_MONTH},  {58, 58, NUMBER_DATE},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (id >= ranges[i].first && id <= ranges[i].last) {
            return ranges[i].kind;
        }
    }
    return NUMBER_PLAIN;
}

/* How many bytes at the front of a format are literal: "text", \x, _x, *x, [Red]
 * (not [h]); 0 if they mean
 * something. */
static size_t literal_bytes(struct str s)
{
    char c = s.p[0];
    if (c == '\\' || c == '_' || c == '*') {
        return 2;
    }
    bool is_elapsed = c == '[' && s.n > 2 && strchr("hmsHMS", s.p[1]) != NULL &&
                      (s.p[2] == ']' || s.p[2] == s.p[1]);
    if (c == '"' || (c == '[' && !is_elapsed)) {
        size_t end = str_find(str_sub(s, 1, s.n), c == '"' ? '"' : ']');
        return end + 2;
    }
    return 0;
}

/* Places for digits before any letter of a date make it a number: 0.00, #,##0, 0.0%. */
enum number_kind number_kind_of_code(struct str code)
{
    bool year = false, month = false, day = false, clock = false, number = false;
    for (struct str s = code; s.n > 0 && s.p[0] != ';';) {
        size_t skipped = literal_bytes(s);
        char c = skipped == 0 ? (char)(s.p[0] | 0x20) : '\0';
        if (c == '%') {
            return NUMBER_PERCENT;
        }
        year = year || c == 'y';
        day = day || c == 'd';
        month = month || c == 'm';
        clock = clock || c == 'h' || c == 's';
        number = number || (!(year || month || day || clock) && (c == '#' || c == '0' || c == '?'));
        s = str_sub(s, skipped > 0 ? skipped : 1, s.n);
    }
    if (number || !(year || month || day || clock)) {
        return NUMBER_PLAIN;
    }
    if (year && month && !day && !clock) {
        return NUMBER_MONTH;
    }
    return clock && !year && !day ? NUMBER_TIME : NUMBER_DATE;
}
