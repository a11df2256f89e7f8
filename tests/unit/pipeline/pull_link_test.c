/* A small roster and every way a record may or may not find its subject. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/link.h"

enum { C_ID, C_NAME, C_BIRTH, C_SEX, C_VILLAGE, C_HOUSEHOLD, C_WORKS, COLUMNS };
static const char *columns[] = {"id", "name", "birth", "sex", "village", "household", "works"};
static const struct identity_columns all_columns = {.id_number = C_ID,
                                                    .name = C_NAME,
                                                    .birth_date = C_BIRTH,
                                                    .sex = C_SEX,
                                                    .phone = -1,
                                                    .village = C_VILLAGE,
                                                    .village_name = -1,
                                                    .household_no = C_HOUSEHOLD,
                                                    .works_no = C_WORKS};
static struct index *ix;
static struct arena *scratch;

static const char *number(int n)
{
    char s[IDNO_LEN + 1];
    (void)snprintf(s, sizeof s, "99012119800101%03d", n % 1000);
    s[17] = idno_check_char(s);
    s[18] = '\0';
    return arena_cstr(scratch, str_from(s));
}

static const char *with(const char *s, int at, char c)
{
    char *copy = arena_cstr(scratch, str_from(s));
    copy[at] = c;
    return copy;
}

static void add(int64_t id, uint32_t household, const char *no, const char *name, bool head)
{
    uint32_t at = (uint32_t)index_person_count(ix);
    index_add_person(ix, id, household, date_from_ymd(1980, 1, 1),
                     at % 2 == 0 ? SEX_MALE : SEX_FEMALE, head);
    index_set_identity(ix, at, str_from(no), str_from(name));
}

static int set_up(void **state)
{
    (void)state;
    scratch = arena_new((size_t)1 << 20);
    ix = index_new();
    index_add_village(ix, STR("990121001001"), STR("大岭村"), STR("石桥镇"));
    index_add_village(ix, STR("990121001002"), STR("河口村"), STR("石桥镇"));
    (void)index_add_household(ix, 1, STR("H1"), STR("990121001001"));
    (void)index_add_household(ix, 2, STR("H2"), STR("990121001001"));
    (void)index_add_household(ix, 3, STR("H3"), STR("990121001002"));
    (void)index_add_household(ix, 4, STR("H4"), STR("990121001002"));
    add(1, 0, number(111), "张三", true);
    add(2, 0, number(222), "李四", false);
    add(3, 1, number(333), "王五", true);
    add(4, 2, number(444), "赵六", true);
    add(5, 2, number(444), "孙七", false); /* shares a number */
    add(6, 3, with(number(555), 17, number(555)[17] == '1' ? '2' : '1'), "周八",
        false);                  /* kept as it is, broken */
    add(7, 3, "", "张三", true); /* no number at all */
    add(8, 1, number(777), "古丽·买买提", false);
    index_finish(ix);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    index_free(ix);
    arena_free(scratch);
    return 0;
}

/* "exact 3", "corrected 3", "probable 2", "none", "review REASON 3,4", "unreadable REASON 1,7";
 * households by id. */
static const char *link_as(enum grain grain, const char *id, const char *name, const char *birth,
                           const char *sex, const char *village, const char *household)
{
    struct dataset d = {
        .grain = grain, .identity = all_columns, .columns = columns, .column_count = COLUMNS};
    struct str row[COLUMNS] = {str_from(id),  str_from(name),    str_from(birth),
                               str_from(sex), str_from(village), str_from(household),
                               STR("W1")};
    struct linked l;
    link_record(ix, &d, scratch, row, &l);
    bool by_household = grain_is_household(grain);
    const char *out = l.kind == LINK_REVIEW       ? arena_printf(scratch, "review %s", l.reason)
                      : l.kind == LINK_UNREADABLE ? arena_printf(scratch, "unreadable %s", l.reason)
                                                  : link_word(l.kind);
    for (size_t i = 0; i < l.candidate_count; i++) {
        int64_t c = by_household ? index_household(ix, l.candidates[i])->household_id
                                 : index_person(ix, l.candidates[i])->person_id;
        out = arena_printf(scratch, "%s%c%lld", out, i == 0 ? ' ' : ',', (long long)c);
    }
    if (l.subject != INDEX_NONE) {
        int64_t s = by_household ? index_household(ix, l.subject)->household_id
                                 : index_person(ix, l.subject)->person_id;
        out = arena_printf(scratch, "%s %lld", out, (long long)s);
    }
    return out;
}

static const char *person(const char *id, const char *name, const char *birth, const char *sex,
                          const char *village)
{
    return link_as(GRAIN_PERSON, id, name, birth, sex, village, "");
}

static const char *house(const char *id, const char *name, const char *village,
                         const char *household)
{
    return link_as(GRAIN_HOUSE, id, name, "", "", village, household);
}

static void by_exact_number(void **state)
{
    (void)state;
    assert_string_equal(person(number(111), "张三", "", "", ""), "exact 1");
    assert_string_equal(person(number(111), " 张 三 ", "", "", ""), "exact 1");
    assert_string_equal(person(number(111), "", "", "", ""), "exact 1");
    assert_string_equal(person(number(777), "古丽•买买提", "", "", ""), "exact 8");
    assert_string_equal(person(number(111), "张?", "", "", ""), "exact 1");
    assert_string_equal(person(number(999), "张三", "", "", ""), "none");
}

static void a_name_that_disagrees_is_a_question(void **state)
{
    (void)state;
    assert_string_equal(person(number(111), "陈九", "", "", ""), "review name_conflict 1");
    assert_string_equal(house(number(222), "陈九", "", ""), "review name_conflict 1");
}

static void a_shared_number_is_told_apart_by_the_name(void **state)
{
    (void)state;
    assert_string_equal(person(number(444), "赵六", "", "", ""), "exact 4");
    assert_string_equal(person(number(444), "孙七", "", "", ""), "exact 5");
    assert_string_equal(person(number(444), "", "", "", ""), "review several_persons 4,5");
    assert_string_equal(person(number(444), "陈九", "", "", ""), "review several_persons 4,5");
    assert_string_equal(house(number(444), "", "", ""), "exact 3"); /* one household either way */
}

static void a_mistyped_number_is_repaired(void **state)
{
    (void)state;
    const char *typo = with(number(333), 15, '8'), *swapped = NULL;
    char *s = arena_cstr(scratch, str_from(number(222)));
    s[3] = number(222)[4];
    s[4] = number(222)[3];
    swapped = s;
    assert_string_equal(person(typo, "王五", "", "", ""), "corrected 3");
    assert_string_equal(person(swapped, "李四", "", "", ""), "corrected 2");
    assert_string_equal(house(typo, "王五", "", ""), "corrected 2");
    assert_string_equal(person(typo, "", "1980-01-01", "男", ""), "corrected 3");
    assert_string_equal(person(typo, "", "1980年1月", "", "大岭村"), "corrected 3");
    assert_string_equal(person(typo, "", "1980-01-01", "", ""), "review repaired_unsure 3");
    assert_string_equal(person(typo, "", "1980-01-02", "男", "大岭村"), "review repaired_unsure 3");
    assert_string_equal(person(typo, "陈九", "", "", ""), "review repaired_unsure 3");
    assert_string_equal(person(with(number(999), 15, '1'), "张三", "", "", ""), "none");
}

static void the_rosters_own_broken_number_is_matched_as_it_is(void **state)
{
    (void)state;
    const char *kept = with(number(555), 17, number(555)[17] == '1' ? '2' : '1');
    assert_string_equal(person(kept, "周八", "", "", ""), "exact 6");
    assert_string_equal(person(number(555), "周八", "", "", ""), "none");
}

static void without_a_number_a_person_is_at_most_a_question(void **state)
{
    (void)state;
    assert_string_equal(person("", "王五", "1980-01-01", "", ""), "review number_missing 3");
    assert_string_equal(person("无", "王五", "1980-01-01", "", "大岭村"),
                        "review number_missing 3");
    assert_string_equal(person("", "王五", "1980-01-01", "", "河口村"), "none");
    assert_string_equal(person("", "张三", "1980-01-01", "", ""),
                        "none"); /* two of that name and day */
    assert_string_equal(person("", "张三", "1980-01-01", "", "河口村"), "review number_missing 7");
    assert_string_equal(person("", "王五", "", "", ""), "none");
}

static void an_unreadable_number_concerns_namesakes_only(void **state)
{
    (void)state;
    assert_string_equal(person("1.23457E+17", "张三", "", "", ""), "unreadable id_unreadable 1,7");
    assert_string_equal(person("1.23457E+17", "陌生人", "", "", ""), "none");
    assert_string_equal(person("1.23457E+17", "", "", "", ""), "none");
    assert_string_equal(house("1.23457E+17", "周八", "", ""), "unreadable id_unreadable 4");
}

static void households_by_number_then_name(void **state)
{
    (void)state;
    assert_string_equal(house("", "", "", "H2"), "exact 2");
    assert_string_equal(house(number(111), "张三", "", "H2"), "exact 2");
    assert_string_equal(house(number(111), "张三", "", "H9"), "exact 1");
    assert_string_equal(house("", "张三", "河口", ""), "probable 4");
    assert_string_equal(house("", "张三", "990121001001", ""), "probable 1");
    assert_string_equal(house("", "李四", "大岭", ""), "none"); /* no householder */
    assert_string_equal(house("", "张三", "", ""), "none");     /* no village */
    assert_string_equal(house(number(999), "张三", "河口", ""),
                        "probable 4"); /* the roster has no number for him */
    assert_string_equal(house(number(999), "张三", "大岭", ""),
                        "none"); /* another proven number: another man */
}

static void villages_and_works(void **state)
{
    (void)state;
    assert_string_equal(link_as(GRAIN_VILLAGE, "", "", "", "", "河口村", ""), "exact");
    assert_string_equal(link_as(GRAIN_VILLAGE, "", "", "", "", "别处村", ""), "none");
    assert_string_equal(link_as(GRAIN_WORKS, "", "", "", "", "", ""), "exact");
}

static void works_need_their_number(void **state)
{
    (void)state;
    struct dataset d = {
        .grain = GRAIN_WORKS, .identity = all_columns, .columns = columns, .column_count = COLUMNS};
    struct str row[COLUMNS] = {STR_NULL};
    struct linked l;
    link_record(ix, &d, scratch, row, &l);
    assert_int_equal(l.kind, LINK_UNREADABLE);
    assert_string_equal(l.reason, "works_missing");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(by_exact_number),
        T(a_name_that_disagrees_is_a_question),
        T(a_shared_number_is_told_apart_by_the_name),
        T(a_mistyped_number_is_repaired),
        T(the_rosters_own_broken_number_is_matched_as_it_is),
        T(without_a_number_a_person_is_at_most_a_question),
        T(an_unreadable_number_concerns_namesakes_only),
        T(households_by_number_then_name),
        T(villages_and_works),
        T(works_need_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
