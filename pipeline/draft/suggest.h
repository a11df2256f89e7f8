/* bidui probe DATASET --suggest: what an HTTP interface's answers say of the lines that describe
 * it. A few requests; no value of a record is printed. */
#ifndef BIDUI_PIPELINE_DRAFT_SUGGEST_H
#define BIDUI_PIPELINE_DRAFT_SUGGEST_H

#include <stdio.h>

#include "pipeline/config.h"

/* RC_USAGE unless the dataset is read over HTTP. */
enum rc draft_suggest(const struct config *config, const struct dataset *dataset,
                      FILE *out) MUST_CHECK;

#endif
