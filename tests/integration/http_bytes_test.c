/* The http transport against servers that answer with whatever bytes a test wants, and TLS. Needs
 * no database. */
#include <arpa/inet.h>
#include <time.h>

#include "tests/lib/http_reading.h"

/* ---- servers that answer with given bytes ---- */

static int listen_somewhere(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s >= 0);
    assert_int_equal(bind(s, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s, 8), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return s;
}

static void answer_for_ever(int s, struct str answer)
{
    char request[4096];
    for (;;) {
        int c = accept(s, NULL, NULL);
        if (c >= 0) {
            ssize_t n = read(c, request, sizeof request);
            n = n > 0 ? write(c, answer.p, answer.n) : 0;
            shutdown(c, SHUT_WR);
            while (n > 0 && read(c, request, sizeof request) > 0) {
            }
            close(c);
        }
    }
}

/* Reads one answer of a server that sends those bytes and closes. */
static void ask_raw(struct str answer)
{
    int port = 0, s = listen_somewhere(&port);
    pid_t pid = child();
    if (pid == 0) {
        answer_for_ever(s, answer);
    }
    char connection[128];
    snprintf(connection, sizeof connection, "base_url: http://127.0.0.1:%d\ntimeout: 2s\n", port);
    close(s);
    begin(connection, "request: {path: /r}\nrecords: ''\n", "a", "");
    open_source();
    read_once();
    end();
    end_child(pid);
}

/* STR() is no constant expression. */
#define LITERAL(text)          \
    {                          \
        text, sizeof(text) - 1 \
    }
#define HEAD "HTTP/1.1 200 OK\r\n"

static void test_raw_answers(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        enum answer answer;
        enum rc rc;
    } cases[] = {
        {LITERAL(HEAD "\r\n[{\"a\":1}]"), CONN_PAGE, RC_OK},
        {LITERAL(HEAD "Transfer-Encoding: chunked\r\n\r\na\r\n[{\"a\":1}]\r\n0\r\n\r\n"), CONN_PAGE,
         RC_OK},
        {LITERAL(HEAD "Transfer-Encoding: chunked\r\n\r\na\r\n[{\"a\":1}"), CONN_RETRY, RC_NET},
        {LITERAL(HEAD "Content-Length: 30\r\n\r\n[{\"a\":1}]"), CONN_RETRY, RC_NET},
        {LITERAL(HEAD "Content-Length: 5\r\n\r\n[{\"a\":1}]"), CONN_RETRY, RC_FORMAT},
        {LITERAL(HEAD "Content-Encoding: gzip\r\n\r\n[{\"a\":1}]"), CONN_RETRY, RC_NET},
        {LITERAL(HEAD "\r\n"), CONN_RETRY, RC_FORMAT},
        {LITERAL("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), CONN_STOP,
         RC_HTTP},
        {LITERAL("HTTP/1.1 403 Forbidden\r\n\r\n"), CONN_STOP, RC_AUTH},
        {LITERAL("HTTP/1.1 400 Bad\r\n\r\n[{\"a\":1}]"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 501 No\r\n\r\n"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 204 None\r\n\r\n"), CONN_STOP, RC_HTTP},
        {LITERAL("HTTP/1.1 408 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1 425 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1 502 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1 504 T\r\n\r\n"), CONN_RETRY, RC_HTTP},
        {LITERAL("HTTP/1.1"), CONN_RETRY, RC_NET},
        {LITERAL("\x15\x03\x01 not HTTP"), CONN_STOP, RC_NET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_raw(cases[i].bytes);
        if (reading.last != cases[i].answer || reading.rc != cases[i].rc) {
            fail_msg("case %zu: answer %d, %s: %s", i, (int)reading.last, err_symbol(reading.rc),
                     reading.detail);
        }
    }
}

static void test_retry_after(void **state)
{
    (void)state;
    ask_raw(STR("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n\r\n"));
    assert_int_equal(reading.last, CONN_RETRY);
    assert_int_equal(reading.retry_after_ms, 120000);
    char answer[128], date[64];
    time_t soon = time(NULL) + 60;
    struct tm tm;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&soon, &tm));
    snprintf(answer, sizeof answer, "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\n\r\n", date);
    ask_raw(str_from(answer));
    assert_in_range(reading.retry_after_ms, 50000, 61000);
    ask_raw(STR("HTTP/1.1 503 Busy\r\nRetry-After: 99999999999999999999\r\n\r\n"));
    assert_in_range(reading.retry_after_ms, 0, 24 * 3600 * 1000);
    ask_raw(STR("HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n\r\n"));
    assert_int_equal(reading.retry_after_ms, 0);
}

static void ask_port(int port, const char *scheme, const char *more)
{
    char connection[256];
    snprintf(connection, sizeof connection,
             "base_url: %s://localhost:%d\ntimeout: 1s\nconnect_timeout: 1s\n%s", scheme, port,
             more);
    begin(connection, "request: {path: /rows.json}\nrecords: ''\n", "a", "");
    open_source();
    read_once();
    end();
}

static void test_nobody_answers(void **state)
{
    (void)state;
    int port = 0, s = listen_somewhere(&port);
    int64_t started = clock_monotonic_ms();
    ask_port(port, "http", "");
    assert_int_equal(reading.last, CONN_RETRY);
    assert_int_equal(reading.rc, RC_NET);
    ask_port(port, "https", "");
    assert_int_equal(reading.last, CONN_RETRY);
    assert_in_range(clock_monotonic_ms() - started, 0, 4000);
    close(s);
    ask_port(port, "http", "");
    assert_int_equal(reading.last, CONN_RETRY);
    assert_int_equal(reading.rc, RC_NET);
}

/* ---- TLS ---- */

static void run_in_folder(const char *const *command)
{
    pid_t pid = child();
    if (pid == 0) {
        if (chdir(folder) == 0 && freopen("/dev/null", "w", stderr) != NULL &&
            freopen("/dev/null", "w", stdout) != NULL) {
            char *arguments[24] = {NULL};
            for (size_t i = 0; command[i] != NULL && i < 23; i++) {
                arguments[i] = strdup(command[i]);
            }
            execvp(arguments[0], arguments);
        }
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static pid_t serve_tls(int port)
{
    char text[16];
    snprintf(text, sizeof text, "%d", port);
    pid_t pid = child();
    if (pid == 0) {
        if (chdir(folder) == 0 && freopen("/dev/null", "w", stderr) != NULL &&
            freopen("/dev/null", "w", stdout) != NULL) {
            execlp("openssl", "openssl", "s_server", "-WWW", "-quiet", "-accept", text, "-cert",
                   "own.pem", "-key", "own.key", (char *)NULL);
        }
        _exit(127);
    }
    return pid;
}

static void test_certificates_are_verified(void **state)
{
    (void)state;
    static const char *const make[] = {"openssl",
                                       "req",
                                       "-x509",
                                       "-newkey",
                                       "ec",
                                       "-pkeyopt",
                                       "ec_paramgen_curve:P-256",
                                       "-nodes",
                                       "-keyout",
                                       "own.key",
                                       "-out",
                                       "own.pem",
                                       "-days",
                                       "2",
                                       "-subj",
                                       "/CN=localhost",
                                       "-addext",
                                       "subjectAltName=DNS:localhost",
                                       NULL};
    run_in_folder(make);
    write_file("rows.json", "[{\"a\":1},{\"a\":2}]");
    int port = 0;
    close(listen_somewhere(&port));
    pid_t pid = serve_tls(port);
    do {
        clock_sleep_ms(50);
        ask_port(port, "https", "");
    } while (reading.last == CONN_RETRY);
    assert_stopped(RC_NET, "GET /rows.json page 1");
    ask_port(port, "https", "tls: {ca: own.pem}\n");
    end_child(pid);
    assert_int_equal(reading.last, CONN_PAGE);
    assert_int_equal(reading.rows, 2);
}

static int set_up(void **state)
{
    (void)state;
    make_folder();
    lang_set(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return fs_remove_tree(folder) == RC_OK ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_answers),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_nobody_answers),
        cmocka_unit_test(test_certificates_are_verified),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
