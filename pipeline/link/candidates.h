/* The pairs that the passes make, each once, and how their fields agree. The same pairs and counts
 * for any number of threads; the order of the pairs is not fixed. */
#ifndef BIDUI_PIPELINE_LINK_CANDIDATES_H
#define BIDUI_PIPELINE_LINK_CANDIDATES_H

#include "pipeline/link/passes.h"
#include "pipeline/link/pattern.h"

struct link_pair {
    uint32_t left, right; /* records in the lists' own order */
    uint32_t pattern;     /* index */
};
struct link_pattern {
    uint64_t code;
    int64_t pairs;
};
struct link_candidates {
    struct link_pair *pairs;
    size_t n;
    struct link_pattern *patterns; /* by code, rising */
    size_t pattern_n;
};

void link_candidates_make(struct link_passes *passes, int threads,
                          void (*progress)(size_t done, size_t total), struct link_candidates *ret);
void link_candidates_done(struct link_candidates *c);

/* Runs `work` for pieces 0 to n - 1 in `threads` threads, this one among them; each thread is told
 * its number. */
void link_threads(int threads, size_t pieces, void (*work)(void *ctx, int thread, size_t piece),
                  void *ctx);

#endif
