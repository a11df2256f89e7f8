/* The postgres connector against a real server: tests/run-integration.sh sets PGHOST and kin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectors/postgres/postgres.h"

#define PAGES_MAX 200

static const char *const two_columns[] = {"BH", "xm"};

struct kit {
    struct arena *arena, *page_arena;
    struct key hash_key;
    struct source source;
    void *state;
    PGconn *admin;
    char *pages[PAGES_MAX], *positions[PAGES_MAX];
    unsigned char hashes[PAGES_MAX][PAGE_HASH];
    size_t page_n;
    int64_t first_row, advertised;
    char columns_seen[256], label[64];
    struct buf all;
};

static struct kit *kit;

static void admin(const char *sql)
{
    PGresult *res = PQexec(kit->admin, sql);
    if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQresultErrorMessage(res));
    }
    PQclear(res);
}

static struct yaml *yaml(const char *text)
{
    struct yaml *tree = NULL;
    assert_int_equal(yaml_parse(kit->arena, "test", str_from(text), &tree), RC_OK);
    return tree;
}

static int set_up(void **state)
{
    (void)state;
    kit = calloc(1, sizeof *kit);
    kit->arena = arena_new((size_t)64 << 20);
    kit->page_arena = arena_new((size_t)256 << 20);
    kit->hash_key = (struct key){.bytes = {1}, .is_set = true};
    buf_init(&kit->all, (size_t)64 << 20);
    kit->admin = PQconnectdb("");
    assert_int_equal(PQstatus(kit->admin), CONNECTION_OK);
    admin("set lock_timeout to 5000; set client_min_messages to warning; drop table if exists "
          "dibao; create table dibao (bh "
          "int, xm text, gxsj timestamp)");
    kit->source = (struct source){
        .dataset = "civil_affairs.allowance",
        .base_dir = "/",
        .columns = two_columns,
        .column_count = 2,
        .full_snapshot = true,
        .hash_key = &kit->hash_key,
        .page_rows = 100,
        .arena = kit->arena,
        .connection = yaml("{kind: postgres, conninfo: 'connect_timeout=5'}"),
    };
    return 0;
}

static void forget_pages(void)
{
    for (size_t i = 0; i < kit->page_n; i++) {
        free(kit->pages[i]);
        free(kit->positions[i]);
    }
    kit->page_n = 0;
}

static void close_source(void)
{
    if (kit->state != NULL) {
        connector_postgres.close(kit->state);
        kit->state = NULL;
    }
}

static int tear_down(void **state)
{
    (void)state;
    close_source();
    forget_pages();
    PQfinish(kit->admin);
    buf_done(&kit->all);
    arena_free(kit->arena);
    arena_free(kit->page_arena);
    free(kit);
    return 0;
}

/* ---- Pulling ---- */

static void open_source(const char *settings)
{
    close_source();
    kit->source.settings = yaml(settings);
    assert_int_equal(connector_postgres.open(&kit->source, &kit->state), RC_OK);
}

static void keep_page(const struct page *page)
{
    struct buf out;
    buf_init(&out, (size_t)64 << 20);
    size_t columns = kit->source.column_count;
    for (size_t i = 0; i < page->rows * columns; i++) {
        struct str v = str_is_null(page->values[i]) ? STR("<null>") : page->values[i];
        assert_int_equal(
            buf_printf(&out, "%.*s%s", STR_ARGS(v), (i + 1) % columns == 0 ? "\n" : "|"), RC_OK);
    }
    for (size_t i = 0; i < page->reject_count; i++) {
        assert_int_equal(buf_printf(&out, "!%lld\n", (long long)page->rejects[i].row), RC_OK);
    }
    assert_int_equal(buf_putc(&out, '\0'), RC_OK);
    assert_true(kit->page_n < PAGES_MAX);
    kit->pages[kit->page_n] = strdup(out.p);
    kit->positions[kit->page_n] =
        strndup(page->position.p != NULL ? page->position.p : "", page->position.n);
    memcpy(kit->hashes[kit->page_n++], page->hash, PAGE_HASH);
    snprintf(kit->columns_seen, sizeof kit->columns_seen, "%.*s", STR_ARGS(page->columns_seen));
    snprintf(kit->label, sizeof kit->label, "%.*s", STR_ARGS(page->label));
    kit->first_row = page->first_row;
    kit->advertised = page->advertised;
    buf_done(&out);
}

static enum answer read_one(void)
{
    int64_t after = 0;
    arena_reset(kit->page_arena);
    struct page page = {.arena = kit->page_arena};
    enum answer answer = connector_postgres.read(kit->state, &page, &after);
    if (answer == CONN_PAGE) {
        keep_page(&page);
    }
    return answer;
}

static enum answer read_all(void)
{
    enum answer answer = CONN_PAGE;
    while (answer == CONN_PAGE) {
        answer = read_one();
    }
    return answer;
}

static enum answer pull(const char *settings)
{
    forget_pages();
    open_source(settings);
    return read_all();
}

/* Lives until the next call. */
static const char *all_rows(size_t from)
{
    buf_reset(&kit->all);
    for (size_t i = from; i < kit->page_n; i++) {
        assert_int_equal(buf_puts(&kit->all, str_from(kit->pages[i])), RC_OK);
    }
    assert_int_equal(buf_putc(&kit->all, '\0'), RC_OK);
    return kit->all.p;
}

/* Ends every session of the connector. */
static void cut_connections(void)
{
    admin("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = "
          "'bidui'");
}

#define BY_NUMBER "{query: 'select bh, xm from dibao', order_by: [bh]}"
#define FILL \
    "insert into dibao select n, '名' || n from generate_series(1, 1000) n order by md5(n::text)"

/* ---- Reading ---- */

static void reads_rows_as_text(void **state)
{
    (void)state;
    admin("insert into dibao values (1, '𠮷野', '2026-11-22 08:00:00.5'), (2, null, null), (3, '', "
          "null)");
    assert_int_equal(pull("{query: 'select xm, bh, gxsj, 1.10 as je from dibao order by bh'}"),
                     CONN_END);
    assert_string_equal(all_rows(0), "1|𠮷野\n2|<null>\n3|\n");
    assert_string_equal(kit->columns_seen, "bh\ngxsj\nje\nxm");
    assert_int_equal(kit->advertised, -1);
    assert_int_equal(kit->first_row, 1);
    assert_int_equal(read_one(), CONN_END);
}

static void values_keep_their_digits_and_iso_dates(void **state)
{
    (void)state;
    static const char *const columns[] = {"je", "rq", "sj", "zt"};
    kit->source.columns = columns;
    kit->source.column_count = 4;
    admin("alter role bidui set datestyle to 'SQL, DMY'; alter role bidui set timezone to "
          "'America/New_York'");
    assert_int_equal(
        pull("{query: \"select 123456789012345678.900::numeric je, date '2026-11-22' rq,"
             " timestamptz '2026-11-22 00:00:00+00' sj, true zt\"}"),
        CONN_END);
    admin("alter role bidui reset all");
    assert_string_equal(all_rows(0),
                        "123456789012345678.900|2026-11-22|2026-11-22 08:00:00+08|t\n");
}

static void other_encodings_arrive_as_utf8(void **state)
{
    (void)state;
    admin("drop database if exists gbk_test");
    admin("create database gbk_test template template0 encoding 'EUC_CN' locale 'C'");
    kit->source.connection = yaml("{kind: postgres, conninfo: 'dbname=gbk_test'}");
    assert_int_equal(pull("{query: \"select 1 bh, '中文' xm\"}"), CONN_END);
    assert_string_equal(all_rows(0), "1|中文\n");
    close_source();
    admin("drop database gbk_test");
}

static void a_database_without_encoding_is_proven(void **state)
{
    (void)state;
    admin("drop database if exists ascii_test");
    admin("create database ascii_test template template0 encoding 'SQL_ASCII' locale 'C'");
    kit->source.connection = yaml("{kind: postgres, conninfo: 'dbname=ascii_test'}");
    assert_int_equal(pull("{query: \"select n bh, case n when 2 then E'\\\\xff\\\\xfe' else '好' "
                          "end xm from generate_series(1, 3) n\"}"),
                     CONN_END);
    assert_string_equal(all_rows(0), "1|好\n3|好\n!2\n");
    close_source();
    admin("drop database ascii_test");
}

static void missing_columns_are_null_and_told(void **state)
{
    (void)state;
    assert_int_equal(pull("{query: 'select 7 as bh'}"), CONN_END);
    assert_string_equal(all_rows(0), "7|<null>\n");
    assert_string_equal(kit->columns_seen, "bh");
}

static void no_rows_are_a_page_with_columns(void **state)
{
    (void)state;
    assert_int_equal(
        pull("{query: 'select bh, xm from dibao', count_query: 'select count(*) from dibao'}"),
        CONN_END);
    assert_int_equal(kit->page_n, 1);
    assert_string_equal(kit->pages[0], "");
    assert_string_equal(kit->columns_seen, "bh\nxm");
    assert_int_equal(kit->advertised, 0);
}

static void pages_have_a_size_a_hash_and_the_total(void **state)
{
    (void)state;
    admin(FILL);
    assert_int_equal(pull("{query: 'select bh, xm from dibao order by bh', count_query: 'select "
                          "count(*) from dibao'}"),
                     CONN_END);
    assert_int_equal(kit->page_n, 10);
    assert_int_equal(kit->advertised, 1000);
    assert_int_equal(kit->first_row, 901);
    assert_string_equal(kit->positions[9], "");
    assert_memory_not_equal(kit->hashes[0], kit->hashes[1], PAGE_HASH);
    unsigned char before[PAGE_HASH];
    memcpy(before, kit->hashes[3], PAGE_HASH);
    assert_int_equal(pull("{query: 'select bh, xm from dibao order by bh'}"), CONN_END);
    assert_memory_equal(kit->hashes[3], before, PAGE_HASH);
}

static void pages_end_early_when_rows_are_long(void **state)
{
    (void)state;
    assert_int_equal(
        pull("{query: \"select n bh, repeat('x', 1000000) xm from generate_series(1, 30) n\"}"),
        CONN_END);
    assert_true(kit->page_n > 2);
    assert_int_equal(pull("{query: \"select 1 bh, repeat('x', 9000000) xm\"}"), CONN_STOP);
    assert_int_equal(err_last(), RC_LIMIT);
}

static void since_narrows_an_incremental_pull(void **state)
{
    (void)state;
    const char *settings = "{query: 'select bh, xm from dibao where gxsj > {since} order by bh',"
                           " count_query: 'select count(*) from dibao where gxsj > {since}'}";
    admin("insert into dibao values (1, 'a', '2026-11-01'), (2, 'b', '2026-11-20')");
    assert_int_equal(pull(settings), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n2|b\n");
    kit->source.since = STR("2026-11-10T00:00:00");
    assert_int_equal(pull(settings), CONN_END);
    assert_string_equal(all_rows(0), "2|b\n");
    assert_int_equal(kit->advertised, 1);
}

/* ---- Going on where it stood ---- */

static void resumes_at_every_page(const char *settings)
{
    assert_int_equal(pull(settings), CONN_END);
    size_t pages = kit->page_n;
    char *positions[PAGES_MAX], rest[PAGES_MAX][65], got[65];
    assert_true(pages > 3);
    for (size_t i = 0; i < pages; i++) {
        positions[i] = arena_cstr(kit->arena, str_from(kit->positions[i]));
        crypto_sha256_hex(str_from(all_rows(i + 1)), rest[i]);
    }
    for (size_t i = 0; i < pages; i++) {
        kit->source.position = str_from(positions[i]);
        assert_int_equal(pull(settings), CONN_END);
        crypto_sha256_hex(str_from(all_rows(0)), got);
        assert_string_equal(got, rest[i]);
    }
    kit->source.position = STR("");
}

static void resumes_behind_any_page(void **state)
{
    (void)state;
    admin(FILL);
    resumes_at_every_page(BY_NUMBER);
    assert_int_equal(pull(BY_NUMBER), CONN_END);
    assert_int_equal(kit->first_row, 901);
    admin("update dibao set bh = bh / 10");
    resumes_at_every_page("{query: 'select bh, xm from dibao', order_by: [bh, xm]}");
}

static void order_by_must_be_unique_where_pages_meet(void **state)
{
    (void)state;
    admin(FILL);
    admin("update dibao set bh = 100 where bh = 101");
    assert_int_equal(pull(BY_NUMBER), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
    assert_int_equal(kit->page_n, 0);
}

static void order_by_must_not_be_null(void **state)
{
    (void)state;
    admin("insert into dibao values (1, 'a'), (null, 'b')");
    assert_int_equal(pull(BY_NUMBER), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
}

static void order_by_must_be_in_the_result(void **state)
{
    (void)state;
    assert_int_equal(pull("{query: 'select bh, xm from dibao', order_by: [nix]}"), CONN_STOP);
    assert_non_null(strstr(err_detail(), "42703"));
}

static void a_lost_connection_goes_on_behind_the_last_page(void **state)
{
    (void)state;
    kit->source.page_rows = 20;
    admin("insert into dibao select n, repeat('长', 30000) || n from generate_series(1, 400) n");
    open_source(BY_NUMBER);
    assert_int_equal(read_one(), CONN_PAGE);
    assert_int_equal(read_one(), CONN_PAGE);
    cut_connections();
    enum answer answer = read_all();
    assert_int_equal(answer, CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    assert_int_equal(read_all(), CONN_END);
    assert_int_equal(kit->page_n, 20);
    assert_int_equal(kit->first_row, 381);
    char got[65], wanted[65];
    crypto_sha256_hex(str_from(all_rows(0)), got);
    assert_int_equal(pull(BY_NUMBER), CONN_END);
    crypto_sha256_hex(str_from(all_rows(0)), wanted);
    assert_string_equal(got, wanted);
}

static void without_order_by_it_begins_again(void **state)
{
    (void)state;
    kit->source.page_rows = 20;
    admin("insert into dibao select n, repeat('长', 30000) || n from generate_series(1, 400) n");
    open_source("{query: 'select bh, xm from dibao order by bh'}");
    assert_int_equal(read_one(), CONN_PAGE);
    assert_int_equal(read_one(), CONN_PAGE);
    assert_int_equal(kit->first_row, 21);
    cut_connections();
    assert_int_equal(read_all(), CONN_RETRY);
    assert_int_equal(read_one(), CONN_PAGE);
    assert_int_equal(kit->first_row, 1);
}

static void a_server_that_is_not_there(void **state)
{
    (void)state;
    kit->source.connection = yaml("{kind: postgres, conninfo: 'host=/nonexistent'}");
    assert_int_equal(pull(BY_NUMBER), CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    kit->source.connection = yaml("{kind: postgres, conninfo: 'host=127.0.0.1 port=1'}");
    assert_int_equal(pull(BY_NUMBER), CONN_RETRY);
}

static void a_server_that_refuses_us(void **state)
{
    (void)state;
    kit->source.connection = yaml("{kind: postgres, conninfo: 'user=nobody_such'}");
    assert_int_equal(pull(BY_NUMBER), CONN_STOP);
    assert_int_equal(err_last(), RC_AUTH);
    assert_non_null(strstr(err_detail(), "28000"));
    kit->source.connection = yaml("{kind: postgres, conninfo: 'dbname=nowhere'}");
    assert_int_equal(pull(BY_NUMBER), CONN_STOP);
    assert_non_null(strstr(err_detail(), "3D000"));
    kit->source.connection = yaml("{kind: postgres, conninfo: 'host=a s3cret'}");
    assert_int_equal(pull(BY_NUMBER), CONN_STOP);
    assert_int_equal(err_last(), RC_CONFIG);
    assert_null(strstr(err_detail(), "s3cret"));
}

/* ---- TLS ---- */

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    union {
        struct sockaddr_in *in;
        struct sockaddr *any;
    } p = {.in = &a};
    assert_int_equal(bind(fd, p.any, n), 0);
    assert_int_equal(getsockname(fd, p.any, &n), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static void tls_cluster(const char *action, const char *dir, int port)
{
    const char *command = arena_printf(kit->arena, "%s/tests/integration/tls-cluster.sh %s '%s' %d",
                                       BIDUI_SOURCE_DIR, action, dir, port);
    assert_int_equal(system(command), 0);
}

static enum rc pull_tls(int port, const char *host, const char *ca, const char *verify)
{
    kit->source.connection =
        yaml(arena_printf(kit->arena,
                          "{kind: postgres, conninfo: 'host=%s hostaddr=127.0.0.1 port=%d', "
                          "ca_file: '%s', verify: %s}",
                          host, port, ca, verify));
    enum answer answer = pull(BY_NUMBER);
    assert_true(answer == CONN_RETRY || answer == CONN_STOP);
    return err_last();
}

/* The server lets nobody in: RC_AUTH says that its certificate was taken, RC_NET that it was not.
 */
static void the_servers_certificate_is_verified(void **state)
{
    (void)state;
    const char *tmp = getenv("BIDUI_TEST_TMP");
    const char *dir = arena_printf(kit->arena, "%s/tls", tmp != NULL ? tmp : "/tmp/bidui-tls-test");
    const char *ca = arena_printf(kit->arena, "%s/ca.crt", dir),
               *other = arena_printf(kit->arena, "%s/other.crt", dir);
    int port = free_port();
    (void)mkdir(dir, 0755);
    tls_cluster("start", dir, port);
    enum rc right = pull_tls(port, "mz.test", ca, "true"),
            wrong_name = pull_tls(port, "ybj.test", ca, "true");
    enum rc wrong_ca = pull_tls(port, "mz.test", other, "true"),
            unverified = pull_tls(port, "ybj.test", other, "false");
    tls_cluster("stop", dir, port);
    assert_int_equal(right, RC_AUTH);
    assert_int_equal(wrong_name, RC_NET);
    assert_int_equal(wrong_ca, RC_NET);
    assert_int_equal(unverified, RC_AUTH);
}

/* ---- Slices ---- */

#define SLICED "{query: 'select bh, xm from dibao', order_by: [bh], slices: 3}"

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A digest of the rows, whatever their order. */
static void sorted_rows(char out[65])
{
    static char *lines[5000];
    size_t n = 0;
    char *text = arena_cstr(kit->arena, str_from(all_rows(0))), *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        assert_true(n < 5000);
        lines[n++] = line;
    }
    qsort(lines, n, sizeof *lines, compare_lines);
    struct buf joined;
    buf_init(&joined, (size_t)64 << 20);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(buf_printf(&joined, "%s\n", lines[i]), RC_OK);
    }
    crypto_sha256_hex(buf_str(&joined), out);
    buf_done(&joined);
}

static void slices_bring_what_one_query_brings(void **state)
{
    (void)state;
    static const char *const settings[] = {
        SLICED,
        "{query: 'select bh, xm from dibao', order_by: [bh], slices: 4, slice_by: xm}",
        "{query: \"select bh, xm, nullif(bh % 5, 0) lx from dibao where gxsj is null or gxsj > "
        "{since}\","
        " order_by: [bh], slices: 3, slice_by: lx, count_query: 'select count(*) from dibao'}",
        "{query: 'select bh, xm, 1 as gd from dibao', order_by: [bh], slices: 3, slice_by: gd}",
    };
    char wanted[65], got[65];
    admin(FILL);
    assert_int_equal(pull(BY_NUMBER), CONN_END);
    sorted_rows(wanted);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        assert_int_equal(pull(settings[i]), CONN_END);
        sorted_rows(got);
        assert_string_equal(got, wanted);
    }
    assert_int_equal(pull(SLICED), CONN_END);
    assert_true(strncmp(kit->pages[0], "1|", 2) == 0 && strncmp(kit->pages[1], "334|", 4) == 0);
    assert_true(strncmp(kit->pages[2], "667|", 4) == 0 && strncmp(kit->pages[3], "101|", 4) == 0);
    resumes_at_every_page(SLICED);
    admin("truncate dibao");
    assert_int_equal(pull(SLICED), CONN_END);
    assert_int_equal(kit->page_n, 1);
    assert_string_equal(kit->columns_seen, "bh\nxm");
}

/* The rows change after the first connection has begun to look and before the others are there: its
 * count_query waits for a lock that is let go when the change is committed. */
static void slices_show_one_state(void **state)
{
    (void)state;
    char wanted[65], got[65];
    admin(FILL);
    assert_int_equal(pull(BY_NUMBER), CONN_END);
    sorted_rows(wanted);
    admin("select pg_advisory_lock(7)");
    assert_int_equal(
        PQsendQuery(kit->admin,
                    "begin; do $$ begin while not exists (select from pg_locks where locktype = "
                    "'advisory' and not granted) loop perform pg_sleep(0.01); end loop; end $$;"
                    "delete from dibao where bh > 300; insert into dibao values (900, 'new');"
                    "commit; select pg_advisory_unlock(7)"),
        1);
    assert_int_equal(pull("{query: 'select bh, xm from dibao', order_by: [bh], slices: 3,"
                          " count_query: 'select count(*) from dibao, pg_advisory_lock(7)'}"),
                     CONN_END);
    for (PGresult *res = PQgetResult(kit->admin); res != NULL; res = PQgetResult(kit->admin)) {
        PQclear(res);
    }
    sorted_rows(got);
    assert_string_equal(got, wanted);
    assert_int_equal(kit->advertised, 1000);
}

static void sliced_connections_may_break(void **state)
{
    (void)state;
    kit->source.page_rows = 20;
    admin("insert into dibao select n, repeat('长', 30000) || n from generate_series(1, 400) n");
    open_source(SLICED);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(read_one(), CONN_PAGE);
    }
    cut_connections();
    assert_int_equal(read_all(), CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    assert_int_equal(read_all(), CONN_END);
    char wanted[65], got[65];
    crypto_sha256_hex(str_from(all_rows(0)), got);
    assert_int_equal(pull(SLICED), CONN_END);
    crypto_sha256_hex(str_from(all_rows(0)), wanted);
    assert_string_equal(got, wanted);
}

/* ---- The control row ---- */

#define CONTROLLED                                        \
    "{query: 'select bh, xm from dibao', order_by: [bh]," \
    " control: {query: 'select zt, jzsj from kongzhi', done: 完成, as_of: jzsj}}"

static void control(const char *state, const char *as_of)
{
    admin(arena_printf(kit->arena,
                       "drop table if exists kongzhi; create table kongzhi as select '%s' zt, "
                       "'%s'::timestamp jzsj",
                       state, as_of));
}

static void a_load_that_goes_on_is_left_alone(void **state)
{
    (void)state;
    admin(FILL);
    control("装载中", "2026-11-22");
    assert_int_equal(pull(CONTROLLED), CONN_NOTHING);
    assert_int_equal(kit->page_n, 0);
    control("完成", "2026-11-22");
    assert_int_equal(pull(CONTROLLED), CONN_END);
    assert_int_equal(kit->page_n, 10);
    admin("truncate kongzhi");
    assert_int_equal(pull(CONTROLLED), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
}

static void a_reload_in_between_spoils_the_delivery(void **state)
{
    (void)state;
    admin(FILL);
    control("完成", "2026-11-22");
    open_source(CONTROLLED);
    assert_int_equal(read_one(), CONN_PAGE);
    control("完成", "2026-11-23");
    assert_int_equal(read_all(), CONN_STOP);
    assert_int_equal(err_last(), RC_INCOMPLETE);
    kit->source.position = str_from(arena_cstr(kit->arena, str_from(kit->positions[3])));
    assert_int_equal(pull(CONTROLLED), CONN_STOP);
    assert_int_equal(err_last(), RC_INCOMPLETE);
    control("完成", "2026-11-22");
    assert_int_equal(pull(CONTROLLED), CONN_END);
    assert_int_equal(kit->page_n, 6);
}

/* ---- Harmless ---- */

static void nothing_can_be_written(void **state)
{
    (void)state;
    static const char *const writers[] = {
        "{query: 'delete from dibao returning bh, xm'}",
        "{query: 'with d as (delete from dibao returning bh, xm) select * from d'}",
        "{query: 'drop table dibao'}",
        "{query: 'select bh, xm from dibao; delete from dibao'}",
        "{query: 'select bh, xm from dibao', count_query: 'delete from dibao returning 1'}",
        "{query: 'commit'}",
    };
    admin("insert into dibao values (1, 'a')");
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        assert_int_equal(pull(writers[i]), CONN_STOP);
        assert_int_equal(err_last(), RC_SOURCE_DB);
    }
    assert_int_equal(pull(BY_NUMBER), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n");
}

static void errors_quote_no_values(void **state)
{
    (void)state;
    admin("insert into dibao values (1, '44162419900101002X')");
    assert_int_equal(pull("{query: 'select xm::int bh, xm from dibao'}"), CONN_STOP);
    assert_int_equal(err_last(), RC_SOURCE_DB);
    assert_non_null(strstr(err_detail(), "SQLSTATE 22003"));
    assert_null(strstr(err_detail(), "4416"));
    assert_int_equal(pull("{query: 'select 1 / (bh - 1) bh, xm from dibao'}"), CONN_STOP);
    assert_non_null(strstr(err_detail(), "22012"));
}

static void slow_queries_end(void **state)
{
    (void)state;
    kit->source.connection = yaml("{kind: postgres, conninfo: '', statement_timeout: 1s}");
    assert_int_equal(pull("{query: \"select 1 bh, pg_sleep(20)::text xm\"}"), CONN_STOP);
    assert_non_null(strstr(err_detail(), "57014"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_rows_as_text),
        TEST(values_keep_their_digits_and_iso_dates),
        TEST(other_encodings_arrive_as_utf8),
        TEST(a_database_without_encoding_is_proven),
        TEST(missing_columns_are_null_and_told),
        TEST(no_rows_are_a_page_with_columns),
        TEST(pages_have_a_size_a_hash_and_the_total),
        TEST(pages_end_early_when_rows_are_long),
        TEST(since_narrows_an_incremental_pull),
        TEST(resumes_behind_any_page),
        TEST(order_by_must_be_unique_where_pages_meet),
        TEST(order_by_must_not_be_null),
        TEST(order_by_must_be_in_the_result),
        TEST(a_lost_connection_goes_on_behind_the_last_page),
        TEST(without_order_by_it_begins_again),
        TEST(a_server_that_is_not_there),
        TEST(a_server_that_refuses_us),
        TEST(the_servers_certificate_is_verified),
        TEST(slices_bring_what_one_query_brings),
        TEST(slices_show_one_state),
        TEST(sliced_connections_may_break),
        TEST(a_load_that_goes_on_is_left_alone),
        TEST(a_reload_in_between_spoils_the_delivery),
        TEST(nothing_can_be_written),
        TEST(errors_quote_no_values),
        TEST(slow_queries_end),
    };
    return cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
