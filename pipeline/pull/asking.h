/* Whom a lookup dataset asks about tonight, in questions of one request each, and what came of them. Persons never
 * asked come first, then those whose answer is oldest. A question is logged before it goes out, and its outcome within
 * the transaction of what it brought: a killed night asks nobody twice whose answer had landed. */
#ifndef BIDUI_PIPELINE_PULL_ASKING_H
#define BIDUI_PIPELINE_PULL_ASKING_H

#include "pipeline/pull/index.h"
#include "pipeline/pull/job.h"
#include "pipeline/pull/link.h"

enum answered { ANSWER_NONE, ANSWER_RECORD, ANSWER_CONFLICT };

struct asking {
    struct asked_person *persons;      /* all of tonight, question by question */
    int64_t *ids;               /* person_id of each */
    enum answered *answers;
    size_t count, at, batch;    /* the question is persons[at .. at + batch) */
    int64_t answered_before, due; /* of this edition already; persons that were due, tonight's share or not */
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

/* How many were answered in the edition so far. */
enum rc asking_count(const struct job *job, int64_t *ret) MUST_CHECK;

#endif
