#include "pipeline/link/grouping.h"

#include <stdlib.h>

#include "base/err.h"

void grouping_init(struct grouping *g, size_t most)
{
    size_t slots = 16;
    while (slots < 2 * most) {
        slots *= 2;
    }
    *g = (struct grouping){calloc(slots, sizeof *g->keys), calloc(slots, sizeof *g->groups),
                           calloc(most + 1, sizeof *g->counts), 0, slots - 1};
    if (g->keys == NULL || g->groups == NULL || g->counts == NULL) {
        err_die(RC_MEMORY, "%s", "grouping");
    }
}

void grouping_done(struct grouping *g)
{
    free(g->keys);
    free(g->groups);
    free(g->counts);
}

static size_t slot_of(const struct grouping *g, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & g->mask;
    while (g->keys[at] != 0 && g->keys[at] != key) {
        at = (at + 1) & g->mask;
    }
    return at;
}

uint32_t grouping_add(struct grouping *g, uint64_t key)
{
    if (key == 0) {
        return GROUPING_NONE;
    }
    size_t at = slot_of(g, key);
    if (g->keys[at] == 0) {
        g->keys[at] = key;
        g->groups[at] = (uint32_t)g->n++;
    }
    g->counts[g->groups[at]]++;
    return g->groups[at];
}

uint32_t grouping_find(const struct grouping *g, uint64_t key)
{
    size_t at = key == 0 ? 0 : slot_of(g, key);
    return key == 0 || g->keys[at] == 0 ? GROUPING_NONE : g->groups[at];
}
