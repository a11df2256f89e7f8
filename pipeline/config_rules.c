#include "pipeline/config_parts.h"

static const char *const families[] = {
    "medical", "education",  "housing",    "water",       "hardship", "linked_registers",
    "income",  "employment", "disability", "disaster",    "accident", "crime",
    "finance", "industry",   "relocation", "self_report", NULL,
};
/* What a village cadre may not read in full. */
static const char *const sensitive_families[] = {"medical", "disability", "crime", "finance", NULL};
/* Words in the name of a department or dataset that say the same of its data. */
static const char *const sensitive_words[] = {
    "health", "medical", "disab", "crim", "justice", "prison", "financ", "bank", "loan", NULL,
};
static const char *const subjects[] = {"person", "household", "works", NULL};
static const char *const effects[] = {"alert", "note", NULL};
static const char *const severities[] = {"high", "medium", "low", NULL};
static const char *const classes[] = {"lifted", "monitored", "general", "cleared"};
#define CLASS_COUNT (sizeof classes / sizeof *classes)

static const struct key_spec basis_keys[] = {
    {"document", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "文件名称", "the document", 0, 0},
    {"place", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "地方", "whose it is", 0, 0},
    {"year", KEY_INT, KEY_REQUIRED, NULL, NULL, "年份", "its year", 1949, 2100},
    {0},
};
static const struct key_spec waiting_keys[] = {
    {"exception", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "尚不能判断的例外",
     "the exception that cannot be judged yet", 0, 0},
    {"needs", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "所需数据集 department.dataset",
     "the dataset it needs, department.dataset", 0, 0},
    {0},
};
static const struct key_spec rule_keys[] = {
    {"id", KEY_NAME, KEY_REQUIRED, NULL, NULL, "规则编号,全局唯一", "unique name of the rule", 0,
     0},
    {"title", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "规则名称", "title", 0, 0},
    {"family", KEY_CHOICE, KEY_REQUIRED, families, NULL, "风险类别", "kind of risk", 0, 0},
    {"subject", KEY_CHOICE, KEY_REQUIRED, subjects, NULL, "判断对象", "what is judged", 0, 0},
    {"effect", KEY_CHOICE, 0, effects, NULL, "alert:预警(默认);note:只在该户线索上提示需说明,不产生也不消除线索",
     "alert, unless set; note: stands on the household's lead, to be explained, and opens and clears nothing", 0, 0},
    {"applies_to", KEY_LIST_TEXT, 0, NULL, NULL, "适用户类:lifted、monitored、general、cleared",
     "classes: lifted, monitored, general, cleared", 0, 0},
    {"let", KEY_MAP_OF_TEXT, 0, NULL, NULL, "命名的取值", "named values", 0, 0},
    {"when", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "成立条件", "the condition", 0, 0},
    {"unless", KEY_MAP_OF_TEXT, 0, NULL, NULL, "例外:名称: 条件", "exceptions, name: condition", 0,
     0},
    {"waiting", KEY_LIST_MAP, 0, NULL, waiting_keys, "等待数据的例外",
     "exceptions waiting for data", 0, 0},
    {"severity", KEY_CHOICE, KEY_REQUIRED, severities, NULL, "级别", "severity", 0, 0},
    {"reason", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "县级看到的原因", "the reason the county reads",
     0, 0},
    {"field_reason", KEY_TEXT, 0, NULL, NULL, "乡村看到的原因",
     "the reason townships and villages read", 0, 0},
    {"basis", KEY_MAP, KEY_REQUIRED, NULL, basis_keys, "依据:文件、地方、年份",
     "what it rests on: document, place, year", 0, 0},
    {"trial", KEY_BOOL, 0, NULL, NULL, "试运行,只给县级", "trial, for the county alone", 0, 0},
    {"cooling", KEY_DURATION, 0, NULL, NULL, "核实反馈后多久不再提示,整天,默认 90d",
     "how long an answer keeps it from opening again, in whole days; 90d if not given", 0, 0},
    {0},
};

static bool is_among(const char *text, const char *const *list)
{
    for (; text != NULL && *list != NULL; list++) {
        if (strcmp(text, *list) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static bool holds_sensitive_word(struct str name)
{
    for (size_t w = 0; sensitive_words[w] != NULL; w++) {
        size_t n = strlen(sensitive_words[w]);
        for (size_t i = 0; i + n <= name.n; i++) {
            if (memcmp(name.p + i, sensitive_words[w], n) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Does an expression read department.dataset with such a word? A name without a dot is a value, not
 * a read. */
static bool reads_sensitive(struct str text)
{
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        while (i < text.n && is_name_character(text.p[i])) {
            i++;
        }
        struct str name = str_sub(text, from, i - from);
        if (str_find(name, '.') < name.n && holds_sensitive_word(name)) {
            return true;
        }
        i += i == from;
    }
    return false;
}

static bool tree_reads_sensitive(const struct yaml *node)
{
    if (node == NULL || node->kind == YAML_SCALAR) {
        return node != NULL && reads_sensitive(node->text);
    }
    for (const struct yaml *child = node->first; child != NULL; child = child->next) {
        if (tree_reads_sensitive(child)) {
            return true;
        }
    }
    return false;
}

static void check_field_reason(struct loader *l, const struct rule_text *r)
{
    bool is_sensitive = is_among(r->family, sensitive_families) || tree_reads_sensitive(r->let) ||
                        tree_reads_sensitive(r->when) || tree_reads_sensitive(r->unless);
    if (is_sensitive && r->field_reason == NULL) {
        problem_add(
            l->problems, r->node,
            tr("写一句乡村可以看的原因,不提病情、残疾、案件或存款。",
               "Write what a village may read, without illness, disability, crime or accounts."),
            "%s",
            tr("读取健康、残疾、案件或金融数据的规则必须有 field_reason",
               "a rule reading health, disability, crime or finance data needs a field_reason"));
    }
}

static bool take_class(struct loader *l, struct rule_text *r, const struct yaml *node)
{
    struct str text = node->kind == YAML_SCALAR ? node->text : STR_NULL;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (!str_is(text, classes[i])) {
            continue;
        }
        for (size_t k = 0; k < r->applies_count; k++) {
            if (r->applies_to[k] == classes[i]) {
                problem_add(l->problems, node, tr("删去一个。", "Remove one."),
                            tr("%s 重复", "%s is listed twice"), classes[i]);
                return false;
            }
        }
        r->applies_to[r->applies_count++] = classes[i];
        return true;
    }
    const char *near = str_nearest(text, classes, CLASS_COUNT);
    const char *all = tr("可用: lifted, monitored, general, cleared",
                         "one of: lifted, monitored, general, cleared");
    problem_add(l->problems, node,
                near != NULL ? arena_printf(l->arena, tr("是不是 %s?", "Did you mean %s?"), near)
                             : all,
                "%s", tr("没有这种户类", "no such class"));
    return false;
}

static void load_applies_to(struct loader *l, struct rule_text *r)
{
    const struct yaml *list = node_list(r->node, "applies_to");
    bool is_works = r->subject != NULL && strcmp(r->subject, "works") == 0;
    size_t n = list != NULL ? list->n : 0;
    r->applies_to = arena_array(l->arena, n + 1, sizeof *r->applies_to);
    if (is_works && list != NULL) {
        problem_add(l->problems, list, tr("删去 applies_to。", "Remove applies_to."), "%s",
                    tr("工程规则不分户类", "a rule on works has no classes"));
        return;
    }
    if (!is_works && n == 0 && (list != NULL || yaml_get(r->node, "applies_to") == NULL)) {
        problem_add(
            l->problems, list != NULL ? list : r->node,
            "applies_to: [lifted, monitored, general, cleared]", "%s",
            tr("缺少 applies_to:规则适用于哪些户", "applies_to is missing: whom the rule is for"));
    }
    for (const struct yaml *node = list != NULL ? list->first : NULL; node != NULL;
         node = node->next) {
        (void)take_class(l, r, node);
    }
}

static void check_names(struct loader *l, const struct yaml *map)
{
    for (const struct yaml *node = map != NULL ? map->first : NULL; node != NULL;
         node = node->next) {
        if (!name_is_valid(node->key)) {
            problem_add(l->problems, node, "", "%s",
                        tr("名称应由小写字母、数字和下划线组成",
                           "a name is made of lower-case letters, digits and underscores"));
        }
    }
}

/* Both are exceptions of one rule and `unless` may use what `let` names: one name, one meaning. */
static void check_unless(struct loader *l, const struct rule_text *r)
{
    for (const struct yaml *node = r->unless != NULL ? r->unless->first : NULL; node != NULL;
         node = node->next) {
        for (const struct yaml *other = r->let != NULL ? r->let->first : NULL; other != NULL;
             other = other->next) {
            if (str_eq(node->key, other->key)) {
                problem_add(l->problems, node,
                            tr("给例外另起一个名称。", "Give the exception another name."),
                            tr("%.*s 已在 let 中使用", "%.*s is already named in let"),
                            STR_ARGS(node->key));
            }
        }
    }
}

static bool is_dataset_id(struct str s)
{
    struct str dataset = s;
    struct str department = str_cut(&dataset, '.');
    return name_is_valid(department) && name_is_valid(dataset);
}

static void check_waiting(struct loader *l, const struct yaml *list)
{
    for (const struct yaml *node = list != NULL ? list->first : NULL; node != NULL;
         node = node->next) {
        struct str needs = node_text(node, "needs");
        if (needs.p != NULL && !is_dataset_id(needs)) {
            problem_add(l->problems, yaml_get(node, "needs"), "public_security.death", "%s",
                        tr("应写成 department.dataset", "expected department.dataset"));
        } else if (needs.p != NULL && config_dataset(l->c, needs) != NULL) {
            problem_warn(l->problems, yaml_get(node, "needs"),
                         tr("把这个例外写进 unless。", "Write the exception under unless."),
                         tr("数据集 %.*s 已经接入", "dataset %.*s is here now"), STR_ARGS(needs));
        }
    }
}

static void check_unique(struct loader *l, const struct rule_text *r)
{
    for (const struct rule_text *q = l->c->rules; q < r; q++) {
        if (r->id != NULL && q->id != NULL && strcmp(q->id, r->id) == 0) {
            problem_add(l->problems, yaml_get(r->node, "id"),
                        tr("改用另一个编号。", "Choose another id."),
                        tr("规则编号 %s 已在 %s:%d 使用", "rule id %s is used in %s:%d"), r->id,
                        q->node->file, q->node->line);
        }
    }
}

#define COOLING_DAYS 90
#define COOLING_MOST 3660
#define DAY_MS ((int64_t)24 * 3600 * 1000)

static void load_cooling(struct loader *l, struct rule_text *r)
{
    int64_t ms = 0;
    struct str text = node_text(r->node, "cooling");
    r->cooling_days = COOLING_DAYS;
    if (text.p == NULL || !keys_duration_ms(text, &ms)) {
        return; /* what is malformed is told by the table of keys */
    }
    if (ms % DAY_MS != 0 || ms > COOLING_MOST * DAY_MS) {
        problem_add(l->problems, yaml_get(r->node, "cooling"), "cooling: 90d", "%s",
                    tr("应为 0d 至 3660d 的整天数", "expected whole days from 0d to 3660d"));
        return;
    }
    r->cooling_days = (int)(ms / DAY_MS);
}

/* Kind, key and text of every node with their lengths: comments, quoting and layout do not make a
 * new version. */
static bool put_canonical(struct buf *out, const struct yaml *node)
{
    static const char kinds[] = {'s', 'l', 'm'};
    if (buf_printf(out, "%c%zu:%.*s%zu:%.*s(", kinds[node->kind], node->key.n, STR_ARGS(node->key),
                   node->text.n, STR_ARGS(node->text)) != RC_OK) {
        return false;
    }
    for (const struct yaml *child = node->first; child != NULL; child = child->next) {
        if (!put_canonical(out, child)) {
            return false;
        }
    }
    return buf_putc(out, ')') == RC_OK;
}

/* Keys in the order of the table, so that moving a line does not make a new version either. */
static const char *canonical_digest(struct loader *l, const struct yaml *rule)
{
    char digest[65];
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES * 4);
    for (const struct key_spec *key = rule_keys; key->name != NULL; key++) {
        const struct yaml *node = yaml_get(rule, key->name);
        if (node != NULL && !put_canonical(&text, node)) {
            problem_add(l->problems, rule, "", "%s", err_text(err_last()));
            err_clear();
        }
    }
    crypto_sha256_hex(buf_str(&text), digest);
    buf_done(&text);
    return arena_cstr(l->arena, str_from(digest));
}

static void read_rule(struct loader *l, const struct yaml *node, struct rule_text *r)
{
    r->node = node;
    r->id = node_cstr(node, "id");
    r->title = node_cstr(node, "title");
    r->family = node_cstr(node, "family");
    r->subject = node_cstr(node, "subject");
    r->severity = node_cstr(node, "severity");
    r->reason = node_cstr(node, "reason");
    r->field_reason =
        node_text(node, "field_reason").n > 0 ? node_cstr(node, "field_reason") : NULL;
    r->trial = node_bool(node, "trial");
    r->is_note = str_is(node_text(node, "effect"), "note");
    r->let = node_map(node, "let");
    r->when = yaml_get(node, "when");
    r->unless = node_map(node, "unless");
    r->waiting = node_list(node, "waiting");
    r->basis = node_map(node, "basis");
    r->digest = canonical_digest(l, node);
}

static void check_effect(struct loader *l, const struct rule_text *r)
{
    if (r->is_note && r->subject != NULL && strcmp(r->subject, "works") == 0) {
        problem_add(l->problems, yaml_get(r->node, "effect"), "effect: alert", "%s",
                    tr("工程没有需说明的提示", "works have no notes"));
    }
}

static void load_rule(struct loader *l, const struct yaml *node, struct rule_text *r)
{
    keys_check(l->problems, node, rule_keys);
    read_rule(l, node, r);
    load_applies_to(l, r);
    check_unique(l, r);
    check_effect(l, r);
    check_field_reason(l, r);
    check_names(l, r->let);
    check_names(l, r->unless);
    check_unless(l, r);
    check_waiting(l, r->waiting);
    load_cooling(l, r);
}

static void load_file(struct loader *l, const struct yaml *root)
{
    struct config *c = l->c;
    if (root->kind != YAML_LIST) {
        if (root->n > 0 || root->kind == YAML_SCALAR) {
            problem_add(l->problems, root, "- id: ...", "%s",
                        tr("应为规则列表", "expected a list of rules"));
        }
        return;
    }
    struct rule_text *all = arena_array(l->arena, c->rule_count + root->n, sizeof *all);
    if (c->rule_count > 0) {
        memcpy(all, c->rules, c->rule_count * sizeof *all);
    }
    c->rules = all;
    for (const struct yaml *node = root->first; node != NULL; node = node->next) {
        if (node->kind != YAML_MAP) {
            problem_add(l->problems, node, "- id: ...", "%s",
                        tr("每条规则应以 id: 开始", "each rule starts with id:"));
            continue;
        }
        load_rule(l, node, &all[c->rule_count]);
        c->rule_count++;
    }
}

void config_load_rules(struct loader *l)
{
    size_t n = 0;
    char **names = loader_folder(l, "rules", &n);
    for (size_t i = 0; i < n; i++) {
        const struct yaml *root = loader_file(l, names[i]);
        if (root != NULL) {
            load_file(l, root);
        }
    }
}
