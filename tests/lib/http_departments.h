/* For tests of the http transport: the sample departments' server on the loopback, with records of its own.
 * Included by one file of a program. */
#ifndef BIDUI_TESTS_LIB_HTTP_DEPARTMENTS_H
#define BIDUI_TESTS_LIB_HTTP_DEPARTMENTS_H

#include "tests/lib/http_reading.h"

#define PEOPLE 2505
#define ABSENCES 1203
#define GRANTS 1001
#define SETTLEMENTS 450

static pid_t server = -1;
static int server_port;

static inline void misbehave(const char *lines)
{
    write_file("misbehave", lines);
}

/* Each line: the record's number after `before`, a day of November after `between`. */
static inline void write_records(const char *name, int count, const char *before, const char *between, const char *after)
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

static inline void write_departments(void)
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

static inline const char *server_program(void)
{
    static char path[PATH_MAX];
    const char *build = getenv("BUILD"), *named = getenv("DEPARTMENT_SERVER");
    snprintf(path, sizeof path, "%s/department-server", build == NULL ? "build" : build);
    return named == NULL ? path : named;
}

static inline int read_port(const char *path)
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

static inline void start_server(void)
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

static inline int start_departments(void **state)
{
    (void)state;
    make_folder();
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

static inline int stop_departments(void **state)
{
    (void)state;
    assert_int_equal(end_child(server), 0);
    return fs_remove_tree(folder) == RC_OK ? 0 : 1;
}

/* Sources of the sample departments, as configuration. */
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
static inline void assert_rows(char letter, size_t first, size_t rows)
{
    assert_int_equal(reading.rows, rows);
    for (size_t i = 0; i < rows; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "%c%05zu", letter, first + i);
        assert_string_equal(reading.first_columns[i], expected);
    }
}

#endif
