/* Runs a function in a child and catches what it writes: for what ends the process or prints. */
#ifndef BIDUI_TESTS_CAPTURE_H
#define BIDUI_TESTS_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The wait status; `out` gets the text written to `fd`, NUL-terminated. */
static inline int capture(int fd, void (*body)(void), char *out, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], fd);
        close(ends[0]);
        close(ends[1]);
        body();
        fflush(NULL);
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    ssize_t got = 0;
    while (n + 1 < size && (got = read(ends[0], out + n, size - 1 - n)) > 0) {
        n += (size_t)got;
    }
    out[n] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static inline int exit_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
