/* Can the model be trusted? A model that did not converge, that took strangers for true pairs, or
 * whose fields cannot tell people apart is refused with the reason; it is never used quietly. */
#ifndef BIDUI_PIPELINE_LINK_GUARD_H
#define BIDUI_PIPELINE_LINK_GUARD_H

#include "pipeline/link/decide.h"

/* RC_STATE with the reason. */
enum rc link_guard(const struct link_model *m, const struct link_candidates *c,
                   const struct link_decisions *d) MUST_CHECK;

/* A level whose weight the data did not decide: hardly any true pair and no stranger stood there.
 */
bool link_guard_is_unseen(const struct link_model *m, size_t field, unsigned level);

#endif
