/* The program's own database, over libpq: connections, transactions, queries, binary COPY both ways.
 *
 * Invariants
 * - A session reads unless it is between db_begin and db_commit: it opens with default_transaction_read_only, so
 *   that no write slips past the fence. db_exec, db_run and copy_begin outside a transaction are RC_BUG.
 * - db_commit proves the run's fencing number inside the transaction it commits (db_set_fence), and is followed
 *   by fault_point("commit").
 * - Sessions see search_path bidui, public; UTF8; DateStyle ISO; TimeZone Asia/Shanghai; bytea_output hex; no JIT.
 * - Connections are opened after fork and never shared between processes.
 *
 * Values are parameters (text, NULL is null) or COPY fields, never pasted into SQL; names that come from
 * configuration go through db_quote_ident. COPY takes no parameters: put them into a setting with db_set and read
 * them with current_setting('bidui.county').
 *
 * Failures: RC_DB_DOWN when the connection is lost or can't be made, RC_FENCED when another run took over,
 * RC_DB_DATA when the data are to blame (SQLSTATE classes 22 and 54), RC_DB for all else. The detail is "SQLSTATE message" with quoted values blanked, never DETAIL or CONTEXT, which quote rows.
 * After a failure inside a transaction only db_rollback is useful (or leave it to DB_ROLLBACK). */
#ifndef BIDUI_PIPELINE_DB_H
#define BIDUI_PIPELINE_DB_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

struct db;

/* ---- Sessions ---- */

/* application_name: "bidui run pull health_insurance.settlement"; cut at 63 bytes. */
enum rc db_open(const char *conninfo, const char *application_name, struct db **ret) MUST_CHECK;
void db_close(struct db *db);                        /* NULL is fine; an open transaction is rolled back */
/* From now on each db_commit runs `select bidui.verify_fence($1, $2, $3)` first: SQLSTATE BD001 (or false) means
 * another run has taken over: RC_FENCED and nothing committed. county is copied. */
void db_set_fence(struct db *db, const char *county, int64_t edition, int64_t fence);
void db_clear_fence(struct db *db);
/* A session setting (set_config), for COPY queries and policies: db_set(db, "bidui.county", "441624").
 * Inside a transaction it is undone by a rollback. */
enum rc db_set(struct db *db, const char *name, const char *value) MUST_CHECK;
/* SQLSTATE of the last failed statement, "" if the last one succeeded or no answer came; for 23505, 42P01 and kin. */
const char *db_sqlstate(const struct db *db);
int db_backend_pid(const struct db *db);

/* ---- Transactions ---- */

enum rc db_begin(struct db *db) MUST_CHECK;          /* read write, read committed */
enum rc db_begin_read(struct db *db) MUST_CHECK;     /* one snapshot, read only; end it with db_rollback */
enum rc db_commit(struct db *db) MUST_CHECK;         /* rolled back when it fails (unknown when RC_DB_DOWN) */
void db_rollback(struct db *db);                     /* nothing when no transaction is open; also ends a COPY */
bool db_in_transaction(const struct db *db);
void db_rollback_cleanup(struct db *const *db);
/* DB_ROLLBACK struct db *tx = db;  rolls back what is still open when the scope ends. */
#define DB_ROLLBACK __attribute__((cleanup(db_rollback_cleanup), unused))

/* ---- Statements ---- */

/* DB_PARAMS("441624", NULL) is the two arguments nparams, params; DB_NONE for none. */
#define DB_PARAMS(...)                                                                             \
    (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)),                      \
        (const char *const[]){__VA_ARGS__}
#define DB_NONE 0, NULL
/* DB_RESULT PGresult *res = NULL;  is cleared when the scope ends. */
void db_result_cleanup(PGresult **res);
#define DB_RESULT __attribute__((cleanup(db_result_cleanup)))

/* One or more statements without parameters or results, inside a transaction: DDL, migrations. */
enum rc db_exec(struct db *db, const char *sql) MUST_CHECK;
/* One statement inside a transaction; *ret_rows (may be NULL) is how many rows it touched. */
enum rc db_run(struct db *db, const char *sql, int nparams, const char *const *params,
               int64_t *ret_rows) MUST_CHECK;
/* One statement with rows, in text format, whole in memory. Outside a transaction it can only read. */
enum rc db_query(struct db *db, const char *sql, int nparams, const char *const *params,
                 PGresult **ret) MUST_CHECK;
/* db_query in two halves: the server works on the answer while the caller goes on, perhaps with another session. In
 * between this one is busy; closing it ends the query. */
enum rc db_ask(struct db *db, const char *sql, int nparams, const char *const *params) MUST_CHECK;
enum rc db_answer(struct db *db, PGresult **ret) MUST_CHECK;
/* The first column of the first row. No row or null: RC_NOT_FOUND. */
enum rc db_query_i64(struct db *db, const char *sql, int nparams, const char *const *params,
                     int64_t *ret) MUST_CHECK;
/* The same as text in `a`; no row or null: the null str. */
enum rc db_query_text(struct db *db, struct arena *a, const char *sql, int nparams,
                      const char *const *params, struct str *ret) MUST_CHECK;
/* Row by row without holding the result: `each` gets a one-row PGresult (text format) that lives for the call.
 * A failing `each` ends the query and its rc is passed on. The session is busy meanwhile. */
enum rc db_each(struct db *db, const char *sql, int nparams, const char *const *params,
                enum rc (*each)(void *ctx, const PGresult *row), void *ctx) MUST_CHECK;

/* Fields of a text-format result. */
struct str db_text(const PGresult *res, int row, int column);      /* null str for null; lives as long as res */
int64_t db_i64(const PGresult *res, int row, int column);          /* 0 for null; int2, int4, int8 and true = 1 */
bool db_bool(const PGresult *res, int row, int column);            /* false for null */
date_t db_date(const PGresult *res, int row, int column);          /* DATE_NONE for null */

/* Parameters. */
#define DB_NUMBER 21
const char *db_number(int64_t value, char out[DB_NUMBER]);         /* returns out */
char *db_array(struct arena *a, const struct str *items, size_t n); /* '{"a",NULL}' for $1::text[] or bigint[] */
enum rc db_quote_ident(struct db *db, struct arena *a, struct str name, char **ret) MUST_CHECK;

/* ---- Writing with COPY ---- */

/* Rows for `copy t (columns) from stdin (format binary)`. Streamed: copy_begin .. copy_end on an open transaction,
 * the session being busy between. Held: copy_hold collects rows in memory with no session, copy_send sends them
 * within a transaction and empties the writer, so that several tables fill at once from one page. A held writer may
 * be let flow: until copy_send its rows go out as they come, the server storing them while we make the next.
 *
 *     TRY(copy_row(c)); copy_text(c, key); copy_i64(c, fen); copy_null(c);
 *
 * Field functions have nothing to answer: a failure sticks and the next copy_row, copy_end or copy_send reports it.
 * A row with more or fewer fields than `columns` is RC_BUG. The caller matches field functions to column types. */
struct copy;
enum rc copy_begin(struct db *db, const char *sql, int columns, struct copy **ret) MUST_CHECK;
enum rc copy_end(struct copy *c) MUST_CHECK;         /* and frees c, whatever the answer */
struct copy *copy_hold(const char *sql, int columns, size_t max_bytes); /* breach: RC_LIMIT; sql is borrowed */
enum rc copy_flow(struct copy *c, struct db *db) MUST_CHECK; /* the session is busy until copy_send */
enum rc copy_send(struct copy *c, struct db *db) MUST_CHECK; /* no rows: nothing is sent */
void copy_forget(struct copy *c);                    /* a held writer's rows, after a rollback */
size_t copy_waiting(const struct copy *c);           /* bytes in memory */
int64_t copy_rows(const struct copy *c);             /* rows since copy_begin, copy_hold or copy_send */
void copy_free(struct copy *c);                      /* a held writer, or abandons a streamed one; NULL is fine */
void copy_free_cleanup(struct copy **c);
#define DB_COPY __attribute__((cleanup(copy_free_cleanup)))

enum rc copy_row(struct copy *c) MUST_CHECK;
void copy_null(struct copy *c);
void copy_text(struct copy *c, struct str s);        /* text, json; null str is null; must be UTF-8 without NUL */
void copy_bytes(struct copy *c, struct str s);       /* bytea */
void copy_bool(struct copy *c, bool v);
void copy_i16(struct copy *c, int16_t v);            /* smallint */
void copy_i32(struct copy *c, int32_t v);            /* integer */
void copy_i64(struct copy *c, int64_t v);            /* bigint */
void copy_date(struct copy *c, date_t d);            /* date; DATE_NONE is null */
void copy_instant(struct copy *c, int64_t us);       /* timestamp (without time zone), as instant_parse gives it */
void copy_i64_array(struct copy *c, const int64_t *v, size_t n);      /* bigint[] */
void copy_text_array(struct copy *c, const struct str *v, size_t n);  /* text[]; null strs are null elements */

/* ---- Reading with COPY ---- */

/* Streams `copy (select ..) to stdout (format binary)`: the fastest way out, no parameters, memory for one row.
 * The getters know nothing of types: read an int8 column with fetch_i64, an int4 with fetch_i32, and so on; a wrong
 * width makes the next fetch_next RC_BUG. For null they give 0, false, DATE_NONE and the null str. */
struct fetch;
enum rc fetch_begin(struct db *db, const char *sql, int columns, struct fetch **ret) MUST_CHECK;
enum rc fetch_next(struct fetch *f, bool *ret_have) MUST_CHECK; /* false: the end, proven by the server's answer */
bool fetch_is_null(const struct fetch *f, int column);
struct str fetch_text(const struct fetch *f, int column);          /* text, bytea; until the next fetch_next */
int64_t fetch_i64(struct fetch *f, int column);
int32_t fetch_i32(struct fetch *f, int column);
int16_t fetch_i16(struct fetch *f, int column);
bool fetch_bool(struct fetch *f, int column);
date_t fetch_date(struct fetch *f, int column);
int64_t fetch_instant(struct fetch *f, int column);                /* timestamp without time zone */
void fetch_free(struct fetch *f);                    /* also in mid-stream: cancels and drains; NULL is fine */
void fetch_free_cleanup(struct fetch **f);
#define DB_FETCH __attribute__((cleanup(fetch_free_cleanup)))

#endif
