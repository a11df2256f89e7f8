/* The keys of a dataset's facts in force before a delivery, as hashes. An increment tells only what changed:
 * the record of a stranger whose key is known was somebody's of the roster before, and what it taught must end. A hash
 * met by chance does no harm: the mark that is landed for it then finds no fact. */
#ifndef BIDUI_PIPELINE_PULL_KNOWN_H
#define BIDUI_PIPELINE_PULL_KNOWN_H

#include "pipeline/pull/job.h"

struct known {
    uint64_t *hashes; /* sorted */
    size_t n, cap;
};
/* All zeros to begin with. */
enum rc known_load(struct known *k, const struct job *job) MUST_CHECK;
bool known_has(const struct known *k, struct str key);
void known_done(struct known *k);

#endif
