/* Keyed codes, sealing and random bytes, over OpenSSL. Keys are 32 bytes. */
#ifndef BIDUI_BASE_CRYPTO_H
#define BIDUI_BASE_CRYPTO_H

#include "base/arena.h"
#include "base/buf.h"

#define CRYPTO_KEY 32
struct key {
    unsigned char bytes[CRYPTO_KEY];
    bool is_set;
};

enum rc key_from_hex(struct str hex, struct key *ret) MUST_CHECK;  /* 64 hex digits; RC_CONFIG otherwise */
/* A short code that stands for a secret text: 'k' and 20 hex digits of HMAC-SHA-256. `domain` separates uses. */
#define CODE_TEXT 22
void crypto_code(const struct key *k, const char *domain, struct str text, char out[CODE_TEXT]);
/* Keyed hash of whole pages and files. */
#define PAGE_HASH 16
void crypto_hash(const struct key *k, struct str bytes, unsigned char out[PAGE_HASH]);
/* AES-256-GCM. Output: 12 bytes nonce, ciphertext, 16 bytes tag. `context` is authenticated, not stored. */
enum rc crypto_seal(const struct key *k, struct str plain, struct str context, struct buf *out) MUST_CHECK;
enum rc crypto_open(const struct key *k, struct str sealed, struct str context, struct buf *out) MUST_CHECK;
enum rc crypto_random(void *p, size_t n) MUST_CHECK;
/* SHA-256 as 64 hex digits and a NUL: digests of configuration and rules. */
void crypto_sha256_hex(struct str bytes, char out[65]);

#endif
