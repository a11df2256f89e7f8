/* A ledger of what was verified by hand before bidui: each line an answer about a rule, or about every rule of a family, for a
 * person or a household. It closes what was open at that visit, keeps rules from asking again too soon, and enrols nobody. */
#ifndef BIDUI_PIPELINE_FEEDBACK_HISTORY_H
#define BIDUI_PIPELINE_FEEDBACK_HISTORY_H

#include "pipeline/feedback/feedback.h"

struct history_line {
    struct str household_no, id_number;  /* one of them at least; empty: not given */
    const char *rules, *answer;          /* rules: '{"a","b"}' */
};
struct history {
    struct feedback rows;                /* what is told of each line */
    struct history_line *lines;          /* of the same place */
};
enum rc history_read(const struct config *config, date_t today, struct arena *a, const char *file, struct history *ret) MUST_CHECK;
enum rc history_take(struct stage *s, struct history *h, const char *actor, bool dry_run) MUST_CHECK;

#endif
