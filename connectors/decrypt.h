/* What a department encrypts: whole answers (the filter `decrypt`), a text inside an answer (format.inner.decrypt),
 * single columns (a dataset's `decrypt`), and what it wants encrypted (request.encrypt). One map of keys says how.
 *
 * A wrong key must never make rows of garbage: what comes out has to look like what was meant to be there. */
#ifndef BIDUI_CONNECTORS_DECRYPT_H
#define BIDUI_CONNECTORS_DECRYPT_H

#include "base/cipher.h"
#include "base/encode.h"
#include "connectors/connector.h"

struct decrypt {
    struct cipher_key key;
    enum encoding encoding;              /* of the encrypted text */
    bool is_iv_in_front;                 /* of the encrypted bytes, different each time */
};

/* Keys for a table of one's own: `cipher` must be there, `key` and `iv` are references. */
#define DECRYPT_KEYS                                                                               \
    {.name = "cipher",                                                                             \
     .type = KEY_CHOICE,                                                                           \
     .choices = cipher_names,                                                                      \
     .zh = "加密算法",                                                                             \
     .en = "the cipher"},                                                                          \
        {.name = "key", .type = KEY_SECRET, .zh = "密钥", .en = "its key"},                        \
        {.name = "key_encoding",                                                                   \
         .type = KEY_CHOICE,                                                                       \
         .choices = encoding_names,                                                                \
         .zh = "密钥和 IV 的写法,默认 hex",                                                        \
         .en = "how key and iv are written, hex unless set"},                                      \
        {.name = "iv", .type = KEY_SECRET, .zh = "IV", .en = "the IV"},                            \
        {.name = "iv_in_front",                                                                    \
         .type = KEY_BOOL,                                                                         \
         .zh = "IV 是否放在密文前面",                                                              \
         .en = "the IV stands in front of the encrypted bytes"},                                   \
    {                                                                                              \
        .name = "encoding", .type = KEY_CHOICE, .choices = encoding_names,                         \
        .zh = "密文的写法,默认 base64", .en = "how the encrypted text is written, base64 unless set" \
    }
extern const struct key_spec decrypt_keys[];
/* What the table cannot say; `map` may be NULL. */
void decrypt_check(struct problems *p, const struct yaml *map);

/* RC_CONFIG for a key or IV of the wrong length. */
enum rc decrypt_read(struct arena *a, const char *base_dir, const struct yaml *map, struct decrypt *ret) MUST_CHECK;
/* Appends; RC_DECRYPT, and nothing appended. */
enum rc decrypt_bytes(const struct decrypt *d, struct str text, struct buf *out) MUST_CHECK;
/* The same, and what comes out has to be UTF-8 text without control characters but \t \n \r. */
enum rc decrypt_text(const struct decrypt *d, struct str text, struct buf *out) MUST_CHECK;
enum rc encrypt_text(const struct decrypt *d, struct str plain, struct buf *out) MUST_CHECK;

/* ---- columns of any source ---- */

struct column_cipher {
    size_t column;
    const struct decrypt *how;
};
struct column_ciphers {
    size_t n;
    struct column_cipher *items;
    size_t columns;                      /* of a row */
};

extern const struct key_spec column_cipher_keys[];   /* of one item of the dataset's `decrypt` */
/* `list`: the dataset's `decrypt`, or NULL. */
enum rc column_ciphers_open(const struct source *s, const struct yaml *list, struct column_ciphers *ret) MUST_CHECK;
/* Deciphers the columns in place. A row that cannot be is a reject; when most of a page cannot, the key is wrong:
 * CONN_STOP, RC_DECRYPT. */
enum answer column_ciphers_apply(const struct column_ciphers *c, struct page *page);

#endif
