/* What a column's values look like, so that it is known again under another name: counts alone, over the first rows of
 * a delivery (strangers' too): blanks, kinds of values, lengths, where they lie (years, magnitudes, or a few keyed places
 * of texts), and about how many differ. No value can be got back from it. */
#ifndef BIDUI_PIPELINE_PULL_SHAPE_H
#define BIDUI_PIPELINE_PULL_SHAPE_H

#include "base/arena.h"
#include "base/str.h"

enum { SHAPE_KINDS = 8, SHAPE_LENGTHS = 24, SHAPE_PLACES = 32, SHAPE_REGISTERS = 128 };
#define SHAPE_LEAST 20 /* fewer values say nothing, and would be somebody's */

struct shape {
    uint32_t blank, filled;
    uint32_t kinds[SHAPE_KINDS], lengths[SHAPE_LENGTHS], places[SHAPE_PLACES];
    unsigned char registers[SHAPE_REGISTERS]; /* HyperLogLog of keyed hashes */
};

/* folded: by text_fold; seed: of the code key. */
void shape_add(struct shape *s, uint64_t seed, struct str folded);
/* About how many values differ. */
uint32_t shape_distinct(const struct shape *s);

enum likeness { SHAPE_UNKNOWN, SHAPE_UNLIKE, SHAPE_ALIKE };
/* *ret_distance: how far apart, in thousandths of each of five measures together; smaller is nearer. */
enum likeness shape_compare(const struct shape *a, const struct shape *b, int *ret_distance);

/* "BLANK FILLED KIND ... LENGTH ... PLACE ... REGISTERS"; false: not what shape_text wrote. */
const char *shape_text(const struct shape *s, struct arena *a);
bool shape_read(struct shape *s, struct str text);

#endif
