#include "base/utf8.h"

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The second byte carries the limits that forbid overlong forms, surrogates and what lies past
 * U+10FFFF. */
static bool is_second(unsigned char lead, unsigned char c)
{
    unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return c >= least && c <= most;
}

/* Length announced by a first byte; 0: none begins so. */
static size_t lead_length(unsigned char c)
{
    if (c < 0x80) {
        return 1;
    }
    if (c < 0xC2 || c > 0xF4) {
        return 0;
    }
    return c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* How many of the first `want` bytes are right. */
static size_t right_bytes(struct str s, size_t want)
{
    size_t n = 1;
    while (n < want && n < s.n &&
           (n == 1 ? is_second((unsigned char)s.p[0], (unsigned char)s.p[1]) : is_tail(s.p[n]))) {
        n++;
    }
    return n;
}

size_t utf8_length(struct str s)
{
    if (s.n == 0) {
        return 0;
    }
    size_t want = lead_length((unsigned char)s.p[0]);
    return want > 1 && right_bytes(s, want) == want ? want : 1;
}

bool utf8_is_cut(struct str s)
{
    if (s.n == 0) {
        return false;
    }
    size_t want = lead_length((unsigned char)s.p[0]);
    return s.n < want && right_bytes(s, want) == s.n;
}

/* Length of the plain characters at the front: ASCII, and Han with first bytes E4 to E9, which need
 * no look at their limits. Department text is nearly all of this kind. */
static size_t plain_prefix(struct str s)
{
    size_t i = 0;
    for (;;) {
        uint64_t word;
        while (i + sizeof word <= s.n &&
               (memcpy(&word, s.p + i, sizeof word), (word & UINT64_C(0x8080808080808080)) == 0)) {
            i += sizeof word;
        }
        while (i < s.n && (signed char)s.p[i] >= 0) {
            i++;
        }
        size_t before = i;
        while (i + 3 <= s.n && (unsigned char)s.p[i] - 0xE4u <= 0xE9u - 0xE4u &&
               is_tail(s.p[i + 1]) && is_tail(s.p[i + 2])) {
            i += 3;
        }
        if (i == before) {
            return i;
        }
    }
}

size_t utf8_valid_prefix(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        i += plain_prefix(str_sub(s, i, s.n));
        if (i == s.n) {
            break;
        }
        size_t n = utf8_length(str_sub(s, i, s.n));
        if (n == 1 && (signed char)s.p[i] < 0) {
            break;
        }
        i += n;
    }
    return i;
}

static uint32_t tail_bits(char c)
{
    return (unsigned char)c & 0x3Fu;
}

uint32_t utf8_next(struct str *s)
{
    const char *p = s->p;
    uint32_t lead = (unsigned char)*p;
    size_t n = utf8_length(*s);
    s->p += n;
    s->n -= n;
    switch (n) {
    case 2:
        return (lead & 0x1F) << 6 | tail_bits(p[1]);
    case 3:
        return (lead & 0x0F) << 12 | tail_bits(p[1]) << 6 | tail_bits(p[2]);
    case 4:
        return (lead & 0x07) << 18 | tail_bits(p[1]) << 12 | tail_bits(p[2]) << 6 | tail_bits(p[3]);
    default:
        return lead < 0x80 ? lead : UTF8_RAW + lead;
    }
}

size_t utf8_put(char *out, uint32_t c)
{
    if (c < 0x80 || c >= UTF8_RAW) {
        out[0] = (char)(c & 0xFF);
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[n] | c);
    return n;
}

static bool is_between(uint32_t c, uint32_t least, uint32_t most)
{
    return c - least <= most - least;
}

uint32_t utf8_fold_width(uint32_t c)
{
    if (is_between(c, 0xFF01, 0xFF5E)) {
        return c - 0xFEE0;
    }
    bool is_blank =
        c == 0x3000 || c == 0xA0 || is_between(c, 0x2000, 0x200A) || c == 0x202F || c == 0x205F;
    return is_blank ? ' ' : c;
}

bool utf8_is_invisible(uint32_t c)
{
    return c < 0x20 || is_between(c, 0x7F, 0x9F) || is_between(c, 0x200B, 0x200F) ||
           is_between(c, 0x202A, 0x202E) || is_between(c, 0x2060, 0x206F) || c == 0xFEFF;
}

bool utf8_is_private(uint32_t c)
{
    return is_between(c, 0xE000, 0xF8FF) || is_between(c, 0xF0000, 0x10FFFF);
}

bool utf8_is_han(uint32_t c)
{
    return is_between(c, 0x4E00, 0x9FFF) || is_between(c, 0x3400, 0x4DBF) || c == 0x3007 ||
           is_between(c, 0x2E80, 0x2FDF) || is_between(c, 0xF900, 0xFAFF) ||
           is_between(c, 0x20000, 0x3FFFF) || utf8_is_private(c);
}
