/* How the list of a new edition differs from the list it replaces: leads by their number, feeds by their verdict. */
#ifndef BIDUI_PIPELINE_DELIVER_DIFFERENCES_H
#define BIDUI_PIPELINE_DELIVER_DIFFERENCES_H

#include <stdio.h>

#include "pipeline/deliver/list.h"

struct change {
    const char *what;                    /* kind, level, state, due_on, subject, reason */
    struct str rule;                     /* of a reason: then before and now are its states */
    struct str before, now;              /* stable words; null: there was, there is none */
};
struct lead_change {
    const struct lead *lead;
    struct change *changes;
    size_t change_count;
};
struct feed_change {
    const struct list_feed *before, *now; /* NULL: not in the configuration of that edition */
};
struct differences {
    int superseded;                      /* the edition before of the same date */
    const struct lead **added, **gone;   /* gone: open there, closed (or not listed) here */
    struct lead_change *changed;
    struct feed_change *feeds;
    size_t added_count, gone_count, changed_count, feed_count;
};

/* The edition that this one replaces; 0 if it is the first of its date. */
enum rc differences_superseded(struct stage *s, int64_t *ret) MUST_CHECK;
/* Sets l->differences, which stays NULL for the first edition of a date. */
enum rc differences_load(struct stage *s, struct list *l) MUST_CHECK;
/* tell_differences.c */
enum rc differences_put_json(const struct differences *d, struct buf *b) MUST_CHECK;
void differences_print(const struct differences *d, FILE *out);
const char *change_title(const char *what);
struct str change_word(const struct change *c, struct str word); /* in the user's language */

#endif
