/* A delivery that was read, judged: what the proof (proof.h) needs is gathered here, from what was counted, the last admitted
 * delivery, the database and the calendar. */
#ifndef BIDUI_PIPELINE_PULL_JUDGE_H
#define BIDUI_PIPELINE_PULL_JUDGE_H

#include "pipeline/pull/engine.h"

/* `last`: NULL where none was admitted yet. */
enum rc judge_delivery(const struct job *job, struct engine *e, const struct landed *got, const struct delivery *last,
                       struct judgement *ret) MUST_CHECK;
/* One without news is healthy until its calendar, reckoned from the day it last changed, says otherwise. */
void judge_by_calendar(const struct job *job, enum ending ending, date_t changed_on, struct judgement *j);
/* What stays of what the columns look like, for the deliveries that follow. */
struct str judge_shapes(const struct job *job, const struct landed *got, const struct delivery *last);

#endif
