/* A signature as data: which text, which digest, how it is written. */
#ifndef BIDUI_CONNECTORS_HTTP_SIGN_H
#define BIDUI_CONNECTORS_HTTP_SIGN_H

#include "connectors/http/parts.h"

struct sign {
    struct template text, key;                       /* the key is for the keyed digests alone */
    struct digest_kind digest;
    enum encoding encoding;
};

/* Both in p->message->arena; *ret_text is what was signed. */
enum rc sign_make(const struct sign *s, struct parts *p, struct str *ret_text, struct str *ret_sign) MUST_CHECK;

#endif
