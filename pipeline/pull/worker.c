#include "pipeline/pull/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "pipeline/pull/dataset.h"

#define MOST_DEATHS 2 /* restarts before a dataset is given up */
#define JOB_ARENA ((size_t)256 << 20)

struct worker {
    pid_t pid; /* 0: not running */
    int deaths;
    bool is_done;
};

static volatile sig_atomic_t stop_signal;

static void note_stop(int signal_number)
{
    stop_signal = signal_number;
}

/* ---- In the child ---- */

static enum rc pull_one(const struct work *w, const struct dataset *d)
{
    const struct stage *s = w->stage;
    struct job job = {
        .config = s->config,
        .dataset = d,
        .edition = s->edition,
        .today = edition_today(&s->edition),
        .index = w->index,
        .likely = d->links_probably ? w->likely : NULL,
        .full = w->options->full,
        .arena = arena_new(JOB_ARENA),
    };
    if (d->is_roster) {
        job.files = w->options->roster_files;
        job.file_count = w->options->roster_file_count;
    }
    TRY(db_open(s->config->database,
                arena_printf(job.arena, "bidui pull %s %s", s->config->county, d->id), &job.db));
    TRY(db_set(job.db, "work_mem", "256MB"));
    db_set_fence(job.db, s->config->county, s->edition.number, s->edition.fence);
    enum rc rc = dataset_pull(&job);
    db_close(job.db);
    arena_free(job.arena);
    return rc;
}

_Noreturn static void run_child(const struct work *w, const struct dataset *d, pid_t parent)
{
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        _exit(RC_STATE);
    }
    enum rc rc = pull_one(w, d);
    if (rc != RC_OK) {
        log_event(LOG_ERROR, "pull stopped", LOG_S("dataset", d->id),
                  LOG_S("error", err_symbol(rc)), LOG_S("detail", err_detail()));
    }
    _exit((int)rc);
}

/* ---- In the parent ---- */

static enum rc start(const struct work *w, const struct dataset *d, struct worker *worker)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        return err_fail(RC_IO, "fork: %s", strerror(errno));
    }
    if (pid == 0) {
        run_child(w, d, parent);
    }
    worker->pid = pid;
    return RC_OK;
}

static void end_all(struct worker *workers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (workers[i].pid > 0) {
            (void)kill(workers[i].pid,
                       SIGKILL); /* its transaction is rolled back, its position stands */
            while (waitpid(workers[i].pid, NULL, 0) < 0 && errno == EINTR) {
            }
            workers[i].pid = 0;
        }
    }
}

static enum rc give_up(const struct work *w, const struct dataset *d, const char *reason)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct job job = {.config = w->stage->config,
                      .dataset = d,
                      .db = w->stage->db,
                      .edition = w->stage->edition,
                      .today = edition_today(&w->stage->edition),
                      .arena = a};
    enum rc rc = dataset_write_failed(&job, reason);
    arena_free(a);
    return rc;
}

/* Ours to stop for, or the dataset's own trouble? */
static bool stops_run(enum rc rc)
{
    return rc == RC_FENCED || rc == RC_DB_DOWN || rc == RC_DB || rc == RC_CRYPTO ||
           rc == RC_CONFIG || rc == RC_STATE;
}

static enum rc take_exit(const struct work *w, const struct dataset *d, struct worker *worker,
                         int status)
{
    worker->pid = 0;
    enum rc rc = WIFEXITED(status) ? (enum rc)WEXITSTATUS(status) : RC_BUG;
    if (WIFEXITED(status) && rc == RC_OK) {
        worker->is_done = true;
        return RC_OK;
    }
    if (WIFEXITED(status) && stops_run(rc)) {
        return err_fail(rc, "%s", d->id);
    }
    worker->deaths++;
    log_event(LOG_WARN, "pull worker died", LOG_S("dataset", d->id),
              LOG_I("deaths", worker->deaths));
    if (worker->deaths <= MOST_DEATHS) {
        return RC_OK; /* to be started again */
    }
    worker->is_done = true;
    return give_up(w, d, rc == RC_LOCKED ? "locked" : "crashed");
}

static size_t count_running(const struct worker *workers, size_t n)
{
    size_t running = 0;
    for (size_t i = 0; i < n; i++) {
        running += workers[i].pid > 0 ? 1 : 0;
    }
    return running;
}

static enum rc fill_places(const struct work *w, struct worker *workers)
{
    size_t places = w->stage->config->workers > 0 ? (size_t)w->stage->config->workers : 1;
    for (size_t i = 0; i < w->dataset_count && count_running(workers, w->dataset_count) < places;
         i++) {
        if (!workers[i].is_done && workers[i].pid == 0) {
            TRY(start(w, w->datasets[i], &workers[i]));
        }
    }
    return RC_OK;
}

/* Waits for one of ours; *ret_at is dataset_count when a signal came instead. */
static enum rc wait_one(const struct work *w, const struct worker *workers, size_t *ret_at,
                        int *ret_status)
{
    pid_t pid = waitpid(-1, ret_status, 0);
    if (pid < 0 && errno != EINTR) {
        return err_fail(RC_IO, "waitpid: %s", strerror(errno));
    }
    *ret_at = 0;
    while (*ret_at < w->dataset_count && (pid < 0 || workers[*ret_at].pid != pid)) {
        ++*ret_at;
    }
    return RC_OK;
}

static enum rc supervise(const struct work *w, struct worker *workers)
{
    for (;;) {
        size_t at = 0;
        int status = 0;
        TRY(fill_places(w, workers));
        if (count_running(workers, w->dataset_count) == 0) {
            return RC_OK;
        }
        TRY(wait_one(w, workers, &at, &status));
        if (stop_signal != 0) {
            return RC_OK;
        }
        if (at < w->dataset_count) {
            TRY(take_exit(w, w->datasets[at], &workers[at], status));
        }
    }
}

enum rc workers_run(const struct work *w)
{
    struct sigaction note = {.sa_handler = note_stop}, old_term, old_int;
    struct worker *workers = calloc(w->dataset_count + 1, sizeof *workers);
    if (workers == NULL) {
        err_die(RC_MEMORY, "%zu", w->dataset_count);
    }
    stop_signal = 0;
    (void)sigaction(SIGTERM, &note, &old_term);
    (void)sigaction(SIGINT, &note, &old_int);
    enum rc rc = supervise(w, workers);
    end_all(workers, w->dataset_count);
    free(workers);
    (void)sigaction(SIGTERM, &old_term, NULL);
    (void)sigaction(SIGINT, &old_int, NULL);
    if (stop_signal != 0) {
        (void)raise(
            stop_signal); /* as if we had never looked: what landed is resumed by the next run */
    }
    return rc;
}
