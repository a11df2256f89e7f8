/* The level of every field of a pair, four bits each, in one word; and the level of one field. */
#ifndef BIDUI_PIPELINE_LINK_PATTERN_H
#define BIDUI_PIPELINE_LINK_PATTERN_H

#include "pipeline/link/lists.h"

#define PATTERN_BITS 4

static inline unsigned pattern_level(uint64_t pattern, size_t field)
{
    return (unsigned)(pattern >> (PATTERN_BITS * field)) & 0xFu;
}
uint64_t pattern_of(const struct link_lists *l, uint32_t left, uint32_t right);
/* Of one field alone. What another field has said already (a birth date beside two proven identity
 * numbers that hold it) is missing. */
unsigned pattern_field(const struct link_lists *l, size_t field, uint32_t left, uint32_t right);

#endif
