/* The postgres connector's parts: keys.c checks the configuration, session.c connects and explains
 * failures, statement.c writes the SQL and the positions, postgres.c turns rows into pages. Only
 * they (and their tests) include this. */
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
    const char *conninfo; /* resolved */
    const char *ca_file;  /* NULL: none */
    bool verify;          /* the server's certificate and name, against ca_file */
    int64_t connect_timeout_ms, statement_timeout_ms;
};

/* Connects; nothing can be written. Client encoding UTF8, DateStyle ISO, UTC+08:00. */
enum rc session_open(const char *dataset, const struct session_options *options,
                     PGconn **ret) MUST_CHECK;
/* A repeatable-read transaction, and its end. */
enum rc session_begin(const char *dataset, PGconn *conn) MUST_CHECK;
enum rc session_end(const char *dataset, PGconn *conn) MUST_CHECK;
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

/* `query` with {since} as a parameter; ordered and begun behind `position` where order_n > 0. */
enum rc statement_write(struct arena *a, struct str query, struct str since,
                        const char *const *order, size_t order_n, const struct position *position,
                        struct statement *ret) MUST_CHECK;

#endif
