#include <stddef.h>

#include "pipeline/config_parts.h"

/* A column is "f_" and the name, with "_last" behind a date; PostgreSQL cuts names at 63 bytes. */
#define FIELD_NAME_MAX 48
#define LIST_COLUMNS 3 /* of a lookup's name list: its number, token and result */

static const char *const types[] = {"text",    "code",  "flag",   "date",
                                    "instant", "money", "number", NULL};
static const char *const roles[] = {"event_date", NULL};
static const char *const money_units[] = {"元", "万元", NULL};
static const int64_t money_unit_fen[] = {100, 1000000};

const struct key_spec config_field_keys[] = {
    {"from", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "部门的列名,或 JSON Pointer",
     "the department's column, or a JSON Pointer", 0, 0},
    {"type", KEY_CHOICE, KEY_REQUIRED, types, NULL, "类型", "type", 0, 0},
    {"role", KEY_CHOICE, 0, roles, NULL, "event_date:事实发生的日期",
     "event_date: when it happened", 0, 0},
    {"unit", KEY_CHOICE, 0, money_units, NULL, "金额单位", "unit of an amount", 0, 0},
    {"codes", KEY_NAME, 0, NULL, NULL, "代码表名", "code list", 0, 0},
    {0},
};

const struct key_spec config_identity_keys[] = {
    {"id_number", KEY_TEXT, 0, NULL, NULL, "证件号码的列", "column of the identity number", 0, 0},
    {"name", KEY_TEXT, 0, NULL, NULL, "姓名的列", "column of the name", 0, 0},
    {"birth_date", KEY_TEXT, 0, NULL, NULL, "出生日期的列", "column of the birth date", 0, 0},
    {"sex", KEY_TEXT, 0, NULL, NULL, "性别的列", "column of the sex", 0, 0},
    {"phone", KEY_TEXT, 0, NULL, NULL, "电话的列", "column of the phone number", 0, 0},
    {"village", KEY_TEXT, 0, NULL, NULL, "村代码或村名的列", "column of the village, code or name",
     0, 0},
    {"village_name", KEY_TEXT, 0, NULL, NULL, "村名的列", "column of the village's name", 0, 0},
    {"household_no", KEY_TEXT, 0, NULL, NULL, "户编号的列", "column of the household number", 0, 0},
    {"works_no", KEY_TEXT, 0, NULL, NULL, "工程编码的列", "column of the works' code", 0, 0},
    {0},
};

static const struct {
    const char *key;
    size_t offset;
} identity_parts[] = {
    {"id_number", offsetof(struct identity_columns, id_number)},
    {"name", offsetof(struct identity_columns, name)},
    {"birth_date", offsetof(struct identity_columns, birth_date)},
    {"sex", offsetof(struct identity_columns, sex)},
    {"phone", offsetof(struct identity_columns, phone)},
    {"village", offsetof(struct identity_columns, village)},
    {"village_name", offsetof(struct identity_columns, village_name)},
    {"household_no", offsetof(struct identity_columns, household_no)},
    {"works_no", offsetof(struct identity_columns, works_no)},
};
#define IDENTITY_PARTS (sizeof identity_parts / sizeof *identity_parts)

static int *identity_part(struct identity_columns *identity, size_t i)
{
    return (int *)(void *)((char *)identity + identity_parts[i].offset);
}

/* Fields and identity may share one. */
size_t config_column(struct dataset *d, const char *name)
{
    for (size_t i = 0; i < d->column_count; i++) {
        if (strcmp(d->columns[i], name) == 0) {
            return i;
        }
    }
    d->columns[d->column_count] = name;
    return d->column_count++;
}

static void load_codes(struct loader *l, const struct yaml *node, struct field *f)
{
    const struct yaml *at = yaml_get(node, "codes");
    if (f->type != FIELD_CODE) {
        if (at != NULL) {
            problem_add(l->problems, at,
                        tr("改为 type: code,或删去 codes。", "Use type: code, or remove codes."),
                        "%s", tr("只有 code 类型有代码表", "only the type code has a code list"));
        }
        return;
    }
    if (at == NULL) {
        problem_add(l->problems, node, "codes: ...", "%s",
                    tr("code 类型必须指明代码表", "the type code needs a code list"));
        return;
    }
    f->codes = config_codes(l->c, node_text(node, "codes"));
    if (f->codes == NULL && name_is_valid(node_text(node, "codes"))) {
        const char **names = arena_array(l->arena, l->c->code_count + 1, sizeof *names);
        for (size_t i = 0; i < l->c->code_count; i++) {
            names[i] = l->c->codes[i].name;
        }
        const char *near = str_nearest(node_text(node, "codes"), names, l->c->code_count);
        problem_add(
            l->problems, at,
            near != NULL
                ? arena_printf(l->arena, tr("是不是想写 \"%s\"?", "Did you mean \"%s\"?"), near)
                : tr("在 codes/ 中加上此代码表。", "Add the list under codes/."),
            tr("没有代码表 %.*s", "no code list %.*s"), STR_ARGS(node_text(node, "codes")));
    }
}

static void load_unit(struct loader *l, const struct yaml *node, struct field *f)
{
    f->unit_fen = money_unit_fen[node_choice(node, "unit", money_units, 0)];
    if (yaml_get(node, "unit") != NULL && f->type != FIELD_MONEY) {
        problem_add(l->problems, yaml_get(node, "unit"),
                    tr("改为 type: money,或删去 unit。", "Use type: money, or remove unit."), "%s",
                    tr("只有 money 类型有单位", "only the type money has a unit"));
    }
}

static void load_role(struct loader *l, struct dataset *d, struct field *f)
{
    const struct yaml *at = yaml_get(f->node, "role");
    if (node_choice(f->node, "role", roles, -1) < 0) {
        return;
    }
    if (f->type != FIELD_DATE) {
        problem_add(l->problems, at, "type: date", "%s",
                    tr("event_date 字段的类型应为 date", "an event_date has the type date"));
    } else if (d->event_field >= 0) {
        problem_add(l->problems, at,
                    tr("只留一个 role: event_date。", "Keep one role: event_date."),
                    tr("event_date 已由 %s 担任", "%s is the event_date already"),
                    d->fields[d->event_field].name);
    } else {
        f->is_event_date = true;
        d->event_field = (int)(f - d->fields);
    }
}

static void check_field_name(struct loader *l, const struct yaml *node)
{
    if (!name_is_valid(node->key) || node->key.n > FIELD_NAME_MAX) {
        problem_add(
            l->problems, node, "",
            tr("字段名应由小写字母、数字和下划线组成,最多 %d 个字符",
               "a field's name is made of lower-case letters, digits and underscores, at most %d"),
            FIELD_NAME_MAX);
    }
}

static void load_field(struct loader *l, const struct yaml *node, struct dataset *d)
{
    struct field *f = &d->fields[d->field_count++];
    const char *from = node_cstr(node, "from");
    f->node = node;
    f->name = arena_cstr(l->arena, node->key);
    f->from = from != NULL ? from : "";
    f->type = (enum field_type)node_choice(node, "type", types, FIELD_TEXT);
    f->column = config_column(d, f->from);
    check_field_name(l, node);
    if (from != NULL && *from == '\0') {
        problem_add(l->problems, yaml_get(node, "from"), "", "%s",
                    tr("列名不能为空", "a column needs a name"));
    }
    if (node_choice(node, "type", types, -1) >= 0) {
        load_codes(l, node, f);
        load_unit(l, node, f);
        load_role(l, d, f);
    }
}

/* The last day of a date known to the month has a column of its own: NAME_last. */
static void check_last_columns(struct loader *l, const struct dataset *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        const struct field *twin =
            f->type != FIELD_DATE
                ? NULL
                : dataset_field(d, str_from(arena_printf(l->arena, "%s_last", f->name)));
        if (twin != NULL) {
            problem_add(l->problems, twin->node, tr("换一个字段名。", "Choose another name."),
                        tr("此名称留给日期 %s", "this name is kept for the date %s"), f->name);
        }
    }
}

static void load_identity(struct loader *l, struct dataset *d)
{
    const struct yaml *identity = node_map(d->node, "identity");
    for (size_t i = 0; i < IDENTITY_PARTS; i++) {
        struct str name = node_text(identity, identity_parts[i].key);
        *identity_part(&d->identity, i) = name.n > 0 ? (int)config_column(d, name.p) : -1;
        if (name.p != NULL && name.n == 0) {
            problem_add(l->problems, yaml_get(identity, identity_parts[i].key), "", "%s",
                        tr("列名不能为空", "a column needs a name"));
        }
    }
}

static bool identity_suffices(const struct dataset *d)
{
    const struct identity_columns *i = &d->identity;
    bool village = i->village >= 0 || i->village_name >= 0;
    bool named = i->name >= 0 && village;
    switch (d->grain) {
    case GRAIN_PERSON:
        return i->id_number >= 0 || named;
    case GRAIN_HOUSEHOLD:
    case GRAIN_HOUSE:
        return i->id_number >= 0 || i->household_no >= 0 || named;
    case GRAIN_VILLAGE:
        return village;
    case GRAIN_WORKS:
        return i->works_no >= 0;
    case GRAIN_SCHOOL:
        return true;
    }
    return true;
}

static void check_identity(struct loader *l, const struct dataset *d)
{
    static const char *const needs_zh[] = {
        "person 需要 id_number,或 name 加 village",
        "household 需要 id_number、household_no,或 name 加 village",
        "house 需要 id_number、household_no,或 name 加 village",
        "village 需要 village 或 village_name",
        "works 需要 works_no",
        ""};
    static const char *const needs_en[] = {
        "person needs id_number, or name and village",
        "household needs id_number, household_no, or name and village",
        "house needs id_number, household_no, or name and village",
        "village needs village or village_name",
        "works needs works_no",
        ""};
    const struct yaml *identity = node_map(d->node, "identity");
    if (identity == NULL || identity_suffices(d) || yaml_get(d->node, "grain") == NULL) {
        return;
    }
    problem_add(
        l->problems, identity, tr(needs_zh[d->grain], needs_en[d->grain]), "%s",
        tr("identity 不足以认定记录属于谁", "identity does not say whom a record speaks of"));
}

static bool reads_private_column(const struct dataset *d, const struct field *f)
{
    int column = (int)f->column;
    return column == d->identity.id_number || column == d->identity.name ||
           column == d->identity.phone;
}

static bool is_key(const struct dataset *d, const struct field *f)
{
    for (size_t i = 0; i < d->key_count; i++) {
        if (&d->fields[d->key[i]] == f) {
            return true;
        }
    }
    return false;
}

/* Numbers, names and phones live in one table; a second copy among the facts would escape its
 * protection. */
static void check_private_columns(struct loader *l, struct dataset *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        if (*f->from == '\0' || !reads_private_column(d, f)) {
            continue;
        }
        if (is_key(d, f)) {
            d->key_holds_identity = true;
        } else {
            problem_add(l->problems, f->node,
                        tr("删去此字段,identity 已读取这一列。",
                           "Remove the field: identity reads the column."),
                        "%s",
                        tr("证件号码、姓名和电话只能放在 identity 中",
                           "identity numbers, names and phones belong under identity alone"));
        }
    }
}

static void take_key(struct loader *l, struct dataset *d, const struct yaml *node)
{
    const struct field *f = node->kind == YAML_SCALAR ? dataset_field(d, node->text) : NULL;
    if (f != NULL) {
        d->key[d->key_count++] = (size_t)(f - d->fields);
        return;
    }
    config_unknown_field(l, d, node);
}

static void load_key(struct loader *l, struct dataset *d)
{
    const struct yaml *key = node_list(d->node, "key");
    if (key == NULL) {
        return;
    }
    if (key->n == 0) {
        problem_add(l->problems, key, "", "%s",
                    tr("至少要有一个主键字段", "at least one field identifies a record"));
    }
    d->key = arena_array(l->arena, key->n, sizeof *d->key);
    for (const struct yaml *node = key->first; node != NULL; node = node->next) {
        take_key(l, d, node);
    }
}

void config_unknown_field(struct loader *l, const struct dataset *d, const struct yaml *node)
{
    struct str name = node->kind == YAML_SCALAR ? node->text : node->key;
    const char **names = arena_array(l->arena, d->field_count + 1, sizeof *names);
    for (size_t i = 0; i < d->field_count; i++) {
        names[i] = d->fields[i].name;
    }
    const char *near = str_nearest(name, names, d->field_count);
    problem_add(l->problems, node,
                near != NULL
                    ? arena_printf(l->arena, tr("是不是想写 \"%s\"?", "Did you mean \"%s\"?"), near)
                    : tr("先在 fields 中列出该字段。", "List it under fields first."),
                tr("没有字段 %.*s", "no field %.*s"), STR_ARGS(name));
}

void config_load_fields(struct loader *l, struct dataset *d)
{
    const struct yaml *fields = node_map(d->node, "fields");
    size_t n = fields != NULL ? fields->n : 0;
    d->fields = arena_array(l->arena, n + 1, sizeof *d->fields);
    d->columns = arena_array(l->arena, n + IDENTITY_PARTS + LIST_COLUMNS, sizeof *d->columns);
    if (fields != NULL && n == 0) {
        problem_add(l->problems, fields, "", "%s",
                    tr("至少要有一个字段", "at least one field is needed"));
    }
    for (const struct yaml *node = fields != NULL ? fields->first : NULL; node != NULL;
         node = node->next) {
        if (node->kind == YAML_MAP) {
            load_field(l, node, d);
        }
    }
    check_last_columns(l, d);
    load_identity(l, d);
    check_identity(l, d);
    load_key(l, d);
    check_private_columns(l, d);
}
