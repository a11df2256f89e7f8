/* Maps with a `kind` that says which other keys belong: what a table of keys cannot say. */
#ifndef BIDUI_CONNECTORS_HTTP_KINDS_H
#define BIDUI_CONNECTORS_HTTP_KINDS_H

#include "base/keys.h"

#define KIND_MOST_KEYS 16
struct kind_rule {
    const char *kind;                    /* NULL ends them */
    const char *required[KIND_MOST_KEYS], *optional[KIND_MOST_KEYS]; /* NULL-terminated */
};

/* Missing keys of the map's kind, and keys of another kind. `map` may be NULL. */
void kinds_check(struct problems *p, const struct yaml *map, const struct kind_rule *rules);

#endif
