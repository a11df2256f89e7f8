/* For tests of the http transport: a folder, child processes, and one reading of a source, page by page.
 * Included by one file of a program. */
#ifndef BIDUI_TESTS_LIB_HTTP_READING_H
#define BIDUI_TESTS_LIB_HTTP_READING_H

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "connectors/connector.h"

#define MOST_ROWS 10000
#define MOST_PAGES 64
#define ARENA_BYTES ((size_t)256 << 20)

static char folder[PATH_MAX - 64];

static inline void make_folder(void)
{
    const char *tmp = getenv("BIDUI_TEST_TMP");
    snprintf(folder, sizeof folder, "%s/http", tmp == NULL ? "/tmp" : tmp);
    snprintf(folder + strlen(folder), 16, ".%ld", (long)getpid());
    assert_int_equal(mkdir(folder, 0700), 0);
}

static inline void write_file(const char *name, const char *text)
{
    char path[PATH_MAX + 64], temporary[PATH_MAX + 80];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *f = fopen(temporary, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(temporary, path), 0);
}

/* A child that dies with the test program. */
static inline pid_t child(void)
{
    pid_t parent = getpid(), pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
    }
    return pid;
}

static inline int end_child(pid_t pid)
{
    int status = 0;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

struct reading {
    struct arena *arena, *page_arena;
    struct source source;
    void *state;
    size_t pages, rows, retries, rejects;
    int64_t retry_after_ms;
    int64_t advertised;
    enum answer last;
    enum rc rc;
    char detail[512];
    char validators[256];                   /* of the last page that said any */
    struct {
        char position[160], token[120], label[24], seen[64];
        unsigned char hash[PAGE_HASH];
        size_t rows;
    } page[MOST_PAGES];
    char first_columns[MOST_ROWS][8];       /* first column of each row */
};

static struct reading reading;
static const struct key test_key = {{7}, true};

static inline const struct yaml *parse(struct arena *a, const char *text)
{
    struct yaml *yaml = NULL;
    if (yaml_parse(a, "test", str_from(text), &yaml) != RC_OK) {
        fail_msg("%s", err_detail());
    }
    return yaml;
}

static inline void begin(const char *connection, const char *dataset, const char *column, const char *position)
{
    struct reading *r = &reading;
    const char **columns = NULL;
    *r = (struct reading){.arena = arena_new(ARENA_BYTES), .page_arena = arena_new(ARENA_BYTES), .advertised = -1};
    columns = arena_array(r->arena, 1, sizeof *columns);
    columns[0] = column;
    r->source = (struct source){
        .dataset = "test.test",
        .connection = parse(r->arena, connection),
        .settings = parse(r->arena, dataset),
        .base_dir = folder,
        .columns = columns,
        .column_count = 1,
        .since = STR(""),
        .position = arena_str(r->arena, str_from(position)),
        .hash_key = &test_key,
        .page_rows = 1000,
        .arena = r->arena,
    };
}

static inline void open_source(void)
{
    if (connector_http.open(&reading.source, &reading.state) != RC_OK) {
        fail_msg("open: %s", err_detail());
    }
}

static inline void copy_text(char *out, size_t size, struct str text)
{
    assert_true(text.n < size);
    snprintf(out, size, "%.*s", STR_ARGS(text));
}

static inline void note_page(const struct page *page)
{
    struct reading *r = &reading;
    assert_true(r->pages < MOST_PAGES);
    copy_text(r->page[r->pages].position, 160, page->position);
    copy_text(r->page[r->pages].token, 120, page->token);
    copy_text(r->page[r->pages].label, 24, page->label);
    copy_text(r->page[r->pages].seen, 64, page->columns_seen);
    memcpy(r->page[r->pages].hash, page->hash, PAGE_HASH);
    r->page[r->pages].rows = page->rows;
    if (page->validators.n > 0) {
        copy_text(r->validators, sizeof r->validators, page->validators);
    }
    r->advertised = page->advertised;
    r->rejects += page->reject_count;
    for (size_t i = 0; i < page->rows; i++) {
        copy_text(r->first_columns[r->rows++], 8, page->values[i]);
    }
    r->pages++;
}

static inline enum answer read_once(void)
{
    struct reading *r = &reading;
    arena_reset(r->page_arena);
    struct page page = {.arena = r->page_arena};
    int64_t retry_after = 0;
    r->last = connector_http.read(r->state, &page, &retry_after);
    if (r->last == CONN_PAGE) {
        note_page(&page);
    } else if (r->last == CONN_RETRY) {
        r->retries++;
        r->retry_after_ms = retry_after;
    }
    if (r->last == CONN_RETRY || r->last == CONN_STOP) {
        r->rc = err_last();
        snprintf(r->detail, sizeof r->detail, "%s", err_detail());
    }
    return r->last;
}

/* Up to the end, or until `most_retries` failures in a row. */
static inline void read_all(size_t most_retries)
{
    size_t in_a_row = 0;
    while (reading.pages < MOST_PAGES) {
        enum answer answer = read_once();
        in_a_row = answer == CONN_RETRY ? in_a_row + 1 : 0;
        if (answer == CONN_END || answer == CONN_SAME || answer == CONN_STOP || in_a_row > most_retries) {
            return;
        }
    }
}

static inline void end(void)
{
    connector_http.close(reading.state);
    arena_free(reading.page_arena);
    arena_free(reading.arena);
}

static inline void pull(const char *connection, const char *dataset, const char *column)
{
    begin(connection, dataset, column, "");
    open_source();
    read_all(3);
    end();
}

static inline void assert_stopped(enum rc rc, const char *detail)
{
    assert_int_equal(reading.last, CONN_STOP);
    assert_int_equal(reading.rc, rc);
    if (strstr(reading.detail, detail) == NULL) {
        fail_msg("\"%s\" not in \"%s\"", detail, reading.detail);
    }
}

#endif
