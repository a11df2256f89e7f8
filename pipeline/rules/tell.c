/* A rule's expressions in the words of those who answer for it. In English the language itself is plain enough. */
#include "pipeline/rules/ast.h"

struct word {
    const char *name, *zh;
};

static const struct word functions[] = {{"sum", "合计"},      {"count", "条数"},  {"max", "最大值"}, {"latest", "最近一次"},
                                        {"exists", "存在记录"}, {"absent", "没有记录"}, {"days_since", "距今天数"}, {NULL, NULL}};
static const struct word attributes[] = {
    {"as_of", "清单日期"}, {"month_start", "当月一日"}, {"this_year", "本年"}, {"term_day", "开学天数"}, {"class", "户类"},
    {"risk_cleared", "风险已消除"}, {"cleared_on", "风险消除日期"}, {"net_income", "人均纯收入"}, {"unsafe_house", "底册危房户"},
    {"safe_water", "底册饮水安全"}, {"house_damaged", "消除后住房损毁"}, {"water_damaged", "消除后饮水设施损毁"}, {"members", "户内人数"},
    {"birth_date", "出生日期"}, {"age", "年龄"}, {"school_age", "学年年龄"}, {"sex", "性别"}, {"relation", "与户主关系"},
    {"resident_insurance", "参加居民医保"}, {"employee_insurance", "参加职工医保"}, {"major_illness_cover", "参加大病保险"},
    {"school_status", "在校生状况"}, {"not_at_school_reason", "未上学原因"}, {"dropout", "失学辍学"}, {"labour", "劳动技能"},
    {"yes", "是"}, {"no", "否"}, {"lifted", "脱贫户"}, {"monitored", "监测对象"}, {"general", "一般农户"}, {NULL, NULL}};
static const char *const comparisons[] = {[OP_EQ] = "为", [OP_NE] = "不为", [OP_LT] = "小于", [OP_LE] = "不大于",
                                          [OP_GT] = "大于", [OP_GE] = "不小于"};
static const char *const dates_compared[] = {[OP_EQ] = "为", [OP_NE] = "不为", [OP_LT] = "早于", [OP_LE] = "不晚于",
                                             [OP_GT] = "晚于", [OP_GE] = "不早于"};

static const char *word_of(const struct word *words, struct str name)
{
    for (; words->name != NULL; words++) {
        if (str_is(name, words->name)) {
            return words->zh;
        }
    }
    return NULL;
}

static const char *tell(struct arena *a, const struct expr *e);

static const char *tell_span(struct arena *a, const struct expr *e)
{
    static const char *const units[] = {"天", "个月", "年"};
    return arena_printf(a, "%lld%s", (long long)e->number, units[e->unit]);
}

static const char *tell_window(struct arena *a, const struct expr *e)
{
    switch (e->window) {
    case WINDOW_CALENDAR_YEAR:
        return "本年";
    case WINDOW_LAST_MONTH:
        return "近一个月";
    case WINDOW_TERM:
        return "本学期";
    case WINDOW_SPAN:
        break;
    }
    return arena_printf(a, "近%s", tell_span(a, e));
}

/* The department's column where it is a word. */
static const char *field_word(const struct field *f)
{
    return (unsigned char)f->from[0] >= 0x80 ? f->from : f->name;
}

static const char *label_of(struct arena *a, const struct code_value *v)
{
    for (size_t i = 0; i < v->label_count; i++) {
        if (v->labels[i].n > 0 && (unsigned char)v->labels[i].p[0] >= 0x80) {
            return arena_cstr(a, v->labels[i]);
        }
    }
    return v->value;
}

/* A value by the department's own word for it, where it has one. */
static const char *tell_name(struct arena *a, const struct expr *e)
{
    if (e->symbol == SYMBOL_LABEL && e->codes != NULL) {
        for (size_t i = 0; i < e->codes->value_count; i++) {
            if (str_is(e->name, e->codes->values[i].value)) {
                return label_of(a, &e->codes->values[i]);
            }
        }
    }
    if (e->symbol == SYMBOL_FIELD) {
        return field_word(e->field);
    }
    bool is_common = e->symbol == SYMBOL_ATTRIBUTE || e->symbol == SYMBOL_YES || e->symbol == SYMBOL_NO || e->symbol == SYMBOL_LABEL;
    const char *known = is_common ? word_of(attributes, e->name) : NULL;
    return known != NULL ? known : arena_cstr(a, e->name);
}

static const char *tell_call(struct arena *a, const struct expr *e)
{
    const char *name = word_of(functions, e->name), *rest = "";
    if (e->aggregate == AGG_DAYS_SINCE) {
        return arena_printf(a, "%s的%s", tell(a, e->args), name);
    }
    const char *title = e->dataset == &rule_members ? "户成员" : e->dataset != NULL ? e->dataset->title : "?";
    for (const struct expr *arg = e->args->next; arg != NULL; arg = arg->next) {
        rest = arena_printf(a, "%s%s%s", rest, *rest == '\0' ? "" : ",", tell(a, arg));
    }
    const char *field = e->field == NULL ? "" : arena_printf(a, "·%s", field_word(e->field));
    return *rest == '\0' ? arena_printf(a, "%s%s%s", title, field, name)
                         : arena_printf(a, "%s%s%s(%s)", title, field, name, rest);
}

static const char *tell_list(struct arena *a, const struct expr *list)
{
    const char *text = "";
    for (const struct expr *item = list->args; item != NULL; item = item->next) {
        text = arena_printf(a, "%s%s%s", text, item == list->args ? "" : "、", tell(a, item));
    }
    return text;
}

static bool is_logic(const struct expr *e)
{
    return e->kind == EXPR_AND || e->kind == EXPR_OR;
}

/* A looser kind inside another needs its brackets. */
static const char *part(struct arena *a, const struct expr *e, enum expr_kind in)
{
    bool brackets = (is_logic(e) && e->kind != in) || (e->kind == EXPR_ARITH && in == EXPR_ARITH);
    return brackets ? arena_printf(a, "(%s)", tell(a, e)) : tell(a, e);
}

static const char *tell_pair(struct arena *a, const struct expr *e, const char *word)
{
    return arena_printf(a, "%s %s %s", part(a, e->left, e->kind), word, part(a, e->right, e->kind));
}

static const char *tell_not(struct arena *a, const struct expr *e)
{
    if (e->left->kind == EXPR_IS_NONE) {
        return arena_printf(a, "%s 不为空", tell(a, e->left->left));
    }
    return arena_printf(a, "不成立:%s", part(a, e->left, EXPR_NOT));
}

static const char *tell(struct arena *a, const struct expr *e)
{
    switch ((int)e->kind) {
    case EXPR_AND:
        return tell_pair(a, e, "且");
    case EXPR_OR:
        return tell_pair(a, e, "或");
    case EXPR_NOT:
        return tell_not(a, e);
    case EXPR_IS_NONE:
        return arena_printf(a, "%s 为空", tell(a, e->left));
    case EXPR_COMPARE:
        return tell_pair(a, e, (e->left->type == TYPE_DATE ? dates_compared : comparisons)[e->op]);
    case EXPR_IN:
        return e->right->kind == EXPR_LIST ? arena_printf(a, "%s 为 %s 之一", tell(a, e->left), tell_list(a, e->right))
                                           : arena_printf(a, "%s 在%s内", tell(a, e->left), tell_window(a, e->right));
    case EXPR_ARITH:
        return tell_pair(a, e, e->op == OP_OF ? "×" : e->op == OP_MUL ? "×" : e->op == OP_DIV ? "÷" : rule_op_text(e->op));
    case EXPR_CALL:
        return tell_call(a, e);
    case EXPR_DURATION:
        return tell_span(a, e);
    case EXPR_WINDOW:
        return tell_window(a, e);
    case EXPR_NAME:
        return tell_name(a, e);
    default:
        return expr_print(a, e);
    }
}

static const char *tell_in_language(struct arena *a, const struct expr *e)
{
    return lang_is_english() ? expr_print(a, e) : tell(a, e);
}

struct rule_told rules_tell(const struct rule *rule, struct arena *a)
{
    const struct rule_tree *tree = rule->tree;
    struct rule_told told = {.when = tell_in_language(a, tree->when), .let_count = tree->let_count, .unless_count = tree->unless_count};
    told.lets = arena_array(a, tree->let_count, sizeof *told.lets);
    told.unless = arena_array(a, tree->unless_count, sizeof *told.unless);
    for (size_t i = 0; i < tree->let_count; i++) {
        told.lets[i] = (struct rule_sentence){tree->lets[i].name, tell_in_language(a, tree->lets[i].expr)};
    }
    for (size_t i = 0; i < tree->unless_count; i++) {
        told.unless[i] = (struct rule_sentence){tree->unless[i].name, tell_in_language(a, tree->unless[i].expr)};
    }
    return told;
}
