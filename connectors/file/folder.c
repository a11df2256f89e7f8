/* Which files of a drop folder are complete, and which of them were taken before. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/keyed.h"
#include "base/log.h"
#include "connectors/file/file.h"

#define UNIX_TO_2000_S INT64_C(946684800)
#define LOCAL_OFFSET_S INT64_C(28800) /* clock_now_us is at UTC+08:00 */

static enum rc io_fail(const char *path, int error)
{
    enum rc rc = err_fail(RC_IO, "%s: %s", path, fs_reason(error));
    if (error == EACCES) {
        err_hint(tr("让运行 bidui 的用户可以读写 %s。",
                    "Let the user who runs bidui read and write %s."),
                 path);
    } else if (error == ENOENT) {
        err_hint(tr("文件在读取前被移走了:请部门放入后不再改动 %s。",
                    "It went away before it was read: ask the department to leave %s alone."),
                 path);
    }
    return rc;
}

enum rc stamp_of(const char *path, int fd, struct stamp *ret)
{
    struct stat st;
    if ((fd < 0 ? stat(path, &st) : fstat(fd, &st)) != 0) {
        return io_fail(path, errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return err_fail(RC_IO, tr("%s: 不是普通文件", "%s: no regular file"), path);
    }
    *ret = (struct stamp){
        .device = (uint64_t)st.st_dev,
        .inode = (uint64_t)st.st_ino,
        .size = (int64_t)st.st_size,
        .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
    };
    return RC_OK;
}

bool stamp_is(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime_ns == b->mtime_ns;
}

/* O_NONBLOCK: a pipe somebody put there must not hold the night up. */
enum rc drop_open(const struct drop *drop, struct blob **ret)
{
    int fd = open(drop->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return io_fail(drop->path, errno);
    }
    struct stamp ignored;
    enum rc rc = stamp_of(drop->path, fd, &ignored);
    if (rc != RC_OK) {
        close(fd);
        return rc;
    }
    return blob_of_file(fd, drop->path, ret);
}

/* ---- Hashing ---- */

static enum rc add_bytes(const struct blob *bytes, struct keyed_sum *sum, char *chunk)
{
    size_t n = FILE_CHUNK;
    for (int64_t at = 0; n == FILE_CHUNK; at += (int64_t)n) {
        TRY(blob_read(bytes, at, chunk, FILE_CHUNK, &n));
        keyed_add(sum, str_of(chunk, n));
    }
    return RC_OK;
}

enum rc drop_hash_bytes(const struct source *source, const struct blob *bytes, struct drop *drop)
{
    char *chunk = malloc(FILE_CHUNK);
    if (chunk == NULL) {
        err_die(RC_MEMORY, "%zu", FILE_CHUNK);
    }
    struct keyed_sum *sum = keyed_begin(source->hash_key);
    enum rc rc = add_bytes(bytes, sum, chunk);
    keyed_end(sum, rc == RC_OK ? drop->hash : NULL);
    free(chunk);
    drop->is_taken = rc == RC_OK && source->is_taken != NULL &&
                     source->is_taken(source->is_taken_ctx, drop->hash);
    return rc;
}

enum rc drop_hash(const struct source *source, struct drop *drop)
{
    struct blob *bytes = NULL;
    TRY(drop_open(drop, &bytes));
    enum rc rc = stamp_of(drop->path, blob_fd(bytes), &drop->stamp);
    if (rc == RC_OK) {
        rc = drop_hash_bytes(source, bytes, drop);
    }
    blob_close(bytes);
    return rc;
}

/* ---- Readiness ---- */

static const char *in_folder(struct arena *a, const char *folder, struct str name,
                             const char *suffix)
{
    return arena_printf(a, "%s/%.*s%s", folder, STR_ARGS(name), suffix);
}

struct str name_stem(struct str name)
{
    for (size_t i = name.n; i > 1; i--) {
        if (name.p[i - 1] == '.') {
            return str_sub(name, 0, i - 1);
        }
    }
    return name;
}

/* NAME.csv.done or NAME.done; NULL if neither is there. */
static const char *find_beside(struct arena *a, const struct file_options *o, struct str name,
                               const char *suffix)
{
    const char *path = in_folder(a, o->folder, name, suffix);
    if (fs_exists(path)) {
        return path;
    }
    path = in_folder(a, o->folder, name_stem(name), suffix);
    return fs_exists(path) ? path : NULL;
}

static bool is_stable(const struct stamp *stamp, int64_t stable_ms)
{
    int64_t now_ms = clock_now_us() / 1000 + (UNIX_TO_2000_S - LOCAL_OFFSET_S) * 1000;
    return now_ms - stamp->mtime_ns / 1000000 >= stable_ms;
}

static bool is_complete(struct arena *a, const struct file_options *o, struct drop *drop)
{
    if (stamp_of(drop->path, -1, &drop->stamp) != RC_OK) {
        err_clear(); /* a folder, or gone again: not a file of the delivery */
        return false;
    }
    if (o->marker != NULL) {
        drop->marker = find_beside(a, o, str_from(drop->name), o->marker);
    }
    if (o->checksum != NULL) {
        drop->sum = find_beside(a, o, str_from(drop->name), arena_printf(a, ".%s", o->checksum));
    }
    if ((o->marker != NULL && drop->marker == NULL) || (o->checksum != NULL && drop->sum == NULL)) {
        return false;
    }
    return o->stable_ms == 0 || is_stable(&drop->stamp, o->stable_ms);
}

/* ---- Choosing ---- */

bool is_companion(struct arena *a, const struct file_options *o, struct str name)
{
    return (o->marker != NULL && str_ends(name, str_from(o->marker))) ||
           (o->checksum != NULL && str_ends(name, str_from(arena_printf(a, ".%s", o->checksum))));
}

static int by_date_and_name(const void *a, const void *b)
{
    const struct drop *x = a, *y = b;
    if (x->date != y->date) {
        return (x->date > y->date) - (x->date < y->date);
    }
    return strcmp(x->name, y->name);
}

void drops_sort(struct drops *drops)
{
    if (drops->n > 0) {
        qsort(drops->items, drops->n, sizeof *drops->items, by_date_and_name);
    }
}

static enum rc list_folder(const struct source *source, const struct file_options *o,
                           struct drops *drops)
{
    char **names = NULL;
    size_t n = 0, waiting = 0;
    TRY(fs_list(source->arena, o->folder, NULL, &names, &n));
    drops->items = arena_array(source->arena, n + 1, sizeof *drops->items);
    for (size_t i = 0; i < n; i++) {
        struct str name = str_from(names[i]);
        struct drop drop = {.name = names[i],
                            .path = in_folder(source->arena, o->folder, name, "")};
        if (is_companion(source->arena, o, name) ||
            !pattern_matches(o->match, names[i], &drop.date)) {
            continue;
        }
        drop.is_complete = is_complete(source->arena, o, &drop);
        waiting += drop.is_complete ? 0 : 1;
        drops->items[drops->n++] = drop;
    }
    drops_sort(drops);
    if (waiting > 0) {
        log_event(LOG_INFO, "files incomplete", LOG_S("dataset", source->dataset),
                  LOG_I("files", waiting));
    }
    return RC_OK;
}

/* A file that isn't what its checksum says is not complete. */
static enum rc check_sum(const struct file_options *o, struct drop *drop)
{
    struct blob *bytes = NULL, *sum = NULL;
    struct drop sum_drop = {.path = drop->sum};
    if (o->checksum == NULL) {
        return RC_OK;
    }
    enum rc rc = drop_open(drop, &bytes);
    if (rc == RC_OK) {
        rc = drop_open(&sum_drop, &sum);
    }
    if (rc == RC_OK) {
        rc = checksum_agrees(o->checksum, bytes, sum, &drop->is_complete);
    }
    blob_close(bytes);
    blob_close(sum);
    if (rc == RC_OK && !drop->is_complete) {
        log_event(LOG_WARN, "checksum differs", LOG_S("file", drop->name));
    }
    return rc;
}

/* The file a killed pull was reading may no longer be the newest. */
static enum rc hash_needed(const struct source *source, const struct file_options *o,
                           struct drops *drops)
{
    bool all = !o->newest_only || o->has_parts || !str_is_empty(source->position);
    bool done = false;
    for (size_t i = drops->n; i > 0 && !done; i--) {
        struct drop *drop = &drops->items[i - 1];
        if (drop->is_complete) {
            TRY(drop_hash(source, drop));
            TRY(check_sum(o, drop));
            done = drop->is_complete && !all;
        }
    }
    return RC_OK;
}

static enum rc choose_given(const struct source *source, const struct file_options *o,
                            struct drops *drops)
{
    drops->items = arena_array(source->arena, source->file_count + 1, sizeof *drops->items);
    for (size_t i = 0; i < source->file_count; i++) {
        const char *slash = strrchr(source->files[i], '/');
        struct drop *drop = &drops->items[drops->n++];
        drop->path = source->files[i];
        drop->name = slash != NULL ? slash + 1 : drop->path;
        TRY(drop_hash(source, drop));
        (void)pattern_matches(o->match, drop->name, &drop->date);
        drop->is_complete = true;
        drop->is_taken = false; /* asked for by name: read, whatever came before */
    }
    return RC_OK;
}

enum rc folder_choose(const struct source *source, const struct file_options *options,
                      struct drops *ret)
{
    struct drops drops = {NULL, 0};
    if (source->file_count > 0) {
        TRY(choose_given(source, options, &drops));
    } else {
        TRY(list_folder(source, options, &drops));
        TRY(hash_needed(source, options, &drops));
    }
    *ret = drops;
    return RC_OK;
}
