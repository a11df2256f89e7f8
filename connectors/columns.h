/* The columns a source carries, as page.columns_seen wants them. */
#ifndef BIDUI_CONNECTORS_COLUMNS_H
#define BIDUI_CONNECTORS_COLUMNS_H

#include "base/arena.h"

/* Sorts `names` bytewise in place and joins the non-empty ones by '\n'. */
struct str columns_join(struct arena *a, struct str *names, size_t n);

#endif
