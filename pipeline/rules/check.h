/* Inside the checker: names and types of one rule. Nothing outside check*.c includes this. */
#ifndef BIDUI_PIPELINE_RULES_CHECK_H
#define BIDUI_PIPELINE_RULES_CHECK_H

#include "pipeline/rules/ast.h"

struct checker {
    const struct config *config;
    struct rule *rule;
    struct rule_tree *tree;
    struct arena *arena;
    struct problems *problems;
    const struct dataset *row; /* whose fields are in sight; NULL outside aggregates */
    bool failed;
};

/* Adds a problem at e and gives TYPE_BROKEN, with which nothing else complains. */
enum value_type complain(struct checker *c, const struct expr *e, const char *hint, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
const char *did_you_mean(struct checker *c, struct str word, const char *const *words, size_t n);
const char *type_name(enum value_type type);

enum value_type check_expr(struct checker *c, struct expr *e);
enum value_type check_name(struct checker *c, struct expr *e); /* check_names.c */
enum value_type check_call(struct checker *c, struct expr *e); /* check_calls.c */
/* Makes e a window if it can be one: a duration, `term`, or one already. */
bool check_as_window(struct expr *e);
/* A bare word (or a quoted one) as a value of the list that `like` is of. */
enum value_type check_label(struct checker *c, struct expr *e, const struct expr *like);
/* Placeholders of reason and field_reason. */
void check_reason(struct checker *c, const char *key);
void check_let(struct checker *c, struct rule_let *let);

#endif
