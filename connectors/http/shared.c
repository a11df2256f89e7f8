#include "connectors/http/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

#define MOST_BYTES ((size_t)1 << 20)

static const char *folder(struct arena *a)
{
    const char *own = getenv("BIDUI_RUNTIME"), *systemd = getenv("RUNTIME_DIRECTORY"),
               *session = getenv("XDG_RUNTIME_DIR");
    if (own != NULL && *own == '/') {
        return own;
    }
    if (systemd != NULL && *systemd == '/') {
        return arena_cstr(a, str_sub(str_from(systemd), 0, str_find(str_from(systemd), ':')));
    }
    if (session != NULL && *session == '/') {
        return arena_printf(a, "%s/bidui", session);
    }
    return arena_printf(a, "/tmp/bidui-%ld", (long)geteuid());
}

/* Somebody else's folder of that name could hand us tokens, or take ours. */
static enum rc check_private(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
        (st.st_mode & 077) == 0) {
        return RC_OK;
    }
    enum rc rc = err_fail(RC_IO, tr("%s 不是只属于本用户的文件夹(0700)",
                                    "%s is no folder of this user alone (0700)"),
                          path);
    err_hint("%s", tr("用 BIDUI_RUNTIME 指定一个私有文件夹。", "Name a private folder in BIDUI_RUNTIME."));
    return rc;
}

enum rc shared_open(struct arena *a, const char *name, int *ret_fd)
{
    const char *dir = folder(a);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return err_fail(RC_IO, "%s: %s", dir, fs_reason(errno));
    }
    TRY(check_private(dir));
    const char *path = arena_printf(a, "%s/%s", dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_fail(RC_IO, "%s: %s", path, fs_reason(errno));
    }
    *ret_fd = fd;
    return RC_OK;
}

enum rc shared_lock(struct arena *a, const struct key *key, const char *name, struct shared *ret)
{
    int fd = -1;
    TRY(shared_open(a, name, &fd));
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            int error = errno;
            close(fd);
            return err_fail(RC_IO, "flock: %s", strerror(error));
        }
    }
    *ret = (struct shared){fd, key, name};
    return RC_OK;
}

enum rc shared_read(const struct shared *s, struct buf *out)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0 || st.st_size <= 0 || (size_t)st.st_size > MOST_BYTES) {
        return RC_OK;
    }
    struct buf sealed;
    buf_init(&sealed, MOST_BYTES);
    enum rc rc = buf_reserve(&sealed, (size_t)st.st_size);
    ssize_t n = rc == RC_OK ? pread(s->fd, sealed.p, (size_t)st.st_size, 0) : -1;
    sealed.n = n > 0 ? (size_t)n : 0;
    if (rc == RC_OK && crypto_open(s->key, buf_str(&sealed), str_from(s->name), out) != RC_OK) {
        err_clear(); /* half written, or of another key: as if it were not there */
        buf_reset(out);
    }
    buf_done(&sealed);
    return rc;
}

enum rc shared_write(const struct shared *s, struct str bytes)
{
    struct buf sealed;
    buf_init(&sealed, MOST_BYTES);
    enum rc rc = crypto_seal(s->key, bytes, str_from(s->name), &sealed);
    if (rc == RC_OK && (ftruncate(s->fd, 0) != 0 ||
                        pwrite(s->fd, sealed.p, sealed.n, 0) != (ssize_t)sealed.n)) {
        rc = err_fail(RC_IO, "%s: %s", s->name, fs_reason(errno));
    }
    buf_done(&sealed);
    return rc;
}

void shared_unlock(struct shared *s)
{
    if (s->fd >= 0) {
        close(s->fd); /* gives the lock back */
        s->fd = -1;
    }
}
