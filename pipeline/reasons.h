/* A delivery's reasons in words. Reasons are stable words with counts and names ("shrunk 1000 to 300"); what a person
 * reads is made of them here, in the language of the user. */
#ifndef BIDUI_PIPELINE_REASONS_H
#define BIDUI_PIPELINE_REASONS_H

#include "base/arena.h"
#include "base/str.h"

/* The reason itself where there are no other words for it. */
struct str reason_text(struct arena *a, struct str reason);

#endif
