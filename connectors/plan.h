/* What to look for in a document, compiled once: paths into the envelope, and the wanted columns as a tree of member
 * names below a record, so that a member is looked up once whatever the number of columns. */
#ifndef BIDUI_CONNECTORS_PLAN_H
#define BIDUI_CONNECTORS_PLAN_H

#include "connectors/document.h"

#define NO_COLUMN SIZE_MAX
#define DOCUMENT_INNER (DOCUMENT_MAX_SCALARS - 1)     /* the scalar that holds the inner document */

struct pointer {
    size_t n;
    struct str *tokens;
};

struct plan_node {
    struct str name;                                 /* member name, or index in an array */
    size_t column;                                   /* NO_COLUMN: only the way to one */
    struct plan_node *children, *next;
};

struct plan {
    bool has_scalar[DOCUMENT_MAX_SCALARS];
    struct pointer scalars[DOCUMENT_MAX_SCALARS];
    bool has_records;                                /* false: only scalars are wanted */
    struct pointer records;
    struct plan_node root;                           /* the record itself */
    size_t depth, fields;                            /* what a document may grow to */
    size_t column_count;
    size_t *same_as;                                 /* column i repeats column same_as[i], or NO_COLUMN */
};

enum rc plan_make(struct arena *a, const struct document_wants *wants, struct plan *ret) MUST_CHECK;
/* RC_LIMIT: what the document has grown beyond, with the key to raise. */
enum rc plan_too_deep(const struct plan *plan);
enum rc plan_too_many_fields(const struct plan *plan);
struct plan_node *plan_child(const struct plan_node *node, struct str name);   /* NULL if none */

/* A path into the envelope, being followed as places are entered. */
struct trail {
    const struct pointer *pointer;                   /* NULL: leads nowhere */
    size_t matched;                                  /* leading tokens that agree with the present place */
};

static inline void trail_step(struct trail *t, size_t level, struct str token)
{
    if (t->pointer == NULL) {
        return;
    }
    t->matched = t->matched < level ? t->matched : level;
    if (t->matched == level && t->pointer->n > level && str_eq(t->pointer->tokens[level], token)) {
        t->matched = level + 1;
    }
}

static inline bool trail_is_at(const struct trail *t, size_t level)
{
    return t->pointer != NULL && t->pointer->n == level && t->matched == level;
}

#endif
