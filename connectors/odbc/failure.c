#include "connectors/odbc/odbc.h"

#define TLS_FAILED 2026

/* What a SQLSTATE, and where it says little the driver's number, means to the one who has to mend
 * it; the first that fits. Numbers: MySQL and MariaDB from 1000 on, SQLite below 30. */
static const struct {
    const char *prefix;
    int native; /* 0: any */
    enum rc rc;
    const char *zh, *en;
} conditions[] = {
    {"", 1969, RC_SOURCE_DB, "查询超时", "the query timed out"},
    {"", 3024, RC_SOURCE_DB, "查询超时", "the query timed out"},
    {"", 1792, RC_SOURCE_DB, "查询试图修改数据,已拒绝", "the query tried to write and was refused"},
    {"", 1290, RC_SOURCE_DB, "查询试图修改数据,已拒绝", "the query tried to write and was refused"},
    {"", 1045, RC_AUTH, "身份验证失败", "authentication failed"},
    {"", 1044, RC_AUTH, "没有访问该库的权限", "no privilege for the database"},
    {"", 1049, RC_SOURCE_DB, "没有这个数据库", "no such database"},
    {"", 1142, RC_AUTH, "没有查询权限", "no privilege for the query"},
    {"", 1143, RC_AUTH, "没有查询权限", "no privilege for the query"},
    {"", 1040, RC_NET, "连接数已满", "too many connections"},
    {"", 1053, RC_NET, "数据库正在停止", "the server is shutting down"},
    {"", 1317, RC_NET, "查询被中断", "the query was interrupted"},
    {"", 1927, RC_NET, "连接被对方终止", "the connection was killed"},
    {"", 2002, RC_NET, "连不上数据库", "the server cannot be reached"},
    {"", 2003, RC_NET, "连不上数据库", "the server cannot be reached"},
    {"", 2005, RC_NET, "找不到主机", "no such host"},
    {"", 2006, RC_NET, "连接中断", "connection lost"},
    {"", 2013, RC_NET, "连接中断", "connection lost"},
    {"", TLS_FAILED, RC_NET, "TLS 连接失败:服务器证书未通过验证,或对方不支持 TLS,或连接中断",
     "no TLS: the server's certificate does not hold, the server has none, or the connection broke"},
    {"", 2055, RC_NET, "连接中断", "connection lost"},
    {"HY000", 5, RC_NET, "数据库被占用", "the database is busy"},
    {"HY000", 6, RC_NET, "表被锁住", "a table is locked"},
    {"HY000", 8, RC_SOURCE_DB, "查询试图修改数据,已拒绝",
     "the query tried to write and was refused"},
    {"HY000", 9, RC_SOURCE_DB, "查询超时或被取消", "the query timed out or was cancelled"},
    {"HY000", 14, RC_SOURCE_DB, "打不开数据库文件", "the database file cannot be opened"},
    {"HY000", 1, RC_SOURCE_DB, "查询语句有误:表、列或语法",
     "error in the query: a table, a column or the syntax"},
    {"HYT", 0, RC_NET, "超时", "timed out"},
    {"08", 0, RC_NET, "连接中断或连不上", "no connection"},
    {"28", 0, RC_AUTH, "身份验证失败", "authentication failed"},
    {"IM002", 0, RC_CONFIG, "没有这个驱动或数据源", "no such driver or data source"},
    {"IM", 0, RC_CONFIG, "驱动无法装载", "the driver cannot be loaded"},
    {"01000", 0, RC_CONFIG, "驱动无法装载", "the driver cannot be loaded"},
    {"40", 0, RC_NET, "与其他事务冲突", "conflict with another transaction"},
    {"57P", 0, RC_NET, "数据库正在停止或启动", "the server is shutting down or starting"},
    {"57014", 0, RC_SOURCE_DB, "查询超时或被取消", "the query timed out or was cancelled"},
    {"53", 0, RC_NET, "数据库资源不足(连接数、内存或磁盘)",
     "the server is out of connections, memory or disk"},
    {"42S02", 0, RC_SOURCE_DB, "没有这个表或视图", "no such table or view"},
    {"42P01", 0, RC_SOURCE_DB, "没有这个表或视图", "no such table or view"},
    {"S0002", 0, RC_SOURCE_DB, "没有这个表或视图", "no such table or view"},
    {"42S22", 0, RC_SOURCE_DB, "没有这一列", "no such column"},
    {"42703", 0, RC_SOURCE_DB, "没有这一列", "no such column"},
    {"42501", 0, RC_AUTH, "没有查询权限", "no privilege for the query"},
    {"25006", 0, RC_SOURCE_DB, "查询试图修改数据,已拒绝",
     "the query tried to write and was refused"},
    {"42", 0, RC_SOURCE_DB, "查询语句或权限有误", "error in the query or its privileges"},
    {"37", 0, RC_SOURCE_DB, "查询语句有语法错误", "syntax error in the query"},
    {"22", 0, RC_SOURCE_DB, "查询中的值或类型转换有误", "bad value or conversion in the query"},
    {"", 0, RC_SOURCE_DB, "查询失败", "the query failed"},
};

static size_t condition_of(const char *sqlstate, int native)
{
    size_t i = 0;
    while ((conditions[i].native != 0 && conditions[i].native != native) ||
           strncmp(sqlstate, conditions[i].prefix, strlen(conditions[i].prefix)) != 0) {
        i++;
    }
    return i;
}

enum rc odbc_rc_of(const char *sqlstate, int native)
{
    return conditions[condition_of(sqlstate, native)].rc;
}

static bool is_dead(const struct odbc_session *s)
{
    SQLUINTEGER dead = SQL_CD_FALSE;
    return s->is_connected &&
           SQL_SUCCEEDED(SQLGetConnectAttr(s->dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, NULL)) &&
           dead == SQL_CD_TRUE;
}

enum rc odbc_session_fail(struct odbc_session *s, SQLSMALLINT type, SQLHANDLE handle)
{
    SQLCHAR state[6] = "";
    SQLINTEGER native = 0;
    SQLSMALLINT n = 0;
    if (!SQL_SUCCEEDED(SQLGetDiagRec(type, handle, 1, state, &native, NULL, 0, &n))) {
        memcpy(state, "HY000", sizeof state);
    }
    char text[6];
    memcpy(text, state, sizeof text);
    size_t i = condition_of(text, native);
    enum rc rc = conditions[i].rc == RC_SOURCE_DB && is_dead(s) ? RC_NET : conditions[i].rc;
    rc = err_fail(rc, "%s: SQLSTATE %s (%d) %s", s->dataset, text, (int)native,
                  rc == conditions[i].rc ? tr(conditions[i].zh, conditions[i].en)
                                         : tr("连接中断", "connection lost"));
    if (rc == RC_CONFIG) {
        err_hint("%s", tr("安装驱动包,并用 odbcinst -q -d 核对 Driver= 的名称。",
                          "Install the driver's package; odbcinst -q -d shows the names for "
                          "Driver=."));
    }
    if (native == TLS_FAILED) {
        err_hint("%s", tr("核对连接串中的 SSLCA、服务器名和服务器证书的有效期。",
                          "Look at SSLCA and the server's name in connection_string, and at how long its certificate holds."));
    }
    return rc;
}
