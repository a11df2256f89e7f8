/* Arrival calendars: until when a delivery that brought nothing new is healthy. Pure. */
#ifndef BIDUI_PIPELINE_PULL_ARRIVALS_H
#define BIDUI_PIPELINE_PULL_ARRIVALS_H

#include "pipeline/config.h"

/* Is a dataset whose content last changed on changed_on (DATE_NONE: never) late at `today`?
 * day: new content is due the day after; month: in a month, by its `by`th day; term: from a term's
 * start; event: never due. Through due plus grace it is in time. */
bool arrivals_is_late(const struct dataset *d, const struct calendar *c, date_t changed_on,
                      date_t today);

/* The day by which content newer than changed_on should be here, without grace; DATE_NONE: on no fixed day, or nobody can
 * say as none ever came. */
date_t arrivals_due(const struct dataset *d, const struct calendar *c, date_t changed_on);

#endif
