/* What one delivery of an increment asks for in turn: the ranges of days that a person wants read again, then what it always
 * asks. Each is read as if it were the whole, with totals, pages and tokens of its own; rows and proof are the delivery's.
 *
 * A position within says which part it belongs to: "again PART PAGES ROWS " (pages and rows of the parts before) stands
 * ahead of the connector's own. Without ranges nothing stands there, and everything is as if this module weren't. */
#ifndef BIDUI_PIPELINE_PULL_RANGES_H
#define BIDUI_PIPELINE_PULL_RANGES_H

#include "pipeline/pull/job.h"

struct range {
    date_t from, to;                     /* both belong to it */
};
struct ranges {
    struct range *list;
    size_t n;                            /* 0: only what is always asked */
    size_t at;                           /* part that is being read; n: what is always asked */
    int pages;                           /* of the parts before it */
    int64_t rows;
    struct str since;                    /* where the last part begins */
};

/* Registers a range, unless the very same one waits already. In the caller's transaction. */
enum rc ranges_ask(struct stage *s, const struct dataset *d, struct range range, const char *by) MUST_CHECK;
/* Those that wait for the job's delivery; none where it reads from the beginning (since is ""). */
enum rc ranges_load(const struct job *job, struct str since, struct ranges *ret) MUST_CHECK;
/* All that wait are this delivery's: it reads them, or everything. In its transaction, as the next two are. */
enum rc ranges_claim(const struct job *job) MUST_CHECK;
/* A delivery was admitted in the job's edition. */
enum rc ranges_done(const struct job *job, int edition) MUST_CHECK;
/* What an edition read counts for nothing: it is asked again. */
enum rc ranges_ask_again(struct stage *s, const char *edition, const char *dataset) MUST_CHECK;

/* "again 2026-01-01/2026-01-31 ", or "" ; and as people read it: "2026-01-01..2026-01-31". */
const char *ranges_text(const struct ranges *r, struct arena *a);
const char *ranges_shown(const struct ranges *r, struct arena *a);
/* Points the source at the part. */
void ranges_apply(const struct ranges *r, struct arena *a, struct source *source);
/* The delivery's position from the connector's; "" where that has none. */
struct str ranges_position(const struct ranges *r, struct arena *a, struct str inner);
/* Finds the part of a position, and gives the connector's own. */
struct str ranges_resume(struct ranges *r, struct str position);
void ranges_restart(struct ranges *r);

#endif
