/* The odbc connector against a real MariaDB: what its rows are read as, page by page, and how it
 * fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "connectors/odbc/odbc.h"
#include "tests/lib/reading.h"

static struct reading r;
static char folder[300], sock[300];
static const char *const two_columns[] = {"bh", "xm"};

/* ---- The server ---- */

static void mariadb(const char *action, const char *more)
{
    char command[1000];
    snprintf(command, sizeof command, "%s/tests/lib/mariadb.sh %s '%s' %s", BIDUI_SOURCE_DIR,
             action, folder, more);
    assert_int_equal(system(command), 0);
}

static void admin(const char *sql)
{
    char command[1000];
    snprintf(command, sizeof command, "%s/tests/lib/mariadb.sh sql '%s'", BIDUI_SOURCE_DIR, folder);
    FILE *to = popen(command, "w");
    assert_non_null(to);
    assert_true(
        fprintf(
            to,
            "set sql_mode = ''; create database if not exists mz character set gbk; use mz; %s\n",
            sql) > 0);
    assert_int_equal(pclose(to), 0);
}

static int start_server(void **state)
{
    (void)state;
    const char *tmp = getenv("BIDUI_TEST_TMP");
    snprintf(folder, sizeof folder, "%s/mariadb", tmp != NULL ? tmp : "/tmp/bidui-odbc-test");
    mariadb("start", "--innodb-buffer-pool-size=64M");
    char command[1000];
    snprintf(command, sizeof command, "%s/tests/lib/mariadb.sh socket '%s'", BIDUI_SOURCE_DIR,
             folder);
    FILE *from = popen(command, "r");
    assert_non_null(from);
    assert_non_null(fgets(sock, sizeof sock, from));
    assert_int_equal(pclose(from), 0);
    sock[strcspn(sock, "\n")] = '\0';
    admin("create user reader identified by 'a;b}c'; grant select on mz.* to reader");
    setenv("MZ_PASSWORD", "a;b}c", 1);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    mariadb("remove", "");
    return 0;
}

static void connect_as(const char *user, const char *more)
{
    char text[1000];
    snprintf(text, sizeof text,
             "{kind: odbc, dialect: mysql, connection_string: 'Driver=MariaDB "
             "Unicode;SOCKET=%s;DATABASE=mz;CHARSET=utf8mb4'"
             ", user: %s, password: '${env:MZ_PASSWORD}'%s}",
             sock, user, more);
    r.source.connection = reading_yaml(&r, text);
}

static int set_up(void **state)
{
    (void)state;
    reading_init(&r, &connector_odbc, two_columns, 2);
    connect_as("reader", "");
    admin("drop table if exists dibao; create table dibao (bh bigint unsigned primary key, xm "
          "varchar(40), gxsj datetime);");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reading_done(&r);
    return 0;
}

static void columns(const char *const *names, size_t n)
{
    r.source.columns = names;
    r.source.column_count = n;
}

#define PAGED "{table: dibao, page_by: [bh]}"
#define FILL "insert into dibao select seq, concat('名', seq), '2026-11-20' from seq_1_to_1000;"

/* ---- Values ---- */

static void values_keep_their_digits(void **state)
{
    (void)state;
    static const char *const names[] = {"je",  "bh", "rq", "sj", "sc", "w1", "w8",
                                        "w64", "bz", "zp", "nf", "lx", "fs"};
    columns(names, 13);
    admin("create or replace table zhi (bh bigint unsigned primary key, je decimal(30,10), rq "
          "date, sj datetime(3),"
          " sc timestamp null, w1 bit, w8 bit(8), w64 bit(64), bz text, zp varbinary(8), nf year, "
          "lx enum('甲','乙'), fs double);"
          "set time_zone = '+00:00'; insert into zhi values"
          " (18446744073709551615, 12345678901234567890.1234567890, '0000-00-00', '2026-11-22 "
          "01:02:03.004',"
          " '2026-11-21 16:00:00', 1, 255, x'ffffffffffffffff', '备注', x'00ff', 2026, '乙', 0.1),"
          " (9007199254740993, -0.5, '2026-01-00', null, null, 0, 5, 0, '', '', null, null, null)");
    assert_int_equal(reading_pull(&r, "{table: zhi, page_by: [bh], page_rows: 1}"), CONN_END);
    assert_string_equal(
        reading_all(&r, 0),
        "-0.5000000000|9007199254740993|2026-01-00|<null>|<null>|0|5|0||\\x|<null>|<null>|<null>\n"
        "12345678901234567890.1234567890|18446744073709551615|0000-00-00|2026-11-22 01:02:03.004|"
        "2026-11-22 00:00:00|1|255|18446744073709551615|备注|\\x00ff|2026|乙|0.1\n");
}

static void any_charset_arrives_as_utf8(void **state)
{
    (void)state;
    static const char *const names[] = {"姓名", "b"};
    columns(names, 2);
    admin("create or replace table 姓 (姓名 varchar(20) character set gbk, b varchar(20) character "
          "set utf8mb4) ;"
          "insert into 姓 values ('张·三', '𠮷野')");
    assert_int_equal(reading_pull(&r, "{query: 'select * from 姓'}"), CONN_END);
    assert_string_equal(reading_all(&r, 0), "张·三|𠮷野\n");
    assert_int_equal(reading_pull(&r, "{table: 姓, where: \"姓名 = '张·三' and b = '𠮷野'\"}"),
                     CONN_END);
    assert_string_equal(reading_all(&r, 0), "张·三|𠮷野\n");
    connect_as("reader", ", charset: utf-16");
    assert_int_equal(reading_pull(&r, "{table: 姓, page_by: [姓名]}"), CONN_END);
    assert_string_equal(reading_all(&r, 0), "张·三|𠮷野\n");
}

/* Bytes that the server takes for Latin letters: what old programs left behind. */
static void bytes_of_gbk_are_converted(void **state)
{
    (void)state;
    char text[1000];
    snprintf(
        text, sizeof text,
        "{kind: odbc, dialect: mysql, charset: gbk, user: reader, password: '${env:MZ_PASSWORD}',"
        " connection_string: 'Driver=MariaDB Unicode;SOCKET=%s;DATABASE=mz;CHARSET=latin1'}",
        sock);
    admin("create or replace table jiu (bh int primary key, xm varchar(20) character set latin1);"
          "insert into jiu values (1, x'd5c5c8fd'), (2, x'ff41'), (3, 'abc')");
    r.source.connection = reading_yaml(&r, text);
    assert_int_equal(reading_pull(&r, "{table: jiu, page_by: [bh]}"), CONN_END);
    assert_string_equal(reading_all(&r, 0), "1|张三\n3|abc\n!2\n");
}

static void long_values_come_whole(void **state)
{
    (void)state;
    admin("create or replace table chang (bh int primary key, xm longtext);"
          "insert into chang values (1, repeat('长', 100000)), (2, null), (3, ''), (4, 'x')");
    assert_int_equal(reading_pull(&r, "{table: chang, page_by: [bh]}"), CONN_END);
    assert_int_equal(r.rows, 4);
    assert_int_equal(strlen(r.pages[0]), strlen("1|\n2|<null>\n3|\n4|x\n") + 300000);
    connect_as("reader", ", charset: utf-16");
    assert_int_equal(reading_pull(&r, "{table: chang, page_by: [bh]}"), CONN_END);
    assert_int_equal(strlen(r.pages[0]), strlen("1|\n2|<null>\n3|\n4|x\n") + 300000);
    connect_as("reader", "");
    admin("insert into mz.chang values (5, repeat('x', 5000000))");
    assert_int_equal(reading_pull(&r, "{table: chang, page_by: [bh]}"), CONN_STOP);
    assert_int_equal(err_last(), RC_LIMIT);
}

static void missing_columns_are_null_and_told(void **state)
{
    (void)state;
    assert_int_equal(reading_pull(&r, "{query: 'select 7 as BH'}"), CONN_END);
    assert_string_equal(reading_all(&r, 0), "7|<null>\n");
    assert_string_equal(r.columns_seen, "BH");
}

/* ---- Pages ---- */

static void pages_go_by_key(void **state)
{
    (void)state;
    admin(FILL);
    assert_int_equal(reading_pull(&r, "{table: dibao, page_by: [bh], columns: [gxsj], count_query: "
                                      "'select count(*) from dibao'}"),
                     CONN_END);
    assert_int_equal(r.rows, 1000);
    assert_int_equal(r.page_n, 10);
    assert_int_equal(r.advertised, 1000);
    assert_string_equal(r.columns_seen, "bh\ngxsj\nxm");
    assert_true(strncmp(r.pages[9], "901|名901\n", strlen("901|名901\n")) == 0);
}

static void resumes_behind_every_page(const char *settings)
{
    char *positions[PAGES_MAX], rest[PAGES_MAX][65], got[65];
    assert_int_equal(reading_pull(&r, settings), CONN_END);
    size_t n = r.page_n;
    assert_true(n > 3);
    for (size_t i = 0; i < n; i++) {
        positions[i] = arena_cstr(r.arena, str_from(r.positions[i]));
        crypto_sha256_hex(str_from(reading_all(&r, i + 1)), rest[i]);
    }
    for (size_t i = 0; i < n; i++) {
        r.source.position = str_from(positions[i]);
        assert_int_equal(reading_pull(&r, settings), CONN_END);
        crypto_sha256_hex(str_from(reading_all(&r, 0)), got);
        assert_string_equal(got, rest[i]);
    }
    r.source.position = STR("");
}

static void any_page_can_be_the_last_one_read(void **state)
{
    (void)state;
    admin(FILL);
    resumes_behind_every_page(PAGED);
    resumes_behind_every_page("{query: 'select bh, xm from dibao where xm > \"\"', page_by: [bh]}");
    resumes_behind_every_page(
        "{query: 'select bh, xm from dibao where xm > \"\" and {after}', page_by: [bh]}");
    resumes_behind_every_page("{table: dibao, page_by: [xm], page_rows: 90}");
    admin("create or replace table liang (bh int, xm varchar(20) character set utf8mb4, rq "
          "datetime, primary key (rq, bh, xm));"
          "insert into liang select seq div 7, concat('名', seq), from_days(738000 + seq div 50) "
          "from seq_1_to_1000");
    resumes_behind_every_page("{table: liang, page_by: [rq, bh, xm]}");
    resumes_behind_every_page("{table: liang, page_by: [xm]}");
}

/* Beyond 2^53 doubles would take neighbours for one. */
static void large_keys_are_told_apart(void **state)
{
    (void)state;
    admin("insert into dibao select 18446744073709550000 + seq, seq, null from seq_1_to_500;"
          "create or replace table fen (bh decimal(30,4) primary key, xm varchar(9));"
          "insert into fen select 12345678901234567890.0 + seq / 10000, seq from seq_1_to_500");
    assert_int_equal(reading_pull(&r, "{table: dibao, page_by: [bh], page_rows: 7}"), CONN_END);
    assert_int_equal(r.rows, 500);
    assert_int_equal(reading_pull(&r, "{table: fen, page_by: [bh], page_rows: 7}"), CONN_END);
    assert_int_equal(r.rows, 500);
}

/* The limits of other dialects are SQL that this server knows, too. */
static void other_limits_bring_the_same(void **state)
{
    (void)state;
    static const char *const dialects[] = {"generic", "sqlserver", "oracle"};
    static const char *const setup[] = {"set @a = 1", "set @a = 1", "set sql_mode = oracle"};
    for (size_t i = 0; i < 3; i++) {
        struct odbc_statement st;
        struct odbc_question q = {.table = STR("dibao"),
                                  .query = STR_NULL,
                                  .where = STR_NULL,
                                  .columns = two_columns,
                                  .column_count = 2,
                                  .keys = two_columns,
                                  .key_count = 1,
                                  .quote = "`",
                                  .dialect = odbc_dialect(str_from(dialects[i]))};
        assert_int_equal(odbc_statement_write(r.arena, &q, PART_ALL, 3, &st), RC_OK);
        char sql[500];
        snprintf(sql, sizeof sql, "%s; create or replace table aus as %.*s", setup[i],
                 STR_ARGS(st.sql));
        admin("truncate dibao;" FILL);
        admin(sql);
        if (i > 0) {
            admin("set @n = (select count(*) from aus); set @w = if(@n = 3, 'select 1', 'select "
                  "wrong');"
                  " prepare s from @w; execute s");
        }
    }
    char text[600];
    snprintf(text, sizeof text,
             "{kind: odbc, dialect: generic, user: reader, password: '${env:MZ_PASSWORD}',"
             " connection_string: 'Driver=MariaDB Unicode;SOCKET=%s;DATABASE=mz;CHARSET=utf8mb4'}",
             sock);
    r.source.connection = reading_yaml(&r, text);
    assert_int_equal(reading_pull(&r, PAGED), CONN_END);
    assert_int_equal(r.rows, 1000);
    assert_int_equal(r.page_n, 10);
}

static void keys_must_be_unique_and_not_null(void **state)
{
    (void)state;
    admin("create or replace table dibao (bh int, xm varchar(20)); insert into dibao select seq, "
          "seq from seq_1_to_250;"
          "update dibao set bh = 100 where bh = 101");
    assert_int_equal(reading_pull(&r, PAGED), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
    assert_int_equal(r.page_n, 0);
    admin("update dibao set bh = 101 where xm = '101'; update dibao set bh = null where bh = 7");
    assert_int_equal(reading_pull(&r, PAGED), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
    assert_non_null(strstr(err_detail(), "page_by"));
}

static void since_narrows_an_incremental_pull(void **state)
{
    (void)state;
    admin("insert into dibao values (1, 'a', '2026-11-01'), (2, 'b', '2026-11-20 08:00:00'), (3, "
          "'c', '2026-11-20 08:00:01')");
    r.source.full_snapshot = false;
    const char *form =
        "{table: dibao, page_by: [bh], page_rows: 1, incremental: {by: updated_at, overlap: 3d},"
        " fields: {updated_at: {from: gxsj, type: instant}}}";
    assert_int_equal(reading_pull(&r, form), CONN_END);
    assert_string_equal(reading_all(&r, 0), "1|a\n2|b\n3|c\n");
    r.source.since = STR("2026-11-20T08:00:00");
    assert_int_equal(reading_pull(&r, form), CONN_END);
    assert_string_equal(reading_all(&r, 0), "2|b\n3|c\n");
    assert_int_equal(
        reading_pull(
            &r,
            "{query: 'select bh, xm from dibao where gxsj > {since}', page_by: [bh], page_rows: 1,"
            " count_query: 'select count(*) from dibao where gxsj > {since}'}"),
        CONN_END);
    assert_string_equal(reading_all(&r, 0), "3|c\n");
    assert_int_equal(r.advertised, 1);
}

static void all_pages_show_one_state(void **state)
{
    (void)state;
    admin(FILL);
    reading_open(&r, PAGED);
    assert_int_equal(reading_one(&r), CONN_PAGE);
    admin("delete from dibao where bh > 500; insert into dibao values (5000, 'new', null)");
    assert_int_equal(reading_rest(&r), CONN_END);
    assert_int_equal(r.rows, 1000);
}

/* ---- The control row ---- */

#define CONTROLLED                                                                                  \
    "{table: dibao, page_by: [bh], control: {query: 'select zt, jzsj from kongzhi', done: 完成, " \
    "as_of: jzsj}}"

static void control(const char *state_text, const char *as_of)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "create or replace table kongzhi as select '%s' zt, cast('%s' as datetime) jzsj",
             state_text, as_of);
    admin(sql);
}

static void a_load_that_goes_on_is_left_alone(void **state)
{
    (void)state;
    admin(FILL);
    control("装载中", "2026-11-22");
    assert_int_equal(reading_pull(&r, CONTROLLED), CONN_NOTHING);
    assert_int_equal(r.page_n, 0);
    control("完成", "2026-11-22");
    assert_int_equal(reading_pull(&r, CONTROLLED), CONN_END);
    assert_int_equal(r.rows, 1000);
    admin("truncate kongzhi");
    assert_int_equal(reading_pull(&r, CONTROLLED), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
}

static void a_reload_in_between_spoils_the_delivery(void **state)
{
    (void)state;
    admin(FILL);
    control("完成", "2026-11-22");
    reading_open(&r, CONTROLLED);
    assert_int_equal(reading_one(&r), CONN_PAGE);
    control("完成", "2026-11-23");
    assert_int_equal(reading_rest(&r), CONN_STOP);
    assert_int_equal(err_last(), RC_INCOMPLETE);
    assert_int_equal(r.page_n, 10);
    r.source.position = str_from(arena_cstr(r.arena, str_from(r.positions[3])));
    assert_int_equal(reading_pull(&r, CONTROLLED), CONN_STOP);
    assert_int_equal(err_last(), RC_INCOMPLETE);
    control("完成", "2026-11-22");
    assert_int_equal(reading_pull(&r, CONTROLLED), CONN_END);
    assert_int_equal(r.rows, 600);
}

/* ---- Failures ---- */

static void a_server_killed_in_mid_result_goes_on(void **state)
{
    (void)state;
    admin(FILL);
    reading_open(&r, PAGED);
    assert_int_equal(reading_one(&r), CONN_PAGE);
    assert_int_equal(reading_one(&r), CONN_PAGE);
    mariadb("stop", "--kill9");
    assert_int_equal(reading_rest(&r), CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    assert_int_equal(reading_rest(&r), CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    mariadb("start", "--innodb-buffer-pool-size=64M");
    assert_int_equal(reading_rest(&r), CONN_END);
    char *got = arena_cstr(r.arena, str_from(reading_all(&r, 0)));
    assert_int_equal(reading_pull(&r, PAGED), CONN_END);
    assert_true(strcmp(got, reading_all(&r, 0)) == 0);
    assert_int_equal(r.rows, 1000);
}

static void refuses(const char *settings, enum rc rc, const char *state_text)
{
    assert_int_equal(reading_pull(&r, settings), CONN_STOP);
    assert_int_equal(err_last(), rc);
    if (strstr(err_detail(), state_text) == NULL) {
        fail_msg("%s", err_detail());
    }
    assert_null(strstr(err_detail(), "a;b}c"));
    assert_null(strstr(err_detail(), "4416"));
}

static void failures_are_told_apart(void **state)
{
    (void)state;
    refuses("{table: nix, page_by: [bh]}", RC_SOURCE_DB, "42S02");
    refuses("{query: 'select nix from dibao'}", RC_SOURCE_DB, "42S22");
    refuses("{query: 'select bh, xm from dibao', page_by: [nix]}", RC_SOURCE_DB, "42S22");
    refuses("{query: 'selekt'}", RC_SOURCE_DB, "42");
    refuses("{query: 'select bh, xm from dibao', count_query: 'select xm from dibao'}",
            RC_SOURCE_DB, "count_query");
    refuses("{query: \"select bh, xm from dibao where xm regexp '[44162419900101002X'\"}",
            RC_SOURCE_DB, "SQLSTATE");
    refuses("{table: mysql.global_priv}", RC_AUTH, "1142");
    connect_as("nobody", "");
    refuses(PAGED, RC_AUTH, "28000");
    r.source.connection =
        reading_yaml(&r, "{kind: odbc, dialect: mysql, connection_string: 'Driver=No Such'}");
    refuses(PAGED, RC_CONFIG, "SQLSTATE");
    r.source.connection =
        reading_yaml(&r, "{kind: odbc, dialect: mysql, connection_string: 'Driver=MariaDB Unicode;"
                         "SERVER=127.0.0.1;PORT=1'}");
    assert_int_equal(reading_pull(&r, PAGED), CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
}

static void slow_queries_end(void **state)
{
    (void)state;
    admin(FILL);
    connect_as("reader", ", statement_timeout: 1s");
    refuses("{query: 'select a.bh, a.xm from dibao a, dibao b, dibao c order by rand()'}",
            RC_SOURCE_DB, "超时");
}

/* Stopped, not killed: its socket stays open and says nothing. */
static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof text,
             "{kind: odbc, dialect: mysql, user: reader, password: '${env:MZ_PASSWORD}',"
             " connection_string: 'Driver=MariaDB Unicode;SOCKET=%s;DATABASE=mz;READ_TIMEOUT=2'}",
             sock);
    admin(FILL);
    r.source.connection = reading_yaml(&r, text);
    reading_open(&r, PAGED);
    assert_int_equal(reading_one(&r), CONN_PAGE);
    mariadb("pid", "| xargs kill -STOP");
    enum answer answer = reading_rest(&r);
    mariadb("pid", "| xargs kill -CONT");
    assert_int_equal(answer, CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    assert_int_equal(reading_rest(&r), CONN_END);
    assert_int_equal(r.rows, 1000);
}

static void nothing_can_be_written(void **state)
{
    (void)state;
    connect_as("root", "");
    admin("set password for root@localhost = password('a;b}c'); insert into mz.dibao values (1, "
          "'a', null)");
    static const char *const writers[] = {
        "{query: 'delete from dibao returning bh, xm'}",
        "{query: 'drop table dibao'}",
        "{query: 'select bh, xm from dibao', count_query: 'delete from dibao returning 1'}",
    };
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        assert_int_equal(reading_pull(&r, writers[i]), CONN_STOP);
        assert_int_equal(err_last(), RC_SOURCE_DB);
    }
    assert_int_equal(reading_pull(&r, PAGED), CONN_END);
    assert_string_equal(reading_all(&r, 0), "1|a\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_keep_their_digits),
        TEST(any_charset_arrives_as_utf8),
        TEST(bytes_of_gbk_are_converted),
        TEST(long_values_come_whole),
        TEST(missing_columns_are_null_and_told),
        TEST(pages_go_by_key),
        TEST(any_page_can_be_the_last_one_read),
        TEST(large_keys_are_told_apart),
        TEST(other_limits_bring_the_same),
        TEST(keys_must_be_unique_and_not_null),
        TEST(since_narrows_an_incremental_pull),
        TEST(all_pages_show_one_state),
        TEST(a_load_that_goes_on_is_left_alone),
        TEST(a_reload_in_between_spoils_the_delivery),
        TEST(a_server_killed_in_mid_result_goes_on),
        TEST(failures_are_told_apart),
        TEST(slow_queries_end),
        TEST(a_silent_server_is_given_up),
        TEST(nothing_can_be_written),
    };
    return cmocka_run_group_tests_name("odbc", tests, start_server, stop_server);
}
