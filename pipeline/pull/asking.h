/* Whom a lookup dataset asks about tonight, in questions of one request each, and what came of them. Persons never
 * asked come first, then those whose answer is oldest. A question is logged before it goes out, and its outcome within
 * the transaction of what it brought: a killed night asks nobody twice whose answer had landed. */
#ifndef BIDUI_PIPELINE_PULL_ASKING_H
#define BIDUI_PIPELINE_PULL_ASKING_H

#include "pipeline/pull/index.h"
#include "pipeline/pull/job.h"
#include "pipeline/pull/link.h"

/* MISSING: a list that came back says nothing of the person yet. Of what is there the greatest counts. */
enum answered { ANSWER_MISSING, ANSWER_NONE, ANSWER_RECORD, ANSWER_CONFLICT };

struct asking {
    struct asked_person *persons;      /* all of tonight, question by question */
    int64_t *ids;               /* person_id of each */
    enum answered *answers;
    size_t count, at, batch;    /* the question is persons[at .. at + batch) */
    int64_t answered_before, due; /* of this edition already; persons that were due, tonight's share or not */
    const char *list_no;          /* a name list that came back: the question is everybody on it; else NULL */
    struct str *tokens;           /* what stands on it for each */
};

/* In the job's arena. */
enum rc asking_load(const struct job *job, struct asking *ret) MUST_CHECK;
/* The next question; false: there is none. */
bool asking_next(struct asking *a, const struct job *job);
/* Logged, in a transaction of its own. */
enum rc asking_log(const struct asking *a, const struct job *job) MUST_CHECK;
/* Its outcomes, within the caller's transaction. */
enum rc asking_answer(const struct asking *a, const struct job *job) MUST_CHECK;

/* Does the record speak of a person it was asked about, by that very number? */
bool asking_covers(const struct asking *a, const struct index *ix, const struct linked *link);
/* What became of a record: it landed (link->subject is whose), or it did not, and its persons' answer is in doubt;
 * everybody's, where the record is nobody's that was asked about. */
void asking_note(struct asking *a, const struct index *ix, const struct linked *link, bool has_landed);

/* What a row of a list that came back says. */
enum said {
    SAID_NOTHING,  /* it was left as it went out: asked still */
    SAID_NONE,     /* there is no record, in so many words */
    SAID_RECORD,   /* it holds one */
    SAID_UNCLEAR,  /* neither */
    SAID_ELSE      /* of somebody else than the person its token stands for, or of no list's */
};
/* *ret_at: the person by the row's token; count where there is none. */
enum said asking_said(const struct asking *a, const struct job *job, const struct linked *link, struct arena *scratch,
                      const struct str *row, size_t *ret_at);
void asking_raise(struct asking *a, size_t at, enum answered to); /* nothing beyond the last */

/* How many were answered in the edition so far. */
enum rc asking_count(const struct job *job, int64_t *ret) MUST_CHECK;

#endif
