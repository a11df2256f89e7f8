#include "pipeline/config.h"

/* A sorted list of days holds at most a few hundred. */
static bool has_day(const date_t *days, size_t n, date_t d)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (days[middle] == d) {
            return true;
        }
        if (days[middle] < d) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return false;
}

bool calendar_is_workday(const struct calendar *c, date_t d)
{
    if (has_day(c->workdays, c->workday_count, d)) {
        return true;
    }
    int weekday = date_weekday(d);
    return weekday != 0 && weekday != 6 && !has_day(c->holidays, c->holiday_count, d);
}

/* A year nobody has entered has no known rest days: guessing would move deadlines. */
static enum rc check_year(const struct calendar *c, date_t d)
{
    int year = 0, month = 0, day = 0;
    date_to_ymd(d, &year, &month, &day);
    for (size_t i = 0; i < c->year_count; i++) {
        if (c->years[i] == year) {
            return RC_OK;
        }
    }
    enum rc rc =
        err_fail(RC_CONFIG, tr("calendar.yaml 没有 %d 年", "calendar.yaml has no year %d"), year);
    err_hint("%s", tr("按国务院放假通知把该年加入 calendar.yaml。",
                      "Add the year's rest days to calendar.yaml."));
    return rc;
}

enum rc calendar_add_workdays(const struct calendar *c, date_t from, int n, date_t *ret)
{
    date_t d = from;
    while (n > 0) {
        d = date_add_days(d, 1);
        TRY(check_year(c, d));
        if (calendar_is_workday(c, d)) {
            n--;
        }
    }
    *ret = d;
    return RC_OK;
}

enum rc calendar_due(const struct calendar *c, date_t from, struct str unit, int value, bool may_rest, date_t *ret)
{
    if (str_is(unit, "working_day")) {
        return calendar_add_workdays(c, from, value, ret);
    }
    date_t due = str_is(unit, "month_end") ? date_month_end(date_add_months(date_month_start(from), value))
                 : str_is(unit, "month")   ? date_add_months(from, value)
                                           : date_add_days(from, value);
    if (may_rest) {
        *ret = due;
        return RC_OK;
    }
    return calendar_move_due(c, due, ret);
}

enum rc calendar_move_due(const struct calendar *c, date_t due, date_t *ret)
{
    if (c->rest_moves) {
        TRY(check_year(c, due));
        if (!calendar_is_workday(c, due)) {
            return calendar_add_workdays(c, due, 1, ret);
        }
    }
    *ret = due;
    return RC_OK;
}

date_t calendar_term_start(const struct calendar *c, date_t at)
{
    int year = 0, month = 0, day = 0;
    date_t latest = DATE_NONE;
    date_to_ymd(at, &year, &month, &day);
    for (int y = year - 1; y <= year; y++) {
        for (size_t i = 0; i < c->term_count; i++) {
            date_t start = date_from_ymd(y, c->term_months[i], c->term_days[i]);
            latest = start <= at && start > latest ? start : latest;
        }
    }
    return latest;
}

date_t calendar_school_cutoff(const struct calendar *c, date_t at)
{
    int year = 0, month = 0, day = 0;
    date_to_ymd(at, &year, &month, &day);
    date_t start = date_from_ymd(year, c->school_year_month, c->school_year_day);
    if (start > at) {
        start = date_from_ymd(year - 1, c->school_year_month, c->school_year_day);
    }
    return date_add_days(start, -1);
}
