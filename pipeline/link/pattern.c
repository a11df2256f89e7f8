#include "pipeline/link/pattern.h"

#include "pipeline/link/levels.h"

static int find_field(const struct link_lists *l, enum link_kind kind)
{
    for (size_t f = 0; f < l->field_n; f++) {
        if (l->fields[f].kind == kind) {
            return (int)f;
        }
    }
    return LINK_NO_FIELD;
}

/* What one record says of its owner's birth, twice. */
struct birth {
    const struct link_value *number, *column; /* NULL: the lists have no such field */
};

static struct birth birth_of(const struct link_lists *l, const struct link_side *s, uint32_t record)
{
    int number = find_field(l, LINK_IDNO), column = find_field(l, LINK_BIRTH);
    return (struct birth){
        number == LINK_NO_FIELD ? NULL : link_value_of(l, s, record, (size_t)number),
        column == LINK_NO_FIELD ? NULL : link_value_of(l, s, record, (size_t)column)};
}

static bool is_proven(struct birth b)
{
    return b.number != NULL && b.number->is_proven;
}

/* A number that someone else lent: it is right, and its birth year is not the record's. */
static bool is_lent(struct birth b)
{
    return is_proven(b) && b.column != NULL && b.column->year != 0 &&
           b.column->year != b.number->year;
}

/* Proven or not, its number holds the birth date that its column says. */
static bool is_consistent(struct birth b)
{
    return b.number != NULL && b.column != NULL && b.number->year != 0 &&
           b.number->year == b.column->year && b.number->month == b.column->month &&
           b.number->day == b.column->day;
}

/* Two proven numbers hold birth date and sex: those columns would say it twice. But not where one
 * of them is lent. Numbers that are not proven say at least the birth date where it is the same. */
static bool is_said_by_number(const struct link_lists *l, size_t field, uint32_t left,
                              uint32_t right)
{
    enum link_kind kind = l->fields[field].kind;
    if (kind != LINK_BIRTH && kind != LINK_SEX) {
        return false;
    }
    struct birth a = birth_of(l, &l->side[0], left), b = birth_of(l, link_lists_right(l), right);
    if (is_proven(a) && is_proven(b)) {
        return !is_lent(a) && !is_lent(b);
    }
    return kind == LINK_BIRTH && is_consistent(a) && is_consistent(b) &&
           a.number->year == b.number->year && a.number->month == b.number->month &&
           a.number->day == b.number->day;
}

/* Two different proven numbers of which one is lent: what they say is about two persons, the
 * records may be one's. */
static bool has_lent(const struct link_lists *l, uint32_t left, uint32_t right)
{
    struct birth a = birth_of(l, &l->side[0], left), b = birth_of(l, link_lists_right(l), right);
    return is_proven(a) && is_proven(b) && is_lent(a) != is_lent(b);
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
    uint32_t a = link_value_id(l, &l->side[0], left, field),
             b = link_value_id(l, link_lists_right(l), right, field);
    if (a == 0 || b == 0 || is_said_by_number(l, field, left, right)) {
        return LINK_MISSING;
    }
    if (a == b) {
        return LINK_SAME;
    }
    const struct link_kind_row *kind = &link_kinds[l->fields[field].kind];
    if (l->fields[field].kind == LINK_IDNO && has_lent(l, left, right)) {
        return IDNO_LENT;
    }
    const struct link_value *values = link_field_dictionary(l, field)->values;
    unsigned level = kind->compare(&values[a], &values[b]);
    return level > kind->swapped && kind->swapped != 0 && is_in_partner(l, field, left, right)
               ? kind->swapped
               : level;
}

uint64_t pattern_of(const struct link_lists *l, uint32_t left, uint32_t right)
{
    uint64_t pattern = 0;
    for (size_t f = 0; f < l->field_n; f++) {
        pattern |= (uint64_t)pattern_field(l, f, left, right) << (PATTERN_BITS * f);
    }
    return pattern;
}
