/* Conditions: three-valued outside rows; sure and maybe on a row. */
#include "pipeline/rules/sql.h"

/* ---- Outside rows ---- */

/* Both readings of `l op r` when neither side is exact; null in between. */
static const char *compare_spans(struct compiler *c, enum rule_op op, struct span l, struct span r)
{
    switch ((int)op) {
    case OP_LT:
        return sql(c, "(case when %s < %s then true when %s >= %s then false end)", l.hi, r.lo, l.lo, r.hi);
    case OP_LE:
        return sql(c, "(case when %s <= %s then true when %s > %s then false end)", l.hi, r.lo, l.lo, r.hi);
    case OP_GT:
        return sql(c, "(case when %s > %s then true when %s <= %s then false end)", l.lo, r.hi, l.hi, r.lo);
    case OP_GE:
        return sql(c, "(case when %s >= %s then true when %s < %s then false end)", l.lo, r.hi, l.hi, r.lo);
    default:
        return sql(c,
                   "(case when %s = %s and %s = %s and %s = %s then %s when %s < %s or %s < %s then %s end)",
                   l.lo, l.hi, r.lo, r.hi, l.lo, r.lo, op == OP_EQ ? "true" : "false", l.hi, r.lo, r.hi, l.lo,
                   op == OP_EQ ? "false" : "true");
    }
}

static const char *compare(struct compiler *c, enum rule_op op, struct span l, struct span r)
{
    if (span_is_exact(l) && span_is_exact(r)) {
        return sql(c, "(%s %s %s)", l.lo, op == OP_NE ? "<>" : rule_op_text(op), r.lo);
    }
    return compare_spans(c, op, l, r);
}

static const char *test_list(struct compiler *c, const struct expr *e)
{
    const char *text = "";
    for (const struct expr *item = e->right->args; item != NULL; item = item->next) {
        text = sql(c, "%s%s%s", text, item == e->right->args ? "" : " or ",
                   compare(c, OP_EQ, sql_scalar(c, e->left), sql_scalar(c, item)));
    }
    return sql(c, "(%s)", text);
}

static const char *test_in(struct compiler *c, const struct expr *e)
{
    if (e->right->kind == EXPR_LIST) {
        return test_list(c, e);
    }
    struct span day = sql_scalar(c, e->left);
    return sql(c, "(case when %s then true when not %s then false end)", sql_inside(c, day, e->right, true),
               sql_inside(c, day, e->right, false));
}

static const char *test_is_none(struct compiler *c, const struct expr *e)
{
    const struct expr *of = e->left;
    while (of->kind == EXPR_NAME && of->symbol == SYMBOL_LET) {
        of = c->tree->lets[of->let].expr;
    }
    if (of->kind == EXPR_CALL && (of->aggregate == AGG_MAX || of->aggregate == AGG_LATEST)) {
        return sql_call_is_none(c, of);
    }
    return sql(c, "(%s is null)", sql_scalar(c, of).lo);
}

static const char *test_name(struct compiler *c, const struct expr *e)
{
    if (e->symbol == SYMBOL_LET) {
        return sql_test(c, c->tree->lets[e->let].expr);
    }
    return sql_scalar(c, e).lo;
}

const char *sql_test(struct compiler *c, const struct expr *e)
{
    if (c->too_large) {
        return "null";
    }
    switch ((int)e->kind) {
    case EXPR_AND:
        return sql(c, "(%s and %s)", sql_test(c, e->left), sql_test(c, e->right));
    case EXPR_OR:
        return sql(c, "(%s or %s)", sql_test(c, e->left), sql_test(c, e->right));
    case EXPR_NOT:
        return sql(c, "(not %s)", sql_test(c, e->left));
    case EXPR_COMPARE:
        return compare(c, e->op, sql_scalar(c, e->left), sql_scalar(c, e->right));
    case EXPR_IN:
        return test_in(c, e);
    case EXPR_IS_NONE:
        return test_is_none(c, e);
    case EXPR_CALL:
        return sql_call_test(c, e);
    default:
        return test_name(c, e);
    }
}

/* ---- On a row ---- */

static const char *match_equal(struct compiler *c, struct span l, struct span r, bool equal, bool sure)
{
    if (span_is_exact(l) && span_is_exact(r)) {
        return sql(c, "%s %s %s", l.lo, equal ? "=" : "<>", r.lo);
    }
    const char *same = sql(c, "%s = %s and %s = %s and %s = %s", l.lo, l.hi, r.lo, r.hi, l.lo, r.lo);
    const char *apart = sql(c, "%s < %s or %s < %s", l.hi, r.lo, r.hi, l.lo);
    const char *certain = equal ? same : apart, *excluded = equal ? apart : same;
    return sure ? sql(c, "(%s)", certain) : sql(c, "not (%s)", excluded);
}

static const char *match_order(struct compiler *c, enum rule_op op, struct span l, struct span r, bool sure)
{
    bool is_less = op == OP_LT || op == OP_LE;
    bool left_high = is_less == sure; /* surely less: even its last day is */
    return sql(c, "%s %s %s", left_high ? l.hi : l.lo, rule_op_text(op), left_high ? r.lo : r.hi);
}

static bool is_never_null(const struct expr *e)
{
    switch ((int)e->kind) {
    case EXPR_NUMBER:
    case EXPR_DATE:
    case EXPR_TEXT:
    case EXPR_DURATION:
        return true;
    case EXPR_NEGATE:
        return is_never_null(e->left);
    case EXPR_ARITH:
        return e->op != OP_DIV && is_never_null(e->left) && is_never_null(e->right);
    case EXPR_NAME:
        return e->symbol == SYMBOL_LABEL || e->symbol == SYMBOL_YES || e->symbol == SYMBOL_NO ||
               (e->symbol == SYMBOL_ATTRIBUTE && e->attribute->of == OF_RUN &&
                e->attribute->type == TYPE_DATE) ||
               (e->symbol == SYMBOL_ATTRIBUTE && strcmp(e->attribute->name, "this_year") == 0);
    default:
        return false;
    }
}

/* Comparing with a value that is none or unknown is unknown: the row may match, unless its own field is blank. */
static const char *or_unknown(struct compiler *c, const char *test, const struct expr *l, struct span ls,
                              const struct expr *r, struct span rs)
{
    const struct expr *outer = l->reads_row ? r : l;
    if (outer->reads_row || is_never_null(outer)) {
        return test;
    }
    const char *row = l->reads_row ? ls.lo : rs.lo, *other = l->reads_row ? rs.lo : ls.lo;
    return sql(c, "(%s or (%s is not null and %s is null))", test, row, other);
}

/* A number field keeps millionths: scaling the other side spares a multiplication per row. */
static void scale_numbers(struct compiler *c, const struct expr *l, struct span *ls, const struct expr *r,
                          struct span *rs)
{
    if (l->symbol == SYMBOL_FIELD && l->field->type == FIELD_NUMBER && !r->reads_row) {
        *ls = (struct span){sql(c, "f.f_%s", sql_name(c, l->field->name)), NULL};
        ls->hi = ls->lo;
        bool is_exact = span_is_exact(*rs);
        rs->lo = sql(c, "(%s * 1000000)", rs->lo);
        rs->hi = is_exact ? rs->lo : sql(c, "(%s * 1000000)", rs->hi);
    }
}

static const char *match_pair(struct compiler *c, enum rule_op op, const struct expr *l, const struct expr *r,
                              bool sure)
{
    struct span ls = sql_scalar(c, l), rs = sql_scalar(c, r);
    scale_numbers(c, l, &ls, r, &rs);
    bool is_equality = op == OP_EQ || op == OP_NE;
    const char *test =
        is_equality ? match_equal(c, ls, rs, op == OP_EQ, sure) : match_order(c, op, ls, rs, sure);
    return sure ? test : or_unknown(c, test, l, ls, r, rs);
}

static const char *match_list(struct compiler *c, const struct expr *e, bool sure)
{
    const char *text = "";
    for (const struct expr *item = e->right->args; item != NULL; item = item->next) {
        text = sql(c, "%s%s%s", text, item == e->right->args ? "" : " or ",
                   match_pair(c, OP_EQ, e->left, item, sure));
    }
    return sql(c, "(%s)", text);
}

/* Inside [start, $5). */
const char *sql_inside(struct compiler *c, struct span d, const struct expr *window, bool sure)
{
    const char *start = sql_window_start(c, window);
    return sure ? sql(c, "(%s >= %s and %s < $5::date)", d.lo, start, d.hi)
                : sql(c, "(%s >= %s and %s < $5::date)", d.hi, start, d.lo);
}

static const char *match_leaf(struct compiler *c, const struct expr *e, bool sure)
{
    switch ((int)e->kind) {
    case EXPR_COMPARE:
        return match_pair(c, e->op, e->left, e->right, sure);
    case EXPR_IN:
        return e->right->kind == EXPR_LIST ? match_list(c, e, sure)
                                           : sql_inside(c, sql_scalar(c, e->left), e->right, sure);
    case EXPR_IS_NONE:
        return sql(c, "%s is null", sql_scalar(c, e->left).lo);
    default:
        return sql_scalar(c, e).lo;
    }
}

/* A blank field fails a condition and so passes its negation: what is surely not so is what may not be so. */
const char *sql_match(struct compiler *c, const struct expr *e, bool sure)
{
    if (c->too_large) {
        return "null";
    }
    if (!e->reads_row) { /* the subject's own three-valued answer */
        return sql(c, "(%s is %s)", sql_test(c, e), sure ? "true" : "not false");
    }
    if (e->kind == EXPR_NOT) {
        return sql(c, "((%s) is not true)", sql_match(c, e->left, !sure));
    }
    if (e->kind == EXPR_AND || e->kind == EXPR_OR) {
        return sql(c, "(%s %s %s)", sql_match(c, e->left, sure), e->kind == EXPR_AND ? "and" : "or",
                   sql_match(c, e->right, sure));
    }
    return match_leaf(c, e, sure);
}
