/* From weights to links. A pair is accepted where a false link costs less than a look, put before a
 * person where neither can be said, and dropped below. Between two lists a record has one partner:
 * the heaviest pair takes both, and so on down. Within one list records form clusters, and none may
 * hold two proven numbers. What contradicts itself (two proven numbers, one number with two names)
 * is never accepted, whatever it weighs; one proven number in both lists is always told. */
#ifndef BIDUI_PIPELINE_LINK_DECIDE_H
#define BIDUI_PIPELINE_LINK_DECIDE_H

#include "pipeline/link/model.h"

/* In looks: what a person's look at one pair costs is 1. */
struct link_costs {
    int64_t false_link, missed_link; /* 2 at least */
};

/* Thousandths of a bit from which a link costs less than a look, and a look less than nothing. */
int32_t link_costs_accept(struct link_costs costs);
int32_t link_costs_review(struct link_costs costs);

enum link_verdict { LINK_ACCEPTED, LINK_REVIEW };
enum link_reason {
    LINK_PLAIN,
    LINK_BETWEEN,     /* too light to accept, too heavy to drop */
    LINK_CONTESTED,   /* another record fits as well */
    LINK_TAKEN,       /* one of the two has a better partner */
    LINK_TWO_NUMBERS, /* both numbers proven, and different; neither is plainly another's */
    LINK_TWO_NAMES,   /* one number, two names */
    LINK_REASONS
};
struct link_decision {
    uint32_t left, right; /* records */
    uint64_t pattern;
    int32_t weight;
    enum link_verdict verdict;
    enum link_reason reason;
};
struct link_decisions {
    struct link_decision *all; /* heaviest first; ties in the lists' own order */
    size_t n, accepted;
    int32_t accept, review; /* thresholds, thousandths of a bit */
};

void link_decide(const struct link_model *m, const struct link_candidates *c,
                 struct link_costs costs, struct link_decisions *ret);
void link_decisions_done(struct link_decisions *d);
const char *link_reason_text(enum link_reason reason); /* "" for plain */

#endif
