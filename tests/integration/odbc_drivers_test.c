/* The odbc connector over other drivers: SQLite's, which promises little and knows no wide
 * characters, and PostgreSQL's, which stands in for the servers that speak its dialect.
 * tests/run-integration.sh sets PGHOST and kin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "connectors/odbc/odbc.h"
#include "tests/lib/reading.h"

/* PostgreSQL's ANSI driver forgets five bytes of its own. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:psqlodbca.so";
}

static struct reading r;
static char file[400];
static const char *const two_columns[] = {"编号", "姓名"};

static void run(const char *program, const char *sql)
{
    char command[500];
    snprintf(command, sizeof command, "%s >/dev/null", program);
    FILE *to = popen(command, "w");
    assert_non_null(to);
    assert_true(fprintf(to, "%s\n", sql) > 0);
    assert_int_equal(pclose(to), 0);
}

static void sqlite(const char *sql)
{
    char command[450];
    snprintf(command, sizeof command, "sqlite3 -bail '%s'", file);
    run(command, sql);
}

static void postgres(const char *sql)
{
    run("psql -X -q -v ON_ERROR_STOP=1", sql);
}

static int set_up(void **state)
{
    (void)state;
    const char *tmp = getenv("BIDUI_TEST_TMP");
    snprintf(file, sizeof file, "%s/门户.db", tmp != NULL ? tmp : "/tmp");
    (void)unlink(file);
    reading_init(&r, &connector_odbc, two_columns, 2);
    char text[800];
    snprintf(text, sizeof text,
             "{kind: odbc, dialect: sqlite, connection_string: 'Driver=SQLite3;Database=%s'}",
             file);
    r.source.connection = reading_yaml(&r, text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reading_done(&r);
    (void)unlink(file);
    return 0;
}

static void use_postgres(const char *driver, const char *more)
{
    char text[900];
    snprintf(text, sizeof text,
             "{kind: odbc, dialect: kingbase, connection_string: "
             "'Driver=%s;Servername=%s;Port=%s;Database=%s;%s', user: '%s'}",
             driver, getenv("PGHOST"), getenv("PGPORT"), getenv("PGDATABASE"), more,
             getenv("PGUSER"));
    r.source.connection = reading_yaml(&r, text);
}

/* ---- SQLite ---- */

#define FILL_SQLITE                                                                                      \
    "create table 低保 (编号 integer primary key, 姓名 varchar(3), 日期 date, 备注 text, 图 " \
    "blob);"                                                                                             \
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)"                      \
    " insert into 低保 select i, '名字' || i, '0000-00-00', null, x'00ff' from n;"

static void sqlite_is_read_page_by_page(void **state)
{
    (void)state;
    sqlite(FILL_SQLITE);
    assert_int_equal(reading_pull(&r, "{table: 低保, page_by: [编号], page_rows: 90}"), CONN_END);
    assert_int_equal(r.rows, 300);
    assert_int_equal(r.page_n, 4);
    assert_true(strncmp(r.pages[3], "271|名字271\n", strlen("271|名字271\n")) == 0);
    char *rest = arena_cstr(r.arena, str_from(reading_all(&r, 2)));
    r.source.position = str_from(arena_cstr(r.arena, str_from(r.positions[1])));
    assert_int_equal(reading_pull(&r, "{table: 低保, page_by: [编号], page_rows: 90}"), CONN_END);
    assert_string_equal(reading_all(&r, 0), rest);
}

static void sqlite_values_keep_their_text(void **state)
{
    (void)state;
    static const char *const names[] = {"编号", "日期", "备注", "图", "大"};
    r.source.columns = names;
    r.source.column_count = 5;
    sqlite("create table 低保 (编号 integer primary key, 日期 date, 备注 text, 图 blob, 大 bigint);"
           "insert into 低保 values (1, '0000-00-00', 'a' || char(0x20BB7), x'00ff', "
           "9223372036854775807),"
           " (2, null, null, null, null)");
    assert_int_equal(reading_pull(&r, "{table: 低保, page_by: [编号]}"), CONN_END);
    assert_string_equal(
        reading_all(&r, 0),
        "1|0000-00-00|a𠮷|\\x00ff|9223372036854775807\n2|<null>|<null>|<null>|<null>\n");
}

static void values_longer_than_declared_are_told(void **state)
{
    (void)state;
    sqlite(FILL_SQLITE
           "update 低保 set 姓名 = replace(hex(zeroblob(300)), '0', 'x') where 编号 = 7");
    assert_int_equal(reading_pull(&r, "{table: 低保, page_by: [编号]}"), CONN_STOP);
    assert_int_equal(err_last(), RC_LIMIT);
    assert_non_null(strstr(err_hint_text(), "long: [姓名]"));
    assert_int_equal(reading_pull(&r, "{table: 低保, page_by: [编号], long: [姓名]}"), CONN_END);
    assert_int_equal(r.rows, 300);
}

static void sqlite_cannot_be_written(void **state)
{
    (void)state;
    sqlite(FILL_SQLITE);
    assert_int_equal(reading_pull(&r, "{query: 'delete from 低保 returning 编号, 姓名'}"),
                     CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
    assert_int_equal(reading_pull(&r, "{query: 'select 编号, 姓名 from 没有'}"), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
    assert_int_equal(reading_pull(&r, "{table: 低保, page_by: [编号]}"), CONN_END);
    assert_int_equal(r.rows, 300);
}

/* ---- A server of PostgreSQL's kind ---- */

#define FILL_POSTGRES                                                                                \
    "set client_min_messages to warning; drop table if exists 低保; create table 低保 (编号 "  \
    "bigint primary key,"                                                                            \
    " 姓名 text, je numeric(20,6), zt boolean, sj timestamptz);"                                   \
    "insert into 低保 select n, '名字' || n, n / 7.0, n % 2 = 0, '2026-11-22 00:00:00+00' from " \
    "generate_series(1, 300) n;"

static void kingbase_dialect_reads_one_state(void **state)
{
    (void)state;
    static const char *const names[] = {"编号", "姓名", "je", "zt", "sj"};
    static const char *const drivers[] = {"PostgreSQL Unicode", "PostgreSQL ANSI"};
    r.source.columns = names;
    r.source.column_count = 5;
    for (size_t i = 0; i < 2; i++) {
        reading_close(&r);
        postgres(FILL_POSTGRES);
        reading_forget(&r);
        use_postgres(drivers[i], i == 1 ? "ConnSettings=set client_encoding to UTF8" : "");
        reading_open(&r, "{table: 低保, page_by: [编号], page_rows: 50}");
        assert_int_equal(reading_one(&r), CONN_PAGE);
        postgres("delete from 低保 where 编号 > 100");
        assert_int_equal(reading_rest(&r), CONN_END);
        assert_int_equal(r.rows, 300);
        assert_true(strncmp(r.pages[1], "51|名字51|7.285714|0|2026-11-22 08:00:00",
                            strlen("51|名字51|7.285714|0|2026-11-22 08:00:00")) == 0);
    }
}

static void kingbase_dialect_writes_nothing_and_ends_in_time(void **state)
{
    (void)state;
    postgres(FILL_POSTGRES);
    use_postgres("PostgreSQL Unicode", "");
    assert_int_equal(reading_pull(&r, "{query: 'delete from 低保 returning 编号, 姓名'}"),
                     CONN_STOP);
    assert_non_null(strstr(err_detail(), "25006"));
    assert_int_equal(reading_pull(&r, "{table: 没有}"), CONN_STOP);
    assert_non_null(strstr(err_detail(), "没有这个表"));
    char text[900];
    snprintf(text, sizeof text,
             "{kind: odbc, dialect: opengauss, connection_string: 'Driver=PostgreSQL "
             "Unicode;Servername=%s;Port=%s;Database=%s',"
             " user: '%s', statement_timeout: 1s}",
             getenv("PGHOST"), getenv("PGPORT"), getenv("PGDATABASE"), getenv("PGUSER"));
    r.source.connection = reading_yaml(&r, text);
    assert_int_equal(reading_pull(&r, "{query: 'select pg_sleep(30)'}"), CONN_STOP);
    assert_non_null(strstr(err_detail(), "57014"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sqlite_is_read_page_by_page),
        TEST(sqlite_values_keep_their_text),
        TEST(values_longer_than_declared_are_told),
        TEST(sqlite_cannot_be_written),
        TEST(kingbase_dialect_reads_one_state),
        TEST(kingbase_dialect_writes_nothing_and_ends_in_time),
    };
    return cmocka_run_group_tests_name("odbc_drivers", tests, NULL, NULL);
}
