/* `ask.list`: a lookup by files. What stands on the name list that goes out, and by which of its columns the table that
 * comes back is told. */
#include "base/text.h"
#include "pipeline/config_parts.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define KEEP_DAYS 30
#define KEEP_MOST 366

static const char *const parts[] = {"no",         "list",         "token",  "id_number", "name",
                                    "consent_no", "consent_date", "result", NULL};

const struct key_spec config_list_keys[] = {
    {"to", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "名单放到哪个文件夹;connection 写 url 时是服务器上的文件夹",
     "folder it is put into; one on the server where the connection has a url", 0, 0},
    {"name", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "文件名,含 {list}(名单号),以 .xlsx 或 .csv 结尾",
     "its file name, which holds {list}, its number, and ends in .xlsx or .csv", 0, 0},
    {"columns", KEY_MAP_OF_TEXT, KEY_REQUIRED, NULL, NULL,
     "名单的列名: no 序号、list 名单号、token 核对码、id_number、name、consent_no、consent_date、result(由部门填)",
     "its columns: no, list (its number), token, id_number, name, consent_no, consent_date, result (the department's)", 0, 0},
    {"none", KEY_LIST_TEXT, KEY_REQUIRED | KEY_UNIQUE, NULL, NULL, "result 列中表示没有记录的词,如 无",
     "words in the result column that mean: no record", 0, 0},
    {"keep", KEY_DURATION, 0, NULL, NULL, "名单多久不再有效并删除,默认 30d", "a list that old is over and removed, 30d unless set", 0,
     0},
    {0},
};

/* Index among the columns that go out; column_count if it is not there. */
static size_t find_part(const struct ask_list *list, enum list_part part)
{
    size_t i = 0;
    while (i < list->column_count && list->parts[i] != part) {
        i++;
    }
    return i;
}

static void load_column(struct loader *l, struct ask_list *list, const struct yaml *node)
{
    size_t part = 0;
    while (parts[part] != NULL && !str_is(node->text, parts[part])) {
        part++;
    }
    if (parts[part] == NULL) {
        problem_add(l->problems, node, "no, list, token, id_number, name, consent_no, consent_date, result", "%s",
                    tr("名单没有这种内容", "a name list holds no such thing"));
        return;
    }
    if (find_part(list, (enum list_part)part) < list->column_count) {
        problem_add(l->problems, node, "", "%s", tr("写了两次", "it stands there twice"));
        return;
    }
    list->header[list->column_count] = arena_cstr(l->arena, node->key);
    list->parts[list->column_count++] = (enum list_part)part;
}

static bool has_header(const struct ask_list *list, const char *name)
{
    size_t i = 0;
    while (i < list->column_count && strcmp(list->header[i], name) != 0) {
        i++;
    }
    return i < list->column_count;
}

/* What the department is to fill in: the columns that fields read. */
static void add_blanks(struct ask_list *list, const struct dataset *d)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (!has_header(list, d->fields[i].from)) {
            list->header[list->column_count] = d->fields[i].from;
            list->parts[list->column_count++] = LIST_BLANK;
        }
    }
}

/* Without these nobody could tell whose answer it is. */
static void check_parts(struct loader *l, const struct ask_list *list, const struct yaml *columns)
{
    static const enum list_part needed[] = {LIST_NO, LIST_TOKEN, LIST_ID_NUMBER, LIST_RESULT};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (find_part(list, needed[i]) == list->column_count) {
            problem_add(l->problems, columns, "columns: {名单号: list, 核对码: token, 证件号码: id_number, 查询结果: result}",
                        tr("名单缺少 %s", "the list lacks %s"), parts[needed[i]]);
            return;
        }
    }
}

static void load_columns(struct loader *l, struct ask_list *list, struct dataset *d, const struct yaml *columns)
{
    size_t n = columns->n + d->field_count;
    list->header = arena_array(l->arena, n, sizeof *list->header);
    list->parts = arena_array(l->arena, n, sizeof *list->parts);
    for (const struct yaml *node = columns->first; node != NULL; node = node->next) {
        if (node->kind == YAML_SCALAR) {
            load_column(l, list, node);
        }
    }
    check_parts(l, list, columns);
    size_t *const at[] = {&list->list_column, &list->token_column, &list->result_column};
    static const enum list_part told[] = {LIST_NO, LIST_TOKEN, LIST_RESULT};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        size_t column = find_part(list, told[i]);
        *at[i] = column < list->column_count ? config_column(d, list->header[column]) : 0;
    }
    add_blanks(list, d);
}

static void load_none(struct loader *l, struct ask_list *list, const struct yaml *none)
{
    list->none = arena_array(l->arena, none->n, sizeof *list->none);
    for (const struct yaml *node = none->first; node != NULL; node = node->next) {
        if (text_fold(l->arena, node->text).n == 0) { /* a cell left blank is no answer */
            problem_add(l->problems, node, "none: [无, 无记录]", "%s", tr("不能为空", "may not be blank"));
        }
        list->none[list->none_count++] = text_fold(l->arena, node->text);
    }
    if (none->n == 0) {
        problem_add(l->problems, none, "none: [无, 无记录]", "%s",
                    tr("至少写一个表示没有记录的词", "at least one word means: no record"));
    }
}

static void load_name(struct loader *l, struct ask_list *list, const struct yaml *node)
{
    struct str name = yaml_text(node, "name");
    list->name = arena_cstr(l->arena, str_is_null(name) ? STR("") : name);
    bool is_right = strstr(list->name, "{list}") != NULL && strchr(list->name, '/') == NULL &&
                    (str_ends(name, STR(".xlsx")) || str_ends(name, STR(".csv")));
    if (!str_is_null(name) && !is_right) {
        problem_add(l->problems, yaml_get(node, "name"), "name: \"名单_{list}.xlsx\"", "%s",
                    tr("应含 {list},以 .xlsx 或 .csv 结尾,不含 /", "must hold {list}, end in .xlsx or .csv and have no /"));
    }
}

static void load_keep(struct loader *l, struct ask_list *list, const struct yaml *node)
{
    int64_t ms = 0;
    list->keep_days = KEEP_DAYS;
    if (yaml_get(node, "keep") == NULL || !keys_duration_ms(node_text(node, "keep"), &ms)) {
        return;
    }
    if (ms % DAY_MS != 0 || ms < DAY_MS || ms / DAY_MS > KEEP_MOST) {
        problem_add(l->problems, yaml_get(node, "keep"), "30d", tr("应为 1 至 %d 个整天", "must be 1 to %d whole days"),
                    KEEP_MOST);
        return;
    }
    list->keep_days = (int)(ms / DAY_MS);
}

void config_load_list(struct loader *l, struct dataset *d, const struct yaml *ask)
{
    const struct yaml *node = node_map(ask, "list");
    const struct yaml *columns = node_map(node, "columns"), *none = node_list(node, "none");
    if (node == NULL) {
        return;
    }
    struct ask_list *list = arena_alloc(l->arena, sizeof *list);
    *list = (struct ask_list){.to = node_cstr(node, "to"), .name = ""};
    list->to = list->to == NULL ? "" : list->to;
    load_name(l, list, node);
    load_keep(l, list, node);
    if (columns != NULL) {
        load_columns(l, list, d, columns);
    }
    if (none != NULL) {
        load_none(l, list, none);
    }
    d->ask.list = list;
}
