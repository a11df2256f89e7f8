/* Linking two lists, or one with itself, without being told any true pair.
 *
 *   link_lists (values, order) -> passes (which pairs) -> candidates (how they agree) -> model
 * (what that is worth)
 *   -> decide (which are links) -> guard (can it be trusted) */
#ifndef BIDUI_PIPELINE_LINK_LINK_H
#define BIDUI_PIPELINE_LINK_LINK_H

#include "pipeline/link/guard.h"

struct link_options {
    struct link_costs costs;
    int threads;
    double all_below; /* as many pairs are all compared, without blocking */
    void (*progress)(size_t done, size_t total);
};
extern const struct link_options link_defaults;

struct link_run {
    const struct link_lists *lists;
    struct link_passes passes;
    struct link_candidates candidates;
    struct link_model model;
    struct link_decisions decisions;
};

/* `lists` are closed. RC_USAGE if no blocking is possible, RC_STATE if the model is refused.
 * link_done whatever the answer. */
enum rc link_run(const struct link_lists *lists, const struct link_options *options,
                 struct link_run *ret) MUST_CHECK;
void link_done(struct link_run *r);

#endif
