/* The postgres connector's parts: keys.c checks the configuration, session.c connects and explains
 * failures, statement.c writes the SQL, slices.c asks it over one or several connections,
 * postgres.c turns rows into pages. Only they (and their tests) include this. */
#ifndef BIDUI_CONNECTORS_POSTGRES_POSTGRES_H
#define BIDUI_CONNECTORS_POSTGRES_POSTGRES_H

#include <libpq-fe.h>

#include "connectors/connector.h"
#include "connectors/sql.h"

/* ---- keys.c ---- */

extern const struct key_spec postgres_connection_keys[], postgres_dataset_keys[];
void postgres_check(const struct yaml *connection, const struct yaml *settings,
                    struct problems *problems);

/* ---- session.c ---- */

struct session_options {
    const char *dataset;  /* for messages */
    const char *conninfo; /* resolved */
    const char *ca_file;  /* NULL: none */
    bool verify;          /* the server's certificate and name, against ca_file */
    int64_t connect_timeout_ms, statement_timeout_ms;
};

/* Connects; nothing can be written. Client encoding UTF8, DateStyle ISO, UTC+08:00. */
enum rc session_open(const struct session_options *o, PGconn **ret) MUST_CHECK;
/* A repeatable-read transaction, and its end. */
enum rc session_begin(const struct session_options *o, PGconn *conn) MUST_CHECK;
enum rc session_run(const struct session_options *o, PGconn *conn, const char *sql) MUST_CHECK;
enum rc session_end(const struct session_options *o, PGconn *conn) MUST_CHECK;
/* The next result of what was sent, NULL behind the last; PQgetResult alone would wait for ever for a
 * peer that neither answers nor goes. */
enum rc session_result(const struct session_options *o, PGconn *conn, PGresult **ret) MUST_CHECK;
/* SQL_ASCII: the server vouches for no encoding and text must be proven. */
bool session_is_raw(const PGconn *conn);
/* Records the failure of `res` (NULL: none came): RC_NET where trying again may help, RC_AUTH, or
 * RC_SOURCE_DB. The detail is SQLSTATE and what its class means; the server's own words may quote
 * values and are left out. */
enum rc session_fail(const char *dataset, const PGconn *conn, const PGresult *res) MUST_CHECK;
/* The SQLSTATE at the end of libpq's message about a failed connection; "" if there is none. */
void session_state_of(const char *message, char out[6]);
enum rc session_rc_of(const char *sqlstate); /* RC_NET, RC_AUTH or RC_SOURCE_DB */

/* ---- statement.c ---- */

struct statement {
    const char *sql;
    const char *const *params;
    int nparams;
};

struct question {
    struct str query, since, until; /* the bounds: NUL-terminated; "" is the beginning, and the end, of time */
    const char *const *order;
    size_t order_n;            /* 0: as the query orders it, from its first row */
    struct position behind;    /* n 0: from the first row */
    const char *slice_by;      /* NULL: not sliced */
    const char *lower, *upper; /* lower <= slice_by < upper; NULL: no bound */
};

/* `query` with {since} and {until} as parameters; ordered, cut and begun behind a position as asked. */
enum rc statement_write(struct arena *a, const struct question *q,
                        struct statement *ret) MUST_CHECK;
/* Asks for the slices - 1 values of slice_by that cut the query into slices of one size, in order;
 * no row where it is empty. */
enum rc statement_write_cuts(struct arena *a, const struct question *q, size_t slices,
                             struct statement *ret) MUST_CHECK;

/* ---- The open source; slices.c opens and asks, postgres.c makes pages ---- */

#define PG_ABSENT (-1)

/* A part of the query's rows on a connection of its own; without slices there is one. */
struct pg_slice {
    PGconn *conn;
    PGresult *row, *ahead; /* the last row handed out; the next one, which proves order_by unique */
    bool is_over;
    const char *lower, *upper;
    struct buf position; /* keys of the last row of the last page; empty at the beginning */
};

struct pg_source {
    const struct source *source;
    struct session_options options;
    const char **order;
    size_t order_n;
    const char *slice_by;
    struct pg_slice *slices;
    size_t slice_n, turn;   /* whose page is next */
    bool is_begun, is_over; /* the statements run; their last rows are in */
    bool is_done;
    bool is_cut;              /* the slices have bounds */
    bool is_unproven;         /* SQL_ASCII: the server vouches for no encoding */
    int *index, *order_index; /* wanted, order_by column -> result column, or PG_ABSENT */
    struct str columns_seen;
    int64_t rows, pages, advertised;
    struct buf position, hashed;
    struct control control;
};

/* Connects, reads the control row, opens one snapshot for all slices and sends their queries, each
 * behind its position. */
enum rc slices_begin(struct pg_source *s) MUST_CHECK;
/* s->position, from where the slices stand. */
enum rc slices_keep_position(struct pg_source *s, struct arena *a) MUST_CHECK;
/* After the last row: is what was read still what the control row vouches for? */
enum rc slices_prove(struct pg_source *s) MUST_CHECK;
void slices_disconnect(struct pg_source *s);
struct str pg_value(const PGresult *res, int column);

#endif
