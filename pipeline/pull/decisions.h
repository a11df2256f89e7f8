/* What persons decided about records of a dataset: the next delivery of the same record follows it.
 */
#ifndef BIDUI_PIPELINE_PULL_DECISIONS_H
#define BIDUI_PIPELINE_PULL_DECISIONS_H

#include "base/map.h"
#include "pipeline/pull/job.h"

struct decision {
    int64_t question; /* keyed hash of the identity columns it was about */
    bool is_accepted;
    int64_t subject;
    int64_t *pairs; /* of rejected questions that were scored: keyed hashes of record and candidate */
    size_t pair_count;
};
struct decisions {
    struct map by_code;
    struct map open; /* codes of records that an incremental dataset has open questions about */
};
/* In force at the job's edition; they live in the job's arena. */
enum rc decisions_load(const struct job *job, struct decisions *ret) MUST_CHECK;
void decisions_done(struct decisions *d);
/* NULL: nobody decided about this record as it stands. */
const struct decision *decisions_find(const struct decisions *d, struct str record_code,
                                      int64_t question);
/* The last one about the record, however it stood then; NULL. */
const struct decision *decisions_of(const struct decisions *d, struct str record_code);
bool decision_refuses(const struct decision *d, int64_t pair);
bool decisions_has_open(const struct decisions *d);
bool decisions_is_open(const struct decisions *d, struct str record_code);

#endif
