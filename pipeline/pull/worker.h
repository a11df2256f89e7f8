/* One process per dataset: forked after the roster index is built, dying with its parent, with a
 * connection of its own. A worker that dies is started again; one that dies again and again leaves
 * its dataset without a delivery. */
#ifndef BIDUI_PIPELINE_PULL_WORKER_H
#define BIDUI_PIPELINE_PULL_WORKER_H

#include "pipeline/pull/job.h"

struct work {
    const struct stage *stage;
    const struct index *index; /* NULL for the roster */
    const struct likely *likely; /* NULL: no dataset links probably */
    const struct pull_options *options;
    const struct dataset **datasets; /* in the order of the configuration */
    size_t dataset_count;
};
/* At most config->workers at a time. A failure of bidui's own side (database, fence) ends them all
 * and is returned; what a department did is in its delivery's verdict. */
enum rc workers_run(const struct work *w) MUST_CHECK;

#endif
