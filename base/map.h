/* Hash map from a byte string to a pointer; insertion order is kept for iteration, so that nothing
 * depends on hash order. Keys are borrowed and must outlive the map. */
#ifndef BIDUI_BASE_MAP_H
#define BIDUI_BASE_MAP_H

#include "base/str.h"

struct map {
    struct map_entry *entries;                       /* in insertion order */
    uint32_t *slots;
    size_t n, cap, slot_count;
};
struct map_entry {
    struct str key;
    void *value;
};

void map_init(struct map *m);
void map_done(struct map *m);
void *map_get(const struct map *m, struct str key);  /* NULL if absent */
/* Returns false (and changes nothing) if the key was there. */
bool map_put(struct map *m, struct str key, void *value);

#endif
