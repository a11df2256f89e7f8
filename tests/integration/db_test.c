/* The database layer against a real server: tests/run-integration.sh sets PGHOST and kin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pipeline/db.h"

#define assert_rc(expr, rc) assert_int_equal((expr), (rc))
#define assert_ok(expr)                                                     \
    do {                                                                    \
        enum rc ok_rc_ = (expr);                                            \
        if (ok_rc_ != RC_OK) {                                              \
            fail_msg("%s: %s %s", #expr, err_symbol(ok_rc_), err_detail()); \
        }                                                                   \
    } while (0)

static struct db *db;
static struct arena *arena;

static struct db *connect_now(void)
{
    struct db *d = NULL;
    assert_ok(db_open("", "bidui db_test", &d));
    return d;
}

static void in_transaction(const char *sql)
{
    assert_ok(db_begin(db));
    assert_ok(db_exec(db, sql));
    assert_ok(db_commit(db));
}

static int64_t i64(const char *sql)
{
    int64_t v = -1;
    assert_ok(db_query_i64(db, sql, DB_NONE, &v));
    return v;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    db = connect_now();
    in_transaction("drop schema if exists bidui cascade; create schema bidui;"
                   "create table t (id bigint primary key, name text)");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_close(db);
    arena_free(arena);
    return 0;
}

/* ---- Sessions ---- */

static void opens_with_our_settings(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } wanted[] = {
        {"search_path", "bidui, public"},
        {"client_encoding", "UTF8"},
        {"DateStyle", "ISO, YMD"},
        {"TimeZone", "Asia/Shanghai"},
        {"bytea_output", "hex"},
        {"application_name", "bidui db_test"},
        {"jit", "off"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct str v = STR_NULL;
        assert_ok(
            db_query_text(db, arena, "select current_setting($1)", DB_PARAMS(wanted[i].name), &v));
        assert_string_equal(v.p, wanted[i].value);
    }
}

static void a_server_that_is_not_there(void **state)
{
    (void)state;
    struct db *d = NULL;
    assert_rc(db_open("host=/nonexistent", "x", &d), RC_DB_DOWN);
    assert_null(d);
    assert_true(strlen(err_detail()) > 0);
}

static void a_broken_conninfo_is_not_quoted(void **state)
{
    (void)state;
    struct db *d = NULL;
    assert_rc(db_open("host=a s3cret", "x", &d), RC_CONFIG);
    assert_null(strstr(err_detail(), "s3cret"));
}

static void settings_reach_copy(void **state)
{
    (void)state;
    assert_ok(db_set(db, "bidui.county", "441624"));
    DB_FETCH struct fetch *f = NULL;
    bool have = false;
    assert_ok(fetch_begin(
        db, "copy (select current_setting('bidui.county')) to stdout (format binary)", 1, &f));
    assert_ok(fetch_next(f, &have));
    assert_true(have && str_is(fetch_text(f, 0), "441624"));
    assert_ok(fetch_next(f, &have));
    assert_false(have);
}

/* ---- Transactions ---- */

static void writes_need_a_transaction(void **state)
{
    (void)state;
    DB_RESULT PGresult *res = NULL;
    struct copy *c = NULL;
    assert_rc(db_run(db, "insert into t values (1)", DB_NONE, NULL), RC_BUG);
    assert_rc(db_exec(db, "insert into t values (1)"), RC_BUG);
    assert_rc(copy_begin(db, "copy t from stdin (format binary)", 2, &c), RC_BUG);
    assert_rc(db_query(db, "insert into t values (1) returning id", DB_NONE, &res), RC_DB);
    assert_string_equal(db_sqlstate(db), "25006");
    assert_int_equal(i64("select count(*) from t"), 0);
}

static void commit_keeps_and_rollback_does_not(void **state)
{
    (void)state;
    int64_t rows = 0;
    assert_ok(db_begin(db));
    assert_ok(
        db_run(db, "insert into t select generate_series(1, $1::int)", DB_PARAMS("3"), &rows));
    assert_int_equal(rows, 3);
    assert_ok(db_commit(db));
    {
        DB_ROLLBACK struct db *tx = db;
        assert_ok(db_begin(tx));
        assert_ok(db_run(tx, "delete from t", DB_NONE, NULL));
    }
    assert_false(db_in_transaction(db));
    assert_int_equal(i64("select count(*) from t"), 3);
}

static void commit_of_a_failed_transaction_fails(void **state)
{
    (void)state;
    assert_ok(db_begin(db));
    assert_ok(db_run(db, "insert into t values (9)", DB_NONE, NULL));
    assert_rc(db_run(db, "insert into t values (9)", DB_NONE, NULL), RC_DB);
    assert_string_equal(db_sqlstate(db), "23505");
    assert_rc(db_commit(db), RC_DB);
    assert_false(db_in_transaction(db));
    assert_int_equal(i64("select count(*) from t"), 0);
}

static void reading_transactions_hold_one_snapshot(void **state)
{
    (void)state;
    struct db *other = connect_now();
    assert_ok(db_begin_read(db));
    assert_int_equal(i64("select count(*) from t"), 0);
    assert_ok(db_begin(other));
    assert_ok(db_run(other, "insert into t values (1)", DB_NONE, NULL));
    assert_ok(db_commit(other));
    assert_int_equal(i64("select count(*) from t"), 0);
    assert_rc(db_run(db, "insert into t values (2)", DB_NONE, NULL), RC_DB);
    db_rollback(db);
    assert_int_equal(i64("select count(*) from t"), 1);
    db_close(other);
}

static void make_fence(void)
{
    in_transaction(
        "create table fence (n bigint); insert into fence values (7);"
        "create function bidui.verify_fence(c text, e int, f bigint) returns void language plpgsql "
        "as $$"
        "begin if not exists (select from fence where n = f and c = '441624' and e = 3) then"
        "  raise exception 'fenced' using errcode = 'BD001'; end if; end $$");
}

static void the_fence_stops_a_stale_run(void **state)
{
    (void)state;
    make_fence();
    db_set_fence(db, "441624", 3, 7);
    in_transaction("insert into t values (1)");
    db_set_fence(db, "441624", 3, 6);
    assert_ok(db_begin(db));
    assert_ok(db_run(db, "insert into t values (2)", DB_NONE, NULL));
    assert_rc(db_commit(db), RC_FENCED);
    assert_false(db_in_transaction(db));
    assert_int_equal(i64("select count(*) from t"), 1);
    db_clear_fence(db);
    in_transaction("insert into t values (2)");
}

/* ---- Statements ---- */

static void values_come_and_go(void **state)
{
    (void)state;
    DB_RESULT PGresult *res = NULL;
    assert_ok(db_query(
        db, "select $1::text, $2::text, 42::bigint, true, date '2026-11-22', null::date, ''",
        DB_PARAMS("𠮷·'\"", NULL), &res));
    assert_true(str_is(db_text(res, 0, 0), "𠮷·'\""));
    assert_true(str_is_null(db_text(res, 0, 1)));
    assert_int_equal(db_i64(res, 0, 2), 42);
    assert_true(db_bool(res, 0, 3));
    assert_int_equal(db_date(res, 0, 4), date_from_ymd(2026, 11, 22));
    assert_int_equal(db_date(res, 0, 5), DATE_NONE);
    assert_true(!str_is_null(db_text(res, 0, 6)) && str_is_empty(db_text(res, 0, 6)));
}

static void missing_values(void **state)
{
    (void)state;
    int64_t v = 5;
    struct str s = STR("x");
    assert_rc(db_query_i64(db, "select id from t", DB_NONE, &v), RC_NOT_FOUND);
    assert_rc(db_query_i64(db, "select null::int", DB_NONE, &v), RC_NOT_FOUND);
    assert_int_equal(v, 5);
    assert_ok(db_query_text(db, arena, "select name from t", DB_NONE, &s));
    assert_true(str_is_null(s));
}

static void arrays_and_identifiers(void **state)
{
    (void)state;
    const struct str items[] = {STR("a,b"), STR("q\"\\"), STR_NULL,
                                STR(""),    STR("NULL"),  STR("中 文")};
    struct str all = STR_NULL;
    assert_ok(db_query_text(db, arena, "select array_to_string($1::text[], '|', 'null')",
                            DB_PARAMS(db_array(arena, items, 6)), &all));
    assert_string_equal(all.p, "a,b|q\"\\|null||NULL|中 文");
    assert_string_equal(db_array(arena, NULL, 0), "{}");
    char *quoted = NULL;
    assert_ok(db_quote_ident(db, arena, STR("a\"; drop"), &quoted));
    assert_string_equal(quoted, "\"a\"\"; drop\"");
}

static void errors_quote_no_values(void **state)
{
    (void)state;
    DB_RESULT PGresult *res = NULL;
    assert_rc(db_query(db, "select $1::text::bigint", DB_PARAMS("44162419900101002X"), &res),
              RC_DB_DATA);
    assert_null(strstr(err_detail(), "4416"));
    assert_non_null(strstr(err_detail(), "22P02"));
    assert_ok(db_begin(db));
    assert_ok(db_run(db, "insert into t values (123456789)", DB_NONE, NULL));
    assert_rc(db_run(db, "insert into t values (123456789)", DB_NONE, NULL), RC_DB);
    assert_null(strstr(err_detail(), "123456789"));
    assert_non_null(strstr(err_detail(), "t_pkey"));
    db_rollback(db);
}

struct sum {
    int64_t rows, total, stop_at;
};

static enum rc add_up(void *ctx, const PGresult *row)
{
    struct sum *s = ctx;
    s->total += db_i64(row, 0, 0);
    return ++s->rows == s->stop_at ? err_fail(RC_LIMIT, "enough") : RC_OK;
}

static void each_row_in_turn(void **state)
{
    (void)state;
    struct sum s = {0, 0, 0};
    assert_ok(db_each(db, "select generate_series(1, $1::int)", DB_PARAMS("1000"), add_up, &s));
    assert_int_equal(s.total, 500500);
    s = (struct sum){0, 0, 3};
    assert_rc(db_each(db, "select generate_series(1, 10000000)", DB_NONE, add_up, &s), RC_LIMIT);
    assert_string_equal(err_detail(), "enough");
    s = (struct sum){0, 0, 0};
    assert_rc(db_each(db, "select 1 / (3 - n) from generate_series(1, 5) n", DB_NONE, add_up, &s),
              RC_DB_DATA);
    assert_string_equal(db_sqlstate(db), "22012");
    assert_int_equal(i64("select 1"), 1);
}

/* The second session answers although the first one's answer has not been taken yet. */
static void asked_now_answered_later(void **state)
{
    (void)state;
    DB_RESULT PGresult *res = NULL;
    struct db *other = connect_now();
    assert_ok(db_ask(other, "select $1::int + 1", DB_PARAMS("41")));
    assert_int_equal(i64("select 7"), 7);
    assert_ok(db_answer(other, &res));
    assert_int_equal(db_i64(res, 0, 0), 42);
    db_result_cleanup(&res);
    assert_ok(db_ask(other, "select 1 / $1::int", DB_PARAMS("0")));
    assert_rc(db_answer(other, &res), RC_DB_DATA);
    assert_null(res);
    assert_ok(db_ask(other, "select 3", DB_NONE)); /* a failure leaves the session fit for use */
    assert_ok(db_answer(other, &res));
    assert_int_equal(db_i64(res, 0, 0), 3);
    assert_ok(db_ask(other, "select pg_sleep(60)", DB_NONE));
    db_close(other); /* in the middle of it */
}

/* ---- COPY ---- */

#define ALL_SQL "copy everything from stdin (format binary)"
#define ALL_COLUMNS 11

static void make_everything(void)
{
    in_transaction("create table everything (a text, b bytea, c bool, d smallint, e int, f bigint, "
                   "g date, h timestamp,"
                   " i bigint[], j text[], k text)");
}

static void put_everything(struct copy *c)
{
    const int64_t numbers[] = {1, -2, INT64_MAX};
    const struct str texts[] = {STR("x"), STR_NULL, STR("")};
    assert_ok(copy_row(c));
    copy_text(c, STR("𠮷野·家"));
    copy_bytes(c, STR("\0\xff"));
    copy_bool(c, true);
    copy_i16(c, -3);
    copy_i32(c, INT32_MIN);
    copy_i64(c, INT64_MIN);
    copy_date(c, date_from_ymd(1999, 12, 31));
    copy_instant(c, 1);
    copy_i64_array(c, numbers, 3);
    copy_text_array(c, texts, 3);
    copy_null(c);
    assert_ok(copy_row(c));
    copy_text(c, STR(""));
    copy_bytes(c, STR_NULL);
    copy_bool(c, false);
    copy_i16(c, 7);
    copy_i32(c, 8);
    copy_i64(c, 9);
    copy_date(c, DATE_NONE);
    copy_instant(c, 0);
    copy_i64_array(c, NULL, 0);
    copy_text_array(c, NULL, 0);
    copy_text(c, STR_NULL);
}

static void check_everything(void)
{
    DB_RESULT PGresult *res = NULL;
    assert_ok(db_query(db,
                       "select concat_ws('~', a, b, c, d, e, f, g, h, i, j, k is null, b is null, "
                       "g is null) from everything"
                       " order by d",
                       DB_NONE, &res));
    assert_int_equal(PQntuples(res), 2);
    assert_string_equal(PQgetvalue(res, 0, 0),
                        "𠮷野·家~\\x00ff~t~-3~-2147483648~-9223372036854775808~1999-12-31~2000-01-"
                        "01 00:00:00.000001"
                        "~{1,-2,9223372036854775807}~{x,NULL,\"\"}~t~f~f");
    assert_string_equal(PQgetvalue(res, 1, 0), "~f~7~8~9~2000-01-01 00:00:00~{}~{}~t~t~t");
}

static void copy_writes_every_type(void **state)
{
    (void)state;
    struct copy *c = NULL;
    make_everything();
    assert_ok(db_begin(db));
    assert_ok(copy_begin(db, ALL_SQL, ALL_COLUMNS, &c));
    put_everything(c);
    assert_int_equal(copy_rows(c), 2);
    assert_ok(copy_end(c));
    assert_ok(db_commit(db));
    check_everything();
}

static void held_rows_are_sent_together(void **state)
{
    (void)state;
    DB_COPY struct copy *c = copy_hold(ALL_SQL, ALL_COLUMNS, 1 << 20);
    DB_COPY struct copy *t = copy_hold("copy t from stdin (format binary)", 2, 1 << 20);
    make_everything();
    put_everything(c);
    assert_ok(copy_row(t));
    copy_i64(t, 5);
    copy_null(t);
    assert_rc(copy_send(t, db), RC_BUG);
    assert_ok(db_begin(db));
    assert_ok(copy_send(c, db));
    assert_ok(copy_send(t, db));
    assert_int_equal(copy_rows(t), 0);
    assert_ok(copy_send(t, db));
    assert_ok(db_commit(db));
    check_everything();
    assert_int_equal(i64("select count(*) from t"), 1);
}

static void a_held_writer_has_a_limit(void **state)
{
    (void)state;
    char text[3000] = {0};
    memset(text, 'x', sizeof text);
    DB_COPY struct copy *c = copy_hold("copy t from stdin (format binary)", 1, 4096);
    assert_ok(copy_row(c));
    copy_text(c, str_of(text, sizeof text));
    assert_ok(copy_row(c));
    copy_text(c, str_of(text, sizeof text));
    assert_rc(copy_row(c), RC_LIMIT);
}

static void a_row_must_have_its_fields(void **state)
{
    (void)state;
    DB_COPY struct copy *c = copy_hold("copy t from stdin (format binary)", 2, 1 << 20);
    assert_ok(copy_row(c));
    copy_i64(c, 1);
    assert_rc(copy_row(c), RC_BUG);
    assert_rc(copy_send(c, db), RC_BUG);
}

static void much_is_streamed_out_and_in(void **state)
{
    (void)state;
    enum { ROWS = 200000 };
    struct copy *c = NULL;
    assert_ok(db_begin(db));
    assert_ok(copy_begin(db, "copy t (id, name) from stdin (format binary)", 2, &c));
    for (int64_t i = 0; i < ROWS; i++) {
        assert_ok(copy_row(c));
        copy_i64(c, i);
        copy_text(c, i % 2 == 0 ? STR("双数") : STR_NULL);
    }
    assert_ok(copy_end(c));
    assert_ok(db_commit(db));
    DB_FETCH struct fetch *f = NULL;
    assert_ok(fetch_begin(
        db,
        "copy (select id, name, id::int, (id % 2)::smallint, id = 1, date '2026-11-22', null::date,"
        " timestamp '2000-01-01 00:00:01' from t order by t.id) to stdout (format binary)",
        8, &f));
    int64_t n = 0;
    for (bool have = false;; n++) {
        assert_ok(fetch_next(f, &have));
        if (!have) {
            break;
        }
        assert_true(fetch_i64(f, 0) == n && fetch_i32(f, 2) == n && fetch_i16(f, 3) == n % 2 &&
                    fetch_bool(f, 4) == (n == 1));
        assert_true(fetch_is_null(f, 1) == (n % 2 == 1) &&
                    (n % 2 == 1 || str_is(fetch_text(f, 1), "双数")));
        assert_true(fetch_date(f, 5) == date_from_ymd(2026, 11, 22) &&
                    fetch_date(f, 6) == DATE_NONE);
        assert_true(fetch_instant(f, 7) == 1000000);
    }
    assert_int_equal(n, ROWS);
}

static void a_refused_copy_says_why(void **state)
{
    (void)state;
    struct copy *c = NULL;
    assert_ok(db_begin(db));
    assert_rc(copy_begin(db, "copy nowhere from stdin (format binary)", 2, &c), RC_DB);
    assert_string_equal(db_sqlstate(db), "42P01");
    db_rollback(db);
    assert_ok(db_begin(db));
    assert_ok(copy_begin(db, "copy t from stdin (format binary)", 2, &c));
    enum rc rc = RC_OK;
    for (int64_t i = 0; i < 100000 && rc == RC_OK; i++) {
        rc = copy_row(c);
        copy_i64(c, 1);
        copy_text(c, STR("440000199001010000"));
    }
    enum rc end = copy_end(c);
    assert_rc(rc != RC_OK ? rc : end, RC_DB);
    assert_string_equal(db_sqlstate(db), "23505");
    assert_null(strstr(err_detail(), "440000"));
    db_rollback(db);
    assert_int_equal(i64("select count(*) from t"), 0);
}

static void an_abandoned_copy_leaves_nothing(void **state)
{
    (void)state;
    assert_ok(db_begin(db));
    {
        DB_COPY struct copy *c = NULL;
        assert_ok(copy_begin(db, "copy t from stdin (format binary)", 2, &c));
        assert_ok(copy_row(c));
        copy_i64(c, 1);
        copy_null(c);
    }
    db_rollback(db);
    assert_int_equal(i64("select count(*) from t"), 0);
}

static void rollback_ends_a_copy(void **state)
{
    (void)state;
    struct copy *c = NULL;
    assert_ok(db_begin(db));
    assert_ok(copy_begin(db, "copy t from stdin (format binary)", 2, &c));
    db_rollback(db);
    copy_free(c);
    assert_int_equal(i64("select count(*) from t"), 0);
}

static void a_fetch_may_stop_early(void **state)
{
    (void)state;
    bool have = false;
    {
        DB_FETCH struct fetch *f = NULL;
        assert_ok(fetch_begin(
            db, "copy (select generate_series(1, 10000000)) to stdout (format binary)", 1, &f));
        assert_ok(fetch_next(f, &have));
        assert_int_equal(fetch_i32(f, 0), 1);
    }
    assert_int_equal(i64("select 2"), 2);
    DB_FETCH struct fetch *f = NULL;
    assert_ok(fetch_begin(
        db, "copy (select 1 / (3 - n) from generate_series(1, 5) n) to stdout (format binary)", 1,
        &f));
    enum rc rc = RC_OK;
    while (rc == RC_OK) {
        rc = fetch_next(f, &have);
        assert_true(rc != RC_OK || have);
    }
    assert_rc(rc, RC_DB_DATA);
}

static void a_wrong_width_is_noticed(void **state)
{
    (void)state;
    bool have = false;
    DB_FETCH struct fetch *f = NULL;
    assert_ok(fetch_begin(db, "copy (select 1::int) to stdout (format binary)", 1, &f));
    assert_ok(fetch_next(f, &have));
    assert_int_equal(fetch_i64(f, 0), 0);
    assert_rc(fetch_next(f, &have), RC_BUG);
}

/* ---- Losing the server ---- */

static void kill_session(const struct db *victim)
{
    struct db *other = connect_now();
    char pid[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    assert_ok(db_query(other, "select pg_terminate_backend($1::int, 5000)",
                       DB_PARAMS(db_number(db_backend_pid(victim), pid)), &res));
    db_close(other);
}

static void a_lost_connection_is_told_apart(void **state)
{
    (void)state;
    int64_t v = 0;
    assert_ok(db_begin(db));
    assert_ok(db_run(db, "insert into t values (1)", DB_NONE, NULL));
    kill_session(db);
    assert_rc(db_commit(db), RC_DB_DOWN);
    assert_rc(db_query_i64(db, "select 1", DB_NONE, &v), RC_DB_DOWN);
    assert_rc(db_begin(db), RC_DB_DOWN);
    db_rollback(db);
}

static void a_copy_notices_the_loss(void **state)
{
    (void)state;
    struct copy *c = NULL;
    assert_ok(db_begin(db));
    assert_ok(copy_begin(db, "copy t from stdin (format binary)", 2, &c));
    kill_session(db);
    enum rc rc = RC_OK;
    for (int64_t i = 0; i < 100000 && rc == RC_OK; i++) {
        rc = copy_row(c);
        copy_i64(c, i);
        copy_text(c, STR("abcdefghijklmnop"));
    }
    enum rc end = copy_end(c);
    assert_rc(rc != RC_OK ? rc : end, RC_DB_DOWN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(opens_with_our_settings),
        TEST(a_server_that_is_not_there),
        TEST(a_broken_conninfo_is_not_quoted),
        TEST(settings_reach_copy),
        TEST(writes_need_a_transaction),
        TEST(commit_keeps_and_rollback_does_not),
        TEST(commit_of_a_failed_transaction_fails),
        TEST(reading_transactions_hold_one_snapshot),
        TEST(the_fence_stops_a_stale_run),
        TEST(values_come_and_go),
        TEST(missing_values),
        TEST(arrays_and_identifiers),
        TEST(errors_quote_no_values),
        TEST(each_row_in_turn), TEST(asked_now_answered_later),
        TEST(copy_writes_every_type),
        TEST(held_rows_are_sent_together),
        TEST(a_held_writer_has_a_limit),
        TEST(a_row_must_have_its_fields),
        TEST(much_is_streamed_out_and_in),
        TEST(a_refused_copy_says_why),
        TEST(an_abandoned_copy_leaves_nothing),
        TEST(rollback_ends_a_copy),
        TEST(a_fetch_may_stop_early),
        TEST(a_wrong_width_is_noticed),
        TEST(a_lost_connection_is_told_apart),
        TEST(a_copy_notices_the_loss),
    };
    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
