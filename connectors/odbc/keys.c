#include "connectors/odbc/odbc.h"

#include <strings.h>

static const char *const charsets[] = {"utf-8", "utf-16", "gbk", "gb18030", NULL};

const struct key_spec odbc_connection_keys[] = {
    {.name = "connection_string",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "ODBC 连接串,以 Driver= 指明驱动,不含用户和密码",
     .en = "ODBC connection string with Driver=, without user and password"},
    {.name = "user", .type = KEY_TEXT, .zh = "用户名", .en = "user"},
    {.name = "password",
     .type = KEY_SECRET,
     .zh = "密码,写 ${env:NAME} 或 ${file:PATH}",
     .en = "password: ${env:NAME} or ${file:PATH}"},
    {.name = "dialect",
     .type = KEY_CHOICE,
     .flags = KEY_REQUIRED,
     .choices = odbc_dialect_names,
     .zh = "数据库方言:分页、只读和时限语句由它决定",
     .en = "what the server speaks: decides limit, read-only and timeout statements"},
    {.name = "charset",
     .type = KEY_CHOICE,
     .choices = charsets,
     .zh = "驱动给出的字符集,默认 utf-8;utf-16 表示宽字符",
     .en = "what the driver hands out, default utf-8; utf-16 asks for wide characters"},
    {.name = "session",
     .type = KEY_LIST_TEXT,
     .zh = "连接后另外执行的语句",
     .en = "more statements to run after connecting"},
    {.name = "login_timeout",
     .type = KEY_DURATION,
     .zh = "连接时限,默认 10s",
     .en = "time to connect, default 10s"},
    {.name = "statement_timeout",
     .type = KEY_DURATION,
     .zh = "每条查询的时限,默认 30min",
     .en = "time for each statement, default 30min"},
    {0},
};
const struct key_spec odbc_dataset_keys[] = {
    {.name = "table", .type = KEY_TEXT, .zh = "表或视图", .en = "table or view"},
    {.name = "columns",
     .type = KEY_LIST_TEXT,
     .flags = KEY_UNIQUE,
     .zh = "字段之外还要读的列",
     .en = "columns to read besides the fields'"},
    {.name = "where", .type = KEY_TEXT, .zh = "对表的条件", .en = "a condition on the table"},
    {.name = "query",
     .type = KEY_TEXT,
     .zh = "查询语句;{since} 为增量起点,{until} 为补读时段的终点(不含),平时为时间尽头;{after} 为分页条件",
     .en = "the query; {since} is where an incremental pull begins, {until} where a range that is read again ends (not "
           "part of it), else the end of time, {after} where a page begins"},
    {.name = "count_query",
     .type = KEY_TEXT,
     .zh = "查询应有行数的语句",
     .en = "a query for how many rows there should be"},
    {.name = "page_by",
     .type = KEY_LIST_TEXT,
     .flags = KEY_UNIQUE,
     .zh = "唯一且非空的列,按它分页读取,可断点续传",
     .en = "columns, unique and never null, to read page by page; lets a pull resume"},
    {.name = "page_rows",
     .type = KEY_INT,
     .least = 1,
     .most = 100000,
     .zh = "每页行数,默认 5000",
     .en = "rows of a page, default 5000"},
    {.name = "long",
     .type = KEY_LIST_TEXT,
     .flags = KEY_UNIQUE,
     .zh = "值可能比驱动声明更长的列",
     .en = "columns whose values may be longer than the driver declares"},
    CONTROL_KEY,
    {0},
};

static bool has_word(struct str s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++) {
        if (strncasecmp(s.p + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

static void check_connection(const struct yaml *connection, struct problems *problems)
{
    const struct yaml *text = yaml_get(connection, "connection_string");
    if (text == NULL || text->kind != YAML_SCALAR || keys_is_reference(text->text)) {
        return;
    }
    if (has_word(text->text, "pwd=") || has_word(text->text, "password=")) {
        problem_add(problems, text, "password: \"${env:NAME}\"", "%s",
                    tr("密码不能写在连接串里", "the password may not stand in connection_string"));
    } else if (!has_word(text->text, "driver=") && !has_word(text->text, "dsn=")) {
        problem_add(problems, text, "connection_string: \"Driver=MariaDB Unicode;Server=...\"",
                    "%s", tr("连接串要以 Driver= 指明驱动", "connection_string names no Driver="));
    }
}

/* One of table and query, and the keys that go with it. */
static void check_form(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *table = yaml_get(settings, "table"), *query = yaml_get(settings, "query");
    static const char *const of_table[] = {"columns", "where"};
    if ((table == NULL) == (query == NULL)) {
        problem_add(problems, table != NULL ? query : settings,
                    tr("写 table: 表名,或 query: 查询语句。", "Say table: or query:."), "%s",
                    tr("table 和 query 要写一个,只写一个",
                       "one of table and query is needed, and only one"));
        return;
    }
    for (size_t i = 0; query != NULL && i < sizeof of_table / sizeof *of_table; i++) {
        const struct yaml *node = yaml_get(settings, of_table[i]);
        if (node != NULL) {
            problem_add(problems, node, tr("写进查询语句里。", "Put it into the query."),
                        tr("%s 只用于 table", "%s goes with table only"), of_table[i]);
        }
    }
}

static void check_after(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *query = yaml_get(settings, "query"), *pages = yaml_get(settings, "page_by");
    if (query != NULL && sql_contains(query->text, "'{after}'")) {
        problem_add(problems, query, tr("写成 and {after},不加引号。", "Write and {after}."), "%s",
                    tr("{after} 是条件,不能加引号", "{after} is a condition and not quoted"));
    } else if (query != NULL && sql_contains(query->text, "{after}") && pages == NULL) {
        problem_add(problems, query, "page_by: [...]", "%s",
                    tr("{after} 需要 page_by", "{after} needs page_by"));
    }
    if (pages == NULL && yaml_get(settings, "page_rows") != NULL) {
        problem_add(problems, yaml_get(settings, "page_rows"), "page_by: [...]", "%s",
                    tr("page_rows 需要 page_by", "page_rows needs page_by"));
    } else if (pages != NULL && pages->kind == YAML_LIST && pages->n == 0) {
        problem_add(problems, pages, "", "%s",
                    tr("page_by 至少要有一列", "page_by names no column"));
    }
}

/* The drivers of MySQL and MariaDB keep a whole result in memory. */
static void check_memory(const struct yaml *connection, const struct yaml *settings,
                         struct problems *problems)
{
    if (str_is(yaml_text(connection, "dialect"), "mysql") &&
        yaml_get(settings, "page_by") == NULL) {
        problem_warn(problems, settings,
                     tr("加上 page_by: [主键列]。", "Add page_by: [the primary key]."), "%s",
                     tr("没有 page_by,驱动会把整个结果放进内存",
                        "without page_by the driver keeps the whole result in memory"));
    }
}

/* Called for each dataset; what is wrong with the connection is told once. */
void odbc_check(const struct yaml *connection, const struct yaml *settings,
                struct problems *problems)
{
    if (settings->parent == NULL || settings->parent->first == settings) {
        check_connection(connection, problems);
    }
    check_form(settings, problems);
    check_after(settings, problems);
    check_memory(connection, settings, problems);
    control_check(settings, problems);
    sql_check_bounds(settings, problems);
}
