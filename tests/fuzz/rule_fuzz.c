/* Any text as a rule's let (first line) and condition (the rest), against the sample deployment: the reader, the
 * checker and the compiler may refuse it and must neither crash nor hang. What is accepted prints to a text that reads
 * as the same, and compiles to SQL in which nothing of the text stands but names. */
#include <stdlib.h>

#include "pipeline/rules/ast.h"

extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config *config;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (config_load("config", false, &config) != RC_OK) {
        abort();
    }
    return 0;
}

static struct yaml scalar(struct arena *a, const char *key, struct str text, struct yaml *parent)
{
    struct yaml node = {
        .kind = YAML_SCALAR, .plain = true, .file = "fuzz.yaml", .line = 1, .column = 1, .parent = parent};
    node.text = arena_str(a, text);
    node.key = str_from(key);
    return node;
}

static void round_trip(struct arena *a, struct str text)
{
    struct problems problems;
    problems_init(&problems, a);
    struct yaml node = scalar(a, "when", text, NULL);
    struct rule_source source = {&node, &problems, a};
    const struct expr *e = rule_parse(&source, node.text);
    if ((e == NULL) != (problems.errors == 1)) {
        abort();
    }
    if (e == NULL) {
        return;
    }
    const char *once = expr_print(a, e);
    if (strlen(once) > RULE_MAX_TEXT) {
        return; /* spaces and brackets may have made it too long to read again */
    }
    const struct expr *again = rule_parse(&source, str_from(once));
    if (again == NULL || strcmp(once, expr_print(a, again)) != 0) {
        abort();
    }
}

/* Quotes stand only around names and formats of our own. */
static void prove_sql(const char *sql)
{
    bool inside = false;
    for (const char *p = sql; p != NULL && *p != '\0'; p++) {
        bool outside_only =
            *p == ';' || *p == '\\' || ((unsigned char)*p & 0x80U) != 0 || (*p == '-' && p[1] == '-');
        if (outside_only) {
            abort();
        }
        inside = *p == '\'' ? !inside : inside;
    }
    if (inside) {
        abort();
    }
}

static void compile(struct arena *a, struct str let_text, struct str when_text, const char *subject)
{
    static const char *classes[] = {"lifted", "cleared"};
    struct yaml root = {.kind = YAML_MAP, .file = "fuzz.yaml", .line = 1, .column = 1}, lets = root;
    struct yaml let = scalar(a, "x", let_text, &lets), when = scalar(a, "when", when_text, &root);
    lets.first = &let;
    lets.n = let_text.n > 0 ? 1 : 0;
    struct rule_text text = {.id = "r",
                             .title = "t",
                             .family = "income",
                             .subject = subject,
                             .severity = "low",
                             .reason = "{x}",
                             .applies_to = classes,
                             .applies_count = 2,
                             .node = &root,
                             .let = &lets,
                             .when = &when};
    struct config with = *config;
    with.rules = &text;
    with.rule_count = 1;
    struct rule_set set = {0};
    if (rules_compile(&with, a, &set) == RC_OK) {
        prove_sql(set.rules[0].evaluate);
        prove_sql(set.rules[0].evidence);
    }
    err_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const subjects[] = {"person", "household", "works"};
    struct arena *a = arena_new((size_t)512 << 20);
    struct str rest = str_of((const char *)data, size);
    if (memchr(rest.p == NULL ? "" : rest.p, '\0', rest.n) == NULL && size > 0) {
        struct str let = str_cut(&rest, '\n');
        round_trip(a, let);
        round_trip(a, rest);
        for (size_t i = 0; i < 3; i++) {
            compile(a, let, rest, subjects[i]);
        }
    }
    arena_free(a);
    return 0;
}
