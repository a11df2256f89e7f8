/* Sorted lists of column names joined by '\n', as connectors tell them. */
#ifndef BIDUI_PIPELINE_PULL_COLUMNS_H
#define BIDUI_PIPELINE_PULL_COLUMNS_H

#include "base/arena.h"
#include "base/str.h"

/* Everything in a or b; `a` itself when b adds nothing. */
struct str columns_union(struct arena *arena, struct str a, struct str b);
/* Is the wanted column (a name, or a JSON Pointer: its first step) in the list? */
bool columns_have(struct str list, struct str wanted);

#endif
