/* Persons by a hash of something they share: 8 bytes a person and list, read only once finished. Two keys may share a
 * hash: whoever is found is still to be compared. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_POSTING_H
#define BIDUI_PIPELINE_PULL_LIKELY_POSTING_H

#include <stddef.h>
#include <stdint.h>

struct posting {
    uint64_t *all; /* hash, then person: rising once finished */
    uint32_t *from; /* by bucket: where it begins */
    size_t n, buckets;
};

void posting_init(struct posting *p, size_t most); /* as many can be added */
void posting_done(struct posting *p);
void posting_add(struct posting *p, uint32_t hash, uint32_t person);
void posting_finish(struct posting *p);
/* The persons of a hash are the low halves of *ret_first and those behind it, rising; their count. */
size_t posting_find(const struct posting *p, uint32_t hash, const uint64_t **ret_first);
size_t posting_bytes(const struct posting *p);

#endif
