/* The facts in force of a dataset before a full snapshot of it, by key and content, in memory: a record that is as they
 * have it costs no write but a mark, kept in the batch's transaction so that a killed pull goes on with it. What was not
 * met at the end has vanished. Where landed rows are needed after all (the delivery is held, a key came with
 * something else too, another delivery is admitted before), marked records land out of the facts.
 *
 * Keys and contents are hashes of 64 bits. Two keys of one hash, should they ever occur, land as any changed record does;
 * only a record that vanishes the night its hash's other key changes stays one night longer. */
#ifndef BIDUI_PIPELINE_PULL_STANDING_H
#define BIDUI_PIPELINE_PULL_STANDING_H

#include "pipeline/pull/admission.h"

struct standing;

enum meeting {
    MEETING_NEW,  /* to be landed: not in force, or not as it came */
    MEETING_SAME, /* as it stands */
    MEETING_AGAIN /* the same, once more */
};

/* *ret is NULL where it is of no use: no facts, or more than memory should hold. */
enum rc standing_load(const struct job *job, struct standing **ret) MUST_CHECK;
void standing_free(struct standing *s); /* NULL is fine */

/* NULL: everything is new. */
enum meeting standing_meet(struct standing *s, struct str key, uint64_t content);
/* It came, but is held. */
void standing_hold(struct standing *s, struct str key);
/* As if nothing had come. */
void standing_forget(struct standing *s);

/* Within the caller's transaction: the marks made since the last call, up to this page. */
enum rc standing_send(struct standing *s, const struct job *job, int page) MUST_CHECK;
/* Of a delivery that goes on where it was killed: its marks again. False: they were made by other facts. */
enum rc standing_resume(struct standing *s, const struct job *job, bool *ret_agrees) MUST_CHECK;
/* Records marked as they stand, and not landed since. */
int64_t standing_same(const struct standing *s);

/* All below: within the transaction of the verdict. */

/* Marked records land, out of the facts: those whose key came otherwise too; or all, after which there are no marks. */
enum rc standing_land_twins(struct standing *s, const struct admission *m) MUST_CHECK;
enum rc standing_land_all(struct standing *s, const struct admission *m) MUST_CHECK;
/* The marks of a delivery that has its verdict. */
enum rc standing_clear(const struct job *job, int edition) MUST_CHECK;
/* Keys that did not come, in pull_standing (record_key), a table that lasts as long as the transaction. */
enum rc standing_find_vanished(struct standing *s, const struct admission *m, int64_t *ret) MUST_CHECK;

#endif
