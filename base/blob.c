#include "base/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"

#define AES_BLOCK 16
#define STEP ((size_t)64 << 10)

struct blob {
    int fd;
    bool is_spool;
    int64_t size;
    char name[256];
    unsigned char key[CRYPTO_KEY];
    unsigned char nonce[AES_BLOCK / 2]; /* the other half counts blocks from the start */
};

static enum rc io_fail(const struct blob *b)
{
    return err_fail(RC_IO, "%s: %s", b->name, fs_reason(errno));
}

static struct blob *blob_new(int fd, const char *name)
{
    struct blob *b = calloc(1, sizeof *b);
    if (b == NULL) {
        err_die(RC_MEMORY, "%s", name);
    }
    b->fd = fd;
    (void)snprintf(b->name, sizeof b->name, "%s", name);
    return b;
}

enum rc blob_of_file(int fd, const char *name, struct blob **ret)
{
    struct stat st;
    struct blob *b = blob_new(fd, name);
    if (fstat(fd, &st) != 0) {
        enum rc rc = io_fail(b);
        blob_close(b);
        return rc;
    }
    b->size = (int64_t)st.st_size;
    *ret = b;
    return RC_OK;
}

enum rc blob_spool(const char *folder, struct blob **ret)
{
    const char *tmp = getenv("TMPDIR");
    folder = folder != NULL ? folder : tmp != NULL && *tmp != '\0' ? tmp : "/var/tmp";
    struct blob *b = blob_new(open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600), folder);
    b->is_spool = true;
    enum rc rc = b->fd < 0 ? io_fail(b) : RC_OK;
    if (rc == RC_OK) {
        rc = crypto_random(b->key, sizeof b->key);
    }
    if (rc == RC_OK) {
        rc = crypto_random(b->nonce, sizeof b->nonce);
    }
    if (rc != RC_OK) {
        blob_close(b);
        return rc;
    }
    *ret = b;
    return RC_OK;
}

/* ---- The cipher: the same step seals and opens ---- */

static enum rc cipher_start(const struct blob *b, int64_t at, EVP_CIPHER_CTX *ctx)
{
    unsigned char iv[AES_BLOCK], waste[AES_BLOCK] = {0};
    uint64_t block = (uint64_t)at / AES_BLOCK;
    int ignored = 0, into = (int)(at % AES_BLOCK);
    memcpy(iv, b->nonce, sizeof b->nonce);
    for (size_t i = AES_BLOCK; i > sizeof b->nonce; i--, block >>= 8) {
        iv[i - 1] = (unsigned char)(block & 0xFF);
    }
    bool good = EVP_EncryptInit_ex(ctx, EVP_aes_256_ctr(), NULL, b->key, iv) == 1 &&
                EVP_EncryptUpdate(ctx, waste, &ignored, waste, into) == 1;
    return good ? RC_OK : err_fail(RC_CRYPTO, "AES-256-CTR");
}

static enum rc cipher_run(const struct blob *b, int64_t at, char *p, size_t n)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        err_die(RC_MEMORY, "%s", b->name);
    }
    enum rc rc = cipher_start(b, at, ctx);
    for (size_t done = 0; rc == RC_OK && done < n;) {
        int part = (int)(n - done < STEP ? n - done : STEP), out = 0;
        unsigned char *from = (unsigned char *)p + done;
        if (EVP_EncryptUpdate(ctx, from, &out, from, part) != 1) {
            rc = err_fail(RC_CRYPTO, "AES-256-CTR");
        }
        done += (size_t)part;
    }
    EVP_CIPHER_CTX_free(ctx);
    return rc;
}

/* ---- Bytes ---- */

static enum rc write_all(struct blob *b, const char *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t put = pwrite(b->fd, p + done, n - done, (off_t)(b->size + (int64_t)done));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return io_fail(b);
        }
        done += (size_t)put;
    }
    b->size += (int64_t)n;
    return RC_OK;
}

enum rc blob_append(struct blob *b, struct str bytes)
{
    char step[STEP];
    while (bytes.n > 0) {
        struct str part = str_sub(bytes, 0, STEP);
        memcpy(step, part.p, part.n);
        TRY(cipher_run(b, b->size, step, part.n));
        TRY(write_all(b, step, part.n));
        bytes = str_sub(bytes, part.n, bytes.n);
    }
    return RC_OK;
}

enum rc blob_clear(struct blob *b)
{
    b->size = 0;
    /* the same stream of the cipher never covers two contents */
    TRY(crypto_random(b->nonce, sizeof b->nonce));
    return ftruncate(b->fd, 0) == 0 ? RC_OK : io_fail(b);
}

enum rc blob_read(const struct blob *b, int64_t at, char *p, size_t n, size_t *ret_n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(b->fd, p + done, n - done, (off_t)(at + (int64_t)done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return io_fail(b);
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    if (b->is_spool) {
        TRY(cipher_run(b, at, p, done));
    }
    *ret_n = done;
    return RC_OK;
}

int64_t blob_size(const struct blob *b)
{
    return b->size;
}

int blob_fd(const struct blob *b)
{
    return b->is_spool ? -1 : b->fd;
}

void blob_close(struct blob *b)
{
    if (b == NULL) {
        return;
    }
    if (b->fd >= 0) {
        close(b->fd);
    }
    OPENSSL_cleanse(b->key, sizeof b->key);
    free(b);
}
