#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"

#define READ_CHUNK ((size_t)64 << 10)
#define TREE_OPEN_FOLDERS 16

/* The reasons an operator meets; the rest stay in the system's own words. */
const char *fs_reason(int error)
{
    static const struct {
        int error;
        const char *zh, *en;
    } reasons[] = {
        {ENOENT, "不存在", "does not exist"},
        {EACCES, "没有权限", "permission denied"},
        {EPERM, "没有权限", "permission denied"},
        {ENOSPC, "磁盘已满", "the disk is full"},
        {EDQUOT, "磁盘配额已满", "the disk quota is used up"},
        {EROFS, "文件系统只读", "the file system is read-only"},
        {EISDIR, "是文件夹,不是文件", "is a folder, not a file"},
        {ENOTDIR, "路径中有一段不是文件夹", "a part of the path is no folder"},
        {EEXIST, "已存在", "exists already"},
        {ENOTEMPTY, "已存在且不是空文件夹", "exists and is not empty"},
        {EXDEV, "不在同一文件系统", "not on the same file system"},
        {EIO, "磁盘读写错误", "the disk reports an error"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].error == error) {
            return tr(reasons[i].zh, reasons[i].en);
        }
    }
    return strerror(error);
}

static enum rc fail(const char *path, int error)
{
    return err_fail(RC_IO, "%s: %s", path, fs_reason(error));
}

static int open_retrying(const char *path, int flags)
{
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static enum rc read_all(int fd, const char *path, size_t max, struct buf *out)
{
    char chunk[READ_CHUNK];
    size_t total = 0;
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n == 0) {
            return RC_OK;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(path, errno);
        }
        total += (size_t)n;
        if (total > max) {
            return err_fail(RC_LIMIT, tr("%s: 超过 %zu 字节", "%s: more than %zu bytes"), path,
                            max);
        }
        TRY(buf_put(out, chunk, (size_t)n));
    }
}

enum rc fs_read(const char *path, size_t max, struct buf *out)
{
    int fd = open_retrying(path, O_RDONLY);
    if (fd < 0) {
        return fail(path, errno);
    }
    size_t before = out->n;
    enum rc rc = read_all(fd, path, max, out);
    close(fd);
    if (rc != RC_OK) {
        out->n = before;
    }
    return rc;
}

static enum rc write_all(int fd, const char *path, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR) {
            return fail(path, errno);
        }
        if (n > 0) {
            bytes = str_sub(bytes, (size_t)n, bytes.n);
        }
    }
    return RC_OK;
}

static enum rc sync_fd(int fd, const char *path)
{
    if (fsync(fd) != 0) {
        return fail(path, errno);
    }
    fault_point("fsync");
    return RC_OK;
}

static enum rc write_and_sync(int fd, const char *path, struct str bytes)
{
    if (fchmod(fd, 0600) != 0) { /* the file may have been there, readable by others */
        return fail(path, errno);
    }
    TRY(write_all(fd, path, bytes));
    return sync_fd(fd, path);
}

enum rc fs_write_synced(const char *path, struct str bytes)
{
    int fd = open_retrying(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) {
        return fail(path, errno);
    }
    enum rc rc = write_and_sync(fd, path, bytes);
    if (close(fd) != 0 && rc == RC_OK) {
        rc = fail(path, errno);
    }
    return rc;
}

enum rc fs_sync(const char *path)
{
    int fd = open_retrying(path, O_RDONLY);
    if (fd < 0) {
        return fail(path, errno);
    }
    enum rc rc = sync_fd(fd, path);
    close(fd);
    return rc;
}

/* The folder a path stands in: its name must reach the disk along with the file. */
static struct str folder_of(struct str path)
{
    while (path.n > 1 && path.p[path.n - 1] == '/') {
        path.n--;
    }
    while (path.n > 0 && path.p[path.n - 1] != '/') {
        path.n--;
    }
    while (path.n > 1 && path.p[path.n - 1] == '/') {
        path.n--;
    }
    return path.n == 0 ? STR(".") : path;
}

static enum rc sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    struct str f = folder_of(str_from(path));
    if (f.n >= sizeof folder) {
        return fail(path, ENAMETOOLONG);
    }
    memcpy(folder, f.p, f.n);
    folder[f.n] = '\0';
    return fs_sync(folder);
}

static enum rc make_folder(const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return sync_folder_of(path);
    }
    int error = errno;
    struct stat st;
    if (error == EEXIST && stat(path, &st) == 0) {
        return S_ISDIR(st.st_mode) ? RC_OK : fail(path, ENOTDIR);
    }
    return fail(path, error);
}

enum rc fs_mkdirs(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part) {
        return fail(path, n == 0 ? ENOENT : ENAMETOOLONG);
    }
    for (size_t i = 1; i <= n; i++) {
        if ((path[i] == '/' || path[i] == '\0') && path[i - 1] != '/') {
            memcpy(part, path, i);
            part[i] = '\0';
            TRY(make_folder(part));
        }
    }
    return RC_OK;
}

enum rc fs_rename(const char *from, const char *to)
{
    if (rename(from, to) != 0) {
        return err_fail(RC_IO, "%s -> %s: %s", from, to, fs_reason(errno));
    }
    fault_point("rename");
    TRY(sync_folder_of(to));
    bool same_folder = str_eq(folder_of(str_from(from)), folder_of(str_from(to)));
    return same_folder ? RC_OK : sync_folder_of(from);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

enum rc fs_remove_tree(const char *path)
{
    if (*path == '\0' || str_is(folder_of(str_from(path)), path)) { /* "" and "/" are never meant */
        return fail(path, EPERM);
    }
    if (nftw(path, remove_entry, TREE_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) {
        return fail(path, errno);
    }
    return RC_OK;
}

bool fs_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool fs_is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* A/B without its last part; *ret is false where there is none to take away. */
static size_t cut_part(const char *text, size_t n, bool *ret)
{
    size_t from = n;
    while (from > 0 && text[from - 1] != '/') {
        from--;
    }
    *ret = n > from && !str_is(str_of(text + from, n - from), "..");
    return !*ret ? n : from > 1 ? from - 1 : from;
}

struct str fs_tidy(struct arena *a, struct str path)
{
    char *text = arena_alloc(a, path.n + 2);
    bool is_absolute = str_starts(path, STR("/")), is_cut = false;
    size_t n = 0;
    text[n] = '/';
    n += is_absolute ? 1 : 0;
    while (path.n > 0) {
        struct str part = str_cut(&path, '/');
        bool is_up = str_is(part, "..");
        n = is_up ? cut_part(text, n, &is_cut) : n;
        if (part.n == 0 || str_is(part, ".") || (is_up && (is_cut || is_absolute))) {
            continue;
        }
        if (n > 0 && text[n - 1] != '/') {
            text[n++] = '/';
        }
        memcpy(text + n, part.p, part.n);
        n += part.n;
    }
    return n == 0 ? STR(".") : str_of(text, n);
}

struct name {
    struct name *next;
    char *text;
};

static bool is_wanted(const char *name, const char *pattern)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return false;
    }
    return pattern == NULL || fnmatch(pattern, name, FNM_PERIOD) == 0;
}

static enum rc read_names(struct arena *a, DIR *dir, const char *folder, const char *pattern,
                          struct name **ret, size_t *ret_n)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            return errno == 0 ? RC_OK : fail(folder, errno);
        }
        if (is_wanted(entry->d_name, pattern)) {
            struct name *name = ARENA_NEW(a, struct name);
            *name = (struct name){*ret, arena_cstr(a, str_from(entry->d_name))};
            *ret = name;
            ++*ret_n;
        }
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum rc fs_list(struct arena *a, const char *folder, const char *pattern, char ***ret_names,
                size_t *ret_n)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return fail(folder, errno);
    }
    struct name *newest = NULL;
    size_t n = 0;
    enum rc rc = read_names(a, dir, folder, pattern, &newest, &n);
    closedir(dir);
    TRY(rc);
    char **names = arena_array(a, n + 1, sizeof *names);
    for (size_t i = 0; newest != NULL; newest = newest->next) {
        names[i++] = newest->text;
    }
    qsort(names, n, sizeof *names, compare_names);
    *ret_names = names;
    *ret_n = n;
    return RC_OK;
}
