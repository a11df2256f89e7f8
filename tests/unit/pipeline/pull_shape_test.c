/* A column known again by what it holds, and not taken for another one; what is kept of it is counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"
#include "pipeline/pull/renamed.h"

static struct arena *arena;
static const struct key key = {{1, 2, 3}, true}, other_key = {{9}, true};

/* One column of `rows` values made by `value`. */
typedef const char *(*maker)(int i);
static struct shapes *column(const char *name, maker value, int rows)
{
    const char **columns = arena_array(arena, 1, sizeof *columns);
    columns[0] = name;
    struct shapes *s = shapes_new(arena, columns, 1, &key);
    for (int i = 0; i < rows; i++) {
        struct str row = str_from(value(i));
        shapes_add(s, arena, &row);
    }
    return s;
}

static const struct shape *shape_of(maker value, int rows)
{
    return shapes_find(column("x", value, rows), STR("x"));
}

static const char *amount(int i) { return arena_printf(arena, "%d.%02d", 100 + i * 37 % 900, i % 100); }
static const char *large_amount(int i) { return arena_printf(arena, "%d.%02d", 40000 + i * 37 % 900, i % 100); }
static const char *day(int i) { return arena_printf(arena, "2026-%02d-%02d", 1 + i % 12, 1 + i % 28); }
static const char *birth(int i) { return arena_printf(arena, "%d/%d/%d", 1950 + i % 60, 1 + i % 12, 1 + i % 28); }
static const char *person_no(int i) { return arena_printf(arena, "33010619%02d0101%03dX", 40 + i % 60, i % 1000); }
static const char *phone(int i) { return arena_printf(arena, "139%08d", i * 7919); }
static const char *grade(int i) { return i % 5 == 0 ? "D" : i % 2 == 0 ? "A" : "B"; }
static const char *other_grade(int i) { return i % 5 == 0 ? "Z" : i % 2 == 0 ? "X" : "Y"; }
static const char *yes_often(int i) { return i % 10 == 0 ? "否" : "是"; }
static const char *yes_seldom(int i) { return i % 10 == 0 ? "是" : "否"; }
static const char *half_blank(int i) { return i % 2 == 0 ? "" : amount(i); }
static const char *note(int i) { return arena_printf(arena, "见附件第%04d页的说明,另行核实", i); }
static const char *none(int i) { return i < 0 ? "x" : " "; }

static const maker makers[] = {amount, large_amount, day, birth, person_no, phone, grade, other_grade, yes_often, yes_seldom,
                               half_blank, note};
#define MAKERS (sizeof makers / sizeof *makers)

static void each_is_like_itself_alone(void **state)
{
    (void)state;
    int distance = -1;
    for (size_t i = 0; i < MAKERS; i++) {
        for (size_t k = 0; k < MAKERS; k++) {
            enum likeness wanted = i == k ? SHAPE_ALIKE : SHAPE_UNLIKE;
            if (shape_compare(shape_of(makers[i], 300), shape_of(makers[k], 300), &distance) != wanted) {
                fail_msg("%zu and %zu: %d", i, k, distance);
            }
        }
    }
}

static void a_longer_delivery_looks_the_same(void **state)
{
    (void)state;
    int distance = -1;
    for (size_t i = 0; i < MAKERS; i++) {
        if (shape_compare(shape_of(makers[i], 300), shape_of(makers[i], 900), &distance) != SHAPE_ALIKE) {
            fail_msg("%zu: %d", i, distance);
        }
    }
}

static void few_values_say_nothing(void **state)
{
    (void)state;
    int distance = -1;
    assert_int_equal(shape_compare(shape_of(amount, 19), shape_of(amount, 300), &distance), SHAPE_UNKNOWN);
    assert_int_equal(shape_compare(shape_of(amount, 300), shape_of(none, 300), &distance), SHAPE_UNKNOWN);
    assert_int_equal(shape_compare(shape_of(amount, 20), shape_of(amount, 20), &distance), SHAPE_ALIKE);
    assert_int_equal(distance, 0);
}

static void different_values_are_estimated(void **state)
{
    (void)state;
    assert_int_equal(shape_distinct(shape_of(none, 50)), 0);
    assert_int_equal(shape_distinct(shape_of(grade, 1000)), 3);
    assert_in_range(shape_distinct(shape_of(day, 1000)), 60, 110);   /* 84 */
    assert_in_range(shape_distinct(shape_of(phone, 1900)), 1500, 2300);
}

static void it_goes_to_text_and_back(void **state)
{
    (void)state;
    struct shapes *s = column("证件 号码", person_no, 300), *again = column("证件 号码", none, 5);
    struct str text = shapes_text(s, true, arena);
    shapes_read(again, text);
    assert_true(str_eq(shapes_text(again, true, arena), text));
    assert_null(memmem(text.p, text.n, "330106", 6));
    shapes_add(s, arena, &STR("330106199001011233"));
    shapes_add(again, arena, &STR("330106199001011233"));
    assert_true(str_eq(shapes_text(again, false, arena), shapes_text(s, false, arena)));
    shapes_read(again, STR("证件 号码\t1 2 3\nx\t\n"));
    assert_int_equal(shapes_find(again, STR("证件 号码"))->filled, 0);
}

static void a_few_values_are_not_kept(void **state)
{
    (void)state;
    assert_int_equal(shapes_text(column("x", amount, 19), true, arena).n, 0);
    assert_true(shapes_text(column("x", amount, 20), true, arena).n > 0);
    struct shapes *few = column("x", grade, 5), *before = column("x", amount, 100);
    shapes_complete(few, before, 20);
    assert_int_equal(shapes_find(few, STR("x"))->filled, 100);
    struct shapes *many = column("x", grade, 30);
    shapes_complete(many, before, 20);
    assert_int_equal(shapes_find(many, STR("x"))->filled, 30);
}

static void another_key_says_nothing(void **state)
{
    (void)state;
    static const char *columns[] = {"x"};
    struct shapes *a = shapes_new(arena, columns, 1, &key), *b = shapes_new(arena, columns, 1, &other_key);
    for (int i = 0; i < 200; i++) {
        struct str row = str_from(note(i));
        shapes_add(a, arena, &row);
        shapes_add(b, arena, &row);
    }
    assert_false(str_eq(shapes_text(a, true, arena), shapes_text(b, true, arena)));
}

/* ---- Pairs ---- */

struct made {
    const char *name;
    maker value;
};

static struct shapes *columns_of(const struct made *made, size_t n)
{
    const char **names = arena_array(arena, n, sizeof *names);
    struct str *row = arena_array(arena, n, sizeof *row);
    for (size_t i = 0; i < n; i++) {
        names[i] = made[i].name;
    }
    struct shapes *s = shapes_new(arena, names, n, &key);
    for (int r = 0; r < 300; r++) {
        for (size_t i = 0; i < n; i++) {
            row[i] = str_from(made[i].value(r));
        }
        shapes_add(s, arena, row);
    }
    return s;
}

static const char *paired(const struct made *missing, size_t m, const struct made *fresh, size_t n)
{
    struct column_looks looks = {columns_of(missing, m), columns_of(fresh, n)};
    struct str *gone = arena_array(arena, m, sizeof *gone), *come = arena_array(arena, n, sizeof *come);
    size_t *found = arena_array(arena, m, sizeof *found);
    const char *text = "";
    for (size_t i = 0; i < m; i++) {
        gone[i] = str_from(missing[i].name);
    }
    for (size_t i = 0; i < n; i++) {
        come[i] = str_from(fresh[i].name);
    }
    renamed_find(&(struct renamed_question){gone, come, m, n, &looks, m == 1 && n == 1}, arena, found);
    for (size_t i = 0; i < m; i++) {
        text = arena_printf(arena, "%s%s->%s ", text, missing[i].name, found[i] == RENAMED_NONE ? "?" : fresh[found[i]].name);
    }
    return text;
}
#define PAIRED(missing, fresh) paired(missing, sizeof(missing) / sizeof *(missing), fresh, sizeof(fresh) / sizeof *(fresh))

static void each_finds_its_own(void **state)
{
    (void)state;
    static const struct made missing[] = {{"burden", amount}, {"level", grade}, {"born", birth}};
    static const struct made fresh[] = {{"CSRQ", birth}, {"BZ", note}, {"GRFD", amount}, {"DJ", grade}, {"ZE", large_amount}};
    assert_string_equal(PAIRED(missing, fresh), "burden->GRFD level->DJ born->CSRQ ");
}

static void what_could_be_two_is_neither(void **state)
{
    (void)state;
    static const struct made one[] = {{"burden", amount}}, two[] = {{"a1", amount}, {"b2", amount}};
    static const struct made rest[] = {{"GRFD", amount}};
    assert_string_equal(PAIRED(one, two), "burden->? ");
    assert_string_equal(PAIRED(two, rest), "a1->? b2->? ");
}

static void the_only_choice_is_none_if_it_holds_something_else(void **state)
{
    (void)state;
    static const struct made gone[] = {{"burden", amount}}, phones[] = {{"LXDH", phone}}, blank[] = {{"LXDH", none}};
    assert_string_equal(PAIRED(gone, phones), "burden->? ");
    assert_string_equal(PAIRED(gone, blank), "burden->LXDH "); /* nothing speaks against it */
}

static void a_name_that_resembles_comes_first(void **state)
{
    (void)state;
    static const struct made gone[] = {{"burden", amount}}, fresh[] = {{"burden_yuan", large_amount}, {"x", amount}};
    assert_string_equal(PAIRED(gone, fresh), "burden->burden_yuan ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_like_itself_alone),
        cmocka_unit_test(a_longer_delivery_looks_the_same),
        cmocka_unit_test(few_values_say_nothing),
        cmocka_unit_test(different_values_are_estimated),
        cmocka_unit_test(it_goes_to_text_and_back),
        cmocka_unit_test(a_few_values_are_not_kept),
        cmocka_unit_test(another_key_says_nothing),
        cmocka_unit_test(each_finds_its_own),
        cmocka_unit_test(what_could_be_two_is_neither),
        cmocka_unit_test(the_only_choice_is_none_if_it_holds_something_else),
        cmocka_unit_test(a_name_that_resembles_comes_first),
    };
    arena = arena_new((size_t)256 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
