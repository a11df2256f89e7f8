/* The shape of what rules compile to; what it answers is tests/integration/rules_test.c. */
#include "rules_help.h"

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* ---- SQL ---- */

static void texts_become_parameters(void **state)
{
    struct bench *b = *state;
    const struct rule *r = compiled(
        b, "let: {x: \"exists(civil_affairs.relief, cause = \\\"x'; drop table y --\\\")\"}\nwhen: x");
    assert_false(has(r->evaluate, "drop"));
    assert_true(has(r->evaluate, "f.f_cause = ($8::text[])["));
    assert_true(has(r->literals, "x'; drop table y --"));
}

static void every_parameter_is_typed(void **state)
{
    struct bench *b = *state;
    const struct rule *r = compiled(b, "when: age > 1");
    for (int i = 1; i <= RULE_PARAMS; i++) {
        assert_true(has(r->evaluate, arena_printf(b->arena, "$%d::", i)));
    }
    assert_null(r->evidence); /* counts no facts */
}

static void an_aggregate_is_compiled_once(void **state)
{
    struct bench *b = *state;
    const struct rule *r = compiled(
        b,
        "let: {x: \"sum(health_insurance.settlement.burden, calendar year)\"}\nwhen: x > 1 and x < 100 or x = 3");
    const char *first = strstr(r->evaluate, "a1 as (");
    assert_non_null(first);
    assert_null(strstr(first + 1, "a1 as ("));
    assert_false(has(r->evaluate, "a2 as ("));
}

static void what_is_not_read_is_not_joined(void **state)
{
    struct bench *b = *state;
    assert_false(has(compiled(b, "when: age > 1")->evaluate, "bidui.parameter"));
    assert_false(has(compiled(b, "when: age > 1")->evaluate, "count(*)"));
    assert_true(has(compiled(b, "when: members > 1")->evaluate, "count(*) as members"));
    assert_true(has(compiled(b, "when: net_income < rural_income")->evaluate, "bidui.parameter"));
}

static void quarantine_is_asked_for_absent_alone(void **state)
{
    struct bench *b = *state;
    assert_true(has(compiled(b, "let: {x: absent(education.aid)}\nwhen: x")->evaluate, "bidui.quarantine"));
    assert_false(has(compiled(b, "let: {x: exists(education.aid)}\nwhen: x")->evaluate, "bidui.quarantine"));
}

static void a_fact_without_dates_needs_no_doubt(void **state)
{
    struct bench *b = *state;
    assert_false(
        has(compiled(b, "let: {x: \"exists(education.enrolment, status = enrolled)\"}\nwhen: x")->evaluate,
            "bool_or"));
    assert_true(has(
        compiled(b, "let: {x: \"exists(education.enrolment, enrolled_on in 3 months)\"}\nwhen: x")->evaluate,
        "bool_or"));
}

static void growth_is_bounded(void **state)
{
    struct bench *b = *state;
    struct rule_set set;
    const char *text = "a0: \"sum(health_insurance.settlement.burden)\"";
    for (int i = 1; i <= 30; i++) {
        text = arena_printf(b->arena, "%s, a%d: a%d + a%d", text, i, i - 1, i - 1);
    }
    const char *yaml = arena_printf(b->arena, "let: {%s}\nwhen: a30 > 1", text);
    const struct problems *p = problems_of(b, yaml);
    assert_int_equal(p->errors, 1);
    assert_true(has(p->first->message, "too complex"));
    assert_int_equal(rules_compile(config_with(b, yaml), b->arena, &set), RC_CONFIG);
    err_clear();
}

static void too_many_aggregates_are_refused(void **state)
{
    struct bench *b = *state;
    const char *text = "exists(education.aid)";
    for (int i = 0; i < RULE_MAX_CALLS; i++) {
        text = arena_printf(b->arena, "%s or exists(education.aid)", text);
    }
    const struct problems *p = problems_of(b, arena_printf(b->arena, "when: %s", text));
    assert_int_equal(p->errors, 1);
    assert_true(has(p->first->message, "too complex"));
}

/* ---- What else a rule carries ---- */

static void datasets_parameters_and_unit(void **state)
{
    struct bench *b = *state;
    const struct rule *r = compiled(
        b,
        "let: {x: \"max(education.attendance.school_days, term)\", y: absent(education.aid), z: exists(education.aid)}\n"
        "when: x >= absence_days and (y or z) and net_income < 50% of rural_income");
    assert_int_equal(r->dataset_count, 2);
    assert_string_equal(r->datasets[0]->id, "education.attendance");
    assert_string_equal(r->datasets[1]->id, "education.aid");
    assert_int_equal(r->parameter_count, 2);
    assert_string_equal(r->parameters[0], "absence_days");
    assert_string_equal(r->unit, "day");
    assert_int_equal(r->condition_count, 4);
    assert_string_equal(r->conditions[0].op, ">=");
    assert_string_equal(r->conditions[1].text, "y");
    assert_string_equal(r->conditions[3].right, "50% of rural_income");
    assert_string_equal(compiled(b, "when: net_income < rural_income")->unit, "yuan");
    assert_string_equal(compiled(b, "when: birth_date < as_of - 3 years")->unit, "date");
    assert_string_equal(compiled(b, "when: age < 3")->unit, "");
}

static void digests_follow_meaning(void **state)
{
    struct bench *b = *state;
    const struct rule *plain = compiled(b, "when: age > 1 and risk_cleared");
    const struct rule *spaced = compiled(b, "when: \"(age>1)   and risk_cleared\"");
    const struct rule *worded = compiled(b, "when: age > 1 and risk_cleared\nreason: other words");
    const struct rule *moved = compiled(b, "when: age > 2 and risk_cleared");
    assert_string_equal(plain->digest, spaced->digest);
    assert_string_equal(plain->condition_digest, worded->condition_digest);
    assert_string_not_equal(plain->digest, worded->digest);
    assert_string_not_equal(plain->condition_digest, moved->condition_digest);
}

static void a_works_is_the_dataset_of_that_key(void **state)
{
    struct bench *b = *state;
    assert_string_equal(rules_works_dataset(b->config)->id, "water.works");
}

/* ---- Reasons ---- */

static void reasons_are_filled(void **state)
{
    static const struct {
        const char *pattern, *wanted;
    } cases[] = {
        {"本年{burden}元,超过{threshold}元", "本年12000元,超过10500.50元"},
        {"{grade}级 {tested}", "D级 2023-11"},
        {"{days}天 {nobody} {empty}", "36.5天 ? ?"},
        {"{owed}", "-3"},
        {"plain { open", "plain { open"},
        {"", ""},
        {"{code}", "1.00a"},
    };
    struct bench *b = *state;
    struct str details = STR(
        "{\"values\": {\"burden\": \"12000.00\", \"grade\": \"D\", \"tested\": \"2023-11\", \"days\": \"36.5\","
        " \"empty\": null, \"owed\": \"-3.00\", \"code\": \"1.00a\"}, \"threshold\": \"10500.50\"}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str out = STR_NULL;
        assert_int_equal(rules_render_reason(b->arena, str_from(cases[i].pattern), details, &out), RC_OK);
        assert_string_equal(out.p, cases[i].wanted);
    }
}

static void a_version_is_told_in_its_own_words(void **state)
{
    struct bench *b = *state;
    const struct rule *r = compiled(b, "when: age > 1\nreason: \"年龄{age} \\\"岁\\\"\"");
    struct rule_words words;
    struct str text, field, details = STR("{\"values\": {\"age\": \"7\"}, \"threshold\": \"1\"}");
    assert_int_equal(rules_read_words(b->arena, str_from(r->body), &words), RC_OK);
    assert_int_equal(rules_render_words(b->arena, &words, details, &text, &field), RC_OK);
    assert_string_equal(words.title.p, "t");
    assert_string_equal(text.p, "年龄7 \"岁\"");
    assert_true(str_is_null(field));
    assert_int_equal(rules_read_words(b->arena, STR("{"), &words), RC_BUG);
    assert_int_equal(rules_render_words(b->arena, &words, STR("[1"), &text, &field), RC_BUG);
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_parameters),
        cmocka_unit_test(every_parameter_is_typed),
        cmocka_unit_test(an_aggregate_is_compiled_once),
        cmocka_unit_test(what_is_not_read_is_not_joined),
        cmocka_unit_test(quarantine_is_asked_for_absent_alone),
        cmocka_unit_test(a_fact_without_dates_needs_no_doubt),
        cmocka_unit_test(growth_is_bounded),
        cmocka_unit_test(too_many_aggregates_are_refused),
        cmocka_unit_test(datasets_parameters_and_unit),
        cmocka_unit_test(digests_follow_meaning),
        cmocka_unit_test(a_works_is_the_dataset_of_that_key),
        cmocka_unit_test(reasons_are_filled),
        cmocka_unit_test(a_version_is_told_in_its_own_words),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
