/* Files from real servers: OpenSSH, vsftpd and nginx, started by tests/lib/places.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "connectors/file/file.h"

#define LARGE_ROWS 400000 /* some 9 MB: well beyond where connections are cut */

static const char *const columns[] = {"编号", "姓名"};

static struct {
    char folder[64];
    int servers_in; /* the servers end when it is closed */
    pid_t servers;
    struct yaml *places;
    struct arena *arena, *page_arena;
    struct key hash_key, seal_key;
    struct source source;
    void *state;
    unsigned char taken[64][PAGE_HASH];
    size_t taken_n;
    unsigned char seen[64][PAGE_HASH];
    size_t seen_n;
    struct buf rows;
    int64_t row_n, row_from;
} kit;

/* ---- The servers ---- */

static const char *path_of(const char *name)
{
    return arena_printf(kit.arena, "%s/%s", kit.folder, name);
}

static int start_servers(void **state)
{
    (void)state;
    int pipe_ends[2];
    kit.arena = arena_new((size_t)256 << 20);
    kit.page_arena = arena_new((size_t)256 << 20);
    buf_init(&kit.rows, (size_t)64 << 20);
    strcpy(kit.folder, "/tmp/bidui-places-test.XXXXXX");
    assert_non_null(mkdtemp(kit.folder));
    assert_int_equal(pipe(pipe_ends), 0);
    kit.servers = fork();
    if (kit.servers == 0) {
        dup2(pipe_ends[0], 0);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        execl("/usr/bin/python3", "python3", BIDUI_SOURCE_DIR "/tests/lib/places.py", kit.folder,
              (char *)NULL);
        _exit(127);
    }
    close(pipe_ends[0]);
    kit.servers_in = pipe_ends[1];
    const char *places = path_of("places.json");
    for (int i = 0; i < 600 && !fs_exists(places) && waitpid(kit.servers, NULL, WNOHANG) == 0;
         i++) {
        clock_sleep_ms(50);
    }
    setenv("BIDUI_RETRY_BASE_MS", "1", 1);
    return yaml_load(kit.arena, places, &kit.places) == RC_OK ? 0 : -1;
}

static int stop_servers(void **state)
{
    (void)state;
    close(kit.servers_in);
    (void)waitpid(kit.servers, NULL, 0);
    buf_done(&kit.rows);
    enum rc rc = fs_remove_tree(kit.folder);
    arena_free(kit.page_arena);
    arena_free(kit.arena);
    return rc == RC_OK ? 0 : -1;
}

static bool is_taken(void *ctx, const unsigned char hash[PAGE_HASH])
{
    (void)ctx;
    for (size_t i = 0; i < kit.taken_n; i++) {
        if (memcmp(kit.taken[i], hash, PAGE_HASH) == 0) {
            return true;
        }
    }
    return false;
}

static int fresh(void **state)
{
    (void)state;
    const char *files = path_of("files");
    char **names = NULL;
    size_t n = 0;
    assert_int_equal(fs_list(kit.arena, files, NULL, &names, &n), RC_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(fs_remove_tree(arena_printf(kit.arena, "%s/%s", files, names[i])), RC_OK);
    }
    kit.taken_n = 0;
    kit.hash_key = (struct key){.bytes = {1}, .is_set = true};
    kit.seal_key = (struct key){.bytes = {2}, .is_set = true};
    kit.source = (struct source){.dataset = "housing.assessment",
                                 .base_dir = kit.folder,
                                 .columns = columns,
                                 .column_count = 2,
                                 .full_snapshot = true,
                                 .hash_key = &kit.hash_key,
                                 .seal_key = &kit.seal_key,
                                 .page_rows = 5000,
                                 .is_taken = is_taken,
                                 .arena = kit.arena};
    return 0;
}

static void close_source(void)
{
    if (kit.state != NULL) {
        connector_file.close(kit.state);
        kit.state = NULL;
    }
}

static int tear_down(void **state)
{
    (void)state;
    close_source();
    return 0;
}

/* ---- Files ---- */

static const char *served(const char *name)
{
    return arena_printf(kit.arena, "%s/files/%s", kit.folder, name);
}

static void drop_bytes(const char *name, struct str bytes)
{
    assert_int_equal(fs_write_synced(served(name), bytes), RC_OK);
    assert_int_equal(chmod(served(name), 0644), 0);
}

static void drop(const char *name, const char *text)
{
    drop_bytes(name, str_from(text));
}

static void drop_large(const char *name)
{
    struct buf text;
    buf_init(&text, (size_t)64 << 20);
    assert_int_equal(buf_puts(&text, STR("编号,姓名\n")), RC_OK);
    for (int i = 0; i < LARGE_ROWS; i++) {
        assert_int_equal(buf_printf(&text, "%d,名字%d\n", i, i), RC_OK);
    }
    drop_bytes(name, buf_str(&text));
    buf_done(&text);
}

/* ---- Pulling ---- */

static const char *place(const char *key)
{
    return arena_cstr(kit.arena, yaml_text(kit.places, key));
}

static const char *sftp_with(const char *port, const char *key, const char *host_key)
{
    return arena_printf(
        kit.arena,
        "{kind: file, url: 'sftp://127.0.0.1:%s%s/files', user: %s, key: '%s', host_key: ['%s']}",
        place(port), kit.folder, place("user"), path_of(key), place(host_key));
}

static const char *sftp(void)
{
    return sftp_with("sftp", "client", "host_key");
}

static const char *ftps(const char *ca)
{
    setenv("PLACES_PASSWORD", "secret", 1);
    return arena_printf(kit.arena,
                        "{kind: file, url: 'ftps://localhost:%s/', user: anonymous, password: "
                        "'${env:PLACES_PASSWORD}', ca: '%s'}",
                        place("ftps"), path_of(ca));
}

static const char *https(const char *port, const char *ca)
{
    return arena_printf(kit.arena, "{kind: file, url: 'https://localhost:%s/out', ca: '%s'}",
                        place(port), path_of(ca));
}

static struct yaml *yaml(const char *text)
{
    struct yaml *tree = NULL;
    assert_int_equal(yaml_parse(kit.arena, "test", str_from(text), &tree), RC_OK);
    return tree;
}

static enum answer read_all(void)
{
    for (;;) {
        int64_t after = 0;
        arena_reset(kit.page_arena);
        struct page page = {.arena = kit.page_arena};
        enum answer answer = connector_file.read(kit.state, &page, &after);
        if (answer != CONN_PAGE) {
            return answer;
        }
        bool is_new =
            kit.seen_n == 0 || memcmp(kit.seen[kit.seen_n - 1], page.file_hash, PAGE_HASH) != 0;
        if (is_new) { /* one of a file, one of its mark */
            assert_true(kit.seen_n < 64);
            memcpy(kit.seen[kit.seen_n++], page.file_hash, PAGE_HASH);
        }
        for (size_t i = 0; i < page.rows; i++, kit.row_n++) {
            const struct str *v = page.values + 2 * i;
            if (kit.row_n < 1000) {
                assert_int_equal(
                    buf_printf(&kit.rows, "%.*s|%.*s\n", STR_ARGS(v[0]), STR_ARGS(v[1])), RC_OK);
            }
            if (page.rows > 100) { /* the large file */
                assert_string_equal(arena_cstr(kit.page_arena, v[1]),
                                    arena_printf(kit.page_arena, "名字%lld", (long long)kit.row_n));
            }
        }
    }
}

static enum answer pull(const char *connection, const char *settings)
{
    close_source();
    kit.seen_n = 0;
    kit.row_n = kit.row_from;
    buf_reset(&kit.rows);
    kit.source.connection = yaml(connection);
    kit.source.settings = yaml(settings);
    err_clear();
    if (connector_file.open(&kit.source, &kit.state) != RC_OK) {
        return CONN_STOP;
    }
    enum answer answer = read_all();
    assert_int_equal(buf_putc(&kit.rows, '\0'), RC_OK);
    return answer;
}

static void admit(void)
{
    for (size_t i = 0; i < kit.seen_n; i++) {
        memcpy(kit.taken[kit.taken_n++], kit.seen[i], PAGE_HASH);
    }
    assert_int_equal(connector_file.settle(kit.state), RC_OK);
}

/* ---- Killed ---- */

/* In a process of its own that dies of SIGKILL at the `point`th request, or at the `page`th page.
 * Its position before that is left in *ret. */
static void pull_killed(const char *point, int page, char position[256])
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("BIDUI_FAULT", point, 1);
        setenv("BIDUI_FAULT_KINDS", "request", 1);
        fault_setup();
        kit.source.connection = yaml(sftp());
        kit.source.settings = yaml("{match: '*.csv', after: keep}");
        if (connector_file.open(&kit.source, &kit.state) != RC_OK) {
            _exit(1);
        }
        for (int i = 0; i < page; i++) {
            int64_t after = 0;
            struct page p = {.arena = kit.page_arena};
            if (connector_file.read(kit.state, &p, &after) != CONN_PAGE) {
                _exit(2);
            }
            if (i == page - 1 &&
                write(ends[1], p.position.p, p.position.n) != (ssize_t)p.position.n) {
                _exit(3);
            }
        }
        kill(getpid(), SIGKILL);
    }
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ssize_t n = read(ends[0], position, 255);
    position[n > 0 ? n : 0] = '\0';
    close(ends[0]);
}

#define CSV "{match: '*.csv'}"
#define KEEP "{match: '*.csv', after: keep}"

/* ---- SFTP ---- */

static void sftp_takes_files_and_deletes_them(void **state)
{
    (void)state;
    drop("鉴定_202609.csv", "编号,姓名\n1,旧\n");
    drop("鉴定_202610.csv", "编号,姓名\n1,张三\n");
    drop("别的.txt", "x");
    assert_int_equal(pull(sftp(), CSV), CONN_END);
    assert_string_equal(kit.rows.p, "1|张三\n");
    admit();
    assert_false(fs_exists(served("鉴定_202610.csv")) || fs_exists(served("鉴定_202609.csv")));
    assert_true(fs_exists(served("别的.txt")));
    assert_int_equal(pull(sftp(), CSV), CONN_NOTHING);
}

static void sftp_shows_itself_by_line_or_fingerprint(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(pull(sftp_with("sftp", "client", "host_line"), KEEP), CONN_END);
    assert_int_equal(pull(sftp_with("sftp", "client_ecdsa", "host_key"), KEEP), CONN_END);
    lang_set(true);
    assert_int_equal(pull(sftp_with("sftp", "client", "other_key"), KEEP), CONN_STOP);
    assert_int_equal(err_last(), RC_AUTH);
    assert_non_null(strstr(err_detail(), place("host_key"))); /* what it showed, to be confirmed */
    lang_set(false);
    assert_int_equal(pull(sftp_with("sftp", "stranger", "host_key"), KEEP), CONN_STOP);
    assert_int_equal(err_last(), RC_AUTH);
}

static void sftp_goes_on_after_a_cut(void **state)
{
    (void)state;
    drop_large("a.csv");
    assert_int_equal(pull(sftp_with("sftp_cut", "client", "host_key"), KEEP), CONN_END);
    assert_int_equal(kit.row_n, LARGE_ROWS);
}

static void moved_files_lie_elsewhere_on_the_server(void **state)
{
    (void)state;
    const char *settings = "{match: '*.csv', after: move, move_to: 已取, ready: {marker: .done}}";
    for (int i = 0; i < 2; i++) { /* the second time under the same name */
        drop("a.csv", i == 0 ? "编号,姓名\n1,张三\n" : "编号,姓名\n20,李四\n");
        assert_int_equal(pull(sftp(), settings), CONN_NOTHING);
        drop("a.csv.done", "");
        assert_int_equal(pull(sftp(), settings), CONN_END);
        admit();
        assert_false(fs_exists(served("a.csv")) || fs_exists(served("a.csv.done")));
    }
    char **names = NULL;
    size_t n = 0;
    assert_int_equal(fs_list(kit.arena, served("已取"), "a.csv*", &names, &n), RC_OK);
    assert_int_equal(n, 2);
}

static void archived_files_are_sealed_here(void **state)
{
    (void)state;
    struct buf back;
    char **names = NULL;
    size_t n = 0;
    buf_init(&back, 1 << 20);
    drop("a.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(pull(sftp(), "{match: '*.csv', after: archive, archive: sealed}"), CONN_END);
    admit();
    assert_false(fs_exists(served("a.csv")));
    assert_int_equal(fs_list(kit.arena, path_of("sealed"), "a.csv.*.sealed", &names, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(
        archive_read(path_of(arena_printf(kit.arena, "sealed/%s", names[0])), &kit.seal_key, &back),
        RC_OK);
    assert_true(str_is(buf_str(&back), "编号,姓名\n1,张三\n"));
    buf_done(&back);
}

static void a_killed_transfer_leaves_nothing_and_begins_anew(void **state)
{
    (void)state;
    char position[256];
    drop_large("a.csv");
    pull_killed("worker:5", 1, position); /* after some 3 MB */
    assert_string_equal(position, "");
    assert_int_equal(pull(sftp(), KEEP), CONN_END);
    assert_int_equal(kit.row_n, LARGE_ROWS);
}

static void a_killed_pull_goes_on_behind_its_last_page(void **state)
{
    (void)state;
    char position[256];
    drop_large("a.csv");
    pull_killed("", 3, position);
    kit.source.position = str_from(position);
    drop("b.csv", "编号,姓名\n1,新来的\n"); /* newer by now; the half read one goes first */
    kit.row_from = 15000;
    assert_int_equal(pull(sftp(), KEEP), CONN_END);
    assert_int_equal(kit.row_n, LARGE_ROWS);
    kit.row_from = 0;
}

/* ---- Taken once ---- */

static void known_files_are_not_fetched_again(void **state)
{
    (void)state;
    const char *const connections[] = {sftp(), ftps("server.crt"), https("https", "server.crt")};
    for (size_t i = 0; i < 3; i++) {
        drop("a.csv", "编号,姓名\n1,张三\n");
        assert_int_equal(pull(connections[i], "{match: 'a.csv', after: keep}"), CONN_END);
        assert_int_equal(kit.seen_n, 2); /* the file, and what the server says of it */
        admit();
        memset(kit.taken[kit.taken_n - 2], 0,
               PAGE_HASH); /* its content is forgotten: the server's word is enough */
        assert_int_equal(pull(connections[i], "{match: 'a.csv', after: keep}"), CONN_NOTHING);
        drop("a.csv", "编号,姓名\n1,张三\n2,李四\n");
        assert_int_equal(pull(connections[i], "{match: 'a.csv', after: keep}"), CONN_END);
        assert_string_equal(kit.rows.p, "1|张三\n2|李四\n");
    }
}

static void the_same_content_under_another_name_is_taken_once(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(pull(sftp(), KEEP), CONN_END);
    admit();
    drop("b.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(pull(sftp(), KEEP), CONN_NOTHING);
}

/* ---- Completeness ---- */

static const char *hex_of(const char *algorithm, const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    const char *hex = "";
    assert_int_equal(
        EVP_Digest(text, strlen(text), digest, &n, EVP_get_digestbyname(algorithm), NULL), 1);
    for (unsigned int i = 0; i < n; i++) {
        hex = arena_printf(kit.arena, "%s%02X", hex, (unsigned)digest[i]);
    }
    return hex;
}

static void a_checksum_must_agree(void **state)
{
    (void)state;
    static const char *const algorithms[] = {"md5", "sha256", "sm3"};
    const char *text = "编号,姓名\n1,张三\n",
               *here = arena_printf(kit.arena, "{kind: file, folder: '%s'}", path_of("files"));
    for (size_t i = 0; i < 6; i++) {
        const char *algorithm = algorithms[i / 2], *connection = i % 2 == 0 ? sftp() : here;
        const char *settings = arena_printf(
            kit.arena, "{match: '*.csv', after: keep, ready: {checksum: %s}}", algorithm);
        const char *sum = arena_printf(kit.arena, "a.csv.%s", algorithm);
        (void)fresh(NULL);
        drop("a.csv", text);
        assert_int_equal(pull(connection, settings), CONN_NOTHING);
        drop(sum, arena_printf(kit.arena, "%s  a.csv\n", hex_of(algorithm, "another text")));
        assert_int_equal(pull(connection, settings), CONN_NOTHING);
        drop(sum, arena_printf(kit.arena, "%s  a.csv\n", hex_of(algorithm, text)));
        assert_int_equal(pull(connection, settings), CONN_END);
        assert_string_equal(kit.rows.p, "1|张三\n");
    }
}

static void a_date_in_the_name_tells_the_newest(void **state)
{
    (void)state;
    drop("zz名单20240131.csv", "编号,姓名\n1,旧\n");
    drop("名单20241231.csv", "编号,姓名\n1,新\n");
    drop("名单20249999.csv", "编号,姓名\n1,不是日期\n");
    assert_int_equal(pull(sftp(), "{match: '*名单{yyyyMMdd}.csv', after: keep}"), CONN_END);
    assert_string_equal(kit.rows.p, "1|新\n");
}

/* A name list, onto the server and off it again. */
static void tables_are_handed_out_and_taken_back(void **state)
{
    (void)state;
    struct stat st;
    const char *const header[] = {"编号", "姓名"};
    const struct str cells[] = {STR("1"), STR("=张,三"), STR("2"), STR("")};
    struct hand_out out = {"out", "名单.csv", 0, header, 2, 2, cells};
    kit.source.connection = yaml(sftp());
    kit.source.settings = yaml(CSV);
    assert_int_equal(connector_file.hand_out(&kit.source, &out), RC_OK);
    out.rows = 1; /* what lies there is replaced */
    assert_int_equal(connector_file.hand_out(&kit.source, &out), RC_OK);
    struct buf text;
    buf_init(&text, 4096);
    assert_int_equal(fs_read(served("out/名单.csv"), 4096, &text), RC_OK);
    assert_string_equal(arena_cstr(kit.page_arena, buf_str(&text)), "\xEF\xBB\xBF编号,姓名\r\n1,\"'=张,三\"\r\n");
    buf_done(&text);
    assert_int_equal(stat(served("out/名单.csv"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(connector_file.take_back(&kit.source, &out), RC_OK);
    assert_false(fs_exists(served("out/名单.csv")) || fs_exists(served("out/名单.csv.part")));
    assert_int_equal(connector_file.take_back(&kit.source, &out), RC_OK);
    out.folder = "./"; /* what comes back is read there */
    assert_int_equal(connector_file.hand_out(&kit.source, &out), RC_CONFIG);
    assert_false(fs_exists(served("名单.csv")));
    kit.source.connection = yaml(ftps("server.crt"));
    assert_int_equal(connector_file.hand_out(&kit.source, &out), RC_CONFIG);
}

#define SLOW_ROWS 4000 /* some 500 KB: each step well within a second, all of them three times that */

static void a_slow_upload_is_no_silence(void **state)
{
    (void)state;
    char *row = arena_alloc(kit.arena, 121);
    memset(row, 'x', 120);
    row[120] = '\0';
    const char *const header[] = {"编号"};
    struct str *cells = arena_array(kit.arena, SLOW_ROWS, sizeof *cells);
    for (size_t i = 0; i < SLOW_ROWS; i++) {
        cells[i] = str_from(row);
    }
    struct hand_out out = {"out", "慢.csv", 0, header, 1, SLOW_ROWS, cells};
    struct str slow = str_from(sftp_with("sftp_slow", "client", "host_key"));
    kit.source.connection = yaml(arena_printf(kit.arena, "%.*s, timeout: 1s}", (int)slow.n - 1, slow.p));
    kit.source.settings = yaml(CSV);
    assert_int_equal(connector_file.hand_out(&kit.source, &out), RC_OK);
    struct stat st;
    assert_int_equal(stat(served("out/慢.csv"), &st), 0);
    assert_int_equal(st.st_size, 3 + 6 + 2 + SLOW_ROWS * 122);
}

/* ---- FTPS and HTTPS ---- */

static void ftps_takes_files_and_moves_them(void **state)
{
    (void)state;
    drop("鉴定 1.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(pull(ftps("server.crt"),
                          "{match: '鉴定*.csv', after: move, move_to: done, ready: {stable: 1s}}"),
                     CONN_END);
    assert_string_equal(kit.rows.p, "1|张三\n");
    admit();
    assert_false(fs_exists(served("鉴定 1.csv")));
    assert_true(fs_exists(served("done/鉴定 1.csv")));
    assert_int_equal(pull(ftps("server.crt"), CSV), CONN_NOTHING);
}

static void certificates_must_be_vouched_for(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(pull(ftps("other.crt"), KEEP), CONN_STOP);
    assert_int_equal(err_last(), RC_AUTH);
    assert_int_equal(pull(https("https", "other.crt"), "{match: a.csv}"), CONN_STOP);
    assert_int_equal(err_last(), RC_AUTH);
}

static void ftps_goes_on_where_it_stood(void **state)
{
    (void)state;
    struct blob *whole = NULL, *rest = NULL;
    struct remote_file file;
    void *server = NULL;
    char bytes[8];
    size_t n = 0;
    drop_large("a.csv");
    kit.source.settings = yaml(KEEP);
    kit.source.connection = yaml(ftps("server.crt"));
    struct file_options options = {0};
    assert_int_equal(options_read(&kit.source, &options), RC_OK);
    assert_int_equal(place_ftps.open(&options.place, &server), RC_OK);
    assert_int_equal(place_ftps.stat(server, kit.arena, "a.csv", &file), RC_OK);
    assert_int_equal(blob_spool(NULL, &whole), RC_OK);
    assert_int_equal(blob_spool(NULL, &rest), RC_OK);
    assert_int_equal(place_ftps.fetch(server, &file, whole), RC_OK);
    assert_int_equal(blob_size(whole), file.size);
    assert_int_equal(blob_append(rest, STR("12345")),
                     RC_OK); /* what an earlier connection brought */
    assert_int_equal(place_ftps.fetch(server, &file, rest), RC_OK);
    assert_int_equal(blob_size(rest), file.size);
    assert_int_equal(blob_read(rest, 0, bytes, sizeof bytes, &n), RC_OK);
    assert_memory_equal(bytes, "12345", 5);
    place_ftps.close(server);
    options_done(&options);
    blob_close(whole);
    blob_close(rest);
}

static void https_fetches_by_date_and_goes_on_after_a_cut(void **state)
{
    (void)state;
    char day[DATE_TEXT];
    date_format(date_add_days(clock_today(), -2), day);
    const char *name = arena_printf(kit.arena, "名单 %.4s%.2s%.2s.csv", day, day + 5, day + 8);
    drop_large(name);
    assert_int_equal(pull(https("https_cut", "server.crt"), "{match: '名单 {yyyyMMdd}.csv'}"),
                     CONN_END);
    assert_int_equal(kit.row_n, LARGE_ROWS);
    admit();
    assert_true(fs_exists(served(name)));
}

static void a_server_that_is_away_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(pull("{kind: file, url: 'https://127.0.0.1:1/out'}", "{match: a.csv}"),
                     CONN_RETRY);
    assert_int_equal(err_last(), RC_NET);
    assert_int_equal(
        pull("{kind: file, url: 'sftp://127.0.0.1:1/out', user: x, host_key: ['SHA256:x']}", CSV),
        CONN_RETRY);
}

/* ---- Spools ---- */

static void spools_are_encrypted_and_have_no_name(void **state)
{
    (void)state;
    struct blob *b = NULL;
    char back[64], path[64], raw[64];
    size_t n = 0;
    assert_int_equal(blob_spool(kit.folder, &b), RC_OK);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(blob_append(b, STR("身份证440101")), RC_OK);
    }
    for (int64_t at = 0; at < 200; at += 7) {
        assert_int_equal(blob_read(b, at * 15, back, 15, &n), RC_OK);
        assert_memory_equal(back, "身份证440101", 15);
        assert_int_equal(blob_read(b, at * 15 + 9, back, 6, &n), RC_OK);
        assert_memory_equal(back, "440101", 6);
    }
    int fd = -1;
    for (int i = 3; i < 64 && fd < 0; i++) { /* the one without a name in our folder */
        snprintf(path, sizeof path, "/proc/self/fd/%d", i);
        ssize_t length = readlink(path, raw, sizeof raw - 1);
        raw[length > 0 ? length : 0] = '\0';
        fd = length > 0 && strncmp(raw, kit.folder, strlen(kit.folder)) == 0 &&
                     strchr(raw, '#') != NULL
                 ? i
                 : -1;
    }
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, raw, 15, 0), 15);
    assert_memory_not_equal(raw, "身份证440101", 15);
    blob_close(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sftp_takes_files_and_deletes_them),
        TEST(sftp_shows_itself_by_line_or_fingerprint),
        TEST(sftp_goes_on_after_a_cut),
        TEST(moved_files_lie_elsewhere_on_the_server),
        TEST(archived_files_are_sealed_here),
        TEST(a_killed_transfer_leaves_nothing_and_begins_anew),
        TEST(a_killed_pull_goes_on_behind_its_last_page),
        TEST(known_files_are_not_fetched_again),
        TEST(the_same_content_under_another_name_is_taken_once),
        TEST(a_checksum_must_agree),
        TEST(a_date_in_the_name_tells_the_newest),
        TEST(tables_are_handed_out_and_taken_back),
        TEST(a_slow_upload_is_no_silence),
        TEST(ftps_takes_files_and_moves_them),
        TEST(certificates_must_be_vouched_for),
        TEST(ftps_goes_on_where_it_stood),
        TEST(https_fetches_by_date_and_goes_on_after_a_cut),
        TEST(a_server_that_is_away_is_tried_again),
        TEST(spools_are_encrypted_and_have_no_name),
    };
    log_setup(LOG_ERROR, false);
    return cmocka_run_group_tests_name("places", tests, start_servers, stop_servers);
}
