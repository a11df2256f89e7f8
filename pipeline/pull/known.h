/* The keys of a dataset's facts in force, as hashes, read when first asked for. An increment tells only what changed:
 * the record of a stranger whose key is known was somebody's of the roster before, and what it taught must end. A hash
 * met by chance does no harm: the mark that is landed for it then finds no fact. */
#ifndef BIDUI_PIPELINE_PULL_KNOWN_H
#define BIDUI_PIPELINE_PULL_KNOWN_H

#include "pipeline/pull/job.h"

struct known {
    bool is_loaded;
    uint64_t *hashes; /* sorted */
    size_t n, cap;
};
/* All zeros to begin with. */
enum rc known_find(struct known *k, const struct job *job, struct str key, bool *ret) MUST_CHECK;
void known_done(struct known *k);

#endif
