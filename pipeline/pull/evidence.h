/* Why a record was linked as probable, or asked about: of each candidate a line of version, subject, weight, and each
 * field's level and weight. It holds no value of either side, and tells the same however the roster changes later. */
#ifndef BIDUI_PIPELINE_PULL_EVIDENCE_H
#define BIDUI_PIPELINE_PULL_EVIDENCE_H

#include <stdio.h>

#include "base/buf.h"
#include "pipeline/pull/job.h"
#include "pipeline/pull/likely/likely.h"

/* The lines of an answer's pairs, in their order. */
struct str evidence_text(struct arena *a, const struct likely *l, const struct index *ix, const struct likely_answer *answer);
/* The line of one subject; null if there is none. */
struct str evidence_of(struct str text, int64_t subject);
/* A line for people: a waterfall from the prior to the weight. */
void evidence_print(struct str line, const char *indent, FILE *out);
enum rc evidence_put_json(struct buf *b, struct str line) MUST_CHECK;

/* What a delivery landed, once its facts are merged. In the caller's transaction. */
enum rc evidence_admit(const struct job *job, int edition) MUST_CHECK;

#endif
