#include "pipeline/link/candidates.h"

#include <stdlib.h>

#include "base/err.h"

#define PIECE_PAIRS ((size_t)1 << 15)
#define FIRST_PAIRS ((size_t)1 << 16)
#define FIRST_SLOTS ((size_t)1 << 12)

/* What one thread finds. */
struct finder {
    struct link_pair *pairs;
    size_t n, cap;
    struct link_pattern *patterns; /* in the order they were met */
    uint32_t *slots;               /* open addressing over patterns, plus one */
    size_t pattern_n, slot_n;
};

static void *resized(void *p, size_t count, size_t size)
{
    void *more = reallocarray(p, count, size);
    if (more == NULL) {
        err_die(RC_MEMORY, "%s", "link_candidates");
    }
    return more;
}

/* ---- Patterns of one thread ---- */

static size_t slot_of(const struct finder *f, uint64_t code)
{
    size_t at = (size_t)((code * UINT64_C(0x9E3779B97F4A7C15)) >> 24) & (f->slot_n - 1);
    while (f->slots[at] != 0 && f->patterns[f->slots[at] - 1].code != code) {
        at = (at + 1) & (f->slot_n - 1);
    }
    return at;
}

static void grow_patterns(struct finder *f)
{
    free(f->slots);
    f->slot_n = f->slot_n == 0 ? FIRST_SLOTS : f->slot_n * 4;
    f->patterns = resized(f->patterns, f->slot_n / 2, sizeof *f->patterns);
    f->slots = calloc(f->slot_n, sizeof *f->slots);
    if (f->slots == NULL) {
        err_die(RC_MEMORY, "%s", "link_candidates");
    }
    for (size_t i = 0; i < f->pattern_n; i++) {
        f->slots[slot_of(f, f->patterns[i].code)] = (uint32_t)i + 1;
    }
}

static uint32_t count_pattern(struct finder *f, uint64_t code)
{
    if (2 * (f->pattern_n + 1) > f->slot_n) {
        grow_patterns(f);
    }
    size_t at = slot_of(f, code);
    if (f->slots[at] == 0) {
        f->patterns[f->pattern_n] = (struct link_pattern){code, 0};
        f->slots[at] = (uint32_t)++f->pattern_n;
    }
    f->patterns[f->slots[at] - 1].pairs++;
    return f->slots[at] - 1;
}

static void take_pair(struct finder *f, const struct link_lists *l, uint32_t left, uint32_t right)
{
    if (f->n == f->cap) {
        f->cap = f->cap == 0 ? FIRST_PAIRS : f->cap * 2;
        f->pairs = resized(f->pairs, f->cap, sizeof *f->pairs);
    }
    f->pairs[f->n++] =
        (struct link_pair){left, right, count_pattern(f, pattern_of(l, left, right))};
}

/* ---- One pass ---- */

struct piece {
    size_t block, from, to; /* left members of a block */
};
struct search {
    const struct link_passes *passes;
    size_t pass;
    const struct link_blocks *blocks;
    struct piece *pieces;
    size_t piece_n, piece_cap;
    struct finder *finders;
};

static void compare_rows(struct search *s, struct finder *f, size_t block, size_t from, size_t to)
{
    const struct link_blocks *b = s->blocks;
    const struct link_lists *l = s->passes->lists;
    for (size_t i = from; i < to; i++) {
        size_t first = l->is_self ? i + 1 : b->right_from[block];
        for (size_t k = first; k < b->right_from[block + 1]; k++) {
            if (!link_passes_before(s->passes, s->pass, b->left[i], b->right[k])) {
                take_pair(f, l, b->left[i], b->right[k]);
            }
        }
    }
}

static void compare_piece(void *ctx, int thread, size_t which)
{
    struct search *s = ctx;
    const struct piece *p = &s->pieces[which];
    compare_rows(s, &s->finders[thread], p->block, p->from, p->to);
}

static void add_piece(struct search *s, size_t block, size_t from, size_t to)
{
    if (s->piece_n == s->piece_cap) {
        s->piece_cap = s->piece_cap == 0 ? 1024 : s->piece_cap * 2;
        s->pieces = resized(s->pieces, s->piece_cap, sizeof *s->pieces);
    }
    s->pieces[s->piece_n++] = (struct piece){block, from, to};
}

/* Large blocks are cut into runs of left members, so that no thread waits for one of them. */
static void cut_block(struct search *s, size_t i)
{
    const struct link_blocks *b = s->blocks;
    size_t n = b->left_from[i + 1] - b->left_from[i], m = b->right_from[i + 1] - b->right_from[i];
    double pairs =
        s->passes->lists->is_self ? (double)n * ((double)n - 1) / 2 : (double)n * (double)m;
    if (n == 0 || m == 0 || pairs < 1 || pairs > s->passes->block_most) {
        return;
    }
    size_t rows = PIECE_PAIRS / m + 1;
    for (size_t from = b->left_from[i]; from < b->left_from[i + 1]; from += rows) {
        size_t to = from + rows;
        add_piece(s, i, from, to < b->left_from[i + 1] ? to : b->left_from[i + 1]);
    }
}

static void search_pass(struct link_passes *passes, size_t pass, int threads,
                        struct finder *finders)
{
    struct link_blocks blocks;
    link_blocks_build(passes, pass, &blocks);
    struct search s = {.passes = passes, .pass = pass, .blocks = &blocks, .finders = finders};
    for (size_t i = 0; i < blocks.n; i++) {
        cut_block(&s, i);
    }
    link_threads(threads, s.piece_n, compare_piece, &s);
    free(s.pieces);
    link_blocks_done(&blocks);
}

/* ---- Together ---- */

static int by_code(const void *a, const void *b)
{
    uint64_t x = ((const struct link_pattern *)a)->code, y = ((const struct link_pattern *)b)->code;
    return x < y ? -1 : x > y;
}

static void join_patterns(const struct finder *finders, int n, struct link_candidates *c)
{
    size_t all = 0, kept = 0;
    for (int i = 0; i < n; i++) {
        all += finders[i].pattern_n;
    }
    c->patterns = resized(NULL, all + 1, sizeof *c->patterns);
    for (int i = 0; i < n; i++) {
        memcpy(c->patterns + kept, finders[i].patterns, finders[i].pattern_n * sizeof *c->patterns);
        kept += finders[i].pattern_n;
    }
    qsort(c->patterns, all, sizeof *c->patterns, by_code);
    for (size_t i = 0; i < all; i++) {
        if (c->pattern_n > 0 && c->patterns[c->pattern_n - 1].code == c->patterns[i].code) {
            c->patterns[c->pattern_n - 1].pairs += c->patterns[i].pairs;
        } else {
            c->patterns[c->pattern_n++] = c->patterns[i];
        }
    }
}

/* Pairs point to the joined patterns from now on. */
static void join_pairs(struct finder *f, struct link_candidates *c)
{
    uint32_t *joined = resized(NULL, f->pattern_n + 1, sizeof *joined);
    for (size_t i = 0; i < f->pattern_n; i++) {
        const struct link_pattern *at =
            bsearch(&f->patterns[i], c->patterns, c->pattern_n, sizeof *c->patterns, by_code);
        joined[i] = (uint32_t)(at - c->patterns);
    }
    for (size_t i = 0; i < f->n; i++) {
        c->pairs[c->n] = f->pairs[i];
        c->pairs[c->n++].pattern = joined[f->pairs[i].pattern];
    }
    free(joined);
}

void link_candidates_make(struct link_passes *passes, int threads,
                          void (*progress)(size_t done, size_t total), struct link_candidates *ret)
{
    int n = threads < 1 ? 1 : threads;
    size_t all = 0;
    struct finder *finders = calloc((size_t)n, sizeof *finders);
    if (finders == NULL) {
        err_die(RC_MEMORY, "%s", "link_candidates");
    }
    for (int i = 0; i < n; i++) {
        grow_patterns(&finders[i]);
    }
    for (size_t i = 0; i < passes->n; i++) {
        progress(i, passes->n);
        search_pass(passes, i, n, finders);
    }
    *ret = (struct link_candidates){0};
    join_patterns(finders, n, ret);
    for (int i = 0; i < n; i++) {
        all += finders[i].n;
    }
    ret->pairs = resized(NULL, all + 1, sizeof *ret->pairs);
    for (int i = 0; i < n; i++) {
        join_pairs(&finders[i], ret);
        free(finders[i].pairs);
        free(finders[i].patterns);
        free(finders[i].slots);
    }
    free(finders);
    progress(passes->n, passes->n);
}

void link_candidates_done(struct link_candidates *c)
{
    free(c->pairs);
    free(c->patterns);
}
