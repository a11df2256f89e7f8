/* Documents: what the bytes of a source hold, record by record. One contract for every format, whatever brought the
 * bytes (the body of an HTTP answer, a file).
 *
 *   document_open -> { document_begin -> document_read ... until `last` } ... -> document_take -> document_close
 *
 * It reads UTF-8. Rows gather over reads and over documents until document_take hands them out, so that a file of any
 * size can be taken piece by piece and several documents can make one page. Numbers keep their text digit for digit.
 * Of members given twice the last wins. A record that cannot be taken is a reject with a reason and does not harm the
 * others. Scalars outside the records (total, next cursor, error code) are picked up wherever they stand.
 *
 * Paths are JSON Pointers in every format; in XML a token is an element's local name, "@name" an attribute. CSV has
 * columns alone, by their names in its first line. A document within a document (`format.inner`: JSON in a string of
 * JSON or in an element of XML) is what the paths lead through; scalars that it lacks are looked for around it. */
#ifndef BIDUI_CONNECTORS_DOCUMENT_H
#define BIDUI_CONNECTORS_DOCUMENT_H

#include "connectors/caps.h"
#include "connectors/connector.h"

#define DOCUMENT_MAX_SCALARS 8                       /* the last is the inner document's */
#define DOCUMENT_MAX_RECORDS ((size_t)1 << 20)       /* between two takes, rejects included */
#define DOCUMENT_MAX_VALUES ((size_t)8 << 20)        /* records times columns */
#define DOCUMENT_MAX_VALUE ((size_t)1 << 20)         /* bytes of one value; a longer one rejects its record */
#define DOCUMENT_MAX_SCALAR ((size_t)64 << 10)           /* bytes of a scalar outside the records */
#define DOCUMENT_MAX_NAMES 1000                      /* members told of in columns_seen */

struct document_wants {
    const struct yaml *format;                       /* the map that document_format_keys describe; NULL: JSON */
    const char *records;                             /* JSON: the array, "" is the document itself; XML: a record; NULL: none */
    const char *const *columns;                      /* member names, or paths when they begin with '/' */
    size_t column_count;
    const char *scalars[DOCUMENT_MAX_SCALARS];       /* paths outside the records; NULL: not wanted */
    size_t depth, fields;                            /* as in struct caps; 0: the default */
    const char *base_dir;                            /* for the key of an encrypted inner document */
};

enum scalar_kind { SCALAR_ABSENT, SCALAR_NULL, SCALAR_TEXT, SCALAR_CONTAINER };
struct scalar {
    enum scalar_kind kind;
    struct str text;                                 /* of SCALAR_TEXT: string, number or boolean */
};

/* What gathered since the last take. */
struct document_page {
    bool has_records;                                /* every document had its place of records, be it empty */
    size_t records;                                  /* met, rejects included */
    size_t rows;
    struct str *values;                              /* rows times columns; an object or array is its compact text */
    int64_t *row_numbers;                            /* from 1; NULL when nothing was rejected */
    struct page_reject *rejects;
    size_t reject_count;
    struct scalar scalars[DOCUMENT_MAX_SCALARS];     /* of the latest document */
    struct str columns_seen;                         /* as in struct page */
    struct str digest;                               /* every wanted value, unambiguously: to be hashed */
};

struct document;

/* RC_CONFIG if a path is malformed. Borrows nothing of `wants` past the call but the texts. */
enum rc document_open(const struct document_wants *wants, struct document **ret) MUST_CHECK;
void document_close(struct document *d);             /* NULL is fine */
void document_begin(struct document *d);             /* the next read starts a new document */
/* Takes records from the window. What lies behind *ret_used belongs into the next window, in front of what follows;
 * with `last` everything is used. RC_FORMAT or RC_LIMIT with the byte offset in the document, never with its text.
 * *ret_is_cut tells a document that is right as far as it goes and merely ends early from one that is wrong. */
enum rc document_read(struct document *d, struct str window, bool last, size_t *ret_used, bool *ret_is_cut) MUST_CHECK;
size_t document_rows(const struct document *d);      /* gathered, rejects included */
void document_take(struct document *d, struct arena *a, struct document_page *ret);
void document_forget(struct document *d);            /* all that gathered since the last take */
/* One whole document to one page: begin, read and take. On failure nothing is kept of it. */
enum rc document_decode(struct document *d, struct str body, struct arena *a, struct document_page *ret,
                        bool *ret_is_cut) MUST_CHECK;

extern const char *const document_kinds[];           /* of `format.kind`, NULL-terminated */
extern const struct key_spec document_format_keys[], document_inner_keys[];
/* What the tables cannot say. `settings`: the dataset's, where `format` and `records` stand. */
void document_check(const struct yaml *settings, struct problems *problems);
/* Of it what holds for documents in files, too; `format` may be NULL. */
void document_check_format(const struct yaml *format, struct problems *problems);

#endif
