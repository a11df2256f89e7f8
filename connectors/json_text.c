#include "connectors/json_text.h"

/* A quote inside a string always stands behind an odd number of backslashes. */
static bool is_escaped(struct str document, size_t at)
{
    size_t backslashes = 0;
    while (backslashes < at && document.p[at - backslashes - 1] == '\\') {
        backslashes++;
    }
    return backslashes % 2 == 1;
}

struct str json_text_token(struct str document, size_t end)
{
    size_t start = end - 1;
    while (start > 0) {
        const char *quote = memrchr(document.p, '"', start);
        start = quote == NULL ? 0 : (size_t)(quote - document.p);
        if (!is_escaped(document, start)) {
            break;
        }
    }
    return str_sub(document, start, end - start);
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* The code unit of a \u escape at s; 0 if none stands there. yajl has proven the digits. */
static unsigned unit_at(struct str s)
{
    if (s.n < 6 || s.p[0] != '\\' || s.p[1] != 'u') {
        return 0;
    }
    return hex_digit(s.p[2]) << 12 | hex_digit(s.p[3]) << 8 | hex_digit(s.p[4]) << 4 |
           hex_digit(s.p[5]);
}

static bool is_high(unsigned unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static bool is_low(unsigned unit)
{
    return (unit & 0xFC00) == 0xDC00;
}

bool json_text_is_paired(struct str token)
{
    for (;;) {
        size_t at = str_find(token, '\\');
        token = str_sub(token, at, token.n);
        if (token.n == 0) {
            return true;
        }
        unsigned unit = unit_at(token);
        bool is_pair = is_high(unit) && is_low(unit_at(str_sub(token, 6, 6)));
        if (!is_pair && (is_high(unit) || is_low(unit))) {
            return false;
        }
        size_t length = is_pair ? 12 : 2; /* the digits of one \u are passed over as plain text */
        token = str_sub(token, length, token.n);
    }
}

size_t json_text_compact(struct str source, char *out)
{
    size_t n = 0;
    bool in_string = false;
    for (size_t i = 0; i < source.n; i++) {
        char c = source.p[i];
        bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_blank || in_string) {
            out[n++] = c;
        }
        if (in_string && c == '\\') {
            out[n++] = source.p[++i];
        } else if (c == '"') {
            in_string = !in_string;
        }
    }
    return n;
}
