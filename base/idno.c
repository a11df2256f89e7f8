#include "base/idno.h"

#include "base/scan.h"
#include "base/utf8.h"

#define DIGITS 17 /* before the check character */
#define REGION 6
#define MASKED_TO 14    /* the birth date is starred */
#define COLLECT_MOST 32 /* more characters than any form has */

/* The sum of digit times weight, the check character (X is 10) with weight 1, is 1 modulo 11.
 * Every weight is a power of 2, so every single wrong digit and every swap of neighbours shows. */
static const int weights[IDNO_LEN] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1};

/* Four numbers below 2^16 in one word, last first. Multiplying a word of four by it leaves the sum
 * of the products, first by first, in the highest quarter. */
#define FOUR(a, b, c, d) \
    ((uint64_t)(a) << 48 | (uint64_t)(b) << 32 | (uint64_t)(c) << 16 | (uint64_t)(d))

static int sum8(const char *digits8, uint64_t even, uint64_t odd)
{
    const uint64_t one_in_two = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t w = scan_load8(digits8) - UINT64_C(0x3030303030303030);
    return (int)((w & one_in_two) * even >> 48) + (int)((w >> 8 & one_in_two) * odd >> 48);
}

static int digit_sum(const char *digits17)
{
    return sum8(digits17, FOUR(7, 10, 8, 2), FOUR(9, 5, 4, 1)) +
           sum8(digits17 + 8, FOUR(6, 7, 10, 8), FOUR(3, 9, 5, 4)) +
           (digits17[16] - '0') * weights[16];
}

char idno_check_char(const char digits17[17])
{
    return "10X98765432"[digit_sum(digits17) % 11];
}

/* Eight digits YYYYMMDD. */
static bool is_birth_date(const char *p)
{
    int year = scan_fixed(p, 4);
    return year >= 1900 && year <= 2100 &&
           date_is_valid(year, scan_fixed(p + 4, 2), scan_fixed(p + 6, 2));
}

static bool are_digits17(const char *p)
{
    return scan_all_digits8(p) && scan_all_digits8(p + 8) && scan_is_digit(p[16]);
}

static bool has_form(const char *text18)
{
    return are_digits17(text18) && (scan_is_digit(text18[DIGITS]) || text18[DIGITS] == 'X');
}

bool idno_is_valid(const char text18[IDNO_LEN])
{
    return are_digits17(text18) && idno_check_char(text18) == text18[DIGITS] &&
           is_birth_date(text18 + REGION);
}

date_t idno_birth_date(const char text18[IDNO_LEN])
{
    const char *p = text18 + REGION;
    if (!scan_all_digits8(p) || !is_birth_date(p)) {
        return DATE_NONE;
    }
    return date_from_ymd(scan_fixed(p, 4), scan_fixed(p + 4, 2), scan_fixed(p + 6, 2));
}

bool idno_is_male(const char text18[IDNO_LEN])
{
    return (text18[DIGITS - 1] - '0') % 2 == 1;
}

void idno_mask(const char text18[IDNO_LEN], char out[IDNO_LEN + 1])
{
    memcpy(out, text18, IDNO_LEN);
    memset(out + REGION, '*', MASKED_TO - REGION);
    out[IDNO_LEN] = '\0';
}

/* ---- normalizing ---- */

static void set_bad(struct idno *id, const char *zh, const char *en)
{
    *id = (struct idno){.state = IDNO_BAD, .reason_zh = zh, .reason_en = en};
}

static void set_blank(struct idno *id)
{
    *id = (struct idno){.state = IDNO_BLANK};
}

/* 18 characters of the right form: valid, or repairable with the reason why. */
static void judge(struct idno *id, const char *text18)
{
    *id = (struct idno){.state = IDNO_BAD_CHECK};
    memcpy(id->text, text18, IDNO_LEN);
    if (!is_birth_date(text18 + REGION)) {
        id->reason_zh = "出生日期不存在";
        id->reason_en = "the birth date does not exist";
    } else if (idno_check_char(text18) == text18[DIGITS]) {
        id->state = IDNO_VALID;
    } else if (memcmp(text18 + 15, "000", 3) == 0) {
        /* Spreadsheets keep 15 digits of a number. */
        id->reason_zh = "校验码不符,末三位为000,可能被电子表格截断";
        id->reason_en = "check digit wrong; ends in 000, perhaps cut off by a spreadsheet";
    } else {
        id->reason_zh = "校验码不符";
        id->reason_en = "check digit wrong";
    }
}

/* 15 digits, YYMMDD inside, have nothing to prove them. 996 to 999 marked people over a hundred,
 * who are born in 18xx: no century can be given with certainty. */
static void judge_15(struct idno *id, const char *text15)
{
    if (memcmp(text15 + 12, "996", 3) >= 0) {
        set_bad(id, "15位号码顺序码为996至999(百岁老人),世纪不能确定",
                "15 digits with sequence 996-999 (centenarians): the century is not certain");
        return;
    }
    char text[IDNO_LEN];
    memcpy(text, text15, REGION);
    memcpy(text + REGION, "19", 2);
    memcpy(text + REGION + 2, text15 + REGION, 9);
    if (!is_birth_date(text + REGION)) {
        set_bad(id, "15位号码的出生日期不存在", "15 digits whose birth date does not exist");
        return;
    }
    text[DIGITS] = idno_check_char(text);
    judge(id, text);
    id->was_15 = true;
}

/* Behind the number of a disability certificate: type 1-7, level 1-4, and B1, B2... for a new
 * issue. */
static bool is_certificate_tail(struct str s)
{
    bool is_first = s.n >= 2 && s.p[0] >= '1' && s.p[0] <= '7' && s.p[1] >= '1' && s.p[1] <= '4';
    return is_first && (s.n == 2 || (s.n == 4 && s.p[2] == 'B' && s.p[3] >= '1' && s.p[3] <= '9'));
}

/* 5.1E+17 */
static bool is_scientific(struct str s)
{
    size_t n = scan_digits(s);
    if (n == 0) {
        return false;
    }
    if (n < s.n && s.p[n] == '.') {
        n += 1 + scan_digits(str_sub(s, n + 1, s.n));
    }
    if (n >= s.n || s.p[n] != 'E') {
        return false;
    }
    n += n + 1 < s.n && s.p[n + 1] == '+' ? 2 : 1;
    struct str exponent = str_sub(s, n, s.n);
    return exponent.n > 0 && scan_digits(exponent) == exponent.n;
}

static bool is_blank_word(struct str s)
{
    static const char *const words[] = {"", "无", "暂无", "0", "/", "-", "--", "—", "——", "NULL"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(s, words[i])) {
            return true;
        }
    }
    return false;
}

/* Signs people type for the X at the end: the multiplication sign and the letters and numerals that
 * look like X. */
static uint32_t fold_x(uint32_t c)
{
    static const uint32_t alike[] = {0xD7,   0x2715, 0x2716, 0x2A2F, 0x2169,
                                     0x2179, 0x3A7,  0x3C7,  0x425,  0x445};
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        if (c == alike[i]) {
            return '*';
        }
    }
    return c;
}

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0xB4;
}

static uint32_t next_folded(struct str *s)
{
    if (scan_is_digit(s->p[0])) { /* nearly all are; the way below does the same, slowly */
        s->n--;
        return (unsigned char)*s->p++;
    }
    return fold_x(utf8_fold_width(utf8_next(s)));
}

/* The text without blanks and what cannot be seen, narrow, upper case, look-alikes of X as '*'.
 * False when it is longer than any form of a number. */
static bool collect(struct str raw, char out[COLLECT_MOST], struct str *ret)
{
    size_t n = 0;
    while (raw.n > 0) {
        uint32_t c = next_folded(&raw);
        if (c == ' ' || utf8_is_invisible(c) || (n == 0 && is_apostrophe(c))) {
            continue;
        }
        c = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
        if (n + UTF8_MOST > COLLECT_MOST) {
            return false;
        }
        n += utf8_put(out + n, c);
    }
    *ret = str_of(out, n);
    return true;
}

static void set_bad_shape(struct idno *id, struct str s)
{
    if (is_scientific(s)) {
        set_bad(id, "被电子表格写成科学计数法,末几位已丢失",
                "scientific notation of a spreadsheet: the last digits are lost");
    } else if (s.n >= 15 && str_find(s, '*') < s.n) {
        set_bad(id, "号码被打了星号", "the number is masked with stars");
    } else if (s.n == 17 && scan_digits(s) == 17) {
        set_bad(id, "只有17位,缺一位", "17 digits: one is missing");
    } else if (s.n > 0 && scan_digits(s) == s.n) {
        set_bad(id, "位数不对,应为18位", "wrong number of digits, expected 18");
    } else {
        set_bad(id, "应为18位身份证号码", "expected an identity number of 18 characters");
    }
}

static void judge_any(struct idno *ret, struct str s)
{
    char text[IDNO_LEN];
    bool is_certificate =
        (s.n == 20 || s.n == 22) && is_certificate_tail(str_sub(s, IDNO_LEN, s.n));
    if (s.n == 15 && scan_digits(s) == 15) {
        judge_15(ret, s.p);
        return;
    }
    if (s.n == IDNO_LEN || is_certificate) {
        memcpy(text, s.p, IDNO_LEN);
        text[DIGITS] = text[DIGITS] == '*' ? 'X' : text[DIGITS];
        if (has_form(text)) {
            judge(ret, text);
            ret->was_certificate = is_certificate;
            return;
        }
    }
    set_bad_shape(ret, s);
}

void idno_normalize(struct str raw, struct idno *ret)
{
    if (raw.n == IDNO_LEN && idno_is_valid(raw.p)) { /* nearly always */
        *ret = (struct idno){.state = IDNO_VALID};
        memcpy(ret->text, raw.p, IDNO_LEN);
        return;
    }
    char collected[COLLECT_MOST];
    struct str s;
    if (!collect(raw, collected, &s)) {
        set_bad_shape(ret, raw);
    } else if (is_blank_word(s)) {
        set_blank(ret);
    } else {
        judge_any(ret, s);
    }
}

/* ---- repairing ---- */

struct repair {
    char text[IDNO_LEN];
    void (*found)(void *ctx, const char text18[IDNO_LEN]);
    void *ctx;
};

static int value_of(char c)
{
    return c == 'X' ? 10 : c - '0';
}

static void offer(const struct repair *r)
{
    if (is_birth_date(r->text + REGION)) {
        r->found(r->ctx, r->text);
    }
}

/* Weights have an inverse modulo 11: at each place one value at most makes the sum right. */
static void try_change(struct repair *r, int place, int sum)
{
    char old = r->text[place];
    for (int v = 0; v <= (place == DIGITS ? 10 : 9); v++) {
        char c = "0123456789X"[v];
        if (c != old && (sum + (v - value_of(old)) * weights[place]) % 11 == 1) {
            r->text[place] = c;
            offer(r);
        }
    }
    r->text[place] = old;
}

static void try_swap(struct repair *r, int place, int sum)
{
    char a = r->text[place], b = r->text[place + 1];
    int change = (value_of(b) - value_of(a)) * (weights[place] - weights[place + 1]);
    if (a == b || b == 'X' || (sum + change) % 11 != 1) {
        return;
    }
    r->text[place] = b;
    r->text[place + 1] = a;
    offer(r);
    r->text[place] = a;
    r->text[place + 1] = b;
}

void idno_repairs(const char text18[IDNO_LEN],
                  void (*found)(void *ctx, const char text18[IDNO_LEN]), void *ctx)
{
    if (!has_form(text18)) {
        return;
    }
    struct repair r = {.found = found, .ctx = ctx};
    memcpy(r.text, text18, IDNO_LEN);
    int sum =
        digit_sum(text18) + value_of(text18[DIGITS]) + 11 * 10; /* keeps what follows positive */
    for (int place = 0; place < IDNO_LEN; place++) {
        try_change(&r, place, sum);
    }
    for (int place = 0; place < DIGITS; place++) {
        try_swap(&r, place, sum);
    }
}

bool idno_is_within(struct str s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool is_last = digits >= IDNO_LEN - 1 && (s.p[i] == 'x' || s.p[i] == 'X' || (s.p[i] >= '0' && s.p[i] <= '9'));
        if (is_last) {
            char text[IDNO_LEN];
            memcpy(text, s.p + i + 1 - IDNO_LEN, IDNO_LEN);
            text[IDNO_LEN - 1] = s.p[i] == 'x' ? 'X' : s.p[i];
            if (idno_is_valid(text)) {
                return true;
            }
        }
        digits = s.p[i] >= '0' && s.p[i] <= '9' ? digits + 1 : 0;
    }
    return false;
}
