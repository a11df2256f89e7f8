#include "pipeline/link/model.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/levels.h"

#define ROUNDS_MOST 400
#define STILL 1e-5       /* no m moves more than this in a round */
#define FIRST_TRUE 0.5   /* of the smaller list */
#define PSEUDO_PAIRS 2.0 /* true pairs that first_m counts for */
#define SHARED_SURNAMES 0.6
#define RELATED_AGREE 0.02
#define RELATED_LEAST 0.01 /* of the true pairs */
#define WEIGHT_MOST 30.0   /* bits */
#define RARITY_MOST 0.9    /* values that nearly all have are not rarer than that */

/* ---- First guess ---- */

static unsigned levels_of(const struct link_model *m, size_t field)
{
    return link_kinds[m->lists->fields[field].kind].level_count;
}

static void guess_same(struct link_model *m, size_t field)
{
    const struct link_kind_row *kind = &link_kinds[m->lists->fields[field].kind];
    double sum = 0;
    for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
        sum += kind->levels[k].first_m;
    }
    for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
        m->m[field][k] = kind->levels[k].first_m / sum;
    }
}

/* The related may agree in what is a person's own (twins, a number that a parent lent), but rarely:
 * else they would become a second kind of true pairs. What is too much of the strong levels goes to
 * the weak ones. */
static void keep_rare(struct link_model *m, size_t field)
{
    unsigned strong = link_kinds[m->lists->fields[field].kind].strong;
    double agreeing = 0;
    for (unsigned k = LINK_SAME; k <= strong; k++) {
        agreeing += m->r[field][k];
    }
    if (agreeing <= RELATED_AGREE) {
        return;
    }
    for (unsigned k = LINK_SAME; k < levels_of(m, field); k++) {
        m->r[field][k] *=
            k <= strong ? RELATED_AGREE / agreeing : (1 - RELATED_AGREE) / (1 - agreeing);
    }
}

/* Where they live the related say the same; of what is a person's own no more than strangers do,
 * but for the surname. */
static void guess_related(struct link_model *m, size_t field)
{
    enum link_kind kind = m->lists->fields[field].kind;
    for (unsigned k = LINK_SAME; k < levels_of(m, field); k++) {
        bool is_surname = kind == LINK_NAME && k == NAME_SURNAME;
        double first = link_kinds[kind].is_shared ? m->m[field][k] : m->u[field][k];
        m->r[field][k] = kind != LINK_NAME
                             ? first
                             : first * (1 - SHARED_SURNAMES) + (is_surname ? SHARED_SURNAMES : 0);
    }
}

static void first_guess(struct link_model *m)
{
    const struct link_lists *l = m->lists;
    for (size_t f = 0; f < l->field_n; f++) {
        guess_same(m, f);
        guess_related(m, f);
    }
    memcpy(m->first_m, m->m, sizeof m->m);
    memcpy(m->first_r, m->r, sizeof m->r);
    size_t n = l->side[0].n, k = link_lists_right(l)->n;
    m->true_share = fmin(FIRST_TRUE * (double)(n < k ? n : k) / link_lists_pairs(l), 0.3);
    m->related_share = m->true_share;
}

/* ---- EM ---- */

struct logs { /* in nats, against strangers */
    double same[LINK_FIELDS][LINK_LEVELS], related[LINK_FIELDS][LINK_LEVELS];
};

static void reckon_logs(const struct link_model *m, struct logs *logs)
{
    for (size_t f = 0; f < m->lists->field_n; f++) {
        for (unsigned k = LINK_SAME; k < levels_of(m, f); k++) {
            logs->same[f][k] = log(m->m[f][k] / m->u[f][k]);
            logs->related[f][k] = log(m->r[f][k] / m->u[f][k]);
        }
    }
}

/* Expected pairs of both kinds at each level, with the present m and r. */
static void expect(struct link_model *m, const struct link_candidates *c)
{
    struct logs logs = {0};
    double strangers = 1 - m->true_share - m->related_share;
    double prior = log(m->true_share / strangers),
           related_prior = log(m->related_share / strangers);
    size_t fields = m->lists->field_n;
    reckon_logs(m, &logs);
    memset(m->seen_m, 0, sizeof m->seen_m);
    memset(m->seen_r, 0, sizeof m->seen_r);
    m->true_pairs = m->related_pairs = 0;
    for (size_t i = 0; i < c->pattern_n; i++) {
        double same = prior, related = related_prior;
        for (size_t f = 0; f < fields; f++) {
            unsigned k = pattern_level(c->patterns[i].code, f);
            same += logs.same[f][k];
            related += logs.related[f][k];
        }
        double most = fmax(fmax(same, related), 0), pairs = (double)c->patterns[i].pairs;
        double a = exp(same - most), b = m->has_related ? exp(related - most) : 0,
               sum = a + b + exp(-most);
        a *= pairs / sum;
        b *= pairs / sum;
        m->true_pairs += a;
        m->related_pairs += b;
        for (size_t f = 0; f < fields; f++) {
            unsigned k = pattern_level(c->patterns[i].code, f);
            m->seen_m[f][k] += a;
            m->seen_r[f][k] += b;
        }
    }
}

/* Shares of the levels: what was seen, and a little of what was thought at first. */
static void improve_field(unsigned levels, const double *seen, const double *first, double *shares)
{
    double sum = 0;
    for (unsigned k = LINK_SAME; k < levels; k++) {
        sum += seen[k] + PSEUDO_PAIRS * first[k];
    }
    for (unsigned k = LINK_SAME; k < levels; k++) {
        shares[k] = (seen[k] + PSEUDO_PAIRS * first[k]) / sum;
    }
}

static double largest_change(const double *before, const double *now)
{
    double moved = 0;
    for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
        moved = fmax(moved, fabs(now[k] - before[k]));
    }
    return moved;
}

static double improve_share(double pairs, double all, double *share)
{
    double now = fmin(fmax(pairs, 0.5) / all, 0.4), moved = fabs(now / *share - 1) / 10;
    *share = now;
    return moved;
}

/* The largest change. */
static double improve(struct link_model *m)
{
    double moved = 0, all = link_lists_pairs(m->lists), before[LINK_LEVELS];
    for (size_t f = 0; f < m->lists->field_n; f++) {
        memcpy(before, m->m[f], sizeof before);
        improve_field(levels_of(m, f), m->seen_m[f], m->first_m[f], m->m[f]);
        moved = fmax(moved, largest_change(before, m->m[f]));
        memcpy(before, m->r[f], sizeof before);
        improve_field(levels_of(m, f), m->seen_r[f], m->first_r[f], m->r[f]);
        keep_rare(m, f);
        moved = fmax(moved, largest_change(before, m->r[f]));
    }
    moved = fmax(moved, improve_share(m->true_pairs, all, &m->true_share));
    return fmax(moved, improve_share(m->related_pairs, all, &m->related_share));
}

/* ---- Weights ---- */

static int32_t milli(double bits)
{
    return (int32_t)lround(1000 * fmin(fmax(bits, -WEIGHT_MOST), WEIGHT_MOST));
}

/* By how much the value is rarer than the average one; billionths become weights. */
static void weigh_values(struct link_model *m, size_t field)
{
    uint32_t n = link_field_dictionary(m->lists, field)->n;
    for (uint32_t v = 1; v < n; v++) {
        double share = fmin(m->rarity[field][v] / 1e9, RARITY_MOST);
        double bits = share <= 0 ? 0 : log2(m->u[field][LINK_SAME] / share);
        m->rarity[field][v] = milli(bits);
    }
}

static void weigh(struct link_model *m)
{
    for (size_t f = 0; f < m->lists->field_n; f++) {
        for (unsigned k = LINK_SAME; k < levels_of(m, f); k++) {
            m->weights[f][k] = milli(log2(m->m[f][k] / m->u[f][k]));
            m->related_weights[f][k] = milli(log2(m->m[f][k] / m->r[f][k]));
        }
        weigh_values(m, f);
    }
    m->prior = milli(log2(m->true_share / (1 - m->true_share)));
    m->related_prior = milli(log2(m->true_share / m->related_share));
}

static void iterate(struct link_model *m, const struct link_candidates *c)
{
    first_guess(m);
    m->has_converged = false;
    for (m->rounds = 0; m->rounds < ROUNDS_MOST && !m->has_converged; m->rounds++) {
        expect(m, c);
        m->has_converged = improve(m) < STILL;
    }
    expect(m, c);
}

void link_model_learn(const struct link_lists *l, const struct link_candidates *c, int threads,
                      struct link_model *ret)
{
    *ret = (struct link_model){.lists = l, .has_related = true};
    link_model_strangers(l, threads, ret);
    iterate(ret, c);
    /* a handful of odd pairs is no class of its own: it would be made of true pairs with many
     * mistakes */
    if (ret->related_pairs < RELATED_LEAST * ret->true_pairs) {
        ret->has_related = false;
        iterate(ret, c);
    }
    weigh(ret);
}

void link_model_done(struct link_model *m)
{
    for (size_t f = 0; f < LINK_FIELDS; f++) {
        free(m->rarity[f]);
    }
}

int32_t link_model_field(const struct link_model *m, size_t field, unsigned level, uint32_t left)
{
    int32_t weight = m->weights[field][level];
    return level != LINK_SAME
               ? weight
               : weight +
                     m->rarity[field][link_value_id(m->lists, &m->lists->side[0], left, field)];
}

int32_t link_model_weigh(const struct link_model *m, const struct link_pair *pair, uint64_t pattern)
{
    int32_t strangers = m->prior, related = m->related_prior;
    for (size_t f = 0; f < m->lists->field_n; f++) {
        unsigned level = pattern_level(pattern, f);
        strangers += link_model_field(m, f, level, pair->left);
        related += m->related_weights[f][level];
    }
    return !m->has_related || strangers < related ? strangers : related;
}
