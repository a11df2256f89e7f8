#include "pipeline/config_parts.h"
#include "pipeline/rules/rules.h"

#include "base/fs.h"

#define CONFIG_ARENA_MAX ((size_t)64 << 20)
#define CONFIG_BYTES_MAX ((size_t)32 << 20)

static const char *const languages[] = {"zh", "en", NULL};
static const char *const dispatches[] = {"automatic", "screened", NULL};

static const struct key_spec key_keys[] = {
    {"code", KEY_SECRET, KEY_REQUIRED, NULL, NULL, "代码密钥,32 字节十六进制,写成引用",
     "code key, 32 bytes in hex, by reference", 0, 0},
    {"seal", KEY_SECRET, KEY_REQUIRED, NULL, NULL, "封存密钥,32 字节十六进制,写成引用",
     "seal key, 32 bytes in hex, by reference", 0, 0},
    {0},
};

static const struct key_spec main_keys[] = {
    {"county", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "县级区划代码,6 位数字", "county code, 6 digits",
     0, 0},
    {"title", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "县名,写在名单上",
     "name of the county, shown on lists", 0, 0},
    {"language", KEY_CHOICE, 0, languages, NULL, "界面语言", "language of messages", 0, 0},
    {"database", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "libpq 连接串或引用;空值则用 PGHOST 等",
     "libpq connection string or reference; empty: PGHOST and kin", 0, 0},
    {"out", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "名单输出目录", "folder for the lists", 0, 0},
    {"keys", KEY_MAP, KEY_REQUIRED, NULL, key_keys, "两把密钥", "the two keys", 0, 0},
    {"list_due", KEY_TEXT, 0, NULL, NULL, "名单最晚时刻,如 07:00",
     "when the list is due, like 07:00", 0, 0},
    {"workers", KEY_INT, 0, NULL, NULL, "同时拉取的数据集、同时研判的规则个数", "datasets pulled, or rules judged, at the same time",
     1, 64},
    {"dispatch", KEY_CHOICE, 0, dispatches, NULL, "automatic 直接下发;screened 先经县级筛查",
     "automatic, or screened by the county first", 0, 0},
    {"screen_within", KEY_DURATION, 0, NULL, NULL, "screened:高风险线索多久未处理即自动派发,整小时,默认 24h",
     "screened: a high lead left undecided so long is dispatched; whole hours, 24h unless set", 0, 0},
    {"contact", KEY_TEXT, 0, NULL, NULL, "交办单上的县级联系人", "whom a township may ask, on the dispatch order", 0, 0},
    {"off_roster_days", KEY_INT, 0, NULL, NULL, "名册外线索了结后身份信息保留几天,默认 30",
     "days the identity of a lead off the roster is kept after its end, 30 unless set", 0, 365},
    {"report_day", KEY_INT, 0, NULL, NULL, "通报在期末次月几日结账,默认 5", "day of the following month on which a bulletin's period closes, 5 unless set", 1, 28},
    {"report_at", KEY_TEXT, 0, NULL, NULL, "通报结账的时刻,默认 \"18:00\"", "hour at which it closes, \"18:00\" unless set", 0, 0},
    {"remark_days", KEY_INT, 0, NULL, NULL, "核查人、情况说明、派发和撤回理由在线索了结后保留几天,默认 180",
     "days visitors, remarks and reasons of dispatching and withdrawing are kept after the lead is over, 180 unless set", 0, 3650},
    {"trial", KEY_BOOL, 0, NULL, NULL, "全县试运行", "trial of the whole county", 0, 0},
    {0},
};

const struct yaml *loader_place(struct loader *l, const char *name)
{
    struct yaml *place = ARENA_NEW(l->arena, struct yaml);
    place->kind = YAML_MAP;
    place->file = arena_printf(l->arena, "%s/%s", l->c->dir, name);
    place->line = place->column = 1;
    return place;
}

/* "FILE:LINE:COLUMN: what" of the YAML reader becomes a problem at that line. */
static void add_syntax_problem(struct loader *l, const char *name)
{
    const struct yaml *whole = loader_place(l, name);
    struct yaml place = *whole;
    struct str rest = str_from(err_detail());
    struct str prefix = str_from(arena_printf(l->arena, "%s:", whole->file));
    if (str_starts(rest, prefix)) {
        int64_t line = 1, column = 1;
        rest = str_sub(rest, prefix.n, rest.n);
        if (str_to_i64(str_cut(&rest, ':'), &line) && str_to_i64(str_cut(&rest, ':'), &column)) {
            place.line = (int)line;
            place.column = (int)column;
        }
    }
    rest = str_trim(rest);
    problem_add(l->problems, &place,
                tr("检查缩进、引号和括号是否成对。", "Check indentation, quotes and brackets."),
                "%.*s", STR_ARGS(rest));
    err_clear();
}

static bool add_to_digest(struct loader *l, const char *name, struct str bytes)
{
    return buf_printf(&l->digest, "%s %zu\n", name, bytes.n) == RC_OK &&
           buf_puts(&l->digest, bytes) == RC_OK;
}

const struct yaml *loader_file(struct loader *l, const char *name)
{
    struct yaml *tree = NULL;
    const struct yaml *place = loader_place(l, name);
    struct buf bytes;
    buf_init(&bytes, YAML_MAX_BYTES);
    if (fs_read(place->file, YAML_MAX_BYTES, &bytes) != RC_OK ||
        !add_to_digest(l, name, buf_str(&bytes))) {
        problem_add(l->problems, place,
                    tr("检查文件是否存在、是否可读、是否过大。",
                       "Check that the file exists, is readable and not too large."),
                    "%s", err_text(err_last()));
        err_clear();
    } else if (yaml_parse(l->arena, place->file, arena_str(l->arena, buf_str(&bytes)), &tree) !=
               RC_OK) {
        add_syntax_problem(l, name);
        tree = NULL;
    }
    buf_done(&bytes);
    return tree;
}

/* A file that will never be read looks like one that is: say so. */
static void warn_other_endings(struct loader *l, const char *folder, const char *path)
{
    char **names = NULL;
    size_t n = 0;
    if (fs_list(l->arena, path, "*.yml", &names, &n) != RC_OK) {
        err_clear();
        return;
    }
    for (size_t i = 0; i < n; i++) {
        problem_warn(
            l->problems, loader_place(l, arena_printf(l->arena, "%s/%s", folder, names[i])),
            tr("改名为 .yaml。", "Rename it to .yaml."), "%s",
            tr("只读取 .yaml 文件,此文件未读取", "only .yaml files are read; this one is not"));
    }
}

char **loader_folder(struct loader *l, const char *folder, size_t *ret_count)
{
    char **names = NULL;
    size_t n = 0;
    const char *path = arena_printf(l->arena, "%s/%s", l->c->dir, folder);
    *ret_count = 0;
    if (fs_list(l->arena, path, "*.yaml", &names, &n) != RC_OK) {
        problem_add(l->problems, loader_place(l, folder),
                    tr("建立此目录,或检查权限。", "Create the folder, or check its permissions."),
                    "%s", tr("目录无法读取", "folder cannot be read"));
        err_clear();
        return NULL;
    }
    warn_other_endings(l, folder, path);
    for (size_t i = 0; i < n; i++) {
        names[i] = arena_printf(l->arena, "%s/%s", folder, names[i]);
    }
    *ret_count = n;
    return names;
}

/* The value of a reference, or NULL. What cannot be resolved is an error only when the command
 * needs it: check runs on machines without the secrets, and has warned already. */
static const char *resolve(struct loader *l, const struct yaml *map, const char *key)
{
    struct str text = node_text(map, key), value = STR_NULL;
    if (str_is_null(text)) {
        return NULL;
    }
    if (keys_resolve(l->arena, text, l->c->dir, &value) == RC_OK) {
        return arena_cstr(l->arena, value);
    }
    if (l->need_keys) {
        problem_add(l->problems, yaml_get(map, key), err_hint_text(), "%s", err_detail());
    }
    err_clear();
    return NULL;
}

static void load_key(struct loader *l, const struct yaml *keys, const char *name, struct key *ret)
{
    if (!keys_is_reference(node_text(keys, name))) {
        return; /* told by the table, without its value */
    }
    const char *hex = resolve(l, keys, name);
    if (hex != NULL && key_from_hex(str_from(hex), ret) != RC_OK) {
        problem_add(l->problems, yaml_get(keys, name),
                    tr("用 openssl rand -hex 32 生成。", "Make one with: openssl rand -hex 32"),
                    "%s", tr("密钥应为 64 个十六进制字符", "a key is 64 hex digits"));
        err_clear();
    }
}

static bool is_time_of_day(struct str s)
{
    int64_t h = -1, m = -1;
    return s.n == 5 && s.p[2] == ':' && text_is_digits(str_sub(s, 0, 2)) &&
           text_is_digits(str_sub(s, 3, 2)) && str_to_i64(str_sub(s, 0, 2), &h) &&
           str_to_i64(str_sub(s, 3, 2), &m) && h < 24 && m < 60;
}

static void check_time(struct loader *l, const struct yaml *root, const char *key, const char *like)
{
    struct str said = node_text(root, key);
    if (said.p != NULL && !is_time_of_day(said)) {
        problem_add(l->problems, yaml_get(root, key), arena_printf(l->arena, tr("写成 %s 并加引号。", "Write %s, in quotes."), like), "%s",
                    tr("应为 00:00 至 23:59 的时刻", "expected a time from 00:00 to 23:59"));
    }
}

static void check_main(struct loader *l, const struct yaml *root)
{
    struct str county = node_text(root, "county");
    keys_check(l->problems, root, main_keys);
    if (county.p != NULL && (county.n != 6 || !text_is_digits(county))) {
        problem_add(l->problems, yaml_get(root, "county"),
                    tr("写县级区划代码并加引号,如 \"990121\"。",
                       "Write the county's code in quotes, like \"990121\"."),
                    "%s", tr("应为 6 位数字", "expected 6 digits"));
    }
    check_time(l, root, "list_due", "\"07:00\"");
    check_time(l, root, "report_at", "\"18:00\"");
    config_check_secrets(l, root);
}

#define HOUR_MS ((int64_t)3600 * 1000)
#define SCREEN_HOURS 24
#define SCREEN_MOST (24 * 30)

static void load_screening(struct loader *l, const struct yaml *root)
{
    int64_t ms = 0;
    struct str text = node_text(root, "screen_within");
    l->c->screen_hours = SCREEN_HOURS;
    if (text.p == NULL || !keys_duration_ms(text, &ms)) {
        return; /* what is malformed is told by the table of keys */
    }
    if (ms % HOUR_MS != 0 || ms > SCREEN_MOST * HOUR_MS) {
        problem_add(l->problems, yaml_get(root, "screen_within"), "screen_within: 24h", "%s",
                    tr("应为 0h 至 720h 的整小时", "expected whole hours from 0h to 720h"));
        return;
    }
    l->c->screen_hours = (int)(ms / HOUR_MS);
}

static void load_main(struct loader *l)
{
    struct config *c = l->c;
    int64_t workers = 2;
    const struct yaml *root = loader_file(l, "bidui.yaml");
    if (root == NULL) {
        return;
    }
    c->english = node_choice(root, "language", languages, 0) == 1;
    if (c->english) {
        lang_set(true); /* so that the problems below already speak it */
    }
    check_main(l, root);
    c->county = node_cstr(root, "county");
    c->title = node_cstr(root, "title");
    c->database = resolve(l, root, "database");
    c->out = resolve(l, root, "out");
    c->list_due = node_cstr(root, "list_due") ? node_cstr(root, "list_due") : "07:00";
    c->workers = str_to_i64(node_text(root, "workers"), &workers) ? (int)workers : 2;
    c->dispatch_screened = node_choice(root, "dispatch", dispatches, 0) == 1;
    int64_t days = 0;
    c->off_roster_days = str_to_i64(node_text(root, "off_roster_days"), &days) && days >= 0 && days <= 365 ? (int)days : 30;
    c->report_day = str_to_i64(node_text(root, "report_day"), &days) && days >= 1 && days <= 28 ? (int)days : 5;
    c->report_at = node_cstr(root, "report_at") != NULL ? node_cstr(root, "report_at") : "18:00";
    c->remark_days = str_to_i64(node_text(root, "remark_days"), &days) && days >= 0 && days <= 3650 ? (int)days : 180;
    c->trial = node_bool(root, "trial");
    c->contact = node_text(root, "contact").n > 0 ? node_cstr(root, "contact") : NULL;
    load_screening(l, root);
    load_key(l, node_map(root, "keys"), "code", &c->code_key);
    load_key(l, node_map(root, "keys"), "seal", &c->seal_key);
}

static struct config *config_new(const char *dir)
{
    struct arena *a = arena_new(CONFIG_ARENA_MAX);
    struct config *c = ARENA_NEW(a, struct config);
    struct str folder = str_from(dir);
    while (folder.n > 1 && folder.p[folder.n - 1] == '/') {
        folder.n--;
    }
    c->arena = a;
    c->dir = arena_cstr(a, folder);
    problems_init(&c->problems, a);
    return c;
}

struct config *config_read(const char *dir, bool need_keys, size_t *ret_core_errors)
{
    struct config *c = config_new(dir);
    struct loader l = {.c = c, .arena = c->arena, .problems = &c->problems, .need_keys = need_keys};
    buf_init(&l.digest, CONFIG_BYTES_MAX);
    load_main(&l);
    *ret_core_errors = c->problems.errors;
    config_load_calendar(&l);
    config_load_codes(&l);
    config_load_parameters(&l);
    config_load_departments(&l);
    config_load_rules(&l);
    config_load_returns(&l);
    rules_check(l.c, l.problems);
    crypto_sha256_hex(buf_str(&l.digest), c->digest);
    buf_done(&l.digest);
    return c;
}

enum rc config_load(const char *dir, bool need_keys, struct config **ret)
{
    size_t core_errors = 0;
    struct config *c = config_read(dir, need_keys, &core_errors);
    if (core_errors > 0) {
        const struct problem *p = c->problems.first;
        while (p->warning) {
            p = p->next;
        }
        enum rc rc = err_fail(RC_CONFIG, "%s:%d:%s: %s", p->file, p->line, p->key, p->message);
        if (*p->hint != '\0') {
            err_hint("%s", p->hint);
        }
        config_free(c);
        return rc;
    }
    *ret = c;
    return RC_OK;
}

void config_free(struct config *c)
{
    if (c != NULL) {
        arena_free(c->arena);
    }
}

const struct dataset *config_dataset(const struct config *c, struct str id)
{
    for (size_t i = 0; i < c->department_count; i++) {
        const struct department *d = &c->departments[i];
        for (size_t k = 0; !d->is_broken && k < d->dataset_count; k++) {
            if (str_is(id, d->datasets[k].id)) {
                return &d->datasets[k];
            }
        }
    }
    return NULL;
}

const struct dataset *config_roster(const struct config *c)
{
    return config_dataset(c, STR("roster.person"));
}

const struct code_list *config_codes(const struct config *c, struct str name)
{
    for (size_t i = 0; i < c->code_count; i++) {
        if (str_is(name, c->codes[i].name)) {
            return &c->codes[i];
        }
    }
    return NULL;
}

const struct field *dataset_field(const struct dataset *d, struct str name)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (str_is(name, d->fields[i].name)) {
            return &d->fields[i];
        }
    }
    return NULL;
}

const char *grain_name(enum grain g)
{
    static const char *const names[] = {"person",  "household", "house",
                                        "village", "works",     "school"};
    return names[g];
}
