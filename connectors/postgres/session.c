#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "connectors/postgres/postgres.h"

#define SILENCE_MS INT64_C(30000) /* beyond the time a statement may take */
#define LOOK_MS INT64_C(1000)     /* bytes TLS has decrypted already are none the socket tells of */

/* ---- Failures ---- */

/* What a SQLSTATE means to the one who has to mend it; the first prefix that fits. */
static const struct {
    const char *prefix;
    enum rc rc;
    const char *zh, *en;
} conditions[] = {
    {"08", RC_NET, "连接中断", "connection failure"},
    {"57P", RC_NET, "数据库正在停止或启动", "the server is shutting down or starting"},
    {"57014", RC_SOURCE_DB, "查询超时或被取消", "the query timed out or was cancelled"},
    {"53", RC_NET, "数据库资源不足(连接数、内存或磁盘)",
     "the server is out of connections, memory or disk"},
    {"40", RC_NET, "与其他事务冲突", "conflict with another transaction"},
    {"55P03", RC_NET, "表被锁住", "a table is locked"},
    {"28", RC_AUTH, "身份验证失败", "authentication failed"},
    {"3D000", RC_SOURCE_DB, "没有这个数据库", "no such database"},
    {"42501", RC_AUTH, "没有查询权限", "no privilege for the query"},
    {"42P01", RC_SOURCE_DB, "没有这个表或视图", "no such table or view"},
    {"42703", RC_SOURCE_DB, "没有这一列", "no such column"},
    {"42601", RC_SOURCE_DB, "查询语句有语法错误", "syntax error in the query"},
    {"25006", RC_SOURCE_DB, "查询试图修改数据,已拒绝", "the query tried to write and was refused"},
    {"22", RC_SOURCE_DB, "查询中的值或类型转换有误", "bad value or conversion in the query"},
    {"42", RC_SOURCE_DB, "查询语句或权限有误", "error in the query or its privileges"},
    {"0A", RC_SOURCE_DB, "数据库不支持此查询", "the server does not support the query"},
    {"", RC_SOURCE_DB, "查询失败", "the query failed"},
};

static size_t condition_of(const char *sqlstate)
{
    size_t i = 0;
    while (strncmp(sqlstate, conditions[i].prefix, strlen(conditions[i].prefix)) != 0) {
        i++;
    }
    return i;
}

enum rc session_rc_of(const char *sqlstate)
{
    return conditions[condition_of(sqlstate)].rc;
}

static enum rc fail_state(const char *dataset, const char *sqlstate)
{
    size_t i = condition_of(sqlstate);
    return err_fail(conditions[i].rc, "%s: SQLSTATE %s %s", dataset, sqlstate,
                    tr(conditions[i].zh, conditions[i].en));
}

static bool is_state_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* With PQERRORS_SQLSTATE libpq ends its message in "FATAL:  28P01" (the word may be translated). */
void session_state_of(const char *message, char out[6])
{
    struct str s = str_trim(str_from(message));
    out[0] = '\0';
    if (s.n < 7 || s.p[s.n - 6] != ' ') {
        return;
    }
    for (size_t i = s.n - 5; i < s.n; i++) {
        if (!is_state_char(s.p[i])) {
            return;
        }
    }
    memcpy(out, s.p + s.n - 5, 5);
    out[5] = '\0';
}

/* libpq's own words: host, port and what the system said. */
static enum rc fail_connection(const char *dataset, const PGconn *conn)
{
    char state[6];
    session_state_of(PQerrorMessage(conn), state);
    if (state[0] != '\0') {
        return fail_state(dataset, state);
    }
    struct str text = str_from(PQerrorMessage(conn));
    struct str line = str_trim(str_cut(&text, '\n'));
    return err_fail(RC_NET, "%s: %.*s", dataset, STR_ARGS(line));
}

enum rc session_fail(const char *dataset, const PGconn *conn, const PGresult *res)
{
    const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    if (state != NULL) {
        return fail_state(dataset, state);
    }
    if (PQstatus(conn) == CONNECTION_BAD) {
        return err_fail(RC_NET, tr("%s: 连接中断", "%s: connection lost"), dataset);
    }
    return err_fail(RC_SOURCE_DB,
                    tr("%s: 数据库没有给出应有的答复", "%s: unexpected answer from the server"),
                    dataset);
}

/* ---- Connecting ---- */

/* Drops what a server may say about its tables on the way: stderr is the log's. */
static void swallow_notice(void *ctx, const PGresult *res)
{
    (void)ctx;
    (void)res;
}

/* What stands before the conninfo may be overridden by it, what stands behind may not. A peer that
 * vanished is noticed within two minutes. */
static PGconn *start(const struct session_options *o)
{
    const char *keys[16] = {"application_name", "keepalives_idle",  "keepalives_interval",
                            "keepalives_count", "tcp_user_timeout", "dbname",
                            "client_encoding"};
    const char *values[16] = {"bidui", "30", "10", "6", "90000", o->conninfo, "UTF8"};
    size_t n = 7;
    if (o->ca_file != NULL) {
        keys[n] = "sslmode";
        values[n++] = o->verify ? "verify-full" : "require";
    }
    if (o->ca_file != NULL && o->verify) {
        keys[n] = "sslrootcert";
        values[n++] = o->ca_file;
    }
    return PQconnectStartParams(keys, values, 1);
}

static bool wait_for(const PGconn *conn, bool writes, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - clock_monotonic_ms();
        struct pollfd p = {.fd = PQsocket(conn), .events = writes ? POLLOUT : POLLIN};
        int n = left <= 0 ? 0 : poll(&p, 1, (int)left);
        if (n >= 0 || errno != EINTR) {
            return n > 0;
        }
    }
}

static enum rc finish_connecting(const struct session_options *o, PGconn *conn)
{
    int64_t timeout_ms = o->connect_timeout_ms, deadline_ms = clock_monotonic_ms() + timeout_ms;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (PQstatus(conn) != CONNECTION_BAD && status != PGRES_POLLING_OK &&
           status != PGRES_POLLING_FAILED) {
        if (!wait_for(conn, status == PGRES_POLLING_WRITING, deadline_ms)) {
            return err_fail(RC_NET, tr("%s: %lld 秒内没有连上", "%s: not connected within %lld s"),
                            o->dataset, (long long)(timeout_ms / 1000));
        }
        status = PQconnectPoll(conn);
    }
    return status == PGRES_POLLING_OK ? RC_OK : fail_connection(o->dataset, conn);
}

/* ---- Results ---- */

/* Until there is one to be had without waiting; a server may keep still for as long as a statement may take. */
static enum rc wait_for_result(const struct session_options *o, PGconn *conn)
{
    int64_t silence_ms = o->statement_timeout_ms + SILENCE_MS, now_ms = clock_monotonic_ms();
    int64_t deadline_ms = now_ms + silence_ms;
    while (PQisBusy(conn) != 0) {
        int64_t left = deadline_ms - now_ms;
        if (left <= 0 && o->statement_timeout_ms > 0) {
            return err_fail(RC_NET, tr("%s: 数据库 %lld 秒没有回音", "%s: no word from the server for %lld s"),
                            o->dataset, (long long)(silence_ms / 1000));
        }
        bool has_come = wait_for(conn, false, now_ms + (left > 0 && left < LOOK_MS ? left : LOOK_MS));
        if (PQconsumeInput(conn) != 1) {
            return RC_OK; /* the result says what is wrong */
        }
        now_ms = clock_monotonic_ms();
        deadline_ms = has_come ? now_ms + silence_ms : deadline_ms;
    }
    return RC_OK;
}

enum rc session_result(const struct session_options *o, PGconn *conn, PGresult **ret)
{
    if (PQisBusy(conn) != 0) {
        TRY(wait_for_result(o, conn));
    }
    *ret = PQgetResult(conn);
    return RC_OK;
}

/* Several statements in one give several results: the first that failed counts. */
enum rc session_run(const struct session_options *o, PGconn *conn, const char *sql)
{
    PGresult *res = NULL;
    enum rc rc = PQsendQuery(conn, sql) == 1 ? session_result(o, conn, &res) : session_fail(o->dataset, conn, NULL);
    while (rc == RC_OK && res != NULL) {
        rc = PQresultStatus(res) == PGRES_COMMAND_OK ? RC_OK : session_fail(o->dataset, conn, res);
        PQclear(res);
        rc = rc == RC_OK ? session_result(o, conn, &res) : rc;
    }
    return rc;
}

/* Such a server checks what it sends against the client's encoding and fails the whole query for
 * one bad value; told to pass bytes on, it leaves the proof to us, row by row. */
static enum rc set_raw(const struct session_options *o, PGconn *conn)
{
    return session_is_raw(conn) ? session_run(o, conn, "set client_encoding to SQL_ASCII")
                                : RC_OK;
}

bool session_is_raw(const PGconn *conn)
{
    const char *encoding = PQparameterStatus(conn, "server_encoding");
    return encoding == NULL || strcmp(encoding, "SQL_ASCII") == 0;
}

static enum rc set_up(const struct session_options *o, PGconn *conn)
{
    char timeout[80];
    snprintf(timeout, sizeof timeout, "set statement_timeout to %lld",
             (long long)o->statement_timeout_ms);
    TRY(session_run(o, conn, timeout));
    TRY(session_run(
        o, conn,
        "set datestyle to 'ISO, YMD'; set timezone to 'Asia/Shanghai'; set bytea_output to hex;"
        "set extra_float_digits to 1; set default_transaction_read_only to on"));
    return set_raw(o, conn);
}

/* libpq would quote the part it stumbled over, which may be the password. */
static enum rc check_conninfo(const char *dataset, const char *conninfo)
{
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);
    PQconninfoFree(parsed);
    if (parsed == NULL) {
        return err_fail(RC_CONFIG,
                        tr("%s: conninfo 不是有效的连接串", "%s: conninfo is no connection string"),
                        dataset);
    }
    return RC_OK;
}

enum rc session_open(const struct session_options *o, PGconn **ret)
{
    TRY(check_conninfo(o->dataset, o->conninfo));
    PGconn *conn = start(o);
    if (conn == NULL) {
        err_die(RC_MEMORY, "libpq");
    }
    (void)PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
    PQsetNoticeReceiver(conn, swallow_notice, NULL);
    enum rc rc = finish_connecting(o, conn);
    if (rc == RC_OK) {
        rc = set_up(o, conn);
    }
    if (rc != RC_OK) {
        PQfinish(conn);
        return rc;
    }
    *ret = conn;
    return RC_OK;
}

enum rc session_begin(const struct session_options *o, PGconn *conn)
{
    return session_run(o, conn, "begin isolation level repeatable read read only");
}

enum rc session_end(const struct session_options *o, PGconn *conn)
{
    return session_run(o, conn, "commit");
}
