#include "base/fs.h"
#include "pipeline/config_parts.h"

static const struct key_spec any_connection_keys[] = {
    {"kind", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "连接方式", "how to connect", 0, 0},
    {0},
};
const struct key_spec config_authorization_keys[] = {
    {"document", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "授权文件", "the document", 0, 0},
    {"until", KEY_DATE, KEY_REQUIRED, NULL, NULL, "有效期至", "its last day", 0, 0},
    {0},
};
static const struct key_spec contact_keys[] = {
    {"name", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "联系人", "whom to ask", 0, 0},
    {"phone", KEY_TEXT, 0, NULL, NULL, "电话", "phone", 0, 0},
    {0},
};
const struct key_spec config_department_keys[] = {
    {"department", KEY_NAME, KEY_REQUIRED, NULL, NULL, "部门名", "name of the department", 0, 0},
    {"title", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "部门全称", "its title", 0, 0},
    {"connection", KEY_MAP, KEY_REQUIRED, NULL, NULL, "连接方式", "how to connect", 0, 0},
    {"datasets", KEY_MAP, KEY_REQUIRED, NULL, NULL, "数据集", "datasets", 0, 0},
    {"contact", KEY_MAP, 0, NULL, contact_keys, "联系人,催报单写给他", "whom reminders are for", 0, 0},
    {"authorization", KEY_MAP, 0, NULL, config_authorization_keys, "数据共享授权", "the authorization to read its data", 0, 0},
    {"key_until", KEY_DATE, 0, NULL, NULL, "接口密钥或账号的有效期", "last day of the key or account it gave", 0, 0},
    {0},
};

/* "connectors/water.yaml" -> "water": what a file is called when it does not say. */
static const char *file_stem(struct arena *a, const char *file)
{
    struct str name = str_from(file);
    const char *slash = strrchr(file, '/');
    if (slash != NULL) {
        name = str_from(slash + 1);
    }
    return arena_cstr(a, str_sub(name, 0, name.n - strlen(".yaml")));
}

/* The name in a file that may not even be YAML: rules must know whose data is missing, or one slip
 * of the pen in a department's file would look like a mistake of every rule that reads it. */
static const char *name_in_text(struct arena *a, struct str text)
{
    while (text.n > 0) {
        struct str line = str_cut(&text, '\n');
        if (!str_starts(line, STR("department:"))) {
            continue;
        }
        line = str_sub(line, strlen("department:"), line.n);
        struct str name = str_trim(str_cut(&line, '#'));
        return name_is_valid(name) ? arena_cstr(a, name) : NULL;
    }
    return NULL;
}

static const char *guess_name(struct loader *l, const char *name)
{
    struct buf bytes;
    buf_init(&bytes, YAML_MAX_BYTES);
    const char *found = NULL;
    if (fs_read(arena_printf(l->arena, "%s/%s", l->c->dir, name), YAML_MAX_BYTES, &bytes) ==
        RC_OK) {
        found = name_in_text(l->arena, buf_str(&bytes));
    }
    buf_done(&bytes);
    return found != NULL ? found : file_stem(l->arena, name);
}

static const char *known_kinds(struct arena *a)
{
    const char *all = "";
    for (size_t i = 0; connector_table[i] != NULL; i++) {
        all = arena_printf(a, "%s%s%s", all, i == 0 ? "" : ", ", connector_table[i]->kind);
    }
    return all;
}

static void load_kind(struct loader *l, struct department *d)
{
    const struct yaml *at = yaml_get(d->connection, "kind");
    struct str kind = node_text(d->connection, "kind");
    if (kind.n == 0) {
        return;
    }
    d->connector = connector_find(kind);
    if (d->connector == NULL) {
        problem_add(l->problems, at,
                    arena_printf(l->arena, tr("可用的连接方式: %s", "Known kinds: %s"),
                                 known_kinds(l->arena)),
                    "%s", tr("没有这种连接方式", "no such kind of connection"));
    }
}

/* The connector's own keys and `kind`, in one table. */
const struct key_spec *config_connection_keys(struct arena *a, const struct connector *connector)
{
    const struct key_spec *own = connector->connection_keys;
    size_t n = 0;
    while (own != NULL && own[n].name != NULL) {
        n++;
    }
    struct key_spec *all = arena_array(a, n + 2, sizeof *all);
    all[0] = any_connection_keys[0];
    for (size_t i = 0; i < n; i++) {
        all[i + 1] = own[i];
    }
    return all;
}

static void load_connection(struct loader *l, struct department *d, const struct yaml *root)
{
    d->connection = node_map(root, "connection");
    if (d->connection == NULL) {
        return;
    }
    load_kind(l, d);
    if (d->connector != NULL) {
        keys_check(l->problems, d->connection, config_connection_keys(l->arena, d->connector));
    } else if (yaml_get(d->connection, "kind") == NULL) {
        problem_add(l->problems, d->connection,
                    arena_printf(l->arena, tr("可用的连接方式: %s", "Known kinds: %s"),
                                 known_kinds(l->arena)),
                    "%s", tr("缺少必需的键 \"kind\"", "missing key \"kind\""));
    }
}

static void load_datasets(struct loader *l, struct department *d, const struct yaml *datasets)
{
    if (datasets == NULL) {
        return;
    }
    if (datasets->n == 0) {
        problem_add(l->problems, datasets, "", "%s",
                    tr("至少要有一个数据集", "at least one dataset is needed"));
    }
    d->datasets = arena_array(l->arena, datasets->n + 1, sizeof *d->datasets);
    for (const struct yaml *node = datasets->first; node != NULL; node = node->next) {
        if (node->kind != YAML_MAP) {
            problem_add(l->problems, node, "", "%s",
                        tr("数据集下应有 title、grain、fields 等键",
                           "a dataset has keys like title, grain and fields"));
        } else if (!config_load_dataset(l, d, node, &d->datasets[d->dataset_count++])) {
            d->is_broken = true;
        }
    }
}

static const struct department *find_department(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->department_count; i++) {
        if (strcmp(c->departments[i].name, name) == 0) {
            return &c->departments[i];
        }
    }
    return NULL;
}

/* A second file of one name goes by its file's name, so that the first stays whole. */
static void load_name(struct loader *l, struct department *d, const struct yaml *root)
{
    struct str name = node_text(root, "department");
    const struct department *twin = name_is_valid(name) ? find_department(l->c, name.p) : NULL;
    if (name_is_valid(name)) {
        d->name = twin == NULL ? name.p : file_stem(l->arena, d->file);
        l->problems->department = d->name;
    }
    if (twin != NULL) {
        problem_add(l->problems, yaml_get(root, "department"),
                    tr("合并为一个文件,或改部门名。", "Merge the files, or rename one."),
                    tr("部门 %s 已在 %s 中定义", "department %s is defined in %s"), twin->name,
                    twin->file);
    }
    if (strstr(d->name, "__") != NULL) {
        problem_add(l->problems,
                    yaml_get(root, "department") != NULL ? yaml_get(root, "department") : root, "",
                    "%s",
                    tr("部门名不能有连续的下划线", "a department's name has no double underscore"));
    }
}

static void check_roster_department(struct loader *l, const struct department *d)
{
    for (size_t i = 0; strcmp(d->name, "roster") == 0 && i < d->dataset_count; i++) {
        if (!d->datasets[i].is_roster) {
            problem_add(l->problems, d->datasets[i].node,
                        tr("底册的数据集名为 person。", "The roster's dataset is called person."),
                        "%s",
                        tr("roster 只有 person 一个数据集", "roster has the one dataset person"));
        }
    }
}

static date_t date_at(const struct yaml *map, const char *key)
{
    date_t until = DATE_NONE;
    return date_parse_iso(node_text(map, key), &until) ? until : DATE_NONE;
}

struct authorization config_authorization(const struct yaml *node)
{
    const struct yaml *said = node_map(node, "authorization");
    const char *document = node_cstr(said, "document");
    return (struct authorization){document != NULL ? document : "", date_at(said, "until")};
}

/* Digits, and what people write between them. The message never shows it. */
static void load_contact(struct loader *l, struct department *d, const struct yaml *root)
{
    const struct yaml *contact = node_map(root, "contact");
    const char *name = node_cstr(contact, "name"), *phone = node_cstr(contact, "phone");
    d->contact.name = name != NULL ? name : "";
    d->contact.phone = phone != NULL ? phone : "";
    size_t right = strspn(d->contact.phone, "0123456789+-() ");
    if (right != strlen(d->contact.phone) || (phone != NULL && right < 3)) {
        problem_add(l->problems, yaml_get(contact, "phone"), "phone: \"0751-1234567\"", "%s",
                    tr("电话应由数字和 + - ( ) 组成", "a phone is made of digits and + - ( )"));
    }
}

static void load_tree(struct loader *l, struct department *d, const struct yaml *root)
{
    const char *title = node_cstr(root, "title");
    load_name(l, d, root);
    d->title = title != NULL && *title != '\0' ? title : d->name;
    keys_check(l->problems, root, config_department_keys);
    d->authorization = config_authorization(root);
    d->key_until = date_at(root, "key_until");
    load_contact(l, d, root);
    load_connection(l, d, root);
    load_datasets(l, d, node_map(root, "datasets"));
    config_check_secrets(l, d->connection);
    check_roster_department(l, d);
}

static void load_department(struct loader *l, const char *name, struct department *d)
{
    size_t errors = l->problems->errors;
    d->file = arena_printf(l->arena, "%s/%s", l->c->dir, name);
    d->name = d->title = guess_name(l, name);
    d->contact.name = d->contact.phone = "";
    l->problems->department = d->name;
    const struct yaml *root = loader_file(l, name);
    if (root != NULL) {
        load_tree(l, d, root);
    }
    d->is_broken = l->problems->errors > errors;
    l->problems->department = NULL;
}

void config_load_departments(struct loader *l)
{
    size_t n = 0;
    char **names = loader_folder(l, "connectors", &n);
    l->c->departments = arena_array(l->arena, n + 1, sizeof *l->c->departments);
    for (size_t i = 0; i < n; i++) {
        load_department(l, names[i], &l->c->departments[i]);
        l->c->department_count++;
    }
    if (find_department(l->c, "roster") == NULL) {
        problem_add(l->problems, loader_place(l, "connectors"),
                    tr("照样例建立 connectors/roster.yaml。",
                       "Add connectors/roster.yaml as in the sample."),
                    "%s", tr("没有底册(部门 roster)", "there is no roster (department roster)"));
    }
}
