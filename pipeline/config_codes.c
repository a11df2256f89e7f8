#include "base/map.h"
#include "base/text.h"
#include "pipeline/config_parts.h"

/* Values are shown in rules and stored in facts: a letter, then letters, digits and underscores. */
static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_'))) {
            return false;
        }
    }
    return s.n > 0;
}

/* As records are compared: width folded, blanks removed. */
static struct str label_key(struct arena *a, struct str label)
{
    struct str folded = text_fold(a, label);
    char *out = arena_alloc(a, folded.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++) {
        if (folded.p[i] != ' ' && folded.p[i] != '\t') {
            out[n++] = folded.p[i];
        }
    }
    return str_of(out, n);
}

struct labels {
    struct loader *l;
    struct code_list *list;
    struct map seen; /* label key -> its code_value */
};

static void take_otherwise(struct labels *s, const struct code_value *value,
                           const struct yaml *node)
{
    if (s->list->otherwise != NULL) {
        problem_add(s->l->problems, node,
                    tr("一个代码表最多一个 \"*\"。", "A list has at most one \"*\"."),
                    tr("\"*\" 已属于 %s", "\"*\" already belongs to %s"), s->list->otherwise);
        return;
    }
    s->list->otherwise = value->value;
}

static void take_label(struct labels *s, struct code_value *value, const struct yaml *node)
{
    struct str key = node->kind == YAML_SCALAR ? label_key(s->l->arena, node->text) : STR_NULL;
    if (key.n == 0) {
        problem_add(s->l->problems, node, "", "%s", tr("标签不能为空", "a label cannot be empty"));
    } else if (str_is(key, "*")) {
        take_otherwise(s, value, node);
    } else if (map_put(&s->seen, key, value)) {
        value->labels[value->label_count++] = key;
    } else if (map_get(&s->seen, key) != value) {
        const struct code_value *other = map_get(&s->seen, key);
        problem_add(s->l->problems, node,
                    tr("一个标签只能属于一个值,删去其中一个。",
                       "A label means one value only: remove one of them."),
                    tr("标签“%.*s”已属于 %s", "label \"%.*s\" already belongs to %s"),
                    STR_ARGS(key), other->value);
    }
}

static void load_value(struct labels *s, const struct yaml *node)
{
    struct code_value *value = &s->list->values[s->list->value_count++];
    value->value = arena_cstr(s->l->arena, node->key);
    if (!is_value(node->key)) {
        problem_add(s->l->problems, node,
                    tr("用英文字母开头的短词,如 normal。", "Use a short word like normal."), "%s",
                    tr("值的名称应由英文字母、数字和下划线组成",
                       "a value is made of letters, digits and underscores"));
    }
    if (node->kind != YAML_LIST || node->n == 0) {
        problem_add(s->l->problems, node, tr("写成 [标签, 标签]。", "Write [label, label]."), "%s",
                    tr("应为非空的标签列表", "expected a list of labels"));
        return;
    }
    value->labels = arena_array(s->l->arena, node->n, sizeof *value->labels);
    for (const struct yaml *label = node->first; label != NULL; label = label->next) {
        take_label(s, value, label);
    }
}

static void load_list(struct loader *l, const struct yaml *node, struct code_list *ret)
{
    struct labels s = {.l = l, .list = ret};
    ret->name = arena_cstr(l->arena, node->key);
    if (!name_is_valid(node->key)) {
        problem_add(l->problems, node, "", "%s",
                    tr("代码表名应由小写字母、数字和下划线组成",
                       "the name of a list is made of lower-case letters, digits and underscores"));
    }
    if (node->kind != YAML_MAP || node->n == 0) {
        problem_add(l->problems, node,
                    tr("写成 值: [标签, 标签]。", "Write value: [label, label]."), "%s",
                    tr("代码表应列出各个值及其标签", "a code list names values with their labels"));
        return;
    }
    map_init(&s.seen);
    ret->values = arena_array(l->arena, node->n, sizeof *ret->values);
    for (const struct yaml *value = node->first; value != NULL; value = value->next) {
        load_value(&s, value);
    }
    map_done(&s.seen);
}

/* Lists of several files stand in one array; a name may occur once. */
static void load_file(struct loader *l, const struct yaml *root)
{
    struct config *c = l->c;
    if (root->kind != YAML_MAP) {
        problem_add(l->problems, root, "", "%s",
                    tr("应为 代码表名: {值: [标签]}", "expected list: {value: [label]}"));
        return;
    }
    struct code_list *all = arena_array(l->arena, c->code_count + root->n, sizeof *all);
    if (c->code_count > 0) {
        memcpy(all, c->codes, c->code_count * sizeof *all);
    }
    c->codes = all;
    for (const struct yaml *node = root->first; node != NULL; node = node->next) {
        if (config_codes(c, node->key) != NULL) {
            problem_add(l->problems, node, tr("合并为一个,或改名。", "Merge them, or rename one."),
                        tr("代码表 %.*s 重复", "code list %.*s is defined twice"),
                        STR_ARGS(node->key));
            continue;
        }
        load_list(l, node, &c->codes[c->code_count++]);
    }
}

void config_load_codes(struct loader *l)
{
    size_t n = 0;
    char **names = loader_folder(l, "codes", &n);
    for (size_t i = 0; i < n; i++) {
        const struct yaml *root = loader_file(l, names[i]);
        if (root != NULL) {
            load_file(l, root);
        }
    }
}
