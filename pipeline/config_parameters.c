#include "base/money.h"
#include "pipeline/config_parts.h"

/* Units a value may carry. `is_count`: only whole numbers make sense. */
struct unit {
    const char *name;
    bool is_count;
};
static const struct unit units[] = {
    {"yuan", false},
    {"yuan/month", false},
    {"yuan/year", false},
    {"yuan/person/month", false},
    {"yuan/person/year", false},
    {"share", false},
    {"hour", false},
    {"day", true},
    {"calendar_day", true},
    {"working_day", true},
    {"month_end", true},
    {"month", true},
    {"year", true},
    {"time", true},
    {"person", true},
    {"household", true},
    {"piece", true},
};
#define UNIT_COUNT (sizeof units / sizeof *units)
static const char *const unit_names[] = {
    "yuan",
    "yuan/month",
    "yuan/year",
    "yuan/person/month",
    "yuan/person/year",
    "share",
    "hour",
    "day",
    "calendar_day",
    "working_day",
    "month_end",
    "month",
    "year",
    "time",
    "person",
    "household",
    "piece",
    NULL,
};

static const struct key_spec parameter_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, NULL, NULL, "参数名,规则里用它", "the name rules use", 0, 0},
    {"region", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "区划代码,2、4、6、9 或 12 位",
     "region code of 2, 4, 6, 9 or 12 digits", 0, 0},
    {"from", KEY_DATE, KEY_REQUIRED, NULL, NULL, "生效日期", "in force from", 0, 0},
    {"value", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "数值或百分数", "a number or a percentage", 0, 0},
    {"unit", KEY_CHOICE, KEY_REQUIRED, unit_names, NULL, "单位", "unit", 0, 0},
    {"basis", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "依据的文件", "the document it rests on", 0, 0},
    {0},
};

/* What the program itself reads, besides rules. */
static const char *const clock_units[] = {"calendar_day", "working_day", "month_end", NULL};
static const char *const wait_units[] = {"calendar_day", "working_day", "month", NULL};
static const char *const day_units[] = {"day", NULL};
static const char *const share_units[] = {"share", NULL};
static const struct {
    const char *name;
    const char *const *units;
    const char *units_text;
    bool is_optional; /* what holds without it is said where it is read */
} needed[] = {
    {"due_high", clock_units, "calendar_day, working_day, month_end", false},
    {"due_medium", clock_units, "calendar_day, working_day, month_end", false},
    {"due_low", clock_units, "calendar_day, working_day, month_end", false},
    {"families_window", day_units, "day", false},
    {"cooling_growth", share_units, "share", true},
    /* pipeline/cases/machine.c */
    {"case_decision", clock_units, "calendar_day, working_day, month_end", true},
    {"case_help", clock_units, "calendar_day, working_day, month_end", true},
    {"case_confirm", clock_units, "calendar_day, working_day, month_end", true},
    {"case_publicity", wait_units, "calendar_day, working_day, month", true},
    {"case_stable", wait_units, "calendar_day, working_day, month", true},
};

static bool is_region(struct str s)
{
    return text_is_digits(s) && (s.n == 2 || s.n == 4 || s.n == 6 || s.n == 9 || s.n == 12);
}

static void check_region(struct loader *l, const struct yaml *node, struct str region)
{
    struct str county = str_from(l->c->county);
    const struct yaml *at = yaml_get(node, "region");
    if (!is_region(region)) {
        problem_add(l->problems, at,
                    tr("写省 2 位、市 4 位、县 6 位、乡 9 位或村 12 位代码,并加引号。",
                       "Write the code of a province (2), prefecture (4), county (6), township (9) "
                       "or village (12), in quotes."),
                    "%s",
                    tr("区划代码应为 2、4、6、9 或 12 位数字",
                       "a region code has 2, 4, 6, 9 or 12 digits"));
    } else if (county.n == 6 && !str_starts(county, region) && !str_starts(region, county)) {
        problem_warn(l->problems, at, tr("核对区划代码。", "Check the code."),
                     tr("该地区与本县 %.*s 无关,此值不会生效",
                        "this region does not touch county %.*s: the value is never in force"),
                     STR_ARGS(county));
    }
}

static const struct unit *unit_find(struct str name)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (str_is(name, units[i].name)) {
            return &units[i];
        }
    }
    return NULL;
}

/* "50%" is for shares alone; what is counted is whole and not negative. */
static void load_value(struct loader *l, const struct yaml *node, struct parameter *p)
{
    struct str text = node_text(node, "value"), unit_name = node_text(node, "unit");
    const struct yaml *at = yaml_get(node, "value");
    const struct unit *unit = unit_find(unit_name);
    bool is_percent = str_ends(text, STR("%"));
    bool is_read = is_percent ? keys_percent(text, &p->value_micro)
                              : text.n > 0 && decimal_parse(text, &p->value_micro) == RC_OK;
    err_clear();
    if (text.p == NULL) {
        return;
    }
    if (!is_read) {
        problem_add(l->problems, at, tr("写成 20000、0.5 或 50%。", "Write 20000, 0.5 or 50%."),
                    "%s", tr("应为数值或百分数", "expected a number or a percentage"));
    } else if (is_percent && unit != NULL && !str_is(unit_name, "share")) {
        problem_add(l->problems, at,
                    tr("百分数的单位写 share。", "A percentage has the unit share."),
                    tr("单位 %s 不能用百分数", "unit %s takes no percentage"), unit->name);
    } else if (unit != NULL && unit->is_count &&
               (p->value_micro < 0 || p->value_micro % DECIMAL_ONE != 0)) {
        problem_add(l->problems, at, "",
                    tr("单位 %s 应为不小于 0 的整数", "unit %s takes whole numbers from 0"),
                    unit->name);
    }
}

static const char *text_or_empty(const struct yaml *node, const char *key)
{
    const char *text = node_cstr(node, key);
    return text != NULL ? text : "";
}

static void load_parameter(struct loader *l, const struct yaml *node, struct parameter *p)
{
    keys_check(l->problems, node, parameter_keys);
    p->node = node;
    p->name = text_or_empty(node, "name");
    p->region = text_or_empty(node, "region");
    p->unit = text_or_empty(node, "unit");
    p->basis = text_or_empty(node, "basis");
    if (!date_parse_iso(node_text(node, "from"), &p->from)) {
        p->from = DATE_NONE;
    }
    if (yaml_get(node, "region") != NULL) {
        check_region(l, node, str_from(p->region));
    }
    load_value(l, node, p);
}

/* One value for a place and a date; one unit for a name. */
static void check_against_earlier(struct loader *l, const struct parameter *p)
{
    for (const struct parameter *q = l->c->parameters; q < p; q++) {
        if (*p->name == '\0' || strcmp(p->name, q->name) != 0) {
            continue;
        }
        if (strcmp(p->unit, q->unit) != 0) {
            problem_add(l->problems, yaml_get(p->node, "unit"),
                        tr("一个参数只用一种单位。", "A parameter keeps one unit."),
                        tr("%s 的单位是 %s(第 %d 行)", "%s has the unit %s (line %d)"), p->name,
                        q->unit, q->node->line);
            return;
        }
        if (p->from == q->from && p->from != DATE_NONE && strcmp(p->region, q->region) == 0) {
            problem_add(l->problems, p->node,
                        tr("删去一条,或改生效日期。", "Remove one, or change its date."),
                        tr("%s 在该地区该日期已有取值(第 %d 行)",
                           "%s has a value for this region and date (line %d)"),
                        p->name, q->node->line);
            return;
        }
    }
}

static bool is_among(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0) {
            return true;
        }
    }
    return false;
}

static void check_needed(struct loader *l, const struct yaml *root)
{
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        const struct parameter *found = NULL;
        for (size_t k = 0; k < l->c->parameter_count && found == NULL; k++) {
            found =
                strcmp(l->c->parameters[k].name, needed[i].name) == 0 ? &l->c->parameters[k] : NULL;
        }
        if (found == NULL && needed[i].is_optional) {
            continue;
        }
        if (found == NULL) {
            problem_add(
                l->problems, root,
                tr("照样例 parameters.yaml 补上。", "Add it as in the sample parameters.yaml."),
                tr("缺少参数 %s", "parameter %s is missing"), needed[i].name);
        } else if (unit_find(str_from(found->unit)) != NULL &&
                   !is_among(found->unit, needed[i].units)) {
            problem_add(l->problems, yaml_get(found->node, "unit"), needed[i].units_text,
                        tr("参数 %s 不能用单位 %s", "parameter %s cannot have the unit %s"),
                        needed[i].name, found->unit);
        }
    }
}

void config_load_parameters(struct loader *l)
{
    const struct yaml *root = loader_file(l, "parameters.yaml");
    if (root == NULL) {
        return;
    }
    if (root->kind != YAML_LIST) {
        problem_add(l->problems, root,
                    "- {name: ..., region: ..., from: ..., value: ..., unit: ..., basis: ...}",
                    "%s", tr("应为参数列表", "expected a list of parameters"));
        return;
    }
    l->c->parameters = arena_array(l->arena, root->n, sizeof *l->c->parameters);
    for (const struct yaml *node = root->first; node != NULL; node = node->next) {
        struct parameter *p = &l->c->parameters[l->c->parameter_count];
        if (node->kind != YAML_MAP) {
            problem_add(l->problems, node, "", "%s",
                        tr("每条参数应为 {name: ..., value: ...}",
                           "each parameter is {name: ..., value: ...}"));
            continue;
        }
        load_parameter(l, node, p);
        check_against_earlier(l, p);
        l->c->parameter_count++;
    }
    check_needed(l, root);
}
