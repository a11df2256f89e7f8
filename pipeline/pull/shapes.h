/* The shapes of several columns, over the first rows of a delivery: see shape.h. Of the wanted ones they go with the
 * position of the delivery and stay with the last admitted one; of new ones they are made in memory only, to be
 * compared, and go. */
#ifndef BIDUI_PIPELINE_PULL_SHAPES_H
#define BIDUI_PIPELINE_PULL_SHAPES_H

#include "base/crypto.h"
#include "pipeline/pull/shape.h"

#define SHAPES_ROWS 2000 /* more say nothing more */

struct shapes;
/* Borrows the names. Everything lives in `a`. */
struct shapes *shapes_new(struct arena *a, const char *const *columns, size_t n, const struct key *code_key);
/* row: a value for each column. */
void shapes_add(struct shapes *s, struct arena *scratch, const struct str *row);
bool shapes_is_full(const struct shapes *s);
void shapes_clear(struct shapes *s);
const struct shape *shapes_find(const struct shapes *s, struct str column); /* NULL: not among them */

/* is_final: without columns that have too few values to be nobody's. */
struct str shapes_text(const struct shapes *s, bool is_final, struct arena *a);
/* Columns with fewer values than `least` are as they were before. */
void shapes_complete(struct shapes *s, const struct shapes *before, uint32_t least);
/* A column that the text doesn't tell of has an empty shape. */
void shapes_read(struct shapes *s, struct str text);

#endif
