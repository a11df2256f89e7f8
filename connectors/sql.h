/* What the connectors that speak SQL share: where a pull stands, the hash of what was read, {since}
 * in a query, and the control row of a front-end database. */
#ifndef BIDUI_CONNECTORS_SQL_H
#define BIDUI_CONNECTORS_SQL_H

#include "base/buf.h"
#include "connectors/connector.h"

/* ---- sql.c ---- */

/* Rows handed out and the key values of the last one. */
struct position {
    int64_t rows;
    const char **keys;
    size_t n; /* 0: at the beginning */
};

enum rc position_write(const struct position *p, struct buf *out) MUST_CHECK;
/* "" is the beginning; RC_STATE if it isn't one of ours with `n` keys. */
enum rc position_read(struct arena *a, struct str text, size_t n, struct position *ret) MUST_CHECK;

/* Adds a value to the bytes a page is hashed by: null, empty and where a value ends all count. */
enum rc sql_hash_value(struct buf *hashed, struct str v) MUST_CHECK;
/* The query without blanks and semicolons at its end. */
struct str sql_trim(struct str query);
bool sql_contains(struct str s, const char *needle);
/* {since} that is quoted, that nothing fills, that is missing from an incremental query. */
void sql_check_since(const struct yaml *settings, struct problems *problems);

/* ---- control.c: a table that is emptied and filled again is read only when its control row says
 * that it is whole, and what was read counts only if the row still says the same behind it. ---- */

struct control {
    struct str query; /* null: none configured */
    struct str done;
    const char *as_of;
    struct buf stamp; /* as_of when the read began */
};

/* The one row of the control query: its first column other than as_of, and as_of. */
struct control_row {
    size_t rows;
    bool has_as_of;
    struct str state, as_of;
};

extern const struct key_spec control_keys[];
void control_check(const struct yaml *settings, struct problems *problems);
void control_init(struct control *c, struct arena *a, const struct yaml *settings);
void control_done(struct control *c);
/* Before the read. RC_NOT_READY: not whole yet; RC_INCOMPLETE: `before`, under which an earlier
 * read stopped half way ("" if none did), is no longer what the row says. */
enum rc control_begin(struct control *c, const char *dataset, const struct control_row *row,
                      struct str before) MUST_CHECK;
/* Behind the read: RC_INCOMPLETE unless the row says the same. */
enum rc control_end(const struct control *c, const char *dataset,
                    const struct control_row *row) MUST_CHECK;

#endif
