/* A request whose parameters go encrypted, before it is signed. */
#ifndef BIDUI_CONNECTORS_HTTP_ENCRYPT_H
#define BIDUI_CONNECTORS_HTTP_ENCRYPT_H

#include "connectors/decrypt.h"
#include "connectors/http/message.h"

struct http_encrypt {
    struct decrypt how;
    const char *field;                   /* that carries the encrypted text; NULL: it is the whole body */
};

extern const struct key_spec http_encrypt_keys[];
/* NULL where nothing is to be encrypted. */
enum rc http_encrypt_read(const struct source *s, const struct yaml *map, struct http_encrypt **ret) MUST_CHECK;
/* A form's fields become one JSON object first; a body that is ready is taken as it stands. */
enum rc http_encrypt_apply(const struct http_encrypt *e, struct http_message *m) MUST_CHECK;

#endif
