/* CSV records out of a stream of UTF-8 bytes: quotes, doubled quotes, delimiters and newlines inside quotes,
 * CR LF, LF and CR, a BOM. The reader never holds more than one chunk plus one record; a record longer than
 * CSV_MAX_RECORD is RC_LIMIT naming its line. An empty line is no record. A quote opens a field only as its first
 * character; later ones are characters like others. Fields point into the chunk where they can. */
#ifndef BIDUI_BASE_CSV_H
#define BIDUI_BASE_CSV_H

#include "base/arena.h"
#include "base/buf.h"

#define CSV_MAX_RECORD ((size_t)1 << 20)

struct csv_dialect {
    char delimiter;                                  /* 0: ',' */
    char quote;                                      /* '"'; 0: none */
};
struct csv_record {
    size_t n;
    const struct str *fields;                        /* valid until the next call */
    int64_t line;                                    /* of its first byte, from 1 */
    bool bad_quotes;                                 /* a quote that was never closed, or text after one */
};
struct csv;

struct csv *csv_new(struct csv_dialect dialect);
void csv_free(struct csv *c);
/* Gives the reader more bytes; they must stay valid until csv_next has answered false. */
void csv_feed(struct csv *c, struct str chunk, bool last);
/* *ret_have false: feed more, or done if the last chunk was given. */
enum rc csv_next(struct csv *c, struct csv_record *ret, bool *ret_have) MUST_CHECK;

/* Writing: a cell that a spreadsheet would take for a formula gets an apostrophe in front. */
struct str csv_safe(struct arena *a, struct str s);
/* Appends cells so made safe, quoted where they need it, and CR LF. */
enum rc csv_put_row(struct arena *a, struct buf *out, const struct str *cells, size_t n) MUST_CHECK;

#endif
