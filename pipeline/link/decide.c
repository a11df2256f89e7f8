#include "pipeline/link/decide.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/levels.h"

#define CONTESTED_WITHIN 2000 /* thousandths of a bit between two that fit as well */

static void *array(size_t count, size_t size)
{
    void *p = calloc(count + 1, size);
    if (p == NULL) {
        err_die(RC_MEMORY, "%s", "link_decide");
    }
    return p;
}

static int by_weight(const void *a, const void *b)
{
    const struct link_decision *x = a, *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    if (x->left != y->left) {
        return x->left < y->left ? -1 : 1;
    }
    return x->right < y->right ? -1 : x->right > y->right;
}

/* ---- What contradicts itself ---- */

static bool is_proven(const struct link_lists *l, const struct link_side *s, uint32_t record,
                      size_t field)
{
    return link_value_of(l, s, record, field)->is_proven;
}

static enum link_reason contradiction(const struct link_lists *l, const struct link_decision *d)
{
    bool same_number = false, other_names = false, same_names = false;
    for (size_t f = 0; f < l->field_n; f++) {
        unsigned level = pattern_level(d->pattern, f);
        enum link_kind kind = l->fields[f].kind;
        bool is_number = kind == LINK_IDNO && level != LINK_MISSING;
        bool both = is_number && is_proven(l, &l->side[0], d->left, f) &&
                    is_proven(l, link_lists_right(l), d->right, f);
        if (both && level != LINK_SAME && level != IDNO_LENT) {
            return LINK_TWO_NUMBERS;
        }
        bool is_name = (kind == LINK_NAME || kind == LINK_GIVEN || kind == LINK_SURNAME) &&
                       level != LINK_MISSING;
        same_number = same_number || (both && level == LINK_SAME);
        other_names = other_names || (is_name && level >= NAME_SURNAME);
        same_names = same_names || (is_name && level < NAME_SURNAME);
    }
    return same_number && other_names && !same_names ? LINK_TWO_NAMES : LINK_PLAIN;
}

/* ---- One to one ---- */

struct taking {
    const struct link_lists *lists;
    struct link_decision *pairs;
    size_t n;
    bool *is_taken;  /* by pair: it is its two records' link */
    uint32_t *of[2]; /* by side and record: pair that took it, plus one */
};

static void take_heaviest(struct taking *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct link_decision *d = &t->pairs[i];
        if (t->of[0][d->left] == 0 && t->of[1][d->right] == 0) {
            t->is_taken[i] = true;
            t->of[0][d->left] = t->of[1][d->right] = (uint32_t)i + 1;
        }
    }
}

static bool says_same(const struct link_lists *l, int side, uint32_t a, uint32_t b)
{
    const uint32_t *values = l->side[side].values;
    return memcmp(values + a * l->field_n, values + b * l->field_n, l->field_n * sizeof *values) ==
           0;
}

/* Pair i was not taken: a record of it is free though it fits one that was taken almost as well as
 * its partner does. A copy of the partner is no rival. */
static void contest(struct taking *t, size_t i)
{
    const struct link_decision *d = &t->pairs[i];
    for (int s = 0; s < 2; s++) {
        uint32_t taker = t->of[s][s == 0 ? d->left : d->right], rival = s == 0 ? d->right : d->left;
        if (taker == 0 || t->of[1 - s][rival] != 0) {
            continue;
        }
        struct link_decision *taken = &t->pairs[taker - 1];
        uint32_t partner = s == 0 ? taken->right : taken->left;
        if (taken->weight - d->weight < CONTESTED_WITHIN &&
            !says_same(t->lists, 1 - s, partner, rival)) {
            taken->reason = LINK_CONTESTED;
        }
    }
}

static void one_to_one(const struct link_lists *l, struct link_decisions *d)
{
    struct taking t = {
        .lists = l, .pairs = d->all, .n = d->n, .is_taken = array(d->n, sizeof *t.is_taken)};
    t.of[0] = array(l->side[0].n, sizeof **t.of);
    t.of[1] = array(l->side[1].n, sizeof **t.of);
    take_heaviest(&t);
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++) {
        bool is_open = t.of[0][d->all[i].left] == 0 || t.of[1][d->all[i].right] == 0;
        if (!t.is_taken[i] && is_open) {
            contest(&t, i);
            d->all[i].reason = LINK_TAKEN;
        }
    }
    for (size_t i = 0; i < d->n; i++) {
        if (t.is_taken[i] || d->all[i].reason == LINK_TAKEN) {
            d->all[kept++] = d->all[i];
        }
    }
    d->n = kept;
    free(t.is_taken);
    free(t.of[0]);
    free(t.of[1]);
}

/* ---- One list with itself ---- */

struct cluster {
    uint32_t parent, number; /* value of the proven number its members have; 0: none has */
};

static uint32_t root_of(struct cluster *clusters, uint32_t i)
{
    while (clusters[i].parent != i) {
        clusters[i].parent = clusters[clusters[i].parent].parent;
        i = clusters[i].parent;
    }
    return i;
}

static uint32_t proven_number(const struct link_lists *l, uint32_t record)
{
    for (size_t f = 0; f < l->field_n; f++) {
        if (l->fields[f].kind == LINK_IDNO && is_proven(l, &l->side[0], record, f)) {
            return link_value_id(l, &l->side[0], record, f);
        }
    }
    return 0;
}

/* A record without a number must not be the bridge between two numbers: heaviest first, the pair
 * that would join them is left to a person. */
static void keep_numbers_apart(const struct link_lists *l, struct link_decisions *d)
{
    struct cluster *clusters = array(l->side[0].n, sizeof *clusters);
    for (uint32_t i = 0; i < l->side[0].n; i++) {
        clusters[i] = (struct cluster){i, proven_number(l, i)};
    }
    for (size_t i = 0; i < d->n; i++) {
        uint32_t a = root_of(clusters, d->all[i].left), b = root_of(clusters, d->all[i].right);
        if (d->all[i].reason != LINK_PLAIN || a == b) {
            continue;
        }
        if (clusters[a].number != 0 && clusters[b].number != 0 &&
            clusters[a].number != clusters[b].number) {
            d->all[i].reason = LINK_CONTESTED;
        } else {
            clusters[b].parent = a;
            clusters[a].number = clusters[a].number != 0 ? clusters[a].number : clusters[b].number;
        }
    }
    free(clusters);
}

/* ---- All of it ---- */

/* One number in both is told to a person, however little speaks for the pair otherwise. */
static bool has_same_number(const struct link_lists *l, const struct link_pair *pair,
                            uint64_t pattern)
{
    for (size_t f = 0; f < l->field_n; f++) {
        if (l->fields[f].kind == LINK_IDNO && pattern_level(pattern, f) == LINK_SAME &&
            is_proven(l, &l->side[0], pair->left, f)) {
            return true;
        }
    }
    return false;
}

static void gather(const struct link_model *m, const struct link_candidates *c,
                   struct link_decisions *d)
{
    size_t n = 0;
    for (int round = 0; round < 2; round++) {
        n = 0;
        for (size_t i = 0; i < c->n; i++) {
            uint64_t pattern = c->patterns[c->pairs[i].pattern].code;
            int32_t weight = link_model_weigh(m, &c->pairs[i], pattern);
            if (weight < d->review && !has_same_number(m->lists, &c->pairs[i], pattern)) {
                continue;
            }
            if (round == 1) {
                d->all[n] = (struct link_decision){c->pairs[i].left, c->pairs[i].right, pattern,
                                                   weight,           LINK_REVIEW,       LINK_PLAIN};
            }
            n++;
        }
        if (round == 0) {
            d->all = array(n, sizeof *d->all);
        }
    }
    d->n = n;
    qsort(d->all, n, sizeof *d->all, by_weight);
}

/* Why not simply accepted, as far as the pair itself tells. */
static enum link_reason reason_alone(const struct link_lists *l, const struct link_decisions *d,
                                     const struct link_decision *one)
{
    enum link_reason against = contradiction(l, one);
    if (against != LINK_PLAIN || one->reason != LINK_PLAIN) {
        return against != LINK_PLAIN ? against : one->reason;
    }
    return one->weight < d->accept ? LINK_BETWEEN : LINK_PLAIN;
}

static void judge(const struct link_lists *l, struct link_decisions *d)
{
    for (size_t i = 0; i < d->n; i++) {
        d->all[i].reason = reason_alone(l, d, &d->all[i]);
    }
    if (l->is_self) {
        keep_numbers_apart(l, d);
    }
    for (size_t i = 0; i < d->n; i++) {
        d->all[i].verdict = d->all[i].reason == LINK_PLAIN ? LINK_ACCEPTED : LINK_REVIEW;
        d->accepted += d->all[i].reason == LINK_PLAIN ? 1 : 0;
    }
}

int32_t link_costs_accept(struct link_costs costs)
{
    return (int32_t)lround(1000 * log2((double)costs.false_link - 1));
}

int32_t link_costs_review(struct link_costs costs)
{
    return -(int32_t)lround(1000 * log2((double)costs.missed_link - 1));
}

void link_decide(const struct link_model *m, const struct link_candidates *c,
                 struct link_costs costs, struct link_decisions *ret)
{
    *ret = (struct link_decisions){
        .accept = link_costs_accept(costs), .review = link_costs_review(costs)};
    gather(m, c, ret);
    if (!m->lists->is_self) {
        one_to_one(m->lists, ret);
    }
    judge(m->lists, ret);
}

void link_decisions_done(struct link_decisions *d)
{
    free(d->all);
}

const char *link_reason_text(enum link_reason reason)
{
    switch (reason) {
    case LINK_BETWEEN:
        return tr("证据不足以认定", "not enough to be sure");
    case LINK_CONTESTED:
        return tr("另有记录同样相符", "another record fits as well");
    case LINK_TAKEN:
        return tr("其中一方已有更相符的记录", "one of the two has a better partner");
    case LINK_TWO_NUMBERS:
        return tr("两个证件号都有效但不同", "two valid numbers that differ");
    case LINK_TWO_NAMES:
        return tr("证件号相同而姓名不符", "one number, two names");
    case LINK_PLAIN:
    case LINK_REASONS:
        break;
    }
    return "";
}
