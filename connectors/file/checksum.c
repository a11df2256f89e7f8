/* NAME.md5, NAME.sha256 or NAME.sm3, as md5sum and its kin write them: the digest in hex, then
 * perhaps the name. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "connectors/file/file.h"

#define SUM_BYTES 4096

static enum rc digest_bytes(EVP_MD_CTX *ctx, const struct blob *bytes, char *chunk,
                            char hex[2 * EVP_MAX_MD_SIZE + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_n = 0;
    size_t n = FILE_CHUNK;
    for (int64_t at = 0; n == FILE_CHUNK; at += (int64_t)n) {
        TRY(blob_read(bytes, at, chunk, FILE_CHUNK, &n));
        if (EVP_DigestUpdate(ctx, chunk, n) != 1) {
            return err_fail(RC_CRYPTO, "digest");
        }
    }
    if (EVP_DigestFinal_ex(ctx, digest, &digest_n) != 1) {
        return err_fail(RC_CRYPTO, "digest");
    }
    for (unsigned int i = 0; i < digest_n; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)digest[i]);
    }
    return RC_OK;
}

static enum rc digest_hex(const char *algorithm, const struct blob *bytes,
                          char hex[2 * EVP_MAX_MD_SIZE + 1])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    char *chunk = malloc(FILE_CHUNK);
    if (ctx == NULL || chunk == NULL) {
        err_die(RC_MEMORY, "%s", algorithm);
    }
    const EVP_MD *md = EVP_get_digestbyname(algorithm);
    enum rc rc = md != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1
                     ? RC_OK
                     : err_fail(RC_CRYPTO, "%s", algorithm);
    if (rc == RC_OK) {
        rc = digest_bytes(ctx, bytes, chunk, hex);
    }
    free(chunk);
    EVP_MD_CTX_free(ctx);
    return rc;
}

/* The line may begin with the digest or, as some programs write it, end with it. */
enum rc checksum_agrees(const char *algorithm, const struct blob *bytes, const struct blob *sum,
                        bool *ret)
{
    char text[SUM_BYTES + 1], hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    size_t n = 0;
    TRY(blob_read(sum, 0, text, SUM_BYTES, &n));
    text[n] = '\0';
    TRY(digest_hex(algorithm, bytes, hex));
    const char *hit = strcasestr(text, hex);
    *ret = hit != NULL && strspn(hit, "0123456789abcdefABCDEF") == strlen(hex);
    return RC_OK;
}
