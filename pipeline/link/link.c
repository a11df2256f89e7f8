#include "pipeline/link/link.h"

#define FALSE_LINK_COST 40
#define MISSED_LINK_COST 2
#define ALL_BELOW 100000.0

static void no_progress(size_t done, size_t total)
{
    (void)done;
    (void)total;
}

const struct link_options link_defaults = {{FALSE_LINK_COST, MISSED_LINK_COST},
                                           .threads = 2,
                                           .all_below = ALL_BELOW,
                                           .progress = no_progress};

enum rc link_run(const struct link_lists *lists, const struct link_options *o, struct link_run *ret)
{
    *ret = (struct link_run){.lists = lists};
    TRY(link_passes_choose(lists, o->all_below, &ret->passes));
    link_candidates_make(&ret->passes, o->threads, o->progress, &ret->candidates);
    link_model_learn(lists, &ret->candidates, o->threads, &ret->model);
    link_decide(&ret->model, &ret->candidates, o->costs, &ret->decisions);
    return link_guard(&ret->model, &ret->candidates, &ret->decisions);
}

void link_done(struct link_run *r)
{
    link_decisions_done(&r->decisions);
    link_model_done(&r->model);
    link_candidates_done(&r->candidates);
    link_passes_done(&r->passes);
}
