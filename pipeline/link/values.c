#include "pipeline/link/values.h"

#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/sound.h"

#define FIRST_CAP 1024u

static void reserve_one(struct link_dictionary *d)
{
    if (d->n < d->cap) {
        return;
    }
    uint32_t cap = d->cap == 0 ? FIRST_CAP : d->cap * 2;
    struct link_value *values = cap < d->cap ? NULL : realloc(d->values, cap * sizeof *values);
    if (values == NULL) {
        err_die(RC_MEMORY, "%s", "link_dictionary");
    }
    d->values = values;
    d->cap = cap;
}

void link_dictionary_init(struct link_dictionary *d, struct arena *arena, enum link_family family)
{
    *d = (struct link_dictionary){.arena = arena, .family = family};
    map_init(&d->by_raw);
    map_init(&d->by_text);
    sound_setup();
    reserve_one(d);
    d->values[d->n++] = (struct link_value){0};
}

void link_dictionary_done(struct link_dictionary *d)
{
    map_done(&d->by_raw);
    map_done(&d->by_text);
    free(d->values);
    d->values = NULL;
}

static void *as_pointer(uint32_t id)
{
    return (void *)(uintptr_t)id;
}

static uint32_t add_text(struct link_dictionary *d, struct str text)
{
    void *known = map_get(&d->by_text, text);
    if (known != NULL) {
        return (uint32_t)(uintptr_t)known;
    }
    reserve_one(d);
    struct link_value *v = &d->values[d->n];
    *v = (struct link_value){.text = text};
    link_value_fill(d->arena, d->family, v);
    (void)map_put(&d->by_text, v->text, as_pointer(d->n));
    return d->n++;
}

/* A number is remembered with one added, so that "no value" can be told from "not met". */
uint32_t link_dictionary_add(struct link_dictionary *d, struct str raw)
{
    if (raw.n == 0) {
        return 0;
    }
    void *met = map_get(&d->by_raw, raw);
    if (met != NULL) {
        return (uint32_t)(uintptr_t)met - 1;
    }
    struct str text = link_write(d->arena, d->family, raw);
    uint32_t id = text.n == 0 ? 0 : add_text(d, arena_str(d->arena, text));
    (void)map_put(&d->by_raw, arena_str(d->arena, raw), as_pointer(id + 1));
    return id;
}
