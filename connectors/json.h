/* Record streams in JSON: takes the wanted columns of every record out of a document in one pass over yajl.
 *
 * Numbers keep their text digit for digit. Strings are proven UTF-8, escapes resolved. Members outside the records
 * (total, next cursor, error code) are picked up wherever they stand, before or after the records. Of members given
 * twice the last wins. A record that cannot be taken is a reject with a reason and does not harm the others.
 *
 * A decoder is made once per dataset and keeps its buffers from document to document; the rows handed out live in
 * the arena given to json_decode. What a hostile document can grow is capped below. */
#ifndef BIDUI_CONNECTORS_JSON_H
#define BIDUI_CONNECTORS_JSON_H

#include "connectors/connector.h"

#define JSON_MAX_DEPTH 64
#define JSON_MAX_SCALARS 4
#define JSON_MAX_RECORDS ((size_t)1 << 20)       /* of one document, rejects included */
#define JSON_MAX_VALUES ((size_t)8 << 20)        /* records times columns */
#define JSON_MAX_VALUE ((size_t)1 << 20)         /* bytes of one value; a longer one rejects its record */
#define JSON_MAX_NAMES 1000                      /* members told of in columns_seen */

struct json_wants {
    const char *records;                         /* JSON Pointer to the array; "" is the document itself */
    const char *const *columns;                  /* member names, or JSON Pointers when they begin with '/' */
    size_t column_count;
    const char *scalars[JSON_MAX_SCALARS];       /* pointers outside the records; NULL: not wanted */
};

enum json_kind { JSON_ABSENT, JSON_NULL, JSON_SCALAR, JSON_CONTAINER };
struct json_scalar {
    enum json_kind kind;
    struct str text;                             /* of JSON_SCALAR: string, number or boolean */
};

struct json_page {
    bool has_records;                            /* the pointer led to an array, or to null, which is an empty one */
    size_t records;                              /* met, rejects included */
    size_t rows;
    struct str *values;                          /* rows times columns; an object or array is its compact text */
    int64_t *row_numbers;                        /* from 1; NULL when nothing was rejected */
    struct page_reject *rejects;
    size_t reject_count;
    struct json_scalar scalars[JSON_MAX_SCALARS];
    struct str columns_seen;                     /* as in struct page */
    struct str digest;                           /* every wanted value of every record, unambiguously: to be hashed */
};

struct json_decoder;

/* RC_CONFIG if a pointer is malformed. Borrows nothing of `wants` past the call but `columns`' texts. */
enum rc json_decoder_new(const struct json_wants *wants, struct json_decoder **ret) MUST_CHECK;
void json_decoder_free(struct json_decoder *d);      /* NULL is fine */
/* RC_FORMAT or RC_LIMIT with the byte offset, never with text of the document. *ret_is_cut tells a document that is
 * right as far as it goes and merely ends early from one that is wrong. */
enum rc json_decode(struct json_decoder *d, struct str body, struct arena *a, struct json_page *ret,
                    bool *ret_is_cut) MUST_CHECK;

#endif
