/* What one pair weighs. Pure: two sides, the counts of the roster and a version of weights in, whole numbers out. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_WEIGH_H
#define BIDUI_PIPELINE_PULL_LIKELY_WEIGH_H

#include "pipeline/pull/likely/side.h"
#include "pipeline/pull/likely/weights.h"

/* How many on the roster are as the person of the pair is. */
struct likely_counts {
    size_t persons;
    size_t same_name, same_surname, same_birth, same_phone;
    size_t in_village, in_township, surname_in_village; /* in_township: the village's persons among them */
};

/* The levels of a pair; false: they are two people whatever else agrees. */
bool likely_levels(const struct likely_side *record, const struct likely_side *person, uint8_t ret[LIKELY_FIELD_COUNT]);
/* ret->levels are there; fills in the rest. */
void likely_weigh(const struct likely_weights *w, const struct likely_counts *c, struct likely_pair *ret);
/* Of the levels that agree: how many are rare enough, and not another's shadow, to be taken for a witness. */
unsigned likely_witnesses(const struct likely_pair *p);

#endif
