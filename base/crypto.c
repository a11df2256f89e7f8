#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#define NONCE 12
#define TAG 16
#define DIGEST 32
#define SEAL_MAX ((size_t)1 << 30) /* OpenSSL counts in int */

static const char hex_digits[] = "0123456789abcdef";

/* A wrong code would look like any other: rather none at all. */
static void must(bool worked, const char *what)
{
    if (!worked) {
        err_die(RC_CRYPTO, "%s", what);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum rc key_from_hex(struct str hex, struct key *ret)
{
    struct key k = {.is_set = true};
    bool is_right = hex.n == sizeof k.bytes * 2;
    for (size_t i = 0; is_right && i < sizeof k.bytes; i++) {
        int high = hex_value(hex.p[2 * i]), low = hex_value(hex.p[2 * i + 1]);
        is_right = high >= 0 && low >= 0;
        k.bytes[i] = (unsigned char)(is_right ? high * 16 + low : 0);
    }
    if (!is_right) {
        enum rc rc =
            err_fail(RC_CONFIG, "%s", tr("密钥应为 64 位十六进制数字", "a key is 64 hex digits"));
        err_hint("%s", tr("用 openssl rand -hex 32 生成。", "Make one with: openssl rand -hex 32"));
        return rc;
    }
    *ret = k;
    return RC_OK;
}

static void to_hex(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        *out++ = hex_digits[bytes[i] >> 4];
        *out++ = hex_digits[bytes[i] & 15];
    }
    *out = '\0';
}

/* Fetching an algorithm costs more than hashing a record key; one context serves the whole process.
 */
static EVP_MAC_CTX *hmac_context(void)
{
    static EVP_MAC_CTX *context;
    if (context == NULL) {
        EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
        char digest[] = "SHA256";
        OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_end(),
        };
        context = EVP_MAC_CTX_new(hmac);
        EVP_MAC_free(hmac); /* the context keeps its own reference */
        must(context != NULL && EVP_MAC_CTX_set_params(context, params) == 1, "HMAC-SHA-256");
    }
    return context;
}

/* The NUL of the domain goes in too: no domain and text can together read like another pair. */
static void hmac(const struct key *k, const char *domain, struct str text,
                 unsigned char out[DIGEST])
{
    EVP_MAC_CTX *c = hmac_context();
    size_t n = 0;
    must(k->is_set, tr("密钥没有设置", "the key is not set"));
    must(EVP_MAC_init(c, k->bytes, sizeof k->bytes, NULL) == 1 &&
             EVP_MAC_update(c, (const unsigned char *)domain, strlen(domain) + 1) == 1 &&
             EVP_MAC_update(c, (const unsigned char *)text.p, text.n) == 1 &&
             EVP_MAC_final(c, out, &n, DIGEST) == 1 && n == DIGEST,
         "HMAC-SHA-256");
}

void crypto_code(const struct key *k, const char *domain, struct str text, char out[CODE_TEXT])
{
    unsigned char digest[DIGEST];
    hmac(k, domain, text, digest);
    out[0] = 'k';
    to_hex(digest, (CODE_TEXT - 2) / 2, out + 1);
}

void crypto_hash(const struct key *k, struct str bytes, unsigned char out[PAGE_HASH])
{
    unsigned char digest[DIGEST];
    hmac(k, "page", bytes, digest);
    memcpy(out, digest, PAGE_HASH);
}

static EVP_CIPHER_CTX *gcm_begin(const struct key *k, const unsigned char nonce[NONCE],
                                 struct str context, bool seals)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0;
    must(k->is_set, tr("密钥没有设置", "the key is not set"));
    must(c != NULL && context.n <= SEAL_MAX, "AES-256-GCM");
    must(EVP_CipherInit_ex2(c, EVP_aes_256_gcm(), k->bytes, nonce, seals, NULL) == 1,
         "AES-256-GCM");
    must(context.n == 0 ||
             EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)context.p, (int)context.n) == 1,
         "AES-256-GCM");
    return c;
}

static unsigned char *tail_of(struct buf *b)
{
    return (unsigned char *)b->p + b->n;
}

enum rc crypto_seal(const struct key *k, struct str plain, struct str context, struct buf *out)
{
    if (plain.n > SEAL_MAX) {
        return err_fail(RC_LIMIT, tr("超过 %zu 字节", "more than %zu bytes"), SEAL_MAX);
    }
    TRY(buf_reserve(out, NONCE + plain.n + TAG));
    unsigned char *nonce = tail_of(out), *body = nonce + NONCE;
    TRY(crypto_random(nonce, NONCE));
    EVP_CIPHER_CTX *c = gcm_begin(k, nonce, context, true);
    int n = 0, rest = 0;
    const unsigned char *text = (const unsigned char *)(plain.n == 0 ? "" : plain.p);
    must(EVP_EncryptUpdate(c, body, &n, text, (int)plain.n) == 1 &&
             EVP_EncryptFinal_ex(c, body + n, &rest) == 1 && (size_t)n + (size_t)rest == plain.n &&
             EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, body + plain.n) == 1,
         "AES-256-GCM");
    EVP_CIPHER_CTX_free(c);
    out->n += NONCE + plain.n + TAG;
    return RC_OK;
}

enum rc crypto_open(const struct key *k, struct str sealed, struct str context, struct buf *out)
{
    if (sealed.n < NONCE + TAG || sealed.n > SEAL_MAX) {
        return err_fail(RC_CRYPTO, "%s", tr("密文长度不对", "sealed text of a wrong length"));
    }
    size_t size = sealed.n - NONCE - TAG;
    TRY(buf_reserve(out, size));
    const unsigned char *nonce = (const unsigned char *)sealed.p, *body = nonce + NONCE;
    unsigned char tag[TAG];
    memcpy(tag, body + size, TAG);
    EVP_CIPHER_CTX *c = gcm_begin(k, nonce, context, false);
    int n = 0, rest = 0;
    bool is_authentic = EVP_DecryptUpdate(c, tail_of(out), &n, body, (int)size) == 1 &&
                        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
                        EVP_DecryptFinal_ex(c, tail_of(out) + n, &rest) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!is_authentic) {
        explicit_bzero(tail_of(out), size); /* decrypted, but nobody vouches for it */
        return err_fail(RC_CRYPTO, "%s",
                        tr("密文被改动,或密钥、用途不符",
                           "altered, or sealed under another key or for another use"));
    }
    out->n += size;
    return RC_OK;
}

enum rc crypto_random(void *p, size_t n)
{
    if (n > INT32_MAX || RAND_bytes(p, (int)n) != 1) {
        return err_fail(RC_CRYPTO, "%s", tr("取不到随机数", "no random bytes"));
    }
    return RC_OK;
}

void crypto_sha256_hex(struct str bytes, char out[65])
{
    unsigned char digest[DIGEST];
    size_t n = 0;
    must(EVP_Q_digest(NULL, "SHA256", NULL, bytes.n == 0 ? "" : bytes.p, bytes.n, digest, &n) ==
                 1 &&
             n == DIGEST,
         "SHA-256");
    to_hex(digest, sizeof digest, out);
}
