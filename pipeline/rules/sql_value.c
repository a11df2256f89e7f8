/* Values: fields, lets, attributes, parameters and arithmetic over spans. */
#include "pipeline/rules/sql.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/money.h"

#define PIECE_MOST 16384 /* bytes of one piece: lets that multiply each other end here */

/* ---- Text ---- */

const char *sql(struct compiler *c, const char *fmt, ...)
{
    if (c->too_large) {
        return "null";
    }
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || n > PIECE_MOST) {
        c->too_large = true;
        return "null";
    }
    char *text = arena_alloc(c->arena, (size_t)n + 1);
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return text;
}

const char *sql_name(struct compiler *c, const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_')) {
            c->bad_name = true;
            return "null";
        }
    }
    return name;
}

const char *sql_literal(struct compiler *c, struct str text)
{
    for (size_t i = 0; i < c->literal_count; i++) {
        if (str_eq(c->literals[i], text)) {
            return sql(c, "($8::text[])[%zu]", i + 1);
        }
    }
    struct str *longer = arena_array(c->arena, c->literal_count + 1, sizeof *longer);
    for (size_t i = 0; i < c->literal_count; i++) {
        longer[i] = c->literals[i];
    }
    longer[c->literal_count++] = arena_str(c->arena, text);
    c->literals = longer;
    return sql(c, "($8::text[])[%zu]", c->literal_count);
}

const char *sql_known(struct compiler *c, const char *alias)
{
    return sql(c, "%s.county = $1 and %s.learned <= $3::int and (%s.ended is null or %s.ended > $3::int)",
               alias, alias, alias, alias);
}

bool span_is_exact(struct span s)
{
    return s.lo == s.hi;
}
static struct span exact(const char *text)
{
    return (struct span){text, text};
}

/* ---- Names ---- */

struct span sql_field(struct compiler *c, const struct field *f)
{
    const char *name = sql_name(c, f->name);
    switch (f->type) {
    case FIELD_DATE:
        return (struct span){sql(c, "f.f_%s", name), sql(c, "coalesce(f.f_%s_last, f.f_%s)", name, name)};
    case FIELD_INSTANT:
        return exact(sql(c, "f.f_%s::date", name));
    case FIELD_NUMBER:
        return exact(sql(c, "(f.f_%s * 0.000001)", name));
    case FIELD_TEXT:
    case FIELD_CODE:
    case FIELD_FLAG:
    case FIELD_MONEY:
        break;
    }
    return exact(sql(c, "f.f_%s", name));
}

const char *sql_place(struct compiler *c, const char *parameter)
{
    size_t i = 0;
    while (i < c->place_count && strcmp(c->places[i], parameter) != 0) {
        i++;
    }
    if (i == RULE_MAX_NAMES) {
        c->too_large = true;
        return "p0";
    }
    if (i == c->place_count) {
        c->places[c->place_count++] = parameter;
    }
    return sql(c, "p%zu", i + 1);
}

static struct span parameter_value(struct compiler *c, const struct expr *e)
{
    c->needs->subject = true;
    c->needs->place = true;
    const char *column = sql_place(c, e->parameter->name);
    return exact(e->type == TYPE_MONEY ? sql(c, "(pl.%s * 100)", column) : sql(c, "pl.%s", column));
}

static struct span attribute_value(struct compiler *c, const struct expr *e)
{
    const struct attribute *a = e->attribute;
    char alias = e->of_member ? 'm' : 's';
    if (a->of != OF_RUN && !e->of_member) {
        c->needs->subject = true;
        c->columns |= UINT64_C(1) << (a - attribute_at(0));
    }
    if (a->age_at != NULL) {
        return exact(sql(c, "extract(year from age(%s::timestamp, %c.%s::timestamp))", a->age_at, alias, a->column));
    }
    return exact(a->sql != NULL ? a->sql : sql(c, "%c.%s", alias, a->column));
}

static struct span event_of(struct compiler *c, const struct expr *e)
{
    int n = sql_call(c, c->tree->lets[e->let].expr);
    return (struct span){sql_call_answered(c, n, sql(c, "a%d.ev_lo", n)),
                         sql_call_answered(c, n, sql(c, "a%d.ev_hi", n))};
}

static struct span name_value(struct compiler *c, const struct expr *e)
{
    switch (e->symbol) {
    case SYMBOL_FIELD:
        return sql_field(c, e->field);
    case SYMBOL_LET:
        return sql_scalar(c, c->tree->lets[e->let].expr);
    case SYMBOL_LET_EVENT:
        return event_of(c, e);
    case SYMBOL_ATTRIBUTE:
        return attribute_value(c, e);
    case SYMBOL_PARAMETER:
        return parameter_value(c, e);
    case SYMBOL_LABEL:
        return exact(sql_literal(c, e->name));
    case SYMBOL_YES:
        return exact("true");
    case SYMBOL_NO:
        return exact("false");
    case SYMBOL_NONE:
        break;
    }
    return exact("null");
}

/* ---- Arithmetic ---- */

static const char *shifted(struct compiler *c, const char *day, char sign, const struct expr *by)
{
    static const char *const units[] = {"days", "months", "years"};
    if (by->unit == UNIT_DAY) {
        return sql(c, "(%s %c %lld)", day, sign, (long long)by->number);
    }
    return sql(c, "(%s %c interval '%lld %s')::date", day, sign, (long long)by->number, units[by->unit]);
}

static struct span shift(struct compiler *c, struct span day, char sign, const struct expr *by)
{
    if (span_is_exact(day)) {
        return exact(shifted(c, day.lo, sign, by));
    }
    return (struct span){shifted(c, day.lo, sign, by), shifted(c, day.hi, sign, by)};
}

static struct span sum_of(struct compiler *c, const struct expr *e, struct span l, struct span r)
{
    if (e->op == OP_ADD) {
        const char *lo = sql(c, "(%s + %s)", l.lo, r.lo);
        return span_is_exact(l) && span_is_exact(r) ? exact(lo)
                                                    : (struct span){lo, sql(c, "(%s + %s)", l.hi, r.hi)};
    }
    const char *lo = sql(c, "(%s - %s)", l.lo, r.hi);
    return span_is_exact(l) && span_is_exact(r) ? exact(lo)
                                                : (struct span){lo, sql(c, "(%s - %s)", l.hi, r.lo)};
}

static const char *product(struct compiler *c, const char *l, bool divides, const char *r)
{
    return divides ? sql(c, "(%s::numeric / nullif(%s, 0))", l, r) : sql(c, "(%s::numeric * %s)", l, r);
}

/* Of two spans the extremes are among the four products. A divisor that may be zero gives null, as zero does. */
static struct span product_of(struct compiler *c, const struct expr *e, struct span l, struct span r)
{
    bool divides = e->op == OP_DIV;
    if (span_is_exact(l) && span_is_exact(r)) {
        return exact(product(c, l.lo, divides, r.lo));
    }
    const char *ends[4] = {product(c, l.lo, divides, r.lo), product(c, l.lo, divides, r.hi),
                           product(c, l.hi, divides, r.lo), product(c, l.hi, divides, r.hi)};
    const char *guard = divides && !span_is_exact(r) ? sql(c, "%s > 0 or %s < 0", r.lo, r.hi) : "true";
    const char *all = sql(c, "%s, %s, %s, %s", ends[0], ends[1], ends[2], ends[3]);
    return (struct span){sql(c, "(case when %s then least(%s) end)", guard, all),
                         sql(c, "(case when %s then greatest(%s) end)", guard, all)};
}

static struct span arith(struct compiler *c, const struct expr *e)
{
    struct span l = sql_scalar(c, e->left);
    if (e->right->kind == EXPR_DURATION) {
        return shift(c, l, e->op == OP_ADD ? '+' : '-', e->right);
    }
    struct span r = sql_scalar(c, e->right);
    bool is_sum = e->op == OP_ADD || e->op == OP_SUB;
    return is_sum ? sum_of(c, e, l, r) : product_of(c, e, l, r);
}

static struct span negated(struct compiler *c, struct span s)
{
    const char *lo = sql(c, "(-%s)", s.hi);
    return span_is_exact(s) ? exact(lo) : (struct span){lo, sql(c, "(-%s)", s.lo)};
}

static struct span days_since(struct compiler *c, const struct expr *day)
{
    struct span s = sql_scalar(c, day);
    const char *lo = sql(c, "($2::date - %s)", s.hi);
    return span_is_exact(s) ? exact(lo) : (struct span){lo, sql(c, "($2::date - %s)", s.lo)};
}

static const char *number(struct compiler *c, int64_t micro)
{
    char text[MONEY_TEXT];
    decimal_format(micro, text);
    return sql(c, "%s", text);
}

static const char *day(struct compiler *c, int64_t date)
{
    char text[DATE_TEXT];
    date_format((date_t)date, text);
    return sql(c, "%s::date", sql_literal(c, str_from(text)));
}

static struct span plain_scalar(struct compiler *c, const struct expr *e)
{
    switch ((int)e->kind) {
    case EXPR_NUMBER:
        return exact(number(c, e->number));
    case EXPR_DATE:
        return exact(day(c, e->number));
    case EXPR_TEXT:
        return exact(sql_literal(c, e->name));
    case EXPR_NAME:
        return name_value(c, e);
    case EXPR_CALL:
        return e->aggregate == AGG_DAYS_SINCE ? days_since(c, e->args) : sql_call_value(c, e);
    case EXPR_NEGATE:
        return negated(c, sql_scalar(c, e->left));
    case EXPR_ARITH:
        return arith(c, e);
    default:
        return exact(sql_test(c, e));
    }
}

struct span sql_scalar(struct compiler *c, const struct expr *e)
{
    if (c->too_large) { /* lets that name each other twice would go on for ever */
        return (struct span){"null", "null"};
    }
    struct span s = plain_scalar(c, e);
    return e->as_yuan ? exact(sql(c, "(%s * 100)", s.lo)) : s;
}

/* ---- Windows ---- */

const char *sql_window_start(struct compiler *c, const struct expr *window)
{
    switch (window->window) {
    case WINDOW_CALENDAR_YEAR:
        return "date_trunc('year', $2::date::timestamp)::date";
    case WINDOW_LAST_MONTH:
        return "($2::date - interval '1 month')::date";
    case WINDOW_TERM:
        return "$6::date";
    case WINDOW_SPAN:
        break;
    }
    return shifted(c, "$2::date", '-', window);
}

/* ---- As text ---- */

/* A month shows as a month; an amount that is not certain shows what is certain of it. */
const char *sql_text(struct compiler *c, const struct expr *e)
{
    if (e->type == TYPE_BOOL) {
        return sql(c, "(%s)::text", sql_test(c, e));
    }
    struct span s = sql_scalar(c, e);
    if (e->type == TYPE_MONEY) {
        return sql(c, "round((%s) / 100.0, 2)::text", s.lo);
    }
    if (e->type == TYPE_NUMBER) {
        return sql(c, "trim_scale((%s)::numeric)::text", s.lo);
    }
    if (e->type == TYPE_DATE) {
        return span_is_exact(s)
                   ? sql(c, "to_char(%s, 'YYYY-MM-DD')", s.lo)
                   : sql(c, "to_char(%s, case when %s = %s then 'YYYY-MM-DD' else 'YYYY-MM' end)", s.lo, s.lo,
                         s.hi);
    }
    return sql(c, "(%s)::text", s.lo);
}
