/* Columns told apart: missing, renamed, new, retyped, with the line that names them; and what is not told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/drift.h"

static struct arena *arena;
static struct yaml from[3] = {{.text = {"XH", 2}, .line = 11}, {.text = {"JDNY", 4}, .line = 12}, {.text = {"FY", 2}, .line = 13}};
static struct yaml nodes[3];
static const char *columns[] = {"XH", "JDNY", "FY", "SFZH"};
static struct field fields[] = {{.name = "no", .column = 0, .node = &nodes[0]},
                                {.name = "month", .column = 1, .node = &nodes[1]},
                                {.name = "fee", .column = 2, .node = &nodes[2]}};
static struct yaml id = {.kind = YAML_SCALAR, .text = {"SFZH", 4}, .key = {"id_number", 9}, .line = 9};
static struct yaml identity = {.kind = YAML_MAP, .key = {"identity", 8}, .first = &id};
static struct yaml node = {.kind = YAML_MAP, .line = 5, .first = &identity};
static const struct department department = {.file = "/etc/bidui/connectors/a.yaml"};
static struct dataset dataset = {.department = &department,
                                 .node = &node,
                                 .columns = columns,
                                 .column_count = 4,
                                 .fields = fields,
                                 .field_count = 3,
                                 .quality = {.on_missing_column = DRIFT_HOLD}};

static const struct column_looks *looks; /* NULL: nobody looked */

static const char *found(const char *seen, const char *before)
{
    struct column_drifts drifts;
    const char *all = "";
    drift_find(&dataset, str_from(seen), str_from(before), looks, arena, &drifts);
    for (size_t i = 0; i < drifts.n; i++) {
        all = arena_printf(arena, "%s%s%s", all, i > 0 ? "; " : "", drifts.list[i].reason);
    }
    return all;
}

#define BEFORE "FY\nJDNY\nSFZH\nXH"

static void nothing_is_told_of_the_same_columns(void **state)
{
    (void)state;
    assert_string_equal(found(BEFORE, BEFORE), "");
    assert_string_equal(found("FY\nJDNY\nOTHER\nSFZH\nXH", ""), ""); /* nothing before: what is not read is no news */
    assert_string_equal(found("", BEFORE), "");
}

static void a_missing_column_names_its_line(void **state)
{
    (void)state;
    assert_string_equal(found("FY\nSFZH\nXH", BEFORE), "missing_column JDNY at connectors/a.yaml:12");
    assert_string_equal(found("FY\nJDNY\nXH", BEFORE), "missing_column SFZH at connectors/a.yaml:9");
}

static void a_new_column_is_named(void **state)
{
    (void)state;
    assert_string_equal(found("BZ\nFY\nJDNY\nSFZH\nXH", BEFORE), "new_column BZ");
    assert_string_equal(found("1\n2\n3\n4\n5\n6\n7\nFY\nJDNY\nSFZH\nXH", BEFORE),
                        "new_column 1; new_column 2; new_column 3; new_column 4; new_column 5; new_columns 2");
}

static void a_renamed_column_is_neither_missing_nor_new(void **state)
{
    (void)state;
    assert_string_equal(found("BZ\nFY\nJDNYF\nSFZH\nXH", BEFORE),
                        "renamed_column JDNY -> JDNYF at connectors/a.yaml:12; new_column BZ");
    assert_string_equal(found("FY\nJiuDu\nSFZH\nXH", BEFORE), /* no resemblance, but no other choice */
                        "renamed_column JDNY -> JiuDu at connectors/a.yaml:12");
    assert_string_equal(found("BZ\nFY\nJiuDu\nSFZH\nXH", BEFORE),
                        "missing_column JDNY at connectors/a.yaml:12; new_column BZ; new_column JiuDu");
    assert_string_equal(found("FY\nJDNYF\nSFZH\nXH", ""), "renamed_column JDNY -> JDNYF at connectors/a.yaml:12");
}

static void where_a_column_may_be_missing_only_likeness_counts(void **state)
{
    (void)state;
    dataset.quality.on_missing_column = DRIFT_IGNORE;
    assert_string_equal(found("FY\nJiuDu\nSFZH\nXH", BEFORE),
                        "missing_column JDNY at connectors/a.yaml:12; new_column JiuDu");
    assert_string_equal(found("FY\nJDNYF\nSFZH\nXH", "FY\nSFZH\nXH"), /* it never was there */
                        "missing_column JDNY at connectors/a.yaml:12; new_column JDNYF");
    dataset.quality.on_missing_column = DRIFT_HOLD;
}

/* The head was lost: the first record stands where names should, and none of it may be told. */
static void values_in_place_of_names_are_not_told(void **state)
{
    (void)state;
    assert_string_equal(found("12\n2026-01\n张三\nXH", BEFORE),
                        "missing_column JDNY at connectors/a.yaml:12; missing_column FY at connectors/a.yaml:13;"
                        " missing_column SFZH at connectors/a.yaml:9; new_columns 3");
    assert_string_equal(found("13912345678\nFY\nJDNY\nXH", BEFORE),
                        "missing_column SFZH at connectors/a.yaml:9; new_columns 1");
}

static void most_values_must_fail_before_a_column_counts_as_retyped(void **state)
{
    (void)state;
    struct column_drifts drifts = {arena_array(arena, 4, sizeof(struct column_drift)), 0};
    drift_add_retyped(&dataset, "FY", 9, 9, arena, &drifts);
    drift_add_retyped(&dataset, "FY", 10, 20, arena, &drifts);
    assert_int_equal(drifts.n, 0);
    drift_add_retyped(&dataset, "FY", 11, 20, arena, &drifts);
    assert_int_equal(drifts.n, 1);
    assert_string_equal(drifts.list[0].reason, "retyped_column FY 11 of 20 at connectors/a.yaml:13");
}

static void names_that_resemble_each_other(void **state)
{
    (void)state;
    static const char *const alike[][2] = {
        {"id_number", "IDNUMBER"}, {"姓名", "户主姓名"}, {"JDNY", "JDNF"}, {"fee", "fee_total"}, {"证件号码", "证件号"}};
    static const char *const unlike[][2] = {{"XM", "XB"}, {"姓名", "性别"}, {"fee", "day"}, {"JDNY", "FYHJ"}, {"x", ""}};
    for (size_t i = 0; i < 5; i++) {
        assert_true(renamed_resembles(str_from(alike[i][0]), str_from(alike[i][1])));
        assert_false(renamed_resembles(str_from(unlike[i][0]), str_from(unlike[i][1])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_of_the_same_columns),
        cmocka_unit_test(a_missing_column_names_its_line),
        cmocka_unit_test(a_new_column_is_named),
        cmocka_unit_test(a_renamed_column_is_neither_missing_nor_new),
        cmocka_unit_test(where_a_column_may_be_missing_only_likeness_counts),
        cmocka_unit_test(values_in_place_of_names_are_not_told),
        cmocka_unit_test(most_values_must_fail_before_a_column_counts_as_retyped),
        cmocka_unit_test(names_that_resemble_each_other),
    };
    arena = arena_new((size_t)16 << 20);
    for (size_t i = 0; i < 3; i++) {
        from[i].kind = YAML_SCALAR;
        from[i].key = STR("from");
        nodes[i] = (struct yaml){.kind = YAML_MAP, .first = &from[i]};
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
