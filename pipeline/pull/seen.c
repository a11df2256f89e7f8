#include "pipeline/pull/seen.h"

#include <stdlib.h>

#define FIRST_CAP ((size_t)64)

static const unsigned char none[PAGE_HASH];

void seen_init(struct seen *s)
{
    *s = (struct seen){NULL, 0, 0};
}

void seen_done(struct seen *s)
{
    free(s->slots);
    seen_init(s);
}

void seen_clear(struct seen *s)
{
    seen_done(s);
}

/* The slot of the hash, or the free one where it belongs. Hashes are as good as random: their first
 * bytes place them. */
static unsigned char *slot_of(const struct seen *s, const unsigned char hash[PAGE_HASH])
{
    uint64_t first;
    memcpy(&first, hash, sizeof first);
    size_t at = (size_t)first & (s->cap - 1);
    while (memcmp(s->slots[at], none, PAGE_HASH) != 0 &&
           memcmp(s->slots[at], hash, PAGE_HASH) != 0) {
        at = (at + 1) & (s->cap - 1);
    }
    return s->slots[at];
}

static void grow(struct seen *s)
{
    struct seen bigger = {NULL, s->n, s->cap == 0 ? FIRST_CAP : s->cap * 2};
    bigger.slots = calloc(bigger.cap, PAGE_HASH);
    if (bigger.slots == NULL) {
        err_die(RC_MEMORY, "%zu", bigger.cap * PAGE_HASH);
    }
    for (size_t i = 0; i < s->cap; i++) {
        if (memcmp(s->slots[i], none, PAGE_HASH) != 0) {
            memcpy(slot_of(&bigger, s->slots[i]), s->slots[i], PAGE_HASH);
        }
    }
    free(s->slots);
    *s = bigger;
}

bool seen_add(struct seen *s, const unsigned char hash[PAGE_HASH])
{
    if (memcmp(hash, none, PAGE_HASH) == 0) {
        return true;
    }
    if (s->n * 2 >= s->cap) {
        grow(s);
    }
    unsigned char *slot = slot_of(s, hash);
    if (memcmp(slot, hash, PAGE_HASH) == 0) {
        return false;
    }
    memcpy(slot, hash, PAGE_HASH);
    s->n++;
    return true;
}
