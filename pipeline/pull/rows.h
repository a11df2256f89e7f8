/* One row on its way: counted, linked, mapped, and put where it belongs; a stranger's is dropped at
 * once. */
#ifndef BIDUI_PIPELINE_PULL_ROWS_H
#define BIDUI_PIPELINE_PULL_ROWS_H

#include "pipeline/pull/asking.h"
#include "pipeline/pull/decisions.h"
#include "pipeline/pull/digest.h"
#include "pipeline/pull/known.h"
#include "pipeline/pull/landing.h"
#include "pipeline/pull/profile.h"
#include "pipeline/pull/scored.h"
#include "pipeline/pull/shapes.h"

struct rows {
    const struct job *job;
    struct mapper *mapper;
    struct landing *landing;
    struct digest digest;
    struct decisions decisions;
    struct known known;         /* of an increment */
    struct standing *standing;  /* of a full snapshot; or NULL */
    struct profile *profile; /* NULL: nothing to count */
    struct shapes *shapes;   /* of the wanted columns; in the job's arena */
    struct scored scored;    /* of this row */
    struct scored_counts counts;
    struct asking *asking; /* of a lookup: what its rows answer; else NULL */
    struct arena *scratch; /* of one row */
    struct value *values;
    int64_t watermark, watermark_most; /* greatest updated_at seen; what is believed at most */
};

#define WATERMARK_NONE ORIGIN_UNDATED

enum rc rows_init(struct rows *r, const struct job *job) MUST_CHECK;
void rows_done(struct rows *r);
/* Rows that will be put next, up to INDEX_EXPECT of them. */
void rows_expect(const struct rows *r, const struct str *first, size_t n);
enum rc rows_put(struct rows *r, struct delivery *d, struct origin at,
                 const struct str *row) MUST_CHECK;
/* Keyed hash of what a question about the row is about. */
enum rc rows_question(struct rows *r, const struct str *row, int64_t *ret) MUST_CHECK;
/* A row the connector could not decode. */
enum rc rows_put_undecoded(struct rows *r, struct delivery *d, struct origin at,
                           const struct page_reject *reject) MUST_CHECK;

#endif
