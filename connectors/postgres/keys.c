#include "connectors/postgres/postgres.h"

const struct key_spec postgres_connection_keys[] = {
    {.name = "conninfo",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED | KEY_CONNINFO,
     .zh = "libpq 连接串,含密码时写 ${env:NAME} 或 ${file:PATH}",
     .en = "libpq connection string; ${env:NAME} or ${file:PATH} if it holds a password"},
    {.name = "ca_file",
     .type = KEY_TEXT,
     .flags = KEY_CERTIFICATE,
     .zh = "验证服务器证书的 CA 文件",
     .en = "CA file that vouches for the server's certificate"},
    {.name = "verify",
     .type = KEY_BOOL,
     .zh = "是否验证服务器证书,默认 true(有 ca_file 时)",
     .en = "verify the server's certificate, default true where ca_file is given"},
    {.name = "connect_timeout",
     .type = KEY_DURATION,
     .zh = "连接时限,默认 10s",
     .en = "time to connect, default 10s"},
    {.name = "statement_timeout",
     .type = KEY_DURATION,
     .zh = "查询时限,默认 30min",
     .en = "time for the query, default 30min"},
    {0},
};
const struct key_spec postgres_dataset_keys[] = {
    {.name = "query",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "查询语句,{since} 为增量起点,{until} 为补读时段的终点(不含),平时为时间尽头",
     .en = "the query; {since} is where an incremental pull begins, {until} where a range that is read again ends (not "
           "part of it), else the end of time"},
    {.name = "count_query",
     .type = KEY_TEXT,
     .zh = "查询应有行数的语句",
     .en = "a query for how many rows there should be"},
    {.name = "order_by",
     .type = KEY_LIST_TEXT,
     .flags = KEY_UNIQUE,
     .zh = "唯一且非空的列,用于断点续传",
     .en = "columns, unique and never null, that let a pull resume"},
    {.name = "slices",
     .type = KEY_INT,
     .least = 2,
     .most = 16,
     .zh = "分几路同时读取,同一快照,需要 order_by",
     .en = "how many connections read at once, all of one snapshot; needs order_by"},
    {.name = "slice_by",
     .type = KEY_TEXT,
     .zh = "按哪一列的取值范围分路,默认 order_by 的第一列",
     .en = "the column whose ranges the slices are, default the first of order_by"},
    CONTROL_KEY,
    {0},
};

static void check_connection(const struct yaml *connection, struct problems *problems)
{
    const struct yaml *conninfo = yaml_get(connection, "conninfo"),
                      *verify = yaml_get(connection, "verify");
    bool has_ca = yaml_get(connection, "ca_file") != NULL;
    if (conninfo != NULL && sql_contains(conninfo->text, "password=") &&
        !keys_is_reference(conninfo->text)) {
        problem_add(problems, conninfo, "conninfo: \"${env:NAME}\"", "%s",
                    tr("密码不能写在配置文件里", "a password may not stand in the configuration"));
    }
    if (verify != NULL && str_is(verify->text, "true") && !has_ca) {
        problem_add(problems, verify,
                    tr("写明 ca_file: 签发服务器证书的 CA。",
                       "Say ca_file: the CA that issued the server's certificate."),
                    "%s", tr("verify: true 需要 ca_file", "verify: true needs ca_file"));
    }
}

static void check_slices(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *slices = yaml_get(settings, "slices"), *by = yaml_get(settings, "slice_by");
    if (slices != NULL && yaml_get(settings, "order_by") == NULL) {
        problem_add(problems, slices, "order_by: [...]", "%s",
                    tr("slices 需要 order_by", "slices needs order_by"));
    } else if (by != NULL && slices == NULL) {
        problem_add(problems, by, "slices: 4", "%s",
                    tr("slice_by 需要 slices", "slice_by needs slices"));
    }
}

/* Called for each dataset; what is wrong with the connection is told once. */
void postgres_check(const struct yaml *connection, const struct yaml *settings,
                    struct problems *problems)
{
    if (settings->parent == NULL || settings->parent->first == settings) {
        check_connection(connection, problems);
    }
    check_slices(settings, problems);
    control_check(settings, problems);
    sql_check_bounds(settings, problems);
}
