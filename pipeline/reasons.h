/* A delivery's reasons in words. Reasons are stable words with counts and names ("shrunk 1000 to 300"); what a person
 * reads is made of them here, in the language of the user. */
#ifndef BIDUI_PIPELINE_REASONS_H
#define BIDUI_PIPELINE_REASONS_H

#include "base/arena.h"
#include "base/str.h"

/* The reason itself where there are no other words for it. */
struct str reason_text(struct arena *a, struct str reason);

/* `*` in a pattern is anything up to what follows it; {1} in the texts is what the first one stood for. */
struct reason_words {
    const char *pattern, *zh, *en;
};
/* By other words: the first of n patterns that fits. Null if none does, or if that one has no text. */
struct str reason_said(struct arena *a, const struct reason_words *list, size_t n, struct str reason);

#endif
