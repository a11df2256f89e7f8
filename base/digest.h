/* Digests that interfaces ask for, plain and keyed (HMAC), over OpenSSL. MD5 and SHA-1 are weak and only there because
 * gateways demand them; nothing of bidui's own rests on them. */
#ifndef BIDUI_BASE_DIGEST_H
#define BIDUI_BASE_DIGEST_H

#include "base/err.h"
#include "base/str.h"

#define DIGEST_MAX 64
enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512, DIGEST_SM3 };
struct digest_kind {
    enum digest digest;
    bool is_keyed;
};
/* "md5" ... "hmac_sm3", NULL-terminated */
extern const char *const digest_names[];

bool digest_find(struct str name, struct digest_kind *ret);
/* `key` is used by the keyed ones alone. RC_CRYPTO when OpenSSL refuses the digest, as one bound to FIPS does with MD5. */
enum rc digest_make(struct digest_kind kind, struct str key, struct str bytes, unsigned char out[DIGEST_MAX],
                    size_t *ret_n) MUST_CHECK;

#endif
