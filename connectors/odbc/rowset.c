#include "connectors/odbc/odbc.h"

#include <strings.h>

#include "base/log.h"

#define BLOCK_BYTES ((size_t)4 << 20)
#define BLOCK_ROWS ((size_t)1000)
#define CELL_LEAST ((size_t)256) /* some drivers promise shorter values than they bring */
#define CELL_MOST ((size_t)8192) /* longer ones are fetched piece by piece */
#define PIECE ((size_t)64 << 10)
#define ARENA_MAX ((size_t)64 << 20)
#define COLUMNS_MAX 1024
#define NAME_MAX_UNITS 256

/* ---- Opening ---- */

enum rc odbc_rowset_init(struct odbc_rowset *r, struct odbc_session *session, struct str charset,
                         size_t row_max)
{
    *r = (struct odbc_rowset){.session = session, .row_max = row_max};
    r->is_wide = str_is(charset, "utf-16");
    buf_init(&r->piece, row_max + PIECE);
    buf_init(&r->converted, 4 * row_max + PIECE);
    r->arena = arena_new(ARENA_MAX);
    bool converts = !r->is_wide && !str_is_empty(charset) && !str_is(charset, "utf-8");
    return converts ? charset_open(arena_cstr(r->arena, charset), STR(""), &r->charset) : RC_OK;
}

void odbc_rowset_done(struct odbc_rowset *r)
{
    odbc_rowset_close(r);
    charset_close(r->charset);
    r->charset = NULL;
    buf_done(&r->piece);
    buf_done(&r->converted);
    arena_free(r->arena);
    r->arena = NULL;
}

void odbc_rowset_close(struct odbc_rowset *r)
{
    if (r->stmt != SQL_NULL_HSTMT) {
        (void)SQLFreeHandle(SQL_HANDLE_STMT, r->stmt);
        r->stmt = SQL_NULL_HSTMT;
    }
}

static enum rc fail(struct odbc_rowset *r)
{
    return odbc_session_fail(r->session, SQL_HANDLE_STMT, r->stmt);
}

static int64_t attribute(struct odbc_rowset *r, size_t at, SQLUSMALLINT which)
{
    SQLLEN n = 0;
    bool is_told =
        SQL_SUCCEEDED(SQLColAttribute(r->stmt, (SQLUSMALLINT)(at + 1), which, NULL, 0, NULL, &n));
    return is_told ? (int64_t)n : 0;
}

static enum value_kind kind_of(struct odbc_rowset *r, size_t at, SQLSMALLINT type, bool *ret_known)
{
    char name[64] = "";
    SQLSMALLINT n = 0;
    (void)SQLColAttribute(r->stmt, (SQLUSMALLINT)(at + 1), SQL_DESC_TYPE_NAME, name, sizeof name,
                          &n, NULL);
    return odbc_value_kind(type, name, ret_known);
}

static SQLSMALLINT c_type_of(const struct odbc_rowset *r, enum value_kind kind)
{
    switch (kind) {
    case VALUE_TEXT:
        return r->is_wide ? SQL_C_WCHAR : SQL_C_CHAR;
    case VALUE_PLAIN:
    case VALUE_BIT: /* as text: there are drivers that lose it as SQL_C_BIT */
        return SQL_C_CHAR;
    case VALUE_BITS:
    case VALUE_BYTES:
        break;
    }
    return SQL_C_BINARY;
}

/* Bytes of a cell; 0: unknown or too long for one. */
static size_t width_of(struct odbc_rowset *r, size_t at, const struct odbc_column *c)
{
    size_t unit = c->kind == VALUE_TEXT ? 4 : 1; /* a character's most bytes, in any charset */
    int64_t shown = attribute(r, at, SQL_DESC_DISPLAY_SIZE);
    if ((c->kind == VALUE_PLAIN || c->kind == VALUE_BIT) &&
        (shown < 0 || (size_t)shown < CELL_LEAST)) {
        return CELL_LEAST;
    }
    if (shown <= 0 || (size_t)shown > CELL_MOST / unit) {
        return 0;
    }
    size_t bytes = (size_t)shown * unit + unit;
    return bytes < CELL_LEAST ? CELL_LEAST : bytes;
}

static void warn_unknown(const struct odbc_rowset *r, const struct odbc_column *c)
{
    log_event(LOG_WARN, "odbc type unknown, read as text", LOG_S("dataset", r->session->dataset),
              LOG_S("column", c->name), LOG_I("type", c->type));
}

static enum rc describe(struct odbc_rowset *r, size_t at)
{
    struct odbc_column *c = &r->columns[at];
    SQLWCHAR name[NAME_MAX_UNITS];
    SQLSMALLINT units = 0, nullable = 0;
    bool is_known = true;
    if (!SQL_SUCCEEDED(SQLDescribeColW(r->stmt, (SQLUSMALLINT)(at + 1), name, NAME_MAX_UNITS,
                                       &units, &c->type, &c->size, &c->digits, &nullable))) {
        return fail(r);
    }
    size_t n = 0;
    while (n < NAME_MAX_UNITS && name[n] != 0) { /* some drivers count bytes */
        n++;
    }
    c->name = arena_cstr(r->arena, odbc_narrow(r->arena, name, n));
    c->kind = kind_of(r, at, c->type, &is_known);
    c->c_type = c_type_of(r, c->kind);
    c->width = width_of(r, at, c);
    c->is_fetched = c->width == 0;
    if (!is_known) {
        warn_unknown(r, c);
    }
    return RC_OK;
}

enum rc odbc_rowset_open(struct odbc_rowset *r, SQLHSTMT stmt)
{
    SQLSMALLINT n = 0;
    r->stmt = stmt;
    arena_reset(r->arena);
    r->columns = NULL;
    r->column_count = r->rows = r->at = 0;
    r->got = 0;
    if (!SQL_SUCCEEDED(SQLNumResultCols(stmt, &n))) {
        return fail(r);
    }
    if (n < 1 || n > COLUMNS_MAX) {
        return err_fail(
            RC_SOURCE_DB,
            tr("%s: 查询应返回 1 到 %d 列", "%s: the query should give 1 to %d columns"),
            r->session->dataset, COLUMNS_MAX);
    }
    r->columns = arena_array(r->arena, (size_t)n, sizeof *r->columns);
    for (; r->column_count < (size_t)n; r->column_count++) {
        TRY(describe(r, r->column_count));
    }
    return RC_OK;
}

size_t odbc_rowset_find(const struct odbc_rowset *r, const char *name)
{
    for (size_t i = 0; i < r->column_count; i++) {
        if (strcmp(r->columns[i].name, name) == 0) {
            return i;
        }
    }
    for (size_t i = 0; i < r->column_count; i++) {
        if (strcasecmp(r->columns[i].name, name) == 0) {
            return i;
        }
    }
    return r->column_count;
}

/* ---- Binding ---- */

/* Long columns can be had only of a single row, and behind one of them some drivers give nothing
 * that is bound. */
static bool choose_fetched(struct odbc_rowset *r)
{
    SQLUINTEGER can = 0;
    SQLSMALLINT n = 0;
    (void)SQLGetInfo(r->session->dbc, SQL_GETDATA_EXTENSIONS, &can, sizeof can, &n);
    bool any = false;
    for (size_t i = 0; i < r->column_count; i++) {
        struct odbc_column *c = &r->columns[i];
        c->is_fetched = c->is_used && (c->is_fetched || (any && (can & SQL_GD_ANY_COLUMN) == 0));
        any = any || c->is_fetched;
    }
    return any;
}

static size_t rows_of_block(const struct odbc_rowset *r, size_t wanted)
{
    size_t width = 1;
    for (size_t i = 0; i < r->column_count; i++) {
        width += r->columns[i].is_used ? r->columns[i].width + sizeof(SQLLEN) : 0;
    }
    size_t rows = BLOCK_BYTES / width;
    rows = rows < BLOCK_ROWS ? rows : BLOCK_ROWS;
    rows = rows < wanted ? rows : wanted;
    return rows > 0 ? rows : 1;
}

static enum rc bind_column(struct odbc_rowset *r, size_t at)
{
    struct odbc_column *c = &r->columns[at];
    c->lengths = arena_array(r->arena, r->rows, sizeof *c->lengths);
    if (c->is_fetched) {
        return RC_OK;
    }
    c->cells = arena_array(r->arena, r->rows, c->width);
    bool is_bound = SQL_SUCCEEDED(SQLBindCol(r->stmt, (SQLUSMALLINT)(at + 1), c->c_type, c->cells,
                                             (SQLLEN)c->width, c->lengths));
    return is_bound ? RC_OK : fail(r);
}

static bool set_block(struct odbc_rowset *r)
{
    /* ODBC passes whole numbers in pointers */
    SQLPOINTER rows = (SQLPOINTER)(uintptr_t)r->rows; /* NOLINT */
    return SQL_SUCCEEDED(SQLSetStmtAttr(r->stmt, SQL_ATTR_ROW_BIND_TYPE, SQL_BIND_BY_COLUMN, 0)) &&
           SQL_SUCCEEDED(SQLSetStmtAttr(r->stmt, SQL_ATTR_ROW_ARRAY_SIZE, rows, 0)) &&
           SQL_SUCCEEDED(SQLSetStmtAttr(r->stmt, SQL_ATTR_ROWS_FETCHED_PTR, &r->got, 0));
}

enum rc odbc_rowset_bind(struct odbc_rowset *r, size_t rows)
{
    r->rows = choose_fetched(r) ? 1 : rows_of_block(r, rows);
    if (!set_block(r)) {
        return fail(r);
    }
    for (size_t i = 0; i < r->column_count; i++) {
        if (r->columns[i].is_used) {
            TRY(bind_column(r, i));
        }
    }
    return RC_OK;
}

/* ---- Fetching ---- */

static enum rc too_long(const struct odbc_rowset *r)
{
    return err_fail(RC_LIMIT, tr("%s: 有一行超过 %zu 字节", "%s: a row exceeds %zu bytes"),
                    r->session->dataset, r->row_max);
}

/* One piece behind what r->piece holds; *ret_more if there are others. */
static enum rc fetch_piece(struct odbc_rowset *r, size_t at, bool *ret_more)
{
    const struct odbc_column *c = &r->columns[at];
    SQLLEN left = 0;
    *ret_more = false;
    TRY(buf_reserve(&r->piece, PIECE));
    SQLRETURN answer = SQLGetData(r->stmt, (SQLUSMALLINT)(at + 1), c->c_type,
                                  r->piece.p + r->piece.n, (SQLLEN)PIECE, &left);
    if (answer == SQL_NO_DATA) {
        return RC_OK;
    }
    if (!SQL_SUCCEEDED(answer)) {
        return fail(r);
    }
    c->lengths[0] = left == SQL_NULL_DATA ? SQL_NULL_DATA : 0;
    if (left != SQL_NULL_DATA) {
        size_t most = PIECE - odbc_terminator(c);
        *ret_more = left == SQL_NO_TOTAL || (size_t)left > most;
        r->piece.n += *ret_more ? most : (size_t)left;
    }
    return r->piece.n <= r->row_max ? RC_OK : too_long(r);
}

/* All long values of the row, in the order of their columns, one behind the other in r->piece. */
static enum rc fetch_long(struct odbc_rowset *r)
{
    buf_reset(&r->piece);
    for (size_t i = 0; i < r->column_count; i++) {
        struct odbc_column *c = &r->columns[i];
        bool more = c->is_used && c->is_fetched;
        c->offset = r->piece.n;
        while (more) {
            TRY(fetch_piece(r, i, &more));
        }
        if (c->is_used && c->is_fetched && c->lengths[0] != SQL_NULL_DATA) {
            c->lengths[0] = (SQLLEN)(r->piece.n - c->offset);
        }
    }
    return RC_OK;
}

static enum rc fetch_block(struct odbc_rowset *r)
{
    r->at = 0;
    r->got = 0;
    SQLRETURN answer = SQLFetch(r->stmt);
    if (answer == SQL_NO_DATA) {
        r->got = 0;
        return RC_OK;
    }
    if (!SQL_SUCCEEDED(answer)) {
        return fail(r);
    }
    return fetch_long(r);
}

enum rc odbc_rowset_next(struct odbc_rowset *r, bool *ret_over)
{
    r->at++;
    if (r->at >= r->got) {
        TRY(fetch_block(r));
    }
    *ret_over = r->got == 0;
    return RC_OK;
}
