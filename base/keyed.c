#include "base/keyed.h"

#include <stdlib.h>
#include <xxhash.h>

void keyed_secret(const struct key *k, const char *label, unsigned char out[KEYED_SECRET])
{
    char text[64];
    size_t n = strlen(label);
    if (n + 1 > sizeof text) {
        err_die(RC_BUG, "%s", label);
    }
    memcpy(text, label, n);
    for (size_t i = 0; i < KEYED_SECRET / PAGE_HASH; i++) {
        text[n] = (char)('a' + i);
        crypto_hash(k, str_of(text, n + 1), out + i * PAGE_HASH);
    }
}

struct keyed_sum {
    const struct key *key;
    XXH3_state_t *state;
    uint64_t bytes;
    unsigned char secret[KEYED_SECRET]; /* the state points to it */
};

struct keyed_sum *keyed_begin(const struct key *k)
{
    struct keyed_sum *s = calloc(1, sizeof *s);
    XXH3_state_t *state = XXH3_createState();
    if (s == NULL || state == NULL) {
        err_die(RC_MEMORY, "%zu", sizeof *s);
    }
    s->key = k;
    s->state = state;
    keyed_secret(k, "bulk secret ", s->secret);
    (void)XXH3_128bits_reset_withSecret(state, s->secret, sizeof s->secret);
    return s;
}

void keyed_add(struct keyed_sum *s, struct str piece)
{
    if (piece.n > 0) {
        (void)XXH3_128bits_update(s->state, piece.p, piece.n);
        s->bytes += piece.n;
    }
}

void keyed_end(struct keyed_sum *s, unsigned char out[PAGE_HASH])
{
    if (out != NULL) {
        XXH128_hash_t h = XXH3_128bits_digest(s->state);
        uint64_t words[] = {h.low64, h.high64, s->bytes};
        crypto_hash(s->key, str_of((const char *)words, sizeof words), out);
    }
    (void)XXH3_freeState(s->state);
    free(s);
}
