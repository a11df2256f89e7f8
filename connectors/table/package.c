/* ZIP archives through libzip, read out of a blob: nothing is unpacked to disk. */
#include <errno.h>
#include <stdlib.h>

#include "connectors/table/parts.h"

struct cursor {
    const struct blob *bytes;
    int64_t at;
    zip_error_t error;
};

static zip_int64_t take(struct cursor *c, void *p, zip_uint64_t n)
{
    size_t got = 0;
    if (blob_read(c->bytes, c->at, p, (size_t)n, &got) != RC_OK) {
        zip_error_set(&c->error, ZIP_ER_READ, EIO);
        return -1;
    }
    c->at += (int64_t)got;
    return (zip_int64_t)got;
}

static zip_int64_t tell_size(const struct cursor *c, void *p, zip_uint64_t n)
{
    zip_stat_t st;
    if (n < sizeof st) {
        return -1;
    }
    zip_stat_init(&st);
    st.size = (zip_uint64_t)blob_size(c->bytes);
    st.valid = ZIP_STAT_SIZE;
    memcpy(p, &st, sizeof st);
    return (zip_int64_t)sizeof st;
}

static zip_int64_t seek(struct cursor *c, void *p, zip_uint64_t n)
{
    zip_int64_t to = zip_source_seek_compute_offset(
        (zip_uint64_t)c->at, (zip_uint64_t)blob_size(c->bytes), p, n, &c->error);
    if (to < 0) {
        return -1;
    }
    c->at = (int64_t)to;
    return 0;
}

static zip_int64_t supported(void)
{
    return zip_source_make_command_bitmap(
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
        ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored \
    "-Wswitch-enum" /* libzip has commands of writing, which are not for us */
static zip_int64_t answer(void *ctx, void *p, zip_uint64_t n, zip_source_cmd_t command)
{
    struct cursor *c = ctx;
    switch (command) {
    case ZIP_SOURCE_OPEN:
        c->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return take(c, p, n);
    case ZIP_SOURCE_CLOSE:
        return 0;
    case ZIP_SOURCE_STAT:
        return tell_size(c, p, n);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&c->error, p, n);
    case ZIP_SOURCE_SEEK:
        return seek(c, p, n);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)c->at;
    case ZIP_SOURCE_SUPPORTS:
        return supported();
    case ZIP_SOURCE_FREE:
        zip_error_fini(&c->error);
        free(c);
        return 0;
    default:
        zip_error_set(&c->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}
#pragma GCC diagnostic pop

static enum rc fail_damaged(const char *name)
{
    enum rc rc = err_fail(RC_FORMAT, tr("%s 已损坏或不完整", "%s is damaged or incomplete"), name);
    err_hint("%s", tr("请部门重新保存并再次放入。",
                      "Ask the department to save it anew and send it again."));
    return rc;
}

enum rc package_open(const struct blob *bytes, const char *name, zip_t **ret)
{
    struct cursor *c = calloc(1, sizeof *c);
    if (c == NULL) {
        err_die(RC_MEMORY, "%s", name);
    }
    c->bytes = bytes;
    zip_error_init(&c->error);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(answer, c, &error);
    if (source == NULL) {
        err_die(RC_MEMORY, "%s", name);
    }
    *ret = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (*ret == NULL) {
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return *ret != NULL ? RC_OK : fail_damaged(name);
}

enum rc package_enter(zip_t *zip, zip_uint64_t index, const char *name, zip_file_t **ret)
{
    *ret = zip_fopen_index(zip, index, 0);
    if (*ret != NULL) {
        return RC_OK;
    }
    int code = zip_error_code_zip(zip_get_error(zip));
    if (code != ZIP_ER_NOPASSWD && code != ZIP_ER_WRONGPASSWD) {
        return fail_damaged(name);
    }
    enum rc rc =
        err_fail(RC_FORMAT,
                 code == ZIP_ER_NOPASSWD ? tr("%s 加了密码", "%s has a password")
                                         : tr("%s 的密码不对", "the password of %s is another one"),
                 name);
    err_hint("%s", tr("在 format.password 写明密码的引用,或请部门不加密码重新打包。",
                      "Say format.password, or ask the department to pack it without one."));
    return rc;
}

enum rc package_read(zip_file_t *in, const char *name, char *p, size_t n, size_t *ret_n)
{
    size_t done = 0;
    while (done < n) {
        zip_int64_t got = zip_fread(in, p + done, n - done);
        if (got < 0) {
            return fail_damaged(name);
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    *ret_n = done;
    return RC_OK;
}
