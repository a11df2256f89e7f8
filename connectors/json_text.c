#include "connectors/json_text.h"

#include "base/err.h"

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* The code unit of a \u escape at s; 0 if none stands there. */
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

static size_t put_utf8(char *out, unsigned c)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6) {
        out[i] = (char)(0x80 | (c & 0x3F));
    }
    out[0] = (char)(leads[n] | c);
    return n;
}

/* A \u escape at the front of s, or a pair of them; *ret_used bytes of source. */
static unsigned code_point(struct str s, size_t *ret_used, const char **ret_flaw)
{
    unsigned unit = unit_at(s), low = unit_at(str_sub(s, 6, 6));
    *ret_used = 6;
    if (is_high(unit) && is_low(low)) {
        *ret_used = 12;
        return 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF));
    }
    if (is_high(unit) || is_low(unit)) {
        *ret_flaw = tr("文字含不成对的代理码", "text holds half a character");
        return '?';
    }
    if (unit == 0) {
        *ret_flaw = tr("文字含空字符", "text holds a NUL character");
    }
    return unit;
}

static char plain_escape(char c)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *at = memchr(from, c, sizeof from - 1);
    return at == NULL ? c : to[at - from];
}

size_t json_text_unescape(struct str source, char *out, const char **ret_flaw)
{
    size_t n = 0;
    while (source.n > 0) {
        size_t plain = str_find(source, '\\'), used = 2;
        memcpy(out + n, source.p, plain);
        n += plain;
        source = str_sub(source, plain, source.n);
        if (source.n == 0) {
            break;
        }
        if (source.p[1] == 'u') {
            n += put_utf8(out + n, code_point(source, &used, ret_flaw));
        } else {
            out[n++] = plain_escape(source.p[1]);
        }
        source = str_sub(source, used, source.n);
    }
    return n;
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
