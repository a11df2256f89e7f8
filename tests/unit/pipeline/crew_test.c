/* Pieces shared among processes: each done once, the first failure told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "pipeline/crew.h"

#define PIECES 50

struct tally { /* shared by all members */
    atomic_int done[PIECES];
    atomic_int members, forked;
};

static int set_up(void **state)
{
    log_setup(LOG_ERROR, false);
    struct tally *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(t != MAP_FAILED);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    return munmap(*state, sizeof(struct tally));
}

static enum rc count(void *ctx, struct crew *crew, bool forked)
{
    struct tally *t = ctx;
    size_t i = 0;
    atomic_fetch_add(&t->members, 1);
    atomic_fetch_add(&t->forked, forked ? 1 : 0);
    while (crew_next(crew, &i)) {
        atomic_fetch_add(&t->done[i], 1);
    }
    return RC_OK;
}

static void each_piece_is_done_once(void **state)
{
    struct tally *t = *state;
    assert_int_equal(crew_run(PIECES, 4, count, t), RC_OK);
    for (size_t i = 0; i < PIECES; i++) {
        assert_int_equal(t->done[i], 1);
    }
    assert_int_equal(t->members, 4);
    assert_int_equal(t->forked, 3);
}

static void there_are_no_more_members_than_pieces(void **state)
{
    struct tally *t = *state;
    assert_int_equal(crew_run(1, 4, count, t), RC_OK);
    assert_int_equal(t->members, 1);
    assert_int_equal(t->forked, 0);
    assert_int_equal(crew_run(0, 4, count, t), RC_OK);
    assert_int_equal(crew_run(PIECES, 1, count, t), RC_OK);
    assert_int_equal(t->forked, 0);
}

static enum rc fail_in_child(void *ctx, struct crew *crew, bool forked)
{
    (void)ctx;
    (void)crew;
    return forked ? err_fail(RC_FENCED, "%s", "x") : RC_OK;
}

static enum rc fail_here(void *ctx, struct crew *crew, bool forked)
{
    (void)ctx;
    (void)crew;
    while (forked) {
        (void)pause(); /* until it is ended */
    }
    return err_fail(RC_LIMIT, "%s", "x");
}

static enum rc die(void *ctx, struct crew *crew, bool forked)
{
    (void)ctx;
    (void)crew;
    if (forked) {
        (void)raise(SIGKILL);
    }
    return RC_OK;
}

static void failures_are_told_and_nobody_is_left(void **state)
{
    assert_int_equal(crew_run(PIECES, 3, fail_in_child, *state), RC_FENCED);
    assert_int_equal(crew_run(PIECES, 3, fail_here, *state), RC_LIMIT);
    assert_int_equal(crew_run(PIECES, 3, die, *state), RC_STATE);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_piece_is_done_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_are_no_more_members_than_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_told_and_nobody_is_left, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
