/* The roster's villages, by every way departments write one: the 12-digit code, the name, the township's code or name in
 * front of it, and in front of these the names of larger regions. Positions count from 0; INDEX_NONE is none. */
#ifndef BIDUI_PIPELINE_PULL_VILLAGES_H
#define BIDUI_PIPELINE_PULL_VILLAGES_H

#include "base/str.h"

struct villages;
struct villages *villages_new(void);
void villages_free(struct villages *v); /* NULL is fine */

void villages_add(struct villages *v, struct str code, struct str name, struct str township_name);
/* A province's, prefecture's or county's name, largest first. */
void villages_add_region(struct villages *v, struct str name);

/* *ret_ambiguous when several villages answer to it. */
uint32_t villages_find(const struct villages *v, struct str code_or_name, struct str name, bool *ret_ambiguous);
uint32_t villages_of_code(const struct villages *v, struct str code);
size_t villages_count(const struct villages *v);
struct str villages_code(const struct villages *v, uint32_t village);

#endif
