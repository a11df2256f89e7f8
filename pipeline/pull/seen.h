/* A set of hashes: pages and tokens a delivery has shown already. */
#ifndef BIDUI_PIPELINE_PULL_SEEN_H
#define BIDUI_PIPELINE_PULL_SEEN_H

#include "base/crypto.h"

struct seen {
    unsigned char (*slots)[PAGE_HASH]; /* all zeros: free */
    size_t n, cap;
};
void seen_init(struct seen *s);
void seen_done(struct seen *s);
void seen_clear(struct seen *s);
/* False: it was there. The hash of all zeros says "unknown" and is never there. */
bool seen_add(struct seen *s, const unsigned char hash[PAGE_HASH]);

#endif
