/* What commands need of pull besides stage_pull (stage.h): previews, held deliveries, questions,
 * probing. */
#ifndef BIDUI_PIPELINE_PULL_PULL_H
#define BIDUI_PIPELINE_PULL_PULL_H

#include <stdio.h>

#include "pipeline/pull/proof.h"
#include "pipeline/pull/roster.h"

/* bidui roster load: lands the roster (from the files, or its own connector), and tells what
 * admitting it would change. *ret_verdict says what stage_pull, given the same options, would make
 * of it; it reads nothing again. */
enum rc roster_preview(struct stage *s, const struct pull_options *options,
                       struct roster_diff *ret_diff, enum verdict *ret_verdict,
                       void (*each)(void *ctx, enum roster_change kind, struct str household_no),
                       void *ctx) MUST_CHECK;

/* bidui accept: the delivery of `edition`, held, is taken in by the next pull. RC_NOT_FOUND,
 * RC_STATE. */
enum rc accept_delivery(struct stage *s, int edition, struct str dataset, const char *by,
                        const char *reason) MUST_CHECK;

/* bidui review */
struct review_candidate {
    int64_t subject; /* person, or household where the dataset speaks of households */
    struct str text; /* masked name and number, household number and village */
    struct str evidence; /* of a scored question: its line, for evidence_print; else null */
};
struct review_item {
    int64_t review_no;
    int edition;
    struct str dataset, record_code, reason;
    struct review_candidate *candidates;
    size_t candidate_count;
};
const char *
review_reason_text(struct str reason); /* in the language of the user; the word itself if unknown */
/* Open questions in their order, in the stage's arena; 0: all, else that one. */
enum rc review_list(struct stage *s, int64_t review_no, struct review_item **ret,
                    size_t *ret_n) MUST_CHECK;
/* Decides one. subject 0: the only candidate. Accepting makes the record a fact of the open
 * edition. RC_NOT_FOUND, RC_STATE (decided already, or emptied), RC_USAGE (which candidate?). */
enum rc review_decide(struct stage *s, int64_t review_no, bool accept, int64_t subject,
                      const char *by, const char *reason) MUST_CHECK;

/* bidui probe: connects, reads up to `rows` rows and shows them masked with types and reject
 * reasons. No database. */
enum rc pull_probe(const struct config *config, const struct dataset *dataset, int rows,
                   FILE *out) MUST_CHECK;

#endif
