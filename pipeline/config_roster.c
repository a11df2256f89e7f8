#include "pipeline/config_parts.h"

/* The household's and the person's columns as the rest of the program knows them. Values are the
 * codes that decisions stand on: a list without them would silence rules. */
struct roster_field {
    const char *name;
    enum field_type type;
    bool is_required;
    const char *values[4];
};
static const struct roster_field roster_fields[] = {
    {"person_no", FIELD_TEXT, true, {0}},
    {"household_no", FIELD_TEXT, true, {0}},
    {"relation", FIELD_CODE, true, {"head"}},
    {"sex", FIELD_CODE, true, {"male", "female"}},
    {"birth_date", FIELD_DATE, true, {0}},
    {"village_code", FIELD_TEXT, true, {0}},
    {"village_name", FIELD_TEXT, true, {0}},
    {"township_name", FIELD_TEXT, true, {0}},
    {"province_name", FIELD_TEXT, false, {0}},
    {"prefecture_name", FIELD_TEXT, false, {0}},
    {"county_name", FIELD_TEXT, false, {0}},
    {"category", FIELD_TEXT, true, {0}},
    {"origin", FIELD_CODE, true, {"lifted", "general"}},
    {"monitor_class", FIELD_CODE, true, {"unstable", "marginal", "sudden"}},
    {"risk_cleared", FIELD_FLAG, true, {0}},
    {"cleared_on", FIELD_DATE, false, {0}},
    {"net_income", FIELD_MONEY, false, {0}},
    {"unsafe_house", FIELD_FLAG, false, {0}},
    {"safe_water", FIELD_FLAG, false, {0}},
    {"house_damaged", FIELD_FLAG, false, {0}},
    {"water_damaged", FIELD_FLAG, false, {0}},
    {"resident_insurance", FIELD_FLAG, false, {0}},
    {"employee_insurance", FIELD_FLAG, false, {0}},
    {"major_illness_cover", FIELD_FLAG, false, {0}},
    {"school_status", FIELD_TEXT, false, {0}},
    {"not_at_school_reason", FIELD_TEXT, false, {0}},
    {"dropout", FIELD_FLAG, false, {0}},
    {"labour", FIELD_CODE, false, {"able", "weak", "without"}},
};
#define ROSTER_FIELDS (sizeof roster_fields / sizeof *roster_fields)

static const char *const type_names[] = {"text",    "code",  "flag",  "date",
                                         "instant", "money", "number"};

static void check_unknown(struct loader *l, const struct field *f)
{
    const char *names[ROSTER_FIELDS];
    for (size_t i = 0; i < ROSTER_FIELDS; i++) {
        names[i] = roster_fields[i].name;
        if (strcmp(f->name, names[i]) == 0) {
            return;
        }
    }
    const char *near = str_nearest(str_from(f->name), names, ROSTER_FIELDS);
    problem_add(l->problems, f->node,
                near != NULL
                    ? arena_printf(l->arena, tr("是不是 %s?", "Did you mean %s?"), near)
                    : tr("底册字段见接入指南。", "The connector guide lists the roster's fields."),
                tr("底册没有 %s 这个字段", "the roster has no field %s"), f->name);
}

static bool has_value(const struct code_list *codes, const char *value)
{
    for (size_t i = 0; i < codes->value_count; i++) {
        if (strcmp(codes->values[i].value, value) == 0) {
            return true;
        }
    }
    return false;
}

static void check_values(struct loader *l, const struct roster_field *r, const struct field *f)
{
    for (size_t i = 0;
         f->codes != NULL && i < sizeof r->values / sizeof *r->values && r->values[i] != NULL;
         i++) {
        if (!has_value(f->codes, r->values[i])) {
            problem_add(l->problems, f->node,
                        tr("在 codes/ 的该代码表中加上此值及其标签。",
                           "Add the value with its labels to that list under codes/."),
                        tr("代码表 %s 缺少值 %s", "code list %s lacks the value %s"),
                        f->codes->name, r->values[i]);
        }
    }
}

static void check_known(struct loader *l, const struct dataset *d, const struct roster_field *r)
{
    const struct field *f = dataset_field(d, str_from(r->name));
    if (f == NULL) {
        const struct yaml *fields = yaml_get(d->node, "fields");
        if (r->is_required && yaml_get(fields, r->name) == NULL) {
            problem_add(
                l->problems, fields,
                arena_printf(l->arena, "%s: {from: ..., type: %s}", r->name, type_names[r->type]),
                tr("底册缺少必需字段 %s", "the roster lacks the required field %s"), r->name);
        }
        return;
    }
    if (f->type != r->type) {
        problem_add(l->problems,
                    yaml_get(f->node, "type") != NULL ? yaml_get(f->node, "type") : f->node,
                    arena_printf(l->arena, "type: %s", type_names[r->type]),
                    tr("底册字段 %s 的类型应为 %s", "roster field %s has the type %s"), r->name,
                    type_names[r->type]);
        return;
    }
    check_values(l, r, f);
}

static void check_identity(struct loader *l, const struct dataset *d)
{
    const struct yaml *identity = yaml_get(d->node, "identity");
    if (identity != NULL && (d->identity.id_number < 0 || d->identity.name < 0)) {
        problem_add(l->problems, identity, "identity: {id_number: ..., name: ...}", "%s",
                    tr("底册必须有证件号码和姓名", "the roster needs id_number and name"));
    }
}

void config_check_roster(struct loader *l, const struct dataset *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        check_unknown(l, &d->fields[i]);
    }
    for (size_t i = 0; node_map(d->node, "fields") != NULL && i < ROSTER_FIELDS; i++) {
        check_known(l, d, &roster_fields[i]);
    }
    check_identity(l, d);
    if (d->grain != GRAIN_PERSON) {
        problem_add(l->problems, yaml_get(d->node, "grain"), "grain: person", "%s",
                    tr("底册每行一人", "the roster has a row for each person"));
    }
    bool is_keyed = d->key_count == 1 && strcmp(d->fields[d->key[0]].name, "person_no") == 0;
    if (!is_keyed && yaml_get(d->node, "key") != NULL) {
        problem_add(l->problems, yaml_get(d->node, "key"), "key: [person_no]", "%s",
                    tr("底册的 key 应为 [person_no]", "the roster's key is [person_no]"));
    }
}
