/* Every kind of mistake a rule can hold: what is said, at which column, with which hint. */
#include "rules_help.h"

#define WHEN(text) "when: \"" text "\""
#define LET(text, when) "let: {x: \"" text "\"}\nwhen: " when
#define SUM "sum(health_insurance.settlement.burden, calendar year)"

struct mistake {
    const char *yaml;
    int line, column;
    const char *message, *hint;
};

static const struct mistake mistakes[] = {
    /* names */
    {"when: burdn > 1\nlet: {burden: \"" SUM "\"}", 1, 7, "no let, attribute or parameter named burdn",
     "\"burden\""},
    {"when: net_incom > 1", 1, 7, "named net_incom", "\"net_income\""},
    {"when: net_income > rural_incom", 1, 20, "named rural_incom", "\"rural_income\""},
    {"when: health_insurance.settlement.burden > 1", 1, 7, "a dataset stands only inside", "sum("},
    {"subject: works\nwhen: age > 3", 2, 7, "age is known of a person; a works rule cannot use it", ""},
    {"subject: works\nwhen: net_income > 3", 2, 7, "net_income is known of a household", ""},
    {"subject: household\nwhen: birth_date > as_of", 2, 7,
     "birth_date is known of a person; a household rule", ""},
    {"when: none > 1", 1, 7, "blank is asked for with is none", ""},
    {"when: term > 1", 1, 7, "named term", ""},
    /* functions, datasets, fields */
    {LET("summ(a.b.c)", "x > 1"), 1, 11, "no function summ", "\"sum\""},
    {LET("sum(health_insurance.setlement.burden)", "x > 1"), 1, 15, "no dataset health_insurance.setlement",
     "\"health_insurance.settlement\""},
    {LET("sum(health_insurance.settlement.burdn)", "x > 1"), 1, 15, "has no field burdn", "\"burden\""},
    {LET("sum(health_insurance.settlement)", "x > 1"), 1, 15, "sum needs a field",
     "department.dataset.field"},
    {LET("exists(health_insurance.settlement.burden)", "x"), 1, 18, "exists takes no field", ""},
    {LET("sum(burden)", "x > 1"), 1, 15, "the first argument must be a dataset", ""},
    {LET("sum(1)", "x > 1"), 1, 15, "the first argument must be a dataset", ""},
    {LET("exists(roster.person)", "x"), 1, 18, "roster", "attribute"},
    {LET("exists(water.outage)", "x"), 1, 18, "grain works; a person rule cannot aggregate it", ""},
    {"subject: works\n" LET("exists(housing.assessment)", "x"), 2, 18, "grain house; a works rule", ""},
    {LET("sum(health_insurance.settlement.settlement_no)", "x > 1"), 1, 15, "sum does not work on text", ""},
    {LET("max(education.enrolment.status)", "x = enrolled"), 1, 15, "max does not work on a code", ""},
    {LET("latest(civil_affairs.allowance.decision)", "x = granted"), 1, 18,
     "neither an event date nor updated_at", ""},
    {LET("exists(education.enrolment, exists(education.aid))", "x"), 1, 39, "cannot stand inside another",
     "let"},
    {LET("exists(education.enrolment, stat = enrolled)", "x"), 1, 39,
     "no field, let, attribute or parameter named stat", "\"status\""},
    {LET("exists(education.enrolment, grade)", "x"), 1, 39, "expected a condition or a window, found text",
     ""},
    /* members */
    {LET("absent(member, age < 16)", "x"), 1, 18, "members can only be counted", "count(member"},
    {LET("count(member, 12 months)", "x > 1"), 1, 25, "dataset member has no event date", ""},
    {LET("count(member, net_incom > 1)", "x > 1"), 1, 25, "named net_incom", "\"net_income\""},
    {"subject: works\n" LET("count(member)", "x > 1"), 2, 17, "a works rule has no members", ""},
    {"subject: household\n" LET("exists(housing.assessment, age > 3)", "x"), 2, 38, "age is known of a person", ""},
    /* windows */
    {LET("exists(education.enrolment, 12 months)", "x"), 1, 39, "has no event date for a window",
     "field in last month"},
    {LET("exists(education.aid, term, 12 months)", "x"), 1, 39, "only one window", ""},
    {LET("exists(education.enrolment, status in last month)", "x"), 1, 39,
     "a window applies to a date, found a code", ""},
    {"when: cleared_on in cleared_on", 1, 21, "in is followed by a [list] or a window", ""},
    {"when: calendar year", 1, 7, "a window stands only inside", ""},
    {LET("30 days", "x = x"), 1, 11, "a duration is no value by itself", ""},
    {"when: birth_date > 30 days", 1, 7, "a date cannot be compared with a duration", ""},
    /* absent */
    {LET("absent(health_insurance.settlement)", "x"), 1, 18, "not found is not absent", ""},
    {LET("absent(education.attendance, term)", "x"), 1, 18, "not found is not absent", ""},
    /* labels */
    {"subject: household\n" LET("latest(housing.assessment.grade)", "x in [C, E]"), 3, 16,
     "E is not in code list house_grade; expected one of: A, B, C, D", ""},
    {LET("exists(education.enrolment, status = enroled)", "x"), 1, 48,
     "enroled is not in code list school_status", "\"enrolled\""},
    {LET("exists(education.enrolment, status = none)", "x"), 1, 48, "none is not in code list", "is none"},
    {LET("exists(education.enrolment, status > enrolled)", "x"), 1, 39, "a code has no order", ""},
    {"when: class = cleared", 1, 15, "expected one of: lifted, monitored, general", ""},
    {"when: risk_cleared = maybe", 1, 22, "named maybe", ""},
    {"when: risk_cleared > yes", 1, 7, "yes or no has no order", ""},
    /* types */
    {"when: net_income > 50%", 1, 7, "an amount cannot be compared with a number", "50% of"},
    {"when: net_income > absence_days", 1, 7, "an amount cannot be compared with a number", "yuan"},
    {"when: age > rural_income", 1, 7, "a number cannot be compared with an amount", ""},
    {"when: birth_date > 3", 1, 7, "a date cannot be compared with a number", ""},
    {"when: net_income + age > 1", 1, 7, "an amount + a number makes no sense", ""},
    {"when: birth_date + birth_date > as_of", 1, 7, "a date + a date makes no sense", ""},
    {"when: rural_income of rural_income > 1", 1, 7, "an amount of an amount makes no sense", ""},
    {"when: 1 / rural_income > 1", 1, 7, "a number / an amount makes no sense", ""},
    {"when: -birth_date > as_of", 1, 7, "a minus needs a number or an amount", ""},
    {"when: days_since(age) > 1", 1, 18, "days_since takes one date", ""},
    {"when: days_since(birth_date, birth_date) > 1", 1, 18, "days_since takes one date", ""},
    {"when: age", 1, 7, "when must be a condition, found a number", ""},
    {"when: age > 1 and net_income", 1, 19, "expected a condition, found an amount", ""},
    {"when: not age", 1, 11, "expected a condition, found a number", ""},
    {"when: age > 1\nunless: {young: age}", 2, 17, "young must be a condition, found a number", ""},
    {"when: (age + 1) is none", 1, 8, "is none is for fields, attributes, max and latest", ""},
    {"when: rural_income is none", 1, 7, "is none is for fields", ""},
    {LET("sum(health_insurance.settlement.burden)", "x is none"), 2, 7,
     "is none is for fields, attributes, max and latest", ""},
    /* lets */
    {"let: {a: b, b: a}\nwhen: a > 1", 1, 16, "a is defined by itself", ""},
    {"let: {a: a + 1}\nwhen: a > 1", 1, 10, "a is defined by itself", ""},
    {LET("exists(education.aid)", "x.event_date > as_of"), 2, 7, "x is no latest()", ""},
    {"subject: household\n" LET("latest(housing.assessment.grade)", "x.day > as_of"), 3, 7,
     "x has only event_date", "event_date"},
    {LET(SUM, "x > 1") "\nunless: {y: \"x > \"}", 3, 18, "found the end", ""},
    /* reasons */
    {"when: age > 1\nreason: 年龄{agee}岁", 2, 12, "no value named agee", "\"age\""},
    {"when: risk_cleared\nreason: 超过{threshold}", 2, 12, "{threshold} has no value", ""},
    {"when: age > 1\nreason: r\nfield_reason: 见{nobody}", 3, 17, "no value named nobody", ""},
    {"when: age > 1\nreason: 年龄{age", 2, 11, "} is missing", ""},
};

static void mistakes_are_told(void **state)
{
    struct bench *b = *state;
    int failures = 0;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *m = &mistakes[i];
        const struct problem *p = problems_of(b, m->yaml)->first;
        if (p == NULL) {
            print_error("no complaint: %s\n", m->yaml);
            failures++;
        } else if (strstr(p->message, m->message) == NULL || p->line != m->line || p->column != m->column ||
                   strstr(p->hint, m->hint) == NULL) {
            print_error("%s\n%d:%d: %s [%s]\n", m->yaml, p->line, p->column, p->message, p->hint);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void one_mistake_is_told_once(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct problems *p = problems_of(b, mistakes[i].yaml);
        if (p->errors > 1) {
            fail_msg("%s\n%s\n%s", mistakes[i].yaml, p->first->message, p->first->next->message);
        }
    }
}

static void what_the_language_offers_passes(void **state)
{
    static const char *const rules[] = {
        "when: age >= 18 and relation = head and sex = male and school_status = 在校",
        "when: class in [lifted, monitored] and not risk_cleared and unsafe_house = yes",
        "when: net_income < 50% of rural_income + 200 and members >= 3",
        "when: net_income / rural_income < 50%",
        "when: as_of - birth_date > 365 and days_since(birth_date) > 10 or birth_date is none",
        "when: birth_date > as_of - 90 days and birth_date < 2026-01-01 and cleared_on in 3 months",
        "when: school_age >= school_age_from and term_day > 3 and this_year = 2026",
        LET(SUM, "x - 100 > 2 * 50 and x > -1.5"),
        LET("sum(health_insurance.settlement.burden, 12 months, burden > 0, settlement_no != 'a')", "x > 1"),
        LET("max(health_insurance.settlement.settled_on, 90 days)", "x is not none and x < as_of - 10 days"),
        LET("latest(health_insurance.settlement.burden)", "x > 10 and x.event_date in last month"),
        LET("latest(education.enrolment.status)", "x = enrolled or x is none"),
        LET("exists(civil_affairs.allowance, ended_on is none and (decision = granted or class in [A, B]))",
            "x = yes"),
        LET("count(education.attendance, leave = none, term)", "x >= 2"),
        LET("absent(education.aid, term)", "x"),
        "let: {a: \"latest(education.aid.amount)\", b: \"exists(education.enrolment, enrolled_on > a.event_date, updated_at > cleared_on)\"}\n"
        "when: b and a > 1\nunless: {c: a is none}\nreason: \"{a} {b} {threshold} {age} {rural_income}\"",
        "subject: works\n" LET("sum(water.outage.days, not truck_supply, calendar year)",
                               "x > outage_days_line"),
    };
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct problems *p = problems_of(b, rules[i]);
        if (p->errors > 0) {
            fail_msg("%s\n%d:%d: %s", rules[i], p->first->line, p->first->column, p->first->message);
        }
        assert_non_null(compiled(b, rules[i])->evaluate);
    }
}

static void a_parameter_has_one_kind_of_unit(void **state)
{
    struct bench *b = *state;
    struct yaml node = {.kind = YAML_MAP, .file = "parameters.yaml", .line = 9, .column = 3};
    struct parameter rows[2] = {{.name = "p", .region = "1", .unit = "yuan", .node = &node},
                                {.name = "p", .region = "2", .unit = "share", .node = &node}};
    struct config with = *config_with(b, "when: age > 1");
    struct problems problems;
    problems_init(&problems, b->arena);
    with.parameters = rows;
    with.parameter_count = 2;
    rules_check(&with, &problems);
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(problems.first->message, "p is money in one row and not in another"));
}

/* A department whose file is broken stops its rules, not the configuration. */
static void a_broken_department_blinds_its_rules(void **state)
{
    struct bench *b = *state;
    struct config with = *config_with(b, LET(SUM, "x > 1"));
    struct department *all = arena_array(b->arena, with.department_count, sizeof *all);
    for (size_t i = 0; i < with.department_count; i++) {
        all[i] = with.departments[i];
        all[i].is_broken = strcmp(all[i].name, "health_insurance") == 0;
    }
    with.departments = all;
    struct problems problems;
    problems_init(&problems, b->arena);
    rules_check(&with, &problems);
    assert_int_equal(problems.errors, 0);
    struct rule_set set;
    assert_int_equal(rules_compile(&with, b->arena, &set), RC_OK);
    assert_string_equal(set.rules[0].missing, "health_insurance.settlement");
    assert_null(set.rules[0].evaluate);
    assert_non_null(set.rules[0].digest);
}

static void a_rule_with_a_mistake_does_not_compile(void **state)
{
    struct bench *b = *state;
    struct rule_set set;
    assert_int_equal(rules_compile(config_with(b, "when: nobody > 1"), b->arena, &set), RC_CONFIG);
    assert_non_null(strstr(err_detail(), "rule.yaml:1:7"));
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(one_mistake_is_told_once),
        cmocka_unit_test(what_the_language_offers_passes),
        cmocka_unit_test(a_parameter_has_one_kind_of_unit),
        cmocka_unit_test(a_broken_department_blinds_its_rules),
        cmocka_unit_test(a_rule_with_a_mistake_does_not_compile),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
