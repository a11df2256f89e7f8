/* Decimal digits in a byte string. */
#ifndef BIDUI_BASE_SCAN_H
#define BIDUI_BASE_SCAN_H

#include "base/str.h"

static inline bool scan_is_digit(char c) { return (unsigned char)(c - '0') <= 9; }

/* How many digits s begins with. */
static inline size_t scan_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && scan_is_digit(s.p[n])) {
        n++;
    }
    return n;
}

/* Eight bytes as a number whose lowest byte is the first. */
static inline uint64_t scan_load8(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* Are the eight bytes at p all digits? All at once: a digit's high half is 3, and stays so when 6 is added. */
static inline bool scan_all_digits8(const char *p)
{
    const uint64_t high = UINT64_C(0xF0F0F0F0F0F0F0F0);
    uint64_t w = scan_load8(p);
    uint64_t plus6 = w + UINT64_C(0x0606060606060606);
    return ((w & high) | (plus6 & high) >> 4) == UINT64_C(0x3333333333333333);
}

/* The value of n digits (at most 9; 18), which the caller has proven. */
static inline int scan_fixed(const char *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

/* The value of eight digits, which the caller has proven: pairs, then fours, then all of them. */
static inline uint64_t scan_eight(const char *p)
{
    uint64_t w = scan_load8(p) - UINT64_C(0x3030303030303030);
    w = w * 10 + (w >> 8);
    return ((w & UINT64_C(0x000000FF000000FF)) * (100 + (UINT64_C(1000000) << 32)) +
            (w >> 16 & UINT64_C(0x000000FF000000FF)) * (1 + (UINT64_C(10000) << 32))) >> 32;
}

static inline uint64_t scan_u64(const char *p, size_t n)
{
    uint64_t v = 0;
    for (; n >= 8; p += 8, n -= 8) {
        v = v * 100000000 + scan_eight(p);
    }
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (uint64_t)(p[i] - '0');
    }
    return v;
}

#endif
