#include "base/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "tests/unit/base/capture.h"

static char out[500];

static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static int run_with(const char *fault, const char *kinds, void (*body)(void))
{
    fault == NULL ? unsetenv("BIDUI_FAULT") : setenv("BIDUI_FAULT", fault, 1);
    kinds == NULL ? unsetenv("BIDUI_FAULT_KINDS") : setenv("BIDUI_FAULT_KINDS", kinds, 1);
    return capture(STDERR_FILENO, body, out, sizeof out);
}

static void four_points(void)
{
    fault_setup();
    const char *kinds[] = {"commit", "fsync", "commit", "rename"};
    for (int i = 0; i < 4; i++) {
        fault_point(kinds[i]);
        say(".");
    }
    fault_report();
}

static void without_the_variable_nothing_happens(void **state)
{
    (void)state;
    assert_int_equal(run_with(NULL, NULL, four_points), 0);
    assert_string_equal(out, "....");
    assert_int_equal(run_with("", NULL, four_points), 0);
    assert_string_equal(out, "....");
}

static void points_without_setup(void)
{
    fault_point("commit");
    fault_report();
}

static void without_setup_nothing_happens(void **state)
{
    (void)state;
    assert_int_equal(run_with("run:1", NULL, points_without_setup), 0);
    assert_string_equal(out, "");
}

static void counting(void **state)
{
    (void)state;
    assert_int_equal(run_with("count", NULL, four_points), 0);
    assert_string_equal(out, "....fault_points=4\n");
    assert_int_equal(run_with("count", "fsync,rename", four_points), 0);
    assert_string_equal(out, "....fault_points=2\n");
    assert_int_equal(run_with("count", "request", four_points), 0);
    assert_string_equal(out, "....fault_points=0\n");
}

static void killed_right_after_the_nth_point(void **state)
{
    (void)state;
    int status = run_with("run:3", NULL, four_points);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_string_equal(out, "..");
    run_with("run:2", "commit", four_points);
    assert_string_equal(out, "..");
    assert_int_equal(run_with("run:9", NULL, four_points), 0);
    assert_string_equal(out, "....");
}

/* Two points in the main process, then two in a worker. */
static void main_and_worker(void)
{
    fault_setup();
    fault_point("commit");
    fault_point("commit");
    pid_t worker = fork();
    if (worker == 0) {
        fault_point("commit");
        say("w");
        fault_point("commit");
        say("w");
        fault_report(); /* the main process alone reports */
        _exit(0);
    }
    int status = 0;
    waitpid(worker, &status, 0);
    say(WIFSIGNALED(status) ? "killed" : "ended");
    fault_report();
}

static void the_counter_is_shared(void **state)
{
    (void)state;
    assert_int_equal(run_with("count", NULL, main_and_worker), 0);
    assert_string_equal(out, "wwendedfault_points=4\n");
}

static void a_worker_s_point_kills_itself_or_the_run(void **state)
{
    (void)state;
    assert_int_equal(run_with("worker:4", NULL, main_and_worker), 0);
    assert_string_equal(out, "wkilled");
    int status = run_with("run:4", NULL, main_and_worker);
    assert_true(WIFSIGNALED(status));
    assert_string_equal(out, "w");
}

static void mistyped_settings_stop_at_once(void **state)
{
    (void)state;
    const char *wrong[] = {"counts", "run", "run:", "run:0", "run:x", "worker:-1", "stop:3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(exit_code(run_with(wrong[i], NULL, four_points)), 2);
        assert_non_null(strstr(out, "BIDUI_FAULT"));
    }
}

static char folder[] = "/tmp/bidui-fault-XXXXXX";

static void durable_steps(void)
{
    char a[100], b[100];
    snprintf(a, sizeof a, "%s/a", folder);
    snprintf(b, sizeof b, "%s/b", folder);
    fault_setup();
    if (fs_write_synced(a, STR("x")) != RC_OK || fs_rename(a, b) != RC_OK || fs_sync(b) != RC_OK) {
        say("failed ");
    }
    fault_report();
}

static void files_count_fsync_and_rename(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    run_with("count", "fsync", durable_steps);
    assert_string_equal(out, "fault_points=3\n");
    run_with("count", "rename", durable_steps);
    assert_string_equal(out, "fault_points=1\n");
    run_with("run:2", NULL, durable_steps); /* renamed, the folder not yet synced */
    char b[100];
    snprintf(b, sizeof b, "%s/b", folder);
    assert_true(fs_exists(b));
    assert_int_equal(fs_remove_tree(folder), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_variable_nothing_happens),
        cmocka_unit_test(without_setup_nothing_happens),
        cmocka_unit_test(counting),
        cmocka_unit_test(killed_right_after_the_nth_point),
        cmocka_unit_test(the_counter_is_shared),
        cmocka_unit_test(a_worker_s_point_kills_itself_or_the_run),
        cmocka_unit_test(mistyped_settings_stop_at_once),
        cmocka_unit_test(files_count_fsync_and_rename),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
