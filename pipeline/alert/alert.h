/* Inside the alert stage: findings meet open episodes. Everything happens in one transaction, over working tables
 * that end with it:
 *
 *   w_rule     rules of the configuration, with their version and whether they are frozen
 *   w_alert    alerts that were open before this edition, with what becomes of them (`outcome`)
 *   w_new      alerts that open in this edition
 *   w_opened   the same with their numbers, lead and clock
 *   w_open     what is open after it: kept ones of w_alert and all of w_new
 *   w_case     leads that were open or open now, as they were
 *   w_lead     the same as they are after it
 *   w_clock    deadlines asked for, reckoned once each
 *
 * `key` names a household (h17) or a works (wG3): one open lead each. All editions of a date are one night: `of_day`
 * is what an edition of this date opened, and what it closed is shown again. docs/episodes.md fixes every choice. */
#ifndef BIDUI_PIPELINE_ALERT_ALERT_H
#define BIDUI_PIPELINE_ALERT_ALERT_H

#include "pipeline/assess.h"

struct alerts {
    struct stage *s;
    struct rule_set set;
    char edition[DB_NUMBER];
    char before[DB_NUMBER];     /* the edition that alerted last */
    char night_before[DB_NUMBER]; /* the last one of an earlier date: what came after it happened on this day */
    char day[DATE_TEXT];
    bool roster_is_healthy, works_are_healthy;
    bool *frozen; /* by rule of the set */
};

/* A table that has just filled looks empty to the planner. Only what joins and filters: documents are costly to sort. */
#define ALERT_ANALYZE                                                                                \
    "analyze bidui.lead (county, lead_id, household_id, off_id);"                                     \
    "analyze bidui.lead_state (county, lead_id, edition);"                                            \
    "analyze bidui.alert (county, alert_id, rule, subject, lead_id, opened_edition, closed_edition);" \
    "analyze bidui.alert_state (county, alert_id, edition);"

/* One statement (not beginning with `with`): $1 county, $2 edition, $3 its day, $4 the edition of the night before,
 * and what `more` adds from $5 on. */
enum rc alert_run(struct alerts *a, const char *sql, int n, const char *const *more) MUST_CHECK;
/* alert_run for a row of statements. */
enum rc alert_run_all(struct alerts *a, const char *const *sql, size_t n) MUST_CHECK;

enum rc alert_undo(struct alerts *a) MUST_CHECK;  /* begin.c: what an earlier attempt of this edition wrote */
enum rc alert_begin(struct alerts *a) MUST_CHECK; /* begin.c: working tables, open alerts */
enum rc alert_withdrawn(struct alerts *a) MUST_CHECK; /* withdrawn.c: taken back by the county */
enum rc alert_hold_withdrawn(struct alerts *a) MUST_CHECK; /* withdrawn.c: nor does the same evidence open them again */
enum rc alert_answered(struct alerts *a) MUST_CHECK; /* answers.c: closed by what a township found */
enum rc alert_close(struct alerts *a) MUST_CHECK; /* close.c: gone, changed, ended */
enum rc alert_hold(struct alerts *a) MUST_CHECK;  /* answers.c: findings that are cooling open nothing */
enum rc alert_reported(struct alerts *a) MUST_CHECK; /* answers.c: w_reported, households of whom enrolment was reported */
enum rc alert_open(struct alerts *a) MUST_CHECK;  /* open.c: new alerts, standing or not */
enum rc alert_leads(struct alerts *a) MUST_CHECK; /* leads.c: level, kind, state */
enum rc alert_off_roster(struct alerts *a) MUST_CHECK; /* off_roster.c: leads of screened lists */
enum rc alert_off_roster_due(struct alerts *a) MUST_CHECK;
enum rc alert_clocks(struct alerts *a) MUST_CHECK; /* clocks.c: deadlines */
enum rc alert_write(struct alerts *a) MUST_CHECK;  /* write.c: numbers given out, rows written */
/* `26000001` and its check digit, as in Luhn. */
#define LEAD_NO 10
void alert_lead_no(int year, int64_t serial, char out[LEAD_NO]);

#endif
