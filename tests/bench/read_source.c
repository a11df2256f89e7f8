/* Reads a source to its end and says how long that took: the connectors' bench.
 *
 *   read_source connector KIND CONNECTION_YAML SETTINGS_YAML COLUMN...   through a connector of ours
 *   read_source copy CONNINFO QUERY         libpq, COPY to stdout, drained
 *   read_source single CONNINFO QUERY       libpq, single-row mode, drained
 *   read_source block CONNECTION_STRING QUERY...   ODBC, blocks of 1000 bound rows, nothing converted; several queries in turn
 *   read_source download URL PAGES ROWS     libcurl, URL and a page's number, one after the other; yajl parses them for nothing
 *   read_source lines FILE ROWS             its line ends counted
 *
 * Prints: rows, seconds, CPU seconds, peak RSS in kB. */
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>
#include <libpq-fe.h>
#include <sql.h>
#include <sqlext.h>
#include <sys/resource.h>
#include <yajl/yajl_parse.h>

#include "base/clock.h"
#include "connectors/connector.h"

#define CELL 256
#define BLOCK 1000
#define COLUMNS_MOST 32

static void must(bool is_right, const char *what)
{
    if (!is_right) {
        fprintf(stderr, "read_source: %s: %s\n", what, err_detail());
        exit(1);
    }
}

static struct yaml *yaml_of(struct arena *a, const char *text)
{
    struct yaml *tree = NULL;
    must(yaml_parse(a, "bench", str_from(text), &tree) == RC_OK, "YAML");
    return tree;
}

static int64_t read_connector(int argc, char **argv)
{
    const struct connector *c = connector_find(str_from(argv[0]));
    must(c != NULL && argc > 3, "usage");
    struct arena *a = arena_new((size_t)64 << 20), *pages = arena_new((size_t)512 << 20);
    struct key key = {.bytes = {1}, .is_set = true};
    const char **columns = arena_array(a, (size_t)argc, sizeof *columns);
    for (int i = 3; i < argc; i++) {
        columns[i - 3] = argv[i];
    }
    struct source source = {.dataset = "bench", .connection = yaml_of(a, argv[1]), .settings = yaml_of(a, argv[2]),
                            .base_dir = "/", .columns = columns, .column_count = (size_t)argc - 3, .full_snapshot = true,
                            .hash_key = &key, .seal_key = &key, .page_rows = 5000, .arena = a};
    void *state = NULL;
    int64_t rows = 0, after = 0;
    must(c->open(&source, &state) == RC_OK, "open");
    for (;;) {
        arena_reset(pages);
        struct page page = {.arena = pages, .advertised = -1};
        enum answer answer = c->read(state, &page, &after);
        if (answer == CONN_END) {
            break;
        }
        must(answer == CONN_PAGE, "read");
        rows += (int64_t)page.rows;
    }
    c->close(state);
    return rows;
}

static int64_t read_copy(char **argv)
{
    PGconn *conn = PQconnectdb(argv[0]);
    int64_t rows = 0;
    char *line = NULL;
    char sql[4000];
    snprintf(sql, sizeof sql, "copy (%s) to stdout", argv[1]);
    must(PQresultStatus(PQexec(conn, sql)) == PGRES_COPY_OUT, "copy");
    while (PQgetCopyData(conn, &line, 0) > 0) {
        rows++;
        PQfreemem(line);
    }
    PQfinish(conn);
    return rows;
}

static int64_t read_single(char **argv)
{
    PGconn *conn = PQconnectdb(argv[0]);
    int64_t rows = 0;
    must(PQsendQueryParams(conn, argv[1], 0, NULL, NULL, NULL, NULL, 0) == 1 && PQsetSingleRowMode(conn) == 1, "single");
    for (PGresult *res = PQgetResult(conn); res != NULL; res = PQgetResult(conn)) {
        rows += PQntuples(res);
        PQclear(res);
    }
    PQfinish(conn);
    return rows;
}

static char cells[COLUMNS_MOST][BLOCK][CELL];
static SQLLEN lengths[COLUMNS_MOST][BLOCK];

static int64_t read_one_block_query(SQLHDBC dbc, char *sql)
{
    SQLHSTMT stmt = SQL_NULL_HSTMT;
    SQLSMALLINT columns = 0;
    SQLULEN got = 0;
    int64_t rows = 0;
    must(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt)), "statement");
    (void)SQLSetStmtAttr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)(uintptr_t)BLOCK, 0);
    (void)SQLSetStmtAttr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, &got, 0);
    must(SQL_SUCCEEDED(SQLExecDirect(stmt, (SQLCHAR *)sql, SQL_NTS)), "execute");
    (void)SQLNumResultCols(stmt, &columns);
    must(columns <= COLUMNS_MOST, "columns");
    for (SQLUSMALLINT i = 0; i < columns; i++) {
        (void)SQLBindCol(stmt, i + 1, SQL_C_CHAR, cells[i], CELL, lengths[i]);
    }
    while (SQL_SUCCEEDED(SQLFetch(stmt))) {
        rows += (int64_t)got;
    }
    (void)SQLFreeHandle(SQL_HANDLE_STMT, stmt);
    return rows;
}

static int64_t read_block(int argc, char **argv)
{
    SQLHENV env = SQL_NULL_HENV;
    SQLHDBC dbc = SQL_NULL_HDBC;
    int64_t rows = 0;
    (void)SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
    (void)SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(uintptr_t)SQL_OV_ODBC3, 0);
    (void)SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
    must(SQL_SUCCEEDED(SQLDriverConnect(dbc, NULL, (SQLCHAR *)argv[0], SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT)),
         "connect");
    for (int i = 1; i < argc; i++) {
        rows += read_one_block_query(dbc, argv[i]);
    }
    (void)SQLDisconnect(dbc);
    return rows;
}

static size_t parse_for_nothing(char *p, size_t size, size_t n, void *parser)
{
    must(yajl_parse(parser, (const unsigned char *)p, size * n) == yajl_status_ok, "yajl");
    return size * n;
}

static int64_t read_download(char **argv)
{
    static const yajl_callbacks callbacks = {0};
    CURL *curl = curl_easy_init();
    char url[500];
    for (long page = 1; page <= atol(argv[1]); page++) {
        yajl_handle parser = yajl_alloc(&callbacks, NULL, NULL);
        snprintf(url, sizeof url, "%s%ld", argv[0], page);
        (void)curl_easy_setopt(curl, CURLOPT_URL, url);
        (void)curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, parse_for_nothing);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, parser);
        must(curl_easy_perform(curl) == CURLE_OK && yajl_complete_parse(parser) == yajl_status_ok, "download");
        yajl_free(parser);
    }
    curl_easy_cleanup(curl);
    return atol(argv[2]);
}

static int64_t read_lines(char **argv)
{
    static char chunk[1 << 20];
    FILE *f = fopen(argv[0], "rb");
    int64_t lines = 0;
    must(f != NULL, "open");
    for (size_t n = fread(chunk, 1, sizeof chunk, f); n > 0; n = fread(chunk, 1, sizeof chunk, f)) {
        for (const char *p = chunk; (p = memchr(p, '\n', (size_t)(chunk + n - p))) != NULL; p++) {
            lines++;
        }
    }
    (void)fclose(f);
    must(lines == atol(argv[1]) + 1, "lines");
    return atol(argv[1]);
}

static double cpu_seconds(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    must(argc > 3, "usage");
    int64_t began_ms = clock_monotonic_ms();
    int64_t rows = strcmp(argv[1], "connector") == 0  ? read_connector(argc - 2, argv + 2)
                   : strcmp(argv[1], "copy") == 0     ? read_copy(argv + 2)
                   : strcmp(argv[1], "single") == 0   ? read_single(argv + 2)
                   : strcmp(argv[1], "download") == 0 ? read_download(argv + 2)
                   : strcmp(argv[1], "lines") == 0    ? read_lines(argv + 2)
                                                      : read_block(argc - 2, argv + 2);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%lld %.3f %.3f %ld\n", (long long)rows, (double)(clock_monotonic_ms() - began_ms) / 1000.0, cpu_seconds(&usage),
           usage.ru_maxrss);
    return 0;
}
