/* What a row says of people (who went, what they wrote), sealed under the configured key and bound to its lead. Runs of
 * eight digits and more are starred before: numbers and phones have no business there. */
#ifndef BIDUI_PIPELINE_FEEDBACK_SEALED_H
#define BIDUI_PIPELINE_FEEDBACK_SEALED_H

#include "pipeline/config.h"

struct str sealed_clean(struct arena *a, struct str text);
/* Appends to `out`. */
enum rc sealed_write(const struct config *config, struct str lead_no, struct str text, struct buf *out) MUST_CHECK;
enum rc sealed_read(const struct config *config, struct arena *a, struct str lead_no, struct str hex, struct str *ret) MUST_CHECK;

#endif
