#include "pipeline/pull/arrivals.h"

static date_t due_in_month(date_t month_start, int by)
{
    date_t due = date_add_days(month_start, by > 0 ? by - 1 : 0);
    date_t end = date_month_end(month_start);
    return due < end ? due : end;
}

/* First day of the newest month whose due day plus grace has passed: content should have changed
 * since. */
static date_t month_expected(const struct dataset *d, date_t today)
{
    date_t month = date_month_start(today);
    while (date_add_days(due_in_month(month, d->arrives.by), d->arrives.grace_days) >= today) {
        month = date_add_months(month, -1);
    }
    return month;
}

/* Start of the newest term whose grace has passed. */
static date_t term_expected(const struct dataset *d, const struct calendar *c, date_t today)
{
    if (c->term_count == 0) {
        return DATE_NONE;
    }
    date_t start = calendar_term_start(c, today);
    while (date_add_days(start, d->arrives.grace_days) >= today) {
        start = calendar_term_start(c, date_add_days(start, -1));
    }
    return start;
}

bool arrivals_is_late(const struct dataset *d, const struct calendar *c, date_t changed_on,
                      date_t today)
{
    switch (d->arrives.every) {
    case ARRIVES_DAY:
        return changed_on == DATE_NONE ||
               today > date_add_days(changed_on, 1 + d->arrives.grace_days);
    case ARRIVES_MONTH:
        return changed_on == DATE_NONE || changed_on < month_expected(d, today);
    case ARRIVES_TERM:
        return changed_on == DATE_NONE || changed_on < term_expected(d, c, today);
    case ARRIVES_EVENT:
        break;
    }
    return false;
}

/* Terms lie less than a year apart. */
static date_t next_term(const struct calendar *c, date_t after)
{
    for (int days = 1; c->term_count > 0 && days <= 366; days++) {
        date_t day = date_add_days(after, days);
        if (calendar_term_start(c, day) == day) {
            return day;
        }
    }
    return DATE_NONE;
}

date_t arrivals_due(const struct dataset *d, const struct calendar *c, date_t changed_on)
{
    if (changed_on == DATE_NONE) {
        return DATE_NONE;
    }
    switch (d->arrives.every) {
    case ARRIVES_DAY:
        return date_add_days(changed_on, 1);
    case ARRIVES_MONTH:
        return due_in_month(date_add_months(date_month_start(changed_on), 1), d->arrives.by);
    case ARRIVES_TERM:
        return next_term(c, changed_on);
    case ARRIVES_EVENT:
        break;
    }
    return DATE_NONE;
}
