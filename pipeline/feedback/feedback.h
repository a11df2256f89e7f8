/* Returned workbooks: read (read.c, rows.c), proved against what was sent and what was answered before, and taken
 * (take.c), told row by row (tell.c). What is right is taken, what is wrong is told and leaves no trace; all of a call
 * in one transaction. */
#ifndef BIDUI_PIPELINE_FEEDBACK_FEEDBACK_H
#define BIDUI_PIPELINE_FEEDBACK_FEEDBACK_H

#include <stdio.h>

#include "pipeline/feedback/rows.h"
#include "pipeline/stage.h"

enum feedback_verdict { FEEDBACK_TAKEN, FEEDBACK_KNOWN, FEEDBACK_REFUSED };
struct feedback_item {                   /* a row that somebody has filled in, or a file or sheet that cannot be read */
    struct feedback_row row;             /* number 0: not of a row */
    enum feedback_verdict verdict;
};
struct feedback {
    struct arena *arena;
    struct feedback_item *items;
    size_t count, cap;
    int64_t blank;                       /* rows nobody has filled in */
    int64_t taken, known, refused;       /* after feedback_take */
};
#define FEEDBACK_ROWS_MOST ((size_t)1000000)

/* Reads the files, in their order. A file that cannot be read is an item; RC_LIMIT: too many rows. */
enum rc feedback_read(const struct config *config, date_t today, struct arena *a, const char *const *files, size_t n,
                      struct feedback *ret) MUST_CHECK;
enum rc feedback_add(struct feedback *f, const struct feedback_row *row) MUST_CHECK; /* refused as yet; RC_LIMIT: too many */
void feedback_count(struct feedback *f); /* by the verdicts of its items */
/* Judges what was read, under the stage's edition; `dry_run`: nothing is kept. */
enum rc feedback_take(struct stage *s, struct feedback *f, const char *actor, bool dry_run) MUST_CHECK;
/* "file [sheet] row 3 lead 260000013", the lead only where its token proves it. */
const char *feedback_place(struct arena *a, const struct feedback_row *row);
enum rc feedback_print(const struct feedback *f, bool dry_run, FILE *out) MUST_CHECK;
enum rc feedback_print_json(const struct feedback *f, FILE *out) MUST_CHECK;

#endif
