/* Where in a run of bytes are the next delimiter, CR and LF? Answered from a bit map of 64 bytes at a
 * time, which short fields share: finding the next mark is then a count of trailing zeros. */
#ifndef BIDUI_BASE_MARK_H
#define BIDUI_BASE_MARK_H

#include "base/scan.h"

#if defined(__SSE2__) && !defined(MARK_PORTABLE)
#include <emmintrin.h>
#endif

#define MARK_BLOCK ((size_t)64)

struct marks {
    const char *p;
    size_t n;
    char delimiter;                  /* not NUL */
    size_t at;                       /* the next byte to read */
    size_t base;                     /* the block begins here */
    uint64_t bits;                   /* marks of the block that are not before `at` */
};

#if defined(__SSE2__) && !defined(MARK_PORTABLE)
static inline uint64_t mark_block(const char *p, char delimiter)
{
    const __m128i d = _mm_set1_epi8(delimiter), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    uint64_t bits = 0;
    for (unsigned i = 0; i < MARK_BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i_u *)(const void *)(p + i));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, d), _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << i;
    }
    return bits;
}
#else
/* The high bit of every byte of w that equals c, the others 0. */
static inline uint64_t mark_equal(uint64_t w, char c)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
    uint64_t x = w ^ (unsigned char)c * UINT64_C(0x0101010101010101);
    return ~(((x & low) + low) | x | low);
}

static inline uint64_t mark_block(const char *p, char delimiter)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < MARK_BLOCK; i += 8) {
        uint64_t w = scan_load8(p + i);
        uint64_t hit = mark_equal(w, delimiter) | mark_equal(w, '\n') | mark_equal(w, '\r');
        bits |= ((hit >> 7) * UINT64_C(0x0102040810204080) >> 56) << i; /* gathers the eight bits */
    }
    return bits;
}
#endif

static inline void marks_load(struct marks *m, size_t base)
{
    m->base = base;
    size_t left = m->n - base;
    if (left >= MARK_BLOCK) {
        m->bits = mark_block(m->p + base, m->delimiter);
        return;
    }
    char padded[MARK_BLOCK] = {0};
    if (left > 0) {
        memcpy(padded, m->p + base, left);
    }
    m->bits = mark_block(padded, m->delimiter); /* the padding is no mark */
}

static inline void marks_seek(struct marks *m, size_t at)
{
    m->at = at;
    if (at - m->base < MARK_BLOCK) {
        m->bits &= ~UINT64_C(0) << (at - m->base);
    } else {
        marks_load(m, at);
    }
}

static inline void marks_begin(struct marks *m, struct str s, char delimiter)
{
    *m = (struct marks){.p = s.p, .n = s.n, .delimiter = delimiter};
    marks_load(m, 0);
}

/* Position of the first mark from m->at on, or m->n. */
static inline size_t marks_next(struct marks *m)
{
    while (m->bits == 0) {
        if (m->n - m->base <= MARK_BLOCK) {
            return m->n;
        }
        marks_load(m, m->base + MARK_BLOCK);
    }
    return m->base + (size_t)__builtin_ctzll(m->bits);
}

/* Steps behind the mark that marks_next has just given. */
static inline void marks_pass(struct marks *m)
{
    m->at = m->base + (size_t)__builtin_ctzll(m->bits) + 1;
    m->bits &= m->bits - 1;
}

#endif
