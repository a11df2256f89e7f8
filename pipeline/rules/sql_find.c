/* The findings' reading of a condition: true of the same subjects as its three-valued one, and of the others false or
 * unknown, whichever costs less. A span then counts by one end, and a total that has to pass a line is followed only
 * where it passes the lowest line of the county. */
#include "pipeline/rules/sql.h"

/* ---- Spans ---- */

static const char *holds_compare(struct compiler *c, const struct expr *e)
{
    struct span l = sql_scalar(c, e->left), r = sql_scalar(c, e->right);
    switch ((int)e->op) {
    case OP_LT:
    case OP_LE:
        return sql(c, "(%s %s %s)", l.hi, rule_op_text(e->op), r.lo);
    case OP_GT:
    case OP_GE:
        return sql(c, "(%s %s %s)", l.lo, rule_op_text(e->op), r.hi);
    default:
        return sql_test(c, e);
    }
}

/* ---- Totals over a line ---- */

static const struct expr *total_of(const struct compiler *c, const struct expr *e)
{
    while (e->kind == EXPR_NAME && e->symbol == SYMBOL_LET) {
        e = c->tree->lets[e->let].expr;
    }
    bool is_total = e->kind == EXPR_CALL && (e->aggregate == AGG_SUM || e->aggregate == AGG_COUNT);
    return is_total ? e : NULL;
}

static bool is_parameter(const struct expr *e)
{
    return e->kind == EXPR_NAME && e->symbol == SYMBOL_PARAMETER;
}

static bool parameter_is_above(const struct compiler *c, const char *name, int64_t least)
{
    for (size_t i = 0; i < c->config->parameter_count; i++) {
        const struct parameter *p = &c->config->parameters[i];
        if (p->name != NULL && strcmp(p->name, name) == 0 && p->value_micro <= least) {
            return false;
        }
    }
    return true;
}

/* A line made of numbers and parameters alone, all of them above `least`: -1 (millionths) or 0. */
static bool is_above(const struct compiler *c, const struct expr *e, int64_t least)
{
    if (e->kind == EXPR_NUMBER) {
        return e->number > least;
    }
    if (is_parameter(e)) {
        return parameter_is_above(c, e->parameter->name, least);
    }
    return e->kind == EXPR_ARITH && e->op != OP_SUB && is_above(c, e->left, least) &&
           is_above(c, e->right, least);
}

static bool reads_place(const struct expr *e)
{
    return is_parameter(e) || (e->kind == EXPR_ARITH && (reads_place(e->left) || reads_place(e->right)));
}

/* Without facts a total is 0, and 0 passes no such line: only subjects with facts need a look. */
static bool is_over_line(const struct compiler *c, const struct expr *e)
{
    return e->kind == EXPR_COMPARE && (e->op == OP_GT || e->op == OP_GE) && total_of(c, e->left) != NULL &&
           is_above(c, e->right, e->op == OP_GT ? -1 : 0);
}

static const char *holds_over_line(struct compiler *c, const struct expr *e)
{
    const char *line = sql_scalar(c, e->right).lo;
    c->floored = total_of(c, e->left);
    c->floor = sql(c, reads_place(e->right) ? "%s (select min(%s) from pl)" : "%s %s", rule_op_text(e->op), line);
    int n = sql_call(c, c->floored);
    c->floored = NULL;
    return sql(c, "(a%d.sid is not null and %s)", n, holds_compare(c, e));
}

/* ---- Conditions ---- */

/* `alone`: where this is not true the whole is not, so that what it rules out need not be known to others. */
static const char *holds(struct compiler *c, const struct expr *e, bool alone)
{
    if (c->too_large) {
        return "null";
    }
    if (e->kind == EXPR_AND || e->kind == EXPR_OR) {
        bool is_and = e->kind == EXPR_AND;
        const char *left = holds(c, e->left, alone && is_and);
        return sql(c, "(%s %s %s)", left, is_and ? "and" : "or", holds(c, e->right, alone && is_and));
    }
    if (e->kind == EXPR_NAME && e->symbol == SYMBOL_LET) {
        return holds(c, c->tree->lets[e->let].expr, alone);
    }
    if (alone && is_over_line(c, e)) {
        return holds_over_line(c, e);
    }
    return e->kind == EXPR_COMPARE ? holds_compare(c, e) : sql_test(c, e);
}

const char *sql_holds(struct compiler *c, const struct expr *e)
{
    return holds(c, e, true);
}
