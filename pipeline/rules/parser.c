/* Recursive descent, loosest first: or, and, not, comparison, sum, product, sign, word. */
#include "pipeline/rules/ast.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/money.h"

struct parser {
    const struct rule_source *source;
    struct str text;
    size_t at;          /* behind `token` */
    struct token token; /* not yet taken */
    int depth;
    bool failed; /* one complaint an expression: the rest would be guesses */
};

/* ---- Complaints ---- */

/* Columns count characters, bytes of one character share its column. */
static int characters(struct str text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n && i < text.n; i++) {
        count += ((unsigned char)text.p[i] & 0xC0U) != 0x80U;
    }
    return count;
}

void source_problem(const struct rule_source *source, size_t at, const char *hint, const char *fmt, ...)
{
    char message[600];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    struct yaml place = *source->node;
    place.column += characters(place.text, at) + (place.plain ? 0 : 1);
    place.key_line = place.line;
    place.key_column = place.column;
    problem_add(source->problems, &place, hint, "%s", message);
}

static struct str shown(const struct parser *p)
{
    return p->token.kind == TOKEN_END ? str_from(tr("末尾", "the end")) : p->token.text;
}

static struct expr *expected(struct parser *p, const char *what)
{
    if (!p->failed) {
        struct str found = shown(p);
        source_problem(p->source, p->token.at, "", tr("此处应为%s,却是 %.*s", "expected %s, found %.*s"),
                       what, (int)(found.n < 40 ? found.n : 40), found.p);
    }
    p->failed = true;
    return NULL;
}

/* ---- Tokens and nodes ---- */

static void advance(struct parser *p)
{
    p->token = lexer_next(p->text, &p->at);
}

static bool is_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_NAME && str_is(p->token.text, word);
}

static bool take_word(struct parser *p, const char *word)
{
    bool found = is_word(p, word);
    if (found) {
        advance(p);
    }
    return found;
}

static bool take_kind(struct parser *p, enum token_kind kind)
{
    bool found = p->token.kind == kind;
    if (found) {
        advance(p);
    }
    return found;
}

static struct expr *node_at(struct parser *p, enum expr_kind kind, size_t at)
{
    struct expr *e = ARENA_NEW(p->source->arena, struct expr);
    e->kind = kind;
    e->at = at;
    e->node = p->source->node;
    return e;
}

static struct expr *binary(struct parser *p, enum expr_kind kind, enum rule_op op, struct expr *left,
                           struct expr *right)
{
    if (left == NULL || right == NULL) {
        return NULL;
    }
    struct expr *e = node_at(p, kind, left->at);
    e->op = op;
    e->left = left;
    e->right = right;
    return e;
}

static struct expr *unary(struct parser *p, enum expr_kind kind, size_t at, struct expr *operand)
{
    if (operand == NULL) {
        return NULL;
    }
    struct expr *e = node_at(p, kind, at);
    e->left = operand;
    return e;
}

static struct expr *parse_or(struct parser *p);
static struct expr *parse_sum(struct parser *p);

/* ---- Words ---- */

static bool take_unit(struct parser *p, enum span_unit *ret)
{
    static const struct {
        const char *one, *many;
        enum span_unit unit;
    } units[] = {{"day", "days", UNIT_DAY}, {"month", "months", UNIT_MONTH}, {"year", "years", UNIT_YEAR}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (take_word(p, units[i].one) || take_word(p, units[i].many)) {
            *ret = units[i].unit;
            return true;
        }
    }
    return false;
}

/* 24 alone is a number; 24 months a duration, and where a window is asked for, a window. */
static struct expr *parse_number(struct parser *p)
{
    struct expr *e = node_at(p, EXPR_NUMBER, p->token.at);
    e->number = p->token.number;
    e->percent = p->token.kind == TOKEN_PERCENT;
    advance(p);
    if (e->percent || !take_unit(p, &e->unit)) {
        return e;
    }
    if (e->number % DECIMAL_ONE != 0 || e->number == 0 || e->number / DECIMAL_ONE > 36500) {
        source_problem(p->source, e->at, "", "%s",
                       tr("时长应为 1 到 36500 的整数", "a duration is a whole number from 1 to 36500"));
        p->failed = true;
        return NULL;
    }
    e->kind = EXPR_DURATION;
    e->number /= DECIMAL_ONE;
    return e;
}

static struct expr *parse_args(struct parser *p, struct expr *call)
{
    struct expr **last = &call->args;
    do {
        struct expr *arg = parse_or(p);
        if (arg == NULL) {
            return NULL;
        }
        *last = arg;
        last = &arg->next;
    } while (take_kind(p, TOKEN_COMMA));
    return take_kind(p, TOKEN_CLOSE) ? call : expected(p, tr(" , 或 )", ", or )"));
}

static struct expr *parse_window_words(struct parser *p, size_t at, enum window_kind kind, const char *second)
{
    struct expr *e = node_at(p, EXPR_WINDOW, at);
    e->window = kind;
    return take_word(p, second) ? e : expected(p, second);
}

static struct expr *parse_name(struct parser *p)
{
    static const char *const reserved[] = {"and", "or", "in", "is", "of", "not"};
    size_t at = p->token.at;
    struct str name = p->token.text;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (str_is(name, reserved[i])) {
            return expected(p, tr("名称或数值", "a name or a number"));
        }
    }
    advance(p);
    if (str_is(name, "calendar")) {
        return parse_window_words(p, at, WINDOW_CALENDAR_YEAR, "year");
    }
    if (str_is(name, "last") && is_word(p, "month")) {
        return parse_window_words(p, at, WINDOW_LAST_MONTH, "month");
    }
    struct expr *e = node_at(p, EXPR_NAME, at);
    e->name = name;
    if (!take_kind(p, TOKEN_OPEN)) {
        return e;
    }
    e->kind = EXPR_CALL;
    return parse_args(p, e);
}

static struct expr *parse_quoted(struct parser *p)
{
    struct expr *e = node_at(p, EXPR_TEXT, p->token.at);
    e->name = p->token.text;
    advance(p);
    return e;
}

static struct expr *parse_day(struct parser *p)
{
    struct expr *e = node_at(p, EXPR_DATE, p->token.at);
    e->number = p->token.number;
    advance(p);
    return e;
}

static struct expr *parse_bracket(struct parser *p)
{
    advance(p);
    struct expr *inner = parse_or(p);
    if (inner == NULL) {
        return NULL;
    }
    return take_kind(p, TOKEN_CLOSE) ? inner : expected(p, ")");
}

static struct expr *parse_word(struct parser *p)
{
    switch ((int)p->token.kind) {
    case TOKEN_NUMBER:
    case TOKEN_PERCENT:
        return parse_number(p);
    case TOKEN_DATE:
        return parse_day(p);
    case TOKEN_TEXT:
        return parse_quoted(p);
    case TOKEN_NAME:
        return parse_name(p);
    case TOKEN_OPEN:
        return parse_bracket(p);
    default:
        return expected(p, tr("名称、数值或 (", "a name, a number or ("));
    }
}

/* ---- Operators ---- */

static struct expr *too_deep(struct parser *p)
{
    if (!p->failed) {
        source_problem(p->source, p->token.at, tr("拆成几个 let。", "Split it into several lets."), "%s",
                       tr("表达式嵌套过深", "the expression is nested too deeply"));
    }
    p->failed = true;
    return NULL;
}

static struct expr *parse_sign(struct parser *p)
{
    size_t at = p->token.at;
    if (p->token.kind != TOKEN_MINUS) {
        return parse_word(p);
    }
    if (++p->depth > RULE_MAX_DEPTH) {
        return too_deep(p);
    }
    advance(p);
    struct expr *e = unary(p, EXPR_NEGATE, at, parse_sign(p));
    p->depth--;
    return e;
}

static enum rule_op product_op(const struct parser *p)
{
    if (p->token.kind == TOKEN_TIMES) {
        return OP_MUL;
    }
    if (p->token.kind == TOKEN_OVER) {
        return OP_DIV;
    }
    return is_word(p, "of") ? OP_OF : OP_NONE;
}

static struct expr *parse_product(struct parser *p)
{
    struct expr *e = parse_sign(p);
    for (enum rule_op op; e != NULL && (op = product_op(p)) != OP_NONE;) {
        advance(p);
        e = binary(p, EXPR_ARITH, op, e, parse_sign(p));
    }
    return e;
}

static struct expr *parse_sum(struct parser *p)
{
    struct expr *e = parse_product(p);
    while (e != NULL && (p->token.kind == TOKEN_PLUS || p->token.kind == TOKEN_MINUS)) {
        enum rule_op op = p->token.kind == TOKEN_PLUS ? OP_ADD : OP_SUB;
        advance(p);
        e = binary(p, EXPR_ARITH, op, e, parse_product(p));
    }
    return e;
}

static enum rule_op comparison_op(const struct parser *p)
{
    static const struct {
        enum token_kind kind;
        enum rule_op op;
    } ops[] = {{TOKEN_EQ, OP_EQ}, {TOKEN_NE, OP_NE}, {TOKEN_LT, OP_LT},
               {TOKEN_LE, OP_LE}, {TOKEN_GT, OP_GT}, {TOKEN_GE, OP_GE}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (p->token.kind == ops[i].kind) {
            return ops[i].op;
        }
    }
    return OP_NONE;
}

static struct expr *parse_list(struct parser *p)
{
    struct expr *list = node_at(p, EXPR_LIST, p->token.at);
    struct expr **last = &list->args;
    advance(p);
    do {
        struct expr *item = parse_sign(p);
        if (item == NULL) {
            return NULL;
        }
        *last = item;
        last = &item->next;
    } while (take_kind(p, TOKEN_COMMA));
    return take_kind(p, TOKEN_LIST_CLOSE) ? list : expected(p, tr(" , 或 ]", ", or ]"));
}

/* in [a, b]; in last month, in 12 months, in calendar year, in term */
static struct expr *parse_in(struct parser *p, struct expr *left)
{
    if (p->token.kind == TOKEN_LIST_OPEN) {
        return binary(p, EXPR_IN, OP_NONE, left, parse_list(p));
    }
    return binary(p, EXPR_IN, OP_NONE, left, parse_word(p));
}

static struct expr *parse_is(struct parser *p, struct expr *left)
{
    bool negated = take_word(p, "not");
    if (!take_word(p, "none")) {
        return expected(p, "none");
    }
    struct expr *e = unary(p, EXPR_IS_NONE, left->at, left);
    return negated ? unary(p, EXPR_NOT, left->at, e) : e;
}

static struct expr *parse_comparison(struct parser *p)
{
    struct expr *left = parse_sum(p);
    if (left == NULL) {
        return NULL;
    }
    if (take_word(p, "in")) {
        return parse_in(p, left);
    }
    if (take_word(p, "is")) {
        return parse_is(p, left);
    }
    enum rule_op op = comparison_op(p);
    if (op == OP_NONE) {
        return left;
    }
    advance(p);
    struct expr *e = binary(p, EXPR_COMPARE, op, left, parse_sum(p));
    if (e != NULL && comparison_op(p) != OP_NONE) {
        return expected(p, tr("and 或 or(比较不能连写)", "and or or (comparisons do not chain)"));
    }
    return e;
}

static struct expr *parse_not(struct parser *p)
{
    size_t at = p->token.at;
    if (++p->depth > RULE_MAX_DEPTH) {
        return too_deep(p);
    }
    struct expr *e = take_word(p, "not") ? unary(p, EXPR_NOT, at, parse_not(p)) : parse_comparison(p);
    p->depth--;
    return e;
}

static struct expr *parse_and(struct parser *p)
{
    struct expr *e = parse_not(p);
    while (e != NULL && take_word(p, "and")) {
        e = binary(p, EXPR_AND, OP_NONE, e, parse_not(p));
    }
    return e;
}

static struct expr *parse_or(struct parser *p)
{
    struct expr *e = parse_and(p);
    while (e != NULL && take_word(p, "or")) {
        e = binary(p, EXPR_OR, OP_NONE, e, parse_and(p));
    }
    return e;
}

struct expr *rule_parse(const struct rule_source *source, struct str text)
{
    struct parser p = {.source = source, .text = text};
    if (text.n > RULE_MAX_TEXT) {
        source_problem(source, 0, tr("拆成几个 let。", "Split it into several lets."),
                       tr("表达式超过 %d 字节", "the expression has more than %d bytes"), RULE_MAX_TEXT);
        return NULL;
    }
    advance(&p);
    struct expr *e = parse_or(&p);
    if (e != NULL && p.token.kind != TOKEN_END) {
        return expected(&p, tr("运算符或末尾", "an operator or the end"));
    }
    return e;
}
