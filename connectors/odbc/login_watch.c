#include "connectors/odbc/login_watch.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#define FDS 1024
#define AGAIN_MS 1000 /* a driver may try once more by itself */

static bool was_socket[FDS];
static volatile sig_atomic_t is_over;
static struct sigaction before;

/* Only what a signal handler may call. */
static bool is_socket(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void cut(int signal_number)
{
    (void)signal_number;
    int kept = errno;
    is_over = 1;
    for (int fd = 0; fd < FDS; fd++) {
        if (!was_socket[fd] && is_socket(fd)) {
            (void)shutdown(fd, SHUT_RDWR);
        }
    }
    errno = kept;
}

static struct timeval time_of(int64_t ms)
{
    return (struct timeval){ms / 1000, ms % 1000 * 1000};
}

void login_watch_begin(int64_t ms)
{
    const struct itimerval timer = {.it_value = time_of(ms), .it_interval = time_of(AGAIN_MS)};
    const struct sigaction action = {.sa_handler = cut, .sa_flags = SA_RESTART};
    for (int fd = 0; fd < FDS; fd++) {
        was_socket[fd] = is_socket(fd);
    }
    is_over = 0;
    (void)sigaction(SIGALRM, &action, &before);
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

bool login_watch_end(void)
{
    const struct itimerval none = {0};
    (void)setitimer(ITIMER_REAL, &none, NULL);
    (void)sigaction(SIGALRM, &before, NULL);
    return is_over != 0;
}
