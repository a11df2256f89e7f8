#include "rules_help.h"

static const char *parsed(struct bench *b, const char *text, struct problems *problems)
{
    struct yaml node = {
        .kind = YAML_SCALAR, .plain = true, .file = "rule.yaml", .line = 7, .column = 11, .key = STR("when")};
    node.text = str_from(text);
    problems_init(problems, b->arena);
    struct rule_source source = {&node, problems, b->arena};
    const struct expr *e = rule_parse(&source, node.text);
    return e == NULL ? NULL : expr_print(b->arena, e);
}

static void one_meaning_has_one_spelling(void **state)
{
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"a", "a"},
        {"  ( a )  ", "a"},
        {"a>b", "a > b"},
        {"a <> b", "a != b"},
        {"a and b or c and d", "a and b or c and d"},
        {"a and (b or c) and d", "a and (b or c) and d"},
        {"(a and b) and c", "a and b and c"},
        {"a and (b and c)", "a and (b and c)"},
        {"not not a", "not not a"},
        {"not (a = b)", "not a = b"},
        {"not a = b and c", "not a = b and c"},
        {"(not a) = b", "(not a) = b"},
        {"1 + 2 * 3", "1 + 2 * 3"},
        {"(1 + 2) * 3", "(1 + 2) * 3"},
        {"1 - (2 - 3)", "1 - (2 - 3)"},
        {"1 - -2", "1 - -2"},
        {"50% of x + 1", "50% of x + 1"},
        {"12.50%", "12.5%"},
        {"0.000001", "0.000001"},
        {"1 month", "1 month"},
        {"12 month", "12 months"},
        {"as_of - 3 years", "as_of - 3 years"},
        {"x in [ C,D ]", "x in [C, D]"},
        {"x in last   month", "x in last month"},
        {"x in calendar year", "x in calendar year"},
        {"x in term", "x in term"},
        {"x in 30 days", "x in 30 days"},
        {"x is none", "x is none"},
        {"x is not none", "not x is none"},
        {"sum(a.b.c,calendar year,d=e)", "sum(a.b.c, calendar year, d = e)"},
        {"x = \"it's\"", "x = \"it's\""},
        {"x = \"大病\"", "x = '大病'"},
        {"x = 大病", "x = 大病"},
        {"x >= 2026-01-31", "x >= 2026-01-31"},
        {"2026 -1 -31", "2026 - 1 - 31"},
        {"none = none", "none = none"},
    };
    struct bench *b = *state;
    struct problems problems;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *printed = parsed(b, cases[i].text, &problems);
        if (printed == NULL) {
            fail_msg("%s: %s", cases[i].text, problems.first->message);
        }
        assert_string_equal(printed, cases[i].printed);
        assert_string_equal(parsed(b, printed, &problems), printed);
    }
}

static void mistakes_are_told_where_they_are(void **state)
{
    static const struct {
        const char *text;
        int column; /* the text begins at 11 */
        const char *message;
    } cases[] = {
        {"", 11, "expected a name, a number or (, found the end"},
        {"a >", 14, "found the end"},
        {"a > > b", 15, "found >"},
        {"a b", 13, "expected an operator or the end, found b"},
        {"a < b < c", 17, "comparisons do not chain"},
        {"(a", 13, "expected ), found the end"},
        {"a)", 12, "found )"},
        {"a in", 15, "found the end"},
        {"a in [b", 18, "expected , or ], found the end"},
        {"a in []", 17, "found ]"},
        {"a is b", 16, "expected none, found b"},
        {"sum(a.b", 18, "expected , or ), found the end"},
        {"sum()", 15, "found )"},
        {"calendar month", 20, "expected year, found month"},
        {"a and", 16, "found the end"},
        {"and a", 11, "expected a name or a number, found and"},
        {"a ; drop", 13, "found ;"},
        {"a = 'open", 15, "found 'open"},
        {"大病 ? b", 14, "found ?"},
        {"1.2.3", 14, "found ."},
        {"0 days", 11, "a duration is a whole number"},
        {"1.5 months", 11, "a duration is a whole number"},
        {"99999 days", 11, "a duration is a whole number"},
        {"1234567890123", 11, "found 1234567890123"},
        {"0.00000001", 11, "found 0.00000001"},
        {"0.000001%", 11, "found 0.000001%"},
        {"[a]", 11, "found ["},
        {"a = b = c", 17, "do not chain"},
    };
    struct bench *b = *state;
    struct problems problems;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(parsed(b, cases[i].text, &problems));
        assert_int_equal(problems.errors, 1);
        if (strstr(problems.first->message, cases[i].message) == NULL ||
            problems.first->column != cases[i].column) {
            fail_msg("\"%s\": column %d: %s", cases[i].text, problems.first->column, problems.first->message);
        }
        assert_int_equal(problems.first->line, 7);
    }
}

static void depth_and_length_are_bounded(void **state)
{
    struct bench *b = *state;
    struct problems problems;
    char text[RULE_MAX_TEXT + 10];
    memset(text, '(', sizeof text);
    text[200] = '\0';
    assert_null(parsed(b, text, &problems));
    assert_non_null(strstr(problems.first->message, "too deeply"));
    memset(text, '-', sizeof text);
    text[500] = '\0';
    assert_null(parsed(b, text, &problems));
    assert_non_null(strstr(problems.first->message, "too deeply"));
    memset(text, 'a', sizeof text);
    text[RULE_MAX_TEXT + 1] = '\0';
    assert_null(parsed(b, text, &problems));
    assert_non_null(strstr(problems.first->message, "more than"));
    text[RULE_MAX_TEXT] = '\0';
    assert_non_null(parsed(b, text, &problems));
}

static void tokens_end_where_they_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum token_kind kind;
        size_t end;
        int64_t number;
    } cases[] = {
        {"50%x", TOKEN_PERCENT, 3, 500000},
        {"50 %", TOKEN_NUMBER, 2, 50000000},
        {"a.b.c ", TOKEN_NAME, 5, 0},
        {"a.1", TOKEN_NAME, 1, 0},
        {"a. b", TOKEN_NAME, 1, 0},
        {"1.5x", TOKEN_NUMBER, 3, 1500000},
        {"1.x", TOKEN_NUMBER, 1, 1000000},
        {"'a b'c", TOKEN_TEXT, 5, 0},
        {"''", TOKEN_TEXT, 2, 0},
        {"2000-01-02", TOKEN_DATE, 10, 1},
        {"2000-13-02", TOKEN_NUMBER, 4, 2000000000},
        {"<=", TOKEN_LE, 2, 0},
        {"<a", TOKEN_LT, 1, 0},
        {"<>", TOKEN_NE, 2, 0},
        {"!", TOKEN_BAD, 1, 0},
        {"\t\n", TOKEN_END, 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t at = 0;
        struct token t = lexer_next(str_from(cases[i].text), &at);
        if (t.kind != cases[i].kind || at != cases[i].end || t.number != cases[i].number) {
            fail_msg("%s: kind %d, end %zu, number %lld", cases[i].text, (int)t.kind, at,
                     (long long)t.number);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_meaning_has_one_spelling),
        cmocka_unit_test(mistakes_are_told_where_they_are),
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(tokens_end_where_they_end),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
