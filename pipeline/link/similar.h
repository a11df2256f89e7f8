/* How alike two runs of characters are, in whole thousandths or edits: the same on every machine.
 * What is longer than SIMILAR_MOST characters is judged by its beginning. */
#ifndef BIDUI_PIPELINE_LINK_SIMILAR_H
#define BIDUI_PIPELINE_LINK_SIMILAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMILAR_MOST 64

struct points {
    const uint32_t *p;
    uint32_t n;
    uint64_t letters; /* a bit for each of them, folded to 64: what one has alone bounds how alike
                         they can be */
};

uint64_t similar_letters(const uint32_t *p, size_t n);
/* Jaro-Winkler, 0 to 1000; 0 as soon as it can't reach `least`. */
unsigned similar_jaro_winkler(struct points a, struct points b, unsigned least);
/* Insertions, deletions, changes and swaps of neighbours; more than `most` is only known as most
 * + 1. */
unsigned similar_edits(struct points a, struct points b, unsigned most);
/* Characters at which two runs of one length differ; SIZE_MAX for other lengths. */
size_t similar_changes(struct points a, struct points b);
bool similar_is_swap(struct points a,
                     struct points b); /* equal but for two neighbours changing places */

#endif
