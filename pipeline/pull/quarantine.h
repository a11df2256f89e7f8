/* What may not be kept in the open: records in quarantine (key and masked value) and records
 * waiting for a person (whole), sealed under the configured key. Both are emptied after 30 days. */
#ifndef BIDUI_PIPELINE_PULL_QUARANTINE_H
#define BIDUI_PIPELINE_PULL_QUARANTINE_H

#include "pipeline/pull/landing.h"

#define DOOR_DAYS 30

/* Reason of a row of landing_review that asks nothing and closes what is open about its record. */
#define REVIEW_CLOSED "closed"

struct seals;
struct seals *seals_new(const struct job *job);
void seals_free(struct seals *s);
enum rc seals_quarantine(struct seals *s, struct arena *scratch, struct origin at,
                         const struct record_key *key, const struct reject *reject,
                         const int64_t *candidates, size_t n) MUST_CHECK;
enum rc seals_review(struct seals *s, struct origin at, const struct record_key *key, const struct asked *asked,
                     struct str record) MUST_CHECK;
/* Not sealed: it holds no value. */
enum rc seals_evidence(struct seals *s, struct origin at, struct str key, struct str evidence) MUST_CHECK;
/* A question that answers itself: only the code of its record. */
enum rc seals_close(struct seals *s, struct origin at, struct str code) MUST_CHECK;
/* Somebody of a screened list who is not on the roster. */
struct off_roster_row {
    struct str record_key, number, name, village_code, reason; /* village_code null: unknown */
    date_t event_on;                                           /* DATE_NONE */
};
enum rc seals_off_roster(struct seals *s, struct arena *scratch, struct origin at,
                         const struct off_roster_row *row) MUST_CHECK;
struct likely_tally *seals_tally(struct seals *s); /* counts that go with the rows */
/* Within the caller's transaction. */
enum rc seals_send(struct seals *s) MUST_CHECK;

void seals_forget(struct seals *s); /* what waits, after a rollback */

/* Opens what was sealed for a dataset: "review" or "quarantine" says which door. */
enum rc seal_open(const struct config *config, const char *dataset, const char *door,
                  struct str sealed, struct buf *out) MUST_CHECK;
/* settle.c: the delivery of `edition`, being admitted, settles what earlier ones left in quarantine. In the caller's
 * transaction, while its rows are still in the landing table. */
enum rc quarantine_settle(const struct job *job, int edition) MUST_CHECK;
/* Empties both doors of what came in 30 days or more before today. A transaction of its own. */
enum rc doors_empty(struct stage *s) MUST_CHECK;

#endif
