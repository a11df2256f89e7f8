/* Types of expressions. Everything is asked once; a broken part is complained of once and then silent. */
#include "pipeline/rules/check.h"

#include <stdarg.h>
#include <stdio.h>

enum value_type complain(struct checker *c, const struct expr *e, const char *hint, const char *fmt, ...)
{
    char message[500];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    struct rule_source source = {e->node, c->problems, c->arena};
    source_problem(&source, e->at, hint, "%s", message);
    c->failed = true;
    return TYPE_BROKEN;
}

const char *did_you_mean(struct checker *c, struct str word, const char *const *words, size_t n)
{
    const char *nearest = str_nearest(word, words, n);
    return nearest == NULL
               ? ""
               : arena_printf(c->arena, tr("是不是想写 \"%s\"?", "Did you mean \"%s\"?"), nearest);
}

const char *type_name(enum value_type type)
{
    switch (type) {
    case TYPE_BOOL:
        return tr("是否", "yes or no");
    case TYPE_NUMBER:
        return tr("数字", "a number");
    case TYPE_MONEY:
        return tr("金额", "an amount");
    case TYPE_DATE:
        return tr("日期", "a date");
    case TYPE_CODE:
        return tr("代码", "a code");
    case TYPE_TEXT:
        return tr("文字", "text");
    case TYPE_DURATION:
        return tr("时长", "a duration");
    case TYPE_BROKEN:
        break;
    }
    return "?";
}

/* ---- Arithmetic ---- */

/* 200, -200, 2 * 100: written in the rule, so it may stand for yuan. A percentage never does. */
static bool is_literal(const struct expr *e)
{
    if (e->kind == EXPR_NUMBER) {
        return !e->percent;
    }
    if (e->kind == EXPR_NEGATE) {
        return is_literal(e->left);
    }
    return e->kind == EXPR_ARITH && e->op != OP_OF && is_literal(e->left) && is_literal(e->right);
}

/* A bare number beside an amount is yuan. */
static void meet_money(struct expr *a, struct expr *b)
{
    if (a->type == TYPE_MONEY && b->type == TYPE_NUMBER && is_literal(b)) {
        b->as_yuan = true;
        b->type = TYPE_MONEY;
    }
}

static enum value_type sum_type(const struct expr *e)
{
    enum value_type l = e->left->type, r = e->right->type;
    if (l == TYPE_DATE && r == TYPE_DURATION) {
        return TYPE_DATE;
    }
    if (l == TYPE_DATE && r == TYPE_DATE && e->op == OP_SUB) {
        return TYPE_NUMBER;
    }
    return l == r && (l == TYPE_NUMBER || l == TYPE_MONEY) ? l : TYPE_BROKEN;
}

static enum value_type product_type(const struct expr *e)
{
    enum value_type l = e->left->type, r = e->right->type;
    if (e->op == OP_DIV) {
        if (r == TYPE_NUMBER && (l == TYPE_NUMBER || l == TYPE_MONEY)) {
            return l;
        }
        return l == TYPE_MONEY && r == TYPE_MONEY ? TYPE_NUMBER : TYPE_BROKEN;
    }
    if (l == TYPE_NUMBER && (r == TYPE_NUMBER || r == TYPE_MONEY)) {
        return r;
    }
    return e->op == OP_MUL && l == TYPE_MONEY && r == TYPE_NUMBER ? l : TYPE_BROKEN;
}

static bool check_both(struct checker *c, struct expr *e)
{
    enum value_type l = check_expr(c, e->left), r = check_expr(c, e->right);
    e->reads_row = e->left->reads_row || e->right->reads_row;
    return l != TYPE_BROKEN && r != TYPE_BROKEN;
}

static enum value_type check_arith(struct checker *c, struct expr *e)
{
    if (!check_both(c, e)) {
        return TYPE_BROKEN;
    }
    bool is_sum = e->op == OP_ADD || e->op == OP_SUB;
    if (is_sum) {
        meet_money(e->left, e->right);
        meet_money(e->right, e->left);
    }
    enum value_type type = is_sum ? sum_type(e) : product_type(e);
    if (type == TYPE_BROKEN) {
        return complain(c, e, "", tr("%s %s %s 没有意义", "%s %s %s makes no sense"),
                        type_name(e->left->type), rule_op_text(e->op), type_name(e->right->type));
    }
    return type;
}

static enum value_type check_negate(struct checker *c, struct expr *e)
{
    enum value_type type = check_expr(c, e->left);
    e->reads_row = e->left->reads_row;
    if (type == TYPE_BROKEN || type == TYPE_NUMBER || type == TYPE_MONEY) {
        return type;
    }
    return complain(c, e, "",
                    tr("负号后应为数字或金额,却是%s", "a minus needs a number or an amount, found %s"),
                    type_name(type));
}

/* ---- Conditions ---- */

static enum value_type mismatch(struct checker *c, const struct expr *e, const struct expr *l,
                                const struct expr *r)
{
    bool money_share = (l->type == TYPE_MONEY && r->type == TYPE_NUMBER) ||
                       (l->type == TYPE_NUMBER && r->type == TYPE_MONEY);
    const char *hint = money_share
                           ? tr("比例写成 50% of 金额;金额参数的单位应为 yuan。",
                                "A share is written 50% of an amount; a parameter of money has unit yuan.")
                           : "";
    return complain(c, e, hint, tr("%s不能和%s比较", "%s cannot be compared with %s"), type_name(l->type),
                    type_name(r->type));
}

static bool is_ordered(enum rule_op op)
{
    return op != OP_EQ && op != OP_NE;
}

static enum value_type check_pair(struct checker *c, const struct expr *e, struct expr *l, struct expr *r,
                                  enum rule_op op)
{
    meet_money(l, r);
    meet_money(r, l);
    if (l->type != r->type || l->type == TYPE_DURATION || (l->type == TYPE_CODE && l->codes != r->codes)) {
        return mismatch(c, e, l, r);
    }
    if (is_ordered(op) && l->type != TYPE_NUMBER && l->type != TYPE_MONEY && l->type != TYPE_DATE) {
        return complain(c, e, "= != in", tr("%s没有大小", "%s has no order"), type_name(l->type));
    }
    return TYPE_BOOL;
}

static enum value_type check_compare(struct checker *c, struct expr *e)
{
    enum value_type l = check_expr(c, e->left);
    if (l == TYPE_BROKEN) {
        return l;
    }
    e->right->type = check_label(c, e->right, e->left);
    e->reads_row = e->left->reads_row || e->right->reads_row;
    return e->right->type == TYPE_BROKEN ? TYPE_BROKEN : check_pair(c, e, e->left, e->right, e->op);
}

static enum value_type check_in_window(struct checker *c, struct expr *e)
{
    if (!check_as_window(e->right)) {
        return complain(c, e->right, "in [a, b]; in last month", "%s",
                        tr("in 之后应为 [列表] 或时间窗", "in is followed by a [list] or a window"));
    }
    if (e->left->type != TYPE_DATE) {
        return complain(c, e->left, "",
                        tr("时间窗只能套用于日期,却是%s", "a window applies to a date, found %s"),
                        type_name(e->left->type));
    }
    return TYPE_BOOL;
}

static enum value_type check_in(struct checker *c, struct expr *e)
{
    enum value_type type = check_expr(c, e->left);
    e->reads_row = e->left->reads_row;
    if (type == TYPE_BROKEN || e->right->kind != EXPR_LIST) {
        return type == TYPE_BROKEN ? type : check_in_window(c, e);
    }
    type = TYPE_BOOL;
    for (struct expr *item = e->right->args; item != NULL; item = item->next) {
        item->type = check_label(c, item, e->left);
        e->reads_row = e->reads_row || item->reads_row;
        if (item->type == TYPE_BROKEN || check_pair(c, item, e->left, item, OP_EQ) == TYPE_BROKEN) {
            type = TYPE_BROKEN;
        }
    }
    return type;
}

static enum value_type check_logic(struct checker *c, struct expr *e)
{
    struct expr *sides[2] = {e->left, e->right};
    enum value_type type = TYPE_BOOL;
    for (size_t i = 0; i < 2 && sides[i] != NULL; i++) {
        enum value_type side = check_expr(c, sides[i]);
        e->reads_row = e->reads_row || sides[i]->reads_row;
        if (side != TYPE_BOOL && side != TYPE_BROKEN) {
            side = complain(c, sides[i], "", tr("此处应为条件,却是%s", "expected a condition, found %s"),
                            type_name(side));
        }
        type = side == TYPE_BROKEN ? side : type;
    }
    return type;
}

/* What may be blank or without records: a sum never is. */
static bool may_be_none(const struct checker *c, const struct expr *e)
{
    while (e->kind == EXPR_NAME && e->symbol == SYMBOL_LET) {
        e = c->tree->lets[e->let].expr;
    }
    if (e->kind == EXPR_CALL) {
        return e->aggregate == AGG_MAX || e->aggregate == AGG_LATEST;
    }
    return e->kind == EXPR_NAME && e->symbol != SYMBOL_PARAMETER;
}

static enum value_type check_is_none(struct checker *c, struct expr *e)
{
    enum value_type type = check_expr(c, e->left);
    e->reads_row = e->left->reads_row;
    if (type == TYPE_BROKEN) {
        return type;
    }
    if (!may_be_none(c, e->left)) {
        return complain(c, e->left, "", "%s",
                        tr("is none 只用于字段、属性、max 和 latest",
                           "is none is for fields, attributes, max and latest"));
    }
    return TYPE_BOOL;
}

/* ---- All ---- */

static enum value_type check_kind(struct checker *c, struct expr *e)
{
    switch (e->kind) {
    case EXPR_NUMBER:
        return TYPE_NUMBER;
    case EXPR_DATE:
        return TYPE_DATE;
    case EXPR_TEXT:
        return TYPE_TEXT;
    case EXPR_DURATION:
        return TYPE_DURATION;
    case EXPR_NAME:
        return check_name(c, e);
    case EXPR_CALL:
        return check_call(c, e);
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
        return check_logic(c, e);
    case EXPR_NEGATE:
        return check_negate(c, e);
    case EXPR_COMPARE:
        return check_compare(c, e);
    case EXPR_IN:
        return check_in(c, e);
    case EXPR_IS_NONE:
        return check_is_none(c, e);
    case EXPR_ARITH:
        return check_arith(c, e);
    case EXPR_WINDOW:
    case EXPR_LIST:
        break;
    }
    return complain(
        c, e, "", "%s",
        tr("时间窗只能写在汇总之内或 in 之后", "a window stands only inside an aggregate or after in"));
}

enum value_type check_expr(struct checker *c, struct expr *e)
{
    e->in_row = c->row != NULL;
    e->type = check_kind(c, e);
    return e->type;
}

void check_let(struct checker *c, struct rule_let *let)
{
    if (let->state != LET_NEW) {
        return;
    }
    const struct dataset *row = c->row;
    c->row = NULL;
    let->state = LET_BUSY;
    if (let->expr != NULL) {
        (void)check_expr(c, let->expr);
        if (let->expr->type == TYPE_DURATION) {
            let->expr->type =
                complain(c, let->expr, "", "%s", tr("时长不能单独作值", "a duration is no value by itself"));
        }
    }
    let->state = LET_DONE;
    c->row = row;
}

/* The first comparison, left to right, is the rule's line. */
static const struct expr *first_comparison(const struct expr *e)
{
    if (e == NULL || e->kind == EXPR_COMPARE) {
        return e;
    }
    if (e->kind != EXPR_AND && e->kind != EXPR_OR && e->kind != EXPR_NOT) {
        return NULL;
    }
    const struct expr *found = first_comparison(e->left);
    return found != NULL ? found : first_comparison(e->right);
}

static void check_condition(struct checker *c, struct expr *e, const char *what)
{
    if (e == NULL) {
        c->failed = true;
        return;
    }
    enum value_type type = check_expr(c, e);
    if (type != TYPE_BOOL && type != TYPE_BROKEN) {
        (void)complain(c, e, "", tr("%s 应为条件,却是%s", "%s must be a condition, found %s"), what,
                       type_name(type));
    }
}

bool rule_resolve(const struct config *config, struct rule *rule, struct rule_tree *tree, struct arena *arena,
                  struct problems *problems)
{
    struct checker c = {.config = config, .rule = rule, .tree = tree, .arena = arena, .problems = problems};
    for (size_t i = 0; i < tree->let_count; i++) {
        check_let(&c, &tree->lets[i]);
        c.failed = c.failed || tree->lets[i].expr == NULL;
    }
    check_condition(&c, tree->when, "when");
    for (size_t i = 0; i < tree->unless_count; i++) {
        check_condition(&c, tree->unless[i].expr, tree->unless[i].name);
    }
    tree->line = first_comparison(tree->when);
    check_reason(&c, "reason");
    check_reason(&c, "field_reason");
    return !c.failed;
}
