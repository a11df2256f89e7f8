/* What to look for in a document, compiled once: pointers into the envelope, and the wanted columns as a tree of
 * member names below a record, so that a member is looked up once whatever the number of columns. */
#ifndef BIDUI_CONNECTORS_JSON_PLAN_H
#define BIDUI_CONNECTORS_JSON_PLAN_H

#include "connectors/json.h"

#define JSON_NO_COLUMN SIZE_MAX

struct json_pointer {
    size_t n;
    struct str *tokens;
};

struct json_node {
    struct str name;                             /* member name, or index in an array */
    size_t column;                               /* JSON_NO_COLUMN: only the way to one */
    struct json_node *children, *next;
};

struct json_plan {
    bool has_scalar[JSON_MAX_SCALARS];
    struct json_pointer scalars[JSON_MAX_SCALARS];
    struct json_pointer records;
    struct json_node root;                       /* the record itself */
    size_t column_count;
    size_t *same_as;                             /* column i repeats column same_as[i]; JSON_NO_COLUMN: it does not */
};

enum rc json_plan_make(struct arena *a, const struct json_wants *wants, struct json_plan *ret) MUST_CHECK;
struct json_node *json_node_child(const struct json_node *node, struct str name);   /* NULL if none */

#endif
