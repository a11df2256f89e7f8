/* The connector `odbc`: any database with an ODBC driver, in blocks of rows.
 *
 *     connection:
 *       kind: odbc
 *       dialect: mysql
 *       connection_string: "Driver=MariaDB Unicode;Server=10.1.2.3;Database=mz;CHARSET=utf8mb4"
 *       user: bidui
 *       password: "${env:CIVIL_AFFAIRS_PASSWORD}"
 *     table: v_dibao                # or query: "select ... from v_dibao where gxsj > {since}"
 *     page_by: [jzzh]               # unique and never null
 *
 * With page_by each page is a statement of its own, behind the last key, so that a driver which
 * keeps whole results in memory keeps a page, and a killed pull goes on where it stood. Without,
 * one statement is read to its end and positions are "": after CONN_RETRY it begins again with
 * row 1. Where the dialect can, all statements read one state of the data. */
#include <stdlib.h>

#include "connectors/odbc/odbc.h"

/* ---- Opening and closing ---- */

static void disconnect(struct odbc_source *s)
{
    odbc_rowset_close(&s->rowset);
    if (s->is_open) {
        odbc_session_close(&s->session);
    }
    s->is_open = s->is_running = s->has_row = false;
}

static void odbc_close(void *state)
{
    struct odbc_source *s = state;
    disconnect(s);
    odbc_rowset_done(&s->rowset);
    control_done(&s->control);
    for (size_t i = 0; i < s->question.key_count; i++) {
        buf_done(&s->keys[i].type);
        buf_done(&s->keys[i].text);
    }
    buf_done(&s->hashed);
    buf_done(&s->before);
    free(s);
}

static enum rc odbc_open(const struct source *source, void **ret_state)
{
    struct odbc_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_die(RC_MEMORY, "odbc");
    }
    s->source = source;
    s->advertised = -1;
    enum rc rc = odbc_settings_read(s);
    if (rc != RC_OK) {
        odbc_close(s);
        return rc;
    }
    *ret_state = s;
    return RC_OK;
}

/* ---- Rows ---- */

/* The next row to hand out lies in the rowset, or there is none. */
static enum rc step(struct odbc_source *s)
{
    bool is_none = true;
    TRY(odbc_rowset_next(&s->rowset, &is_none));
    s->has_row = !is_none;
    return RC_OK;
}

static enum rc add_row(struct odbc_source *s, struct page *page)
{
    struct odbc_rowset *r = &s->rowset;
    size_t columns = s->source->column_count;
    struct str *row = sql_page_row(page, columns);
    bool is_text = true;
    for (size_t i = 0; i < columns; i++) {
        bool bad = false;
        row[i] = STR_NULL;
        if (s->index[i] < r->column_count) {
            TRY(odbc_rowset_value(r, s->index[i], page->arena, &row[i], &bad));
        }
        is_text = is_text && !bad;
        TRY(sql_hash_value(&s->hashed, row[i]));
    }
    s->rows++;
    sql_page_add(page, s->rows, is_text ? NULL : tr("不是所配置字符集的文本", "not text of the configured charset"));
    return RC_OK;
}

/* ---- Keys ---- */

static enum rc key_of_row(struct odbc_source *s, size_t i, struct arena *a, struct str *ret)
{
    bool bad = false;
    TRY(odbc_rowset_value(&s->rowset, s->key_index[i], a, ret, &bad));
    bool is_plain = s->rowset.charset == NULL;
    for (size_t k = 0; !is_plain && k < ret->n;
         k++) { /* it could not be sent back in its charset */
        bad = bad || (signed char)ret->p[k] < 0;
    }
    return bad || str_is_null(*ret) ? sql_no_key(s->source->dataset, "page_by", s->question.keys[i]) : RC_OK;
}

static enum rc keep_keys(struct odbc_source *s, struct arena *a)
{
    for (size_t i = 0; i < s->question.key_count; i++) {
        struct str text = STR_NULL;
        TRY(key_of_row(s, i, a, &text));
        buf_reset(&s->keys[i].text);
        TRY(buf_puts(&s->keys[i].text, text));
    }
    return RC_OK;
}

/* A page may only end where the next row has other keys: what goes on behind it would miss the
 * twin. */
static enum rc check_unique(struct odbc_source *s, struct arena *a)
{
    for (size_t i = 0; i < s->question.key_count; i++) {
        struct str text = STR_NULL;
        TRY(key_of_row(s, i, a, &text));
        if (!str_eq(text, buf_str(&s->keys[i].text))) {
            return RC_OK;
        }
    }
    return sql_twin_keys(s->source->dataset, "page_by");
}

static enum rc set_position(struct odbc_source *s, struct page *page)
{
    struct buf text;
    const char **keys = NULL;
    struct position p = {s->rows, NULL, odbc_position_keys(s, page->arena, &keys)};
    p.keys = keys;
    buf_init(&text, (size_t)64 << 10);
    enum rc rc = position_write(&p, &text);
    page->position = arena_str(page->arena, buf_str(&text));
    buf_done(&text);
    return rc;
}

/* Ends the page's statement; the next begins behind the last row. */
static enum rc end_page(struct odbc_source *s, struct page *page, size_t n)
{
    if (s->question.key_count == 0) {
        s->is_over = !s->has_row;
        return RC_OK;
    }
    if (n > 0 && s->has_row) {
        TRY(check_unique(s, page->arena));
    }
    s->is_over = !s->has_row;
    s->is_running = s->has_row = false;
    odbc_rowset_close(&s->rowset);
    if (n > 0) {
        s->has_keys = true;
        TRY(set_position(s, page));
    }
    return s->is_over ? odbc_ask_nulls(s) : RC_OK;
}

/* ---- Pages ---- */

static enum rc begin(struct odbc_source *s)
{
    struct control_row row;
    if (s->is_open) {
        return RC_OK;
    }
    TRY(odbc_session_open(&s->session, s->source->dataset, &s->options));
    s->is_open = true;
    if (!str_is_null(s->control.query)) {
        TRY(odbc_ask_control(s, &row));
        TRY(control_begin(&s->control, s->source->dataset, &row, buf_str(&s->before)));
        buf_reset(&s->before);
        TRY(buf_puts(&s->before, buf_str(&s->control.stamp)));
    }
    TRY(odbc_session_begin(&s->session));
    return odbc_ask_count(s);
}

static enum rc begin_statement(struct odbc_source *s)
{
    if (s->is_running) {
        return RC_OK;
    }
    TRY(odbc_ask_rows(s));
    s->is_running = true;
    return step(s);
}

static enum rc fill(struct odbc_source *s, struct page *page)
{
    size_t n = 0;
    sql_page_begin(page, s->page_rows, s->source->column_count, s->rows);
    buf_reset(&s->hashed);
    for (; n < s->page_rows && s->hashed.n < ODBC_PAGE_BYTES && s->has_row; n++) {
        TRY(add_row(s, page));
        bool may_be_last = s->rowset.at + 1 >= s->rowset.got || n + 1 == s->page_rows ||
                           s->hashed.n >= ODBC_PAGE_BYTES;
        TRY(may_be_last ? keep_keys(s, page->arena) : RC_OK);
        TRY(step(s));
    }
    return end_page(s, page, n);
}

static enum rc read_inner(struct odbc_source *s, struct page *page)
{
    TRY(begin(s));
    TRY(begin_statement(s));
    TRY(fill(s, page));
    s->pages++;
    sql_page_end(page, s->source, buf_str(&s->hashed), s->pages);
    page->columns_seen = s->columns_seen;
    page->advertised = s->advertised;
    return RC_OK;
}

/* After the last row: is what was read still what the control row vouches for? */
static enum rc prove(struct odbc_source *s)
{
    struct control_row row;
    if (str_is_null(s->control.query)) {
        return RC_OK;
    }
    odbc_rowset_close(&s->rowset);
    TRY(odbc_session_end(&s->session));
    TRY(odbc_ask_control(s, &row));
    return control_end(&s->control, s->source->dataset, &row);
}

static enum answer give_up(struct odbc_source *s, enum rc rc)
{
    disconnect(s);
    if (s->question.key_count == 0) {
        s->pages = s->rows = 0;
        s->is_over = false;
    }
    return sql_failed_as(s->source->dataset, rc);
}

/* The department's tables are free again at once. */
static enum answer finish(struct odbc_source *s)
{
    enum rc rc = prove(s);
    if (rc != RC_OK) {
        return give_up(s, rc);
    }
    disconnect(s);
    s->is_done = true;
    return CONN_END;
}

static enum answer odbc_read(void *state, struct page *page, int64_t *ret_retry_after_ms)
{
    struct odbc_source *s = state;
    *ret_retry_after_ms = 0;
    if (s->is_done) {
        return CONN_END;
    }
    if (s->is_over && s->is_open) {
        return finish(s);
    }
    s->is_over = false;
    enum rc rc = read_inner(s, page);
    return rc == RC_OK ? CONN_PAGE : give_up(s, rc);
}

const struct connector connector_odbc = {
    .kind = "odbc",
    .connection_keys = odbc_connection_keys,
    .dataset_keys = odbc_dataset_keys,
    .check = odbc_check,
    .is_bounded = sql_is_bounded,
    .open = odbc_open,
    .read = odbc_read,
    .close = odbc_close,
};
