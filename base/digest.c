#include "base/digest.h"

#include <openssl/evp.h>

static const struct {
    struct digest_kind kind;
    const char *openssl;
} kinds[] = {
    {{DIGEST_MD5, false}, "MD5"},       {{DIGEST_SHA1, false}, "SHA1"},
    {{DIGEST_SHA256, false}, "SHA256"}, {{DIGEST_SHA512, false}, "SHA512"},
    {{DIGEST_SM3, false}, "SM3"},       {{DIGEST_MD5, true}, "MD5"},
    {{DIGEST_SHA1, true}, "SHA1"},      {{DIGEST_SHA256, true}, "SHA256"},
    {{DIGEST_SHA512, true}, "SHA512"},  {{DIGEST_SM3, true}, "SM3"},
};
const char *const digest_names[] = {"md5",       "sha1",        "sha256",      "sha512",   "sm3", "hmac_md5",
                                    "hmac_sha1", "hmac_sha256", "hmac_sha512", "hmac_sm3", NULL};

bool digest_find(struct str name, struct digest_kind *ret)
{
    for (size_t i = 0; digest_names[i] != NULL; i++) {
        if (str_is(name, digest_names[i])) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static const char *openssl_name(enum digest d)
{
    size_t i = 0;
    while (kinds[i].kind.digest != d) {
        i++;
    }
    return kinds[i].openssl;
}

enum rc digest_make(struct digest_kind kind, struct str key, struct str bytes,
                    unsigned char out[DIGEST_MAX], size_t *ret_n)
{
    const char *name = openssl_name(kind.digest);
    const char *text = bytes.n == 0 ? "" : bytes.p;
    size_t n = 0;
    bool worked =
        kind.is_keyed
            ? EVP_Q_mac(NULL, "HMAC", NULL, name, NULL, key.n == 0 ? "" : key.p, key.n,
                        (const unsigned char *)text, bytes.n, out, DIGEST_MAX, &n) != NULL
            : EVP_Q_digest(NULL, name, NULL, text, bytes.n, out, &n) == 1;
    if (!worked) {
        return err_fail(RC_CRYPTO, tr("OpenSSL 不提供 %s", "OpenSSL does not offer %s"), name);
    }
    *ret_n = n;
    return RC_OK;
}
