#include "base/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/fs.h"

static struct arena *arena;
static struct problems problems;

static const char *const grains[] = {"person", "household", "works", NULL};
static const struct key_spec field_keys[] = {
    {"from", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "部门的列名", "the department's column", 0, 0},
    {"type", KEY_NAME, 0, NULL, NULL, "类型", "type", 0, 0},
    {0},
};
static const struct key_spec slot_keys[] = {
    {"id", KEY_NAME, KEY_REQUIRED | KEY_UNIQUE, NULL, NULL, "编号", "its id", 0, 0},
    {"note", KEY_TEXT, 0, NULL, NULL, "", "", 0, 0},
    {0},
};
static const struct key_spec specs[] = {
    {"title", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "显示的名称", "name shown", 0, 0},
    {"workers", KEY_INT, 0, NULL, NULL, "同时拉取数", "datasets at a time", 1, 64},
    {"offset", KEY_INT, 0, NULL, NULL, "偏移", "offset", 0, 0},
    {"trial", KEY_BOOL, 0, NULL, NULL, "试运行", "trial", 0, 0},
    {"from", KEY_DATE, 0, NULL, NULL, "起始日", "first day", 0, 0},
    {"ratio", KEY_PERCENT, 0, NULL, NULL, "比例", "ratio", 0, 0},
    {"grace", KEY_DURATION, 0, NULL, NULL, "宽限", "grace", 0, 0},
    {"grain", KEY_CHOICE, 0, grains, NULL, "粒度", "grain", 0, 0},
    {"records", KEY_POINTER, 0, NULL, NULL, "记录所在", "where the records are", 0, 0},
    {"name", KEY_NAME, 0, NULL, NULL, "名字", "name", 0, 0},
    {"token", KEY_SECRET, 0, NULL, NULL, "令牌", "token", 0, 0},
    {"field", KEY_MAP, 0, NULL, field_keys, "一个字段", "one field", 0, 0},
    {"open", KEY_MAP, 0, NULL, NULL, "任意键值", "any keys", 0, 0},
    {"key", KEY_LIST_TEXT, KEY_UNIQUE, NULL, NULL, "主键", "key", 0, 0},
    {"slots", KEY_LIST_MAP, 0, NULL, slot_keys, "若干项", "slots", 0, 0},
    {"fields", KEY_MAP_OF_MAP, 0, NULL, field_keys, "字段", "fields", 0, 0},
    {"let", KEY_MAP_OF_TEXT, 0, NULL, NULL, "公式", "formulas", 0, 0},
    {"any", KEY_ANY, 0, NULL, NULL, "任意", "anything", 0, 0},
    {0},
};

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    lang_set(true);
    problems_init(&problems, arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct yaml *parse(const char *text)
{
    struct yaml *root = NULL;
    assert_int_equal(yaml_parse(arena, "x.yaml", str_from(text), &root), RC_OK);
    return root;
}

/* Checks "title: t" and the line. */
static void check_line(const char *line)
{
    problems_init(&problems, arena);
    keys_check(&problems, parse(arena_printf(arena, "title: t\n%s\n", line)), specs);
}

static void assert_right(const char *line)
{
    check_line(line);
    if (problems.first != NULL) {
        fail_msg("%s: %s", line, problems.first->message);
    }
}

/* The first problem; there is exactly one. */
static const struct problem *the_problem(const char *line)
{
    check_line(line);
    if (problems.errors != 1) {
        fail_msg("%s: %zu problems", line, problems.errors);
    }
    return problems.first;
}

static void assert_wrong(const char *line, const char *key, const char *message, const char *hint)
{
    const struct problem *p = the_problem(line);
    assert_string_equal(p->key, key);
    assert_string_equal(p->message, message);
    assert_string_equal(p->hint, hint);
}

static void right_values_pass(void **state)
{
    (void)state;
    const char *right[] = {
        "workers: 1",
        "workers: 64",
        "offset: -5",
        "offset: '7'",
        "trial: true",
        "trial: false",
        "from: 2026-11-22",
        "ratio: 0.5%",
        "ratio: 100%",
        "grace: 0s",
        "grace: 5min",
        "grain: works",
        "records: \"\"",
        "records: /a~1b/~0/0",
        "name: a_1",
        "token: \"${env:T}\"",
        "token: 'Bearer ${file:a/b}'",
        "field: {from: X, type: money}",
        "open: {whatever: [1]}",
        "key: [a, b]",
        "key: []",
        "slots: [{id: a}, {id: b, note: ''}]",
        "fields: {户号: {from: HH}, b: {from: B}}",
        "let: {a: sum(b), c: 1}",
        "let: {}",
        "any: [1, {a: b}]",
        "any:",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_right(right[i]);
    }
}

static void wrong_values_say_what_was_expected(void **state)
{
    (void)state;
    assert_wrong("workers: two", "workers", "expected a whole number",
                 "workers: datasets at a time");
    assert_wrong("workers: 1.5", "workers", "expected a whole number",
                 "workers: datasets at a time");
    assert_wrong("trial: yes", "trial", "expected true or false", "trial: trial");
    assert_wrong("from: 2026-02-30", "from", "expected a date like 2026-11-22", "from: first day");
    assert_wrong("ratio: 5", "ratio", "expected a percentage like 5% or 0.5%", "ratio: ratio");
    assert_wrong("grace: 3 d", "grace", "expected a duration like 30s, 5min, 3h or 3d",
                 "grace: grace");
    assert_wrong("records: data/rows", "records",
                 "expected a JSON Pointer like /data/rows, or \"\" for the whole document",
                 "records: where the records are");
    assert_wrong("field: text", "field", "expected a map of \"key: value\"", "field: one field");
    assert_wrong("key: a", "key", "expected a list of texts like [a, b]", "key: key");
    assert_wrong("key: [a, [b]]", "key.1", "expected a text", "key: key");
    assert_wrong("slots: [a]", "slots.0", "expected a map of \"key: value\"", "slots: slots");
    assert_wrong("fields: {a: b}", "fields.a", "expected a map of \"key: value\"",
                 "fields: fields");
    assert_wrong("let: {a: [b]}", "let.a", "expected a text", "let: formulas");
    assert_wrong("title2: x", "title2", "unknown key", "Did you mean \"title\"?");
}

static void messages_follow_the_language(void **state)
{
    (void)state;
    lang_set(false);
    assert_wrong("workers: two", "workers", "应为整数", "workers:同时拉取数");
    assert_wrong("grian: works", "grian", "没有这个键", "是不是想写 \"grain\"?");
    assert_wrong("grain: work", "grain", "应为以下之一: person、household、works",
                 "是不是想写 \"works\"?");
}

static void pointers_and_names(void **state)
{
    (void)state;
    const char *wrong[] = {"records: /a~2", "records: /a~", "name: 1a", "name: _a",
                           "name: A",       "name: a-b",    "name: 村", "name: ''"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        the_problem(wrong[i]);
    }
}

static void bounds_and_choices(void **state)
{
    (void)state;
    assert_wrong("workers: 0", "workers", "must be from 1 to 64", "datasets at a time");
    assert_wrong("workers: 65", "workers", "must be from 1 to 64", "datasets at a time");
    assert_wrong("grain: persn", "grain", "must be one of: person, household, works",
                 "Did you mean \"person\"?");
    assert_wrong("grain: village", "grain", "must be one of: person, household, works", "");
}

static void unknown_keys_without_a_near_one_list_the_known(void **state)
{
    (void)state;
    const struct problem *p = the_problem("field: {from: X, zzzzzz: 1}");
    assert_string_equal(p->key, "field.zzzzzz");
    assert_string_equal(p->hint, "Known keys: from, type");
}

static void missing_keys_are_told_at_their_map(void **state)
{
    (void)state;
    const struct problem *p = the_problem("fields:\n  a:\n    type: money");
    assert_string_equal(p->key, "fields.a");
    assert_string_equal(p->message, "missing key \"from\"");
    assert_string_equal(p->hint, "the department's column");
    assert_int_equal(p->line, 3);
    assert_int_equal(p->column, 3);
    assert_string_equal(p->file, "x.yaml");
}

static void a_key_left_open_is_a_mistake(void **state)
{
    (void)state;
    const struct problem *p = the_problem("workers:");
    assert_string_equal(p->message, "no value");
    the_problem("field:");
    the_problem("key: [a, ~]"); /* an item too */
    assert_right("records: ''");
}

static void repeats_are_found(void **state)
{
    (void)state;
    assert_wrong("key: [a, b, a]", "key.2", "the same as on line 2", "");
    const struct problem *p = the_problem("slots:\n  - id: a\n  - id: b\n  - id: a");
    assert_string_equal(p->key, "slots.2.id");
    assert_string_equal(p->message, "the same as on line 3");
    assert_int_equal(p->line, 5);
}

static void secrets_must_be_references_and_are_never_repeated(void **state)
{
    (void)state;
    const char *wrong[] = {"token: hunter2",    "token: ''",        "token: '${env:}'",
                           "token: '${evn:T}'", "token: '${env:T'", "token: '$T'"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct problem *p = the_problem(wrong[i]);
        assert_null(strstr(p->message, "hunter2"));
        assert_null(strstr(p->hint, "hunter2"));
        assert_string_equal(p->message, "a secret may not stand in the configuration");
    }
}

static void every_mistake_is_told_in_one_go(void **state)
{
    (void)state;
    problems.department = "water";
    keys_check(&problems, parse("workers: x\ntrial: 1\nfoo: 1\nkey: [a]\n"), specs);
    assert_int_equal(problems.errors, 4);
    assert_int_equal(problems.warnings, 0);
    const int lines[] = {1, 2, 3, 1};
    size_t i = 0;
    for (const struct problem *p = problems.first; p != NULL; p = p->next) {
        assert_int_equal(p->line, lines[i++]);
        assert_string_equal(p->department, "water");
        assert_false(p->warning);
    }
    assert_int_equal(i, 4);
}

static void a_document_that_is_no_map(void **state)
{
    (void)state;
    keys_check(&problems, parse("- a\n"), specs);
    assert_int_equal(problems.errors, 1);
    assert_string_equal(problems.first->key, "");
}

static void own_problems_and_warnings(void **state)
{
    (void)state;
    const struct yaml *root = parse("a: 1\nb:\n  - x\n");
    problem_warn(&problems, yaml_get(root, "b")->first, NULL, "%s %d", "odd", 3);
    problem_add(&problems, yaml_get(root, "b"), "do", "bad");
    assert_int_equal(problems.warnings, 1);
    assert_int_equal(problems.errors, 1);
    assert_true(problems.first->warning);
    assert_string_equal(problems.first->message, "odd 3");
    assert_string_equal(problems.first->hint, "");
    assert_int_equal(problems.first->line, 3);
    assert_int_equal(problems.first->column, 5);
    assert_int_equal(problems.first->next->line, 2);
    assert_string_equal(problems.first->next->hint, "do");
}

static void durations(void **state)
{
    (void)state;
    int64_t ms = -1;
    assert_true(keys_duration_ms(STR("30s"), &ms));
    assert_int_equal(ms, 30000);
    assert_true(keys_duration_ms(STR("5min"), &ms));
    assert_int_equal(ms, 300000);
    assert_true(keys_duration_ms(STR("3h"), &ms));
    assert_int_equal(ms, 10800000);
    assert_true(keys_duration_ms(STR("3d"), &ms));
    assert_int_equal(ms, 259200000);
    const char *wrong[] = {"",     "3",  "s",   "-3s",  "+3s",
                           "1.5h", "3m", "3 s", "3sec", "9223372036854775807d"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(keys_duration_ms(str_from(wrong[i]), &ms));
    }
    assert_int_equal(ms, 259200000);
}

static void percents(void **state)
{
    (void)state;
    int64_t micro = -1;
    assert_true(keys_percent(STR("1%"), &micro));
    assert_int_equal(micro, 10000);
    assert_true(keys_percent(STR("0.0001%"), &micro));
    assert_int_equal(micro, 1);
    assert_true(keys_percent(STR("12.5%"), &micro));
    assert_int_equal(micro, 125000);
    assert_true(keys_percent(STR("150%"), &micro));
    assert_int_equal(micro, 1500000);
    const char *wrong[] = {"",    "%",        "1",   "-1%", "1.%",
                           ".5%", "1.00001%", "1 %", "1%%", "9223372036854775807%"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(keys_percent(str_from(wrong[i]), &micro));
    }
    assert_int_equal(micro, 1500000);
}

static char folder[] = "/tmp/bidui-keys-XXXXXX";

static int with_files(void **state)
{
    assert_int_equal(setup(state), 0);
    assert_non_null(mkdtemp(folder));
    char *path = arena_printf(arena, "%s/token", folder);
    assert_int_equal(fs_write_synced(path, STR("abc\r\n")), RC_OK);
    path = arena_printf(arena, "%s/two", folder);
    assert_int_equal(fs_write_synced(path, STR("x\n\n")), RC_OK);
    setenv("KEYS_TEST_A", "value-a", 1);
    setenv("KEYS_TEST_EMPTY", "", 1);
    setenv("KEYS_TEST_NEST", "${env:KEYS_TEST_A}", 1);
    unsetenv("KEYS_TEST_NONE");
    return 0;
}

static int without_files(void **state)
{
    (void)!fs_remove_tree(folder);
    return teardown(state);
}

static void assert_resolves(const char *text, const char *expected)
{
    struct str s = STR_NULL;
    assert_int_equal(keys_resolve(arena, str_from(text), folder, &s), RC_OK);
    assert_true(str_is(s, expected));
}

static void resolving(void **state)
{
    (void)state;
    assert_resolves("plain $ {since} } text", "plain $ {since} } text");
    assert_resolves("", "");
    assert_resolves("${env:KEYS_TEST_A}", "value-a");
    assert_resolves("${env:KEYS_TEST_EMPTY}", "");
    assert_resolves("host=a password=${file:token} x=${env:KEYS_TEST_A}${env:KEYS_TEST_A}.",
                    "host=a password=abc x=value-avalue-a.");
    assert_resolves("${file:two}", "x\n");
    assert_resolves("${env:KEYS_TEST_NEST}", "${env:KEYS_TEST_A}"); /* values are not read again */
    assert_resolves(arena_printf(arena, "${file:%s/token}", folder), "abc");
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    assert_resolves("${credential:token}", "abc");
    unsetenv("CREDENTIALS_DIRECTORY");
    struct str s = STR("x");
    assert_int_equal(keys_resolve(arena, STR_NULL, folder, &s), RC_OK);
    assert_true(str_is_null(s));
}

static void assert_unresolved(const char *text, const char *part_of_detail)
{
    struct str s = STR("before");
    assert_int_equal(keys_resolve(arena, str_from(text), folder, &s), RC_CONFIG);
    assert_true(str_is(s, "before"));
    assert_non_null(strstr(err_detail(), part_of_detail));
    assert_null(strstr(err_detail(), "value-a"));
}

static void what_cannot_be_resolved_is_named(void **state)
{
    (void)state;
    assert_unresolved("${env:KEYS_TEST_A} ${env:KEYS_TEST_NONE}",
                      "variable KEYS_TEST_NONE is not set");
    assert_unresolved("${credential:token}", "token");
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    assert_unresolved("${credential:../token}", "token");
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_unresolved("${file:absent}", "/absent: does not exist");
    assert_unresolved("${evn:X}", "${env:NAME}");
    assert_unresolved("${env:X", "${env:NAME}");
    assert_unresolved("${env:}", "${env:NAME}");
    assert_unresolved("${file:}", "${env:NAME}");
    assert_unresolved("${}", "${env:NAME}");
}

static void references(void **state)
{
    (void)state;
    assert_true(keys_is_reference(STR("${env:A}")));
    assert_true(keys_is_reference(STR("a ${file:b} c ${env:D}")));
    assert_false(keys_is_reference(STR("")));
    assert_false(keys_is_reference(STR_NULL));
    assert_false(keys_is_reference(STR("env:A")));
    assert_false(keys_is_reference(STR("${env:A} ${oops")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(right_values_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_values_say_what_was_expected, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_follow_the_language, setup, teardown),
        cmocka_unit_test_setup_teardown(pointers_and_names, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_and_choices, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_keys_without_a_near_one_list_the_known, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(missing_keys_are_told_at_their_map, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_left_open_is_a_mistake, setup, teardown),
        cmocka_unit_test_setup_teardown(repeats_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_must_be_references_and_are_never_repeated, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_mistake_is_told_in_one_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_document_that_is_no_map, setup, teardown),
        cmocka_unit_test_setup_teardown(own_problems_and_warnings, setup, teardown),
        cmocka_unit_test(durations),
        cmocka_unit_test(percents),
        cmocka_unit_test(references),
    };
    const struct CMUnitTest file_tests[] = {
        cmocka_unit_test(resolving),
        cmocka_unit_test(what_cannot_be_resolved_is_named),
    };
    int failed = cmocka_run_group_tests_name("keys", tests, NULL, NULL);
    return failed +
           cmocka_run_group_tests_name("keys with files", file_tests, with_files, without_files);
}
