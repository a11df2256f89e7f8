/* Whom a record speaks of, by the roster index alone. Ways, in this order and only as far as the
 * grain allows: the identity number exactly; the number one repair away; the household number; the
 * householder's name within the village; the village by code or name; the works by its number.
 *
 * A name that clearly disagrees is never passed over in silence: it makes the link a question for a
 * person. */
#ifndef BIDUI_PIPELINE_PULL_LINK_H
#define BIDUI_PIPELINE_PULL_LINK_H

#include "pipeline/config.h"
#include "pipeline/pull/index.h"

#define LINK_CANDIDATES 32

enum linked_as {
    LINK_NONE, /* speaks of nobody on the roster: to be dropped */
    LINK_EXACT,
    LINK_CORRECTED,
    LINK_PROBABLE,
    LINK_REVIEW,    /* a person must decide: reason, candidates */
    LINK_UNREADABLE /* cannot be told, may concern the candidates: reason, column */
};
const char *link_word(enum linked_as k);

struct linked {
    enum linked_as kind;
    const char *reason, *expected; /* REVIEW and UNREADABLE */
    int column;                    /* UNREADABLE: index into dataset->columns */
    uint32_t subject;              /* person or household in the index; INDEX_NONE */
    uint32_t village;              /* INDEX_NONE if none */
    uint32_t
        candidates[LINK_CANDIDATES]; /* persons, or households for household grains; by rising id */
    size_t candidate_count;
};

/* scratch: for folded texts; the caller resets it. */
void link_record(const struct index *ix, const struct dataset *d, struct arena *scratch,
                 const struct str *row, struct linked *ret);
bool grain_is_household(enum grain g); /* household and house */

#endif
