/* The connector `postgres`: streams a query of a department's PostgreSQL.
 *
 *     connection:
 *       kind: postgres
 *       conninfo: "${env:CIVIL_AFFAIRS_DB}"    # or a text without a password: "host=10.1.2.3
 * dbname=mz user=bidui" ca_file: /etc/bidui/mz-ca.pem          # TLS: server certificate and name
 * are verified against it; verify: true                           # false: encrypted only
 *       connect_timeout: 10s
 *       statement_timeout: 10min
 *     query: "select jzzh, hz_sfzh from dibao where gxsj > {since} and gxsj < {until}"  # timestamps, when incremental
 *     count_query: "select count(*) from dibao"  # what the delivery should hold
 *     order_by: [jzzh]                           # unique and never null: lets a killed pull go on
 * where it stood
 *
 * Everything happens in one read-only, repeatable-read transaction, in single-row mode: memory
 * holds a page.
 *
 * With slices the rows come over several connections that share one snapshot, a page of each in
 * turn: the server works on all of them at once, the order of the pages is always the same.
 *
 * After CONN_RETRY the next read connects anew. With order_by it goes on behind the last page
 * handed out. Without, positions are "" and it begins again with row 1: whoever has landed pages of
 * this delivery must drop them first. */
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "connectors/columns.h"
#include "connectors/postgres/postgres.h"

#define CONNECT_TIMEOUT_MS INT64_C(10000)
#define STATEMENT_TIMEOUT_MS (INT64_C(30) * 60 * 1000)
#define PAGE_BYTES ((size_t)8 << 20) /* a page ends early here */
#define ROW_BYTES ((size_t)4 << 20)  /* a longer row is refused */
#define POSITION_BYTES ((size_t)64 << 10)

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
        .dataset = source->dataset,
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

static void read_slices(struct pg_source *s)
{
    const struct yaml *settings = s->source->settings;
    int64_t n = 1;
    bool is_sliced = s->order_n > 0 && str_to_i64(yaml_text(settings, "slices"), &n) && n > 1;
    s->slice_n = is_sliced ? (size_t)n : 1;
    s->slices = arena_array(s->source->arena, s->slice_n, sizeof *s->slices);
    for (size_t i = 0; i < s->slice_n; i++) {
        buf_init(&s->slices[i].position, POSITION_BYTES);
    }
    struct str by = yaml_text(settings, "slice_by");
    s->slice_by = is_sliced && !str_is_null(by) ? arena_cstr(s->source->arena, by)
                  : s->order_n > 0              ? s->order[0]
                                                : NULL;
}

static void pg_close(void *state)
{
    struct pg_source *s = state;
    slices_disconnect(s);
    for (size_t i = 0; i < s->slice_n; i++) {
        buf_done(&s->slices[i].position);
    }
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
    read_slices(s);
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
    return PG_ABSENT;
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
        if (s->order_index[i] == PG_ABSENT) {
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

static struct pg_slice *current(struct pg_source *s)
{
    return &s->slices[s->turn];
}

/* The connection takes no other statement before the end of this one was seen. */
static enum rc end_statement(struct pg_source *s, struct pg_slice *slice)
{
    PGresult *end = NULL;
    TRY(session_result(&s->options, slice->conn, &end));
    PQclear(end);
    return RC_OK;
}

/* Moves on by a row: the next one lies in slice->ahead, or it is over. */
static enum rc next_row(struct pg_source *s, struct pg_slice *slice)
{
    PQclear(slice->row);
    slice->row = slice->ahead;
    slice->ahead = NULL;
    PGresult *res = NULL;
    TRY(session_result(&s->options, slice->conn, &res));
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
        enum rc rc = session_fail(s->source->dataset, slice->conn, res);
        PQclear(res);
        return rc;
    }
    enum rc rc = str_is_empty(s->columns_seen) ? learn_columns(s, res) : RC_OK;
    slice->is_over = status == PGRES_TUPLES_OK;
    if (!slice->is_over) {
        slice->ahead = res;
        return rc;
    }
    PQclear(res);
    return rc == RC_OK ? end_statement(s, slice) : rc;
}

/* Turns to the next slice that has rows; there is none when all are over. */
static void turn(struct pg_source *s)
{
    size_t tried = 0;
    while (tried < s->slice_n && current(s)->is_over) {
        s->turn = (s->turn + 1) % s->slice_n;
        tried++;
    }
    s->is_over = tried == s->slice_n;
}

static enum rc begin(struct pg_source *s)
{
    if (s->is_begun) {
        return RC_OK;
    }
    TRY(slices_begin(s));
    s->is_begun = true;
    for (size_t i = 0; i < s->slice_n; i++) {
        TRY(s->slices[i].is_over ? RC_OK : next_row(s, &s->slices[i]));
    }
    turn(s);
    return RC_OK;
}

static enum rc add_row(struct pg_source *s, struct page *page, size_t *bytes)
{
    size_t columns = s->source->column_count, row_bytes = 0;
    struct str *row = sql_page_row(page, columns);
    bool is_text = true;
    for (size_t i = 0; i < columns; i++) {
        struct str v = pg_value(current(s)->ahead, s->index[i]);
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
    sql_page_add(page, s->rows,
                 is_text ? NULL : tr("不是 UTF-8 文本(数据库编码为 SQL_ASCII)", "not UTF-8 (the database is SQL_ASCII)"));
    return RC_OK;
}

/* ---- Positions ---- */

/* order_by values of the last row of the page. */
static enum rc read_keys(struct pg_source *s, struct arena *a, const char **keys)
{
    for (size_t i = 0; i < s->order_n; i++) {
        struct str v = pg_value(current(s)->row, s->order_index[i]);
        if (str_is_null(v)) {
            return sql_no_key(s->source->dataset, "order_by", s->order[i]);
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
        if (!str_is(pg_value(current(s)->ahead, s->order_index[i]), keys[i])) {
            return RC_OK;
        }
    }
    return sql_twin_keys(s->source->dataset, "order_by");
}

static enum rc set_position(struct pg_source *s, struct page *page)
{
    struct pg_slice *slice = current(s);
    const char **keys = arena_array(page->arena, s->order_n, sizeof *keys);
    struct position p = {0, keys, s->order_n};
    TRY(read_keys(s, page->arena, keys));
    if (!slice->is_over) {
        TRY(check_unique(s, keys));
    }
    buf_reset(&slice->position);
    TRY(position_write(&p, &slice->position));
    s->turn = (s->turn + 1) % s->slice_n;
    turn(s);
    TRY(slices_keep_position(s, page->arena));
    page->position = arena_str(page->arena, buf_str(&s->position));
    return RC_OK;
}

/* ---- Pages ---- */

static enum rc fill(struct pg_source *s, struct page *page)
{
    size_t cap = s->source->page_rows > 0 ? s->source->page_rows : 1000, bytes = 0;
    sql_page_begin(page, cap, s->source->column_count, s->rows);
    buf_reset(&s->hashed);
    size_t n = 0;
    struct pg_slice *slice = current(s);
    for (; n < cap && bytes < PAGE_BYTES && !slice->is_over; n++) {
        TRY(add_row(s, page, &bytes));
        TRY(next_row(s, slice));
    }
    s->is_over = slice->is_over;
    return s->order_n > 0 && n > 0 ? set_position(s, page) : RC_OK;
}

static enum rc read_inner(struct pg_source *s, struct page *page)
{
    TRY(begin(s));
    TRY(fill(s, page));
    s->pages++;
    sql_page_end(page, s->source, buf_str(&s->hashed), s->pages);
    page->columns_seen = s->columns_seen;
    page->advertised = s->advertised;
    return RC_OK;
}

static enum answer give_up(struct pg_source *s, enum rc rc)
{
    slices_disconnect(s);
    s->is_begun = false;
    if (s->order_n == 0) {
        s->pages = s->rows = 0;
    }
    return sql_failed_as(s->source->dataset, rc);
}

/* The department's tables are free again at once. */
static enum answer finish(struct pg_source *s)
{
    enum rc rc = slices_prove(s);
    if (rc != RC_OK) {
        return give_up(s, rc);
    }
    slices_disconnect(s);
    s->is_done = true;
    return CONN_END;
}

static enum answer pg_read(void *state, struct page *page, int64_t *ret_retry_after_ms)
{
    struct pg_source *s = state;
    *ret_retry_after_ms = 0;
    if (s->is_done) {
        return CONN_END;
    }
    if (s->is_begun && s->is_over) {
        return finish(s);
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
    .is_bounded = sql_is_bounded,
    .open = pg_open,
    .read = pg_read,
    .close = pg_close,
};
