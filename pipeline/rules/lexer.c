#include "pipeline/rules/ast.h"

#include "base/money.h"
#include "base/scan.h"

/* Letters, digits, underscore and everything beyond ASCII: labels may be Chinese. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || ((unsigned char)c & 0x80U) != 0;
}

static bool is_word(char c)
{
    return is_letter(c) || scan_is_digit(c);
}

static size_t skip_blanks(struct str text, size_t at)
{
    while (at < text.n &&
           (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '\n' || text.p[at] == '\r')) {
        at++;
    }
    return at;
}

/* A name may have parts: department.dataset.field. A dot belongs to it only between words. */
static size_t name_end(struct str text, size_t at)
{
    while (at < text.n &&
           (is_word(text.p[at]) || (text.p[at] == '.' && at + 1 < text.n && is_letter(text.p[at + 1])))) {
        at++;
    }
    return at;
}

static size_t number_end(struct str text, size_t at)
{
    at += scan_digits(str_sub(text, at, text.n));
    if (at + 1 < text.n && text.p[at] == '.' && scan_is_digit(text.p[at + 1])) {
        at++;
        at += scan_digits(str_sub(text, at, text.n));
    }
    return at;
}

/* The percent sign is part of the number: 50% is half. Less than a millionth is not a number here. */
static bool read_percent(struct token *t)
{
    if (t->number % 100 != 0) {
        return false;
    }
    t->kind = TOKEN_PERCENT;
    t->number /= 100;
    return true;
}

static bool read_date(struct str text, struct token *t)
{
    date_t day = DATE_NONE;
    struct str word = str_sub(text, t->at, 10);
    if (word.n != 10 || word.p[4] != '-' || word.p[7] != '-' || !date_parse_iso(word, &day)) {
        return false;
    }
    t->kind = TOKEN_DATE;
    t->text = word;
    t->number = day;
    return true;
}

static struct token read_number(struct str text, size_t at)
{
    struct token t = {.kind = TOKEN_BAD, .at = at};
    if (read_date(text, &t)) {
        return t;
    }
    size_t end = number_end(text, at);
    t.text = str_sub(text, at, end - at);
    if (t.text.n > 12 || decimal_parse(t.text, &t.number) != RC_OK) {
        err_clear();
        return t;
    }
    t.kind = TOKEN_NUMBER;
    if (end < text.n && text.p[end] == '%') {
        t.text.n++;
        if (!read_percent(&t)) {
            t.kind = TOKEN_BAD;
        }
    }
    return t;
}

/* Quoted text ends at the same quote; there are no escapes. */
static struct token read_quoted(struct str text, size_t at)
{
    struct str rest = str_sub(text, at + 1, text.n);
    size_t n = str_find(rest, text.p[at]);
    if (n == rest.n) {
        return (struct token){.kind = TOKEN_BAD, .text = str_sub(text, at, text.n), .at = at};
    }
    return (struct token){.kind = TOKEN_TEXT, .text = str_of(rest.p, n), .at = at};
}

static struct token read_sign(struct str text, size_t at)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } signs[] = {/* longest first */
                 {"<=", TOKEN_LE},   {">=", TOKEN_GE},       {"!=", TOKEN_NE},        {"<>", TOKEN_NE},
                 {"<", TOKEN_LT},    {">", TOKEN_GT},        {"=", TOKEN_EQ},         {"(", TOKEN_OPEN},
                 {")", TOKEN_CLOSE}, {"[", TOKEN_LIST_OPEN}, {"]", TOKEN_LIST_CLOSE}, {",", TOKEN_COMMA},
                 {"+", TOKEN_PLUS},  {"-", TOKEN_MINUS},     {"*", TOKEN_TIMES},      {"/", TOKEN_OVER}};
    struct str rest = str_sub(text, at, text.n);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct str sign = str_from(signs[i].text);
        if (str_starts(rest, sign)) {
            return (struct token){.kind = signs[i].kind, .text = str_sub(rest, 0, sign.n), .at = at};
        }
    }
    return (struct token){.kind = TOKEN_BAD, .text = str_sub(rest, 0, 1), .at = at};
}

struct token lexer_next(struct str text, size_t *at)
{
    size_t from = skip_blanks(text, *at);
    if (from >= text.n) {
        *at = text.n;
        return (struct token){.kind = TOKEN_END, .text = STR(""), .at = text.n};
    }
    struct token t;
    char c = text.p[from];
    if (scan_is_digit(c)) {
        t = read_number(text, from);
    } else if (is_letter(c)) {
        t = (struct token){
            .kind = TOKEN_NAME, .at = from, .text = str_sub(text, from, name_end(text, from) - from)};
    } else if (c == '\'' || c == '"') {
        t = read_quoted(text, from);
    } else {
        t = read_sign(text, from);
    }
    *at = from + t.text.n + (t.kind == TOKEN_TEXT ? 2 : 0);
    return t;
}
