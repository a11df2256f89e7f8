/* The engine's own parts: engine_begin.c begins or resumes a delivery, engine.c reads, engine_look.c looks at columns
 * that nobody reads. Only they include this. */
#ifndef BIDUI_PIPELINE_PULL_ENGINE_PARTS_H
#define BIDUI_PIPELINE_PULL_ENGINE_PARTS_H

#include "connectors/decrypt.h"
#include "pipeline/pull/engine.h"
#include "pipeline/pull/ranges.h"
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
    struct ranges ranges;
    int64_t watermark_before;
    struct str read_with; /* see unchanged.h */
    bool is_resumed; /* no page was read since */
    bool into_facts; /* one transaction holds it all, and is left open */
    bool is_flowing;
    int restarts;                        /* after a source lost its place in mid-delivery */
    bool has_news;
    bool has_looked; /* the source was closed to look at other columns */
    bool is_settling; /* has its verdict: what was taken before no longer has to be read */
    int batch_pages;
    size_t batch_bytes;
    int pages_per_commit;
    int64_t most_pages;
    int64_t retry_base_ms;
    struct arena *kept; /* position, columns and watermark between batches: two arenas in turn */
    struct arena *spare;
};

/* What waits goes to the server; the transaction stays open. */
enum rc engine_send(struct engine *e) MUST_CHECK;
void engine_close_source(struct engine *e); /* nothing when it is not open */
/* Closes the source and opens it again at a position of the connector's. */
enum rc engine_reopen(struct engine *e, struct str position) MUST_CHECK;
/* One read with its retries; the page in e->page. */
enum answer engine_read_patiently(struct engine *e);
/* The page's rows on their way; it is counted and kept with the position behind it. */
enum rc engine_put_page(struct engine *e) MUST_CHECK;
/* RC_OK where opening failed by the department's doing: *out then says how. */
enum rc engine_blame(enum rc rc, struct landed *out) MUST_CHECK;
enum ending engine_failed_as(enum answer answer, const char **ret_error);
/* engine_asking.c: a lookup's reading, question by question. */
enum rc engine_ask(struct engine *e, struct landed *out) MUST_CHECK;
/* What was read since `before` was kept counts for nothing. */
enum rc engine_forget(struct engine *e, const struct delivery *before) MUST_CHECK;
/* engine_lists.c: the same by files: lists that came back, then those that go out. */
enum rc engine_ask_by_lists(struct engine *e, struct landed *out) MUST_CHECK;
/* Asks for the right question and finds where to go on, or begins anew. */
enum rc engine_begin(struct engine *e, const struct delivery *last) MUST_CHECK;
/* Forgets what landed of this delivery; decides whether rows go straight into the facts. */
enum rc engine_start_over(struct engine *e) MUST_CHECK;

#endif
