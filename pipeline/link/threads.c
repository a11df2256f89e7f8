#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"
#include "pipeline/link/candidates.h"

#define THREADS_MOST 64

struct share {
    atomic_size_t *next;
    size_t pieces;
    void (*work)(void *ctx, int thread, size_t piece);
    void *ctx;
    int thread;
};

static void *take_pieces(void *arg)
{
    struct share *s = arg;
    for (size_t i = atomic_fetch_add(s->next, 1); i < s->pieces; i = atomic_fetch_add(s->next, 1)) {
        s->work(s->ctx, s->thread, i);
    }
    return NULL;
}

void link_threads(int threads, size_t pieces, void (*work)(void *ctx, int thread, size_t piece),
                  void *ctx)
{
    atomic_size_t next = 0;
    pthread_t others[THREADS_MOST];
    struct share shares[THREADS_MOST];
    int n = threads < 1 ? 1 : threads > THREADS_MOST ? THREADS_MOST : threads;
    n = pieces < (size_t)n ? (int)pieces : n;
    for (int i = 0; i < n; i++) {
        shares[i] = (struct share){&next, pieces, work, ctx, i};
        if (i > 0 && pthread_create(&others[i], NULL, take_pieces, &shares[i]) != 0) {
            err_die(RC_MEMORY, "%s", "pthread_create");
        }
    }
    if (n > 0) {
        (void)take_pieces(&shares[0]);
    }
    for (int i = 1; i < n; i++) {
        (void)pthread_join(others[i], NULL);
    }
}
