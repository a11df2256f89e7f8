/* Versions of weights in the database, and the one an edition uses. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_STORE_H
#define BIDUI_PIPELINE_PULL_LIKELY_STORE_H

#include "pipeline/pull/likely/weights.h"
#include "pipeline/stage.h"

/* The version pinned by the edition, which pins the latest one when it is first asked; closed. */
enum rc likely_weights_pinned(struct stage *s, struct likely_weights *ret) MUST_CHECK;

#endif
