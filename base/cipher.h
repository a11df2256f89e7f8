/* Block ciphers in which departments wrap their data: SM4 (GB/T 32907) and AES, over OpenSSL.
 *
 * Deciphered text proves nothing by itself but under GCM: with a wrong key the padding or the text is wrong almost
 * always, and whoever takes the text must look at it. */
#ifndef BIDUI_BASE_CIPHER_H
#define BIDUI_BASE_CIPHER_H

#include "base/buf.h"

#define CIPHER_KEY_MAX 32
#define CIPHER_IV_MAX 16
#define CIPHER_TAG 16                    /* of GCM, behind the text */

struct cipher {
    const char *name;                    /* "sm4_cbc" */
    const char *openssl;
    size_t key_n, iv_n;                  /* bytes; key_n 0: 16, 24 or 32, as the key is long */
    bool is_padded;                      /* PKCS#7 */
    bool is_authentic;                   /* GCM */
};
extern const struct cipher ciphers[];    /* name NULL ends them */
extern const char *const cipher_names[];

struct cipher_key {
    const struct cipher *cipher;
    unsigned char key[CIPHER_KEY_MAX], iv[CIPHER_IV_MAX];
    size_t key_n;
};

const struct cipher *cipher_find(struct str name);   /* NULL if unknown */
bool cipher_takes_key(const struct cipher *c, size_t n);
enum rc cipher_encrypt(const struct cipher_key *k, struct str plain, struct buf *out) MUST_CHECK;
/* RC_DECRYPT, and nothing appended, when length, padding or tag are wrong. */
enum rc cipher_decrypt(const struct cipher_key *k, struct str text, struct buf *out) MUST_CHECK;

#endif
