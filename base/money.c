#include "base/money.h"

#include "base/scan.h"
#include "base/utf8.h"

#define ASCII_MOST 64

__extension__ typedef unsigned __int128 wide;

/* A decimal number as read: digits * 10^exponent. */
struct decimal {
    bool negative;
    uint64_t digits;
    int exponent;
};

enum reading { READ_OK, READ_OTHER, READ_TOO_FINE, READ_TOO_LARGE };

struct reader {
    struct str rest;
    struct decimal value;
    int zeros; /* read, not yet in `digits` */
};

static enum reading push_digit(struct reader *r, char c)
{
    struct decimal *v = &r->value;
    if (c == '0') {
        r->zeros += v->digits != 0;
        return READ_OK;
    }
    for (; r->zeros >= 0; r->zeros--) {
        if (v->digits > (UINT64_MAX - 9) / 10) {
            return READ_TOO_LARGE;
        }
        v->digits *= 10;
    }
    r->zeros = 0;
    v->digits += (uint64_t)(c - '0');
    return READ_OK;
}

static enum reading push_digits(struct reader *r, size_t n)
{
    size_t i = 0;
    for (; i < n && r->zeros == 0 && r->value.digits < UINT64_MAX / 100; i++) {
        r->value.digits = r->value.digits * 10 + (uint64_t)(r->rest.p[i] - '0');
    }
    for (; i < n; i++) { /* digits are getting many: look which are trailing zeros */
        enum reading answer = push_digit(r, r->rest.p[i]);
        if (answer != READ_OK) {
            return answer;
        }
    }
    r->rest = str_sub(r->rest, n, r->rest.n);
    return READ_OK;
}

static bool take(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    s->p++;
    s->n--;
    return true;
}

/* 1234567 or 1,234,567: once there is a separator, every group behind one has three digits. */
static enum reading read_whole(struct reader *r, size_t *ret_n)
{
    size_t n = scan_digits(r->rest);
    *ret_n = n;
    enum reading answer = push_digits(r, n);
    bool is_grouped = r->rest.n > 0 && r->rest.p[0] == ',';
    if (is_grouped && (n < 1 || n > 3)) {
        return READ_OTHER;
    }
    while (answer == READ_OK && take(&r->rest, ',')) {
        if (scan_digits(r->rest) != 3) {
            return READ_OTHER;
        }
        answer = push_digits(r, 3);
    }
    return answer;
}

static bool read_exponent(struct reader *r)
{
    if (!take(&r->rest, 'e') && !take(&r->rest, 'E')) {
        return true;
    }
    bool negative = take(&r->rest, '-');
    if (!negative) {
        (void)take(&r->rest, '+');
    }
    size_t n = scan_digits(r->rest);
    if (n < 1 || n > 2) {
        return false;
    }
    int exponent = scan_fixed(r->rest.p, n);
    r->rest = str_sub(r->rest, n, r->rest.n);
    r->value.exponent += negative ? -exponent : exponent;
    return true;
}

/* [-+]digits[,digits][.digits][E[-+]digits], the whole of s, ASCII. */
static enum reading read_number(struct str s, struct decimal *ret)
{
    struct reader r = {.rest = s};
    r.value.negative = take(&r.rest, '-');
    if (!r.value.negative) {
        (void)take(&r.rest, '+');
    }
    size_t whole, fraction = 0;
    enum reading answer = read_whole(&r, &whole);
    if (answer == READ_OK && take(&r.rest, '.')) {
        fraction = scan_digits(r.rest);
        answer = push_digits(&r, fraction) == READ_OK ? READ_OK : READ_TOO_FINE;
    }
    if (answer != READ_OK) {
        return answer;
    }
    r.value.exponent = r.zeros - (int)fraction;
    if (whole + fraction == 0 || !read_exponent(&r) || r.rest.n > 0) {
        return READ_OTHER;
    }
    *ret = r.value;
    return READ_OK;
}

/* v / 10^places if that leaves nothing over. Most amounts fit a word, whose division is far
 * cheaper. */
static bool divide(wide v, int places, wide *ret)
{
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    const int most = (int)(sizeof tens / sizeof *tens) - 1;
    if (v <= UINT64_MAX && places <= most) {
        *ret = (uint64_t)v / tens[places];
        return (uint64_t)v % tens[places] == 0;
    }
    for (; places > 0 && v != 0; places--) {
        if (v % 10 != 0) {
            return false;
        }
        v /= 10;
    }
    *ret = v;
    return true;
}

/* d in units, exactly: 1.2 with a unit of 100 is 120. */
static enum reading scale(struct decimal d, int64_t unit, int64_t *ret)
{
    wide v = (wide)d.digits * (wide)unit;
    if (d.exponent < 0 && !divide(v, -d.exponent, &v)) {
        return READ_TOO_FINE;
    }
    for (; d.exponent > 0 && v != 0 && v <= INT64_MAX; d.exponent--) {
        v *= 10;
    }
    if (v > INT64_MAX) {
        return READ_TOO_LARGE;
    }
    *ret = d.negative ? -(int64_t)v : (int64_t)v;
    return READ_OK;
}

/* The text with full-width forms as ASCII and without blanks at its ends; false if something else
 * is in it. */
static bool fold(struct str s, char out[ASCII_MOST], struct str *ret)
{
    size_t n = 0;
    while (s.n > 0) {
        uint32_t c = utf8_fold_width(utf8_next(&s));
        if (utf8_is_invisible(c)) {
            continue;
        }
        c = c == 0x2212   ? '-'
            : c == 0xFFE5 ? 0xA5
                          : c; /* the minus sign; the full-width yuan sign */
        if (n + UTF8_MOST > ASCII_MOST) {
            return false;
        }
        n += utf8_put(out + n, c);
    }
    *ret = str_trim(str_of(out, n));
    return true;
}

static bool take_end(struct str *s, struct str ending)
{
    if (!str_ends(*s, ending)) {
        return false;
    }
    *s = str_trim(str_sub(*s, 0, s->n - ending.n));
    return true;
}

static bool take_start(struct str *s, struct str start)
{
    if (!str_starts(*s, start)) {
        return false;
    }
    *s = str_trim(str_sub(*s, start.n, s->n));
    return true;
}

/* (123.00), as accountants write minus. */
static bool take_parentheses(struct str *s)
{
    if (s->n < 2 || s->p[0] != '(' || s->p[s->n - 1] != ')') {
        return false;
    }
    *s = str_trim(str_sub(*s, 1, s->n - 2));
    return true;
}

/* ¥1,234.50  -¥5  ¥-5  (¥5)  1.2万元 */
static enum reading read_amount(struct str s, int64_t *unit_fen, struct decimal *ret)
{
    char folded[ASCII_MOST];
    if (!fold(s, folded, &s)) {
        return READ_OTHER;
    }
    bool in_parentheses = take_parentheses(&s);
    if (take_end(&s, STR("万元"))) {
        *unit_fen = 1000000;
    } else if (take_end(&s, STR("元"))) {
        *unit_fen = 100;
    }
    in_parentheses = in_parentheses || take_parentheses(&s);
    bool has_minus = str_starts(s, STR("-¥")) && take_start(&s, STR("-"));
    (void)take_start(&s, STR("¥"));
    bool has_sign = has_minus || in_parentheses;
    if (has_sign && s.n > 0 && !scan_is_digit(s.p[0]) && s.p[0] != '.') {
        return READ_OTHER; /* a second sign */
    }
    enum reading answer = read_number(s, ret);
    ret->negative = ret->negative || has_sign;
    return answer;
}

static enum rc refuse(enum reading r, const char *zh_other, const char *en_other)
{
    if (r == READ_TOO_LARGE) {
        return err_fail(RC_VALUE, "%s", tr("数值过大", "the number is too large"));
    }
    if (r == READ_TOO_FINE) {
        return err_fail(RC_VALUE, "%s", tr("小数位数过多", "more decimal places than can be kept"));
    }
    return err_fail(RC_VALUE, "%s", tr(zh_other, en_other));
}

enum rc money_parse(struct str s, int64_t unit_fen, int64_t *ret_fen)
{
    struct decimal d = {0};
    enum reading r = read_number(s, &d);
    if (r == READ_OTHER) {
        r = read_amount(s, &unit_fen, &d);
    }
    if (r == READ_OK) {
        r = scale(d, unit_fen, ret_fen);
    }
    return r == READ_OK ? RC_OK
                        : refuse(r, "应为金额,如1234.50", "expected an amount such as 1234.50");
}

enum rc decimal_parse(struct str s, int64_t *ret_micro)
{
    struct decimal d = {0};
    char folded[ASCII_MOST];
    enum reading r = read_number(s, &d);
    if (r == READ_OTHER && fold(s, folded, &s)) {
        r = read_number(s, &d);
    }
    if (r == READ_OK) {
        r = scale(d, DECIMAL_ONE, ret_micro);
    }
    return r == READ_OK ? RC_OK : refuse(r, "应为数字,如12.5", "expected a number such as 12.5");
}

/* value / 10^places, with all its places. Built from the end; the sign is apart, for INT64_MIN has
 * no positive. */
static void format_fixed(int64_t value, int places, char out[MONEY_TEXT])
{
    char digits[MONEY_TEXT];
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    size_t at = sizeof digits;
    for (int i = 0; i <= places || rest > 0; i++) {
        if (i == places && places > 0) {
            digits[--at] = '.';
        }
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (value < 0) {
        digits[--at] = '-';
    }
    memcpy(out, digits + at, sizeof digits - at);
    out[sizeof digits - at] = '\0';
}

void money_format(int64_t fen, char out[MONEY_TEXT])
{
    format_fixed(fen, 2, out);
}

void decimal_format(int64_t micro, char out[MONEY_TEXT])
{
    format_fixed(micro, 6, out);
    size_t n = strlen(out);
    while (out[n - 1] == '0') {
        n--;
    }
    out[out[n - 1] == '.' ? n - 1 : n] = '\0';
}
