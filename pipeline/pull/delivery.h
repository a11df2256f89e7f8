/* The row of bidui.delivery: what one pull of one dataset brought, how far it came, and what became
 * of it. */
#ifndef BIDUI_PIPELINE_PULL_DELIVERY_H
#define BIDUI_PIPELINE_PULL_DELIVERY_H

#include "pipeline/pull/job.h"
#include "pipeline/pull/proof.h"

#define DIGEST_BYTES 16

struct delivery {
    int edition;
    const char *state;   /* landing, admitted, held, expired, discarded, nothing */
    const char *verdict; /* "" while it has none */
    struct str position, asked_since, columns_seen, source_format, watermark;
    struct str waiting_since; /* an instant; "" if no record waits for its day */
    struct str validators, read_with; /* see unchanged.h; "" : nothing */
    struct str profile; /* of values counted so far, see profile.h; "" once it has its verdict */
    struct str shapes;  /* of the wanted columns, see shapes.h; "" in all but the last admitted one */
    int64_t advertised, received, strangers, landed, rejected, in_review;
    int pages, repeats;
    unsigned char digest[DIGEST_BYTES];
    date_t changed_on;
    date_t exported_on; /* of its oldest file; DATE_NONE: nothing says */
};

/* Of the job's dataset in an edition, in the job's arena. */
enum rc delivery_find(const struct job *job, int edition, struct delivery *ret,
                      bool *ret_found) MUST_CHECK;
/* The last one whose records are facts. */
enum rc delivery_last_admitted(const struct job *job, struct delivery *ret,
                               bool *ret_found) MUST_CHECK;
/* When content last changed, over all deliveries of the dataset; DATE_NONE if never. */
enum rc delivery_changed_on(const struct job *job, date_t *ret) MUST_CHECK;
/* The most rows one of the last admitted deliveries brought: of those asked from the beginning, or of increments. -1: too
 * few to say. */
enum rc delivery_usual_rows(const struct job *job, bool from_beginning, int64_t *ret) MUST_CHECK;
/* Editions of the dataset's deliveries in a state ("held", "landing"), rising; accepted_only: by
 * `bidui accept`. */
enum rc delivery_editions(const struct job *job, const char *state, bool accepted_only, int **ret,
                          size_t *ret_n) MUST_CHECK;

/* Records in quarantine whose key could not be read: nobody knows which ones they are. */
enum rc delivery_keyless(const struct job *job, int edition, int64_t *ret) MUST_CHECK;

/* All below: within the caller's transaction. */

/* Until it ends nobody accepts a held delivery of the dataset: the ones accepted before are told by
 * delivery_editions, and the others may expire. */
enum rc delivery_lock_held(const struct job *job) MUST_CHECK;

/* Begins anew in the job's edition: whatever this delivery had landed is deleted. */
enum rc delivery_start(const struct job *job, struct str asked_since) MUST_CHECK;
enum rc delivery_save(const struct job *job, const struct delivery *d) MUST_CHECK; /* progress */
enum rc delivery_judge(const struct job *job, const struct delivery *d, const char *state,
                       const struct judgement *j) MUST_CHECK;
/* admitted, expired or discarded, in the job's edition */
enum rc delivery_decide(const struct job *job, int edition, const char *state) MUST_CHECK;
/* Deletes landed rows and open questions of a delivery; and what was quarantined, with_quarantine.
 */
enum rc delivery_clear(const struct job *job, int edition, bool with_quarantine) MUST_CHECK;
/* Files of the delivery's pages count as taken. */
enum rc delivery_take_files(const struct job *job, int edition) MUST_CHECK;

#endif
