/* An expression in one spelling: the text of versions, of explanations and of the round trip the tests make. */
#include "pipeline/rules/ast.h"

#include <stdio.h>

#include "base/money.h"

const char *rule_op_text(enum rule_op op)
{
    static const char *const texts[] = {
        [OP_NONE] = "", [OP_EQ] = "=",  [OP_NE] = "!=", [OP_LT] = "<",  [OP_LE] = "<=", [OP_GT] = ">",
        [OP_GE] = ">=", [OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*", [OP_DIV] = "/", [OP_OF] = "of"};
    return texts[op];
}

/* How tightly a node holds together; a looser child needs brackets. */
static int strength(const struct expr *e)
{
    switch (e->kind) {
    case EXPR_OR:
        return 1;
    case EXPR_AND:
        return 2;
    case EXPR_NOT:
        return 3;
    case EXPR_COMPARE:
    case EXPR_IN:
    case EXPR_IS_NONE:
        return 4;
    case EXPR_ARITH:
        return e->op == OP_ADD || e->op == OP_SUB ? 5 : 6;
    case EXPR_NEGATE:
        return 7;
    case EXPR_NUMBER:
    case EXPR_DATE:
    case EXPR_TEXT:
    case EXPR_DURATION:
    case EXPR_WINDOW:
    case EXPR_NAME:
    case EXPR_LIST:
    case EXPR_CALL:
        break;
    }
    return 8;
}

static const char *child(struct arena *a, const struct expr *e, int least)
{
    const char *text = expr_print(a, e);
    return strength(e) < least ? arena_printf(a, "(%s)", text) : text;
}

static const char *items(struct arena *a, const struct expr *first)
{
    const char *text = "";
    for (const struct expr *e = first; e != NULL; e = e->next) {
        text = arena_printf(a, "%s%s%s", text, e == first ? "" : ", ", expr_print(a, e));
    }
    return text;
}

static const char *print_number(struct arena *a, const struct expr *e)
{
    char text[MONEY_TEXT];
    decimal_format(e->percent ? e->number * 100 : e->number, text);
    return arena_printf(a, "%s%s", text, e->percent ? "%" : "");
}

static const char *print_date(struct arena *a, const struct expr *e)
{
    char text[DATE_TEXT];
    date_format((date_t)e->number, text);
    return arena_cstr(a, str_from(text));
}

static const char *print_duration(struct arena *a, const struct expr *e)
{
    static const char *const units[] = {"day", "month", "year"};
    return arena_printf(a, "%lld %s%s", (long long)e->number, units[e->unit], e->number == 1 ? "" : "s");
}

static const char *print_leaf(struct arena *a, const struct expr *e)
{
    switch ((int)e->kind) {
    case EXPR_NUMBER:
        return print_number(a, e);
    case EXPR_DATE:
        return print_date(a, e);
    case EXPR_TEXT: {
        char quote = str_find(e->name, '\'') < e->name.n ? '"' : '\'';
        return arena_printf(a, "%c%.*s%c", quote, STR_ARGS(e->name), quote);
    }
    case EXPR_DURATION:
        return print_duration(a, e);
    case EXPR_WINDOW:
        return e->window == WINDOW_CALENDAR_YEAR ? "calendar year" : "last month";
    case EXPR_LIST:
        return arena_printf(a, "[%s]", items(a, e->args));
    case EXPR_CALL:
        return arena_printf(a, "%.*s(%s)", STR_ARGS(e->name), items(a, e->args));
    default:
        return arena_cstr(a, e->name);
    }
}

static const char *print_infix(struct arena *a, const struct expr *e, const char *word)
{
    int own = strength(e);
    bool chains = e->kind != EXPR_COMPARE && e->kind != EXPR_IN;
    return arena_printf(a, "%s %s %s", child(a, e->left, chains ? own : own + 1), word,
                        child(a, e->right, own + 1));
}

const char *expr_print(struct arena *a, const struct expr *e)
{
    switch ((int)e->kind) {
    case EXPR_OR:
        return print_infix(a, e, "or");
    case EXPR_AND:
        return print_infix(a, e, "and");
    case EXPR_NOT:
        return arena_printf(a, "not %s", child(a, e->left, 3));
    case EXPR_NEGATE:
        return arena_printf(a, "-%s", child(a, e->left, 7));
    case EXPR_IS_NONE:
        return arena_printf(a, "%s is none", child(a, e->left, 5));
    case EXPR_IN:
        return print_infix(a, e, "in");
    case EXPR_COMPARE:
    case EXPR_ARITH:
        return print_infix(a, e, rule_op_text(e->op));
    default:
        return print_leaf(a, e);
    }
}
