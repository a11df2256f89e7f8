/* What a delivery said, whatever the order of its rows: the sum of keyed 128-bit hashes of its
 * rows. */
#ifndef BIDUI_PIPELINE_PULL_DIGEST_H
#define BIDUI_PIPELINE_PULL_DIGEST_H

#include "base/buf.h"
#include "base/keyed.h"

struct digest {
    unsigned char secret[KEYED_SECRET];
    struct buf row; /* one row's values, joined */
};

void digest_init(struct digest *d, const struct key *code_key);
void digest_done(struct digest *d);
/* Adds one row to a sum of 16 bytes. */
enum rc digest_add(struct digest *d, const struct str *row, size_t columns,
                   unsigned char sum[16]) MUST_CHECK;
/* Keyed hash of some columns of a row (-1: left out). */
enum rc digest_of(struct digest *d, const struct str *row, const int *columns, size_t n,
                  int64_t *ret) MUST_CHECK;

#endif
