#include "pipeline/link/similar.h"

#include <string.h>

#define ONE 1000000u /* reckoned in millionths, told in thousandths */
#define TRUNCATED 4u /* what the divisions lose at most */
#define PREFIX_MOST 4
#define PREFIX_SCALE 10 /* a tenth of what is missing for each character of the common beginning \
                         */

static uint64_t letter(uint32_t c)
{
    return UINT64_C(1) << ((c * 0x9E3779B1u) >> 26);
}

uint64_t similar_letters(const uint32_t *p, size_t n)
{
    uint64_t letters = 0;
    for (size_t i = 0; i < n; i++) {
        letters |= letter(p[i]);
    }
    return letters;
}

static unsigned alone(struct points a, struct points b)
{
    return (unsigned)__builtin_popcountll(a.letters & ~b.letters);
}

static struct points capped(struct points p)
{
    p.n = p.n < SIMILAR_MOST ? p.n : SIMILAR_MOST;
    return p;
}

/* ---- Jaro-Winkler ---- */

static unsigned common_prefix(struct points a, struct points b)
{
    unsigned n = 0;
    while (n < PREFIX_MOST && n < a.n && n < b.n && a.p[n] == b.p[n]) {
        n++;
    }
    return n;
}

/* Both in millionths. */
static unsigned with_prefix(unsigned jaro, unsigned prefix)
{
    return jaro + prefix * (ONE - jaro) / PREFIX_SCALE;
}

/* The characters of a that b has nearby, as bits of both. */
static unsigned match(struct points a, struct points b, uint64_t *ret_a, uint64_t *ret_b)
{
    unsigned longest = a.n > b.n ? a.n : b.n, window = longest / 2 > 0 ? longest / 2 - 1 : 0,
             found = 0;
    for (unsigned i = 0; i < a.n; i++) {
        unsigned from = i > window ? i - window : 0,
                 to = i + window + 1 < b.n ? i + window + 1 : b.n;
        for (unsigned k = from; k < to; k++) {
            if (a.p[i] == b.p[k] && (*ret_b >> k & 1) == 0) {
                *ret_a |= UINT64_C(1) << i;
                *ret_b |= UINT64_C(1) << k;
                found++;
                break;
            }
        }
    }
    return found;
}

static unsigned out_of_order(struct points a, struct points b, uint64_t in_a, uint64_t in_b)
{
    unsigned n = 0;
    for (; in_a != 0; in_a &= in_a - 1, in_b &= in_b - 1) {
        n += a.p[__builtin_ctzll(in_a)] != b.p[__builtin_ctzll(in_b)] ? 1 : 0;
    }
    return n;
}

unsigned similar_jaro_winkler(struct points a, struct points b, unsigned least)
{
    unsigned only_a = alone(a, b), only_b = alone(b, a);
    a = capped(a);
    b = capped(b);
    if (a.n == 0 || b.n == 0 || only_a >= a.n || only_b >= b.n) {
        return 0;
    }
    unsigned prefix = common_prefix(a, b);
    unsigned bound =
        (ONE * (a.n - only_a) / a.n + ONE * (b.n - only_b) / b.n + ONE) / 3 + TRUNCATED;
    if (with_prefix(bound < ONE ? bound : ONE, prefix) / 1000 < least) {
        return 0;
    }
    uint64_t in_a = 0, in_b = 0;
    unsigned found = match(a, b, &in_a, &in_b);
    if (found == 0) {
        return 0;
    }
    unsigned ordered = 2 * found - out_of_order(a, b, in_a, in_b);
    unsigned jaro = (ONE * found / a.n + ONE * found / b.n + ONE / 2 * ordered / found) / 3;
    unsigned result = (with_prefix(jaro, prefix) + TRUNCATED) / 1000;
    return result < least ? 0 : result < 1000 ? result : 1000;
}

/* ---- Edits ---- */

static uint64_t places_of(struct points a, uint32_t c)
{
    uint64_t places = 0;
    for (unsigned i = 0; i < a.n && (a.letters & letter(c)) != 0; i++) {
        places |= (uint64_t)(a.p[i] == c) << i;
    }
    return places;
}

/* Hyyrö's bit-parallel restricted Damerau-Levenshtein distance: a column of the table in a word. */
unsigned similar_edits(struct points a, struct points b, unsigned most)
{
    unsigned only_a = alone(a, b), only_b = alone(b, a);
    a = capped(a);
    b = capped(b);
    unsigned by_length = a.n > b.n ? a.n - b.n : b.n - a.n;
    if (by_length > most || only_a > most || only_b > most || a.n == 0) {
        return a.n == 0 && b.n <= most ? b.n : most + 1;
    }
    uint64_t up = ~UINT64_C(0), down = 0, zero = 0, before = 0, last = UINT64_C(1) << (a.n - 1);
    unsigned distance = a.n;
    for (unsigned i = 0; i < b.n; i++) {
        uint64_t here = places_of(a, b.p[i]), swapped = ((~zero & here) << 1) & before;
        zero = (((here & up) + up) ^ up) | here | down | swapped;
        uint64_t right = down | ~(zero | up), left = zero & up;
        distance += (right & last) != 0 ? 1 : 0;
        distance -= (left & last) != 0 ? 1 : 0;
        right = right << 1 | 1;
        up = left << 1 | ~(zero | right);
        down = right & zero;
        before = here;
    }
    return distance <= most ? distance : most + 1;
}

size_t similar_changes(struct points a, struct points b)
{
    size_t n = 0;
    if (a.n != b.n) {
        return SIZE_MAX;
    }
    for (unsigned i = 0; i < a.n; i++) {
        n += a.p[i] != b.p[i] ? 1 : 0;
    }
    return n;
}

bool similar_is_swap(struct points a, struct points b)
{
    unsigned i = 0;
    if (a.n != b.n) {
        return false;
    }
    while (i < a.n && a.p[i] == b.p[i]) {
        i++;
    }
    return i + 1 < a.n && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
           memcmp(a.p + i + 2, b.p + i + 2, (a.n - i - 2) * sizeof *a.p) == 0;
}
