/* The http transport against real servers on the loopback: the sample departments, with all their misbehaviour, and
 * sockets that answer with whatever bytes a test wants. Needs no database. */
#include <arpa/inet.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "connectors/connector.h"

#define PEOPLE 2505
#define ABSENCES 1203
#define GRANTS 1001
#define SETTLEMENTS 450
#define MOST_PAGES 64
#define ARENA_BYTES ((size_t)256 << 20)

static char folder[PATH_MAX];
static pid_t server = -1;
static int server_port;

/* ---- the departments and their records ---- */

static void write_file(const char *name, const char *text)
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

static void misbehave(const char *lines)
{
    write_file("misbehave", lines);
}

/* Each line: the record's number after `before`, a day of November after `between`. */
static void write_records(const char *name, int count, const char *before, const char *between, const char *after)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    for (int i = 0; i < count; i++) {
        fprintf(f, "{%s%05d%s%02d%s}\n", before, i, between, i % 20 + 1, after);
    }
    fclose(f);
    write_file(name, text);
    free(text);
}

static void write_departments(void)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/education", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/health_insurance", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_records("education/enrolment.jsonl", PEOPLE, "\"XJH\":\"P", "\",\"XM\":\"\\u5f20三\",\"NJ\":1",
                  ",\"_from\":\"2026-11-01\"");
    write_records("education/attendance.jsonl", ABSENCES, "\"QQBH\":\"Q", "\",\"GXSJ\":\"2026-11-", " 08:00:00\"");
    write_records("education/aid.jsonl", GRANTS, "\"ZZBH\":\"Z", "\",\"ZZJE\":1", ".50");
    write_records("health_insurance/enrolment.jsonl", PEOPLE, "\"psn_no\":\"P", "\",\"insutype\":\"", "\"");
    write_records("health_insurance/settlement.jsonl", SETTLEMENTS, "\"setl_id\":\"S", "\",\"updt_time\":\"2026-11-",
                  " 08:00:00\"");
    write_file("day", "2026-11-22\n");
    misbehave("");
}

/* A child that dies with the test program. */
static pid_t child(void)
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

static const char *server_program(void)
{
    static char path[PATH_MAX];
    const char *build = getenv("BUILD"), *named = getenv("DEPARTMENT_SERVER");
    snprintf(path, sizeof path, "%s/department-server", build == NULL ? "build" : build);
    return named == NULL ? path : named;
}

static int read_port(const char *path)
{
    for (int i = 0; i < 500; i++) {
        FILE *f = fopen(path, "r");
        int port = 0;
        if (f != NULL) {
            int n = fscanf(f, "%d", &port);
            fclose(f);
            if (n == 1) {
                return port;
            }
        }
        clock_sleep_ms(10);
    }
    fail_msg("the department server did not start: %s", server_program());
    return 0;
}

static void start_server(void)
{
    char port_file[PATH_MAX + 16];
    snprintf(port_file, sizeof port_file, "%s/port", folder);
    server = child();
    if (server == 0) {
        execl(server_program(), server_program(), "--data", folder, "--port", "0", "--port-file", port_file,
              "--education-key", "open sesame", "--health-token", "t0ken", (char *)NULL);
        _exit(127);
    }
    server_port = read_port(port_file);
}

static int end_child(pid_t pid)
{
    int status = 0;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    const char *tmp = getenv("BIDUI_TEST_TMP");
    snprintf(folder, sizeof folder, "%s/http.XXXXXX", tmp == NULL ? "/tmp" : tmp);
    assert_non_null(mkdtemp(folder));
    write_departments();
    start_server();
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/education", server_port);
    setenv("EDUCATION_URL", url, 1);
    setenv("EDUCATION_KEY", "open sesame", 1);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/health_insurance", server_port);
    setenv("HEALTH_INSURANCE_URL", url, 1);
    setenv("HEALTH_INSURANCE_TOKEN", "t0ken", 1);
    /* Whom a department is asked through is configuration: this must change nothing. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    lang_set(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(end_child(server), 0);
    return fs_remove_tree(folder) == RC_OK ? 0 : 1;
}

/* ---- one reading ---- */

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
    struct {
        char position[80], token[40], label[24], seen[64];
        unsigned char hash[PAGE_HASH];
        size_t rows;
    } page[MOST_PAGES];
    char first_columns[PEOPLE * 4][8];       /* first column of each row */
};

static struct reading reading;
static const struct key test_key = {{7}, true};

static const struct yaml *parse(struct arena *a, const char *text)
{
    struct yaml *yaml = NULL;
    if (yaml_parse(a, "test", str_from(text), &yaml) != RC_OK) {
        fail_msg("%s", err_detail());
    }
    return yaml;
}

static void begin(const char *connection, const char *dataset, const char *column, const char *position)
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

static void open_source(void)
{
    if (connector_http.open(&reading.source, &reading.state) != RC_OK) {
        fail_msg("open: %s", err_detail());
    }
}

static void copy_text(char *out, size_t size, struct str text)
{
    assert_true(text.n < size);
    snprintf(out, size, "%.*s", STR_ARGS(text));
}

static void note_page(const struct page *page)
{
    struct reading *r = &reading;
    assert_true(r->pages < MOST_PAGES);
    copy_text(r->page[r->pages].position, 80, page->position);
    copy_text(r->page[r->pages].token, 40, page->token);
    copy_text(r->page[r->pages].label, 24, page->label);
    copy_text(r->page[r->pages].seen, 64, page->columns_seen);
    memcpy(r->page[r->pages].hash, page->hash, PAGE_HASH);
    r->page[r->pages].rows = page->rows;
    r->advertised = page->advertised;
    r->rejects += page->reject_count;
    for (size_t i = 0; i < page->rows; i++) {
        copy_text(r->first_columns[r->rows++], 8, page->values[i]);
    }
    r->pages++;
}

static enum answer read_once(void)
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
static void read_all(size_t most_retries)
{
    size_t in_a_row = 0;
    while (reading.pages < MOST_PAGES) {
        enum answer answer = read_once();
        in_a_row = answer == CONN_RETRY ? in_a_row + 1 : 0;
        if (answer == CONN_END || answer == CONN_STOP || in_a_row > most_retries) {
            return;
        }
    }
}

static void end(void)
{
    connector_http.close(reading.state);
    arena_free(reading.page_arena);
    arena_free(reading.arena);
}

static void pull(const char *connection, const char *dataset, const char *column)
{
    begin(connection, dataset, column, "");
    open_source();
    read_all(3);
    end();
}

#define EDUCATION_PLUS(more)                                                                       \
    "base_url: '${env:EDUCATION_URL}/'\n"                                                          \
    "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"                      \
    "ok: {pointer: /code, equals: ['0']}\n" more
#define EDUCATION EDUCATION_PLUS("timeout: 1s\n")
#define BY_PAGE                                                                                    \
    "request: {path: /enrolment}\n"                                                                \
    "paging: {kind: page_number, page: page, size: pageSize, page_size: 100, total: /data/total}\n" \
    "records: /data/rows\n"
#define BY_PAGE_BLIND                                                                              \
    "request: {path: /enrolment}\n"                                                                \
    "paging: {kind: page_number, page: page, size: pageSize, page_size: 100}\n"                    \
    "records: /data/rows\n"
#define BY_OFFSET                                                                                  \
    "request: {path: /attendance, query: {since: '{since}', x: '1 & 2'}}\n"                        \
    "paging: {kind: offset, offset: offset, limit: limit, page_size: 100, total: /data/total}\n"   \
    "records: /data/rows\n"
#define BY_CURSOR                                                                                  \
    "request: {path: /aid}\n"                                                                      \
    "paging: {kind: cursor, cursor: cursor, next: /data/next, initial: '*', size: limit, page_size: 100, "  \
    "total: /data/total}\n"                                                                        \
    "records: /data/rows\n"

/* Every row once, in order, from row `first` of the source on. */
static void assert_rows(char letter, size_t first, size_t rows)
{
    assert_int_equal(reading.rows, rows);
    for (size_t i = 0; i < rows; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%c%05zu", letter, first + i);
        assert_string_equal(reading.first_columns[i], expected);
    }
}

static void assert_stopped(enum rc rc, const char *detail)
{
    assert_int_equal(reading.last, CONN_STOP);
    assert_int_equal(reading.rc, rc);
    if (strstr(reading.detail, detail) == NULL) {
        fail_msg("\"%s\" not in \"%s\"", detail, reading.detail);
    }
}

/* ---- every kind of paging ---- */

static void test_page_numbers(void **state)
{
    (void)state;
    static const char *const widths[] = {EDUCATION_PLUS("parallel: 1\n"), EDUCATION_PLUS("parallel: 4\n"),
                                         EDUCATION_PLUS("parallel: 16\n")};
    for (size_t i = 0; i < 3; i++) {
        pull(widths[i], BY_PAGE, "XJH");
        assert_int_equal(reading.last, CONN_END);
        assert_rows('P', 0, PEOPLE);
        assert_int_equal(reading.pages, 26);
        assert_int_equal(reading.advertised, PEOPLE);
        assert_string_equal(reading.page[2].label, "page 3");
        assert_string_equal(reading.page[0].seen, "NJ\nXJH\nXM");
        assert_int_equal(reading.retries, 0);
    }
}

static void test_page_numbers_without_a_total(void **state)
{
    (void)state;
    pull(EDUCATION, BY_PAGE_BLIND, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
    assert_int_equal(reading.advertised, -1);
}

static void test_offsets(void **state)
{
    (void)state;
    pull(EDUCATION, BY_OFFSET, "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Q', 0, ABSENCES);
    assert_int_equal(reading.advertised, ABSENCES);
}

static void test_cursors(void **state)
{
    (void)state;
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Z', 0, GRANTS);
    assert_string_equal(reading.page[0].token, "*");
    assert_string_not_equal(reading.page[1].token, reading.page[2].token);
}

/* The trap: this interface gives a next cursor only to those who began with "*". */
static void test_cursor_without_its_beginning(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {path: /aid}\n"
         "paging: {kind: cursor, cursor: cursor, next: /data/next, size: limit, page_size: 100, total: /data/total}\n"
         "records: /data/rows\n",
         "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 100);
    assert_int_equal(reading.advertised, GRANTS);
    assert_string_equal(reading.page[0].token, "");
}

static void test_no_paging(void **state)
{
    (void)state;
    pull(EDUCATION, "request: {path: /aid, query: {limit: '5000'}}\nrecords: /data/rows\n", "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.pages, 1);
    assert_rows('Z', 0, GRANTS);
}

static void test_post_sends_a_form(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {method: POST, path: /attendance, query: {since: '2026-11-20T08:00:00'}, headers: {X-Trace: a}}\n"
         "paging: {kind: offset, offset: offset, limit: limit, page_size: 7, total: /data/total}\n"
         "records: /data/rows\n",
         "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 60);
}

static void test_since(void **state)
{
    (void)state;
    begin(EDUCATION, BY_OFFSET, "QQBH", "");
    reading.source.since = STR("2026-11-19T08:00:00.000000");
    open_source();
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 120);
    assert_string_equal(reading.first_columns[0], "Q00018");
    assert_int_equal(reading.advertised, 120);
}

static void test_nothing_there(void **state)
{
    (void)state;
    write_file("day", "2026-10-22\n");
    pull(EDUCATION, BY_PAGE, "XJH");
    write_file("day", "2026-11-22\n");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.pages, 1);
    assert_int_equal(reading.rows, 0);
    assert_int_equal(reading.advertised, 0);
    assert_memory_equal(reading.page[0].hash, (unsigned char[PAGE_HASH]){0}, PAGE_HASH);
}

static void check_resume(const char *dataset, const char *column, char letter, size_t rows)
{
    static char positions[MOST_PAGES][80];
    static size_t counts[MOST_PAGES];
    pull(EDUCATION, dataset, column);
    size_t pages = reading.pages, before = 0;
    for (size_t i = 0; i < pages; i++) {
        memcpy(positions[i], reading.page[i].position, sizeof positions[i]);
        counts[i] = reading.page[i].rows;
    }
    for (size_t i = 0; i < pages; i++) {
        before += counts[i];
        begin(EDUCATION, dataset, column, positions[i]);
        open_source();
        read_all(0);
        end();
        assert_int_equal(reading.last, CONN_END);
        assert_rows(letter, before, rows - before);
        assert_int_equal(reading.pages, pages - i - 1);
    }
}

static void test_resume(void **state)
{
    (void)state;
    check_resume(BY_PAGE, "XJH", 'P', PEOPLE);
    check_resume(BY_PAGE_BLIND, "XJH", 'P', PEOPLE);
    check_resume(BY_OFFSET, "QQBH", 'Q', ABSENCES);
    check_resume(BY_CURSOR, "ZZBH", 'Z', GRANTS);
    begin(EDUCATION, BY_PAGE, "XJH", "not a position");
    assert_int_equal(connector_http.open(&reading.source, &reading.state), RC_STATE);
    arena_free(reading.page_arena);
    arena_free(reading.arena);
}

static void test_hashes_tell_pages_apart(void **state)
{
    (void)state;
    unsigned char first[PAGE_HASH];
    pull(EDUCATION, BY_PAGE, "XJH");
    memcpy(first, reading.page[0].hash, PAGE_HASH);
    for (size_t i = 1; i < reading.pages; i++) {
        assert_memory_not_equal(reading.page[i].hash, reading.page[i - 1].hash, PAGE_HASH);
    }
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_memory_equal(reading.page[0].hash, first, PAGE_HASH);
}

/* ---- the sample deployment reads these very departments ---- */

static void pull_configured(const char *department, const char *dataset, const char *column)
{
    struct yaml *file = NULL;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/config/connectors/%s.yaml", BIDUI_SOURCE_DIR, department);
    begin("{}", "{}", column, "");
    assert_int_equal(yaml_load(reading.arena, path, &file), RC_OK);
    reading.source.connection = yaml_get(file, "connection");
    reading.source.settings = yaml_get(yaml_get(file, "datasets"), dataset);
    assert_non_null(reading.source.settings);
    open_source();
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
}

static void test_sample_deployment(void **state)
{
    (void)state;
    pull_configured("education", "enrolment", "XJH");
    assert_rows('P', 0, PEOPLE);
    pull_configured("education", "attendance", "QQBH");
    assert_rows('Q', 0, ABSENCES);
    pull_configured("education", "aid", "ZZBH");
    assert_rows('Z', 0, GRANTS);
    pull_configured("health_insurance", "enrolment", "psn_no");
    assert_rows('P', 0, PEOPLE);
    pull_configured("health_insurance", "settlement", "setl_id");
    assert_rows('S', 0, SETTLEMENTS);
}

/* ---- what stops a delivery ---- */

static void test_wrong_credentials(void **state)
{
    (void)state;
    setenv("EDUCATION_KEY", "wrong", 1);
    pull(EDUCATION, BY_PAGE, "XJH");
    setenv("EDUCATION_KEY", "open sesame", 1);
    assert_stopped(RC_AUTH, "GET /enrolment page 1: HTTP 401");
    assert_int_equal(reading.pages, 0);
}

static void test_credentials_that_cannot_be_sent(void **state)
{
    (void)state;
    static const char *const keys[] = {"", "a\r\nX-Evil: 1"};
    for (size_t i = 0; i < 2; i++) {
        setenv("EDUCATION_KEY", keys[i], 1);
        begin(EDUCATION, BY_PAGE, "XJH", "");
        assert_int_equal(connector_http.open(&reading.source, &reading.state), RC_CONFIG);
        assert_null(strstr(err_detail(), "Evil"));
        arena_free(reading.page_arena);
        arena_free(reading.arena);
    }
    setenv("EDUCATION_KEY", "open sesame", 1);
}

static void test_wrong_path(void **state)
{
    (void)state;
    pull(EDUCATION, "request: {path: '/nothing?secret=1'}\nrecords: /data/rows\n", "XJH");
    assert_stopped(RC_HTTP, "GET /nothing page 1: HTTP 404");
    assert_null(strstr(reading.detail, "secret"));
}

static void test_records_elsewhere(void **state)
{
    (void)state;
    pull(EDUCATION, "request: {path: /enrolment}\nrecords: /data/list\n", "XJH");
    assert_stopped(RC_FORMAT, "no array at /data/list");
}

static void test_error_codes(void **state)
{
    (void)state;
    misbehave("education.enrolment error200 3 1");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_stopped(RC_HTTP, "GET /enrolment page 3: HTTP 200, /code = 50001");
    assert_int_equal(reading.pages, 2);
    misbehave("education.enrolment error200 3 2");
    pull("base_url: '${env:EDUCATION_URL}'\n"
         "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"
         "ok: {pointer: /code, equals: ['0'], retry_codes: ['50001']}\n",
         BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.retries, 2);
    assert_rows('P', 0, PEOPLE);
    misbehave("");
    pull("base_url: '${env:EDUCATION_URL}'\n"
         "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"
         "ok: {pointer: /status, equals: ['0']}\n",
         BY_PAGE, "XJH");
    assert_stopped(RC_FORMAT, "no /status");
}

static void test_garbage(void **state)
{
    (void)state;
    misbehave("education.enrolment garbage 2");
    pull(EDUCATION, BY_PAGE, "XJH");
    misbehave("");
    assert_stopped(RC_FORMAT, "page 2: HTTP 200, not JSON at byte");
    assert_null(strstr(reading.detail, "maintenance"));
}

static void test_gzip_bomb(void **state)
{
    (void)state;
    misbehave("education.enrolment gzip_bomb");
    pull(EDUCATION_PLUS("timeout: 20s\n"), BY_PAGE, "XJH");
    misbehave("");
    assert_stopped(RC_LIMIT, "exceeds 67108864 bytes");
}

static void test_bodies_are_capped(void **state)
{
    (void)state;
    pull(EDUCATION_PLUS("max_body: 4096\n"), BY_PAGE, "XJH");
    assert_stopped(RC_LIMIT, "exceeds 4096 bytes");
}

/* ---- what passes when it is asked again ---- */

static void check_transient(const char *misbehaviour, size_t least_retries, size_t retries)
{
    char line[64];
    for (int page = 1; page <= 26; page += 5) {
        snprintf(line, sizeof line, "education.enrolment %s %d %zu", misbehaviour, page, retries);
        misbehave(line);
        pull(EDUCATION, BY_PAGE, "XJH");
        assert_int_equal(reading.last, CONN_END);
        assert_in_range(reading.retries, least_retries, retries);
        assert_rows('P', 0, PEOPLE);
        assert_int_equal(reading.pages, 26);
        misbehave("");
    }
}

static void test_transient_failures(void **state)
{
    (void)state;
    check_transient("cut", 1, 1);
    check_transient("cut", 3, 3);
    check_transient("wrong_length", 1, 1);
    check_transient("truncated_json", 2, 2);
    check_transient("500", 2, 2);
    check_transient("429", 1, 1);
    check_transient("down", 0, 1); /* libcurl itself asks again when a kept-alive connection turns out dead */
}

static void test_kinds_of_transient_failures(void **state)
{
    (void)state;
    static const struct {
        const char *misbehaviour;
        enum rc rc;
        int64_t retry_after_ms;
    } cases[] = {
        {"education.enrolment cut", RC_NET, 0},          {"education.enrolment wrong_length", RC_NET, 0},
        {"education.enrolment down", RC_NET, 0},         {"education.enrolment truncated_json", RC_FORMAT, 0},
        {"education.enrolment 500", RC_HTTP, 0},         {"education.enrolment 429", RC_HTTP, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        misbehave(cases[i].misbehaviour);
        pull(EDUCATION, BY_PAGE, "XJH");
        misbehave("");
        assert_int_equal(reading.last, CONN_RETRY);
        assert_int_equal(reading.retries, 4);
        assert_int_equal(reading.rc, cases[i].rc);
        assert_int_equal(reading.retry_after_ms, cases[i].retry_after_ms);
        assert_non_null(strstr(reading.detail, "GET /enrolment page 1"));
    }
}

static void test_offsets_and_cursors_go_on_after_failures(void **state)
{
    (void)state;
    misbehave("education.attendance cut 4 1\neducation.attendance 500 9 2\neducation.aid truncated_json 3 1\n");
    pull(EDUCATION, BY_OFFSET, "QQBH");
    assert_int_equal(reading.retries, 3);
    assert_rows('Q', 0, ABSENCES);
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    assert_int_equal(reading.retries, 1);
    assert_rows('Z', 0, GRANTS);
    misbehave("");
}

static void test_deadline(void **state)
{
    (void)state;
    misbehave("education.enrolment slow");
    begin(EDUCATION, BY_PAGE, "XJH", "");
    open_source();
    int64_t started = clock_monotonic_ms();
    assert_int_equal(read_once(), CONN_RETRY);
    int64_t took = clock_monotonic_ms() - started;
    end();
    misbehave("");
    assert_int_equal(reading.rc, RC_NET);
    assert_in_range(took, 900, 2500);
}

/* What was sent ahead and timed out while the engine was busy is nobody's failure. */
static void test_busy_engine(void **state)
{
    (void)state;
    begin(EDUCATION, BY_PAGE, "XJH", "");
    open_source();
    assert_int_equal(read_once(), CONN_PAGE);
    clock_sleep_ms(1500);
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.retries, 0);
    assert_rows('P', 0, PEOPLE);
}

static int64_t time_of(const char *connection)
{
    int64_t started = clock_monotonic_ms();
    pull(connection, BY_PAGE, "XJH");
    assert_rows('P', 0, PEOPLE);
    return clock_monotonic_ms() - started;
}

static void test_requests_overlap(void **state)
{
    (void)state;
    misbehave("education.enrolment latency 40");
    int64_t serial = time_of(EDUCATION_PLUS("parallel: 1\n"));
    int64_t overlapping = time_of(EDUCATION_PLUS("parallel: 8\n"));
    misbehave("");
    if (overlapping * 2 > serial) {
        fail_msg("8 at once took %lld ms, one by one %lld ms", (long long)overlapping, (long long)serial);
    }
}

/* ---- lies about pages and totals: told as they are, for the engine to judge ---- */

static void test_duplicate_page(void **state)
{
    (void)state;
    misbehave("education.enrolment duplicate_page 5");
    pull(EDUCATION, BY_PAGE, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_memory_equal(reading.page[4].hash, reading.page[3].hash, PAGE_HASH);
    assert_memory_not_equal(reading.page[5].hash, reading.page[4].hash, PAGE_HASH);
}

static void test_page_that_repeats_for_ever(void **state)
{
    (void)state;
    misbehave("education.enrolment repeat_page 2");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    for (size_t i = 2; i < reading.pages; i++) {
        assert_memory_equal(reading.page[i].hash, reading.page[1].hash, PAGE_HASH);
    }
    /* Without a total each read is still one page and comes back. */
    pull(EDUCATION, BY_PAGE_BLIND, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_PAGE);
    assert_int_equal(reading.pages, MOST_PAGES);
}

static void test_cursor_that_repeats_for_ever(void **state)
{
    (void)state;
    misbehave("education.aid repeat_cursor");
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    misbehave("");
    assert_int_equal(reading.last, CONN_PAGE);
    assert_int_equal(reading.pages, MOST_PAGES);
    assert_string_equal(reading.page[2].token, reading.page[3].token);
    assert_memory_equal(reading.page[2].hash, reading.page[3].hash, PAGE_HASH);
}

static void test_false_totals(void **state)
{
    (void)state;
    misbehave("education.enrolment false_total 150");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
    assert_int_equal(reading.advertised, PEOPLE + 150);
    misbehave("education.enrolment false_total -150");
    pull(EDUCATION, BY_PAGE, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.advertised, PEOPLE - 150);
    assert_int_equal(reading.rows, 2400);
}

static void test_first_page_only(void **state)
{
    (void)state;
    misbehave("* first_page_only");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, 100);
    assert_int_equal(reading.advertised, PEOPLE);
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Z', 0, 100);
    assert_int_equal(reading.advertised, GRANTS);
}

/* A source that gives fewer rows a page than it was asked for, whatever the reason, is read to its end. */
static void test_smaller_pages_than_asked_for(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {path: /attendance, query: {limit: '30'}}\n"
         "paging: {kind: offset, offset: offset, page_size: 100, total: /data/total}\n"
         "records: /data/rows\n",
         "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Q', 0, ABSENCES);
    pull(EDUCATION,
         "request: {path: /enrolment, query: {pageSize: '50'}}\n"
         "paging: {kind: page_number, page: page, page_size: 100, total: /data/total}\n"
         "records: /data/rows\n",
         "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
}

static void test_changed_content(void **state)
{
    (void)state;
    misbehave("education.enrolment shrink90");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.rows, 251);
    assert_string_equal(reading.first_columns[1], "P00010");
    misbehave("education.enrolment rename_column XJH XUEJIHAO");
    pull(EDUCATION, BY_PAGE, "XUEJIHAO");
    assert_rows('P', 0, PEOPLE);
    assert_string_equal(reading.page[0].seen, "NJ\nXM\nXUEJIHAO");
    misbehave("education.enrolment shuffle 5");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.rows, PEOPLE);
    assert_string_not_equal(reading.first_columns[0], "P00000");
    misbehave("education.enrolment yesterday");
    write_file("day", "2026-11-01\n");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.rows, 0);
    write_file("day", "2026-11-22\n");
    misbehave("");
}

/* ---- servers that answer with given bytes ---- */

static int listen_somewhere(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s >= 0);
    assert_int_equal(bind(s, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s, 8), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return s;
}

static void answer_for_ever(int s, struct str answer)
{
    char request[4096];
    for (;;) {
        int c = accept(s, NULL, NULL);
        if (c >= 0) {
            ssize_t n = read(c, request, sizeof request);
            n = n > 0 ? write(c, answer.p, answer.n) : 0;
            shutdown(c, SHUT_WR);
            while (n > 0 && read(c, request, sizeof request) > 0) {
            }
            close(c);
        }
    }
}

/* Reads one answer of a server that sends those bytes and closes. */
static void ask_raw(struct str answer)
{
    int port = 0, s = listen_somewhere(&port);
    pid_t pid = child();
    if (pid == 0) {
        answer_for_ever(s, answer);
    }
    char connection[128];
    snprintf(connection, sizeof connection, "base_url: http://127.0.0.1:%d\ntimeout: 2s\n", port);
    close(s);
    begin(connection, "request: {path: /r}\nrecords: ''\n", "a", "");
    open_source();
    read_once();
    end();
    end_child(pid);
}

/* STR() is no constant expression. */
#define LITERAL(text) {text, sizeof(text) - 1}
#define HEAD "HTTP/1.1 200 OK\r\n"

static void test_raw_answers(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        enum answer answer;
        enum rc rc;
    } cases[] = {
        {LITERAL(HEAD "\r\n[{\"a\":1}]"), CONN_PAGE, RC_OK},
        {LITERAL(HEAD "Transfer-Encoding: chunked\r\n\r\na\r\n[{\"a\":1}]\r\n0\r\n\r\n"), CONN_PAGE, RC_OK},
        {LITERAL(HEAD "Transfer-Encoding: chunked\r\n\r\na\r\n[{\"a\":1}"), CONN_RETRY, RC_NET},
        {LITERAL(HEAD "Content-Length: 30\r\n\r\n[{\"a\":1}]"), CONN_RETRY, RC_NET},
        {LITERAL(HEAD "Content-Length: 5\r\n\r\n[{\"a\":1}]"), CONN_RETRY, RC_FORMAT},
        {LITERAL(HEAD "Content-Encoding: gzip\r\n\r\n[{\"a\":1}]"), CONN_RETRY, RC_NET},
        {LITERAL(HEAD "\r\n"), CONN_RETRY, RC_FORMAT},
        {LITERAL("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 403 Forbidden\r\n\r\n"), CONN_STOP, RC_AUTH},
        {LITERAL("HTTP/1.1 400 Bad\r\n\r\n[{\"a\":1}]"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 501 No\r\n\r\n"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 204 None\r\n\r\n"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 408 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1 425 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1 502 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1 504 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1"), CONN_RETRY, RC_NET},
        {LITERAL("\x15\x03\x01 not HTTP"), CONN_STOP, RC_NET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_raw(cases[i].bytes);
        if (reading.last != cases[i].answer || reading.rc != cases[i].rc) {
            fail_msg("case %zu: answer %d, %s: %s", i, (int)reading.last, err_symbol(reading.rc), reading.detail);
        }
    }
}

static void test_retry_after(void **state)
{
    (void)state;
    ask_raw(STR("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n\r\n"));
    assert_int_equal(reading.last, CONN_RETRY);
    assert_int_equal(reading.retry_after_ms, 120000);
    char answer[128], date[64];
    time_t soon = time(NULL) + 60;
    struct tm tm;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&soon, &tm));
    snprintf(answer, sizeof answer, "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\n\r\n", date);
    ask_raw(str_from(answer));
    assert_in_range(reading.retry_after_ms, 50000, 61000);
    ask_raw(STR("HTTP/1.1 503 Busy\r\nRetry-After: 99999999999999999999\r\n\r\n"));
    assert_in_range(reading.retry_after_ms, 0, 24 * 3600 * 1000);
    ask_raw(STR("HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n\r\n"));
    assert_int_equal(reading.retry_after_ms, 0);
}

static void ask_port(int port, const char *scheme, const char *more)
{
    char connection[256];
    snprintf(connection, sizeof connection, "base_url: %s://localhost:%d\ntimeout: 1s\nconnect_timeout: 1s\n%s",
             scheme, port, more);
    begin(connection, "request: {path: /rows.json}\nrecords: ''\n", "a", "");
    open_source();
    read_once();
    end();
}

static void test_nobody_answers(void **state)
{
    (void)state;
    int port = 0, s = listen_somewhere(&port);
    int64_t started = clock_monotonic_ms();
    ask_port(port, "http", "");
    assert_int_equal(reading.last, CONN_RETRY);
    assert_int_equal(reading.rc, RC_NET);
    ask_port(port, "https", "");
    assert_int_equal(reading.last, CONN_RETRY);
    assert_in_range(clock_monotonic_ms() - started, 0, 4000);
    close(s);
    ask_port(port, "http", "");
    assert_int_equal(reading.last, CONN_RETRY);
    assert_int_equal(reading.rc, RC_NET);
}

/* ---- TLS ---- */

static void run_in_folder(const char *const *command)
{
    pid_t pid = child();
    if (pid == 0) {
        if (chdir(folder) == 0 && freopen("/dev/null", "w", stderr) != NULL &&
            freopen("/dev/null", "w", stdout) != NULL) {
            char *arguments[24] = {NULL};
            for (size_t i = 0; command[i] != NULL && i < 23; i++) {
                arguments[i] = strdup(command[i]);
            }
            execvp(arguments[0], arguments);
        }
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static pid_t serve_tls(int port)
{
    char text[16];
    snprintf(text, sizeof text, "%d", port);
    pid_t pid = child();
    if (pid == 0) {
        if (chdir(folder) == 0 && freopen("/dev/null", "w", stderr) != NULL &&
            freopen("/dev/null", "w", stdout) != NULL) {
            execlp("openssl", "openssl", "s_server", "-WWW", "-quiet", "-accept", text, "-cert", "own.pem", "-key",
                   "own.key", (char *)NULL);
        }
        _exit(127);
    }
    return pid;
}

static void test_certificates_are_verified(void **state)
{
    (void)state;
    static const char *const make[] = {"openssl",  "req",     "-x509",   "-newkey", "ec",  "-pkeyopt",
                                       "ec_paramgen_curve:P-256", "-nodes", "-keyout", "own.key", "-out", "own.pem",
                                       "-days",    "2",       "-subj",   "/CN=localhost", "-addext",
                                       "subjectAltName=DNS:localhost", NULL};
    run_in_folder(make);
    write_file("rows.json", "[{\"a\":1},{\"a\":2}]");
    int port = 0;
    close(listen_somewhere(&port));
    pid_t pid = serve_tls(port);
    do {
        clock_sleep_ms(50);
        ask_port(port, "https", "");
    } while (reading.last == CONN_RETRY);
    assert_stopped(RC_NET, "GET /rows.json page 1");
    ask_port(port, "https", "ca_file: own.pem\n");
    end_child(pid);
    assert_int_equal(reading.last, CONN_PAGE);
    assert_int_equal(reading.rows, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_numbers),
        cmocka_unit_test(test_page_numbers_without_a_total),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_cursor_without_its_beginning),
        cmocka_unit_test(test_no_paging),
        cmocka_unit_test(test_post_sends_a_form),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_hashes_tell_pages_apart),
        cmocka_unit_test(test_sample_deployment),
        cmocka_unit_test(test_wrong_credentials),
        cmocka_unit_test(test_credentials_that_cannot_be_sent),
        cmocka_unit_test(test_wrong_path),
        cmocka_unit_test(test_records_elsewhere),
        cmocka_unit_test(test_error_codes),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_gzip_bomb),
        cmocka_unit_test(test_bodies_are_capped),
        cmocka_unit_test(test_transient_failures),
        cmocka_unit_test(test_kinds_of_transient_failures),
        cmocka_unit_test(test_offsets_and_cursors_go_on_after_failures),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_busy_engine),
        cmocka_unit_test(test_requests_overlap),
        cmocka_unit_test(test_duplicate_page),
        cmocka_unit_test(test_page_that_repeats_for_ever),
        cmocka_unit_test(test_cursor_that_repeats_for_ever),
        cmocka_unit_test(test_false_totals),
        cmocka_unit_test(test_first_page_only),
        cmocka_unit_test(test_smaller_pages_than_asked_for),
        cmocka_unit_test(test_changed_content),
        cmocka_unit_test(test_raw_answers),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_nobody_answers),
        cmocka_unit_test(test_certificates_are_verified),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
