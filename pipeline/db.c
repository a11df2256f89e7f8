#include "pipeline/db.h"

#include <stdlib.h>

#include "base/fault.h"
#include "pipeline/db_internal.h"

/* Both may quote the value they complain of. */
#define CLASS_DATA_EXCEPTION "22"
#define CLASS_PROGRAM_LIMIT "54" /* a row, key or column too long */
#define STATE_FENCED "BD001"

static const char session_sql[] =
    "set search_path to bidui, public; set datestyle to 'ISO, YMD'; set timezone to "
    "'Asia/Shanghai';"
    "set bytea_output to hex; set jit to off; set standard_conforming_strings to on;"
    "set client_min_messages to warning; set client_connection_check_interval to '10s';"
    "set default_transaction_read_only to on";

void *db_malloc(size_t n)
{
    void *p = calloc(1, n);
    if (p == NULL) {
        err_die(RC_MEMORY, "%zu", n);
    }
    return p;
}

/* ---- Failures ---- */

static bool is_lost(const char *state)
{
    return strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0;
}

static bool is_of(const char *state, const char *class)
{
    return strncmp(state, class, 2) == 0;
}

/* The message without what stands between its first and last quote, where that may be somebody's
 * value. */
static enum rc fail_with(enum rc rc, const char *state, const char *message)
{
    const char *first = NULL, *last = NULL;
    if (rc == RC_DB_DATA) {
        first = strchr(message, '"');
        last = strrchr(message, '"');
    }
    if (first == NULL || last == first) {
        return err_fail(rc, "%s %s", state, message);
    }
    return err_fail(rc, "%s %.*s...%s", state, (int)(first + 1 - message), message, last);
}

/* libpq's own words (no server answer): their first line, it holds no data. */
static enum rc fail_connection(struct db *db)
{
    struct str text = str_from(PQerrorMessage(db->conn));
    struct str line = str_trim(str_cut(&text, '\n'));
    return err_fail(RC_DB_DOWN, "%.*s", STR_ARGS(line));
}

enum rc db_fail(struct db *db, const PGresult *res)
{
    const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *message = res != NULL ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    db->sqlstate[0] = '\0';
    if (state == NULL || message == NULL) {
        if (PQstatus(db->conn) == CONNECTION_BAD) {
            return fail_connection(db);
        }
        return err_fail(RC_DB, "%s",
                        tr("数据库没有给出应有的答复", "the database gave an unexpected answer"));
    }
    strncpy(db->sqlstate, state, sizeof db->sqlstate - 1);
    bool lost = PQstatus(db->conn) == CONNECTION_BAD || is_lost(state);
    bool is_data = is_of(state, CLASS_DATA_EXCEPTION) || is_of(state, CLASS_PROGRAM_LIMIT);
    return fail_with(lost ? RC_DB_DOWN : is_data ? RC_DB_DATA : RC_DB, state, message);
}

const char *db_sqlstate(const struct db *db)
{
    return db->sqlstate;
}

static enum rc check(struct db *db, const PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
        db->sqlstate[0] = '\0';
        return RC_OK;
    }
    return db_fail(db, res);
}

enum rc db_drain(struct db *db)
{
    enum rc rc = RC_OK;
    for (PGresult *res = PQgetResult(db->conn); res != NULL; res = PQgetResult(db->conn)) {
        ExecStatusType status = PQresultStatus(res);
        if (rc == RC_OK) {
            rc = check(db, res);
        }
        PQclear(res);
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
            PQstatus(db->conn) == CONNECTION_BAD) {
            break;
        }
    }
    return rc;
}

/* ---- Sessions ---- */

/* Notices may quote rows, and stderr is the log's. */
static void swallow_notice(void *ctx, const PGresult *res)
{
    (void)ctx;
    (void)res;
}

static enum rc set_up(struct db *db)
{
    if (PQstatus(db->conn) != CONNECTION_OK) {
        enum rc rc = fail_connection(db);
        err_hint("%s", tr("检查数据库是否运行,以及 bidui.yaml 的 database 是否写对。",
                          "Check that PostgreSQL runs and that database in bidui.yaml is right."));
        return rc;
    }
    PQsetNoticeReceiver(db->conn, swallow_notice, NULL);
    DB_RESULT PGresult *res = PQexec(db->conn, session_sql);
    return check(db, res);
}

/* libpq would quote the part it stumbled over, which may be the password. */
static enum rc check_conninfo(const char *conninfo)
{
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);
    PQconninfoFree(parsed);
    if (parsed == NULL) {
        return err_fail(RC_CONFIG, "%s",
                        tr("bidui.yaml: database 不是有效的连接串",
                           "bidui.yaml: database is no connection string"));
    }
    return RC_OK;
}

enum rc db_open(const char *conninfo, const char *application_name, struct db **ret)
{
    char name[64];
    snprintf(name, sizeof name, "%s", application_name);
    const char *const keys[] = {"dbname", "application_name", "client_encoding", NULL};
    const char *const values[] = {conninfo, name, "UTF8", NULL};
    TRY(check_conninfo(conninfo));
    struct db *db = db_malloc(sizeof *db);
    db->conn = PQconnectdbParams(keys, values, 1);
    if (db->conn == NULL) {
        err_die(RC_MEMORY, "libpq");
    }
    enum rc rc = set_up(db);
    if (rc != RC_OK) {
        db_close(db);
        return rc;
    }
    *ret = db;
    return RC_OK;
}

void db_close(struct db *db)
{
    if (db != NULL) {
        PQfinish(db->conn);
        free(db->county);
        free(db);
    }
}

void db_clear_fence(struct db *db)
{
    free(db->county);
    db->county = NULL;
}

void db_set_fence(struct db *db, const char *county, int64_t edition, int64_t fence)
{
    size_t n = strlen(county) + 1;
    char *copy = memcpy(db_malloc(n), county, n);
    db_clear_fence(db);
    db->county = copy;
    db->edition = edition;
    db->fence = fence;
}

enum rc db_set(struct db *db, const char *name, const char *value)
{
    DB_RESULT PGresult *res = NULL;
    return db_query(db, "select set_config($1, $2, false)", DB_PARAMS(name, value), &res);
}

int db_backend_pid(const struct db *db)
{
    return PQbackendPID(db->conn);
}

/* ---- Transactions ---- */

bool db_in_transaction(const struct db *db)
{
    PGTransactionStatusType status = PQtransactionStatus(db->conn);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

static enum rc simple(struct db *db, const char *sql)
{
    DB_RESULT PGresult *res = PQexec(db->conn, sql);
    return check(db, res);
}

static enum rc begin(struct db *db, const char *sql)
{
    if (db_in_transaction(db)) {
        return err_fail(RC_BUG, "%s",
                        tr("上一个事务还没有结束", "the last transaction is still open"));
    }
    return simple(db, sql);
}

enum rc db_begin(struct db *db)
{
    return begin(db, "begin isolation level read committed read write");
}

enum rc db_begin_read(struct db *db)
{
    return begin(db, "begin isolation level repeatable read read only");
}

enum rc db_need_transaction(struct db *db, const char *what)
{
    if (PQstatus(db->conn) == CONNECTION_BAD) {
        return fail_connection(db);
    }
    if (!db_in_transaction(db)) {
        return err_fail(RC_BUG, tr("%s 只能在事务内使用", "%s needs a transaction"), what);
    }
    return RC_OK;
}

static enum rc fenced(void)
{
    return err_fail(RC_FENCED, "%s",
                    tr("本次运行的编号已失效", "the number of this run is no longer valid"));
}

static enum rc verify_fence(struct db *db)
{
    if (db->county == NULL) {
        return RC_OK;
    }
    char edition[DB_NUMBER], fence[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    enum rc rc = db_query(
        db, "select bidui.verify_fence($1, $2, $3)",
        DB_PARAMS(db->county, db_number(db->edition, edition), db_number(db->fence, fence)), &res);
    if (rc != RC_OK) {
        return strcmp(db->sqlstate, STATE_FENCED) == 0 ? fenced() : rc;
    }
    /* void answers an empty text */
    return str_is(db_text(res, 0, 0), "f") ? fenced() : RC_OK;
}

/* COMMIT of a failed transaction answers ROLLBACK without an error. */
static enum rc commit(struct db *db)
{
    DB_RESULT PGresult *res = PQexec(db->conn, "commit");
    TRY(check(db, res));
    if (strcmp(PQcmdStatus(res), "COMMIT") != 0) {
        return err_fail(RC_DB, "%s",
                        tr("事务中有语句失败,已回滚", "a statement had failed: rolled back"));
    }
    return RC_OK;
}

enum rc db_commit(struct db *db)
{
    TRY(db_need_transaction(db, "db_commit"));
    enum rc rc = verify_fence(db);
    if (rc == RC_OK) {
        rc = commit(db);
    }
    if (rc != RC_OK) {
        db_rollback(db);
        return rc;
    }
    fault_point("commit");
    return RC_OK;
}

void db_cancel(struct db *db)
{
    if (PQtransactionStatus(db->conn) != PQTRANS_ACTIVE) {
        return;
    }
    char ignored[256];
    PGcancel *cancel = PQgetCancel(db->conn);
    if (cancel != NULL) {
        (void)PQcancel(cancel, ignored, sizeof ignored);
        PQfreeCancel(cancel);
    }
    for (PGresult *res = PQgetResult(db->conn); res != NULL; res = PQgetResult(db->conn)) {
        ExecStatusType status = PQresultStatus(res);
        PQclear(res);
        if (status == PGRES_COPY_IN) {
            (void)PQputCopyEnd(db->conn, "abandoned");
        }
        char *row = NULL;
        while (status == PGRES_COPY_OUT && PQgetCopyData(db->conn, &row, 0) > 0) {
            PQfreemem(row);
        }
        if (PQstatus(db->conn) == CONNECTION_BAD) {
            return;
        }
    }
}

/* Leaves the recorded error alone: it runs on the way out of a failure. */
void db_rollback(struct db *db)
{
    db_cancel(db);
    if (db_in_transaction(db)) {
        PQclear(PQexec(db->conn, "rollback"));
    }
}

void db_rollback_cleanup(struct db *const *db)
{
    if (*db != NULL) {
        db_rollback(*db);
    }
}

/* ---- Statements ---- */

void db_result_cleanup(PGresult **res)
{
    PQclear(*res);
    *res = NULL;
}

enum rc db_exec(struct db *db, const char *sql)
{
    TRY(db_need_transaction(db, "db_exec"));
    return simple(db, sql);
}

enum rc db_query(struct db *db, const char *sql, int nparams, const char *const *params,
                 PGresult **ret)
{
    PGresult *res = PQexecParams(db->conn, sql, nparams, NULL, params, NULL, NULL, 0);
    enum rc rc = check(db, res);
    if (rc != RC_OK) {
        PQclear(res);
        return rc;
    }
    *ret = res;
    return RC_OK;
}

enum rc db_ask(struct db *db, const char *sql, int nparams, const char *const *params)
{
    bool sent = PQsendQueryParams(db->conn, sql, nparams, NULL, params, NULL, NULL, 0) == 1;
    return sent ? RC_OK : db_fail(db, NULL);
}

enum rc db_answer(struct db *db, PGresult **ret)
{
    DB_RESULT PGresult *res = PQgetResult(db->conn);
    enum rc rc = check(db, res), rest = db_drain(db);
    TRY(rc);
    TRY(rest);
    *ret = res;
    res = NULL;
    return RC_OK;
}

enum rc db_run(struct db *db, const char *sql, int nparams, const char *const *params,
               int64_t *ret_rows)
{
    TRY(db_need_transaction(db, "db_run"));
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db, sql, nparams, params, &res));
    int64_t rows = 0;
    if (ret_rows != NULL) {
        *ret_rows = str_to_i64(str_from(PQcmdTuples(res)), &rows) ? rows : 0;
    }
    return RC_OK;
}

enum rc db_query_i64(struct db *db, const char *sql, int nparams, const char *const *params,
                     int64_t *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db, sql, nparams, params, &res));
    if (PQntuples(res) == 0 || PQgetisnull(res, 0, 0)) {
        return err_fail(RC_NOT_FOUND, "%s", tr("查询没有结果", "the query found nothing"));
    }
    *ret = db_i64(res, 0, 0);
    return RC_OK;
}

enum rc db_query_text(struct db *db, struct arena *a, const char *sql, int nparams,
                      const char *const *params, struct str *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db, sql, nparams, params, &res));
    *ret = PQntuples(res) == 0 ? STR_NULL : arena_str(a, db_text(res, 0, 0));
    return RC_OK;
}

static enum rc each_row(struct db *db, enum rc (*each)(void *ctx, const PGresult *row), void *ctx)
{
    for (;;) {
        DB_RESULT PGresult *res = PQgetResult(db->conn);
        if (res == NULL) {
            return RC_OK;
        }
        if (PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
            TRY(each(ctx, res));
        } else {
            TRY(check(db, res));
        }
    }
}

enum rc db_each(struct db *db, const char *sql, int nparams, const char *const *params,
                enum rc (*each)(void *ctx, const PGresult *row), void *ctx)
{
    if (PQsendQueryParams(db->conn, sql, nparams, NULL, params, NULL, NULL, 0) == 0 ||
        PQsetSingleRowMode(db->conn) == 0) {
        return db_fail(db, NULL);
    }
    enum rc rc = each_row(db, each, ctx);
    if (rc != RC_OK) {
        db_cancel(db);
    }
    return rc;
}

/* ---- Values ---- */

struct str db_text(const PGresult *res, int row, int column)
{
    if (PQgetisnull(res, row, column)) {
        return STR_NULL;
    }
    return str_of(PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column));
}

int64_t db_i64(const PGresult *res, int row, int column)
{
    struct str s = db_text(res, row, column);
    int64_t v = 0;
    if (str_is(s, "t")) {
        return 1;
    }
    return str_to_i64(s, &v) ? v : 0;
}

bool db_bool(const PGresult *res, int row, int column)
{
    return str_is(db_text(res, row, column), "t");
}

date_t db_date(const PGresult *res, int row, int column)
{
    date_t d = DATE_NONE;
    return date_parse_iso(db_text(res, row, column), &d) ? d : DATE_NONE;
}

const char *db_number(int64_t value, char out[DB_NUMBER])
{
    snprintf(out, DB_NUMBER, "%lld", (long long)value);
    return out;
}

static char *put_quoted(char *p, struct str s)
{
    *p++ = '"';
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\') {
            *p++ = '\\';
        }
        *p++ = s.p[i];
    }
    *p++ = '"';
    return p;
}

char *db_array(struct arena *a, const struct str *items, size_t n)
{
    size_t size = 3;
    for (size_t i = 0; i < n; i++) {
        size += 2 * items[i].n + sizeof "NULL,";
    }
    char *out = arena_alloc(a, size), *p = out;
    *p++ = '{';
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            *p++ = ',';
        }
        p = str_is_null(items[i]) ? (char *)memcpy(p, "NULL", 4) + 4 : put_quoted(p, items[i]);
    }
    *p++ = '}';
    *p = '\0';
    return out;
}

enum rc db_quote_ident(struct db *db, struct arena *a, struct str name, char **ret)
{
    char *quoted = PQescapeIdentifier(db->conn, name.p != NULL ? name.p : "", name.n);
    if (quoted == NULL) {
        return db_fail(db, NULL);
    }
    *ret = arena_cstr(a, str_from(quoted));
    PQfreemem(quoted);
    return RC_OK;
}
