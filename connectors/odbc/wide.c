#include "base/utf8.h"
#include "connectors/odbc/odbc.h"

SQLWCHAR *odbc_wide(struct arena *a, struct str utf8, size_t *ret_units)
{
    SQLWCHAR *out = arena_array(a, utf8.n + 1, sizeof *out); /* never more units than bytes */
    size_t n = 0;
    while (utf8.n > 0) {
        uint32_t c = utf8_next(&utf8);
        if (c >= 0x10000 && c < UTF8_RAW) {
            out[n++] = (SQLWCHAR)(0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        out[n++] = (SQLWCHAR)c;
    }
    *ret_units = n;
    return out;
}

static bool is_high(uint32_t c)
{
    return c >= 0xD800 && c < 0xDC00;
}

static bool is_low(uint32_t c)
{
    return c >= 0xDC00 && c < 0xE000;
}

struct str odbc_narrow(struct arena *a, const SQLWCHAR *p, size_t units)
{
    char *out = arena_array(a, units * 3 + 1, 1); /* a pair takes 4 bytes for its 2 units */
    size_t n = 0;
    for (size_t i = 0; i < units; i++) {
        uint32_t c = p[i];
        if (is_high(c) && i + 1 < units && is_low(p[i + 1])) {
            c = 0x10000 + ((c - 0xD800) << 10) + (p[++i] - 0xDC00u);
        } else if (is_high(c) || is_low(c)) {
            return STR_NULL;
        }
        n += utf8_put(out + n, c);
    }
    return str_of(out, n);
}
