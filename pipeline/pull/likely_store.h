/* Versions of weights in the database, and the one an edition uses. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_STORE_H
#define BIDUI_PIPELINE_PULL_LIKELY_STORE_H

#include "pipeline/pull/likely/learn.h"
#include "pipeline/pull/job.h"

/* The version pinned by the edition, which pins the latest one when it is first asked; closed. */
enum rc likely_weights_pinned(struct stage *s, struct likely_weights *ret) MUST_CHECK;

/* likely_tally.c: adds a batch's counts to its delivery's, and begins anew. In the caller's transaction. */
enum rc likely_tally_send(const struct job *job, struct likely_tally *t) MUST_CHECK;

/* likely_train.c */
struct likely_training {
    struct likely_weights weights; /* closed; the version it became */
    int64_t records;               /* whose own person is known */
    bool is_learned[LIKELY_FIELDS];
};
/* A version more, in force from the next edition that pins one. RC_STATE with the reason if it cannot be trusted: then
 * the last one stays. */
enum rc likely_train(struct stage *s, int64_t false_cost, int64_t missed_cost, const char *by,
                     struct likely_training *ret) MUST_CHECK;

#endif
