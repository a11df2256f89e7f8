/* A ZIP archive: its members by a pattern, in the order of their names. */
#include <fnmatch.h>
#include <stdlib.h>
#include <zip.h>

#include "connectors/filter.h"

#define MOST_MEMBERS 10000

struct zip_settings {
    const char *pattern, *password; /* password: or NULL */
};

struct member {
    const char *name;
    zip_uint64_t index;
};

static enum rc unreadable(const char *why)
{
    return err_fail(RC_FORMAT, tr("ZIP 无法读取: %s", "unreadable ZIP: %s"), why);
}

/* The archive lies in memory; it is closed with *ret. */
static enum rc open_archive(struct str in, struct zip **ret)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(in.p, in.n, 0, &error);
    *ret = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &error);
    enum rc rc = *ret == NULL ? unreadable(zip_error_strerror(&error)) : RC_OK;
    if (*ret == NULL && source != NULL) {
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static bool is_wanted(const char *name, const char *pattern)
{
    size_t n = strlen(name);
    const char *slash = strrchr(name, '/'), *base = slash == NULL ? name : slash + 1;
    bool has_folder = strchr(pattern, '/') != NULL;
    return n > 0 && name[n - 1] != '/' && fnmatch(pattern, has_folder ? name : base, 0) == 0;
}

static enum rc list_members(struct zip *z, const char *pattern, struct member *members,
                            size_t count, size_t *ret_n)
{
    size_t n = 0;
    for (zip_uint64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(z, i, ZIP_FL_ENC_RAW);
        if (name != NULL && is_wanted(name, pattern)) {
            members[n++] = (struct member){name, i};
        }
    }
    qsort(members, n, sizeof *members, by_name);
    *ret_n = n;
    return n > 0 ? RC_OK
                 : err_fail(RC_FORMAT, tr("ZIP 中没有符合 %s 的文件", "no member of the ZIP is %s"),
                            pattern);
}

static enum rc read_member(struct zip_file *f, struct buf *out)
{
    char chunk[1 << 16];
    for (;;) {
        zip_int64_t n = zip_fread(f, chunk, sizeof chunk);
        if (n < 0) {
            return unreadable(zip_error_strerror(zip_file_get_error(f)));
        }
        if (n == 0) {
            return RC_OK;
        }
        if (buf_put(out, chunk, (size_t)n) != RC_OK) {
            return err_fail(RC_LIMIT, tr("解压后超过 %zu 字节(上限 caps.body)", "unpacks to more than %zu bytes (caps.body)"),
                            out->max);
        }
    }
}

static enum rc take_member(struct zip *z, zip_uint64_t index, struct buf *b,
                           const struct filter_sink *out)
{
    struct zip_file *f = zip_fopen_index(z, index, 0);
    if (f == NULL) {
        return unreadable(zip_error_strerror(zip_get_error(z)));
    }
    enum rc rc = read_member(f, b);
    zip_fclose(f);
    return rc == RC_OK ? out->take(out->ctx, buf_str(b)) : rc;
}

static enum rc take_members(struct zip *z, const struct member *members, size_t n, size_t max,
                            const struct filter_sink *out)
{
    enum rc rc = RC_OK;
    size_t left = max;
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        struct buf b;
        buf_init(&b, left > 0 ? left : 1);
        rc = take_member(z, members[i].index, &b, out);
        left -= b.n < left ? b.n : left;
        buf_done(&b);
    }
    return rc;
}

static enum rc read_archive(struct zip *z, const struct zip_settings *s, size_t max,
                            const struct filter_sink *out)
{
    zip_int64_t count = zip_get_num_entries(z, 0);
    if (count < 0 || count > MOST_MEMBERS) {
        return err_fail(RC_LIMIT, tr("ZIP 中超过 %d 个文件", "a ZIP of more than %d members"),
                        MOST_MEMBERS);
    }
    if (s->password != NULL && zip_set_default_password(z, s->password) != 0) {
        return unreadable(zip_error_strerror(zip_get_error(z)));
    }
    struct member *members = calloc((size_t)count + 1, sizeof *members);
    if (members == NULL) {
        err_die(RC_MEMORY, "%lld", (long long)count);
    }
    size_t n = 0;
    enum rc rc = list_members(z, s->pattern, members, (size_t)count, &n);
    rc = rc == RC_OK ? take_members(z, members, n, max, out) : rc;
    free(members);
    return rc;
}

static enum rc zip_run(void *state, struct str in, size_t max, const struct filter_sink *out,
                       bool *ret_is_cut)
{
    struct zip *z = NULL;
    (void)ret_is_cut; /* its directory is at the end: what is cut is no ZIP */
    TRY(open_archive(in, &z));
    enum rc rc = read_archive(z, state, max, out);
    zip_discard(z);
    return rc;
}

static enum rc zip_settings_read(const struct source *s, const struct yaml *settings,
                                 void **ret_state)
{
    struct zip_settings *z = ARENA_NEW(s->arena, struct zip_settings);
    struct str pattern = yaml_text(settings, "member"), password = yaml_text(settings, "password");
    z->pattern = str_is_null(pattern) ? "*" : pattern.p;
    if (!str_is_null(password)) {
        TRY(keys_resolve(s->arena, password, s->base_dir, &password));
        z->password = arena_cstr(s->arena, password);
    }
    *ret_state = z;
    return RC_OK;
}

const struct filter filter_zip = {.kind = "zip", .open = zip_settings_read, .run = zip_run};
