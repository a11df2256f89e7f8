#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "tests/unit/base/capture.h"

static char out[20000];

static void capture_log(void (*body)(void))
{
    capture(STDERR_FILENO, body, out, sizeof out);
}

/* "ts=2026-11-22T08:00:00.123456+08:00 " is taken off. */
static const char *after_ts(const char *line)
{
    assert_memory_equal(line, "ts=20", 5);
    assert_int_equal(line[13], 'T');
    assert_memory_equal(line + 29, "+08:00 ", 7);
    return line + 36;
}

static void write_plain(void)
{
    log_setup(LOG_INFO, false);
    log_event(LOG_INFO, "pull end", LOG_S("dataset", "water.works"), LOG_I("rows", -12),
              LOG_I("big", INT64_MAX));
}

static void a_logfmt_line(void **state)
{
    (void)state;
    capture_log(write_plain);
    assert_string_equal(after_ts(out), "level=info event=\"pull end\" dataset=water.works rows=-12 "
                                       "big=9223372036854775807\n");
}

static void write_awkward(void)
{
    log_event(LOG_WARN, "x", LOG_S("empty", ""), LOG_S("none", NULL), LOG_S("eq", "a=b"),
              LOG_S("quote", "say \"hi\"\\"), LOG_S("lines", "a\nb\tc"), LOG_S("zh", "村"),
              LOG_S("bad", "\xff"));
}

static void logfmt_values_are_quoted_where_needed(void **state)
{
    (void)state;
    capture_log(write_awkward);
    assert_string_equal(after_ts(out), "level=warn event=x empty=\"\" none=\"\" eq=\"a=b\" "
                                       "quote=\"say \\\"hi\\\"\\\\\" lines=\"a\\nb\\tc\" zh=\"村\" "
                                       "bad=\"\xEF\xBF\xBD\"\n");
}

static void write_json(void)
{
    log_setup(LOG_DEBUG, true);
    log_event(LOG_ERROR, "run end", LOG_S("why", "a \"b\"\n"), LOG_I("n", 0), LOG_S("empty", ""));
}

static void a_json_line(void **state)
{
    (void)state;
    capture_log(write_json);
    assert_memory_equal(out, "{\"ts\":\"20", 9);
    const char *rest = strstr(out, "+08:00\",");
    assert_non_null(rest);
    assert_string_equal(rest, "+08:00\",\"level\":\"error\",\"event\":\"run end\","
                              "\"why\":\"a \\\"b\\\"\\n\",\"n\":0,\"empty\":\"\"}\n");
}

static void write_below_threshold(void)
{
    log_setup(LOG_WARN, false);
    log_event(LOG_INFO, "quiet", LOG_I("n", 1));
    log_event(LOG_WARN, "loud", LOG_I("n", 1));
}

static void lower_levels_are_silent(void **state)
{
    (void)state;
    capture_log(write_below_threshold);
    assert_null(strstr(out, "quiet"));
    assert_non_null(strstr(out, "event=loud"));
}

static void write_without_fields(void)
{
    log_write(LOG_INFO, "bare", 0, NULL);
}

static void fields_are_optional(void **state)
{
    (void)state;
    capture_log(write_without_fields);
    assert_string_equal(after_ts(out), "level=info event=bare\n");
}

static void write_too_much(void)
{
    char text[3001] = "";
    while (strlen(text) < 3000) {
        strcat(text, "村");
    }
    log_setup(LOG_INFO, true);
    log_event(LOG_INFO, "long", LOG_S("a", text), LOG_S("b", text), LOG_S("c", text),
              LOG_S("d", text), LOG_S("e", text), LOG_S("f", text));
}

static void long_lines_stay_below_a_pipe_s_atom_and_whole(void **state)
{
    (void)state;
    capture_log(write_too_much);
    size_t n = strlen(out);
    assert_true(n > 3000 && n <= 4096);
    assert_non_null(strstr(out, "村\",\"fields_dropped\":3}\n"));
    assert_null(strstr(out, "\xEF\xBF\xBD")); /* values are cut between characters */
}

static void write_to_journal(void)
{
    struct stat st;
    char stream[64];
    fstat(STDERR_FILENO, &st);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_setup(LOG_DEBUG, false);
    log_event(LOG_WARN, "x", LOG_I("n", 1));
    setenv("JOURNAL_STREAM", "1:1", 1); /* inherited, but our stderr is something else */
    log_setup(LOG_DEBUG, false);
    log_event(LOG_WARN, "y", LOG_I("n", 1));
}

static void priorities_only_for_the_journal(void **state)
{
    (void)state;
    capture_log(write_to_journal);
    assert_memory_equal(out, "<4>ts=", 6);
    assert_memory_equal(strchr(out, '\n') + 1, "ts=", 3);
}

static void log_after_failure(void)
{
    (void)!err_fail(RC_IO, "kept");
    write_too_much();
    err_print(NULL);
}

static void logging_does_not_disturb_the_error(void **state)
{
    (void)state;
    capture_log(log_after_failure);
    assert_non_null(strstr(out, "文件读写失败: kept\n"));
}

static void show_progress(void)
{
    log_progress("water.works", 1, 10);
    log_progress("water.works", 10, 10);
    log_progress_end();
}

static void progress_is_for_terminals_alone(void **state)
{
    (void)state;
    capture_log(show_progress);
    assert_string_equal(out, "");
}

static void progress_on_a_terminal(void)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
        return;
    }
    int saved = dup(STDERR_FILENO);
    int slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    dup2(slave, STDERR_FILENO);
    log_progress("a", 3, 3);
    log_event(LOG_INFO, "line", LOG_I("n", 1));
    log_progress("a", 3, 3);
    log_progress_end();
    log_progress_end();
    dup2(saved, STDERR_FILENO);
    close(slave);
    char text[1000];
    ssize_t n = 0;
    while ((n = read(terminal, text, sizeof text)) > 0) { /* until the last writer is gone */
        ssize_t ignored = write(STDERR_FILENO, text, (size_t)n);
        (void)ignored;
    }
}

static void a_log_line_replaces_the_progress_line(void **state)
{
    (void)state;
    capture_log(progress_on_a_terminal);
    if (out[0] == '\0') {
        skip(); /* no pseudo terminals here */
    }
    const char *start = "\ra 3/3\033[K\r\033[Kts=";
    assert_memory_equal(out, start, strlen(start));
    const char *end = "n=1\r\n\ra 3/3\033[K\r\n";
    assert_string_equal(out + strlen(out) - strlen(end), end);
}

int main(void)
{
    unsetenv("JOURNAL_STREAM");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_logfmt_line),
        cmocka_unit_test(logfmt_values_are_quoted_where_needed),
        cmocka_unit_test(a_json_line),
        cmocka_unit_test(lower_levels_are_silent),
        cmocka_unit_test(fields_are_optional),
        cmocka_unit_test(long_lines_stay_below_a_pipe_s_atom_and_whole),
        cmocka_unit_test(priorities_only_for_the_journal),
        cmocka_unit_test(logging_does_not_disturb_the_error),
        cmocka_unit_test(progress_is_for_terminals_alone),
        cmocka_unit_test(a_log_line_replaces_the_progress_line),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
