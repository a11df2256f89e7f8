#include "base/map.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"

#define FIRST_CAP ((size_t)8)

/* slots[] is open addressing over indices into entries[], plus one; 0 is free; twice as many slots
 * as entries at most. */

void map_init(struct map *m)
{
    *m = (struct map){NULL, NULL, 0, 0, 0};
}

void map_done(struct map *m)
{
    free(m->entries);
    free(m->slots);
    map_init(m);
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *find_slot(const struct map *m, struct str key)
{
    size_t mask = m->slot_count - 1;
    size_t at = (size_t)XXH3_64bits(key.n == 0 ? "" : key.p, key.n) & mask;
    while (m->slots[at] != 0 && !str_eq(m->entries[m->slots[at] - 1].key, key)) {
        at = (at + 1) & mask;
    }
    return &m->slots[at];
}

void *map_get(const struct map *m, struct str key)
{
    if (m->n == 0) {
        return NULL;
    }
    uint32_t slot = *find_slot(m, key);
    return slot == 0 ? NULL : m->entries[slot - 1].value;
}

static void grow(struct map *m)
{
    size_t cap = m->cap == 0 ? FIRST_CAP : m->cap * 2;
    struct map_entry *entries =
        cap > UINT32_MAX / 2 ? NULL : realloc(m->entries, cap * sizeof *entries);
    uint32_t *slots = entries == NULL ? NULL : calloc(cap * 2, sizeof *slots);
    if (slots == NULL) {
        err_die(RC_MEMORY, tr("索引 %zu 项放不下", "no room for a map of %zu entries"), cap);
    }
    free(m->slots);
    m->entries = entries;
    m->slots = slots;
    m->cap = cap;
    m->slot_count = cap * 2;
    for (size_t i = 0; i < m->n; i++) {
        *find_slot(m, entries[i].key) = (uint32_t)i + 1;
    }
}

bool map_put(struct map *m, struct str key, void *value)
{
    if (m->n == m->cap) {
        grow(m);
    }
    uint32_t *slot = find_slot(m, key);
    if (*slot != 0) {
        return false;
    }
    m->entries[m->n] = (struct map_entry){key, value};
    *slot = (uint32_t)++m->n;
    return true;
}
