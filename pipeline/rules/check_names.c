/* What a bare word means: a field of the row, a let, an attribute, a parameter; and labels of code lists. */
#include "pipeline/rules/check.h"

#define WORDS_MOST 200

/* ---- Names in sight, for "did you mean" ---- */

struct words {
    const char *all[WORDS_MOST];
    size_t n;
};

static void add_word(struct words *w, const char *word)
{
    if (w->n < WORDS_MOST) {
        w->all[w->n++] = word;
    }
}

static bool is_offered(const struct checker *c, const struct attribute *a)
{
    switch (a->of) {
    case OF_RUN:
        return true;
    case OF_HOUSEHOLD:
        return c->rule->subject != SUBJECT_WORKS;
    case OF_PERSON:
        return c->rule->subject == SUBJECT_PERSON || attribute_is_of_row(c->rule->subject, c->row);
    }
    return false;
}

static void words_in_sight(const struct checker *c, struct words *w)
{
    for (size_t i = 0; c->row != NULL && i < c->row->field_count; i++) {
        add_word(w, c->row->fields[i].name);
    }
    for (size_t i = 0; i < c->tree->let_count; i++) {
        add_word(w, c->tree->lets[i].name);
    }
    for (size_t i = 0; attribute_at(i) != NULL; i++) {
        if (is_offered(c, attribute_at(i))) {
            add_word(w, attribute_at(i)->name);
        }
    }
    for (size_t i = 0; i < c->config->parameter_count; i++) {
        add_word(w, c->config->parameters[i].name);
    }
}

static enum value_type unknown_name(struct checker *c, const struct expr *e)
{
    struct words w = {.n = 0};
    words_in_sight(c, &w);
    const struct attribute *a = attribute_find(e->name);
    if (a != NULL) {
        return complain(
            c, e, "", tr("%.*s 是%s的属性,%s规则不能使用", "%.*s is known of a %s; a %s rule cannot use it"),
            STR_ARGS(e->name), a->of == OF_PERSON ? tr("人员", "person") : tr("户", "household"),
            c->rule->text->subject);
    }
    if (str_is(e->name, "none")) {
        return complain(c, e, "x is none", "%s",
                        tr("空值用 is none 判断", "blank is asked for with is none"));
    }
    return complain(
        c, e, did_you_mean(c, e->name, w.all, w.n),
        c->row != NULL
            ? tr("没有名为 %.*s 的字段、let、属性或参数", "no field, let, attribute or parameter named %.*s")
            : tr("没有名为 %.*s 的 let、属性或参数", "no let, attribute or parameter named %.*s"),
        STR_ARGS(e->name));
}

/* ---- Finding ---- */

static enum value_type field_type(const struct field *f)
{
    static const enum value_type types[] = {
        [FIELD_TEXT] = TYPE_TEXT,    [FIELD_CODE] = TYPE_CODE,    [FIELD_FLAG] = TYPE_BOOL,
        [FIELD_DATE] = TYPE_DATE,    [FIELD_INSTANT] = TYPE_DATE, [FIELD_MONEY] = TYPE_MONEY,
        [FIELD_NUMBER] = TYPE_NUMBER};
    return types[f->type];
}

static bool find_field(struct checker *c, struct expr *e)
{
    const struct field *f = c->row != NULL ? dataset_field(c->row, e->name) : NULL;
    if (f == NULL) {
        return false;
    }
    e->symbol = SYMBOL_FIELD;
    e->field = f;
    e->type = field_type(f);
    e->codes = f->codes;
    e->reads_row = true;
    return true;
}

static struct rule_let *let_named(struct checker *c, struct str name, size_t *ret_i)
{
    for (size_t i = 0; i < c->tree->let_count; i++) {
        if (str_is(name, c->tree->lets[i].name)) {
            *ret_i = i;
            return &c->tree->lets[i];
        }
    }
    return NULL;
}

static bool find_let(struct checker *c, struct expr *e)
{
    struct rule_let *let = let_named(c, e->name, &e->let);
    if (let == NULL) {
        return false;
    }
    e->symbol = SYMBOL_LET;
    if (let->state == LET_BUSY) {
        e->type = complain(c, e, tr("去掉其中一处引用。", "Take one of the references out."),
                           tr("%.*s 的定义用到它自己", "%.*s is defined by itself"), STR_ARGS(e->name));
        return true;
    }
    check_let(c, let);
    e->type = let->expr != NULL ? let->expr->type : TYPE_BROKEN;
    e->codes = let->expr != NULL ? let->expr->codes : NULL;
    return true;
}

static bool find_attribute(struct checker *c, struct expr *e)
{
    const struct attribute *a = attribute_find(e->name);
    if (a == NULL || !is_offered(c, a)) {
        return false;
    }
    e->symbol = SYMBOL_ATTRIBUTE;
    e->attribute = a;
    e->of_member = a->of == OF_PERSON && attribute_is_of_row(c->rule->subject, c->row);
    e->reads_row = e->of_member;
    e->type = a->type;
    e->codes = a->type == TYPE_CODE ? attribute_codes(c->config, a) : NULL;
    if (e->type == TYPE_CODE && e->codes == NULL) {
        e->type = TYPE_TEXT; /* a roster that keeps it as free text */
    }
    return true;
}

static void note_parameter(struct checker *c, const char *name)
{
    struct rule *r = c->rule;
    for (size_t i = 0; i < r->parameter_count; i++) {
        if (strcmp(r->parameters[i], name) == 0) {
            return;
        }
    }
    const char **longer = arena_array(c->arena, r->parameter_count + 1, sizeof *longer);
    for (size_t i = 0; i < r->parameter_count; i++) {
        longer[i] = r->parameters[i];
    }
    longer[r->parameter_count++] = name;
    r->parameters = longer;
}

static bool find_parameter(struct checker *c, struct expr *e)
{
    for (size_t i = 0; i < c->config->parameter_count; i++) {
        const struct parameter *p = &c->config->parameters[i];
        if (p->name != NULL && str_is(e->name, p->name)) {
            e->symbol = SYMBOL_PARAMETER;
            e->parameter = p;
            e->type =
                p->unit != NULL && str_starts(str_from(p->unit), STR("yuan")) ? TYPE_MONEY : TYPE_NUMBER;
            note_parameter(c, p->name);
            return true;
        }
    }
    return false;
}

/* grade.event_date: the day of the record a latest() took. */
static enum value_type check_event_of(struct checker *c, struct expr *e)
{
    struct str part = e->name;
    struct str name = str_cut(&part, '.');
    struct rule_let *let = let_named(c, name, &e->let);
    if (let == NULL) {
        return complain(c, e, "sum(department.dataset.field, 12 months)", "%s",
                        tr("数据集只能写在 sum、count、max、latest、exists、absent 里",
                           "a dataset stands only inside sum, count, max, latest, exists or absent"));
    }
    if (!str_is(part, "event_date")) {
        return complain(c, e, "event_date", tr("%.*s 只有 event_date 可取", "%.*s has only event_date"),
                        STR_ARGS(name));
    }
    check_let(c, let);
    const struct expr *call = let->expr;
    if (call == NULL || call->type == TYPE_BROKEN) {
        return TYPE_BROKEN;
    }
    if (call->kind != EXPR_CALL || call->aggregate != AGG_LATEST || call->dataset->event_field < 0) {
        return complain(c, e, "",
                        tr("%.*s 不是对有事件日期的数据集取 latest",
                           "%.*s is no latest() of a dataset with an event date"),
                        STR_ARGS(name));
    }
    e->symbol = SYMBOL_LET_EVENT;
    return TYPE_DATE;
}

enum value_type check_name(struct checker *c, struct expr *e)
{
    if (str_find(e->name, '.') < e->name.n) {
        return check_event_of(c, e);
    }
    if (find_field(c, e) || find_let(c, e) || find_attribute(c, e) || find_parameter(c, e)) {
        return e->type;
    }
    return unknown_name(c, e);
}

/* ---- Labels ---- */

static enum value_type check_code(struct checker *c, struct expr *e, const struct code_list *codes)
{
    const char *values[WORDS_MOST];
    size_t n = 0;
    const char *all = "";
    for (size_t i = 0; i < codes->value_count && n < WORDS_MOST; i++) {
        const char *value = codes->values[i].value;
        if (str_is(e->name, value)) {
            e->symbol = SYMBOL_LABEL;
            return TYPE_CODE;
        }
        values[n++] = value;
        all = arena_printf(c->arena, "%s%s%s", all, i == 0 ? "" : ", ", value);
    }
    const char *hint = did_you_mean(c, e->name, values, n);
    if (*hint == '\0' && str_is(e->name, "none")) {
        hint = "x is none";
    }
    return complain(
        c, e, hint,
        tr("%.*s 不在代码表 %s 中,应为以下之一: %s", "%.*s is not in code list %s; expected one of: %s"),
        STR_ARGS(e->name), codes->name, all);
}

enum value_type check_label(struct checker *c, struct expr *e, const struct expr *like)
{
    if (e->kind != EXPR_NAME && e->kind != EXPR_TEXT) {
        return check_expr(c, e);
    }
    if (like->type == TYPE_CODE) {
        e->codes = like->codes;
        return check_code(c, e, like->codes);
    }
    if (like->type == TYPE_BOOL && (str_is(e->name, "yes") || str_is(e->name, "no"))) {
        e->symbol = str_is(e->name, "yes") ? SYMBOL_YES : SYMBOL_NO;
        return TYPE_BOOL;
    }
    if (like->type == TYPE_TEXT) {
        e->symbol = SYMBOL_LABEL;
        return TYPE_TEXT;
    }
    return check_expr(c, e);
}

/* ---- Placeholders ---- */

static bool place_value(struct checker *c, struct str name)
{
    struct expr *e = ARENA_NEW(c->arena, struct expr);
    e->kind = EXPR_NAME;
    e->name = name;
    if (!find_let(c, e) && !find_attribute(c, e) && !find_parameter(c, e)) {
        return false;
    }
    e->next = c->tree->placed;
    c->tree->placed = e;
    return true;
}

static void check_placeholder(struct checker *c, const struct rule_source *source, size_t at, struct str name)
{
    if (str_is(name, "threshold")) {
        if (c->tree->line == NULL && c->tree->when != NULL) {
            source_problem(source, at, "", "%s",
                           tr("when 中没有比较,{threshold} 没有值",
                              "{threshold} has no value: `when` compares nothing"));
            c->failed = true;
        }
        return;
    }
    if (place_value(c, name)) {
        return;
    }
    struct words w = {.n = 0};
    words_in_sight(c, &w);
    add_word(&w, "threshold");
    source_problem(source, at, did_you_mean(c, name, w.all, w.n),
                   tr("没有名为 %.*s 的值可放入原因", "no value named %.*s to put into the reason"),
                   STR_ARGS(name));
    c->failed = true;
}

void check_reason(struct checker *c, const char *key)
{
    const struct yaml *node = yaml_get(c->rule->text->node, key);
    if (node == NULL || node->kind != YAML_SCALAR) {
        return;
    }
    struct rule_source source = {node, c->problems, c->arena};
    for (size_t at = 0; at < node->text.n; at++) {
        if (node->text.p[at] != '{') {
            continue;
        }
        struct str rest = str_sub(node->text, at + 1, node->text.n);
        size_t n = str_find(rest, '}');
        if (n == rest.n) {
            source_problem(&source, at, "{threshold}", "%s", tr("缺少 }", "} is missing"));
            c->failed = true;
            return;
        }
        check_placeholder(c, &source, at + 1, str_of(rest.p, n));
        at += n + 1;
    }
}
