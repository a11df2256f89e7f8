#include "pipeline/pull/keys_met.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/big.h"

/* A Bloom filter whose bits for a key lie in one cache line: 8 MiB take in 5 million keys before one
 * in a hundred is mistaken. */
#define LINES ((size_t)1 << 17)
#define LINE_WORDS 8
#define BITS_PER_KEY 6
#define BIT_BITS 9 /* places in a line */

struct keys_met {
    uint64_t lines[LINES][LINE_WORDS];
};

struct keys_met *keys_met_new(void)
{
    return big_alloc(sizeof(struct keys_met));
}

void keys_met_free(struct keys_met *k)
{
    free(k);
}

void keys_met_clear(struct keys_met *k)
{
    memset(k, 0, sizeof *k);
}

bool keys_met_add(struct keys_met *k, struct str key)
{
    XXH128_hash_t h = XXH3_128bits(key.n == 0 ? "" : key.p, key.n);
    uint64_t *line = k->lines[h.high64 % LINES];
    bool was_met = true;
    for (int i = 0; i < BITS_PER_KEY; i++) {
        unsigned place = h.low64 >> (i * BIT_BITS) & ((1u << BIT_BITS) - 1);
        uint64_t bit = UINT64_C(1) << (place % 64);
        was_met = was_met && (line[place / 64] & bit) != 0;
        line[place / 64] |= bit;
    }
    return was_met;
}
