/* A dataset's rows, text by text, into typed values: folding, code lists, flags, dates as spans,
 * exact money. One mapper per dataset and process. Nothing is kept between rows: values point into
 * the row or into the scratch arena the caller resets. What cannot be read is told as a reason word
 * and what was expected, never as its value. */
#ifndef BIDUI_PIPELINE_PULL_NORMALIZE_H
#define BIDUI_PIPELINE_PULL_NORMALIZE_H

#include "pipeline/config.h"

struct value {
    bool is_null;
    struct str text; /* text and code */
    int64_t number;  /* money (fen), number (millionths), instant (microseconds), flag (0, 1) */
    struct date_span span; /* date */
};

struct reject {
    const char *reason;   /* stable word */
    const char *expected; /* for people, in their language */
    const char *column;   /* the department's name of it */
    struct str value;     /* as it came; to be masked before it goes anywhere */
};

#define KEY_SEPARATOR '\x1f'

struct mapper;
/* today: an event date after it is refused. */
struct mapper *mapper_new(const struct dataset *dataset, date_t today);
void mapper_free(struct mapper *m);
/* One row (dataset->column_count strings) into values (dataset->field_count). False: *ret says why.
 */
bool mapper_map(const struct mapper *m, struct arena *scratch, const struct str *row,
                struct value *values, struct reject *ret);
/* The key fields' normalized texts, joined; null where a part is blank or unreadable. */
struct str mapper_key(const struct mapper *m, struct arena *scratch, const struct str *row);
/* Hash of the normalized values, starting from `seed`; equal values and seeds, equal hashes. */
uint64_t mapper_content(const struct mapper *m, const struct value *values, uint64_t seed);
/* Does the folded text say that there is nothing? */
bool value_is_blank(enum field_type type, struct str folded);
/* A value as text, for keys and for showing. */
struct str value_text(struct arena *scratch, enum field_type type, const struct value *v);
const char *field_type_expected(enum field_type type);

#endif
