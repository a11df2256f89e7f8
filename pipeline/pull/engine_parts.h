/* The engine's own parts: engine_begin.c begins or resumes a delivery, engine.c reads. Only they
 * include this. */
#ifndef BIDUI_PIPELINE_PULL_ENGINE_PARTS_H
#define BIDUI_PIPELINE_PULL_ENGINE_PARTS_H

#include "connectors/decrypt.h"
#include "pipeline/pull/engine.h"
#include "pipeline/pull/rows.h"
#include "pipeline/pull/seen.h"

#define SOURCE_ARENA ((size_t)256 << 20)

struct engine {
    const struct job *job;
    struct delivery d;
    struct rows rows;
    struct source source;
    void *state; /* the connector's; NULL until opened */
    struct column_ciphers ciphers;
    struct page page;
    struct seen pages, tokens;
    int64_t watermark_before;
    bool is_resumed; /* no page was read since */
    bool into_facts; /* one transaction holds it all, and is left open */
    bool is_flowing;
    int restarts;                        /* after a source lost its place in mid-delivery */
    bool has_news;
    bool is_settling; /* has its verdict: what was taken before no longer has to be read */
    int batch_pages;
    size_t batch_bytes;
    int pages_per_commit;
    int64_t retry_base_ms;
    struct arena *kept; /* position, columns and watermark between batches: two arenas in turn */
    struct arena *spare;
};

/* What waits goes to the server; the transaction stays open. */
enum rc engine_send(struct engine *e) MUST_CHECK;
/* Asks for the right question and finds where to go on, or begins anew. */
enum rc engine_begin(struct engine *e, const struct delivery *last) MUST_CHECK;
/* Forgets what landed of this delivery; decides whether rows go straight into the facts. */
enum rc engine_start_over(struct engine *e) MUST_CHECK;

#endif
