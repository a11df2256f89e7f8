/* Member names of the records of one document: which are wanted, and which were seen at all. Records of a source
 * are all alike, so the name expected at each place is compared first and a lookup is the exception. */
#ifndef BIDUI_CONNECTORS_JSON_NAMES_H
#define BIDUI_CONNECTORS_JSON_NAMES_H

#include "base/map.h"
#include "connectors/json_plan.h"

#define JSON_MAX_PLACES 256

struct json_names {
    const struct json_plan *plan;
    struct map seen;
    struct {
        struct str name;
        struct json_node *node;
    } places[JSON_MAX_PLACES];
};

void json_names_begin(struct json_names *names, const struct json_plan *plan);
void json_names_end(struct json_names *names);       /* a second end is fine */
/* The wanted node of member `name`, the place-th of its record; NULL: not wanted. The name must live on. */
struct json_node *json_names_meet(struct json_names *names, size_t place, struct str name);
/* Sorted, joined by newlines. */
struct str json_names_joined(const struct json_names *names, struct arena *a);

#endif
