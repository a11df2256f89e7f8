/* SFTP through libssh. The server must show a host key that is configured, before anything is told
 * to it. */
#include <errno.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/fault.h"
#include "connectors/file/place.h"

#define STEP ((size_t)32 << 10) /* what every server hands out in one answer */
#define STEPS_PER_POINT 32

struct sftp {
    const struct place_options *options;
    ssh_session session;
    sftp_session sftp;
};

/* ---- A server that falls silent: libssh would wait for its answer for ever ---- */

static volatile sig_atomic_t watched_fd = -1;

static void cut(int signal_number)
{
    int before = errno;
    (void)signal_number;
    (void)shutdown(watched_fd, SHUT_RDWR); /* whoever waits for it reads an end */
    errno = before;
}

/* From here on an answer has `timeout` to come; 0: none is waited for. */
static void watch(const struct sftp *s, int64_t ms)
{
    struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    struct sigaction action = {.sa_handler = cut, .sa_flags = SA_RESTART};
    watched_fd = s->session != NULL ? ssh_get_fd(s->session) : -1;
    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void sftp_place_close(void *state)
{
    struct sftp *s = state;
    watch(s, s->options->timeout_ms);
    if (s->sftp != NULL) {
        sftp_free(s->sftp);
    }
    if (s->session != NULL) {
        ssh_disconnect(s->session);
        ssh_free(s->session);
    }
    s->session = NULL;
    watch(s, 0);
    free(s);
}

/* libssh's own words name hosts and methods, no contents. */
static enum rc fail_net(const struct sftp *s, const char *what)
{
    return err_fail(RC_NET, "%s:%d %s: %s", s->options->host, s->options->port, what,
                    s->session != NULL ? ssh_get_error(s->session) : "");
}

/* ---- Who the server is ---- */

/* "ssh-ed25519 AAAA", with or without host names in front. */
static bool is_key_line(ssh_key shown, const char *line)
{
    const char *space = strchr(line, ' ');
    for (; space != NULL; space = strchr(space + 1, ' ')) {
        const char *type = space;
        while (type > line && type[-1] != ' ') {
            type--;
        }
        char name[64], body[8192];
        size_t type_n = (size_t)(space - type), body_n = strcspn(space + 1, " \t\n");
        if (type_n >= sizeof name || body_n >= sizeof body) {
            continue;
        }
        memcpy(name, type, type_n);
        name[type_n] = '\0';
        memcpy(body, space + 1, body_n);
        body[body_n] = '\0';
        ssh_key known = NULL;
        if (ssh_pki_import_pubkey_base64(body, ssh_key_type_from_name(name), &known) == SSH_OK) {
            bool is_same = ssh_key_cmp(shown, known, SSH_KEY_CMP_PUBLIC) == 0;
            ssh_key_free(known);
            return is_same;
        }
    }
    return false;
}

static bool is_known(const struct place_options *o, ssh_key shown, const char *fingerprint)
{
    for (size_t i = 0; i < o->host_key_count; i++) {
        bool is_print = strncmp(o->host_keys[i], "SHA256:", 7) == 0;
        if (is_print ? strcmp(o->host_keys[i], fingerprint) == 0
                     : is_key_line(shown, o->host_keys[i])) {
            return true;
        }
    }
    return false;
}

static enum rc judge_host(const struct sftp *s, ssh_key shown, const char *fingerprint)
{
    if (is_known(s->options, shown, fingerprint)) {
        return RC_OK;
    }
    enum rc rc = err_fail(
        RC_AUTH,
        tr("%s:%d 出示的主机密钥(%s %s)不在 connection.host_key 中",
           "%s:%d shows a host key (%s %s) that connection.host_key doesn't hold"),
        s->options->host, s->options->port, ssh_key_type_to_char(ssh_key_type(shown)), fingerprint);
    err_hint(
        "%s",
        tr("向部门核实该指纹;确属服务器更换密钥再改配置。",
           "Confirm the fingerprint with the department; change it only if the server's key was."));
    return rc;
}

static enum rc check_host(const struct sftp *s)
{
    ssh_key shown = NULL;
    unsigned char *hash = NULL;
    size_t n = 0;
    if (ssh_get_server_publickey(s->session, &shown) != SSH_OK) {
        return fail_net(s, "host key");
    }
    enum rc rc = RC_OK;
    char *fingerprint = NULL;
    if (ssh_get_publickey_hash(shown, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == SSH_OK) {
        fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
    }
    rc = fingerprint != NULL ? judge_host(s, shown, fingerprint) : fail_net(s, "host key");
    ssh_clean_pubkey_hash(&hash);
    ssh_string_free_char(fingerprint);
    ssh_key_free(shown);
    return rc;
}

/* ---- Who we are ---- */

static enum rc fail_auth(const struct sftp *s)
{
    return err_fail(RC_AUTH, "%s:%d %s", s->options->host, s->options->port, s->options->user);
}

static enum rc show_key(const struct sftp *s)
{
    ssh_key key = NULL;
    if (ssh_pki_import_privkey_file(s->options->key, s->options->key_password, NULL, NULL, &key) !=
        SSH_OK) {
        enum rc rc = err_fail(RC_CONFIG, tr("读不了私钥 %s", "cannot read the private key %s"),
                              s->options->key);
        err_hint("%s", tr("核对 connection.key 的路径、权限和 key_password。",
                          "Look at connection.key's path and rights, and at key_password."));
        return rc;
    }
    int answer = ssh_userauth_publickey(s->session, NULL, key);
    ssh_key_free(key);
    return answer == SSH_AUTH_SUCCESS ? RC_OK : fail_auth(s);
}

static enum rc log_in(const struct sftp *s)
{
    if (s->options->key != NULL) {
        return show_key(s);
    }
    const char *password = s->options->password != NULL ? s->options->password : "";
    return ssh_userauth_password(s->session, NULL, password) == SSH_AUTH_SUCCESS ? RC_OK
                                                                                 : fail_auth(s);
}

/* ---- Opening ---- */

static enum rc set_options(struct sftp *s)
{
    const struct place_options *o = s->options;
    long timeout_s = (long)(o->timeout_ms / 1000);
    bool no = false;
    bool good = ssh_options_set(s->session, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
                ssh_options_set(s->session, SSH_OPTIONS_HOST, o->host) == 0 &&
                ssh_options_set(s->session, SSH_OPTIONS_PORT, &o->port) == 0 &&
                ssh_options_set(s->session, SSH_OPTIONS_USER, o->user) == 0 &&
                ssh_options_set(s->session, SSH_OPTIONS_TIMEOUT, &timeout_s) == 0;
    return good ? RC_OK : err_fail(RC_CONFIG, "%s", ssh_get_error(s->session));
}

static enum rc connect_to(struct sftp *s)
{
    TRY(set_options(s));
    if (ssh_connect(s->session) != SSH_OK) {
        return fail_net(s, tr("连接失败", "no connection"));
    }
    watch(s, s->options->timeout_ms);
    TRY(check_host(s));
    TRY(log_in(s));
    s->sftp = sftp_new(s->session);
    if (s->sftp == NULL || sftp_init(s->sftp) != SSH_OK) {
        return fail_net(s, "sftp");
    }
    return RC_OK;
}

static enum rc sftp_place_open(const struct place_options *options, void **ret_state)
{
    struct sftp *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_die(RC_MEMORY, "sftp");
    }
    s->options = options;
    s->session = ssh_new();
    if (s->session == NULL) {
        err_die(RC_MEMORY, "sftp");
    }
    enum rc rc = connect_to(s);
    if (rc != RC_OK) {
        sftp_place_close(s);
        return rc;
    }
    watch(s, 0);
    fault_point("request");
    *ret_state = s;
    return RC_OK;
}

/* ---- Files ---- */

static const char *path_of(struct arena *a, const struct sftp *s, const char *name)
{
    return *name == '/' ? name : arena_printf(a, "%s/%s", s->options->path, name);
}

static enum rc fail_file(const struct sftp *s, const char *name)
{
    int code = sftp_get_error(s->sftp);
    watch(s, 0);
    enum rc rc = code == SSH_FX_NO_SUCH_FILE || code == SSH_FX_NO_SUCH_PATH ? RC_NOT_FOUND
                 : code == SSH_FX_PERMISSION_DENIED                         ? RC_AUTH
                                                                            : RC_NET;
    return err_fail(rc, "%s:%d %s (SFTP %d)", s->options->host, s->options->port, name, code);
}

static struct remote_file describe(struct arena *a, const char *name,
                                   const struct sftp_attributes_struct *at)
{
    return (struct remote_file){.name = arena_cstr(a, str_from(name)),
                                .size = (int64_t)at->size,
                                .time = (int64_t)at->mtime,
                                .tag = ""};
}

static enum rc take_entries(struct sftp *s, sftp_dir dir, struct arena *a, struct remote_file **ret,
                            size_t *ret_n)
{
    size_t n = 0, cap = 0;
    struct remote_file *files = NULL;
    for (sftp_attributes at; (at = sftp_readdir(s->sftp, dir)) != NULL; sftp_attributes_free(at)) {
        if (at->type != SSH_FILEXFER_TYPE_REGULAR) {
            continue;
        }
        if (n == cap) {
            cap = cap * 2 + 64;
            struct remote_file *more = arena_array(a, cap, sizeof *more);
            if (n > 0) {
                memcpy(more, files, n * sizeof *more);
            }
            files = more;
        }
        files[n++] = describe(a, at->name, at);
        watch(s, s->options->timeout_ms);
    }
    *ret = files;
    *ret_n = n;
    return sftp_dir_eof(dir) ? RC_OK : fail_file(s, s->options->path);
}

static enum rc sftp_place_list(void *state, struct arena *a, struct remote_file **ret,
                               size_t *ret_n)
{
    struct sftp *s = state;
    watch(s, s->options->timeout_ms);
    sftp_dir dir = sftp_opendir(s->sftp, s->options->path);
    if (dir == NULL) {
        return fail_file(s, s->options->path);
    }
    enum rc rc = take_entries(s, dir, a, ret, ret_n);
    watch(s, s->options->timeout_ms);
    (void)sftp_closedir(dir);
    watch(s, 0);
    fault_point("request");
    return rc;
}

static enum rc sftp_place_stat(void *state, struct arena *a, const char *name,
                               struct remote_file *ret)
{
    struct sftp *s = state;
    watch(s, s->options->timeout_ms);
    sftp_attributes at = sftp_stat(s->sftp, path_of(a, s, name));
    watch(s, 0);
    if (at == NULL) {
        return fail_file(s, name);
    }
    *ret = describe(a, name, at);
    sftp_attributes_free(at);
    return RC_OK;
}

static enum rc read_on(struct sftp *s, sftp_file in, const char *name, struct blob *into)
{
    char step[STEP];
    if (sftp_seek64(in, (uint64_t)blob_size(into)) != 0) {
        return fail_file(s, name);
    }
    for (int i = 1;; i++) {
        watch(s, s->options->timeout_ms);
        ssize_t n = sftp_read(in, step, sizeof step);
        if (n <= 0) {
            return n == 0 ? RC_OK : fail_file(s, name);
        }
        TRY(blob_append(into, str_of(step, (size_t)n)));
        if (i % STEPS_PER_POINT == 0) {
            fault_point("request");
        }
    }
}

static enum rc sftp_place_fetch(void *state, const struct remote_file *file, struct blob *into)
{
    struct sftp *s = state;
    struct arena *a = arena_new((size_t)1 << 20);
    watch(s, s->options->timeout_ms);
    sftp_file in = sftp_open(s->sftp, path_of(a, s, file->name), O_RDONLY, 0);
    arena_free(a);
    if (in == NULL) {
        return fail_file(s, file->name);
    }
    enum rc rc = read_on(s, in, file->name, into);
    watch(s, s->options->timeout_ms);
    (void)sftp_close(in);
    watch(s, 0);
    fault_point("request");
    return rc;
}

/* The folder a path lies in; mostly it is there already: what comes next will tell. */
static void make_folder(struct sftp *s, struct arena *a, const char *path)
{
    watch(s, s->options->timeout_ms);
    (void)sftp_mkdir(s->sftp, arena_cstr(a, str_of(path, (size_t)(strrchr(path, '/') - path))), 0700);
}

static enum rc write_on(struct sftp *s, sftp_file out, const char *name, struct str bytes)
{
    while (bytes.n > 0) {
        watch(s, s->options->timeout_ms);
        ssize_t n = sftp_write(out, bytes.p, bytes.n < STEP ? bytes.n : STEP);
        if (n <= 0) {
            return fail_file(s, name);
        }
        bytes = str_sub(bytes, (size_t)n, bytes.n);
    }
    return RC_OK;
}

static enum rc write_file(struct sftp *s, const char *path, const char *name, struct str bytes)
{
    watch(s, s->options->timeout_ms);
    sftp_file out = sftp_open(s->sftp, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out == NULL) {
        return fail_file(s, name);
    }
    enum rc rc = write_on(s, out, name, bytes);
    watch(s, s->options->timeout_ms);
    if (sftp_close(out) != SSH_OK && rc == RC_OK) {
        rc = fail_file(s, name);
    }
    watch(s, 0);
    return rc;
}

/* Appears whole under its name. A rename replaces nothing here: what lay there goes first. */
static enum rc sftp_place_put(void *state, const char *name, struct str bytes)
{
    struct sftp *s = state;
    struct arena *a = arena_new((size_t)1 << 20);
    const char *path = path_of(a, s, name), *part = arena_printf(a, "%s.part", path);
    make_folder(s, a, path);
    enum rc rc = write_file(s, part, name, bytes);
    if (rc == RC_OK) {
        watch(s, s->options->timeout_ms);
        (void)sftp_unlink(s->sftp, path);
        watch(s, s->options->timeout_ms);
        rc = sftp_rename(s->sftp, part, path) == 0 ? RC_OK : fail_file(s, name);
        watch(s, 0);
    }
    arena_free(a);
    fault_point("request");
    return rc;
}

static enum rc sftp_place_remove(void *state, const char *name)
{
    struct sftp *s = state;
    struct arena *a = arena_new((size_t)1 << 20);
    watch(s, s->options->timeout_ms);
    int answer = sftp_unlink(s->sftp, path_of(a, s, name));
    watch(s, 0);
    arena_free(a);
    return answer == 0 ? RC_OK : fail_file(s, name);
}

static enum rc sftp_place_move(void *state, const char *name, const char *to)
{
    struct sftp *s = state;
    struct arena *a = arena_new((size_t)1 << 20);
    const char *from = path_of(a, s, name), *target = path_of(a, s, to);
    make_folder(s, a, target);
    watch(s, s->options->timeout_ms);
    int answer = sftp_rename(s->sftp, from, target);
    watch(s, 0);
    arena_free(a);
    return answer == 0 ? RC_OK : fail_file(s, name);
}

const struct place_driver place_sftp = {.open = sftp_place_open,
                                        .list = sftp_place_list,
                                        .stat = sftp_place_stat,
                                        .fetch = sftp_place_fetch,
                                        .put = sftp_place_put,
                                        .remove = sftp_place_remove,
                                        .move = sftp_place_move,
                                        .close = sftp_place_close};
