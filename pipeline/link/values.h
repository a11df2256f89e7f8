/* Values made ready to be compared, each distinct one once: a dictionary for each family gives it a
 * number. Number 0 is "no value" (empty, 无, -, an all-equal phone number ...). Values live as long
 * as the dictionary's arena. */
#ifndef BIDUI_PIPELINE_LINK_VALUES_H
#define BIDUI_PIPELINE_LINK_VALUES_H

#include "base/arena.h"
#include "base/map.h"
#include "pipeline/link/kinds.h"
#include "pipeline/link/similar.h"

struct link_value {
    struct str text; /* as compared: folded, written in the family's one way */
    struct points points;
    /* names: equal where they differ by variant characters alone, in the order of their words, in
     * sound alone */
    uint64_t folded, tokens, sound, loose;
    int year, month, day; /* dates; 0: not known */
    bool is_proven;       /* an identity number whose check digit is right */
    bool has_hole;        /* a name with a character that was lost */
    bool is_han;
};

struct link_dictionary {
    struct arena *arena;
    enum link_family family;
    struct link_value *values; /* by number; values[0] is none */
    uint32_t n, cap;
    struct map by_raw, by_text;
};

void link_dictionary_init(struct link_dictionary *d, struct arena *arena, enum link_family family);
void link_dictionary_done(struct link_dictionary *d);
uint32_t link_dictionary_add(struct link_dictionary *d, struct str raw);

/* write.c: how the family writes it; empty where nothing is said. */
struct str link_write(struct arena *a, enum link_family family, struct str raw);
/* And what the comparators want to know of it. */
void link_value_fill(struct arena *a, enum link_family family, struct link_value *v);

#endif
