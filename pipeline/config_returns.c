/* returns.yaml: what goes back to which department. The file may be missing; what names a rule or dataset that is not there is
 * told and left out, as the rules of a broken department are. */
#include "base/fs.h"
#include "pipeline/config_parts.h"

static const char *const kinds[] = {"not_served", "dead_but_paid", NULL};
static const struct key_spec return_keys[] = {
    {"department", KEY_NAME, KEY_REQUIRED, NULL, NULL, "交给哪个部门", "the department it goes to", 0, 0},
    {"kind", KEY_CHOICE, KEY_REQUIRED, kinds, NULL, "not_served 应享未享;dead_but_paid 死亡仍发放", "not_served, or dead_but_paid", 0, 0},
    {"rules", KEY_LIST_TEXT, 0, NULL, NULL, "not_served:哪些规则", "not_served: by which rules", 0, 0},
    {"paid", KEY_TEXT, 0, NULL, NULL, "dead_but_paid:发放的数据集", "dead_but_paid: the dataset of what is paid", 0, 0},
    {"ended", KEY_NAME, 0, NULL, NULL, "发放到何日的字段;没有则按事件日期", "its field that says until when; without it, its event date", 0, 0},
    {"dead", KEY_TEXT, 0, NULL, NULL, "死亡的数据集", "the dataset that knows the dead", 0, 0},
    {"field", KEY_NAME, 0, NULL, NULL, "其中说明死亡的字段", "its field that says so", 0, 0},
    {"values", KEY_LIST_TEXT, 0, NULL, NULL, "该字段的哪些值", "by which values", 0, 0},
    {"grace", KEY_DURATION, 0, NULL, NULL, "死亡后多久以内不算,默认 0d", "not before so long after the death, 0d unless set", 0, 0},
    {0},
};

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* Where something else is broken, what is missing is missing for that: it is told there. */
static void warn(struct loader *l, const struct yaml *node, const char *key, const char *what)
{
    if (l->problems->errors > 0) {
        return;
    }
    problem_warn(l->problems, yaml_get(node, key) != NULL ? yaml_get(node, key) : node,
                 tr("核对名称;这一条不会写出。", "Check the name: this entry is left out."), "%s", what);
}

/* ---- Rules ---- */

static const struct rule_text *find_rule(const struct config *c, struct str id)
{
    for (size_t i = 0; i < c->rule_count; i++) {
        if (str_is(id, c->rules[i].id)) {
            return &c->rules[i];
        }
    }
    return NULL;
}

static void load_rules(struct loader *l, const struct yaml *node, struct return_text *r)
{
    const struct yaml *list = node_list(node, "rules");
    r->rules = arena_array(l->arena, list != NULL ? list->n : 0, sizeof *r->rules);
    for (const struct yaml *item = list != NULL ? list->first : NULL; item != NULL; item = item->next) {
        const struct rule_text *rule = find_rule(l->c, item->text);
        if (rule != NULL && strcmp(rule->subject, "works") != 0) {
            r->rules[r->rule_count++] = rule->id;
        } else {
            warn(l, node, "rules", arena_printf(l->arena, tr("没有规则 %.*s,或它判的是工程", "there is no rule %.*s, or it judges works"), STR_ARGS(item->text)));
        }
    }
    r->is_complete = r->rule_count > 0;
    if (list == NULL) {
        problem_add(l->problems, node, "rules: [not_insured]", "%s", tr("not_served 要写 rules", "not_served wants rules"));
    }
}

/* ---- Datasets ---- */

static const struct field *find_field(const struct dataset *d, struct str name)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (str_is(name, d->fields[i].name)) {
            return &d->fields[i];
        }
    }
    return NULL;
}

static const struct dataset *find_dataset(struct loader *l, const struct yaml *node, const char *key)
{
    struct str id = node_text(node, key);
    if (id.p == NULL) {
        problem_add(l->problems, node, "paid: civil_affairs.hardship", tr("dead_but_paid 要写 %s", "dead_but_paid wants %s"), key);
        return NULL;
    }
    const struct dataset *d = config_dataset(l->c, id);
    if (d != NULL && d->grain == GRAIN_SCHOOL) {
        return NULL; /* told where it stands: such records link with nobody */
    }
    if (d == NULL || d->grain != GRAIN_PERSON) {
        warn(l, node, key, arena_printf(l->arena, tr("没有数据集 %.*s,或它说的不是人", "there is no dataset %.*s, or it speaks of no persons"), STR_ARGS(id)));
        return NULL;
    }
    return d;
}

/* NULL: told. */
static const char *field_of(struct loader *l, const struct yaml *node, const char *key, const struct dataset *d, enum field_type type)
{
    struct str name = node_text(node, key);
    const struct field *f = find_field(d, name);
    bool is_right = f != NULL && (f->type == type || (type == FIELD_CODE && f->type == FIELD_TEXT));
    if (!is_right) {
        problem_add(l->problems, yaml_get(node, key) != NULL ? yaml_get(node, key) : node,
                    type == FIELD_DATE ? tr("应为日期字段。", "A date is wanted.") : tr("应为代码或文字字段。", "A code or a text is wanted."),
                    tr("%s 没有这样的字段 %.*s", "%s has no such field %.*s"), d->id, STR_ARGS(name));
        return NULL;
    }
    return f->name;
}

static void load_values(struct loader *l, const struct yaml *node, struct return_text *r)
{
    const struct yaml *list = node_list(node, "values");
    r->values = arena_array(l->arena, list != NULL ? list->n : 0, sizeof *r->values);
    for (const struct yaml *item = list != NULL ? list->first : NULL; item != NULL; item = item->next) {
        r->values[r->value_count++] = arena_str(l->arena, item->text);
    }
    if (r->value_count == 0) {
        problem_add(l->problems, node, "values: [death]", "%s", tr("dead_but_paid 写了 field 就要写 values", "field wants values"));
    }
}

static void load_dead(struct loader *l, const struct yaml *node, struct return_text *r)
{
    int64_t ms = 0;
    r->paid = find_dataset(l, node, "paid");
    r->dead = find_dataset(l, node, "dead");
    r->grace_days = keys_duration_ms(node_text(node, "grace"), &ms) ? (int)(ms / DAY_MS) : 0;
    if (r->paid == NULL || r->dead == NULL) {
        return;
    }
    bool has_ended = yaml_get(node, "ended") != NULL, has_field = yaml_get(node, "field") != NULL;
    r->ended = has_ended ? field_of(l, node, "ended", r->paid, FIELD_DATE) : NULL;
    r->field = has_field ? field_of(l, node, "field", r->dead, FIELD_CODE) : NULL;
    if (has_field) {
        load_values(l, node, r);
    }
    if (r->dead->event_field < 0 || (!has_ended && r->paid->event_field < 0)) {
        problem_add(l->problems, node, "role: event_date", "%s", tr("数据集没有事件日期", "the dataset has no event date"));
        return;
    }
    r->is_complete = (!has_ended || r->ended != NULL) && (!has_field || (r->field != NULL && r->value_count > 0));
}

/* ---- Entries ---- */

static const struct department *find_department(const struct config *c, struct str name)
{
    for (size_t i = 0; i < c->department_count; i++) {
        if (c->departments[i].name != NULL && str_is(name, c->departments[i].name)) {
            return &c->departments[i];
        }
    }
    return NULL;
}

static void load_return(struct loader *l, const struct yaml *node)
{
    struct return_text r = {.node = node};
    keys_check(l->problems, node, return_keys);
    int kind = node_choice(node, "kind", kinds, -1);
    struct str name = node_text(node, "department");
    r.department = find_department(l->c, name);
    if (r.department == NULL && name.p != NULL) {
        warn(l, node, "department", arena_printf(l->arena, tr("没有部门 %.*s", "there is no department %.*s"), STR_ARGS(name)));
        return;
    }
    r.kind = kind == 1 ? RETURN_DEAD_BUT_PAID : RETURN_NOT_SERVED;
    if (kind == 0) {
        load_rules(l, node, &r);
    } else if (kind == 1) {
        load_dead(l, node, &r);
    }
    if (r.is_complete && r.department != NULL) {
        l->c->returns[l->c->return_count++] = r;
    }
}

void config_load_returns(struct loader *l)
{
    if (!fs_exists(arena_printf(l->arena, "%s/returns.yaml", l->c->dir))) {
        return;
    }
    const struct yaml *root = loader_file(l, "returns.yaml");
    if (root == NULL) {
        return;
    }
    if (root->kind != YAML_LIST) {
        problem_add(l->problems, root, "- {department: ..., kind: not_served, rules: [...]}", "%s", tr("应为列表", "expected a list"));
        return;
    }
    l->c->returns = arena_array(l->arena, root->n, sizeof *l->c->returns);
    for (const struct yaml *node = root->first; node != NULL; node = node->next) {
        if (node->kind == YAML_MAP) {
            load_return(l, node);
        } else {
            problem_add(l->problems, node, "", "%s", tr("每条应为 {department: ..., kind: ...}", "each entry is {department: ..., kind: ...}"));
        }
    }
}
