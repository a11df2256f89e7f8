/* Two versions of one key in a delivery: alike, one stays; else the later updated_at; else all go to quarantine. */
#ifndef BIDUI_PIPELINE_PULL_TWINS_H
#define BIDUI_PIPELINE_PULL_TWINS_H

#include "pipeline/pull/admission.h"

/* Among the rows in the landing table; `elsewhere`: how many of the delivery are no longer, or never were, there. */
enum rc twins_settle(const struct admission *m, int64_t elsewhere) MUST_CHECK;

#endif
