/* The roster's own admission: versions of persons, identities, households and villages out of
 * landed roster rows. Identity numbers, names and phones pass through the roster's landing table
 * alone, and only until admission. */
#ifndef BIDUI_PIPELINE_PULL_ROSTER_H
#define BIDUI_PIPELINE_PULL_ROSTER_H

#include "pipeline/pull/job.h"

/* Columns of the roster's landing table besides the common and field columns, all text;
 * NULL-terminated. */
extern const char *const roster_landing_columns[];

enum roster_change {
    ROSTER_JOINED,
    ROSTER_LEFT,
    ROSTER_SPLIT,
    ROSTER_MERGED,
    ROSTER_HOUSEHOLDER,
    ROSTER_CLASS,
    ROSTER_CLEARED,
    ROSTER_PERSON_JOINED,
    ROSTER_PERSON_LEFT,
    ROSTER_CHANGES
};
const char *roster_change_word(enum roster_change c); /* stable English word */
const char *roster_change_text(enum roster_change c); /* in the language of the user */

struct roster_diff {
    int64_t counts[ROSTER_CHANGES];
};
/* What admitting the landed delivery would change; `each` (may be NULL) hears of every household,
 * in order of kind and household number. Changes nothing. */
enum rc roster_compare(const struct job *job, int edition, struct roster_diff *ret,
                       void (*each)(void *ctx, enum roster_change kind, struct str household_no),
                       void *ctx) MUST_CHECK;
/* Within the caller's transaction: the delivery landed in `edition` becomes the roster as the job's
 * edition knows it. *ret_disagree: households whose members disagree about the household; the
 * householder's row counts. */
enum rc roster_admit(const struct job *job, int edition, int64_t *ret_disagree) MUST_CHECK;

#endif
