/* Tokens of the rows that go out: LEAD.EDITION.RECIPIENT.CODE, the last a keyed code over the others. Whoever lacks the
 * code key can make none, and one that was changed anywhere is none. */
#ifndef BIDUI_PIPELINE_FEEDBACK_TOKEN_H
#define BIDUI_PIPELINE_FEEDBACK_TOKEN_H

#include "base/arena.h"
#include "base/crypto.h"

struct token {
    struct str lead_no, recipient;
    int edition;
};
struct str token_make(struct arena *a, const struct key *key, const char *county, const struct token *t);
/* Is it one that this county gave out? *ret points into `text`. */
bool token_read(struct arena *a, const struct key *key, const char *county, struct str text, struct token *ret);

#endif
