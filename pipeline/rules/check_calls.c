/* sum, count, max, latest, exists, absent over a dataset; days_since. */
#include "pipeline/rules/check.h"

struct function {
    const char *name;
    enum aggregate aggregate;
    bool has_field;
};
static const struct function functions[] = {
    {"sum", AGG_SUM, true},
    {"count", AGG_COUNT, false},
    {"max", AGG_MAX, true},
    {"latest", AGG_LATEST, true},
    {"exists", AGG_EXISTS, false},
    {"absent", AGG_ABSENT, false},
    {"days_since", AGG_DAYS_SINCE, false},
};
#define FUNCTIONS (sizeof functions / sizeof *functions)

static const struct function *function_of(struct checker *c, const struct expr *e)
{
    const char *names[FUNCTIONS];
    for (size_t i = 0; i < FUNCTIONS; i++) {
        names[i] = functions[i].name;
        if (str_is(e->name, names[i])) {
            return &functions[i];
        }
    }
    (void)complain(c, e, did_you_mean(c, e->name, names, FUNCTIONS),
                   tr("没有函数 %.*s,可用: sum、count、max、latest、exists、absent、days_since",
                      "no function %.*s; there are sum, count, max, latest, exists, absent, days_since"),
                   STR_ARGS(e->name));
    return NULL;
}

/* ---- The dataset ---- */

static const struct department *broken_department(const struct config *config, struct str id)
{
    struct str name = str_cut(&id, '.');
    for (size_t i = 0; i < config->department_count; i++) {
        const struct department *d = &config->departments[i];
        if (d->is_broken && d->name != NULL && str_is(name, d->name)) {
            return d;
        }
    }
    return NULL;
}

static const char *nearest_dataset(struct checker *c, struct str id)
{
    const char *ids[500];
    size_t n = 0;
    for (size_t i = 0; i < c->config->department_count; i++) {
        const struct department *d = &c->config->departments[i];
        for (size_t k = 0; k < d->dataset_count && n < sizeof ids / sizeof *ids; k++) {
            if (d->datasets[k].id != NULL) {
                ids[n++] = d->datasets[k].id;
            }
        }
    }
    return did_you_mean(c, id, ids, n);
}

static void note_dataset(struct checker *c, const struct dataset *d)
{
    struct rule *r = c->rule;
    for (size_t i = 0; i < r->dataset_count; i++) {
        if (r->datasets[i] == d) {
            return;
        }
    }
    const struct dataset **longer = arena_array(c->arena, r->dataset_count + 1, sizeof *longer);
    for (size_t i = 0; i < r->dataset_count; i++) {
        longer[i] = r->datasets[i];
    }
    longer[r->dataset_count++] = d;
    r->datasets = longer;
}

/* Whose records may be counted for whom. */
static bool grain_fits(enum rule_subject subject, enum grain grain)
{
    bool is_works = grain == GRAIN_WORKS;
    bool is_people = grain == GRAIN_PERSON || grain == GRAIN_HOUSEHOLD || grain == GRAIN_HOUSE;
    return subject == SUBJECT_WORKS ? is_works : is_people;
}

static const struct dataset *find_dataset(struct checker *c, const struct expr *arg, struct str id)
{
    const struct dataset *d = config_dataset(c->config, id);
    if (d == NULL) {
        if (broken_department(c->config, id) != NULL) {
            c->rule->missing = arena_cstr(c->arena, id);
            return NULL;
        }
        (void)complain(c, arg, nearest_dataset(c, id), tr("没有数据集 %.*s", "no dataset %.*s"),
                       STR_ARGS(id));
        return NULL;
    }
    if (d->is_roster || !grain_fits(c->rule->subject, d->grain)) {
        (void)complain(c, arg, d->is_roster ? tr("直接写属性名。", "Write the attribute's name.") : "",
                       tr("数据集 %s 的粒度是 %s,%s规则不能汇总它",
                          "dataset %s is of grain %s; a %s rule cannot aggregate it"),
                       d->id, d->is_roster ? "roster" : grain_name(d->grain), c->rule->text->subject);
        return NULL;
    }
    note_dataset(c, d);
    return d;
}

static const struct field *find_field(struct checker *c, const struct expr *arg, const struct dataset *d,
                                      struct str name)
{
    const struct field *f = dataset_field(d, name);
    if (f != NULL) {
        return f;
    }
    const char **names = arena_array(c->arena, d->field_count, sizeof *names);
    for (size_t i = 0; i < d->field_count; i++) {
        names[i] = d->fields[i].name;
    }
    (void)complain(c, arg, did_you_mean(c, name, names, d->field_count),
                   tr("数据集 %s 没有字段 %.*s", "dataset %s has no field %.*s"), d->id, STR_ARGS(name));
    return NULL;
}

/* The household's persons, counted by what the roster says of them. */
static bool check_members(struct checker *c, struct expr *e)
{
    if (c->rule->subject == SUBJECT_WORKS) {
        (void)complain(c, e->args, "", "%s", tr("工程规则没有户成员", "a works rule has no members"));
        return false;
    }
    if (e->aggregate != AGG_COUNT && e->aggregate != AGG_EXISTS) {
        (void)complain(c, e->args, "count(member, age < 16)", "%s",
                       tr("户成员只能 count 和 exists", "members can only be counted, or asked for with exists"));
        return false;
    }
    e->dataset = &rule_members;
    return true;
}

/* department.dataset or department.dataset.field */
static bool check_target(struct checker *c, struct expr *e, const struct function *f)
{
    const struct expr *arg = e->args;
    if (arg->kind == EXPR_NAME && str_is(arg->name, rule_members.id)) {
        return check_members(c, e);
    }
    size_t first = str_find(arg->name, '.');
    if (arg->kind != EXPR_NAME || first == arg->name.n) {
        (void)complain(c, arg, f->has_field ? "department.dataset.field" : "department.dataset", "%s",
                       tr("第一个参数应为数据集", "the first argument must be a dataset"));
        return false;
    }
    struct str rest = str_sub(arg->name, first + 1, arg->name.n);
    size_t second = str_find(rest, '.');
    bool has_field = second < rest.n;
    if (has_field != f->has_field) {
        (void)complain(c, arg, f->has_field ? "department.dataset.field" : "department.dataset",
                       f->has_field ? tr("%s 需要一个字段", "%s needs a field")
                                    : tr("%s 不取字段", "%s takes no field"),
                       f->name);
        return false;
    }
    e->dataset = find_dataset(c, arg, str_sub(arg->name, 0, first + 1 + second));
    if (e->dataset == NULL) {
        return false;
    }
    e->field = has_field ? find_field(c, arg, e->dataset, str_sub(rest, second + 1, rest.n)) : NULL;
    return !has_field || e->field != NULL;
}

/* ---- Conditions and window ---- */

bool check_as_window(struct expr *e)
{
    if (e->kind == EXPR_DURATION) {
        e->kind = EXPR_WINDOW;
        e->window = WINDOW_SPAN;
        return true;
    }
    if (e->kind == EXPR_NAME && str_is(e->name, "term")) {
        e->kind = EXPR_WINDOW;
        e->window = WINDOW_TERM;
    }
    return e->kind == EXPR_WINDOW;
}

static bool check_period(struct checker *c, struct expr *call, const struct expr *arg)
{
    if (call->period != NULL) {
        (void)complain(c, arg, "", "%s", tr("只能有一个时间窗", "only one window is possible"));
        return false;
    }
    if (call->dataset->event_field < 0) {
        (void)complain(c, arg, "field in last month",
                       tr("数据集 %s 没有事件日期,时间窗无从套用",
                          "dataset %s has no event date for a window to apply to"),
                       call->dataset->id);
        return false;
    }
    call->period = arg;
    return true;
}

static bool check_condition(struct checker *c, struct expr *arg)
{
    enum value_type type = check_expr(c, arg);
    if (type != TYPE_BOOL && type != TYPE_BROKEN) {
        (void)complain(c, arg, "",
                       tr("此处应为条件或时间窗,却是%s", "expected a condition or a window, found %s"),
                       type_name(type));
    }
    return type == TYPE_BOOL;
}

static bool check_rest(struct checker *c, struct expr *call)
{
    bool fine = true;
    c->row = call->dataset;
    for (struct expr *arg = call->args->next; arg != NULL; arg = arg->next) {
        bool this_fine = check_as_window(arg) ? check_period(c, call, arg) : check_condition(c, arg);
        fine = fine && this_fine;
    }
    c->row = NULL;
    return fine;
}

/* ---- What comes out ---- */

static enum value_type result_type(struct checker *c, struct expr *e)
{
    static const enum value_type types[] = {
        [FIELD_TEXT] = TYPE_TEXT,    [FIELD_CODE] = TYPE_CODE,    [FIELD_FLAG] = TYPE_BOOL,
        [FIELD_DATE] = TYPE_DATE,    [FIELD_INSTANT] = TYPE_DATE, [FIELD_MONEY] = TYPE_MONEY,
        [FIELD_NUMBER] = TYPE_NUMBER};
    if (e->field == NULL) {
        return e->aggregate == AGG_COUNT ? TYPE_NUMBER : TYPE_BOOL;
    }
    enum value_type type = types[e->field->type];
    bool adds = type == TYPE_NUMBER || type == TYPE_MONEY;
    if ((e->aggregate == AGG_SUM && !adds) || (e->aggregate == AGG_MAX && !adds && type != TYPE_DATE)) {
        return complain(c, e->args, "", tr("%.*s 不能用于%s字段", "%.*s does not work on %s"),
                        STR_ARGS(e->name), type_name(type));
    }
    e->codes = e->field->codes;
    return type;
}

static enum value_type check_soundness(struct checker *c, const struct expr *e)
{
    const struct dataset *d = e->dataset;
    if (e->aggregate == AGG_ABSENT && d->is_incremental) {
        return complain(c, e->args, "",
                        tr("数据集 %s 按增量来数,查不到不等于没有",
                           "dataset %s comes in increments: not found is not absent"),
                        d->id);
    }
    if (e->aggregate == AGG_LATEST && d->event_field < 0 && d->updated_field < 0) {
        return complain(c, e->args, "role: event_date",
                        tr("数据集 %s 没有事件日期也没有 updated_at,无从取最近",
                           "dataset %s has neither an event date nor updated_at to be latest by"),
                        d->id);
    }
    return e->type;
}

static enum value_type check_days_since(struct checker *c, struct expr *e)
{
    enum value_type type = check_expr(c, e->args);
    e->reads_row = e->args->reads_row;
    if (type == TYPE_BROKEN) {
        return type;
    }
    if (type != TYPE_DATE || e->args->next != NULL) {
        return complain(c, e->args, "days_since(x)", "%s",
                        tr("days_since 需要一个日期", "days_since takes one date"));
    }
    return TYPE_NUMBER;
}

enum value_type check_call(struct checker *c, struct expr *e)
{
    const struct function *f = function_of(c, e);
    if (f == NULL) {
        return TYPE_BROKEN;
    }
    e->aggregate = f->aggregate;
    if (f->aggregate == AGG_DAYS_SINCE) {
        return check_days_since(c, e);
    }
    if (c->row != NULL) {
        return complain(c, e, tr("先写成一个 let。", "Make it a let first."), "%s",
                        tr("汇总之内不能再汇总", "an aggregate cannot stand inside another"));
    }
    if (!check_target(c, e, f) || !check_rest(c, e)) {
        return TYPE_BROKEN;
    }
    e->type = result_type(c, e);
    return e->type == TYPE_BROKEN ? e->type : check_soundness(c, e);
}
