/* Periods of bulletins: a month (2026-11), quarter (2026Q4), half-year (2026H2) or year (2026), and when each closes: on the
 * configured day of the month after its end, at the configured hour. */
#ifndef BIDUI_PIPELINE_REPORT_PERIOD_H
#define BIDUI_PIPELINE_REPORT_PERIOD_H

#include "pipeline/config.h"

#define PERIOD_MOMENT (DATE_TEXT + 6) /* "2026-12-05 18:00" */
struct period {
    int year, months, month;             /* its first month and how many */
    date_t first, last, closes_on;
    char closes[PERIOD_MOMENT];
    char closed_before[PERIOD_MOMENT];   /* the period before it, of the same length */
};
bool period_read(const struct config *config, struct str text, struct period *ret);
const char *period_title(struct arena *a, const struct period *p); /* "2026年第4季度" */
const char *period_name(struct arena *a, const struct period *p);  /* "2026Q4" */

#endif
