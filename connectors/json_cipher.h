/* Records that are encrypted one by one: each item of their array is a text, and deciphered a JSON object. One that cannot be
 * is a reject; when most of a document cannot, the key is wrong, and nothing of it is taken. */
#ifndef BIDUI_CONNECTORS_JSON_CIPHER_H
#define BIDUI_CONNECTORS_JSON_CIPHER_H

#include "connectors/decrypt.h"
#include "connectors/json_value.h"

struct json_cipher {
    struct decrypt how;
    struct json_reader reader;       /* of what comes out */
    struct buf plain;
    size_t met, failed;              /* in the document at hand */
};

enum rc json_cipher_open(struct json_cipher *c, struct arena *a, const char *base_dir, const struct yaml *how,
                         struct records *records) MUST_CHECK;
void json_cipher_close(struct json_cipher *c);
void json_cipher_begin(struct json_cipher *c);
/* One record, at `depth` of its document. */
enum rc json_cipher_read(struct json_cipher *c, struct str text, size_t depth) MUST_CHECK;
/* The document's end: RC_DECRYPT if most of it could not be read. */
enum rc json_cipher_end(const struct json_cipher *c) MUST_CHECK;

#endif
