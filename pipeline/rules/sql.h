/* Inside the compiler: SQL text of one rule in the making. Nothing outside pipeline/rules includes this.
 *
 * A value is a span lo..hi: a date known to the month, a sum whose window cuts through a month. Where it is exact,
 * lo and hi are the same pointer. A condition on a row has two readings: `sure` (true whatever the month hides) and
 * not sure (possible); a blank field satisfies neither. Outside rows a condition is one three-valued SQL boolean. */
#ifndef BIDUI_PIPELINE_RULES_SQL_H
#define BIDUI_PIPELINE_RULES_SQL_H

#include "pipeline/rules/ast.h"

struct span {
    const char *lo, *hi;
};

/* What a piece of SQL refers to beyond its own rows. */
struct needs {
    uint32_t calls; /* aggregates, by bit */
    bool subject, place;
};

struct compiler {
    const struct config *config;
    struct rule *rule;
    struct rule_tree *tree;
    struct arena *arena;
    struct buf *ctes; /* ", a1 as (...)": aggregates in the order of their dependence */
    const struct expr *called[RULE_MAX_CALLS]; /* aggregate n - 1 */
    const char *parts[RULE_MAX_CALLS];         /* evidence of each aggregate: a select; NULL: none */
    uint32_t doubts;                           /* aggregates whose answer may be unknown, by bit */
    int calls;
    struct str *literals;
    size_t literal_count;
    const char *places[RULE_MAX_NAMES]; /* parameters read, column pN of pl */
    size_t place_count;
    uint64_t columns;    /* attributes read, by bit */
    struct needs *needs; /* of the piece being compiled */
    bool finds;                 /* the statement wants findings alone: see sql_find.c */
    const struct expr *floored; /* this total is wanted only where it passes `floor` ("> 10500"); or NULL */
    const char *floor;
    bool too_large, bad_name;
};

const char *sql(struct compiler *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *sql_name(struct compiler *c, const char *name);   /* proven [a-z0-9_] */
const char *sql_literal(struct compiler *c, struct str text); /* ($8::text[])[n] */
const char *sql_known(struct compiler *c, const char *alias); /* version in force at $3 */
bool span_is_exact(struct span s);

/* sql_value.c */
struct span sql_scalar(struct compiler *c, const struct expr *e);
const char *sql_text(struct compiler *c, const struct expr *e); /* a value as text, as findings keep it */
struct span sql_field(struct compiler *c, const struct field *f);
const char *sql_window_start(struct compiler *c, const struct expr *window);
const char *sql_place(struct compiler *c, const char *parameter); /* "p3": its column in pl */
/* sql_test.c */
const char *sql_test(struct compiler *c, const struct expr *e);
const char *sql_match(struct compiler *c, const struct expr *e, bool sure);
const char *sql_inside(struct compiler *c, struct span day, const struct expr *window, bool sure);
/* sql_find.c */
const char *sql_holds(struct compiler *c, const struct expr *e);
/* sql_call.c: compiles the aggregate on first use; its number, from 1. */
int sql_call(struct compiler *c, const struct expr *e);
struct span sql_call_value(struct compiler *c, const struct expr *e);
const char *sql_call_test(struct compiler *c, const struct expr *e);
/* A value of aggregate n, null where a lookup was not answered about the subject. */
const char *sql_call_answered(struct compiler *c, int n, const char *value);
const char *sql_call_is_none(struct compiler *c, const struct expr *e);
const char *sql_call_joins(struct compiler *c, const struct needs *needs, const char *key);

#endif
