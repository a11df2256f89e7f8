/* The rule language as a tree: one `struct expr` per node, in the arena of the rule set.
 * parser.c fills the first half; check.c resolves names and types into the second; compile.c only reads. */
#ifndef BIDUI_PIPELINE_RULES_AST_H
#define BIDUI_PIPELINE_RULES_AST_H

#include "pipeline/rules/rules.h"

#define RULE_MAX_TEXT 2048 /* bytes of one expression */
#define RULE_MAX_DEPTH 64
#define RULE_MAX_CALLS 32 /* aggregates of one rule */
#define RULE_MAX_NAMES 40 /* values a rule reports */

/* One expression as written: where its complaints point to. */
struct rule_source {
    const struct yaml *node;
    struct problems *problems;
    struct arena *arena;
};
/* Adds a problem at byte `at` of the expression. */
void source_problem(const struct rule_source *source, size_t at, const char *hint, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

enum token_kind {
    TOKEN_END,
    TOKEN_BAD,
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_PERCENT,
    TOKEN_DATE,
    TOKEN_TEXT,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_LIST_OPEN,
    TOKEN_LIST_CLOSE,
    TOKEN_COMMA,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_TIMES,
    TOKEN_OVER,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE
};
struct token {
    enum token_kind kind;
    struct str text; /* as written; TOKEN_TEXT: without its quotes */
    size_t at;
    int64_t number; /* millionths; 50% is 500000; a date: its days */
};
/* The token that begins at or after *at; moves *at behind it. */
struct token lexer_next(struct str text, size_t *at);

enum expr_kind {
    EXPR_NUMBER,
    EXPR_DATE,
    EXPR_TEXT,
    EXPR_DURATION,
    EXPR_WINDOW,
    EXPR_NAME,
    EXPR_LIST,
    EXPR_CALL,
    EXPR_NOT,
    EXPR_NEGATE,
    EXPR_AND,
    EXPR_OR,
    EXPR_COMPARE,
    EXPR_IN,
    EXPR_IS_NONE,
    EXPR_ARITH
};
enum rule_op { OP_NONE, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_OF };
enum span_unit { UNIT_DAY, UNIT_MONTH, UNIT_YEAR };
enum window_kind { WINDOW_SPAN /* number and unit */, WINDOW_CALENDAR_YEAR, WINDOW_LAST_MONTH, WINDOW_TERM };
enum value_type {
    TYPE_BROKEN /* already complained of */,
    TYPE_BOOL,
    TYPE_NUMBER,
    TYPE_MONEY,
    TYPE_DATE,
    TYPE_CODE,
    TYPE_TEXT,
    TYPE_DURATION
};
enum symbol {
    SYMBOL_NONE,
    SYMBOL_FIELD,
    SYMBOL_LET,
    SYMBOL_LET_EVENT,
    SYMBOL_ATTRIBUTE,
    SYMBOL_PARAMETER,
    SYMBOL_LABEL,
    SYMBOL_YES,
    SYMBOL_NO
};
enum aggregate { AGG_SUM, AGG_COUNT, AGG_MAX, AGG_LATEST, AGG_EXISTS, AGG_ABSENT, AGG_DAYS_SINCE };

struct expr {
    enum expr_kind kind;
    enum rule_op op;
    size_t at; /* byte in the source */
    const struct yaml *node;
    struct str name; /* EXPR_NAME, EXPR_CALL, EXPR_TEXT */
    int64_t number;  /* EXPR_NUMBER: millionths; EXPR_DATE: days; durations and windows: how many */
    bool percent;    /* written as a percentage */
    enum span_unit unit;
    enum window_kind window;
    struct expr *left, *right; /* operands; NOT, NEGATE and IS_NONE use left; IN: LIST or WINDOW right */
    struct expr *args, *next;  /* arguments or list items, in order */

    /* check.c */
    enum value_type type;
    const struct code_list *codes; /* TYPE_CODE */
    enum symbol symbol;
    const struct field *field; /* SYMBOL_FIELD; calls: the field aggregated, or NULL */
    const struct attribute *attribute;
    const struct parameter *parameter; /* any of that name: for its unit */
    size_t let;                        /* SYMBOL_LET, SYMBOL_LET_EVENT */
    enum aggregate aggregate;
    const struct dataset *dataset;
    const struct expr *period; /* calls: the window on the event date, or NULL */
    bool reads_row;            /* some part of it is a field of the row */
    bool as_yuan;              /* a bare number that stands for yuan */
    bool in_row;               /* stands inside an aggregate's conditions */
    bool of_member;            /* SYMBOL_ATTRIBUTE: of the person whom the row speaks of, not of the subject */
};

/* NULL after a complaint. An empty text is a complaint too. */
struct expr *rule_parse(const struct rule_source *source, struct str text);
/* One spelling for one meaning: blanks, quotes and superfluous brackets do not matter. */
const char *expr_print(struct arena *arena, const struct expr *e);
const char *rule_op_text(enum rule_op op);

/* What household, person and run offer by name. */
enum attribute_of { OF_RUN, OF_HOUSEHOLD, OF_PERSON };
struct attribute {
    const char *name;
    enum attribute_of of;
    enum value_type type;
    const char *column; /* of bidui.household or bidui.person; NULL: computed of the run alone */
    const char *sql;    /* of the run alone; else NULL: ALIAS.COLUMN */
    const char *age_at; /* full years of COLUMN, a birthday, on this day; NULL: COLUMN itself */
};
/* Inside aggregates over `d` a person's attributes are those of whom each record speaks of. */
bool attribute_is_of_row(enum rule_subject subject, const struct dataset *d);
/* The roster's own persons of a household, as if they were records: `count(member, age < 16)`. */
extern const struct dataset rule_members;
const struct attribute *attribute_find(struct str name);
const struct attribute *attribute_at(size_t i); /* NULL after the last */
const struct code_list *attribute_codes(const struct config *config, const struct attribute *a);

struct rule_let {
    const char *name;
    const struct yaml *node;
    struct expr *expr;
    enum { LET_NEW, LET_BUSY, LET_DONE } state; /* circles are found while checking */
};
struct rule_unless {
    const char *name;
    struct expr *expr;
};
/* What the parser and the checker know of a rule; behind struct rule. */
struct rule_tree {
    struct rule_let *lets;
    size_t let_count;
    struct rule_unless *unless;
    size_t unless_count;
    struct expr *when;
    struct expr *placed;     /* what reasons put in: names, the last first, by `next` */
    const struct expr *line; /* first comparison of `when`: its right side is the threshold; or NULL */
};

/* parser.c and check.c, for rules.c. `false`: complained. */
bool rule_read(struct rule *rule, struct rule_tree *tree, struct arena *arena, struct problems *problems);
bool rule_resolve(const struct config *config, struct rule *rule, struct rule_tree *tree, struct arena *arena,
                  struct problems *problems);
const char *rule_canonical(struct arena *arena, const struct rule_text *text, const struct rule_tree *tree);
/* compile.c */
enum rc rule_compile(const struct config *config, struct rule *rule, struct rule_tree *tree,
                     struct arena *arena) MUST_CHECK;

#endif
