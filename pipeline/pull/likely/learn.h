/* Weights out of counts. m comes from records that were linked by their own proven number, so that nobody has to guess who
 * is who: how often the other fields of one person agree. u comes from random pairs of the roster. A field of which fewer
 * than LEARN_LEAST records say anything stays as built in; so does the number, which those records all have right. Of the
 * name only the levels that the exact way lets through are learned, within the share built in for them. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_LEARN_H
#define BIDUI_PIPELINE_PULL_LIKELY_LEARN_H

#include "pipeline/pull/index.h"
#include "pipeline/pull/likely/weights.h"

#define LEARN_LEAST 1000

struct likely_tally {
    int64_t counts[LIKELY_FIELDS][LINK_LEVELS];
};

/* The levels of a record beside the person its number proves it to be, the number left out. */
struct likely_record;
void likely_tally_record(const struct index *ix, struct arena *scratch, const struct likely_record *r, uint32_t person,
                         struct likely_tally *t);
/* `pairs` random pairs of two persons, drawn by a fixed rule. */
void likely_tally_strangers(const struct index *ix, size_t pairs, struct likely_tally *t);
/* ret: as built in where nothing can be learned. RC_STATE with the reason if it can't be trusted, or nothing was learned. */
enum rc likely_learn(const struct likely_tally *same, const struct likely_tally *strangers,
                     struct likely_weights *ret) MUST_CHECK;
bool likely_learns(const struct likely_tally *same, enum likely_field field);

#endif
