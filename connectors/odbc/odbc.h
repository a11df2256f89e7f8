/* The odbc connector's parts: keys.c checks the configuration, dialect.c knows what differs between
 * servers, settings.c reads the configuration, statement.c writes the SQL, wide.c its characters,
 * session.c connects, failure.c explains, ask.c asks, rowset.c fetches blocks, values.c turns them
 * into text and odbc.c into pages. Only they (and their tests) include this. */
#ifndef BIDUI_CONNECTORS_ODBC_ODBC_H
#define BIDUI_CONNECTORS_ODBC_ODBC_H

#include <sql.h>
#include <sqlext.h>

#include "base/charset.h"
#include "connectors/connector.h"
#include "connectors/sql.h"

/* ---- keys.c ---- */

extern const struct key_spec odbc_connection_keys[], odbc_dataset_keys[];
void odbc_check(const struct yaml *connection, const struct yaml *settings,
                struct problems *problems);

/* ---- dialect.c ---- */

enum limit_style {
    LIMIT_MAX_ROWS, /* not in the SQL: SQL_ATTR_MAX_ROWS */
    LIMIT_LIMIT,    /* limit n */
    LIMIT_FETCH,    /* offset 0 rows fetch next n rows only */
    LIMIT_ROWNUM    /* select * from (...) where rownum <= n */
};

struct dialect {
    const char *name;
    enum limit_style limit;
    bool has_text_instants; /* columns of instants are texts, compared as such */
    const char *silence;  /* the driver's own key for how long the server may say nothing, in
                             seconds;  NULL: SQL_ATTR_CONNECTION_TIMEOUT alone */
    const char *setup[5]; /* after connecting */
    struct {
        const char *set; /* followed by the number */
        int64_t unit_ms;
    } timeouts[2];     /* the first that the server takes; none: SQL_ATTR_QUERY_TIMEOUT alone */
    const char *begin; /* of a transaction that reads one state of the data; "": without words;
                          NULL: none to be had */
};

const struct dialect *odbc_dialect(struct str name);
extern const char *const odbc_dialect_names[]; /* NULL-terminated */

/* ---- wide.c: UTF-16 in native order ---- */

SQLWCHAR *odbc_wide(struct arena *a, struct str utf8, size_t *ret_units);
/* Null where a surrogate stands alone. */
struct str odbc_narrow(struct arena *a, const SQLWCHAR *p, size_t units);

/* ---- statement.c ---- */

enum odbc_param_kind { PARAM_SINCE, PARAM_UNTIL, PARAM_KEY };
struct odbc_param {
    enum odbc_param_kind kind;
    size_t key; /* PARAM_KEY: which key column */
};

/* What a dataset asks, as configured. */
struct odbc_question {
    struct str query;           /* null: the table form */
    struct str table, where;    /* table form; where may be null */
    const char *const *columns; /* table form: what is selected */
    size_t column_count;
    const char *since_column; /* table form, incremental; NULL: none */
    bool has_until;           /* and it ends before PARAM_UNTIL */
    const char *const *keys;  /* page_by */
    size_t key_count;
    const struct dialect *dialect;
    const char *quote; /* the server's identifier quote; "" or " ": none */
};

enum odbc_part {
    PART_ALL,    /* from the first row */
    PART_BEHIND, /* behind a key */
    PART_NULLS   /* rows that no key could ever reach */
};

struct odbc_statement {
    struct str sql;
    struct odbc_param *params;
    size_t param_count;
};

/* With keys: ordered by them and no more than `limit` rows. */
enum rc odbc_statement_write(struct arena *a, const struct odbc_question *q, enum odbc_part part,
                             size_t limit, struct odbc_statement *ret) MUST_CHECK;
/* `query` with {since} and {until} as parameters and nothing else. */
enum rc odbc_statement_plain(struct arena *a, struct str query,
                             struct odbc_statement *ret) MUST_CHECK;

/* ---- session.c ---- */

struct odbc_options {
    struct str connection_string, user, password; /* resolved; user and password may be null */
    const struct dialect *dialect;
    const struct yaml *setup; /* list or NULL */
    int64_t login_timeout_ms, statement_timeout_ms;
};

struct odbc_session {
    const char *dataset;
    SQLHENV env;
    SQLHDBC dbc;
    bool is_connected, is_begun;
    char quote[8];
    const struct odbc_options *options;
};

enum rc odbc_session_open(struct odbc_session *s, const char *dataset,
                          const struct odbc_options *options) MUST_CHECK;
void odbc_session_close(struct odbc_session *s); /* harmless when closed */
/* One state of the data for all statements until odbc_session_end. */
enum rc odbc_session_begin(struct odbc_session *s) MUST_CHECK;
enum rc odbc_session_end(struct odbc_session *s) MUST_CHECK;
/* max_rows: 0 is no limit. */
enum rc odbc_session_statement(struct odbc_session *s, size_t max_rows, SQLHSTMT *ret) MUST_CHECK;
enum rc odbc_session_execute(struct odbc_session *s, SQLHSTMT stmt, struct str sql) MUST_CHECK;

/* ---- failure.c ---- */

/* Records why a call failed: RC_NET where trying again may help, RC_AUTH or RC_SOURCE_DB. The
 * detail is SQLSTATE, the driver's number and what they mean; the driver's own words may quote
 * values and are left out. */
enum rc odbc_session_fail(struct odbc_session *s, SQLSMALLINT type, SQLHANDLE handle) MUST_CHECK;
enum rc odbc_rc_of(const char *sqlstate, int native); /* RC_NET, RC_AUTH or RC_SOURCE_DB */

/* ---- rowset.c fetches, values.c turns what came into text ---- */

enum value_kind {
    VALUE_PLAIN, /* digits and ASCII: numbers, dates, times */
    VALUE_TEXT,  /* characters in the charset of the connection */
    VALUE_BIT,   /* 0 or 1 */
    VALUE_BITS,  /* a number in big-endian bytes */
    VALUE_BYTES  /* \x and hex digits */
};

/* What an SQL type is read as; *ret_known is false for a type of no table: read as text. */
enum value_kind odbc_value_kind(SQLSMALLINT type, const char *type_name, bool *ret_known);

struct odbc_column {
    const char *name;
    SQLSMALLINT type, digits;
    SQLULEN size;
    enum value_kind kind;
    SQLSMALLINT c_type;
    size_t width;    /* bytes of a cell, its terminator included */
    bool is_used;    /* wanted or a key: set between open and bind */
    bool is_fetched; /* piece by piece, for its length */
    char *cells;
    size_t offset; /* in the rowset's pieces */
    SQLLEN *lengths;
};

struct odbc_rowset {
    struct odbc_session *session;
    SQLHSTMT stmt;
    struct arena *arena; /* reset by odbc_rowset_open */
    struct odbc_column *columns;
    size_t column_count;
    size_t rows, at; /* of a block; the row looked at */
    SQLULEN got;
    bool is_wide;            /* characters come as UTF-16 */
    struct charset *charset; /* NULL: UTF-8 */
    struct buf piece;        /* the row's long values */
    struct buf converted;
    size_t row_max; /* bytes a row may have */
};

enum rc odbc_rowset_init(struct odbc_rowset *r, struct odbc_session *session, struct str charset,
                         size_t row_max) MUST_CHECK;
void odbc_rowset_done(struct odbc_rowset *r);
/* After the statement was executed: learns its columns. */
enum rc odbc_rowset_open(struct odbc_rowset *r, SQLHSTMT stmt) MUST_CHECK;
/* Of the column by its exact name, else whatever the case; column_count if there is none. */
size_t odbc_rowset_find(const struct odbc_rowset *r, const char *name);
/* Binds the used columns; `rows` are wanted at a time at most. */
enum rc odbc_rowset_bind(struct odbc_rowset *r, size_t rows) MUST_CHECK;
/* *ret_over at the end; else the row can be looked at. */
enum rc odbc_rowset_next(struct odbc_rowset *r, bool *ret_over) MUST_CHECK;
size_t odbc_terminator(const struct odbc_column *c); /* bytes of it in a cell */
/* A value of the row as text that lives in `a`. One that is not text of the charset is null with
 * *ret_bad set. */
enum rc odbc_rowset_value(struct odbc_rowset *r, size_t column, struct arena *a, struct str *ret,
                          bool *ret_bad) MUST_CHECK;
void odbc_rowset_close(struct odbc_rowset *r); /* ends the statement; harmless when ended */

/* ---- The open source, and settings.c, which reads it off the configuration ---- */

#define ODBC_PAGE_BYTES ((size_t)8 << 20) /* a page ends early here */
#define ODBC_ROW_BYTES ((size_t)4 << 20)  /* a longer row is refused */

/* A key column's value in the last row handed out, and what the server calls its type. */
struct odbc_key {
    struct buf type, text;
};

struct odbc_source {
    const struct source *source;
    struct odbc_options options;
    struct odbc_question question;
    struct odbc_session session;
    struct odbc_rowset rowset;
    struct control control;
    bool is_open, is_running, is_over; /* connected; a statement runs; the last row is out */
    bool is_done;
    bool has_row;              /* the rowset stands on a row not handed out */
    size_t page_rows, page_n;  /* rows a page may have; rows in this one */
    size_t *index, *key_index; /* wanted, key column -> column of the result */
    struct odbc_key *keys;
    bool has_keys; /* a page was handed out, now or before */
    struct str columns_seen;
    int64_t rows, pages, advertised;
    struct buf hashed;
    struct buf before; /* stamp of the control row under which the position was written */
};

enum rc odbc_settings_read(struct odbc_source *s) MUST_CHECK;
/* Keys as position_write wants them: type and text of each, then the control row's stamp. */
size_t odbc_position_keys(const struct odbc_source *s, struct arena *a, const char ***ret);

/* ---- ask.c: what is asked of the server, one statement at a time in s->rowset ---- */

/* One number, of count_query. */
enum rc odbc_ask_count(struct odbc_source *s) MUST_CHECK;
enum rc odbc_ask_control(struct odbc_source *s, struct control_row *ret) MUST_CHECK;
/* RC_SOURCE_DB if a key is null anywhere: no page would ever bring that row. */
enum rc odbc_ask_nulls(struct odbc_source *s) MUST_CHECK;
/* Begins the statement whose rows make the next pages, with the columns bound. */
enum rc odbc_ask_rows(struct odbc_source *s) MUST_CHECK;

#endif
