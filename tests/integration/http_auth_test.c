/* The http transport shows who it is: tokens from a gateway that counts them, signatures it verifies, certificates.
 * Needs no database. */
#include <time.h>

#include "connectors/http/pace.h"
#include "tests/departments/gateway.h"
#include "tests/lib/http_departments.h"

#define RECORDS_BY(size, path) "request: {path: " path "}\npaging: {kind: page_number, page: page, size: size, page_size: " size \
                               ", total: /data/total}\nrecords: /data/rows\n"
#define RECORDS(path) RECORDS_BY("10", path)
#define CONNECTION "base_url: '${env:GATEWAY}'\nok: {pointer: /code, equals: ['0']}\nparallel: 4\n"
#define LOGIN                                                                                      \
    CONNECTION "auth:\n  kind: token\n  refresh_codes: ['40101']\n  token_from:\n"                 \
               "    request: {path: /login, json: {user: '" GATEWAY_USER "', password: '${file:password}'}}\n" \
               "    ok: {pointer: /code, equals: ['0']}\n    value: /data/token\n    expires_in: /data/ttl\n" \
               "  headers: {Authorization: 'Bearer {token}'}\n"

static const struct key seal_key = {{9}, true};

static void begin_sealed(const char *connection, const char *dataset)
{
    begin(connection, dataset, "id", "");
    reading.source.seal_key = &seal_key;
}

/* Whatever goes wrong, no secret stands in what is told. */
static void pull_sealed(const char *connection, const char *dataset)
{
    static const char *const secrets[] = {GATEWAY_SECRET, GATEWAY_PASSWORD, "token-", "rs-"};
    begin_sealed(connection, dataset);
    open_source();
    read_all(3);
    end();
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        assert_null(strstr(reading.detail, secrets[i]));
    }
}

static void assert_all_read(void)
{
    if (reading.last != CONN_END) {
        fail_msg("%s", reading.detail);
    }
    assert_rows('G', 0, GATEWAY_ROWS);
}

/* How often the gateway was asked for that path. */
static int asked(const char *path)
{
    struct buf b;
    char name[PATH_MAX + 64];
    int n = 0;
    snprintf(name, sizeof name, "%s/gateway/requests", folder);
    buf_init(&b, (size_t)1 << 20);
    if (fs_exists(name)) {
        assert_int_equal(fs_read(name, (size_t)1 << 20, &b), RC_OK);
    }
    struct str rest = buf_str(&b);
    while (rest.n > 0) {
        struct str line = str_cut(&rest, '\n');
        n += str_is(str_cut(&line, '\t'), path);
    }
    buf_done(&b);
    return n;
}

static void forget_tokens(void)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/run", folder);
    assert_int_equal(fs_remove_tree(path), RC_OK);
}

static int before_each(void **state)
{
    (void)state;
    forget_tokens();
    write_file("gateway/requests", "");
    write_file("gateway/clock", "");
    return 0;
}

/* ---- tokens ---- */

static void test_one_token_for_datasets_and_processes(void **state)
{
    (void)state;
    pull_sealed(LOGIN, RECORDS("/records"));
    assert_all_read();
    pull_sealed(LOGIN, RECORDS("/records"));
    assert_all_read();
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = child();
        if (pids[i] == 0) {
            pull_sealed(LOGIN, RECORDS("/records"));
            _exit(reading.last == CONN_END && reading.rows == GATEWAY_ROWS ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = 1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(asked("login"), 1);
}

/* Nobody has it yet, and all want it at once. */
static void test_workers_that_start_together(void **state)
{
    (void)state;
    pid_t pids[6];
    for (int i = 0; i < 6; i++) {
        pids[i] = child();
        if (pids[i] == 0) {
            pull_sealed(LOGIN, RECORDS("/records"));
            _exit(reading.last == CONN_END && reading.rows == GATEWAY_ROWS ? 0 : 1);
        }
    }
    for (int i = 0; i < 6; i++) {
        int status = 1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(asked("login"), 1);
}

static void test_refused_token_is_renewed_once(void **state)
{
    (void)state;
    /* more pages than are ever sent for ahead */
    static const char *const datasets[] = {RECORDS_BY("2", "/records"), RECORDS_BY("2", "'/records?soft=1'")};
    for (int i = 0; i < 2; i++) {
        before_each(NULL);
        begin_sealed(LOGIN, datasets[i]);
        open_source();
        assert_int_equal(read_once(), CONN_PAGE);
        write_file("gateway/epoch", i == 0 ? "1" : "2"); /* all tokens are void, in mid-delivery */
        read_all(0);
        end();
        assert_all_read();
        assert_int_equal(asked("login"), 2);
    }
}

static void test_refused_again_is_an_error(void **state)
{
    (void)state;
    pull_sealed(CONNECTION "auth:\n  kind: token\n  token_from:\n"
                           "    request: {path: /login, json: {user: '" GATEWAY_USER "', password: '${file:password}'}}\n"
                           "    value: /data/token\n  headers: {Authorization: 'Bearer x{token}'}\n",
                RECORDS("/records"));
    assert_stopped(RC_AUTH, "HTTP 401");
    assert_int_equal(asked("login"), 2);
}

static void test_token_endpoint_that_says_no(void **state)
{
    (void)state;
    pull_sealed(CONNECTION "auth:\n  kind: token\n  token_from:\n"
                           "    request: {path: /login, json: {user: nobody}}\n"
                           "    ok: {pointer: /code, equals: ['0']}\n    value: /data/token\n"
                           "  headers: {Authorization: 'Bearer {token}'}\n",
                RECORDS("/records"));
    assert_stopped(RC_AUTH, "/code");
    assert_int_equal(asked("records"), 0);
}

static void test_oauth2(void **state)
{
    (void)state;
    static const char *const places[] = {"body", "header"};
    for (size_t i = 0; i < 2; i++) {
        char connection[1024];
        snprintf(connection, sizeof connection,
                 CONNECTION "auth: {kind: oauth2, token_url: /oauth/token, client_id: '" GATEWAY_USER
                            "', client_secret: '${file:password}', client_in: %s}\n",
                 places[i]);
        pull_sealed(connection, RECORDS("/records"));
        assert_all_read();
        assert_int_equal(asked("oauth/token"), (int)i + 1);
    }
}

/* A cache another key sealed, or half a one, counts as none; the token itself never stands in it. */
static void test_cache_is_sealed_and_never_broken(void **state)
{
    (void)state;
    struct arena *a = arena_new((size_t)1 << 20);
    char path[PATH_MAX + 64], file[PATH_MAX + 200];
    char **names = NULL;
    size_t n = 0;
    struct stat st;
    pull_sealed(LOGIN, RECORDS("/records"));
    snprintf(path, sizeof path, "%s/run", folder);
    assert_int_equal(fs_list(a, path, NULL, &names, &n), RC_OK);
    assert_int_equal(n, 1);
    snprintf(file, sizeof file, "%s/%s", path, names[0]);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct buf b;
    buf_init(&b, 65536);
    assert_int_equal(fs_read(file, 65536, &b), RC_OK);
    assert_null(memmem(b.p, b.n, "token", 5));
    buf_done(&b);
    assert_int_equal(truncate(file, st.st_size / 2), 0);
    pull_sealed(LOGIN, RECORDS("/records"));
    assert_all_read();
    assert_int_equal(asked("login"), 2);
    assert_int_equal(chmod(path, 0755), 0); /* others could have put it there */
    pull_sealed(LOGIN, RECORDS("/records"));
    assert_stopped(RC_IO, "0700");
    assert_int_equal(chmod(path, 0700), 0);
    arena_free(a);
}

/* ---- signatures ---- */

#define SIGNED                                                                                     \
    CONNECTION "auth:\n  kind: signature\n  app_key: " GATEWAY_USER "\n  app_secret: '${file:secret}'\n"  \
               "  sign: {text: '{app_key}{time}{nonce}{body}', digest: hmac_sha256, encoding: base64}\n"  \
               "  headers: {X-Key: '{app_key}', X-Time: '{time}', X-Nonce: '{nonce}', X-Sign: '{sign}'}\n"

static void test_signed(void **state)
{
    (void)state;
    setenv("BIDUI_TODAY", "2020-01-01", 1); /* a trial's date is no time to sign with */
    pull_sealed(SIGNED, RECORDS("/signed"));
    unsetenv("BIDUI_TODAY");
    assert_all_read();
    pull_sealed(SIGNED, "request: {method: POST, path: /signed, query: {a: 'x y', b: 张}}\n"
                        "paging: {kind: page_number, page: page, size: size, page_size: 10, total: /data/total}\n"
                        "records: /data/rows\n");
    assert_all_read();
}

static void test_wrong_signature_and_wrong_clock(void **state)
{
    (void)state;
    write_file("secret", "another");
    pull_sealed(SIGNED, RECORDS("/signed"));
    assert_stopped(RC_AUTH, "HTTP 403");
    assert_null(strstr(err_hint_text(), "NTP"));
    write_file("gateway/clock", "1800");
    pull_sealed(SIGNED, RECORDS("/signed"));
    assert_stopped(RC_AUTH, "HTTP 403");
    assert_non_null(strstr(err_hint_text(), "NTP"));
    write_file("secret", GATEWAY_SECRET);
}

/* An application key and a refresh secret yield the secret that requests are signed with. */
static void test_two_steps(void **state)
{
    (void)state;
    pull_sealed("base_url: '${env:GATEWAY}'\nok: {pointer: /code, equals: ['0']}\n"
                "auth:\n  kind: signature\n  app_key: " GATEWAY_USER "\n  app_secret: '${file:secret}'\n  token_from:\n"
                "    request:\n      path: /secret\n"
                "      sign: {text: '{app_key}{app_secret}{time}', digest: md5}\n"
                "      query: {appKey: '{app_key}', requestTime: '{time}', sign: '{sign}'}\n"
                "    ok: {pointer: /code, equals: ['00']}\n"
                "    value: /datas/requestSecret\n    expires_at: /datas/requestSecretEndTime\n"
                "  sign: {text: '{app_key}{token}{time}', digest: md5}\n"
                "  query: {appKey: '{app_key}', requestTime: '{time}', sign: '{sign}'}\n",
                RECORDS("/two-step"));
    assert_all_read();
    assert_int_equal(asked("secret"), 1);
}

/* ---- what `probe` shows ---- */

static struct buf shown;

static void note_shown(void *ctx, const char *text)
{
    (void)ctx;
    assert_int_equal(buf_puts(&shown, str_from(text)), RC_OK);
}

static const char *show(const char *connection, const char *dataset)
{
    buf_reset(&shown);
    begin_sealed(connection, dataset);
    reading.source.on_request = note_shown;
    open_source();
    read_all(0);
    end();
    assert_all_read();
    assert_int_equal(buf_putc(&shown, '\0'), RC_OK);
    static const char *const secrets[] = {GATEWAY_SECRET, GATEWAY_PASSWORD, "p%26ss%20%7Bw%7Dord", "token-", "rs-"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        assert_null(strstr(shown.p, secrets[i]));
    }
    return shown.p;
}

static void assert_shows(const char *text)
{
    if (strstr(shown.p, text) == NULL) {
        fail_msg("\"%s\" not in \"%s\"", text, shown.p);
    }
}

static void test_requests_are_shown_without_secrets(void **state)
{
    (void)state;
    buf_init(&shown, (size_t)1 << 20);
    show(LOGIN, RECORDS("/records"));
    assert_shows("/gateway/login\n");
    assert_shows("{\"user\":\"" GATEWAY_USER "\",\"password\":\"***\"}");
    assert_shows("Authorization: Bearer ***\n");
    show(CONNECTION "auth:\n  kind: signature\n  app_key: " GATEWAY_USER "\n  app_secret: '${file:secret}'\n"
                    "  values: {secret_too: '${file:password}'}\n"
                    "  sign: {text: '{app_key}{time}{nonce}{body}', digest: hmac_sha256, encoding: base64}\n"
                    "  headers: {X-Key: '{app_key}', X-Time: '{time}', X-Nonce: '{nonce}', X-Sign: '{sign}', "
                    "X-More: '{secret_too}{app_secret}'}\n",
         RECORDS("/signed"));
    assert_shows("signed: " GATEWAY_USER);
    assert_shows("X-More: ******\n");
    show(CONNECTION "auth: {kind: oauth2, token_url: /oauth/token, client_id: '" GATEWAY_USER
                    "', client_secret: '${file:password}'}\n",
         RECORDS("/records"));
    assert_shows("client_secret=***");
    buf_done(&shown);
}

/* ---- limits ---- */

#define LIMITED(limits) "base_url: '${env:GATEWAY}'\nok: {pointer: /code, equals: ['0']}\nparallel: 4\nlimits: {" limits "}\n"
#define BUSY RECORDS_BY("2", "/busy")                /* 20 pages */

/* One count for all workers of the department. */
static void test_share_of_a_night(void **state)
{
    (void)state;
    static const char limited[] = LIMITED("night_requests: 25");
    pull_sealed(limited, BUSY);
    assert_all_read();
    pid_t pid = child();
    if (pid == 0) {
        pull_sealed(limited, BUSY);
        _exit(reading.last == CONN_STOP && reading.rc == RC_NOT_NOW && reading.rows > 0 ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_in_range(asked("busy"), 21, 25); /* those on their way when it stops may be cut before they are counted */
}

static void test_hours(void **state)
{
    (void)state;
    char limited[512];
    int64_t minute = clock_now_us() / 60000000 % (24 * 60), hour = (minute / 60 + 2) % 23;
    snprintf(limited, sizeof limited, LIMITED("hours: '%02d:00-%02d:00'"), (int)hour, (int)hour + 1);
    pull_sealed(limited, BUSY);
    assert_stopped(RC_NOT_NOW, "limits.hours");
    assert_int_equal(asked("busy"), 0);
}

/* Places are held by open files: whoever is killed gives his back. */
static void test_places(void **state)
{
    (void)state;
    struct pace pace;
    int fd = -1, other = -1, pipe_fds[2];
    bool is_free = false;
    char byte = 0;
    begin_sealed(LIMITED("at_once: 1"), BUSY);
    assert_int_equal(pace_read(&reading.source, yaml_get(reading.source.connection, "limits"), &pace), RC_OK);
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t pid = child();
    if (pid == 0) {
        bool got = pace_hold(&pace, false, &fd, &is_free) == RC_OK && is_free;
        _exit(got && write(pipe_fds[1], "x", 1) == 1 && pause() == 0 ? 0 : 1);
    }
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    assert_int_equal(pace_hold(&pace, false, &other, &is_free), RC_OK);
    assert_false(is_free);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(pace_hold(&pace, true, &other, &is_free), RC_OK);
    assert_true(is_free);
    close(other);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    arena_free(reading.page_arena);
    arena_free(reading.arena);
    pull_sealed(LIMITED("at_once: 1, per_second: 1000"), BUSY);
    assert_all_read();
}

static void test_retry_after(void **state)
{
    (void)state;
    char date[64];
    time_t later = time(NULL) + 3600;
    struct tm tm;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&later, &tm));
    const char *const after[] = {"3600", date};
    for (size_t i = 0; i < 2; i++) {
        write_file("gateway/retry_after", after[i]);
        pull_sealed(LIMITED(""), BUSY);
        assert_all_read();
        assert_int_equal(reading.retries, 1);
        assert_in_range(reading.retry_after_ms, 3500 * 1000, 3600 * 1000);
    }
    write_file("gateway/retry_after", "");
}

static void test_redirects(void **state)
{
    (void)state;
    char elsewhere[128];
    static const char followed[] = "base_url: '${env:GATEWAY}'\nredirects: 2\n";
    static const char one[] = "request: {path: /moved}\nrecords: /data/rows\n";
    write_file("gateway/location", "/gateway/busy");
    pull_sealed("base_url: '${env:GATEWAY}'\n", one);
    assert_stopped(RC_HTTP, "HTTP 302");
    pull_sealed(followed, one);
    assert_all_read();
    snprintf(elsewhere, sizeof elsewhere, "http://localhost:%d/gateway/busy", server_port);
    write_file("gateway/location", elsewhere);
    pull_sealed(followed, one);
    assert_stopped(RC_HTTP, "HTTP 302");
    write_file("gateway/location", "/gateway/moved"); /* for ever */
    pull_sealed(followed, one);
    assert_stopped(RC_HTTP, "HTTP 302");
    assert_int_equal(asked("busy"), 1);
}

/* ---- certificates ---- */

static int run(const char *command)
{
    char line[PATH_MAX * 2];
    snprintf(line, sizeof line, "cd '%s/tls' && { %s; } >/dev/null 2>&1", folder, command);
    pid_t pid = child();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void make_certificates(void)
{
    static const char command[] =
        "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=$1 -keyout $1.key -out $1.pem; } && "
        "leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$1 -keyout $1.key -out $1.csr && "
        "  printf 'subjectAltName=IP:127.0.0.1' >ext && "
        "  openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 -extfile ext -out $1.pem; } && "
        "ca ca && ca other && leaf server ca && leaf client ca && leaf stranger other && "
        "openssl ec -in client.key -aes256 -passout pass:open-it -out client.locked.key";
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/tls", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(run(command), 0);
}

static pid_t start_secured(int *ret_port)
{
    char port_file[PATH_MAX + 16], tls[PATH_MAX + 16];
    snprintf(port_file, sizeof port_file, "%s/port.tls", folder);
    snprintf(tls, sizeof tls, "%s/tls", folder);
    pid_t pid = child();
    if (pid == 0) {
        execl(server_program(), server_program(), "--data", folder, "--port", "0", "--port-file", port_file, "--tls",
              tls, (char *)NULL);
        _exit(127);
    }
    *ret_port = read_port(port_file);
    return pid;
}

static void pull_tls(int port, const char *tls)
{
    char connection[1024];
    snprintf(connection, sizeof connection,
             "base_url: https://127.0.0.1:%d/gateway\nok: {pointer: /code, equals: ['0']}\n"
             "auth:\n  kind: signature\n  app_key: " GATEWAY_USER "\n  app_secret: '${file:secret}'\n"
             "  sign: {text: '{app_key}{time}{nonce}', digest: hmac_sha256, encoding: base64}\n"
             "  headers: {X-Key: '{app_key}', X-Time: '{time}', X-Nonce: '{nonce}', X-Sign: '{sign}'}\n"
             "tls: {%s}\n",
             port, tls);
    pull_sealed(connection, RECORDS("/signed"));
}

static void test_mutual_tls(void **state)
{
    (void)state;
    int port = 0;
    make_certificates();
    pid_t secured = start_secured(&port);
    setenv("PASSPHRASE", "open-it", 1);
    pull_tls(port, "ca: tls/ca.pem, cert: tls/client.pem, key: tls/client.key");
    assert_all_read();
    pull_tls(port, "ca: tls/ca.pem, cert: tls/client.pem, key: tls/client.locked.key, passphrase: '${env:PASSPHRASE}', "
                   "min: '1.3'");
    assert_all_read();
    pull_tls(port, "ca: tls/ca.pem, cert: '${file:tls/client.pem}', key: '${file:tls/client.key}'");
    assert_all_read();
    pull_tls(port, "ca: tls/ca.pem");
    assert_stopped(RC_AUTH, "HTTP 403");
    pull_tls(port, "ca: tls/ca.pem, cert: tls/stranger.pem, key: tls/stranger.key");
    assert_int_not_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 0);
    pull_tls(port, "ca: tls/other.pem, cert: tls/client.pem, key: tls/client.key");
    assert_stopped(RC_NET, "");
    setenv("PASSPHRASE", "wrong", 1);
    pull_tls(port, "ca: tls/ca.pem, cert: tls/client.pem, key: tls/client.locked.key, passphrase: '${env:PASSPHRASE}'");
    assert_int_equal(reading.last, CONN_STOP);
    assert_int_equal(end_child(secured), 0);
}

static int set_up(void **state)
{
    char path[PATH_MAX + 16];
    start_departments(state);
    snprintf(path, sizeof path, "%s/gateway", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/run", folder);
    setenv("BIDUI_RUNTIME", path, 1);
    snprintf(path, sizeof path, "http://127.0.0.1:%d/gateway", server_port);
    setenv("GATEWAY", path, 1);
    write_file("password", GATEWAY_PASSWORD "\n");
    write_file("secret", GATEWAY_SECRET "\n");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_token_for_datasets_and_processes, before_each),
        cmocka_unit_test_setup(test_workers_that_start_together, before_each),
        cmocka_unit_test_setup(test_refused_token_is_renewed_once, before_each),
        cmocka_unit_test_setup(test_refused_again_is_an_error, before_each),
        cmocka_unit_test_setup(test_token_endpoint_that_says_no, before_each),
        cmocka_unit_test_setup(test_oauth2, before_each),
        cmocka_unit_test_setup(test_cache_is_sealed_and_never_broken, before_each),
        cmocka_unit_test_setup(test_signed, before_each),
        cmocka_unit_test_setup(test_wrong_signature_and_wrong_clock, before_each),
        cmocka_unit_test_setup(test_two_steps, before_each),
        cmocka_unit_test_setup(test_requests_are_shown_without_secrets, before_each),
        cmocka_unit_test_setup(test_share_of_a_night, before_each),
        cmocka_unit_test_setup(test_hours, before_each),
        cmocka_unit_test_setup(test_places, before_each),
        cmocka_unit_test_setup(test_retry_after, before_each),
        cmocka_unit_test_setup(test_redirects, before_each),
        cmocka_unit_test_setup(test_mutual_tls, before_each),
    };
    return cmocka_run_group_tests(tests, set_up, stop_departments);
}
