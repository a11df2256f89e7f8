#include "connectors/caps.h"
#include "connectors/decrypt.h"
#include "pipeline/config_parts.h"

/* PostgreSQL cuts names at 63 bytes; prefixes and index names need their share. */
#define TABLE_NAME_MAX 44
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define GRACE_DAYS_MAX 366
#define MAX_AGE_MOST 3660

static const char *const grains[] = {"person", "household", "house", "village",
                                     "works",  "school",    NULL};
static const char *const accesses[] = {"bulk", "lookup", NULL};
static const char *const arrivals[] = {"day", "month", "term", "event", NULL};
static const char *const newcomers[] = {"none", "lookup", "reread", NULL};

static const char *const links[] = {"exact", "probable", NULL};

static const struct key_spec incremental_keys[] = {
    {"by", KEY_NAME, KEY_REQUIRED, NULL, NULL, "更新时间字段", "field of the last change", 0, 0},
    {"overlap", KEY_DURATION, KEY_REQUIRED, NULL, NULL, "回看多久,如 3d",
     "how far to look back, like 3d", 0, 0},
    {0},
};
static const struct key_spec arrives_keys[] = {
    {"every", KEY_CHOICE, KEY_REQUIRED, arrivals, NULL, "来数周期", "how often it comes", 0, 0},
    {"by", KEY_INT, 0, NULL, NULL, "每月几日前,1 至 28", "by which day of the month, 1 to 28", 1,
     28},
    {"grace", KEY_DURATION, 0, NULL, NULL, "宽限,如 2d", "grace, like 2d", 0, 0},
    {0},
};
const struct key_spec config_dataset_keys[] = {
    {"title", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "名称", "title", 0, 0},
    {"grain", KEY_CHOICE, KEY_REQUIRED, grains, NULL, "一条记录说的是什么",
     "what a record speaks of", 0, 0},
    {"access", KEY_CHOICE, 0, accesses, NULL, "bulk:整批读取;lookup:按人查询", "bulk: all of it; lookup: about chosen persons", 0, 0},
    {"ask", KEY_MAP, 0, NULL, config_ask_keys, "按人查询:问谁、问多少", "of a lookup: whom it asks about, and how many", 0, 0},
    {"screened", KEY_BOOL, 0, NULL, NULL, "部门推送名单:不在底册的人列为名册外线索",
     "people the department judged at risk: those off the roster become leads", 0, 0},
    {"link", KEY_CHOICE, 0, links, NULL,
     "exact(默认):按号码、户编号、姓名认定;probable:认不出的记录再按姓名、出生日期、村、电话等打分",
     "exact (default): by number, household number, name; probable: what they leave over is scored by name, birth date, village, phone",
     0, 0},
    {"purpose", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "用途:每个数据集都要说明为什么读取",
     "every dataset says why it is read", 0, 0},
    {"legal_basis", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "依据:允许读取的法规或文件",
     "the law or document that allows it", 0, 0},
    {"authorization", KEY_MAP, 0, NULL, config_authorization_keys, "数据共享授权(只对本数据集)",
     "the authorization to read it, if it has its own", 0, 0},
    {"arrives", KEY_MAP, KEY_REQUIRED, NULL, arrives_keys, "来数日历,如 {every: month, by: 10, grace: 3d}", "when it arrives, like {every: month, by: 10, grace: 3d}", 0, 0},
    {"key", KEY_LIST_TEXT, KEY_REQUIRED | KEY_UNIQUE, NULL, NULL, "主键字段",
     "fields that identify a record", 0, 0},
    {"incremental", KEY_MAP, 0, NULL, incremental_keys, "增量读取", "incremental reading", 0, 0},
    {"newcomers", KEY_CHOICE, 0, newcomers, NULL, "新入册人员的历史", "the past of newcomers", 0,
     0},
    {"identity", KEY_MAP, KEY_REQUIRED, NULL, config_identity_keys, "记录属于谁",
     "whom a record speaks of", 0, 0},
    {"fields", KEY_MAP_OF_MAP, KEY_REQUIRED, NULL, config_field_keys, "字段", "fields", 0, 0},
    {"updated_at", KEY_NAME, 0, NULL, NULL, "更新时间字段", "field of the last change", 0, 0},
    {"max_age", KEY_DURATION, 0, NULL, NULL, "底册导出多久以后提示可能已过时,如 45d",
     "of the roster: how old its export may be before lists say so, like 45d", 0, 0},
    {"quality", KEY_MAP, 0, NULL, config_quality_keys, "质量门槛", "quality limits", 0, 0},
    {"caps", KEY_MAP, 0, NULL, caps_keys, "一次来数的上限", "what a delivery may grow to", 0, 0},
    {"decrypt", KEY_LIST_MAP, 0, NULL, column_cipher_keys, "加密的列", "columns that are encrypted",
     0, 0},
    {0},
};

/* Without a known connector nobody can judge transport keys: all that any of them knows pass. */
static size_t put_any_keys(struct key_spec *out)
{
    size_t n = 0;
    for (size_t i = 0; connector_table[i] != NULL; i++) {
        for (const struct key_spec *key = connector_table[i]->dataset_keys;
             key != NULL && key->name != NULL; key++, n++) {
            if (out != NULL) {
                out[n] =
                    (struct key_spec){key->name, KEY_ANY, 0, NULL, NULL, key->zh, key->en, 0, 0};
            }
        }
    }
    return n;
}

static size_t put_keys(struct key_spec *out, const struct key_spec *keys)
{
    size_t n = 0;
    for (; keys != NULL && keys[n].name != NULL; n++) {
        if (out != NULL) {
            out[n] = keys[n];
        }
    }
    return n;
}

const struct key_spec *config_all_dataset_keys(struct arena *a, const struct connector *connector)
{
    size_t common = put_keys(NULL, config_dataset_keys);
    size_t more = connector != NULL ? put_keys(NULL, connector->dataset_keys) : put_any_keys(NULL);
    struct key_spec *all = arena_array(a, common + more + 1, sizeof *all);
    (void)put_keys(all, config_dataset_keys);
    (void)(connector != NULL ? put_keys(all + common, connector->dataset_keys)
                             : put_any_keys(all + common));
    return all;
}

/* "a__b.c" and "a.b__c" would share a table. */
static void load_names(struct loader *l, struct dataset *d)
{
    const struct yaml *node = d->node;
    d->name = arena_cstr(l->arena, node->key);
    d->id = arena_printf(l->arena, "%s.%s", d->department->name, d->name);
    d->table = arena_printf(l->arena, "%s__%s", d->department->name, d->name);
    d->title = node_cstr(node, "title") ? node_cstr(node, "title") : d->name;
    d->purpose = node_cstr(node, "purpose") ? node_cstr(node, "purpose") : "";
    d->legal_basis = node_cstr(node, "legal_basis") ? node_cstr(node, "legal_basis") : "";
    d->authorization = config_authorization(node);
    d->is_roster = strcmp(d->id, "roster.person") == 0;
    d->grain = (enum grain)node_choice(node, "grain", grains, GRAIN_PERSON);
    if (!name_is_valid(node->key) || strstr(d->name, "__") != NULL) {
        problem_add(
            l->problems, node, "", "%s",
            tr("数据集名应由小写字母、数字和单个下划线组成",
               "a dataset's name is made of lower-case letters, digits and single underscores"));
    }
    if (strlen(d->table) > TABLE_NAME_MAX) {
        problem_add(
            l->problems, node,
            tr("缩短部门名或数据集名。", "Shorten the name of the department or the dataset."),
            tr("部门名加数据集名最多 %d 个字符",
               "department and dataset have at most %d characters together"),
            TABLE_NAME_MAX - 2);
    }
}

static void check_said(struct loader *l, const struct yaml *node, const char *key)
{
    const struct yaml *at = yaml_get(node, key);
    struct str text = node_text(node, key);
    if (text.p != NULL && str_trim(text).n == 0 && !at->plain) {
        problem_add(l->problems, at, "", "%s", tr("不能为空", "may not be empty"));
    }
}

/* Whoever is not on the roster is known by number, name, village, reason and date alone. */
static void load_screened(struct loader *l, struct dataset *d)
{
    const struct field *reason = dataset_field(d, STR("reason"));
    d->is_screened = node_bool(d->node, "screened");
    d->reason_field = reason == NULL ? -1 : (int)(reason - d->fields);
    if (!d->is_screened) {
        return;
    }
    bool is_whole = d->grain == GRAIN_PERSON && !d->is_roster && !d->is_incremental && d->identity.id_number >= 0 &&
                    d->identity.name >= 0 && reason != NULL &&
                    (reason->type == FIELD_TEXT || reason->type == FIELD_CODE);
    if (!is_whole) {
        problem_add(l->problems, yaml_get(d->node, "screened"), "", "%s",
                    tr("推送名单以人为单位、每次给全部,要有 identity.id_number、identity.name 和文本字段 reason",
                       "a screened list speaks of persons, comes whole, and has identity.id_number, identity.name and a text "
                       "field called reason"));
    }
}

/* Of a person: who, when born, and one thing more; a name and a place alone cannot tell people apart. */
static bool can_tell_people_apart(const struct dataset *d)
{
    const struct identity_columns *i = &d->identity;
    bool has_third = i->id_number >= 0 || i->village >= 0 || i->village_name >= 0 || i->phone >= 0;
    return i->name >= 0 && (i->birth_date >= 0 || i->id_number >= 0) && has_third;
}

static void load_link(struct loader *l, struct dataset *d)
{
    const struct yaml *at = yaml_get(d->node, "link");
    d->links_probably = node_choice(d->node, "link", links, 0) == 1;
    if (!d->links_probably) {
        return;
    }
    if (d->grain != GRAIN_PERSON || d->is_roster || d->is_lookup || d->is_screened) {
        problem_add(l->problems, at, "link: exact", "%s",
                    tr("link: probable 用于以人为单位、整批读取的数据集,不用于底册、按人查询和推送名单",
                       "link: probable is for bulk datasets of persons: not for the roster, lookups or screened lists"));
    } else if (!can_tell_people_apart(d)) {
        problem_add(l->problems, at, "identity: {name: XM, birth_date: CSRQ, village: XZQH}", "%s",
                    tr("这些字段分不清人:link: probable 要有 name,birth_date 或 id_number,以及 id_number、village、village_name、phone 之一",
                       "these fields cannot tell people apart: link: probable needs name, birth_date or id_number, and one of "
                       "id_number, village, village_name, phone"));
    }
}

static void check_grain(struct loader *l, const struct dataset *d)
{
    if (d->grain == GRAIN_SCHOOL) {
        problem_warn(l->problems, yaml_get(d->node, "grain"), "", "%s",
                     tr("school 粒度的记录不与任何户匹配",
                        "records about schools are linked to no household"));
    }
}

static bool is_time_field(const struct field *f)
{
    return f->type == FIELD_INSTANT || f->type == FIELD_DATE;
}

/* Index of the field that `at` names, which must hold a time; -1 with the problem added. */
static int time_field(struct loader *l, const struct dataset *d, const struct yaml *at)
{
    if (at == NULL || at->kind != YAML_SCALAR || !name_is_valid(at->text)) {
        return -1;
    }
    const struct field *f = dataset_field(d, at->text);
    if (f == NULL) {
        config_unknown_field(l, d, at);
        return -1;
    }
    if (!is_time_field(f)) {
        problem_add(l->problems, at,
                    tr("选一个 instant 或 date 字段。", "Choose a field of type instant or date."),
                    tr("字段 %s 不是时间", "field %s is no time"), f->name);
        return -1;
    }
    return (int)(f - d->fields);
}

/* A file is handed over once: nobody can be asked for it again. */
static void check_newcomers(struct loader *l, const struct dataset *d)
{
    if (d->newcomers == NEWCOMERS_REREAD && d->department->connector == &connector_file) {
        problem_add(l->problems, yaml_get(d->node, "newcomers"),
                    tr("删去 newcomers;有人新入册时请部门重放完整文件,再运行 bidui pull --full。",
                       "Remove newcomers; when persons join, have the complete file dropped again "
                       "and run bidui pull --full."),
                    "%s",
                    tr("文件只读取一次,不能为新入册人员重读",
                       "files are taken once and cannot be reread for newcomers"));
    }
}

static void load_times(struct loader *l, struct dataset *d)
{
    const struct yaml *incremental = node_map(d->node, "incremental");
    d->updated_field = time_field(l, d, yaml_get(d->node, "updated_at"));
    d->newcomers = (enum newcomers)node_choice(d->node, "newcomers", newcomers, NEWCOMERS_NONE);
    check_newcomers(l, d);
    if (incremental == NULL) {
        return;
    }
    d->is_incremental = true;
    int by = time_field(l, d, yaml_get(incremental, "by"));
    if (by >= 0 && d->updated_field >= 0 && by != d->updated_field) {
        problem_add(
            l->problems, yaml_get(d->node, "updated_at"),
            tr("两处写同一个字段,或删去 updated_at。",
               "Name the same field in both, or remove updated_at."),
            "%s",
            tr("updated_at 与 incremental.by 不一致", "updated_at and incremental.by differ"));
    }
    d->updated_field = by;
    if (!keys_duration_ms(node_text(incremental, "overlap"), &d->overlap_ms)) {
        d->overlap_ms = 0;
    }
}

static void load_grace(struct loader *l, struct dataset *d, const struct yaml *arrives)
{
    int64_t ms = 0;
    if (!keys_duration_ms(node_text(arrives, "grace"), &ms)) {
        return;
    }
    if (ms % DAY_MS != 0 || ms / DAY_MS > GRACE_DAYS_MAX) {
        problem_add(l->problems, yaml_get(arrives, "grace"), "grace: 2d",
                    tr("宽限应为 0 至 %d 个整天", "grace is 0 to %d whole days"), GRACE_DAYS_MAX);
        return;
    }
    d->arrives.grace_days = (int)(ms / DAY_MS);
}

static void load_max_age(struct loader *l, struct dataset *d)
{
    int64_t ms = 0;
    const struct yaml *at = yaml_get(d->node, "max_age");
    if (at == NULL || !keys_duration_ms(node_text(d->node, "max_age"), &ms)) {
        return;
    }
    if (!d->is_roster || yaml_get(d->node, "exported_on") == NULL) {
        problem_add(l->problems, at, "exported_on: file_name", "%s",
                    tr("max_age 只用于写了 exported_on 的底册", "max_age is for a roster that says exported_on"));
    } else if (ms < DAY_MS || ms % DAY_MS != 0 || ms / DAY_MS > MAX_AGE_MOST) {
        problem_add(l->problems, at, "max_age: 45d", tr("应为 1 至 %d 个整天", "1 to %d whole days"), MAX_AGE_MOST);
    } else {
        d->max_age_days = (int)(ms / DAY_MS);
    }
}

static void load_arrives(struct loader *l, struct dataset *d)
{
    const struct yaml *arrives = node_map(d->node, "arrives");
    int64_t by = 0;
    d->arrives.every = (enum arrival)node_choice(arrives, "every", arrivals, ARRIVES_EVENT);
    if (arrives == NULL || node_choice(arrives, "every", arrivals, -1) < 0) {
        return;
    }
    bool has_by = yaml_get(arrives, "by") != NULL;
    if (d->arrives.every == ARRIVES_MONTH && !has_by) {
        problem_add(l->problems, arrives, "arrives: {every: month, by: 5, grace: 3d}", "%s",
                    tr("每月来数要写明几日前(by)", "a monthly dataset says by which day"));
    } else if (d->arrives.every != ARRIVES_MONTH && has_by) {
        problem_add(l->problems, yaml_get(arrives, "by"), tr("删去 by。", "Remove by."), "%s",
                    tr("只有 every: month 有 by", "only every: month has by"));
    }
    d->arrives.by = str_to_i64(node_text(arrives, "by"), &by) && by >= 1 && by <= 28 ? (int)by : 1;
    load_grace(l, d, arrives);
}

/* A column that nothing reads may be mistyped. */
static void check_ciphers(struct loader *l, const struct dataset *d)
{
    const struct yaml *list = node_list(d->node, "decrypt");
    for (const struct yaml *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        const struct yaml *columns = node_list(item, "columns");
        decrypt_check(l->problems, item);
        for (const struct yaml *n = columns == NULL ? NULL : columns->first; n != NULL;
             n = n->next) {
            size_t i = 0;
            while (i < d->column_count && !str_is(n->text, d->columns[i])) {
                i++;
            }
            if (i == d->column_count && n->kind == YAML_SCALAR) {
                const char *near = str_nearest(n->text, d->columns, d->column_count);
                problem_add(l->problems, n,
                            near == NULL ? ""
                                         : arena_printf(l->arena, tr("是不是想写 \"%s\"?", "Did you mean \"%s\"?"), near),
                            tr("没有字段或 identity 读取列 %.*s", "no field and no identity reads a column %.*s"),
                            STR_ARGS(n->text));
            }
        }
    }
}

static void check_transport(struct loader *l, const struct dataset *d)
{
    const struct connector *connector = d->department->connector;
    if (connector != NULL && connector->check != NULL && d->department->connection != NULL) {
        connector->check(d->department->connection, d->node, l->problems);
    }
    caps_check(l->problems, d->node, connector == NULL ? NULL : connector->kind);
    config_check_secrets(l, d->node);
}

bool config_load_dataset(struct loader *l, const struct department *department,
                         const struct yaml *node, struct dataset *d)
{
    size_t errors = l->problems->errors;
    *d = (struct dataset){
        .department = department, .node = node, .event_field = -1, .updated_field = -1};
    keys_check(l->problems, node, config_all_dataset_keys(l->arena, department->connector));
    load_names(l, d);
    check_said(l, node, "title");
    check_said(l, node, "purpose");
    check_said(l, node, "legal_basis");
    config_load_fields(l, d);
    check_grain(l, d);
    load_times(l, d);
    config_load_ask(l, d);
    load_screened(l, d);
    load_link(l, d);
    load_arrives(l, d);
    load_max_age(l, d);
    config_load_quality(l, d);
    check_transport(l, d);
    check_ciphers(l, d);
    if (d->is_roster) {
        config_check_roster(l, d);
    }
    return l->problems->errors == errors;
}
