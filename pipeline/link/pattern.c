#include "pipeline/link/pattern.h"

/* Two proven numbers hold birth date and sex: those columns would say it twice. */
static bool is_said_by_number(const struct link_lists *l, size_t field, uint32_t left, uint32_t right)
{
    enum link_kind kind = l->fields[field].kind;
    for (size_t f = 0; (kind == LINK_BIRTH || kind == LINK_SEX) && f < l->field_n; f++) {
        if (l->fields[f].kind == LINK_IDNO) {
            return link_value_of(l, &l->side[0], left, f)->is_proven &&
                   link_value_of(l, link_lists_right(l), right, f)->is_proven;
        }
    }
    return false;
}

/* Does one side have in its partner column what the other has here? */
static bool is_in_partner(const struct link_lists *l, size_t field, uint32_t left, uint32_t right)
{
    int partner = l->fields[field].partner;
    if (partner == LINK_NO_FIELD) {
        return false;
    }
    const struct link_side *a = &l->side[0], *b = link_lists_right(l);
    return link_value_id(l, a, left, field) == link_value_id(l, b, right, (size_t)partner) ||
           link_value_id(l, a, left, (size_t)partner) == link_value_id(l, b, right, field);
}

unsigned pattern_field(const struct link_lists *l, size_t field, uint32_t left, uint32_t right)
{
    uint32_t a = link_value_id(l, &l->side[0], left, field), b = link_value_id(l, link_lists_right(l), right, field);
    if (a == 0 || b == 0 || is_said_by_number(l, field, left, right)) {
        return LINK_MISSING;
    }
    if (a == b) {
        return LINK_SAME;
    }
    const struct link_kind_row *kind = &link_kinds[l->fields[field].kind];
    const struct link_value *values = link_field_dictionary(l, field)->values;
    unsigned level = kind->compare(&values[a], &values[b]);
    return level > kind->swapped && kind->swapped != 0 && is_in_partner(l, field, left, right) ? kind->swapped : level;
}

uint64_t pattern_of(const struct link_lists *l, uint32_t left, uint32_t right)
{
    uint64_t pattern = 0;
    for (size_t f = 0; f < l->field_n; f++) {
        pattern |= (uint64_t)pattern_field(l, f, left, right) << (PATTERN_BITS * f);
    }
    return pattern;
}
