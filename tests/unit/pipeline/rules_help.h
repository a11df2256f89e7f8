/* Rules of a test's own, read against the sample deployment. */
#ifndef BIDUI_TESTS_RULES_HELP_H
#define BIDUI_TESTS_RULES_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pipeline/rules/ast.h"

struct bench {
    struct config *config;
    struct arena *arena;
};

static inline int open_bench(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    lang_set(true);
    b->arena = arena_new((size_t)256 << 20);
    assert_int_equal(config_load(BIDUI_SOURCE_DIR "/config", false, &b->config), RC_OK);
    *state = b;
    return 0;
}

static inline int close_bench(void **state)
{
    struct bench *b = *state;
    config_free(b->config);
    arena_free(b->arena);
    free(b);
    lang_set(false);
    return 0;
}

/* A rule as config.c would hand it on, from the YAML of one entry. */
static inline struct rule_text rule_from(struct bench *b, const char *yaml)
{
    static const char *classes[] = {"lifted", "general"};
    struct yaml *root = NULL;
    assert_int_equal(yaml_parse(b->arena, "rule.yaml", arena_str(b->arena, str_from(yaml)), &root), RC_OK);
    struct str subject = yaml_text(root, "subject"), reason = yaml_text(root, "reason"),
               field = yaml_text(root, "field_reason");
    return (struct rule_text){.id = "r",
                              .title = "t",
                              .family = "income",
                              .subject = str_is_null(subject) ? "person" : subject.p,
                              .applies_to = classes,
                              .applies_count = 2,
                              .severity = "low",
                              .reason = str_is_null(reason) ? "r" : reason.p,
                              .field_reason = field.p,
                              .node = root,
                              .let = yaml_get(root, "let"),
                              .when = yaml_get(root, "when"),
                              .unless = yaml_get(root, "unless")};
}

/* The configuration with that one rule; lives as long as the bench. */
static inline const struct config *config_with(struct bench *b, const char *yaml)
{
    struct config *with = ARENA_NEW(b->arena, struct config);
    struct rule_text *text = ARENA_NEW(b->arena, struct rule_text);
    *with = *b->config;
    *text = rule_from(b, yaml);
    with->rules = text;
    with->rule_count = 1;
    return with;
}

static inline struct problems *problems_of(struct bench *b, const char *yaml)
{
    struct problems *problems = ARENA_NEW(b->arena, struct problems);
    problems_init(problems, b->arena);
    rules_check(config_with(b, yaml), problems);
    return problems;
}

static inline struct rule *compiled(struct bench *b, const char *yaml)
{
    struct rule_set *set = ARENA_NEW(b->arena, struct rule_set);
    if (rules_compile(config_with(b, yaml), b->arena, set) != RC_OK) {
        fail_msg("%s: %s", yaml, err_detail());
    }
    return set->rules;
}

#endif
