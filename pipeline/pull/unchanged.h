/* When a source may be asked whether its content is still the one in force, in place of reading it again. What it answers
 * then must be all there is to know: rows are read again when configuration or roster or a decided question, or a newer schema,
 * would make something else of them, while one of them waits for its day or the last reading is some days old (a server may be wrong,
 * and what waits behind sealed doors is emptied after 30 days), and where somebody counts on every night's values. */
#ifndef BIDUI_PIPELINE_PULL_UNCHANGED_H
#define BIDUI_PIPELINE_PULL_UNCHANGED_H

#include "pipeline/pull/delivery.h"

/* The keyed code of what a delivery read now is read with. In the job's arena. */
enum rc unchanged_read_with(const struct job *job, struct str *ret) MUST_CHECK;
/* `last`: the last admitted delivery, or NULL. "": read it. */
enum rc unchanged_validators(const struct job *job, const struct delivery *last, struct str read_with,
                             struct str *ret) MUST_CHECK;

#endif
