/* The county's decisions, taken from its own workbook (派发意见, 派发理由), and the batch that goes out by them: a workbook a
 * township with its 交办单, under out/dispatch/. Decisions are versions learned by the open edition; a batch killed before
 * its files were in place is finished by the next call. */
#ifndef BIDUI_PIPELINE_DISPATCH_DISPATCH_H
#define BIDUI_PIPELINE_DISPATCH_DISPATCH_H

#include <stdio.h>

#include "pipeline/feedback/feedback.h"

#define DISPATCH_RECIPIENT "county"      /* in the tokens of the county's workbook */

struct dispatch_item {
    struct feedback_row row;             /* whose row, and its faults; no result */
    const char *decision;                /* of decision_choices */
    struct str because;
    enum feedback_verdict verdict;
};
struct dispatch {
    struct arena *arena;
    struct dispatch_item *items;
    size_t count, cap;
    int64_t blank, taken, known, refused;
    const char *folder;                  /* of the batch that went out last; NULL: none */
};
enum rc dispatch_read(const struct config *config, struct arena *a, const char *file, struct dispatch *ret) MUST_CHECK;
enum rc dispatch_take(struct stage *s, struct dispatch *d, const char *actor, bool dry_run) MUST_CHECK;
/* Writes what no earlier call has written to its end. */
enum rc dispatch_write(struct stage *s, struct dispatch *d) MUST_CHECK;
enum rc dispatch_print(const struct dispatch *d, bool dry_run, bool json, FILE *out) MUST_CHECK;

#endif
