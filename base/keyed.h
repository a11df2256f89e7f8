/* Keyed hashes at the speed of memory, for bytes in bulk: XXH3 under a secret drawn from a key. Whoever lacks the key
 * cannot tell what was hashed; it is no proof against somebody who forges bytes, as HMAC would be. */
#ifndef BIDUI_BASE_KEYED_H
#define BIDUI_BASE_KEYED_H

#include "base/crypto.h"

#define KEYED_SECRET 192
/* A secret of its own for each label. */
void keyed_secret(const struct key *k, const char *label, unsigned char out[KEYED_SECRET]);

/* Bytes that come in pieces; how they are cut makes no difference. What comes out is an HMAC of hash and length. */
struct keyed_sum;
struct keyed_sum *keyed_begin(const struct key *k);
void keyed_add(struct keyed_sum *s, struct str piece);
void keyed_end(struct keyed_sum *s, unsigned char out[PAGE_HASH]); /* frees it; out NULL: only that */

#endif
