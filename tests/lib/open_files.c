/* Preloaded into the program: every process of it that ends appends what it still holds open to the file $OPEN_FILES,
 * one line a process, so that a test can see what failures leave behind. Only kinds, no addresses. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 65536

static void add(char *line, size_t *n, const char *text)
{
    size_t length = strcspn(text, ":[");
    if (*n + length + 2 < MOST) {
        memcpy(line + *n, text, length);
        line[*n + length] = ' ';
        *n += length + 1;
    }
}

static void tell(void)
{
    static char line[MOST];
    const char *path = getenv("OPEN_FILES");
    DIR *folder = path == NULL ? NULL : opendir("/proc/self/fd");
    size_t n = 0;
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char link[300], target[256];
        snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
        ssize_t length = atoi(entry->d_name) > 2 ? readlink(link, target, sizeof target - 1) : -1;
        if (length > 0 && atoi(entry->d_name) != dirfd(folder)) {
            target[length] = '\0';
            add(line, &n, target);
        }
    }
    closedir(folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    line[n++] = '\n';
    if (fd >= 0) {
        (void)!write(fd, line, n);
        close(fd);
    }
}

__attribute__((destructor)) static void at_end(void)
{
    tell();
}

/* Workers end without running destructors. */
_Noreturn void _exit(int code)
{
    void *own = dlsym(RTLD_NEXT, "_exit");
    void (*end)(int);
    memcpy(&end, &own, sizeof end);
    tell();
    end(code);
    abort();
}
