#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/index.h"

static void number_of(int n, char out[IDNO_LEN + 1])
{
    char text[32];
    (void)snprintf(text, sizeof text, "9901211980%02d01%03d", n / 1000 % 12 + 1, n % 1000);
    memcpy(out, text, 17);
    out[17] = idno_check_char(out);
    out[18] = '\0';
}

static struct index *county(int persons)
{
    struct index *ix = index_new();
    char number[IDNO_LEN + 1], no[16];
    index_add_village(ix, STR("990121001001"), STR("大岭村民委员会"), STR("石桥镇"));
    index_add_village(ix, STR("990121001002"), STR("河口村"), STR("石桥镇"));
    index_add_village(ix, STR("990121002001"), STR("河口村"), STR("青山乡"));
    for (int i = 0; i < (persons + 2) / 3; i++) {
        (void)snprintf(no, sizeof no, "H%d", i);
        (void)index_add_household(ix, 100 + i, str_from(no), STR("990121001001"));
    }
    for (int i = 0; i < persons; i++) {
        index_add_person(ix, 1000 + i, (uint32_t)(i / 3), DATE_NONE, SEX_UNKNOWN, i % 3 == 0);
        number_of(i, number);
        (void)snprintf(no, sizeof no, "王%d", i % 50);
        index_set_identity(ix, (uint32_t)i, str_from(number), str_from(no));
    }
    index_finish(ix);
    return ix;
}

static void every_number_is_found_once(void **state)
{
    (void)state;
    struct index *ix = county(11000);
    char number[IDNO_LEN + 1];
    uint32_t hit = 0;
    for (int i = 0; i < 11000; i++) {
        number_of(i, number);
        assert_int_equal(index_by_number(ix, number, &hit, 1), 1);
        assert_int_equal(index_person(ix, hit)->person_id, 1000 + i);
        number[17] = number[17] == '5' ? '6' : '5'; /* the check character counts */
        assert_true(idno_is_valid(number) || index_by_number(ix, number, &hit, 1) == 0);
    }
    assert_int_equal(index_by_number(ix, "110101199003070001", &hit, 1), 0);
    assert_int_equal(index_by_number(ix, "not a number at all", &hit, 1), 0);
    index_free(ix);
}

static void a_shared_number_gives_both(void **state)
{
    (void)state;
    struct index *ix = index_new();
    uint32_t hits[4];
    (void)index_add_household(ix, 1, STR("H"), STR(""));
    for (int i = 0; i < 3; i++) {
        index_add_person(ix, i, 0, DATE_NONE, SEX_UNKNOWN, false);
        index_set_identity(ix, (uint32_t)i, STR("11010519491231002X"), STR("张三"));
    }
    index_finish(ix);
    assert_int_equal(index_by_number(ix, "11010519491231002X", hits, 4), 3);
    assert_int_equal(index_by_number(ix, "11010519491231002X", hits, 2), 3);
    assert_int_equal(index_household(ix, 0)->speaker, 0);
    index_free(ix);
}

static void a_number_tells_birth_and_sex(void **state)
{
    (void)state;
    struct index *ix = index_new();
    (void)index_add_household(ix, 1, STR("H"), STR(""));
    index_add_person(ix, 1, 0, DATE_NONE, SEX_UNKNOWN, true);
    index_set_identity(ix, 0, STR("11010519491231002X"), STR("张三"));
    index_add_person(ix, 2, 0, DATE_NONE, SEX_UNKNOWN, true);
    index_set_identity(ix, 1, STR("110105194912310021"),
                       STR("李四")); /* fails its check: proves nothing */
    index_finish(ix);
    assert_int_equal(index_person(ix, 0)->birth, date_from_ymd(1949, 12, 31));
    assert_int_equal(index_person(ix, 0)->sex, SEX_FEMALE);
    assert_true(index_person(ix, 0)->has_valid_number);
    assert_int_equal(index_person(ix, 1)->birth, DATE_NONE);
    assert_false(index_person(ix, 1)->has_valid_number);
    index_free(ix);
}

static void namesakes_are_chained(void **state)
{
    (void)state;
    struct index *ix = county(150);
    size_t n = 0;
    uint32_t last = 0;
    for (uint32_t p = index_by_name(ix, STR("王7")); p != INDEX_NONE;
         p = index_person(ix, p)->next_same_name) {
        assert_true(n == 0 || p > last);
        assert_true(str_is(index_name(ix, p), "王7"));
        last = p;
        n++;
    }
    assert_int_equal(n, 3);
    assert_int_equal(index_by_name(ix, STR("李7")), INDEX_NONE);
    assert_int_equal(index_by_name(ix, STR("")), INDEX_NONE);
    index_free(ix);
}

static void households_by_number(void **state)
{
    (void)state;
    struct index *ix = county(300);
    assert_int_equal(index_household(ix, index_by_household_no(ix, STR("H42")))->household_id, 142);
    assert_int_equal(index_by_household_no(ix, STR("H4200")), INDEX_NONE);
    index_free(ix);
}

/* The roster's province, prefecture and county may stand in front. */
static void villages_by_address(void **state)
{
    (void)state;
    bool several = false;
    struct index *ix = index_new();
    index_add_village(ix, STR("990121001001"), STR("大岭村民委员会"), STR("石桥镇"));
    index_add_village(ix, STR("990121001002"), STR("河口村"), STR("石桥镇"));
    index_add_village(ix, STR("990121002001"), STR("河口村"), STR("青山乡"));
    index_add_village(ix, STR("990121002002"), STR("示例县村"), STR("青山乡"));
    index_add_region(ix, STR("测试省"));
    index_add_region(ix, STR("安宁市"));
    index_add_region(ix, STR("示例县"));
    index_add_region(ix, STR(""));
    index_finish(ix);
    static const struct {
        const char *written, *wanted;
    } cases[] = {{"测试省安宁市示例县石桥镇河口村", "990121001002"},
                 {"示例县青山乡河口村", "990121002001"},
                 {"测试省 示例县 大岭村", "990121001001"},
                 {"安宁市石桥镇大岭", "990121001001"},
                 {"示例县村", "990121002002"},          /* a village bears the county's name */
                 {"别省安宁市示例县石桥镇河口村", NULL},
                 {"测试省", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str code = index_village_code(ix, index_by_village(ix, str_from(cases[i].written), STR_NULL, &several));
        if (cases[i].wanted == NULL ? !str_is_null(code) : !str_is(code, cases[i].wanted)) {
            fail_msg("%s: %.*s", cases[i].written, STR_ARGS(code));
        }
        assert_false(several);
    }
    assert_int_equal(index_by_village(ix, STR("测试省示例县河口村"), STR_NULL, &several), INDEX_NONE);
    assert_true(several);
    assert_int_equal(index_by_village(ix, STR(""), STR("示例县石桥镇河口村"), &several), 1);
    index_free(ix);
}

static void villages_by_code_and_name(void **state)
{
    (void)state;
    static const struct {
        const char *first, *name, *wanted; /* "": unknown; "?": several */
    } cases[] = {
        {"990121001002", "", "990121001002"},
        {"９９０１２１００１００２", "", "990121001002"},
        {"990121001009", "", ""},
        {"大岭", "", "990121001001"},
        {"大岭村", "", "990121001001"},
        {"大岭村委会", "", "990121001001"},
        {"河口", "", "?"},
        {"990121002", "河口村", "990121002001"},
        {"990121002000", "河口村", "990121002001"},
        {"青山乡河口村", "", "990121002001"},
        {"石桥镇河口村委会", "", "990121001002"},
        {"", "大岭村", "990121001001"},
        {"", "", ""},
        {"990121003", "河口", ""},
    };
    struct index *ix = county(3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool several = false;
        uint32_t v =
            index_by_village(ix, str_from(cases[i].first), str_from(cases[i].name), &several);
        struct str code = index_village_code(ix, v);
        const char *got = several ? "?" : str_is_null(code) ? "" : code.p;
        assert_string_equal(got, cases[i].wanted);
    }
    index_free(ix);
}

static void an_empty_roster_knows_nobody(void **state)
{
    (void)state;
    struct index *ix = index_new();
    uint32_t hit = 0;
    bool several = false;
    index_finish(ix);
    assert_int_equal(index_by_number(ix, "11010519491231002X", &hit, 1), 0);
    assert_int_equal(index_by_name(ix, STR("张三")), INDEX_NONE);
    assert_int_equal(index_by_household_no(ix, STR("H1")), INDEX_NONE);
    assert_int_equal(index_by_village(ix, STR("大岭"), STR_NULL, &several), INDEX_NONE);
    index_free(ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_found_once),
        cmocka_unit_test(a_shared_number_gives_both),
        cmocka_unit_test(a_number_tells_birth_and_sex),
        cmocka_unit_test(namesakes_are_chained),
        cmocka_unit_test(households_by_number),
        cmocka_unit_test(villages_by_code_and_name),
        cmocka_unit_test(villages_by_address),
        cmocka_unit_test(an_empty_roster_knows_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
