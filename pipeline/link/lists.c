#include "pipeline/link/lists.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"

#define FIRST_CAP ((size_t)1024)

void link_lists_init(struct link_lists *l, struct arena *arena, const struct link_field *fields,
                     size_t n, bool is_self)
{
    *l = (struct link_lists){.arena = arena, .field_n = n, .is_self = is_self};
    memcpy(l->fields, fields, n * sizeof *fields);
    for (int i = 0; i < LINK_FAMILIES; i++) {
        link_dictionary_init(&l->dictionaries[i], arena, (enum link_family)i);
    }
}

void link_lists_done(struct link_lists *l)
{
    for (int i = 0; i < LINK_FAMILIES; i++) {
        link_dictionary_done(&l->dictionaries[i]);
    }
    for (int i = 0; i < 2; i++) {
        free(l->side[i].values);
        free(l->side[i].rows);
        free(l->side[i].keys);
        l->side[i] = (struct link_side){0};
    }
}

static void *grown(void *p, size_t count, size_t size)
{
    void *more = reallocarray(p, count, size);
    if (more == NULL) {
        err_die(RC_MEMORY, "%s", "link_lists");
    }
    return more;
}

void link_lists_add(struct link_lists *l, int side, struct str key, const struct str *values)
{
    struct link_side *s = &l->side[side];
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? FIRST_CAP : s->cap * 2;
        s->values = grown(s->values, s->cap * l->field_n, sizeof *s->values);
        s->rows = grown(s->rows, s->cap, sizeof *s->rows);
        s->keys = grown(s->keys, s->cap, sizeof *s->keys);
    }
    for (size_t f = 0; f < l->field_n; f++) {
        struct link_dictionary *d = &l->dictionaries[link_kinds[l->fields[f].kind].family];
        s->values[s->n * l->field_n + f] = link_dictionary_add(d, values[f]);
    }
    s->rows[s->n] = (uint32_t)s->n;
    s->keys[s->n] = arena_str(l->arena, key);
    s->n++;
}

/* ---- The order ---- */

struct standing {
    uint64_t hash;
    struct str key;
    uint32_t row;
};

static int by_standing(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    int order = str_cmp(x->key, y->key);
    return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

static uint64_t said(const struct link_lists *l, const struct link_side *s, size_t record)
{
    uint64_t hash = 0;
    for (size_t f = 0; f < l->field_n; f++) {
        struct str text = link_value_of(l, s, record, f)->text;
        hash = XXH3_64bits_withSeed(text.n == 0 ? "" : text.p, text.n, hash + f + 1);
    }
    return hash;
}

static void put_in_order(const struct link_lists *l, struct link_side *s)
{
    struct standing *order = grown(NULL, s->n + 1, sizeof *order);
    uint32_t *values = grown(NULL, s->n * l->field_n + 1, sizeof *values);
    for (size_t i = 0; i < s->n; i++) {
        order[i] = (struct standing){said(l, s, i), s->keys[i], (uint32_t)i};
    }
    qsort(order, s->n, sizeof *order, by_standing);
    for (size_t i = 0; i < s->n; i++) {
        s->rows[i] = order[i].row;
        memcpy(values + i * l->field_n, s->values + order[i].row * l->field_n,
               l->field_n * sizeof *values);
    }
    free(order);
    free(s->values);
    s->values = values;
}

void link_lists_close(struct link_lists *l)
{
    put_in_order(l, &l->side[0]);
    if (!l->is_self) {
        put_in_order(l, &l->side[1]);
    }
}

double link_lists_pairs(const struct link_lists *l)
{
    double n = (double)l->side[0].n, m = (double)l->side[1].n;
    return l->is_self ? n * (n - 1) / 2 : n * m;
}
