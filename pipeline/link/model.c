#include "pipeline/link/model.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

#define ROUNDS_MOST 400
#define STILL 1e-5           /* no m moves more than this in a round */
#define FIRST_TRUE 0.5       /* of the smaller list */
#define PSEUDO_PAIRS 2.0     /* true pairs that first_m counts for */
#define WEIGHT_MOST 30.0     /* bits */
#define RARITY_MOST 0.9      /* values that nearly all have are not rarer than that */

/* ---- EM ---- */

static void first_guess(struct link_model *m)
{
    const struct link_lists *l = m->lists;
    for (size_t f = 0; f < l->field_n; f++) {
        const struct link_kind_row *kind = &link_kinds[l->fields[f].kind];
        double sum = 0;
        for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
            sum += kind->levels[k].first_m;
        }
        for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
            m->m[f][k] = kind->levels[k].first_m / sum;
        }
    }
    size_t n = l->side[0].n, k = link_lists_right(l)->n;
    m->true_share = FIRST_TRUE * (double)(n < k ? n : k) / link_lists_pairs(l);
    m->true_share = m->true_share > 0.5 ? 0.5 : m->true_share;
}

/* log(m / u) of each field and level, in nats. */
static void reckon_logs(const struct link_model *m, double logs[LINK_FIELDS][LINK_LEVELS])
{
    for (size_t f = 0; f < m->lists->field_n; f++) {
        logs[f][LINK_MISSING] = 0;
        for (unsigned k = LINK_SAME; k < link_kinds[m->lists->fields[f].kind].level_count; k++) {
            logs[f][k] = log(m->m[f][k] / m->u[f][k]);
        }
    }
}

static double probability(double log_odds) { return 1 / (1 + exp(-log_odds)); }

/* Expected true pairs at each level, with the present m. */
static void expect(struct link_model *m, const struct link_candidates *c)
{
    double logs[LINK_FIELDS][LINK_LEVELS] = {{0}};
    double prior = log(m->true_share / (1 - m->true_share));
    size_t fields = m->lists->field_n;
    reckon_logs(m, logs);
    memset(m->seen_m, 0, sizeof m->seen_m);
    m->true_pairs = 0;
    for (size_t i = 0; i < c->pattern_n; i++) {
        double odds = prior;
        for (size_t f = 0; f < fields; f++) {
            odds += logs[f][pattern_level(c->patterns[i].code, f)];
        }
        double expected = probability(odds) * (double)c->patterns[i].pairs;
        m->true_pairs += expected;
        for (size_t f = 0; f < fields; f++) {
            m->seen_m[f][pattern_level(c->patterns[i].code, f)] += expected;
        }
    }
}

/* The largest change. */
static double improve(struct link_model *m)
{
    double moved = 0;
    for (size_t f = 0; f < m->lists->field_n; f++) {
        const struct link_kind_row *kind = &link_kinds[m->lists->fields[f].kind];
        double sum = 0;
        for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
            sum += m->seen_m[f][k] + PSEUDO_PAIRS * kind->levels[k].first_m / 1000;
        }
        for (unsigned k = LINK_SAME; k < kind->level_count; k++) {
            double now = (m->seen_m[f][k] + PSEUDO_PAIRS * kind->levels[k].first_m / 1000) / sum;
            moved = fmax(moved, fabs(now - m->m[f][k]));
            m->m[f][k] = now;
        }
    }
    double share = fmin(fmax(m->true_pairs, 0.5) / link_lists_pairs(m->lists), 0.5);
    moved = fmax(moved, fabs(share / m->true_share - 1) / 10);
    m->true_share = share;
    return moved;
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
        for (unsigned k = LINK_SAME; k < link_kinds[m->lists->fields[f].kind].level_count; k++) {
            m->weights[f][k] = milli(log2(m->m[f][k] / m->u[f][k]));
        }
        weigh_values(m, f);
    }
    m->prior = milli(log2(m->true_share / (1 - m->true_share)));
}

void link_model_learn(const struct link_lists *l, const struct link_candidates *c, int threads, struct link_model *ret)
{
    *ret = (struct link_model){.lists = l};
    link_model_strangers(l, threads, ret);
    first_guess(ret);
    while (ret->rounds < ROUNDS_MOST && !ret->has_converged) {
        expect(ret, c);
        ret->has_converged = improve(ret) < STILL;
        ret->rounds++;
    }
    expect(ret, c);
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
    return level != LINK_SAME ? weight : weight + m->rarity[field][link_value_id(m->lists, &m->lists->side[0], left, field)];
}

int32_t link_model_weigh(const struct link_model *m, const struct link_pair *pair, uint64_t pattern)
{
    int32_t sum = m->prior;
    for (size_t f = 0; f < m->lists->field_n; f++) {
        sum += link_model_field(m, f, pattern_level(pattern, f), pair->left);
    }
    return sum;
}
