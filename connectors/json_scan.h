/* The tokens of JSON (RFC 8259), scanned without building anything: each function is given the place where its token
 * begins and returns the place behind it, or NULL after saying why. Eight bytes of a string are looked at at a time. */
#ifndef BIDUI_CONNECTORS_JSON_SCAN_H
#define BIDUI_CONNECTORS_JSON_SCAN_H

#include <endian.h>

#include "base/str.h"

enum scan_end {
    SCAN_MORE,                       /* right so far, but the window ends */
    SCAN_WRONG,                      /* no JSON at `at` */
    SCAN_STOPPED                     /* whoever uses the tokens has recorded an error */
};

struct scan {
    const char *end;                 /* of the window */
    bool is_last;                    /* nothing comes after the window */
    const char *at;                  /* once a function returned NULL */
    enum scan_end why;
};

static inline const char *scan_stop(struct scan *s, enum scan_end why, const char *at)
{
    s->why = why;
    s->at = at;
    return NULL;
}

/* The next byte that is no blank; there is one. */
static inline const char *scan_blanks(struct scan *s, const char *p)
{
    while (p < s->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p < s->end ? p : scan_stop(s, SCAN_MORE, p);
}

/* Bits of the bytes that end a plain run in a string: quote, backslash, control character. Bits above the lowest one
 * may be false. */
static inline uint64_t scan_special(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    uint64_t found = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((word - ones * ' ') & ~word);
    return found & (ones * 0x80);
}

/* The first byte from p on that ends a plain run, or the window's end. */
static inline const char *scan_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        uint64_t found = scan_special(le64toh(word));
        if (found != 0) {
            return p + __builtin_ctzll(found) / 8;
        }
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ') {
        p++;
    }
    return p;
}

/* Behind the backslash at p. */
const char *scan_escape(struct scan *s, const char *p);
/* p: behind the opening quote. Returns the closing quote. */
static inline const char *scan_string(struct scan *s, const char *p, bool *ret_has_escape)
{
    for (;;) {
        p = scan_plain(p, s->end);
        if (p == s->end) {
            return scan_stop(s, SCAN_MORE, p);
        }
        if (*p == '"') {
            return p;
        }
        if (*p != '\\') {
            return scan_stop(s, SCAN_WRONG, p);
        }
        *ret_has_escape = true;
        p = scan_escape(s, p);
        if (p == NULL) {
            return NULL;
        }
    }
}

/* A number that ends where the window does may go on in the next one. */
const char *scan_number(struct scan *s, const char *p);
/* true, false or null */
const char *scan_word(struct scan *s, const char *p);

#endif
