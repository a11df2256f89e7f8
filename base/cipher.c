#include "base/cipher.h"

#include <openssl/evp.h>
#include <stdio.h>

#define BLOCK 16
#define MOST_BYTES ((size_t)1 << 30)     /* OpenSSL counts in int */

const struct cipher ciphers[] = {
    {"sm4_cbc", "SM4-CBC", 16, 16, true, false}, {"sm4_ecb", "SM4-ECB", 16, 0, true, false},
    {"sm4_ctr", "SM4-CTR", 16, 16, false, false}, {"aes_cbc", "CBC", 0, 16, true, false},
    {"aes_ecb", "ECB", 0, 0, true, false},       {"aes_ctr", "CTR", 0, 16, false, false},
    {"aes_gcm", "GCM", 0, 12, false, true},      {0},
};
const char *const cipher_names[] = {"sm4_cbc", "sm4_ecb", "sm4_ctr", "aes_cbc",
                                    "aes_ecb", "aes_ctr", "aes_gcm", NULL};

const struct cipher *cipher_find(struct str name)
{
    for (const struct cipher *c = ciphers; c->name != NULL; c++) {
        if (str_is(name, c->name)) {
            return c;
        }
    }
    return NULL;
}

bool cipher_takes_key(const struct cipher *c, size_t n)
{
    return c->key_n > 0 ? n == c->key_n : n == 16 || n == 24 || n == 32;
}

static EVP_CIPHER *fetch(const struct cipher_key *k)
{
    char name[32];
    if (k->cipher->key_n > 0) {
        return EVP_CIPHER_fetch(NULL, k->cipher->openssl, NULL);
    }
    snprintf(name, sizeof name, "AES-%zu-%s", k->key_n * 8, k->cipher->openssl);
    return EVP_CIPHER_fetch(NULL, name, NULL);
}

static enum rc begin(const struct cipher_key *k, bool encrypts, EVP_CIPHER_CTX **ret)
{
    EVP_CIPHER *cipher = fetch(k);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool worked = cipher != NULL && c != NULL &&
                  EVP_CipherInit_ex2(c, cipher, k->key, k->iv, encrypts, NULL) == 1 &&
                  EVP_CIPHER_CTX_set_padding(c, k->cipher->is_padded) == 1;
    EVP_CIPHER_free(cipher);
    if (!worked) {
        EVP_CIPHER_CTX_free(c);
        return err_fail(RC_CRYPTO, tr("OpenSSL 不提供 %s", "OpenSSL does not offer %s"),
                        k->cipher->name);
    }
    *ret = c;
    return RC_OK;
}

static unsigned char *tail_of(struct buf *b)
{
    return (unsigned char *)b->p + b->n;
}

static bool encrypt_all(EVP_CIPHER_CTX *c, const struct cipher_key *k, struct str plain,
                        unsigned char *out, size_t *ret_n)
{
    const unsigned char *text = (const unsigned char *)(plain.n == 0 ? "" : plain.p);
    int n = 0, rest = 0;
    if (EVP_EncryptUpdate(c, out, &n, text, (int)plain.n) != 1 ||
        EVP_EncryptFinal_ex(c, out + n, &rest) != 1) {
        return false;
    }
    *ret_n = (size_t)n + (size_t)rest;
    if (!k->cipher->is_authentic) {
        return true;
    }
    *ret_n += CIPHER_TAG;
    return EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG, out + n + rest) == 1;
}

enum rc cipher_encrypt(const struct cipher_key *k, struct str plain, struct buf *out)
{
    EVP_CIPHER_CTX *c = NULL;
    size_t n = 0;
    if (plain.n > MOST_BYTES) {
        return err_fail(RC_LIMIT, tr("超过 %zu 字节", "more than %zu bytes"), MOST_BYTES);
    }
    TRY(buf_reserve(out, plain.n + BLOCK + CIPHER_TAG));
    TRY(begin(k, true, &c));
    bool worked = encrypt_all(c, k, plain, tail_of(out), &n);
    EVP_CIPHER_CTX_free(c);
    if (!worked) {
        return err_fail(RC_CRYPTO, "%s", k->cipher->name);
    }
    out->n += n;
    return RC_OK;
}

static bool decrypt_all(EVP_CIPHER_CTX *c, const struct cipher_key *k, struct str text,
                        unsigned char *out, size_t *ret_n)
{
    unsigned char tag[CIPHER_TAG];
    int n = 0, rest = 0;
    if (k->cipher->is_authentic) {
        text.n -= CIPHER_TAG;
        memcpy(tag, text.p + text.n, CIPHER_TAG);
        if (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG, tag) != 1) {
            return false;
        }
    }
    bool worked = EVP_DecryptUpdate(c, out, &n, (const unsigned char *)text.p, (int)text.n) == 1 &&
                  EVP_DecryptFinal_ex(c, out + n, &rest) == 1;
    *ret_n = worked ? (size_t)n + (size_t)rest : 0;
    return worked;
}

static bool is_right_length(const struct cipher *c, size_t n)
{
    if (c->is_authentic) {
        return n >= CIPHER_TAG;
    }
    return !c->is_padded || (n > 0 && n % BLOCK == 0);
}

enum rc cipher_decrypt(const struct cipher_key *k, struct str text, struct buf *out)
{
    EVP_CIPHER_CTX *c = NULL;
    size_t n = 0;
    if (text.n > MOST_BYTES || !is_right_length(k->cipher, text.n)) {
        return err_fail(RC_DECRYPT, tr("%s 密文长度不对", "%s: a text of the wrong length"),
                        k->cipher->name);
    }
    TRY(buf_reserve(out, text.n + BLOCK));
    TRY(begin(k, false, &c));
    bool worked = decrypt_all(c, k, text, tail_of(out), &n);
    EVP_CIPHER_CTX_free(c);
    if (!worked) {
        explicit_bzero(tail_of(out), text.n);
        return err_fail(RC_DECRYPT, tr("%s 解不开", "%s: cannot be deciphered"), k->cipher->name);
    }
    out->n += n;
    return RC_OK;
}
