#include "pipeline/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

#define MOST_MEMBERS 64

struct crew {
    atomic_size_t taken; /* in memory that all members share */
    size_t pieces;
    enum rc (*member)(void *ctx, struct crew *crew, bool forked);
    void *ctx;
};

bool crew_next(struct crew *crew, size_t *ret_piece)
{
    *ret_piece = atomic_fetch_add(&crew->taken, 1);
    return *ret_piece < crew->pieces;
}

_Noreturn static void run_child(struct crew *crew, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        _exit(RC_STATE);
    }
    enum rc rc = crew->member(crew->ctx, crew, true);
    if (rc != RC_OK) {
        log_event(LOG_ERROR, "worker stopped", LOG_S("error", err_symbol(rc)), LOG_S("detail", err_detail()));
    }
    _exit((int)rc);
}

static enum rc start(struct crew *crew, pid_t *ret)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        return err_fail(RC_IO, "fork: %s", strerror(errno));
    }
    if (pid == 0) {
        run_child(crew, parent);
    }
    *ret = pid;
    return RC_OK;
}

/* Waits for all; after a failure the others are ended, and their open transactions with them. */
static enum rc end_all(enum rc rc, const pid_t *pids, int n)
{
    for (int i = 0; i < n; i++) {
        int status = 0;
        if (rc != RC_OK) {
            (void)kill(pids[i], SIGKILL);
        }
        while (waitpid(pids[i], &status, 0) < 0 && errno == EINTR) {
        }
        enum rc its = WIFEXITED(status) ? (enum rc)WEXITSTATUS(status) : RC_STATE;
        if (rc == RC_OK && its != RC_OK) {
            rc = err_fail(its, "%s", tr("一个工作进程失败", "a worker process failed"));
        }
    }
    return rc;
}

static enum rc run(struct crew *crew, int members)
{
    pid_t pids[MOST_MEMBERS];
    int n = 0;
    enum rc rc = RC_OK;
    while (rc == RC_OK && n + 1 < members && n < MOST_MEMBERS && (size_t)n + 1 < crew->pieces) {
        rc = start(crew, &pids[n]);
        n += rc == RC_OK ? 1 : 0;
    }
    rc = rc == RC_OK ? crew->member(crew->ctx, crew, false) : rc;
    return end_all(rc, pids, n);
}

enum rc crew_run(size_t pieces, int members, enum rc (*member)(void *ctx, struct crew *crew, bool forked), void *ctx)
{
    struct crew *crew =
        mmap(NULL, sizeof *crew, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (crew == MAP_FAILED) {
        err_die(RC_MEMORY, "%zu", sizeof *crew);
    }
    crew->pieces = pieces;
    crew->member = member;
    crew->ctx = ctx;
    enum rc rc = run(crew, members);
    (void)munmap(crew, sizeof *crew);
    return rc;
}
