/* Reading a source to its end: pages through link and normalize into landing, in committed batches
 * that carry the position. The engine owns retries, back-off, limits and loop detection; a killed
 * pull goes on where its last commit stands and ends with the values of an undisturbed one.
 *
 * A dataset's first delivery from files of this machine lands in the facts themselves, in one
 * transaction that its verdict ends: nobody sees a row before, nothing is written twice, and a pull
 * that is killed reads the files again, which asks nobody for anything. */
#ifndef BIDUI_PIPELINE_PULL_ENGINE_H
#define BIDUI_PIPELINE_PULL_ENGINE_H

#include "pipeline/pull/delivery.h"

struct standing;

struct landed {
    struct delivery delivery;
    enum ending ending;
    const char *error; /* as in struct proof */
    bool brought_news; /* something newer than the watermark it began with */
    const struct profile *profile; /* the engine's; NULL: none was counted */
    struct standing *standing;     /* the engine's, with the marks of what did not land; or NULL */
    int64_t answered, due; /* of a lookup: persons answered in the edition, and all that were due in it */
    int64_t given_up;      /* persons on name lists that grew old without an answer */
    bool into_facts;   /* its rows are there already, in a transaction that is open still */
};

struct engine;
/* Begins or resumes the delivery of the job's edition. `last`: the last admitted one, NULL if none.
 */
enum rc engine_open(const struct job *job, const struct delivery *last,
                    struct engine **ret) MUST_CHECK;
/* Reads to the end. RC_OK whatever the department did: *ret says it. Failures are of bidui's own
 * side. */
enum rc engine_read(struct engine *e, struct landed *ret) MUST_CHECK;
/* Looks at columns nobody reads, in the first rows of the source: in memory alone, to tell what they look like. NULL: it
 * can't be told, or asking costs the department more than an answer. The source is closed then. */
const struct shapes *engine_look_at(struct engine *e, const char *const *columns, size_t n);
/* After the verdict: taken files are put away. */
enum rc engine_settle(struct engine *e) MUST_CHECK;
/* The same without an engine: for one that was killed between the two. Troubles are only logged. */
void engine_tidy(const struct job *job);
void engine_close(struct engine *e); /* NULL is fine */

#endif
