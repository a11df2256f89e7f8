#include "connectors/json_scan.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static const char *hex_digits(struct scan *s, const char *p)
{
    for (const char *four = p + 4; p < four; p++) {
        if (p == s->end || !is_hex(*p)) {
            return scan_stop(s, p == s->end ? SCAN_MORE : SCAN_WRONG, p);
        }
    }
    return p;
}

const char *scan_escape(struct scan *s, const char *p)
{
    p++;
    if (p == s->end) {
        return scan_stop(s, SCAN_MORE, p);
    }
    if (*p == 'u') {
        return hex_digits(s, p + 1);
    }
    return *p != '\0' && strchr("\"\\/bfnrt", *p) != NULL ? p + 1 : scan_stop(s, SCAN_WRONG, p);
}

/* At least one. */
static const char *digits(struct scan *s, const char *p)
{
    if (p == s->end || !is_digit(*p)) {
        return scan_stop(s, p == s->end ? SCAN_MORE : SCAN_WRONG, p);
    }
    while (p < s->end && is_digit(*p)) {
        p++;
    }
    return p;
}

static const char *exponent(struct scan *s, const char *p)
{
    if (p < s->end && (*p == '+' || *p == '-')) {
        p++;
    }
    return digits(s, p);
}

const char *scan_number(struct scan *s, const char *p)
{
    if (*p == '-') {
        p++;
    }
    p = p < s->end && *p == '0' ? p + 1 : digits(s, p);
    if (p != NULL && p < s->end && *p == '.') {
        p = digits(s, p + 1);
    }
    if (p != NULL && p < s->end && (*p | 0x20) == 'e') {
        p = exponent(s, p + 1);
    }
    return p == s->end && !s->is_last ? scan_stop(s, SCAN_MORE, p) : p;
}

const char *scan_word(struct scan *s, const char *p)
{
    const char *word = *p == 't' ? "true" : *p == 'f' ? "false" : "null";
    for (; *word != '\0'; word++, p++) {
        if (p == s->end || *p != *word) {
            return scan_stop(s, p == s->end ? SCAN_MORE : SCAN_WRONG, p);
        }
    }
    return p;
}
