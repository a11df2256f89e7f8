/* Answers that the openssl command encrypted beforehand, read over HTTP. Needs no database. */
#include "tests/lib/http_departments.h"

#define KEY "0123456789abcdeffedcba9876543210"
#define IV "000102030405060708090a0b0c0d0e0f"
#define ROWS 3000                                    /* far more than 64 KiB */
#define CONNECTION "base_url: '${env:GATEWAY}'\nok: {pointer: /code, equals: ['0']}\n"

/* Shell in the gateway's folder; `plain` is there. */
static void make(const char *command)
{
    char line[PATH_MAX * 2];
    snprintf(line, sizeof line, "cd '%s/gateway' && { %s; }", folder, command);
    pid_t pid = child();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-ec", line, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void write_plain(const char *before, const char *after)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs(before, f);
    for (int i = 0; i < ROWS; i++) {
        fprintf(f, "%s{\"id\":\"E%05d\",\"xm\":\"张三\"}", i == 0 ? "" : ",", i);
    }
    fputs(after, f);
    fclose(f);
    write_file("gateway/plain", text);
    free(text);
}

static void pull_file(const char *more)
{
    char dataset[2048];
    snprintf(dataset, sizeof dataset, "request: {path: /file}\n%s", more);
    pull(CONNECTION, dataset, "id");
}

static void assert_all_read(void)
{
    if (reading.last != CONN_END) {
        fail_msg("%s", reading.detail);
    }
    assert_rows('E', 0, ROWS);
}

static const struct {
    const char *cipher, *options, *settings;
} ciphers[] = {
    {"-sm4-cbc", "-K " KEY " -iv " IV, "cipher: sm4_cbc, key: '${env:KEY}', iv: '${env:IV}'"},
    {"-sm4-ctr", "-K " KEY " -iv " IV, "cipher: sm4_ctr, key: '${env:KEY}', iv: '${env:IV}'"},
    {"-sm4-ecb", "-K " KEY, "cipher: sm4_ecb, key: '${env:KEY}'"},
    {"-aes-128-cbc", "-K " KEY " -iv " IV, "cipher: aes_cbc, key: '${env:KEY}', iv: '${env:IV}'"},
    {"-aes-256-ctr", "-K " KEY KEY " -iv " IV, "cipher: aes_ctr, key: '${env:KEY}${env:KEY}', iv: '${env:IV}'"},
};
#define CIPHERS (sizeof ciphers / sizeof *ciphers)

static void encrypt_as(size_t i, const char *from, const char *to)
{
    char command[1024];
    snprintf(command, sizeof command, "openssl enc %s %s -in %s -out %s", ciphers[i].cipher, ciphers[i].options, from, to);
    make(command);
}

static void test_whole_answers(void **state)
{
    (void)state;
    char more[512];
    write_plain("{\"code\":0,\"data\":[", "]}");
    for (size_t i = 0; i < CIPHERS; i++) {
        encrypt_as(i, "plain", "raw");
        make("openssl base64 -in raw -out served");
        snprintf(more, sizeof more, "records: /data\nfilters: [{kind: decrypt, %s}]\n", ciphers[i].settings);
        pull_file(more);
        assert_all_read();
        make("od -An -v -tx1 raw | tr -d ' \\n' >served");
        snprintf(more, sizeof more, "records: /data\nfilters: [{kind: decrypt, %s, encoding: hex}]\n", ciphers[i].settings);
        pull_file(more);
        assert_all_read();
    }
}

static void test_packed_and_encrypted(void **state)
{
    (void)state;
    char more[512];
    write_plain("{\"code\":0,\"data\":[", "]}");
    make("gzip -nc plain >packed");
    for (size_t i = 0; i < CIPHERS; i++) {
        encrypt_as(i, "packed", "served");
        snprintf(more, sizeof more, "records: /data\nfilters: [{kind: decrypt, %s, encoding: raw}, {kind: gzip}]\n",
                 ciphers[i].settings);
        pull_file(more);
        assert_all_read();
    }
}

static void test_inside_an_envelope(void **state)
{
    (void)state;
    char more[512];
    write_plain("{\"rows\":[", "]}");
    for (size_t i = 0; i < CIPHERS; i++) {
        encrypt_as(i, "plain", "raw");
        make("{ printf '{\"code\":0,\"data\":\"'; openssl base64 -A -in raw; printf '\"}'; } >served");
        snprintf(more, sizeof more, "records: /rows\nformat: {kind: json, inner: {at: /data, kind: json, decrypt: {%s}}}\n",
                 ciphers[i].settings);
        pull_file(more);
        assert_all_read();
    }
}

#define FEW 40

/* Each record a text of its own, one of them spoilt: hex digits that are no cipher text. */
static void write_encrypted_records(size_t i, int spoilt)
{
    char command[2048];
    snprintf(command, sizeof command,
             "{ printf '{\"code\":0,\"data\":['; n=0; while [ $n -lt %d ]; do [ $n -eq 0 ] || printf ,;"
             " if [ $n -eq %d ]; then printf '\"00ff00\"'; else printf '\"%%s\"' \"$(printf '{\"id\":\"E%%05d\",\"xm\":\"张三\\\\n\"}'"
             " $n | openssl enc %s %s | od -An -v -tx1 | tr -d ' \\n')\"; fi; n=$((n+1)); done; printf ']}'; } >served",
             FEW, spoilt, ciphers[i].cipher, ciphers[i].options);
    make(command);
}

static void test_record_by_record(void **state)
{
    (void)state;
    char more[512];
    for (size_t i = 0; i < CIPHERS; i++) {
        write_encrypted_records(i, -1);
        snprintf(more, sizeof more, "records: /data\nformat: {kind: json, record_cipher: {%s, encoding: hex}}\n", ciphers[i].settings);
        pull_file(more);
        if (reading.last != CONN_END) {
            fail_msg("%s", reading.detail);
        }
        assert_rows('E', 0, FEW);
        assert_string_equal(reading.page[0].seen, "id\nxm");
        setenv("KEY", "1123456789abcdeffedcba9876543210", 1);
        pull_file(more);
        setenv("KEY", KEY, 1);
        assert_stopped(RC_DECRYPT, "of 40 records, 40 cannot be deciphered");
        assert_int_equal(reading.rows, 0);
    }
}

static void test_one_record_that_cannot_be_read(void **state)
{
    (void)state;
    write_encrypted_records(0, FEW - 1);
    pull_file("records: /data\nformat: {kind: json, record_cipher: {cipher: sm4_cbc, key: '${env:KEY}', iv: '${env:IV}', encoding: hex}}\n");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('E', 0, FEW - 1);
    assert_int_equal(reading.rejects, 1);
    write_plain("{\"code\":0,\"data\":[", "]}"); /* in the clear after all: not what was agreed */
    make("cp plain served");
    pull_file("records: /data\nformat: {kind: json, record_cipher: {cipher: sm4_cbc, key: '${env:KEY}', iv: '${env:IV}', encoding: hex}}\n");
    assert_stopped(RC_DECRYPT, "of 3000 records, 3000");
}

/* The IV in front, another one each time. */
static void test_iv_in_front(void **state)
{
    (void)state;
    write_plain("{\"code\":0,\"data\":[", "]}");
    encrypt_as(0, "plain", "raw");
    make("{ printf '\\000\\001\\002\\003\\004\\005\\006\\007\\010\\011\\012\\013\\014\\015\\016\\017'; cat raw; } | openssl base64 -A >served");
    pull_file("records: /data\nfilters: [{kind: decrypt, cipher: sm4_cbc, key: '${env:KEY}', iv_in_front: true}]\n");
    assert_all_read();
}

static void test_wrong_keys(void **state)
{
    (void)state;
    char more[512];
    write_plain("{\"code\":0,\"data\":[", "]}");
    setenv("KEY", "1123456789abcdeffedcba9876543210", 1);
    for (size_t i = 0; i < CIPHERS; i++) {
        encrypt_as(i, "plain", "raw");
        make("openssl base64 -in raw -out served");
        snprintf(more, sizeof more, "records: /data\nfilters: [{kind: decrypt, %s}]\n", ciphers[i].settings);
        pull_file(more);
        assert_stopped(RC_DECRYPT, "GET /file");
        make("{ printf '{\"code\":0,\"data\":\"'; openssl base64 -A -in raw; printf '\"}'; } >served");
        snprintf(more, sizeof more, "records: /data\nformat: {kind: json, inner: {at: /data, kind: json, decrypt: {%s}}}\n",
                 ciphers[i].settings);
        pull_file(more);
        assert_stopped(RC_DECRYPT, "GET /file");
        assert_int_equal(reading.rows, 0);
    }
    setenv("KEY", "01234567", 1); /* not even a key */
    begin(CONNECTION, "request: {path: /file}\nrecords: /data\n"
                      "filters: [{kind: decrypt, cipher: sm4_ecb, key: '${env:KEY}'}]\n", "id", "");
    assert_int_equal(connector_http.open(&reading.source, &reading.state), RC_CONFIG);
    assert_null(strstr(err_detail(), "01234567"));
    arena_free(reading.page_arena);
    arena_free(reading.arena);
    setenv("KEY", KEY, 1);
}

static int set_up(void **state)
{
    char path[PATH_MAX + 16];
    start_departments(state);
    snprintf(path, sizeof path, "%s/gateway", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "http://127.0.0.1:%d/gateway", server_port);
    setenv("GATEWAY", path, 1);
    setenv("KEY", KEY, 1);
    setenv("IV", IV, 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_answers),
        cmocka_unit_test(test_packed_and_encrypted),
        cmocka_unit_test(test_inside_an_envelope),
        cmocka_unit_test(test_record_by_record),
        cmocka_unit_test(test_one_record_that_cannot_be_read),
        cmocka_unit_test(test_iv_in_front),
        cmocka_unit_test(test_wrong_keys),
    };
    return cmocka_run_group_tests(tests, set_up, stop_departments);
}
