/* The connector `postgres`: streams a query of a department's PostgreSQL.
 *
 *     connection:
 *       kind: postgres
 *       conninfo: "${env:CIVIL_AFFAIRS_DB}"    # or a text without a password: "host=10.1.2.3
 * dbname=mz user=bidui" ca_file: /etc/bidui/mz-ca.pem          # TLS: server certificate and name
 * are verified against it; verify: true                           # false: encrypted only
 *       connect_timeout: 10s
 *       statement_timeout: 10min
 *     query: "select jzzh, hz_sfzh from dibao where gxsj > {since}"     # {since}: a timestamp,
 * when incremental count_query: "select count(*) from dibao"  # what the delivery should hold
 *     order_by: [jzzh]                           # unique and never null: lets a killed pull go on
 * where it stood
 *
 * Everything happens in one read-only, repeatable-read transaction, in single-row mode: memory
 * holds a page.
 *
 * After CONN_RETRY the next read connects anew. With order_by it goes on behind the last page
 * handed out. Without, positions are "" and it begins again with row 1: whoever has landed pages of
 * this delivery must drop them first. */
#include <stdlib.h>
#include <strings.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/text.h"
#include "connectors/columns.h"
#include "connectors/postgres/postgres.h"

#define CONNECT_TIMEOUT_MS INT64_C(10000)
#define STATEMENT_TIMEOUT_MS (INT64_C(30) * 60 * 1000)
#define PAGE_BYTES ((size_t)8 << 20) /* a page ends early here */
#define ROW_BYTES ((size_t)4 << 20)  /* a longer row is refused */
#define POSITION_BYTES ((size_t)64 << 10)
#define ABSENT (-1)

struct pg_source {
    const struct source *source;
    struct session_options options;
    const char **order;
    size_t order_n;
    PGconn *conn;
    bool is_begun, is_over; /* the statement runs; its last row is in */
    bool is_unproven;       /* SQL_ASCII: the server vouches for no encoding */
    PGresult *row, *ahead; /* the last row handed out; the next one, which proves order_by unique */
    int *index, *order_index; /* wanted, order_by column -> result column, or ABSENT */
    struct str columns_seen;
    int64_t rows, pages, advertised;
    struct buf position, hashed;
    struct control control;
};

/* ---- Opening ---- */

static int64_t duration_or(const struct yaml *map, const char *key, int64_t otherwise)
{
    int64_t ms = 0;
    return keys_duration_ms(yaml_text(map, key), &ms) ? ms : otherwise;
}

static enum rc read_options(struct pg_source *s)
{
    const struct source *source = s->source;
    const struct yaml *c = source->connection;
    struct str conninfo = STR_NULL, ca_file = STR_NULL;
    TRY(keys_resolve(source->arena, yaml_text(c, "conninfo"), source->base_dir, &conninfo));
    TRY(keys_resolve(source->arena, yaml_text(c, "ca_file"), source->base_dir, &ca_file));
    s->options = (struct session_options){
        .conninfo = arena_cstr(source->arena, conninfo),
        .ca_file = str_is_empty(ca_file) ? NULL : arena_cstr(source->arena, ca_file),
        .verify = !str_is(yaml_text(c, "verify"), "false"),
        .connect_timeout_ms = duration_or(c, "connect_timeout", CONNECT_TIMEOUT_MS),
        .statement_timeout_ms = duration_or(c, "statement_timeout", STATEMENT_TIMEOUT_MS),
    };
    return RC_OK;
}

static void read_order(struct pg_source *s)
{
    const struct yaml *list = yaml_get(s->source->settings, "order_by");
    if (list == NULL) {
        return;
    }
    s->order = arena_array(s->source->arena, list->n, sizeof *s->order);
    s->order_index = arena_array(s->source->arena, list->n, sizeof *s->order_index);
    for (const struct yaml *item = list->first; item != NULL; item = item->next) {
        s->order[s->order_n++] = arena_cstr(s->source->arena, item->text);
    }
}

static void disconnect(struct pg_source *s)
{
    PQclear(s->row);
    PQclear(s->ahead);
    s->row = s->ahead = NULL;
    PQfinish(s->conn);
    s->conn = NULL;
    s->is_begun = false;
}

static void pg_close(void *state)
{
    struct pg_source *s = state;
    disconnect(s);
    buf_done(&s->position);
    buf_done(&s->hashed);
    control_done(&s->control);
    free(s);
}

static enum rc pg_open(const struct source *source, void **ret_state)
{
    struct pg_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_die(RC_MEMORY, "postgres");
    }
    s->source = source;
    s->advertised = -1;
    s->index = arena_array(source->arena, source->column_count, sizeof *s->index);
    buf_init(&s->position, POSITION_BYTES);
    buf_init(&s->hashed, 2 * (PAGE_BYTES + ROW_BYTES));
    control_init(&s->control, source->arena, source->settings);
    read_order(s);
    enum rc rc = read_options(s);
    if (rc == RC_OK && s->order_n > 0) {
        rc = buf_puts(&s->position, source->position);
    }
    if (rc != RC_OK) {
        pg_close(s);
        return rc;
    }
    *ret_state = s;
    return RC_OK;
}

/* ---- The statement ---- */

static enum rc fail(struct pg_source *s, const PGresult *res)
{
    return session_fail(s->source->dataset, s->conn, res);
}

static struct str value_of(const PGresult *res, int column)
{
    if (column == ABSENT || PQgetisnull(res, 0, column)) {
        return STR_NULL;
    }
    return str_of(PQgetvalue(res, 0, column), (size_t)PQgetlength(res, 0, column));
}

static enum rc count(struct pg_source *s)
{
    struct str query = yaml_text(s->source->settings, "count_query");
    struct position none = {0};
    struct statement st;
    if (str_is_null(query)) {
        return RC_OK;
    }
    TRY(statement_write(s->source->arena, query, s->source->since, NULL, 0, &none, &st));
    PGresult *res = PQexecParams(s->conn, st.sql, st.nparams, NULL, st.params, NULL, NULL, 0);
    fault_point("request");
    enum rc rc = RC_OK;
    if (PQresultStatus(res) != PGRES_TUPLES_OK) {
        rc = fail(s, res);
    } else if (PQntuples(res) != 1 ||
               !str_to_i64(str_from(PQgetvalue(res, 0, 0)), &s->advertised)) {
        rc = err_fail(
            RC_SOURCE_DB,
            tr("%s: count_query 应返回一个整数", "%s: count_query should give one whole number"),
            s->source->dataset);
    }
    PQclear(res);
    return rc;
}

/* order_by values, and the control row's stamp behind them. */
static size_t position_parts(const struct pg_source *s)
{
    return s->order_n + (str_is_null(s->control.query) ? 0 : 1);
}

static enum rc ask_control(struct pg_source *s, struct control_row *row)
{
    PGresult *res = PQexec(s->conn, arena_cstr(s->source->arena, s->control.query));
    fault_point("request");
    if (PQresultStatus(res) != PGRES_TUPLES_OK) {
        enum rc rc = fail(s, res);
        PQclear(res);
        return rc;
    }
    int as_of = PQfnumber(res, s->control.as_of), state = as_of == 0 ? 1 : 0;
    *row = (struct control_row){.rows = (size_t)PQntuples(res),
                                .has_as_of = as_of >= 0 && state < PQnfields(res)};
    if (row->rows == 1 && row->has_as_of) {
        row->as_of = arena_str(s->source->arena, value_of(res, as_of));
        row->state = arena_str(s->source->arena, value_of(res, state));
    }
    PQclear(res);
    return RC_OK;
}

/* Before the transaction begins: it would not see the row change. */
static enum rc begin_controlled(struct pg_source *s)
{
    struct control_row row;
    struct position before;
    size_t n = position_parts(s);
    if (str_is_null(s->control.query)) {
        return RC_OK;
    }
    TRY(ask_control(s, &row));
    TRY(position_read(s->source->arena, buf_str(&s->position), n, &before));
    struct str stamp = before.n > 0 ? str_from(before.keys[n - 1]) : STR("");
    return control_begin(&s->control, s->source->dataset, &row, stamp);
}

/* After the last row: is what was read still what the control row vouches for? */
static enum rc prove(struct pg_source *s)
{
    struct control_row row;
    if (str_is_null(s->control.query)) {
        return RC_OK;
    }
    TRY(session_end(s->source->dataset, s->conn));
    TRY(ask_control(s, &row));
    return control_end(&s->control, s->source->dataset, &row);
}

static enum rc send_query(struct pg_source *s)
{
    struct arena *a = s->source->arena;
    struct position position;
    struct statement st;
    TRY(position_read(a, buf_str(&s->position), position_parts(s), &position));
    position.n = position.n > 0 ? s->order_n : 0;
    TRY(statement_write(a, yaml_text(s->source->settings, "query"), s->source->since, s->order,
                        s->order_n, &position, &st));
    s->rows = position.rows;
    if (PQsendQueryParams(s->conn, st.sql, st.nparams, NULL, st.params, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(s->conn) != 1) {
        return fail(s, NULL);
    }
    fault_point("request");
    return RC_OK;
}

/* ---- Columns ---- */

/* By the exact name, else whatever the case: unquoted names come back in lower case. */
static int find_column(const PGresult *res, const char *name)
{
    for (int i = 0; i < PQnfields(res); i++) {
        if (strcmp(PQfname(res, i), name) == 0) {
            return i;
        }
    }
    for (int i = 0; i < PQnfields(res); i++) {
        if (strcasecmp(PQfname(res, i), name) == 0) {
            return i;
        }
    }
    return ABSENT;
}

static struct str seen_names(struct arena *a, const PGresult *res)
{
    size_t n = (size_t)PQnfields(res);
    struct str *names = arena_array(a, n, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        names[i] = arena_str(a, str_from(PQfname(res, (int)i)));
    }
    return columns_join(a, names, n);
}

static enum rc learn_columns(struct pg_source *s, const PGresult *res)
{
    for (size_t i = 0; i < s->source->column_count; i++) {
        s->index[i] = find_column(res, s->source->columns[i]);
    }
    for (size_t i = 0; i < s->order_n; i++) {
        s->order_index[i] = find_column(res, s->order[i]);
        if (s->order_index[i] == ABSENT) {
            return err_fail(
                RC_SOURCE_DB,
                tr("%s: 查询结果没有 order_by 的列", "%s: the query gives no such order_by column"),
                s->source->dataset);
        }
    }
    s->columns_seen = seen_names(s->source->arena, res);
    return RC_OK;
}

/* ---- Rows ---- */

/* Moves on by a row: the next one lies in s->ahead, or s->is_over is set. */
static enum rc next_row(struct pg_source *s)
{
    PQclear(s->row);
    s->row = s->ahead;
    s->ahead = NULL;
    PGresult *res = PQgetResult(s->conn);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
        enum rc rc = fail(s, res);
        PQclear(res);
        return rc;
    }
    enum rc rc = str_is_empty(s->columns_seen) ? learn_columns(s, res) : RC_OK;
    s->is_over = status == PGRES_TUPLES_OK;
    if (s->is_over) {
        PQclear(res);
    } else {
        s->ahead = res;
    }
    return rc;
}

static enum rc begin(struct pg_source *s)
{
    if (s->is_begun) {
        return RC_OK;
    }
    TRY(session_open(s->source->dataset, &s->options, &s->conn));
    s->is_unproven = session_is_raw(s->conn);
    TRY(begin_controlled(s));
    TRY(session_begin(s->source->dataset, s->conn));
    TRY(count(s));
    TRY(send_query(s));
    s->is_begun = true;
    return next_row(s);
}

static enum rc add_row(struct pg_source *s, struct page *page, size_t *bytes)
{
    size_t columns = s->source->column_count, row_bytes = 0;
    struct str *row = page->values + page->rows * columns;
    bool is_text = true;
    for (size_t i = 0; i < columns; i++) {
        struct str v = value_of(s->ahead, s->index[i]);
        row_bytes += v.n;
        if (row_bytes > ROW_BYTES) {
            return err_fail(RC_LIMIT,
                            tr("%s: 第 %lld 行超过 %zu 字节", "%s: row %lld exceeds %zu bytes"),
                            s->source->dataset, (long long)s->rows + 1, ROW_BYTES);
        }
        is_text = is_text && (!s->is_unproven || text_is_utf8(v));
        row[i] = arena_str(page->arena, v);
        TRY(sql_hash_value(&s->hashed, v));
    }
    *bytes += row_bytes;
    s->rows++;
    if (is_text) {
        page->row_numbers[page->rows++] = s->rows;
    } else {
        page->rejects[page->reject_count++] =
            (struct page_reject){s->rows, tr("不是 UTF-8 文本(数据库编码为 SQL_ASCII)",
                                             "not UTF-8 (the database is SQL_ASCII)")};
    }
    return RC_OK;
}

/* ---- Positions ---- */

/* order_by values of the last row of the page. */
static enum rc read_keys(struct pg_source *s, struct arena *a, const char **keys)
{
    for (size_t i = 0; i < s->order_n; i++) {
        struct str v = value_of(s->row, s->order_index[i]);
        if (str_is_null(v)) {
            enum rc rc = err_fail(RC_SOURCE_DB,
                                  tr("%s: order_by 的列有空值", "%s: an order_by column is null"),
                                  s->source->dataset);
            err_hint("%s", tr("改用唯一且非空的列,或删去 order_by。",
                              "Use columns that are unique and never null, or drop order_by."));
            return rc;
        }
        keys[i] = arena_cstr(a, v);
    }
    return RC_OK;
}

/* A page may only end where the next row has other keys: a pull that resumes there would miss the
 * twin. */
static enum rc check_unique(struct pg_source *s, const char *const *keys)
{
    for (size_t i = 0; i < s->order_n; i++) {
        if (!str_is(value_of(s->ahead, s->order_index[i]), keys[i])) {
            return RC_OK;
        }
    }
    enum rc rc = err_fail(RC_SOURCE_DB, tr("%s: order_by 的列不唯一", "%s: order_by is not unique"),
                          s->source->dataset);
    err_hint("%s", tr("在 order_by 中补上主键列。", "Add the primary key's columns to order_by."));
    return rc;
}

static enum rc set_position(struct pg_source *s, struct page *page)
{
    const char **keys = arena_array(page->arena, s->order_n + 1, sizeof *keys);
    struct position p = {s->rows, keys, position_parts(s)};
    TRY(read_keys(s, page->arena, keys));
    if (p.n > s->order_n) {
        keys[s->order_n] = arena_cstr(page->arena, buf_str(&s->control.stamp));
    }
    if (!s->is_over) {
        TRY(check_unique(s, keys));
    }
    buf_reset(&s->position);
    TRY(position_write(&p, &s->position));
    page->position = arena_str(page->arena, buf_str(&s->position));
    return RC_OK;
}

/* ---- Pages ---- */

static enum rc fill(struct pg_source *s, struct page *page)
{
    size_t cap = s->source->page_rows > 0 ? s->source->page_rows : 1000, bytes = 0;
    page->values = arena_array(page->arena, cap * s->source->column_count, sizeof *page->values);
    page->row_numbers = arena_array(page->arena, cap, sizeof *page->row_numbers);
    page->rejects = arena_array(page->arena, cap, sizeof *page->rejects);
    page->first_row = s->rows + 1;
    buf_reset(&s->hashed);
    size_t n = 0;
    for (; n < cap && bytes < PAGE_BYTES && !s->is_over; n++) {
        TRY(add_row(s, page, &bytes));
        TRY(next_row(s));
    }
    if (s->order_n > 0 && n > 0) {
        TRY(set_position(s, page));
    }
    crypto_hash(s->source->hash_key, buf_str(&s->hashed), page->hash);
    return RC_OK;
}

static enum rc read_inner(struct pg_source *s, struct page *page)
{
    TRY(begin(s));
    TRY(fill(s, page));
    fault_point("request");
    s->pages++;
    page->label =
        str_from(arena_printf(page->arena, tr("第 %lld 页", "page %lld"), (long long)s->pages));
    page->columns_seen = s->columns_seen;
    page->advertised = s->advertised;
    return RC_OK;
}

static enum answer give_up(struct pg_source *s, enum rc rc)
{
    disconnect(s);
    if (s->order_n == 0) {
        s->pages = s->rows = 0;
    }
    if (rc == RC_NOT_READY) {
        log_event(LOG_INFO, "load not over", LOG_S("dataset", s->source->dataset));
        return CONN_NOTHING;
    }
    return rc == RC_NET ? CONN_RETRY : CONN_STOP;
}

static enum answer pg_read(void *state, struct page *page, int64_t *ret_retry_after_ms)
{
    struct pg_source *s = state;
    *ret_retry_after_ms = 0;
    if (s->is_begun && s->is_over) {
        enum rc proven = prove(s);
        return proven == RC_OK ? CONN_END : give_up(s, proven);
    }
    s->is_over = false;
    enum rc rc = read_inner(s, page);
    return rc == RC_OK ? CONN_PAGE : give_up(s, rc);
}

const struct connector connector_postgres = {
    .kind = "postgres",
    .connection_keys = postgres_connection_keys,
    .dataset_keys = postgres_dataset_keys,
    .check = postgres_check,
    .open = pg_open,
    .read = pg_read,
    .close = pg_close,
};
