/* The keys of a dataset's facts in force about those on the roster, before a delivery, as hashes. An increment
 * tells only what changed: the record of a stranger whose key is known was somebody's before who is still on the roster,
 * and what it taught must end. (Whoever left the roster keeps a past, should it be by mistake.) A hash
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
