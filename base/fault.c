#include "base/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

enum mode { MODE_OFF, MODE_COUNT, MODE_RUN, MODE_WORKER };

/* In a shared page: every worker counts on the same number. */
struct shared {
    atomic_llong reached;
};

static struct shared *shared;
static enum mode mode;
static int64_t fatal_point;
static pid_t main_pid;

static bool parse_point(struct str spec, const char *name, enum mode meant)
{
    struct str kind = str_cut(&spec, ':');
    if (!str_is(kind, name) || !str_to_i64(spec, &fatal_point) || fatal_point < 1) {
        return false;
    }
    mode = meant;
    return true;
}

static bool parse_mode(struct str spec)
{
    if (str_is(spec, "count")) {
        mode = MODE_COUNT;
        return true;
    }
    return parse_point(spec, "run", MODE_RUN) || parse_point(spec, "worker", MODE_WORKER);
}

static struct shared *map_shared(void)
{
    void *page = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        err_die(RC_MEMORY, "BIDUI_FAULT: mmap");
    }
    return page;
}

void fault_setup(void)
{
    const char *spec = getenv("BIDUI_FAULT");
    if (spec == NULL || *spec == '\0') {
        return;
    }
    if (!parse_mode(str_from(spec))) {
        err_die(RC_USAGE, tr("BIDUI_FAULT 应为 count、run:N 或 worker:N",
                             "BIDUI_FAULT must be count, run:N or worker:N"));
    }
    shared = map_shared();
    main_pid = getpid();
}

static bool is_counted(const char *kind)
{
    const char *kinds = getenv("BIDUI_FAULT_KINDS");
    if (kinds == NULL || *kinds == '\0') {
        return true;
    }
    struct str rest = str_from(kinds);
    while (rest.n > 0) {
        if (str_is(str_cut(&rest, ','), kind)) {
            return true;
        }
    }
    return false;
}

void fault_point(const char *kind)
{
    if (mode == MODE_OFF || !is_counted(kind)) {
        return;
    }
    int64_t here = atomic_fetch_add(&shared->reached, 1) + 1;
    if (mode == MODE_COUNT || here != fatal_point) {
        return;
    }
    if (mode == MODE_RUN) {
        kill(main_pid, SIGKILL);
    }
    kill(getpid(), SIGKILL);
}

void fault_report(void)
{
    if (mode == MODE_COUNT && getpid() == main_pid) {
        fprintf(stderr, "fault_points=%lld\n", (long long)atomic_load(&shared->reached));
    }
}
