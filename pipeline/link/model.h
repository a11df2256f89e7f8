/* Fellegi-Sunter: what an agreement is worth. A pair is one of three: the same person, strangers,
 * or two who are related (a household, neighbours), who share address, phone and surname and would
 * else pass for one. For each field and level, m is how often the same person stands there, u how
 * often strangers do and r how often the related. Evidence against strangers is log2(m / u),
 * against the related log2(m / r), in thousandths of a bit; a pair weighs what it has against the
 * likelier of the two. All that is decided is decided on these whole numbers.
 *
 * u comes from the counts of the values and from random pairs; m and r from the candidates by EM
 * with u held fixed. Pairs that are no candidates are taken for strangers, so that blocking by a
 * field does not make its agreement look common. Against strangers the same value weighs by how
 * rare it is (there are many 王伟).
 *
 * The order of the input and the number of threads change nothing. */

#ifndef BIDUI_PIPELINE_LINK_MODEL_H
#define BIDUI_PIPELINE_LINK_MODEL_H

#include "pipeline/link/candidates.h"

struct link_model {
    const struct link_lists *lists;
    double m[LINK_FIELDS][LINK_LEVELS], r[LINK_FIELDS][LINK_LEVELS], u[LINK_FIELDS][LINK_LEVELS];
    double first_m[LINK_FIELDS][LINK_LEVELS],
        first_r[LINK_FIELDS][LINK_LEVELS]; /* before the data were asked */
    /* expected pairs among the candidates at that level */
    double seen_m[LINK_FIELDS][LINK_LEVELS], seen_r[LINK_FIELDS][LINK_LEVELS];
    double true_share, related_share; /* of all pairs */
    double true_pairs, related_pairs; /* expected among the candidates */
    int rounds;
    bool has_converged;
    bool has_related; /* else hardly any pair is, and strangers are all that counts */
    int32_t weights[LINK_FIELDS][LINK_LEVELS], prior;                 /* against strangers */
    int32_t related_weights[LINK_FIELDS][LINK_LEVELS], related_prior; /* against the related */
    int32_t *
        rarity[LINK_FIELDS]; /* by value: added to the weight where it is the same; NULL for none */
    size_t sampled;          /* random pairs */
};

void link_model_learn(const struct link_lists *l, const struct link_candidates *c, int threads,
                      struct link_model *ret);
void link_model_done(struct link_model *m);
/* Thousandths of a bit that the two are the same; 0 is even odds. */
int32_t link_model_weigh(const struct link_model *m, const struct link_pair *pair,
                         uint64_t pattern);
/* What one field adds to the evidence against strangers. */
int32_t link_model_field(const struct link_model *m, size_t field, unsigned level, uint32_t left);

/* strangers.c: u. */
void link_model_strangers(const struct link_lists *l, int threads, struct link_model *m);

#endif
