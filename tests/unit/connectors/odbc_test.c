/* The parts of the odbc connector that need no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connectors/odbc/odbc.h"

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

static const char *const columns[] = {"jzzh", "姓名"};
static const char *const keys[] = {"a", "b", "姓\"名"};

static struct odbc_question of_table(const char *dialect, size_t key_count)
{
    return (struct odbc_question){.query = STR_NULL,
                                  .table = STR("mz.v_dibao"),
                                  .where = STR_NULL,
                                  .columns = columns,
                                  .column_count = 2,
                                  .keys = keys,
                                  .key_count = key_count,
                                  .dialect = odbc_dialect(str_from(dialect)),
                                  .quote = "\""};
}

static const char *sql_of(const struct odbc_question *q, enum odbc_part part, size_t *ret_params)
{
    struct odbc_statement st;
    assert_int_equal(odbc_statement_write(arena, q, part, 10, &st), RC_OK);
    *ret_params = st.param_count;
    return arena_cstr(arena, st.sql);
}

static void each_dialect_limits_in_its_way(void **state)
{
    (void)state;
    static const struct {
        const char *dialect, *sql;
    } cases[] = {
#define SELECT "select jzzh, \"姓名\" from mz.v_dibao where (1 = 1) order by a"
        {"mysql", SELECT " limit 10"},
        {"dm", SELECT " limit 10"},
        {"kingbase", SELECT " limit 10"},
        {"opengauss", SELECT " limit 10"},
        {"sqlite", SELECT " limit 10"},
        {"sqlserver", SELECT " offset 0 rows fetch next 10 rows only"},
        {"oracle", "select * from (" SELECT ") where rownum <= 10"},
        {"generic", SELECT},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct odbc_question q = of_table(cases[i].dialect, 1);
        assert_string_equal(sql_of(&q, PART_ALL, &n), cases[i].sql);
        assert_int_equal(n, 0);
    }
    for (size_t i = 0; odbc_dialect_names[i] != NULL; i++) {
        assert_non_null(odbc_dialect(str_from(odbc_dialect_names[i])));
    }
    assert_null(odbc_dialect(STR("db2")));
}

static void a_page_begins_behind_its_keys(void **state)
{
    (void)state;
    size_t n = 0;
    struct odbc_question q = of_table("generic", 1);
    assert_string_equal(sql_of(&q, PART_BEHIND, &n),
                        "select jzzh, \"姓名\" from mz.v_dibao where ((a > ?)) order by a");
    assert_int_equal(n, 1);
    q = of_table("generic", 3);
    q.where = STR("zt = 1 or zt = 2");
    q.since_column = "gxsj";
    assert_string_equal(sql_of(&q, PART_BEHIND, &n),
                        "select jzzh, \"姓名\" from mz.v_dibao where (a >= ? and (a > ? or (a = ? "
                        "and (b > ? or (b = ? and"
                        " (\"姓\"\"名\" > ?)))))) and (zt = 1 or zt = 2) and gxsj >= ? order by a, "
                        "b, \"姓\"\"名\"");
    assert_int_equal(n, 7);
    assert_string_equal(sql_of(&q, PART_NULLS, &n),
                        "select jzzh, \"姓名\" from mz.v_dibao where (a is null or b is null or "
                        "\"姓\"\"名\" is null)"
                        " and (zt = 1 or zt = 2) and gxsj >= ? order by a, b, \"姓\"\"名\"");
    q.has_until = true;
    assert_string_equal(sql_of(&q, PART_ALL, &n),
                        "select jzzh, \"姓名\" from mz.v_dibao where (1 = 1)"
                        " and (zt = 1 or zt = 2) and gxsj >= ? and gxsj < ? order by a, b, \"姓\"\"名\"");
    assert_int_equal(n, 2);
}

static void a_query_is_wrapped_or_says_where(void **state)
{
    (void)state;
    size_t n = 0;
    struct odbc_question q = of_table("mysql", 1);
    q.query = STR("select a from t where x > {since} -- all;");
    assert_string_equal(
        sql_of(&q, PART_BEHIND, &n),
        "select * from (select a from t where x > ? -- all\n) bidui_source where ((a > ?))"
        " order by a limit 10");
    assert_int_equal(n, 2);
    q.query = STR("select a from t where {after} and x < {until} and x > {since}");
    struct odbc_statement st;
    assert_int_equal(odbc_statement_write(arena, &q, PART_BEHIND, 10, &st), RC_OK);
    assert_string_equal(arena_cstr(arena, st.sql),
                        "select a from t where ((a > ?)) and x < ? and x > ? order by a limit 10");
    assert_int_equal(st.params[0].kind, PARAM_KEY);
    assert_int_equal(st.params[1].kind, PARAM_UNTIL);
    assert_int_equal(st.params[2].kind, PARAM_SINCE);
    q.key_count = 0;
    q.query = STR("select 1;");
    assert_string_equal(sql_of(&q, PART_ALL, &n), "select 1");
}

/* What a type code is read as; one of no table is text, and told. */
static void every_type_becomes_text(void **state)
{
    (void)state;
    static const struct {
        SQLSMALLINT type;
        const char *name;
        enum value_kind kind;
        bool is_known;
    } cases[] = {
        {SQL_VARCHAR, "varchar", VALUE_TEXT, true},
        {SQL_WLONGVARCHAR, "nclob", VALUE_TEXT, true},
        {SQL_DECIMAL, "number", VALUE_PLAIN, true},
        {SQL_BIGINT, "bigint", VALUE_PLAIN, true},
        {SQL_TYPE_TIMESTAMP, "datetime", VALUE_PLAIN, true},
        {SQL_INTERVAL_DAY, "interval day", VALUE_TEXT, true},
        {SQL_BIT, "bit", VALUE_BIT, true},
        {SQL_BINARY, "BIT", VALUE_BITS, true},
        {SQL_VARBINARY, "raw", VALUE_BYTES, true},
        {-155, "datetimeoffset", VALUE_PLAIN, true},
        {-4711, "geometry", VALUE_TEXT, false},
        {4711, "", VALUE_TEXT, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_known = false;
        assert_int_equal(odbc_value_kind(cases[i].type, cases[i].name, &is_known), cases[i].kind);
        assert_int_equal(is_known, cases[i].is_known);
    }
}

static void characters_survive_both_ways(void **state)
{
    (void)state;
    size_t n = 0;
    SQLWCHAR *wide = odbc_wide(arena, STR("a中𠮷"), &n);
    assert_int_equal(n, 4);
    assert_int_equal(wide[2], 0xD842);
    assert_int_equal(wide[3], 0xDFB7);
    assert_true(str_is(odbc_narrow(arena, wide, n), "a中𠮷"));
    assert_true(str_is_null(odbc_narrow(arena, wide, 3)));
    assert_true(str_is_null(odbc_narrow(arena, wide + 3, 1)));
    assert_true(str_is(odbc_narrow(arena, wide, 0), ""));
}

static void failures_have_their_consequence(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        int native;
        enum rc rc;
    } cases[] = {
        {"08S01", 0, RC_NET},       {"HY000", 2013, RC_NET},       {"HYT00", 0, RC_NET},
        {"28000", 1045, RC_AUTH},   {"42000", 1142, RC_AUTH},      {"42S02", 1146, RC_SOURCE_DB},
        {"42S22", 0, RC_SOURCE_DB}, {"70100", 1969, RC_SOURCE_DB}, {"57014", 0, RC_SOURCE_DB},
        {"57P01", 0, RC_NET},       {"40001", 0, RC_NET},          {"IM002", 0, RC_CONFIG},
        {"HY000", 5, RC_NET},       {"HY000", 1, RC_SOURCE_DB},    {"XX000", 0, RC_SOURCE_DB},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(odbc_rc_of(cases[i].sqlstate, cases[i].native), cases[i].rc);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_dialect_limits_in_its_way),   TEST(a_page_begins_behind_its_keys),
        TEST(a_query_is_wrapped_or_says_where), TEST(every_type_becomes_text),
        TEST(characters_survive_both_ways),     TEST(failures_have_their_consequence),
    };
    return cmocka_run_group_tests_name("odbc", tests, NULL, NULL);
}
