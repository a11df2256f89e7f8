#include "pipeline/pull/renamed.h"

#include <ctype.h>

#define NAME_POINTS 64
#define CLEARLY 150 /* thousandths: so much nearer than the next best one must be */

/* ---- By name ---- */

/* Code points, letters in lower case, without what separates words. */
static size_t points_of(struct str s, uint32_t out[NAME_POINTS])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < NAME_POINTS;) {
        unsigned char c = (unsigned char)s.p[i++];
        uint32_t point = c < 0x80 ? (uint32_t)tolower(c) : c;
        while (i < s.n && c >= 0x80 && ((unsigned char)s.p[i] & 0xc0) == 0x80) {
            point = point << 8 | (unsigned char)s.p[i++];
        }
        if (point != ' ' && point != '_' && point != '-' && point != '/') {
            out[n++] = point;
        }
    }
    return n;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static size_t distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t row[NAME_POINTS + 1];
    for (size_t k = 0; k <= m; k++) {
        row[k] = k;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t above = row[k];
            row[k] = least_of(above + 1, row[k - 1] + 1, corner + (a[i - 1] == b[k - 1] ? 0 : 1));
            corner = above;
        }
    }
    return row[m];
}

static bool contains(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    for (size_t i = 0; m >= 2 && i + m <= n; i++) {
        if (memcmp(a + i, b, m * sizeof *b) == 0) {
            return true;
        }
    }
    return false;
}

bool renamed_resembles(struct str a, struct str b)
{
    uint32_t p[NAME_POINTS], q[NAME_POINTS];
    size_t n = points_of(a, p), m = points_of(b, q), longer = n > m ? n : m;
    return longer > 0 && (contains(p, n, q, m) || contains(q, m, p, n) || distance(p, n, q, m) * 3 <= longer);
}

static void by_name(const struct renamed_question *q, bool *is_taken, size_t *ret)
{
    for (size_t i = 0; i < q->missing_count; i++) {
        for (size_t k = 0; k < q->fresh_count && ret[i] == RENAMED_NONE; k++) {
            if (!is_taken[k] && renamed_resembles(q->missing[i], q->fresh[k])) {
                ret[i] = k;
                is_taken[k] = true;
            }
        }
    }
}

/* ---- By contents ---- */

static enum likeness look(const struct renamed_question *q, size_t i, size_t k, int *ret_distance)
{
    const struct shape *before = NULL, *now = NULL;
    if (q->looks != NULL) {
        before = shapes_find(q->looks->before, q->missing[i]);
        now = shapes_find(q->looks->now, q->fresh[k]);
    }
    return before == NULL || now == NULL ? SHAPE_UNKNOWN : shape_compare(before, now, ret_distance);
}

/* Is nobody else as near? A column that could as well be another is nobody's. */
static bool is_clear(const struct renamed_question *q, const bool *is_taken, const size_t *found, size_t i, size_t k, int distance)
{
    int other = 0;
    for (size_t j = 0; j < q->fresh_count; j++) {
        if (j != k && !is_taken[j] && look(q, i, j, &other) == SHAPE_ALIKE && other < distance + CLEARLY) {
            return false;
        }
    }
    for (size_t j = 0; j < q->missing_count; j++) {
        if (j != i && found[j] == RENAMED_NONE && look(q, j, k, &other) == SHAPE_ALIKE && other < distance + CLEARLY) {
            return false;
        }
    }
    return true;
}

static size_t clear_one(const struct renamed_question *q, const bool *is_taken, const size_t *found, size_t i)
{
    int distance = 0;
    for (size_t k = 0; k < q->fresh_count; k++) {
        if (!is_taken[k] && look(q, i, k, &distance) == SHAPE_ALIKE && is_clear(q, is_taken, found, i, k, distance)) {
            return k;
        }
    }
    return RENAMED_NONE;
}

/* All are asked before any is taken: the order of columns decides nothing. */
static void by_contents(const struct renamed_question *q, struct arena *a, const bool *is_taken, size_t *ret)
{
    size_t *clear = arena_array(a, q->missing_count, sizeof *clear);
    for (size_t i = 0; i < q->missing_count; i++) {
        clear[i] = ret[i] == RENAMED_NONE ? clear_one(q, is_taken, ret, i) : ret[i];
    }
    for (size_t i = 0; i < q->missing_count; i++) {
        ret[i] = clear[i];
    }
}

void renamed_find(const struct renamed_question *q, struct arena *a, size_t *ret)
{
    int distance = 0;
    bool *is_taken = arena_array(a, q->fresh_count, sizeof *is_taken);
    for (size_t i = 0; i < q->missing_count; i++) {
        ret[i] = RENAMED_NONE;
    }
    by_name(q, is_taken, ret);
    by_contents(q, a, is_taken, ret);
    bool is_only = q->is_lone && q->missing_count == 1 && q->fresh_count == 1;
    if (is_only && ret[0] == RENAMED_NONE && look(q, 0, 0, &distance) == SHAPE_UNKNOWN) {
        ret[0] = 0;
    }
}
