#include "connectors/odbc/login_watch.h"
#include "connectors/odbc/odbc.h"

#include <locale.h>
#include <stdio.h>

#include "base/fault.h"

#define SILENCE_MS INT64_C(30000)
#define CONNECTION_MAX ((size_t)16 << 10)
#define SETUP_ARENA ((size_t)4 << 20)

/* ODBC passes whole numbers in pointers. */
static SQLPOINTER number(int64_t n)
{
    return (SQLPOINTER)(intptr_t)n; /* NOLINT */
}

static int64_t seconds(int64_t ms)
{
    return ms < 1000 ? 1 : ms / 1000;
}

/* ---- Statements ---- */

enum rc odbc_session_statement(struct odbc_session *s, size_t max_rows, SQLHSTMT *ret)
{
    SQLHSTMT stmt = SQL_NULL_HSTMT;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, s->dbc, &stmt))) {
        return odbc_session_fail(s, SQL_HANDLE_DBC, s->dbc);
    }
    /* not every driver knows each of these; the dialect's own statements say the same */
    (void)SQLSetStmtAttr(stmt, SQL_ATTR_QUERY_TIMEOUT,
                         number(seconds(s->options->statement_timeout_ms)), 0);
    (void)SQLSetStmtAttr(stmt, SQL_ATTR_CURSOR_TYPE, number(SQL_CURSOR_FORWARD_ONLY), 0);
    (void)SQLSetStmtAttr(stmt, SQL_ATTR_CONCURRENCY, number(SQL_CONCUR_READ_ONLY), 0);
    if (max_rows > 0) {
        (void)SQLSetStmtAttr(stmt, SQL_ATTR_MAX_ROWS, number((int64_t)max_rows), 0);
    }
    *ret = stmt;
    return RC_OK;
}

enum rc odbc_session_execute(struct odbc_session *s, SQLHSTMT stmt, struct str sql)
{
    struct arena *a = arena_new(SETUP_ARENA + sql.n * 4);
    size_t units = 0;
    SQLWCHAR *text = odbc_wide(a, sql, &units);
    SQLRETURN answer = SQLExecDirectW(stmt, text, (SQLINTEGER)units);
    arena_free(a);
    fault_point("request");
    return SQL_SUCCEEDED(answer) || answer == SQL_NO_DATA
               ? RC_OK
               : odbc_session_fail(s, SQL_HANDLE_STMT, stmt);
}

static enum rc run(struct odbc_session *s, struct str sql)
{
    SQLHSTMT stmt = SQL_NULL_HSTMT;
    TRY(odbc_session_statement(s, 0, &stmt));
    enum rc rc = odbc_session_execute(s, stmt, sql);
    (void)SQLFreeHandle(SQL_HANDLE_STMT, stmt);
    return rc;
}

/* ---- Connecting ---- */

/* In braces, closing ones doubled, where a character would end the value; only there, for not every
 * driver takes them off every value. */
static enum rc put_value(struct buf *out, const char *key, struct str value)
{
    if (str_is_null(value)) {
        return RC_OK;
    }
    bool is_braced = strcspn(value.p, ";{}") < value.n || !str_eq(str_trim(value), value);
    TRY(buf_printf(out, is_braced ? ";%s={" : ";%s=", key));
    for (size_t i = 0; i < value.n; i++) {
        TRY(value.p[i] == '}' ? buf_putc(out, '}') : RC_OK);
        TRY(buf_putc(out, value.p[i]));
    }
    return is_braced ? buf_putc(out, '}') : RC_OK;
}

/* Beyond the time a statement may take the server is taken for gone. */
static int64_t silence_s(const struct odbc_options *o)
{
    return seconds(o->statement_timeout_ms + SILENCE_MS);
}

static enum rc put_connection(struct buf *out, const struct odbc_options *o)
{
    struct str text = str_trim(o->connection_string);
    while (text.n > 0 && text.p[text.n - 1] == ';') {
        text = str_sub(text, 0, text.n - 1);
    }
    TRY(buf_puts(out, text));
    if (o->dialect->silence != NULL && !sql_contains(text, o->dialect->silence)) {
        TRY(buf_printf(out, ";%s=%lld", o->dialect->silence, (long long)silence_s(o)));
    }
    TRY(put_value(out, "UID", o->user));
    TRY(put_value(out, "PWD", o->password));
    return buf_putc(out, '\0'); /* for drivers that don't look at the length */
}

static enum rc connect_with(struct odbc_session *s, struct buf *text)
{
    login_watch_begin(s->options->login_timeout_ms);
    SQLRETURN answer = SQLDriverConnect(s->dbc, NULL, (SQLCHAR *)text->p, SQL_NTS, NULL, 0, NULL,
                                        SQL_DRIVER_NOPROMPT);
    bool is_late = login_watch_end();
    s->is_connected = SQL_SUCCEEDED(answer);
    if (!s->is_connected && is_late) {
        return err_fail(RC_NET, tr("%s: 连接在 login_timeout 之内没有建立", "%s: no connection within login_timeout"),
                        s->dataset);
    }
    return s->is_connected ? RC_OK : odbc_session_fail(s, SQL_HANDLE_DBC, s->dbc);
}

static enum rc set_timeout(struct odbc_session *s)
{
    const struct dialect *d = s->options->dialect;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < sizeof d->timeouts / sizeof *d->timeouts; i++) {
        char text[80];
        if (d->timeouts[i].set == NULL) {
            return rc;
        }
        snprintf(text, sizeof text, "%s%lld", d->timeouts[i].set,
                 (long long)(s->options->statement_timeout_ms / d->timeouts[i].unit_ms));
        rc = run(s, str_from(text));
        if (rc != RC_SOURCE_DB) { /* set, or not for want of the variable */
            return rc;
        }
    }
    return rc;
}

static enum rc set_up(struct odbc_session *s)
{
    SQLSMALLINT n = 0;
    const struct dialect *d = s->options->dialect;
    if (!SQL_SUCCEEDED(
            SQLGetInfo(s->dbc, SQL_IDENTIFIER_QUOTE_CHAR, s->quote, sizeof s->quote, &n))) {
        s->quote[0] = '\0';
    }
    for (size_t i = 0; i < sizeof d->setup / sizeof *d->setup && d->setup[i] != NULL; i++) {
        TRY(run(s, str_from(d->setup[i])));
    }
    TRY(set_timeout(s));
    const struct yaml *more = s->options->setup;
    for (const struct yaml *item = more != NULL ? more->first : NULL; item != NULL;
         item = item->next) {
        TRY(run(s, item->text));
    }
    return RC_OK;
}

static enum rc connect_to(struct odbc_session *s)
{
    const struct odbc_options *o = s->options;
    struct buf text;
    (void)SQLSetConnectAttr(s->dbc, SQL_ATTR_LOGIN_TIMEOUT, number(seconds(o->login_timeout_ms)),
                            0);
    (void)SQLSetConnectAttr(s->dbc, SQL_ATTR_CONNECTION_TIMEOUT, number(silence_s(o)), 0);
    (void)SQLSetConnectAttr(s->dbc, SQL_ATTR_ACCESS_MODE, number(SQL_MODE_READ_ONLY), 0);
    buf_init(&text, CONNECTION_MAX);
    enum rc rc = put_connection(&text, o);
    if (rc == RC_OK) {
        rc = connect_with(s, &text);
    }
    if (text.p != NULL) {
        explicit_bzero(text.p, text.n);
    }
    buf_done(&text);
    return rc;
}

static enum rc connect_anew(struct odbc_session *s)
{
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &s->env))) {
        err_die(RC_MEMORY, "unixODBC");
    }
    (void)SQLSetEnvAttr(s->env, SQL_ATTR_ODBC_VERSION, number(SQL_OV_ODBC3), 0);
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, s->env, &s->dbc))) {
        err_die(RC_MEMORY, "unixODBC");
    }
    return connect_to(s);
}

/* Where driver and manager differ in the width of characters, the manager converts by the locale's
 * charset, which it asks for here. */
static enum rc connect_in_utf8(struct odbc_session *s)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
    enum rc rc = connect_anew(s);
    if (utf8 != (locale_t)0) {
        (void)uselocale(before);
        freelocale(utf8);
    }
    return rc;
}

enum rc odbc_session_open(struct odbc_session *s, const char *dataset,
                          const struct odbc_options *options)
{
    *s = (struct odbc_session){.dataset = dataset, .options = options};
    enum rc rc = connect_in_utf8(s);
    if (rc == RC_OK) {
        rc = set_up(s);
    }
    if (rc != RC_OK) {
        odbc_session_close(s);
    }
    return rc;
}

void odbc_session_close(struct odbc_session *s)
{
    if (s->is_begun) {
        (void)SQLEndTran(SQL_HANDLE_DBC, s->dbc, SQL_ROLLBACK);
    }
    if (s->is_connected) {
        (void)SQLDisconnect(s->dbc);
    }
    if (s->dbc != SQL_NULL_HDBC) {
        (void)SQLFreeHandle(SQL_HANDLE_DBC, s->dbc);
    }
    if (s->env != SQL_NULL_HENV) {
        (void)SQLFreeHandle(SQL_HANDLE_ENV, s->env);
    }
    *s = (struct odbc_session){.dataset = s->dataset, .options = s->options};
}

/* ---- One state of the data ---- */

enum rc odbc_session_begin(struct odbc_session *s)
{
    const char *begin = s->options->dialect->begin;
    if (begin == NULL) {
        return RC_OK;
    }
    if (!SQL_SUCCEEDED(
            SQLSetConnectAttr(s->dbc, SQL_ATTR_AUTOCOMMIT, number(SQL_AUTOCOMMIT_OFF), 0))) {
        return odbc_session_fail(s, SQL_HANDLE_DBC, s->dbc);
    }
    s->is_begun = true;
    return begin[0] != '\0' ? run(s, str_from(begin)) : RC_OK;
}

enum rc odbc_session_end(struct odbc_session *s)
{
    if (!s->is_begun) {
        return RC_OK;
    }
    s->is_begun = false;
    bool is_ended =
        SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, s->dbc, SQL_COMMIT)) &&
        SQL_SUCCEEDED(SQLSetConnectAttr(s->dbc, SQL_ATTR_AUTOCOMMIT, number(SQL_AUTOCOMMIT_ON), 0));
    return is_ended ? RC_OK : odbc_session_fail(s, SQL_HANDLE_DBC, s->dbc);
}
