/* Member names of the records: which are wanted, and which were seen at all. Records of a source are all alike, so the
 * name expected at each place is compared first and a lookup is the exception. */
#ifndef BIDUI_CONNECTORS_NAMES_H
#define BIDUI_CONNECTORS_NAMES_H

#include "base/map.h"
#include "connectors/plan.h"

#define MAX_PLACES 256

struct names {
    const struct plan *plan;
    struct arena *texts;
    struct map seen;
    struct {
        struct str name;
        struct plan_node *node;
    } places[MAX_PLACES];
};

void names_init(struct names *names, const struct plan *plan);
void names_done(struct names *names);
void names_forget(struct names *names);
/* Is the place-th member of a record expected to be called so? Its length, or 0. */
static inline struct str names_expected(const struct names *names, size_t place)
{
    return place < MAX_PLACES ? names->places[place].name : STR_NULL;
}
/* The wanted node of member `name`, the place-th of its record; NULL: not wanted. */
struct plan_node *names_meet(struct names *names, size_t place, struct str name);
/* Sorted, joined by newlines. */
struct str names_joined(const struct names *names, struct arena *a);

#endif
