#include "base/keys.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/map.h"

#define MESSAGE_BYTES 800
#define KEYS_MAX 64          /* of one table */
#define HINTED_PROBLEMS 1000 /* hints cost more than the check itself; nobody reads that many */

void problems_init(struct problems *p, struct arena *a)
{
    *p = (struct problems){.arena = a};
    p->last = &p->first;
}

static void add(struct problems *p, const struct yaml *node, const char *hint, bool warning,
                const char *fmt, va_list ap) PRINTF_LIKE(5, 0);

static void add(struct problems *p, const struct yaml *node, const char *hint, bool warning,
                const char *fmt, va_list ap)
{
    char message[MESSAGE_BYTES];
    vsnprintf(message, sizeof message, fmt, ap);
    bool has_key = !str_is_null(node->key);
    struct problem *new = ARENA_NEW(p->arena, struct problem);
    *new = (struct problem){
        .file = node->file,
        .line = has_key ? node->key_line : node->line,
        .column = has_key ? node->key_column : node->column,
        .key = yaml_path(p->arena, node),
        .message = arena_cstr(p->arena, str_from(message)),
        .hint = arena_cstr(p->arena, str_from(hint)),
        .warning = warning,
        .department = p->department,
    };
    *p->last = new;
    p->last = &new->next;
    *(warning ? &p->warnings : &p->errors) += 1;
}

void problem_add(struct problems *p, const struct yaml *node, const char *hint, const char *fmt,
                 ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(p, node, hint, false, fmt, ap);
    va_end(ap);
}

void problem_warn(struct problems *p, const struct yaml *node, const char *hint, const char *fmt,
                  ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(p, node, hint, true, fmt, ap);
    va_end(ap);
}

static bool is_int(struct str s)
{
    int64_t ignored;
    return str_to_i64(s, &ignored);
}

static bool is_bool(struct str s)
{
    return str_is(s, "true") || str_is(s, "false");
}

static bool is_date(struct str s)
{
    date_t ignored;
    return date_parse_iso(s, &ignored);
}

static bool is_percent(struct str s)
{
    int64_t ignored;
    return keys_percent(s, &ignored);
}

static bool is_duration(struct str s)
{
    int64_t ignored;
    return keys_duration_ms(s, &ignored);
}

/* RFC 6901: "" or /a/b, where ~ is only written as ~0 or ~1. */
static bool is_pointer(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '~' && (i + 1 == s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1'))) {
            return false;
        }
    }
    return s.n == 0 || s.p[0] == '/';
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool is_letter = s.p[i] >= 'a' && s.p[i] <= 'z';
        bool is_inner = (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_';
        if (!is_letter && (i == 0 || !is_inner)) {
            return false;
        }
    }
    return s.n > 0;
}

static const struct type {
    enum yaml_kind kind;
    bool (*is_right)(struct str); /* NULL: any text, or a test of its own below */
    const char *zh, *en;
} types[] = {
    [KEY_TEXT] = {YAML_SCALAR, NULL, "文本", "a text"},
    [KEY_INT] = {YAML_SCALAR, is_int, "整数", "a whole number"},
    [KEY_BOOL] = {YAML_SCALAR, is_bool, "true 或 false", "true or false"},
    [KEY_DATE] = {YAML_SCALAR, is_date, "日期,如 2026-11-22", "a date like 2026-11-22"},
    [KEY_PERCENT] = {YAML_SCALAR, is_percent, "百分比,如 5% 或 0.5%",
                     "a percentage like 5% or 0.5%"},
    [KEY_DURATION] = {YAML_SCALAR, is_duration, "时长,如 30s、5min、3h、3d",
                      "a duration like 30s, 5min, 3h or 3d"},
    [KEY_CHOICE] = {YAML_SCALAR, NULL, "可选值之一", "one of the choices"},
    [KEY_POINTER] = {YAML_SCALAR, is_pointer, "JSON Pointer,如 /data/rows,整个文档写 \"\"",
                     "a JSON Pointer like /data/rows, or \"\" for the whole document"},
    [KEY_NAME] = {YAML_SCALAR, is_name, "小写字母开头的名字,只含 a-z、0-9 和 _",
                  "a name of a-z, 0-9 and _ that starts with a letter"},
    [KEY_SECRET] = {YAML_SCALAR, NULL, "对密钥的引用", "a reference to a secret"},
    [KEY_MAP] = {YAML_MAP, NULL, "一组“键: 值”", "a map of \"key: value\""},
    [KEY_LIST_TEXT] = {YAML_LIST, NULL, "文本列表,如 [a, b]", "a list of texts like [a, b]"},
    [KEY_LIST_MAP] = {YAML_LIST, NULL, "列表,每项一组“键: 值”", "a list of maps"},
    [KEY_MAP_OF_MAP] = {YAML_MAP, NULL, "若干“名字:”,其下各一组“键: 值”",
                        "names with a map under each"},
    [KEY_MAP_OF_TEXT] = {YAML_MAP, NULL, "若干“名字: 文本”", "a map of \"name: text\""},
    [KEY_ANY] = {YAML_SCALAR, NULL, "任意值", "anything"},
};

const char *keys_type_text(enum key_type type)
{
    return tr(types[type].zh, types[type].en);
}

static void add_wrong_type(struct problems *p, const struct yaml *node, enum key_type type,
                           const struct key_spec *spec)
{
    const char *meaning = tr(spec->zh, spec->en);
    const char *hint = meaning == NULL || *meaning == '\0'
                           ? ""
                           : arena_printf(p->arena, tr("%s:%s", "%s: %s"), spec->name, meaning);
    problem_add(p, node, hint, tr("应为%s", "expected %s"), keys_type_text(type));
}

/* Into a caller's buffer: a broken file can have a hundred thousand mistakes. */
static const char *joined(char out[MESSAGE_BYTES], const char *const *words, size_t n)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && used < MESSAGE_BYTES; i++) {
        const char *comma = i == 0 ? "" : tr("、", ", ");
        int added = snprintf(out + used, MESSAGE_BYTES - used, "%s%s", comma, words[i]);
        used += added > 0 ? (size_t)added : 0;
    }
    return out;
}

static const char *did_you_mean(const struct problems *p, struct str word, const char *const *words,
                                size_t n)
{
    const char *nearest = p->errors < HINTED_PROBLEMS ? str_nearest(word, words, n) : NULL;
    if (nearest == NULL) {
        return "";
    }
    return arena_printf(p->arena, tr("是不是想写 \"%s\"?", "Did you mean \"%s\"?"), nearest);
}

static void check_bounds(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    int64_t value = 0;
    bool is_bounded = spec->least != 0 || spec->most != 0;
    if (!is_bounded || !str_to_i64(node->text, &value) ||
        (value >= spec->least && value <= spec->most)) {
        return;
    }
    problem_add(p, node, tr(spec->zh, spec->en),
                tr("应在 %lld 到 %lld 之间", "must be from %lld to %lld"), (long long)spec->least,
                (long long)spec->most);
}

static void check_choice(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    size_t n = 0;
    while (spec->choices[n] != NULL) {
        if (str_is(node->text, spec->choices[n++])) {
            return;
        }
    }
    char choices[MESSAGE_BYTES];
    problem_add(p, node, did_you_mean(p, node->text, spec->choices, n),
                tr("应为以下之一: %s", "must be one of: %s"), joined(choices, spec->choices, n));
}

/* The value is never repeated: it may be the secret itself. */
static void check_secret(struct problems *p, const struct yaml *node)
{
    if (!keys_is_reference(node->text)) {
        problem_add(p, node,
                    tr("写成 \"${env:NAME}\" 或 \"${file:PATH}\"。",
                       "Write \"${env:NAME}\" or \"${file:PATH}\"."),
                    tr("密钥不能写在配置文件里", "a secret may not stand in the configuration"));
    }
}

static void check_scalar(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    const struct type *type = &types[spec->type];
    if (type->is_right != NULL && !type->is_right(node->text)) {
        add_wrong_type(p, node, spec->type, spec);
    } else if (spec->type == KEY_INT) {
        check_bounds(p, node, spec);
    } else if (spec->type == KEY_CHOICE) {
        check_choice(p, node, spec);
    } else if (spec->type == KEY_SECRET) {
        check_secret(p, node);
    }
}

/* `key:` with nothing behind it; "" in quotes is meant. */
static bool is_left_open(const struct yaml *node)
{
    return node->kind == YAML_SCALAR && node->plain && node->text.n == 0;
}

/* There is a value, and of the kind its type wants; if not it is told. */
static bool has_kind(struct problems *p, const struct yaml *node, enum key_type type,
                     const struct key_spec *spec)
{
    if (is_left_open(node)) {
        problem_add(p, node, tr("填写它,或删去它。", "Fill it in, or remove it."), "%s",
                    tr("没有值", "no value"));
        return false;
    }
    if (node->kind != types[type].kind) {
        add_wrong_type(p, node, type, spec);
        return false;
    }
    return true;
}

static void check_texts(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    for (const struct yaml *child = node->first; child != NULL; child = child->next) {
        (void)has_kind(p, child, KEY_TEXT, spec);
    }
}

static void check_maps(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    for (const struct yaml *child = node->first; child != NULL; child = child->next) {
        if (has_kind(p, child, KEY_MAP, spec) && spec->children != NULL) {
            keys_check(p, child, spec->children);
        }
    }
}

/* Two items of a list that say the same; `key` is NULL when the items are texts. */
static void check_unique(struct problems *p, const struct yaml *list, const char *key)
{
    struct map seen;
    map_init(&seen);
    for (struct yaml *item = list->first; item != NULL; item = item->next) {
        const struct yaml *value = key == NULL ? item : yaml_get(item, key);
        if (value == NULL || value->kind != YAML_SCALAR || map_put(&seen, value->text, item)) {
            continue;
        }
        const struct yaml *twin = map_get(&seen, value->text);
        problem_add(p, value, "", tr("与第 %d 行重复", "the same as on line %d"), twin->line);
    }
    map_done(&seen);
}

static void check_unique_keys(struct problems *p, const struct yaml *list,
                              const struct key_spec *specs)
{
    for (const struct key_spec *spec = specs; spec != NULL && spec->name != NULL; spec++) {
        if (spec->flags & KEY_UNIQUE) {
            check_unique(p, list, spec->name);
        }
    }
}

static void check_list(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    if (spec->type == KEY_LIST_MAP) {
        check_maps(p, node, spec);
        check_unique_keys(p, node, spec->children);
        return;
    }
    check_texts(p, node, spec);
    if (spec->flags & KEY_UNIQUE) {
        check_unique(p, node, NULL);
    }
}

static void check_map(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    if (spec->type == KEY_MAP_OF_MAP) {
        check_maps(p, node, spec);
    } else if (spec->type == KEY_MAP_OF_TEXT) {
        check_texts(p, node, spec);
    } else if (spec->children != NULL) {
        keys_check(p, node, spec->children);
    }
}

static void check_value(struct problems *p, const struct yaml *node, const struct key_spec *spec)
{
    if (spec->type == KEY_ANY || !has_kind(p, node, spec->type, spec)) {
        return;
    }
    if (node->kind == YAML_SCALAR) {
        check_scalar(p, node, spec);
    } else if (node->kind == YAML_LIST) {
        check_list(p, node, spec);
    } else {
        check_map(p, node, spec);
    }
}

static const struct key_spec *find_spec(const struct key_spec *specs, struct str key)
{
    for (; specs->name != NULL; specs++) {
        if (str_is(key, specs->name)) {
            return specs;
        }
    }
    return NULL;
}

/* The nearest known key, else all of them. */
static const char *key_hint(const struct problems *p, struct str key, const struct key_spec *specs)
{
    const char *names[KEYS_MAX];
    char all[MESSAGE_BYTES];
    size_t n = 0;
    while (n < KEYS_MAX && specs[n].name != NULL) {
        names[n] = specs[n].name;
        n++;
    }
    const char *hint = did_you_mean(p, key, names, n);
    if (*hint != '\0' || p->errors >= HINTED_PROBLEMS) {
        return hint;
    }
    return arena_printf(p->arena, tr("可用的键: %s", "Known keys: %s"), joined(all, names, n));
}

static void check_required(struct problems *p, const struct yaml *map, const struct key_spec *specs)
{
    for (const struct key_spec *spec = specs; spec->name != NULL; spec++) {
        if ((spec->flags & KEY_REQUIRED) && yaml_get(map, spec->name) == NULL) {
            problem_add(p, map, tr(spec->zh, spec->en),
                        tr("缺少必需的键 \"%s\"", "missing key \"%s\""), spec->name);
        }
    }
}

void keys_check(struct problems *p, const struct yaml *map, const struct key_spec *specs)
{
    if (map->kind != YAML_MAP) {
        problem_add(p, map, "", tr("应为%s", "expected %s"),
                    keys_type_text(KEY_MAP));
        return;
    }
    for (const struct yaml *child = map->first; child != NULL; child = child->next) {
        const struct key_spec *spec = find_spec(specs, child->key);
        if (spec == NULL) {
            problem_add(p, child, key_hint(p, child->key, specs), "%s",
                        tr("没有这个键", "unknown key"));
        } else {
            check_value(p, child, spec);
        }
    }
    check_required(p, map, specs);
}
