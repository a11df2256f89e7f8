/* Two lists of records to be linked (or one with itself), as numbers of values, in an order of
 * their own that depends on what the records say and not on where they stand: everything after
 * works in that order, so that the order of the input changes nothing. Records that say the same
 * are kept apart by their key, and without one by their row.
 *
 *   link_lists_init -> link_lists_add ... -> link_lists_close -> (read) -> link_lists_done */
#ifndef BIDUI_PIPELINE_LINK_LISTS_H
#define BIDUI_PIPELINE_LINK_LISTS_H

#include "pipeline/link/values.h"

#define LINK_FIELDS 16
#define LINK_NO_FIELD (-1)

struct link_field {
    enum link_kind kind;
    const char *title; /* for people */
    int partner;       /* the field its values are mistaken for, or LINK_NO_FIELD */
};

struct link_side {
    size_t n;
    uint32_t *values; /* n times fields */
    uint32_t *rows;   /* record -> row it was added as, from 0 */
    struct str *keys; /* by row until closed; not read afterwards */
    size_t cap;
};

struct link_lists {
    struct arena *arena;
    struct link_field fields[LINK_FIELDS];
    size_t field_n;
    struct link_dictionary dictionaries[LINK_FAMILIES];
    struct link_side side[2];
    bool is_self; /* side[1] is empty: side[0] with itself */
};

void link_lists_init(struct link_lists *l, struct arena *arena, const struct link_field *fields,
                     size_t n, bool is_self);
void link_lists_done(struct link_lists *l);
/* `values`: one raw text a field; null: no value. */
void link_lists_add(struct link_lists *l, int side, struct str key, const struct str *values);
void link_lists_close(struct link_lists *l);

static inline const struct link_side *link_lists_right(const struct link_lists *l)
{
    return &l->side[l->is_self ? 0 : 1];
}
static inline uint32_t link_value_id(const struct link_lists *l, const struct link_side *s,
                                     size_t record, size_t field)
{
    return s->values[record * l->field_n + field];
}
static inline const struct link_dictionary *link_field_dictionary(const struct link_lists *l,
                                                                  size_t field)
{
    return &l->dictionaries[link_kinds[l->fields[field].kind].family];
}
static inline const struct link_value *
link_value_of(const struct link_lists *l, const struct link_side *s, size_t record, size_t field)
{
    return &link_field_dictionary(l, field)->values[link_value_id(l, s, record, field)];
}
/* Pairs there are. */
double link_lists_pairs(const struct link_lists *l);

#endif
