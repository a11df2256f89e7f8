/* u: how often strangers agree. That they say the same follows from the counts of the values; the
 * other levels are counted on random pairs, drawn by a fixed rule from the lists in their own
 * order. */
#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/model.h"

#define SAMPLE ((size_t)300000)
#define PIECES ((size_t)64)
#define U_LEAST 1e-7 /* of a level that no random pair stood at */

struct tally {
    int64_t counts[LINK_FIELDS][LINK_LEVELS];
};
struct draw {
    const struct link_lists *lists;
    struct tally *tallies; /* by thread */
    size_t sample;
    bool is_all;
};

static uint64_t scattered(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static void count_pair(struct draw *d, struct tally *t, uint32_t left, uint32_t right)
{
    uint64_t pattern = pattern_of(d->lists, left, right);
    for (size_t f = 0; f < d->lists->field_n; f++) {
        t->counts[f][pattern_level(pattern, f)]++;
    }
}

static void draw_piece(void *ctx, int thread, size_t piece)
{
    struct draw *d = ctx;
    size_t n = d->lists->side[0].n, m = link_lists_right(d->lists)->n;
    size_t from = d->sample * piece / PIECES, to = d->sample * (piece + 1) / PIECES;
    for (size_t i = from; i < to; i++) {
        uint32_t left = (uint32_t)(d->is_all ? i / m : scattered(2 * i + 1) % n);
        uint32_t right = (uint32_t)(d->is_all ? i % m : scattered(2 * i + 2) % m);
        if (!d->lists->is_self || left < right || (!d->is_all && left != right)) {
            count_pair(d, &d->tallies[thread], left, right);
        }
    }
}

/* Share of pairs, among those where both have a value, whose values are the same; and each value's
 * rarity. */
static double same_share(const struct link_lists *l, size_t field, struct link_model *m)
{
    const struct link_side *left = &l->side[0], *right = link_lists_right(l);
    uint32_t values = link_field_dictionary(l, field)->n;
    double *a = calloc(values, sizeof *a), *b = l->is_self ? a : calloc(values, sizeof *b);
    m->rarity[field] = calloc(values, sizeof **m->rarity);
    if (a == NULL || b == NULL || m->rarity[field] == NULL) {
        err_die(RC_MEMORY, "%s", "link_model");
    }
    double both = 0, same = 0, n = 0, k = 0;
    for (size_t i = 0; i < left->n; i++) {
        a[link_value_id(l, left, i, field)]++;
    }
    for (size_t i = 0; !l->is_self && i < right->n; i++) {
        b[link_value_id(l, right, i, field)]++;
    }
    n = (double)left->n - a[0];
    k = (double)right->n - b[0];
    both = l->is_self ? n * (n - 1) : n * k;
    for (uint32_t v = 1; v < values; v++) {
        same += l->is_self ? a[v] * (a[v] - 1) : a[v] * b[v];
        /* its frequency first, in billionths; then its weight */
        double pooled =
            l->is_self ? a[v] / (n > 0 ? n : 1) : (a[v] + b[v]) / (n + k > 0 ? n + k : 1);
        m->rarity[field][v] = (int32_t)(pooled * 1e9 + 0.5);
    }
    free(a);
    if (!l->is_self) {
        free(b);
    }
    return both > 0 ? same / both : 0;
}

static void settle_field(struct link_model *m, size_t field, const struct tally *t, double same)
{
    const struct link_kind_row *kind = &link_kinds[m->lists->fields[field].kind];
    double others = 0, room = 0, floor = U_LEAST;
    same = same < floor ? floor : same > 1 - floor ? 1 - floor : same;
    m->u[field][LINK_SAME] = same;
    for (unsigned level = LINK_SAME + 1; level < kind->level_count; level++) {
        others += (double)t->counts[field][level];
    }
    for (unsigned level = LINK_SAME + 1; level < kind->level_count; level++) {
        double share = others > 0 ? (double)t->counts[field][level] / others : 0;
        m->u[field][level] = share * (1 - same) < floor ? floor : share * (1 - same);
        room += m->u[field][level];
    }
    for (unsigned level = LINK_SAME + 1; level < kind->level_count; level++) {
        m->u[field][level] *= (1 - same) / room;
    }
}

void link_model_strangers(const struct link_lists *l, int threads, struct link_model *m)
{
    int n = threads < 1 ? 1 : threads;
    double grid = (double)l->side[0].n * (double)link_lists_right(l)->n;
    struct draw d = {.lists = l, .is_all = grid <= (double)SAMPLE};
    d.sample = d.is_all ? (size_t)grid : SAMPLE;
    d.tallies = calloc((size_t)n, sizeof *d.tallies);
    if (d.tallies == NULL) {
        err_die(RC_MEMORY, "%s", "link_model");
    }
    link_threads(n, PIECES, draw_piece, &d);
    for (int i = 1; i < n; i++) {
        for (size_t f = 0; f < LINK_FIELDS; f++) {
            for (unsigned level = 0; level < LINK_LEVELS; level++) {
                d.tallies[0].counts[f][level] += d.tallies[i].counts[f][level];
            }
        }
    }
    m->sampled = d.sample;
    for (size_t f = 0; f < l->field_n; f++) {
        settle_field(m, f, &d.tallies[0], same_share(l, f, m));
    }
    free(d.tallies);
}
