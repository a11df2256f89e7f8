#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/normalize.h"

static struct str grade_labels[] = {{"C级", 4}, {"丙", 3}, {"1", 1}};
static struct code_value grade_values[] = {{"C", grade_labels, 3}};
static const struct code_list grades = {"grade", grade_values, 1, NULL};
static const struct code_list open_grades = {"open", grade_values, 1, "other"};

static const char *columns[] = {"no",   "day",  "fee",  "grade", "kind",
                                "flag", "rate", "time", "until"};
static struct field fields[] = {
    {.name = "no", .type = FIELD_TEXT, .column = 0},
    {.name = "day", .type = FIELD_DATE, .column = 1, .is_event_date = true},
    {.name = "fee", .type = FIELD_MONEY, .unit_fen = 1000000, .column = 2},
    {.name = "grade", .type = FIELD_CODE, .codes = &grades, .column = 3},
    {.name = "kind", .type = FIELD_CODE, .codes = &open_grades, .column = 4},
    {.name = "flag", .type = FIELD_FLAG, .column = 5},
    {.name = "rate", .type = FIELD_NUMBER, .column = 6},
    {.name = "time", .type = FIELD_INSTANT, .column = 7},
    {.name = "until", .type = FIELD_DATE, .column = 8},
};
#define FIELDS (sizeof fields / sizeof fields[0])
static size_t key[] = {0, 1};
static struct dataset dataset = {.columns = columns,
                                 .column_count = FIELDS,
                                 .fields = fields,
                                 .field_count = FIELDS,
                                 .key = key,
                                 .key_count = 2,
                                 .event_field = 1,
                                 .updated_field = -1};
static struct mapper *mapper;
static struct arena *scratch;

static int set_up(void **state)
{
    (void)state;
    scratch = arena_new((size_t)1 << 20);
    mapper = mapper_new(&dataset, date_from_ymd(2026, 3, 10));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mapper_free(mapper);
    arena_free(scratch);
    return 0;
}

/* A good row with one column replaced: the mapped value of that column, or "!reason column". */
static const char *mapped(size_t column, const char *raw)
{
    struct str row[FIELDS] = {
        STR("N1"),  STR("2026-03-01"),          STR("1"),         STR("丙"), STR("丙"), STR("是"),
        STR("0.5"), STR("2026-03-01 08:00:00"), STR("2026-03-01")};
    struct value values[FIELDS];
    struct reject why;
    row[column] = str_from(raw);
    if (!mapper_map(mapper, scratch, row, values, &why)) {
        return arena_printf(scratch, "!%s %s", why.reason, why.column);
    }
    struct str s = value_text(scratch, fields[column].type, &values[column]);
    return str_is_null(s) ? "null" : arena_cstr(scratch, s);
}

static void values_are_typed(void **state)
{
    (void)state;
    static const struct {
        size_t column;
        const char *raw, *wanted;
    } cases[] = {
        {0, "  Ａ１ ", "A1"},
        {0, "-", "-"},
        {1, "20260301", "2026-03-01"},
        {1, "2026年2月", "2026-02"},
        {2, "1.5", "15000.00"},
        {2, "-0.01", "-100.00"},
        {2, "", "null"},
        {2, "无", "null"},
        {3, "C 级", "C"},
        {3, "１", "C"},
        {3, "", "null"},
        {3, "—", "null"},
        {4, "something", "other"},
        {4, "", "null"},
        {4, "丙", "C"},
        {5, "是", "true"},
        {5, "无", "false"},
        {5, "有", "true"},
        {5, "Ｎ", "false"},
        {5, "0", "false"},
        {5, "true", "true"},
        {5, "", "null"},
        {6, "1,000.25", "1000.25"},
        {7, "2026-03-01", "2026-03-01T00:00:00.000000"},
        {8, "/", "null"},
        {8, "2027-01-01", "2027-01-01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(mapped(cases[i].column, cases[i].raw), cases[i].wanted);
    }
    assert_string_equal(mapped(2, NULL), "null");
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    assert_string_equal(mapped(0, ""), "!key_missing no");
    assert_string_equal(mapped(0, NULL), "!key_missing no");
    char longest[257] = "";
    memset(longest, 'K', 255); /* two parts and a separator in 512 bytes */
    assert_string_equal(mapped(0, longest), longest);
    longest[255] = 'K';
    assert_string_equal(mapped(0, longest), "!key_missing no");
    assert_string_equal(mapped(1, "昨天"), "!bad_date day");
    assert_string_equal(mapped(1, ""), "!key_missing day");
    assert_string_equal(mapped(1, "2026-03-11"), "!event_date_future day");
    assert_string_equal(mapped(1, "2026-03-10"), "2026-03-10");
    assert_string_equal(mapped(1, "2026-03"), "2026-03");
    assert_string_equal(mapped(1, "2026-04"), "!event_date_future day");
    assert_string_equal(mapped(2, "八元"), "!bad_money fee");
    assert_string_equal(mapped(3, "E级"), "!bad_code grade");
    assert_string_equal(mapped(5, "也许"), "!bad_flag flag");
    assert_string_equal(mapped(6, "十"), "!bad_number rate");
    assert_string_equal(mapped(7, "noon"), "!bad_instant time");
    assert_string_equal(mapped(8, "2026-02-30"), "!bad_date until");
}

static void keys_are_normalized_texts(void **state)
{
    (void)state;
    struct str row[FIELDS] = {STR(" Ｎ１ "), STR("2026年3月1日")};
    assert_true(str_is(mapper_key(mapper, scratch, row), "N1\x1f"
                                                         "2026-03-01"));
    row[1] = STR("x");
    assert_true(str_is_null(mapper_key(mapper, scratch, row)));
    row[0] = STR_NULL;
    assert_true(str_is_null(mapper_key(mapper, scratch, row)));
}

static uint64_t content(const char *fee, const char *until)
{
    struct str row[FIELDS] = {STR("N1"), STR("2026-03-01"), str_from(fee), STR_NULL,       STR_NULL,
                              STR_NULL,  STR_NULL,          STR_NULL,      str_from(until)};
    struct value values[FIELDS];
    struct reject why;
    assert_true(mapper_map(mapper, scratch, row, values, &why));
    return mapper_content(mapper, values, 7);
}

static void content_is_what_was_meant(void **state)
{
    (void)state;
    assert_true(content("1.50", "2026-03-01") == content("1.5", "2026年3月1日"));
    assert_true(content("1.50", "2026-03-01") != content("1.51", "2026-03-01"));
    assert_true(content("", "2026-03-01") != content("0", "2026-03-01"));
    assert_true(content("1", "2026-03") != content("1", "2026-03-01"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {T(values_are_typed), T(what_cannot_be_read_is_told),
                                       T(keys_are_normalized_texts), T(content_is_what_was_meant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
