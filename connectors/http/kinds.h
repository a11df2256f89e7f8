/* Checking a map against the rules of its `kind`. */
#ifndef BIDUI_CONNECTORS_HTTP_KINDS_H
#define BIDUI_CONNECTORS_HTTP_KINDS_H

#include "base/keys.h"

/* Missing keys of the map's kind, and keys of another kind. `map` may be NULL. */
void kinds_check(struct problems *p, const struct yaml *map, const struct kind_rule *rules);

#endif
