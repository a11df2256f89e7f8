/* Numbers for keys, in the order they are first met: the groups of records that share one. Key 0 is
 * in no group. */
#ifndef BIDUI_PIPELINE_LINK_GROUPING_H
#define BIDUI_PIPELINE_LINK_GROUPING_H

#include <stddef.h>
#include <stdint.h>

#define GROUPING_NONE UINT32_MAX

struct grouping {
    uint64_t *keys;   /* by slot */
    uint32_t *groups; /* by slot */
    size_t *counts;   /* by group */
    size_t n, mask;
};

void grouping_init(struct grouping *g, size_t most); /* as many keys can be added */
void grouping_done(struct grouping *g);
uint32_t grouping_add(struct grouping *g, uint64_t key); /* its group, counted once more */
uint32_t grouping_find(const struct grouping *g, uint64_t key);

#endif
