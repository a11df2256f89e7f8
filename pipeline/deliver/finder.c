/* Leads of a list by their id. */
#include "pipeline/deliver/list.h"

#include <stdlib.h>

static int by_id(const void *a, const void *b)
{
    const struct lead *x = *(struct lead *const *)a, *y = *(struct lead *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

struct lead_finder lead_finder_of(const struct list *l)
{
    struct lead_finder f = {arena_array(l->arena, l->lead_count, sizeof(struct lead *)), l->lead_count};
    for (size_t i = 0; i < l->lead_count; i++) {
        f.sorted[i] = &l->leads[i];
    }
    qsort(f.sorted, f.n, sizeof *f.sorted, by_id);
    return f;
}

struct lead *lead_find(const struct lead_finder *f, int64_t id)
{
    struct lead wanted = {.id = id}, *key = &wanted;
    struct lead **found = f->n > 0 ? bsearch(&key, f->sorted, f->n, sizeof *f->sorted, by_id) : NULL;
    return found != NULL ? *found : NULL;
}
