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

#define SQL_SINCE "{since}"
#define SQL_UNTIL "{until}"
#define SQL_END_OF_TIME "9999-12-31 00:00:00" /* what every server's timestamps can hold */
/* Bounds that are quoted, that nothing fills, that an incremental query lacks. */
void sql_check_bounds(const struct yaml *settings, struct problems *problems);
/* Can a range of days be read by itself? The query has {until}, or there is none: of a table alone the connector writes
 * the condition itself; and a count_query counts with it. */
bool sql_is_bounded(const struct yaml *settings);

/* ---- sql_page.c: a page in the making, and what may end it ---- */

/* Room for `most` rows behind `rows` that were handed out before. */
void sql_page_begin(struct page *page, size_t most, size_t columns, int64_t rows);
/* Where the next row's values go. */
struct str *sql_page_row(const struct page *page, size_t columns);
/* The values put there are row number `row`; reason: why it can't be taken, NULL: it is. */
void sql_page_add(struct page *page, int64_t row, const char *reason);
/* Its bytes and number; the department has been asked once more. */
void sql_page_end(struct page *page, const struct source *source, struct str hashed, int64_t number);
/* What goes on behind a page needs keys (`option` names them) that are unique and never null. */
enum rc sql_no_key(const char *dataset, const char *option, const char *column) MUST_CHECK;
enum rc sql_twin_keys(const char *dataset, const char *option) MUST_CHECK;
/* The engine's answer to a read that failed so. */
enum answer sql_failed_as(const char *dataset, enum rc rc);

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
#define CONTROL_KEY                                                  \
    {.name = "control",                                              \
     .type = KEY_MAP,                                                \
     .children = control_keys,                                       \
     .zh = "前置库的控制表:装载完成才读",                            \
     .en = "the control row of a front-end database: read only when the load is over"}
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
