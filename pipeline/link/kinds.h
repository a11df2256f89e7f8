/* Kinds of evidence: what a column can hold, and the levels at which two values of it agree.
 *
 * Level 0 is "missing" (one of the two has no value) and says nothing. Level 1 is the same value.
 * The last level is "differs"; between them they go from stronger to weaker agreement. A level is a
 * number below LINK_LEVELS. */
#ifndef BIDUI_PIPELINE_LINK_KINDS_H
#define BIDUI_PIPELINE_LINK_KINDS_H

#include "base/str.h"

#define LINK_LEVELS 13
#define LINK_MISSING 0u
#define LINK_SAME 1u

enum link_kind {
    LINK_IDNO,
    LINK_NAME,
    LINK_GIVEN,
    LINK_SURNAME,
    LINK_BIRTH,
    LINK_SEX,
    LINK_PHONE,
    LINK_ADDRESS,
    LINK_PLACE,
    LINK_REGION,
    LINK_POSTCODE,
    LINK_HOUSEHOLD,
    LINK_HOUSEHOLDER,
    LINK_CODE,
    LINK_KINDS
};

/* Values of one family are written in one way and live in one dictionary: a given name can be found
 * in the other list's column of surnames. */
enum link_family {
    LINK_FAMILY_IDNO,
    LINK_FAMILY_NAME,
    LINK_FAMILY_DATE,
    LINK_FAMILY_SEX,
    LINK_FAMILY_PHONE,
    LINK_FAMILY_TEXT,
    LINK_FAMILY_PLACE,
    LINK_FAMILY_REGION,
    LINK_FAMILY_CODE,
    LINK_FAMILIES
};

struct link_value;
struct link_level {
    const char *zh, *en;
    int first_m; /* thousandths of true pairs at this level, where the data have yet to say */
};
struct link_kind_row {
    const char *name, *zh, *en; /* "idno": as --map takes it */
    enum link_family family;
    const struct link_level *levels; /* from 1; levels[0] is missing */
    unsigned level_count;            /* with missing */
    bool is_shared;                  /* by a household or neighbours; else it is a person's own */
    unsigned strong;  /* of a person's own: up to this level two are hardly ever but one person; 0:
                         none */
    unsigned swapped; /* the level of a value found in the partner column; 0: none */
    /* Of two values that are not the same: a level from 2. */
    unsigned (*compare)(const struct link_value *a, const struct link_value *b);
};
extern const struct link_kind_row link_kinds[LINK_KINDS];

bool link_kind_find(struct str name, enum link_kind *ret);

#endif
