/* A department's file drafted from what the department really hands out: an answer, a table or a
 * sample file. Names of columns that many departments use say what a column is; what only a person
 * can decide is left open and marked, so that `bidui check` asks for it. Nothing is kept, no value
 * of a record is printed, no secret is written. */
#ifndef BIDUI_PIPELINE_DRAFT_DRAFT_H
#define BIDUI_PIPELINE_DRAFT_DRAFT_H

#include <stdio.h>

#include "base/buf.h"
#include "connectors/connector.h"

#define DRAFT_ROWS 200 /* looked at, at most */

struct draft_column {
    struct str name;
    struct str database_type; /* "" unless a database told */
    bool is_primary;
};
/* How a database behind ODBC is spoken to; user and password NULL: not said. */
struct draft_login {
    const char *dialect, *user, *password;
};
struct draft {
    struct arena *arena;
    const char *department, *dataset;
    const char *header;               /* NAME=REFERENCE that the interface wants, or NULL */
    const char *body, *soap_action;   /* a file with what is to be posted, the SOAPAction header; or NULL */
    struct draft_login login;         /* of draft_odbc */
    const char *connection, *reading; /* YAML lines as they are written, indented */
    const char *table; /* its query names the columns that are taken; NULL: no database */
    struct draft_column *columns;
    size_t column_count;
    struct str *values; /* rows times columns */
    size_t rows;
};

/* Each fills connection, reading, columns and values. */
enum rc draft_file(struct draft *d, const char *path) MUST_CHECK;
enum rc draft_table(struct draft *d, const char *table, const char *conninfo) MUST_CHECK;
enum rc draft_odbc(struct draft *d, const char *table, const char *connection) MUST_CHECK;
enum rc draft_url(struct draft *d, const char *url) MUST_CHECK;
enum rc draft_write(const struct draft *d, FILE *out) MUST_CHECK;

/* table.c: it becomes part of a query: a name, with its schema, quoted or not. */
enum rc draft_check_table(const char *table) MUST_CHECK;

/* sample.c: one page from a connector with these settings; YAML in both texts. */
struct draft_ask {
    const struct connector *connector;
    const char *connection, *settings;
    const char *const *columns;
    size_t column_count;
    const char *file; /* file connector: this one */
};
enum rc draft_read(struct draft *d, const struct draft_ask *ask, struct page *ret) MUST_CHECK;
/* Columns and values of the draft out of a page that was asked for these columns. */
void draft_take(struct draft *d, const char *const *columns, size_t n, const struct page *page);
/* Whatever the case; NULL ends the words. */
bool draft_is_one_of(const char *const *words, const char *word);
/* A double-quoted YAML scalar. */
const char *draft_quoted(struct arena *a, struct str text);
const char *draft_quoted_lines(struct arena *a, struct str text); /* the same, and lines stay lines */
/* "EDUCATION_URL": the variable a reference names. */
const char *draft_variable(const struct draft *d, const char *what);

/* known.c: what columns of that name hold in most departments. */
struct known_column {
    const char *column; /* lower case, half width, without a unit; NULL ends them */
    const char *identity, *field, *type, *codes; /* NULL: none */
    bool is_key, is_event;
};
extern const struct known_column known_columns[];
const struct known_column *known_find(struct arena *a, struct str name); /* NULL if unknown */

#endif
