/* Where linked rows, quarantined records and open questions wait for their transaction: one batch
 * in memory, sent by binary COPY together with the delivery's position, so that either all of it is
 * there or none. */
#ifndef BIDUI_PIPELINE_PULL_LANDING_H
#define BIDUI_PIPELINE_PULL_LANDING_H

#include "pipeline/pull/delivery.h"
#include "pipeline/pull/link.h"
#include "pipeline/pull/normalize.h"
#include "pipeline/pull/standing.h"

/* Link word of the row that only says "this key was delivered": its record waits in quarantine or
 * review, and its current version must not end for want of it. */
#define LANDING_HELD "held"

/* Link word of the row that only says "this key is a stranger's now": its current version ends. */
#define LANDING_GONE "gone"

#define ORIGIN_UNDATED INT64_MIN
struct origin {
    int page;
    int64_t row;
    int64_t updated; /* of incremental records, for the rows that are only marks; ORIGIN_UNDATED */
};

struct landing;
struct landing *landing_new(const struct job *job, const struct mapper *mapper);
void landing_free(struct landing *l); /* NULL is fine */

/* Subject ids of a decision in index positions are looked up in job->index. */
struct subject {
    int64_t person_id, household_id;   /* 0: none */
    struct str works_no, village_code; /* null: none */
};
struct subject landing_subject(const struct job *job, const struct linked *link,
                               struct arena *scratch, const struct str *row);

/* The record key as stored and the code shown for it. */
struct record_key {
    struct str key;  /* a keyed code where the key holds an identity number; null if unreadable */
    struct str code; /* "" if unreadable */
};
void landing_code(const struct job *job, struct str key, char out[CODE_TEXT]);
/* Must this key or text be kept as a code? By declaration, or because an identity number stands in
 * it. */
bool landing_needs_code(const struct dataset *d, struct str key);
/* Is it such a code already? */
bool landing_is_code(struct str key);
struct record_key landing_key(const struct job *job, const struct mapper *mapper,
                              struct arena *scratch, const struct str *row);
struct record_key landing_key_of(const struct job *job, struct arena *scratch,
                                 struct str key); /* null: unreadable */

/* Records that are as the facts in force have them are only marked from now on; see standing.h. */
void landing_stand_on(struct landing *l, struct standing *standing);

enum rc landing_put(struct landing *l, struct arena *scratch, struct origin at, struct str key,
                    const char *link, const struct subject *subject, const struct str *row,
                    const struct value *values, enum meeting *ret) MUST_CHECK;
/* A record in quarantine; candidates are persons. Its key, if readable, is marked as delivered. */
enum rc landing_quarantine(struct landing *l, struct arena *scratch, struct origin at,
                           const struct record_key *key, const struct reject *reject,
                           const int64_t *candidates, size_t n) MUST_CHECK;
/* What is asked of a person about a record. */
struct asked {
    const char *reason;
    const int64_t *candidates; /* subjects, as the grain counts */
    size_t n;
    int64_t question;     /* keyed hash of the identity columns */
    struct str evidence;  /* of a scored one: a line for each candidate; else null */
    const int64_t *pairs; /* and its keyed hash; else NULL */
};
enum rc landing_review(struct landing *l, struct arena *scratch, struct origin at,
                       const struct record_key *key, const struct asked *asked, const struct str *row) MUST_CHECK;
struct likely_tally *landing_tally(struct landing *l); /* counts that go with the rows */
/* Why a record that landed as probable was linked. */
enum rc landing_evidence(struct landing *l, struct origin at, struct str key, struct str evidence) MUST_CHECK;
/* Keeps nothing but the key of what was landed before. */
enum rc landing_gone(struct landing *l, struct origin at, struct str key) MUST_CHECK;
/* Of a screened list, somebody who is not on the roster: nothing else of him is kept. */
enum rc landing_off_roster(struct landing *l, struct arena *scratch, struct origin at, struct str key,
                           const struct str *row, const struct value *values) MUST_CHECK;
/* An open question about this record is answered by the record itself. */
enum rc landing_close(struct landing *l, struct origin at, struct str code) MUST_CHECK;
enum rc landing_page(struct landing *l, const struct page *page, int number) MUST_CHECK;

int64_t landing_rows(const struct landing *l); /* since landing_send */
/* Rows go straight into the facts, or to the landing table as they do at first; see admit.h. What
 * waits is forgotten. */
void landing_into_facts(struct landing *l, bool into_facts);

/* All within the caller's transaction. While it flows, rows go out as they come, and the session
 * takes no other statement before landing_send. */
bool landing_is_much(const struct landing *l); /* enough waits to begin with it */
enum rc landing_flow(struct landing *l) MUST_CHECK;
enum rc landing_send(struct landing *l) MUST_CHECK;

/* Column list of fact and landing tables between record_key and the end, the same for both, in
 * order. */
const char *landing_columns(const struct dataset *d, struct arena *a, const char *prefix);

/* A whole record as bytes, to be sealed, and back; columns must be the dataset's column_count. */
struct str record_pack(struct arena *a, const struct str *row, size_t columns);
bool record_unpack(struct arena *a, struct str packed, struct str *row, size_t columns);

#endif
