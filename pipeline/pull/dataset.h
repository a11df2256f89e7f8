/* One dataset's pull in one process: what was accepted is admitted, then the source is read, judged
 * and admitted. */
#ifndef BIDUI_PIPELINE_PULL_DATASET_H
#define BIDUI_PIPELINE_PULL_DATASET_H

#include "pipeline/pull/engine.h"

/* RC_OK whatever the department did: the delivery's verdict says it. */
enum rc dataset_pull(struct job *job) MUST_CHECK;
/* Lands the roster and calls `look` with the verdict. What landed is found by the pull that
 * follows. */
enum rc dataset_preview(struct job *job,
                        enum rc (*look)(void *ctx, const struct job *job,
                                        const struct judgement *j),
                        void *ctx) MUST_CHECK;
/* A delivery that never came to be: a verdict without one. */
enum rc dataset_write_failed(const struct job *job, const char *reason) MUST_CHECK;

#endif
