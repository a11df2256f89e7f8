#include "connectors/odbc/odbc.h"

#include <stdio.h>

#include "connectors/columns.h"

/* ---- Parameters ---- */

/* Texts of the parameters, alive while the statement runs. */
struct bound {
    SQL_TIMESTAMP_STRUCT instant;
    char instant_text[sizeof "2026-11-22 08:00:00"];
    SQLLEN length;
    const char *text;
};

static SQLSMALLINT digits_at(struct str s, size_t from, size_t n)
{
    int64_t v = 0;
    return str_to_i64(str_sub(s, from, n), &v) ? (SQLSMALLINT)v : 0;
}

/* 2026-11-22T08:00:00, local time. */
static SQL_TIMESTAMP_STRUCT timestamp_of(struct str since)
{
    SQL_TIMESTAMP_STRUCT t = {.year = 1900, .month = 1, .day = 1}; /* before everything */
    if (since.n >= sizeof "2026-11-22T08:00:00" - 1) {
        t.year = digits_at(since, 0, 4);
        t.month = (SQLUSMALLINT)digits_at(since, 5, 2);
        t.day = (SQLUSMALLINT)digits_at(since, 8, 2);
        t.hour = (SQLUSMALLINT)digits_at(since, 11, 2);
        t.minute = (SQLUSMALLINT)digits_at(since, 14, 2);
        t.second = (SQLUSMALLINT)digits_at(since, 17, 2);
    }
    return t;
}

/* Where instants are texts they are compared as such, and a driver's fraction of a second would make them later ones. */
static SQLRETURN bind_instant_text(SQLHSTMT stmt, SQLUSMALLINT at, struct bound *b)
{
    const SQL_TIMESTAMP_STRUCT *t = &b->instant;
    int n = snprintf(b->instant_text, sizeof b->instant_text, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)t->year % 10000U,
                     t->month % 100U, t->day % 100U, t->hour % 100U, t->minute % 100U, t->second % 100U);
    b->length = n;
    return SQLBindParameter(stmt, at, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, sizeof b->instant_text - 1, 0, b->instant_text,
                            sizeof b->instant_text, &b->length);
}

static SQLRETURN bind_instant(const struct odbc_source *s, SQLHSTMT stmt, SQLUSMALLINT at, struct str instant, struct bound *b)
{
    b->instant = timestamp_of(instant);
    if (s->question.dialect->has_text_instants) {
        return bind_instant_text(stmt, at, b);
    }
    b->length = sizeof b->instant;
    return SQLBindParameter(stmt, at, SQL_PARAM_INPUT, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 19,
                            0, &b->instant, sizeof b->instant, &b->length);
}

/* The key's digits go as text and are told by their own type, so that the server compares like with
 * like: a BIGINT against a string would be compared as a double. */
static SQLRETURN bind_key(struct odbc_source *s, SQLHSTMT stmt, SQLUSMALLINT at, size_t key,
                          struct bound *b)
{
    struct arena *a = s->rowset.arena;
    struct str type = buf_str(&s->keys[key].type), text = buf_str(&s->keys[key].text);
    int64_t sql_type = SQL_VARCHAR, size = 0, digits = 0;
    (void)str_to_i64(str_cut(&type, ' '), &sql_type);
    (void)str_to_i64(str_cut(&type, ' '), &size);
    (void)str_to_i64(type, &digits);
    size_t bytes = text.n;
    size = size > (int64_t)bytes ? size : (int64_t)bytes + 1;
    SQLSMALLINT c_type = SQL_C_CHAR;
    void *p = arena_cstr(a, text);
    bool known = true;
    if (s->rowset.is_wide && odbc_value_kind((SQLSMALLINT)sql_type, "", &known) == VALUE_TEXT) {
        c_type = SQL_C_WCHAR;
        p = odbc_wide(a, text, &bytes);
        bytes *= sizeof(SQLWCHAR);
    }
    b->length = (SQLLEN)bytes;
    return SQLBindParameter(stmt, at, SQL_PARAM_INPUT, c_type, (SQLSMALLINT)sql_type, (SQLULEN)size,
                            (SQLSMALLINT)digits, p, (SQLLEN)bytes, &b->length);
}

static SQLRETURN bind_one(struct odbc_source *s, SQLHSTMT stmt, SQLUSMALLINT at, const struct odbc_param *p, struct bound *b)
{
    struct str until = s->source->until;
    switch (p->kind) {
    case PARAM_SINCE:
        return bind_instant(s, stmt, at, s->source->since, b);
    case PARAM_UNTIL:
        return bind_instant(s, stmt, at, until.n > 0 ? until : STR(SQL_END_OF_TIME), b);
    case PARAM_KEY:
        break;
    }
    return bind_key(s, stmt, at, p->key, b);
}

/* ---- Statements ---- */

static enum rc bind_all(struct odbc_source *s, SQLHSTMT stmt, const struct odbc_statement *st)
{
    struct bound *bound = arena_array(s->rowset.arena, st->param_count + 1, sizeof *bound);
    for (size_t i = 0; i < st->param_count; i++) {
        SQLUSMALLINT at = (SQLUSMALLINT)(i + 1);
        SQLRETURN answer = bind_one(s, stmt, at, &st->params[i], &bound[i]);
        if (!SQL_SUCCEEDED(answer)) {
            return odbc_session_fail(&s->session, SQL_HANDLE_STMT, stmt);
        }
    }
    return RC_OK;
}

/* Executes and learns the columns. */
static enum rc execute(struct odbc_source *s, const struct odbc_statement *st, size_t max_rows)
{
    SQLHSTMT stmt = SQL_NULL_HSTMT;
    odbc_rowset_close(&s->rowset);
    TRY(odbc_session_statement(&s->session, max_rows, &stmt));
    s->rowset.stmt = stmt; /* from here on the rowset ends it */
    TRY(bind_all(s, stmt, st));
    TRY(odbc_session_execute(&s->session, stmt, st->sql));
    return odbc_rowset_open(&s->rowset, stmt);
}

/* Executes and steps to the first row, all columns bound; no more than two rows matter. */
static enum rc first_row(struct odbc_source *s, const struct odbc_statement *st, bool *ret_none)
{
    TRY(execute(s, st, s->question.dialect->limit == LIMIT_MAX_ROWS ? 2 : 0));
    for (size_t i = 0; i < s->rowset.column_count; i++) {
        s->rowset.columns[i].is_used = true;
    }
    TRY(odbc_rowset_bind(&s->rowset, 2));
    return odbc_rowset_next(&s->rowset, ret_none);
}

enum rc odbc_ask_count(struct odbc_source *s)
{
    struct str query = yaml_text(s->source->settings, "count_query"), text = STR_NULL;
    struct odbc_statement st;
    bool is_none = true, bad = false;
    if (str_is_null(query)) {
        return RC_OK;
    }
    TRY(odbc_statement_plain(s->source->arena, query, &st));
    TRY(first_row(s, &st, &is_none));
    if (!is_none) {
        TRY(odbc_rowset_value(&s->rowset, 0, s->source->arena, &text, &bad));
    }
    odbc_rowset_close(&s->rowset);
    return str_to_i64(text, &s->advertised)
               ? RC_OK
               : err_fail(RC_SOURCE_DB,
                          tr("%s: count_query 应返回一个整数",
                             "%s: count_query should give one whole number"),
                          s->source->dataset);
}

static enum rc take_control(struct odbc_source *s, struct control_row *row)
{
    struct arena *a = s->source->arena;
    size_t as_of = odbc_rowset_find(&s->rowset, s->control.as_of);
    size_t state = as_of == 0 ? 1 : 0;
    bool bad = false, is_over = false;
    row->has_as_of = as_of < s->rowset.column_count && state < s->rowset.column_count;
    if (row->has_as_of) {
        TRY(odbc_rowset_value(&s->rowset, as_of, a, &row->as_of, &bad));
        TRY(odbc_rowset_value(&s->rowset, state, a, &row->state, &bad));
    }
    TRY(odbc_rowset_next(&s->rowset, &is_over));
    row->rows = is_over ? 1 : 2;
    return RC_OK;
}

enum rc odbc_ask_control(struct odbc_source *s, struct control_row *ret)
{
    struct odbc_statement st;
    bool is_none = true;
    *ret = (struct control_row){0};
    TRY(odbc_statement_plain(s->source->arena, s->control.query, &st));
    TRY(first_row(s, &st, &is_none));
    if (!is_none) {
        TRY(take_control(s, ret));
    }
    odbc_rowset_close(&s->rowset);
    return RC_OK;
}

static enum rc null_key(const struct odbc_source *s)
{
    enum rc rc =
        err_fail(RC_SOURCE_DB, tr("%s: page_by 的列有空值", "%s: a page_by column is null"),
                 s->source->dataset);
    err_hint("%s", tr("改用唯一且非空的列。", "Use columns that are unique and never null."));
    return rc;
}

enum rc odbc_ask_nulls(struct odbc_source *s)
{
    struct odbc_statement st;
    bool is_none = true;
    TRY(odbc_statement_write(s->rowset.arena, &s->question, PART_NULLS, 1, &st));
    TRY(first_row(s, &st, &is_none));
    odbc_rowset_close(&s->rowset);
    return is_none ? RC_OK : null_key(s);
}

/* ---- Rows ---- */

static struct str seen_names(struct odbc_source *s)
{
    struct odbc_rowset *r = &s->rowset;
    struct str *names = arena_array(s->source->arena, r->column_count, sizeof *names);
    for (size_t i = 0; i < r->column_count; i++) {
        names[i] = str_from(r->columns[i].name);
    }
    return columns_join(s->source->arena, names, r->column_count);
}

static enum rc use_key(struct odbc_source *s, size_t i)
{
    struct odbc_rowset *r = &s->rowset;
    size_t at = s->key_index[i] = odbc_rowset_find(r, s->question.keys[i]);
    if (at == r->column_count) {
        return err_fail(
            RC_SOURCE_DB,
            tr("%s: 查询结果没有 page_by 的列", "%s: the query gives no such page_by column"),
            s->source->dataset);
    }
    struct odbc_column *c = &r->columns[at];
    c->is_used = true;
    buf_reset(&s->keys[i].type);
    return buf_printf(&s->keys[i].type, "%d %llu %d", (int)c->type, (unsigned long long)c->size,
                      (int)c->digits);
}

static void use_wanted(struct odbc_source *s)
{
    struct odbc_rowset *r = &s->rowset;
    for (size_t i = 0; i < s->source->column_count; i++) {
        s->index[i] = odbc_rowset_find(r, s->source->columns[i]);
        if (s->index[i] < r->column_count) {
            r->columns[s->index[i]].is_used = true;
        }
    }
    const struct yaml *list = yaml_get(s->source->settings, "long");
    for (const struct yaml *item = list != NULL ? list->first : NULL; item != NULL;
         item = item->next) {
        size_t at = odbc_rowset_find(r, item->text.p);
        if (at < r->column_count) {
            r->columns[at].is_fetched = true;
        }
    }
}

/* One row more than a page has: it proves that the last key is unique, and that there is more. */
enum rc odbc_ask_rows(struct odbc_source *s)
{
    struct odbc_statement st;
    size_t limit = s->question.key_count > 0 ? s->page_rows + 1 : 0;
    bool is_driver_limited = s->question.dialect->limit == LIMIT_MAX_ROWS;
    s->question.quote = s->session.quote;
    TRY(odbc_statement_write(s->rowset.arena, &s->question, s->has_keys ? PART_BEHIND : PART_ALL,
                             limit, &st));
    TRY(execute(s, &st, is_driver_limited ? limit : 0));
    for (size_t i = 0; i < s->question.key_count; i++) {
        TRY(use_key(s, i));
    }
    use_wanted(s);
    if (str_is_null(s->columns_seen)) {
        s->columns_seen = seen_names(s);
    }
    return odbc_rowset_bind(&s->rowset, s->page_rows + 1);
}
