/* Name lists: a lookup's questions that go out as a table, and come back with what the department filled in. A list has
 * a number, and each person on it a token, which stand in the table and must come back in it.
 *
 * A list is recorded, with everybody on it, before it is written; killed in between, the very same list is written again.
 * It is open for answers, also for corrected ones, until it has grown old. The file goes away with the first answer. */
#ifndef BIDUI_PIPELINE_PULL_NAME_LIST_H
#define BIDUI_PIPELINE_PULL_NAME_LIST_H

#include "pipeline/pull/asking.h"

/* Persons on open lists of a dataset who have no answer yet. */
#define NAME_LIST_WAITING(county, dataset)                                                                             \
    "select distinct q.person_id from bidui.question q join bidui.name_list n on n.county = q.county"                  \
    " and n.dataset = q.dataset and n.list_no = q.list_no and n.state <> 'expired' where q.county = " county           \
    " and q.dataset = " dataset " and q.outcome = 'asked' and not exists (select from bidui.question o"                \
    " where o.county = q.county and o.dataset = q.dataset and o.list_no = q.list_no and o.person_id = q.person_id"     \
    " and o.outcome in ('record', 'none', 'conflict'))"

/* Whom a list that came back asked about. RC_NOT_FOUND with why, and *ret_word for the delivery's reasons, if it belongs to
 * no list that is open. */
enum rc name_list_open(const struct job *job, struct str list_no, struct asking *ret, const char **ret_word) MUST_CHECK;
/* Its answers, within the caller's transaction. */
enum rc name_list_answer(const struct asking *a, const struct job *job) MUST_CHECK;

/* What stands on a list for a person, and must come back: nobody can make one up for somebody else. */
struct str name_list_token(const struct job *job, struct str list_no, struct str person_id);

/* How many persons wait for a list to come back. */
enum rc name_list_waiting(const struct job *job, int64_t *ret) MUST_CHECK;

/* What an earlier process recorded and perhaps did not write. */
enum rc name_lists_write_again(const struct job *job, const struct source *source) MUST_CHECK;
/* Those that are due tonight, list by list. */
enum rc name_lists_send(const struct job *job, const struct source *source, const struct asking *a) MUST_CHECK;
/* Lists that have grown old are over: *ret_given_up persons on them were not answered. */
enum rc name_lists_expire(const struct job *job, int64_t *ret_given_up) MUST_CHECK;
/* Files of lists that are over, or of which answers came, are removed; trouble with that is only logged. */
enum rc name_lists_remove(const struct job *job, const struct source *source) MUST_CHECK;

#endif
