/* A row that the exact way leaves over, scored against the roster where its dataset says `link: probable`. What a person
 * decided about the record, or about a pair, comes before any score. */
#ifndef BIDUI_PIPELINE_PULL_SCORED_H
#define BIDUI_PIPELINE_PULL_SCORED_H

#include "pipeline/pull/likely/likely.h"
#include "pipeline/pull/link.h"

#define SCORED_REASON "likely"

struct scored {
    bool is_link;        /* this row is linked by its score */
    size_t n;            /* candidates of this row, where a person is to be asked */
    struct str evidence; /* in the rows' scratch */
    int64_t pairs[LIKELY_PAIRS];
};
struct scored_counts {
    int64_t rows, linked, asked;
    int64_t left_out; /* pairs in blocks too large to be compared */
};

struct rows;
/* Changes *link where the score says more than the exact way did. */
enum rc scored_row(struct rows *r, const struct str *row, struct linked *link) MUST_CHECK;
/* One line for the log, if anything was scored. */
void scored_tell(const struct rows *r);

#endif
