/* Admission: a landed delivery becomes facts, in one transaction with its verdict, watermark and
 * taken files. */
#ifndef BIDUI_PIPELINE_PULL_ADMIT_H
#define BIDUI_PIPELINE_PULL_ADMIT_H

#include "pipeline/pull/delivery.h"
#include "pipeline/pull/standing.h"

/* All within the caller's transaction; `edition` is the one the delivery landed in, the job's the
 * one that learns. */

/* Landed rows into versions; keys that were not delivered stay. */
enum rc admit_merge(const struct job *job, int edition) MUST_CHECK;
/* Everything. Twins, that is two versions of one key: alike, one stays; else the later updated_at; else all go to
 * quarantine. Then merge (or the roster's admission), what vanished, older held deliveries expired, files taken, landing
 * emptied. standing: marks of what did not land; NULL if all of it did. */
enum rc admit_delivery(const struct job *job, int edition, struct standing *standing) MUST_CHECK;
/* What is only marked lands: the delivery is not to be admitted now, or not first. */
enum rc admit_land_all(const struct job *job, int edition, struct standing *standing) MUST_CHECK;

/* A first delivery whose rows went straight into the facts, of the job's own edition: each key's
 * first row, while rows whose key may have come before wait in the landing table. */

/* As admit_delivery; the few keys that came again are settled as always. */
enum rc admit_in_facts(const struct job *job) MUST_CHECK;
/* It isn't to be admitted: all of it to the landing table. */
enum rc admit_take_back(const struct job *job) MUST_CHECK;
/* Is any landed row without an equal current fact, its person having been on the roster in the edition of the last
 * delivery? Outside a transaction. */
enum rc admit_has_news(const struct job *job, int edition, int last, bool *ret) MUST_CHECK;
/* Landed rows of a delivery away, quickly when they are alone in the table. */
enum rc admit_empty_landing(const struct job *job, int edition) MUST_CHECK;

#endif
