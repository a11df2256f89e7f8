/* What becomes of each column of a draft: by its name, and by the look of its values. */
#ifndef BIDUI_PIPELINE_DRAFT_CHOICE_H
#define BIDUI_PIPELINE_DRAFT_CHOICE_H

#include "pipeline/draft/draft.h"

/* What becomes of a column. */
struct choice {
    const struct known_column *known; /* NULL: nobody knows the name */
    const char *identity;             /* NULL: none */
    const char *field;                /* NULL: none; lives in the arena */
    const char *type;
    bool is_private; /* identity numbers stand in it: it is never offered as a field */
};
struct choices {
    const struct draft *d;
    struct choice *of; /* one for each column */
};

struct choices choices_make(const struct draft *d);
/* Does a column have that part of the identity, or that field? NULL: not asked. */
bool choices_have(const struct choices *c, const char *identity, const char *field);
/* Fields that may identify a record: of the table's primary key; known as a key and unique in the
 * sample. */
bool choice_is_primary(const struct choices *c, size_t column);
bool choice_is_known_key(const struct choices *c, size_t column);
const char *choices_grain(const struct choices *c);

#endif
