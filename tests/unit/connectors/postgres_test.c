/* The parts of the postgres connector that need no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connectors/postgres/postgres.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void a_plain_query_stays_as_it_is(void **state)
{
    (void)state;
    struct statement st;
    struct question q = {.query = STR(" select 1 ; "), .since = STR("")};
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.sql, "select 1");
    assert_int_equal(st.nparams, 0);
}

static void since_is_a_parameter(void **state)
{
    (void)state;
    struct statement st;
    struct question q = {.query = STR("select * from a where t > {since} or u > {since}"),
                         .since = STR("2026-11-22T08:00:00")};
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.sql, "select * from a where t > $1::timestamp or u > $1::timestamp");
    assert_int_equal(st.nparams, 1);
    assert_string_equal(st.params[0], "2026-11-22T08:00:00");
    q.since = STR("");
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.params[0], "1900-01-01");
}

static void a_range_has_both_ends_as_parameters(void **state)
{
    (void)state;
    struct statement st;
    static const char *const order[] = {"a"};
    struct question q = {.query = STR("select * from a where t < {until} and t > {since} or u < {until}"),
                         .since = STR("2025-12-31T23:59:59"),
                         .until = STR("2026-02-01T00:00:00"),
                         .order = order};
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.sql, "select * from a where t < $2::timestamp and t > $1::timestamp or u < $2::timestamp");
    assert_int_equal(st.nparams, 2);
    assert_string_equal(st.params[0], "2025-12-31T23:59:59");
    assert_string_equal(st.params[1], "2026-02-01T00:00:00");
    q.until = STR(""); /* any other night */
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.params[1], "9999-12-31 00:00:00");
    q.query = STR("select * from a where t < {until}");
    q.slice_by = "a";
    q.lower = "5";
    q.order_n = 1;
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.sql, "select * from (select * from a where t < $1::timestamp\n) bidui_source"
                                " where (\"a\" >= $2) is not false order by \"a\"");
    assert_int_equal(st.nparams, 2);
}

static void an_ordered_query_goes_on_behind_a_position(void **state)
{
    (void)state;
    static const char *const order[] = {"a", "B\"c"};
    const char *keys[] = {"1", "x"};
    struct question q = {
        .query = STR("select * from q -- all;"), .since = STR(""), .order = order, .order_n = 2};
    struct statement st;
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(
        st.sql, "select * from (select * from q -- all\n) bidui_source order by \"a\", \"B\"\"c\"");
    assert_int_equal(st.nparams, 0);
    q.query = STR("select * from q where t > {since}");
    q.since = STR("2026-01-01");
    q.behind = (struct position){10, keys, 2};
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(
        st.sql, "select * from (select * from q where t > $1::timestamp\n) bidui_source"
                " where ((\"a\", \"B\"\"c\") > ($2, $3)) is not false order by \"a\", \"B\"\"c\"");
    assert_int_equal(st.nparams, 3);
    assert_string_equal(st.params[1], "1");
    assert_string_equal(st.params[2], "x");
}

static void slices_meet_without_a_gap(void **state)
{
    (void)state;
    static const char *const order[] = {"a"};
    const char *keys[] = {"7"};
    struct question q = {.query = STR("select a from q"),
                         .since = STR(""),
                         .order = order,
                         .order_n = 1,
                         .slice_by = "a",
                         .upper = "5"};
    struct statement st;
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(
        st.sql, "select * from (select a from q\n) bidui_source where \"a\" < $1 order by \"a\"");
    q.lower = "5";
    q.upper = NULL;
    q.behind = (struct position){1, keys, 1};
    assert_int_equal(statement_write(arena, &q, &st), RC_OK);
    assert_string_equal(st.sql,
                        "select * from (select a from q\n) bidui_source where (\"a\" >= $1) is"
                        " not false and ((\"a\") > ($2)) is not false order by \"a\"");
    assert_string_equal(st.params[0], "5");
    assert_string_equal(st.params[1], "7");
}

static void positions_survive_any_text(void **state)
{
    (void)state;
    const char *keys[] = {"3:a;", "", "𠮷\"\n"};
    const struct position p = {77, keys, 3};
    struct position back;
    struct buf out;
    buf_init(&out, 1000);
    assert_int_equal(position_write(&p, &out), RC_OK);
    assert_int_equal(position_read(arena, buf_str(&out), 3, &back), RC_OK);
    assert_int_equal(back.rows, 77);
    assert_int_equal(back.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(back.keys[i], keys[i]);
    }
    assert_int_equal(position_read(arena, STR(""), 3, &back), RC_OK);
    assert_int_equal(back.n, 0);
    buf_done(&out);
}

static void a_strange_position_is_refused(void **state)
{
    (void)state;
    static const char *const strange[] = {
        "x", "1;", "1;3:ab", "1;-1:", "1;1:ab", "1;1:a1:b", "1;1", ";1:a"};
    struct position p;
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        assert_int_equal(position_read(arena, str_from(strange[i]), 1, &p), RC_STATE);
    }
}

static void the_state_is_read_off_the_message(void **state)
{
    (void)state;
    char out[6];
    session_state_of("connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01\n",
                     out);
    assert_string_equal(out, "28P01");
    session_state_of("致命错误:  3D000\n", out);
    assert_string_equal(out, "3D000");
    session_state_of("connection to server failed: Connection refused", out);
    assert_string_equal(out, "");
    session_state_of("12345", out);
    assert_string_equal(out, "");
}

static void states_have_their_consequence(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        enum rc rc;
    } cases[] = {
        {"08006", RC_NET},       {"57P01", RC_NET},       {"53300", RC_NET},
        {"40001", RC_NET},       {"57014", RC_SOURCE_DB}, {"28P01", RC_AUTH},
        {"42501", RC_AUTH},      {"42P01", RC_SOURCE_DB}, {"22P02", RC_SOURCE_DB},
        {"XX000", RC_SOURCE_DB},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(session_rc_of(cases[i].sqlstate), cases[i].rc);
    }
}

static struct yaml *yaml(const char *text)
{
    struct yaml *tree = NULL;
    assert_int_equal(yaml_parse(arena, "test", str_from(text), &tree), RC_OK);
    return tree;
}

static void mistakes_in_the_configuration_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *connection, *settings;
        size_t problems;
    } cases[] = {
        {"{conninfo: '${env:X}'}", "{query: 'select 1'}", 0},
        {"{conninfo: 'host=a password=b'}", "{query: 'select 1'}", 1},
        {"{conninfo: 'host=a', verify: true}", "{query: 'select 1'}", 1},
        {"{conninfo: 'host=a', verify: true, ca_file: x}", "{query: 'select 1'}", 0},
        {"{conninfo: 'host=a'}", "{query: 'select 1 where t > {since}'}", 1},
        {"{conninfo: 'host=a'}", "{query: 'select 1', incremental: {by: t}}", 1},
        {"{conninfo: 'host=a'}", "{query: \"select 1 where t > '{since}'\", incremental: {by: t}}",
         1},
        {"{conninfo: 'host=a'}", "{query: 'select 1', order_by: a}", 1},
        {"{conninfo: 'host=a'}", "{query: 'select 1', order_by: [a, a]}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problems problems;
        problems_init(&problems, arena);
        const struct yaml *settings = yaml(cases[i].settings),
                          *connection = yaml(cases[i].connection);
        keys_check(&problems, connection, connector_postgres.connection_keys);
        if (yaml_get(settings, "incremental") == NULL) { /* the engine's key, not the transport's */
            keys_check(&problems, settings, connector_postgres.dataset_keys);
        }
        connector_postgres.check(connection, settings, &problems);
        assert_int_equal(problems.errors + problems.warnings, cases[i].problems);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plain_query_stays_as_it_is),
        TEST(since_is_a_parameter),
        TEST(a_range_has_both_ends_as_parameters),
        TEST(an_ordered_query_goes_on_behind_a_position),
        TEST(slices_meet_without_a_gap),
        TEST(positions_survive_any_text),
        TEST(a_strange_position_is_refused),
        TEST(the_state_is_read_off_the_message),
        TEST(states_have_their_consequence),
        TEST(mistakes_in_the_configuration_are_told),
    };
    return cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
