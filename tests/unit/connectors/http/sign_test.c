/* Signatures as the published interfaces want them. Expected values are Python's hashlib and hmac's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connectors/http/settings.h"

#define TIME_MS INT64_C(1635478320000)               /* 2021-10-29 11:32:00 +08:00 */
#define NONCE "0123456789abcdef0123456789abcdef"

static struct arena *arena;
static struct http_message message;
static struct http_auth auth;
static struct str signed_text;

static enum rc sign_as(const char *yaml)
{
    struct source source = {.dataset = "d.s", .base_dir = "/nowhere", .arena = arena};
    static struct http_settings settings = {.base_url = "https://gw.example:8443/gw"};
    struct yaml *connection = NULL;
    struct parts p;
    assert_int_equal(yaml_parse(arena, "test", str_from(yaml), &connection), RC_OK);
    source.connection = connection;
    TRY(http_auth_read(&source, &settings, &auth));
    TRY(parts_begin(&p, &auth.parts, &message, TIME_MS));
    p.nonce = STR(NONCE);
    return http_auth_put(&auth, &p, &message, &signed_text);
}

/* POST /gw/r?page=2 with the form xm=张 三 */
static void begin_message(enum http_body_kind kind)
{
    message = (struct http_message){.arena = arena,
                                    .method = "POST",
                                    .address = STR("https://gw.example:8443/gw"),
                                    .path = STR("/r"),
                                    .body_kind = kind};
    assert_int_equal(http_pairs_add(arena, &message.query, STR("page"), STR("2")), RC_OK);
    assert_int_equal(http_pairs_add(arena, &message.fields, STR("xm"), STR("张 三")), RC_OK);
}

static const char *value_of(const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->n; i++) {
        if (str_is(pairs->p[i].name, name)) {
            return arena_cstr(arena, pairs->p[i].value);
        }
    }
    fail_msg("no %s", name);
    return NULL;
}

static void signs(const char *yaml)
{
    if (sign_as(yaml) != RC_OK) {
        fail_msg("%s", err_detail());
    }
}

/* The published example: SHA-1 over application key, secret and milliseconds. */
static void test_published_sha1(void **state)
{
    (void)state;
    setenv("SECRET", "testOnlyappSecret", 1);
    begin_message(HTTP_BODY_FORM);
    signs("auth:\n  kind: signature\n  app_key: testOnlyAppKey\n  app_secret: '${env:SECRET}'\n"
          "  sign: {text: '{app_key}{app_secret}{time}', digest: sha1}\n"
          "  headers: {appKey: '{app_key}', timestamp: '{time}', sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.headers, "sign"), "89037df84706b6e4ebb58fde9d8f0cf94560b438");
    assert_string_equal(value_of(&message.headers, "timestamp"), "1635478320000");
    assert_string_equal(value_of(&message.headers, "appKey"), "testOnlyAppKey");
}

static void test_hmac_in_base64(void **state)
{
    (void)state;
    begin_message(HTTP_BODY_FORM);
    signs("auth:\n  kind: signature\n  app_key: cid\n  app_secret: '${env:S}'\n"
          "  sign: {text: '{app_key}{time}{nonce}', digest: hmac_sha256, encoding: base64}\n"
          "  headers: {X-Client: '{app_key}', X-Time: '{time}', X-Nonce: '{nonce}', X-Sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.headers, "X-Sign"), "rzQr6gpREpaRB6+X6MXJUokPh/rvsfhS1846fuBzLaA=");
    assert_string_equal(value_of(&message.headers, "X-Nonce"), NONCE);
    assert_int_equal(message.headers.n, 4);
}

static void test_md5_joined_by_commas(void **state)
{
    (void)state;
    begin_message(HTTP_BODY_FORM);
    signs("auth:\n  kind: signature\n  app_key: cid\n  app_secret: '${env:S}'\n"
          "  sign: {text: '{app_key},{time},{app_secret}', digest: md5}\n"
          "  query: {key: '{app_key}', t: '{time}', sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.query, "sign"), "efebda777595646c071b37f817f9c25d");
    assert_string_equal(arena_cstr(arena, signed_text), "cid,1635478320000,s3cret");
}

static void test_sha256_over_fields(void **state)
{
    (void)state;
    begin_message(HTTP_BODY_FORM);
    message.fields.n = 0;
    assert_int_equal(http_pairs_add(arena, &message.fields, STR("data"), STR("{\"a\":\"1\"}")), RC_OK);
    signs("auth:\n  kind: signature\n  app_key: cid\n  time: ms\n"
          "  sign: {text: 'data={field.data}&appkey={app_key}&nonce={nonce}&timestamp={time}', digest: sha256}\n"
          "  body: {appkey: '{app_key}', nonce: '{nonce}', timestamp: '{time}', sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.fields, "sign"),
                        "9301d14cb26d11d923d45556a8ea24ac3816a80e9b90ffe0f88fccd8666ecf21");
}

/* All parameters of query and form, sorted, blank ones left out, the key behind them. */
static void test_md5_over_sorted_parameters(void **state)
{
    (void)state;
    begin_message(HTTP_BODY_FORM);
    assert_int_equal(http_pairs_add(arena, &message.fields, STR("b"), STR("")), RC_OK);
    signs("auth:\n  kind: signature\n  app_secret: '${env:S}'\n  params: {skip_empty: true}\n"
          "  sign: {text: '{params}&key={app_secret}', digest: md5, encoding: upper_hex}\n"
          "  query: {appKey: cid, nonce: '{nonce}'}\n  body: {sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.fields, "sign"), "5B5346271E6AEC47486E7ACF7570FB2E");
    begin_message(HTTP_BODY_FORM);
    signs("auth:\n  kind: signature\n  app_secret: '${env:S}'\n  params: {join: '', equals: ''}\n"
          "  sign: {text: '{app_secret}{params}{app_secret}', digest: md5, encoding: upper_hex}\n"
          "  query: {appKey: cid}\n  headers: {sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.headers, "sign"), "26CE4FB33AEA19BC0D46486C3D9DC88E");
}

/* A JSON body that is ready gets the values as further members. */
static void test_fields_of_a_ready_body(void **state)
{
    (void)state;
    static const char *const bodies[][2] = {{"{\"a\":{}} ", "{\"a\":{},\"s\":\"cid\"}"}, {"{ }", "{ \"s\":\"cid\"}"}};
    for (size_t i = 0; i < 2; i++) {
        begin_message(HTTP_BODY_READY);
        message.fields.n = 0;
        message.body = str_from(bodies[i][0]);
        signs("auth: {kind: token, app_key: cid, body: {s: '{app_key}'}}\n");
        struct buf b;
        buf_init(&b, 1000);
        assert_int_equal(http_message_body(&message, &b), RC_OK);
        assert_string_equal(b.p, bodies[i][1]);
        buf_done(&b);
    }
}

/* printf %s '{"xm":"张 三"}' | openssl enc -sm4-ecb -K 0123456789abcdeffedcba9876543210 -a -A */
#define HIDDEN "BWTu8JdfZs4Io+tnEh4VYAAqik76hjzK0CSsAwC7QNI="
static void test_encrypted_request(void **state)
{
    (void)state;
    struct source source = {.base_dir = "/", .arena = arena};
    static const char *const how[] = {"{cipher: sm4_ecb, key: '${env:K}', field: data}", "{cipher: sm4_ecb, key: '${env:K}'}"};
    setenv("K", "0123456789abcdeffedcba9876543210", 1);
    for (size_t i = 0; i < 2; i++) {
        struct yaml *map = NULL;
        struct http_encrypt *e = NULL;
        begin_message(HTTP_BODY_FORM);
        assert_int_equal(yaml_parse(arena, "test", str_from(how[i]), &map), RC_OK);
        assert_int_equal(http_encrypt_read(&source, map, &e), RC_OK);
        assert_int_equal(http_encrypt_apply(e, &message), RC_OK);
        assert_true(str_is(i == 0 ? message.fields.p[0].value : message.body, HIDDEN));
        assert_int_equal(message.fields.n, i == 0 ? 1 : 0);
    }
}

static void test_sm3_over_the_whole_request(void **state)
{
    (void)state;
    begin_message(HTTP_BODY_FORM);
    message.fields.n = 0;
    assert_int_equal(http_pairs_add(arena, &message.fields, STR("b"), STR("")), RC_OK);
    assert_int_equal(http_pairs_add(arena, &message.fields, STR("xm"), STR("张 三")), RC_OK);
    assert_int_equal(http_pairs_add(arena, &message.query, STR("b"), STR("")), RC_OK);
    signs("auth:\n  kind: signature\n  app_secret: '${env:S}'\n  time: yyyyMMddHHmmss\n"
          "  body_digest: {digest: sm3}\n"
          "  sign: {text: \"{method}\\n{path}\\n{query}\\n{body_digest}\\n{time}\", digest: hmac_sm3}\n"
          "  headers: {x-digest: '{body_digest}', x-sign: '{sign}'}\n");
    assert_string_equal(value_of(&message.headers, "x-digest"),
                        "cf0b7d2cbd15b9a2879ff16f7e6567baf99cd79b750277c068e39f19568b2387");
    assert_string_equal(value_of(&message.headers, "x-sign"),
                        "d73a4bc3358741d82ed30c5fc5b8cef3aa243065482c094b0036bab5214feeba");
}

static void check_time(const char *format, const char *expected)
{
    struct buf b;
    buf_init(&b, 100);
    assert_true(parts_is_time_format(str_from(format)));
    assert_int_equal(parts_time(str_from(format), TIME_MS + 7, &b), RC_OK);
    if (!str_is(buf_str(&b), expected)) {
        fail_msg("%s: %.*s", format, STR_ARGS(buf_str(&b)));
    }
    buf_done(&b);
}

static void test_times(void **state)
{
    (void)state;
    check_time("s", "1635478320");
    check_time("ms", "1635478320007");
    check_time("http", "Fri, 29 Oct 2021 03:32:00 GMT");
    check_time("yyyy-MM-dd HH:mm:ss", "2021-10-29 11:32:00");
    check_time("yyyyMMddHHmmssSSS", "20211029113200007");
    check_time("yyyy-MM-ddTHH:mm:ss+08:00", "2021-10-29T11:32:00+08:00");
    assert_false(parts_is_time_format(STR("YYYYMMDD")));
    assert_false(parts_is_time_format(STR("")));
    assert_false(parts_is_time_format(STR("--")));
}

/* What a secret holds is never read as a hole. */
static void test_braces(void **state)
{
    (void)state;
    setenv("BRACES", "a{time}b}", 1);
    begin_message(HTTP_BODY_NONE);
    signs("auth:\n  kind: token\n  headers: {a: 'x{{${env:BRACES}}}y', b: '${env:BRACES}'}\n");
    assert_string_equal(value_of(&message.headers, "a"), "x{a{time}b}}y");
    assert_string_equal(value_of(&message.headers, "b"), "a{time}b}");
    static const char *const wrong[] = {"{", "}", "{a", "{}", "{A}", "a{field.}b", "{field.a{time}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin_message(HTTP_BODY_NONE);
        const char *yaml = arena_printf(arena, "auth:\n  kind: token\n  headers: {a: '%s'}\n", wrong[i]);
        assert_int_equal(sign_as(yaml), RC_CONFIG);
    }
    begin_message(HTTP_BODY_NONE);
    assert_int_equal(sign_as("auth:\n  kind: token\n  headers: {a: '{token}'}\n"), RC_CONFIG);
}

static void test_nonces(void **state)
{
    (void)state;
    static const struct {
        const char *nonce, *alphabet;
        size_t n;
    } cases[] = {{"{}", "0123456789abcdef", 32},
                 {"{kind: digits, length: 6}", "0123456789", 6},
                 {"{kind: letters, length: 64}", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 64},
                 {"{kind: uuid}", "0123456789abcdef-", 36}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_message(HTTP_BODY_NONE);
        signs(arena_printf(arena, "auth:\n  kind: token\n  nonce: %s\n", cases[i].nonce));
        struct parts a, b;
        assert_int_equal(parts_begin(&a, &auth.parts, &message, TIME_MS), RC_OK);
        assert_int_equal(parts_begin(&b, &auth.parts, &message, TIME_MS), RC_OK);
        assert_int_equal(a.nonce.n, cases[i].n);
        assert_int_equal(strspn(a.nonce.p, cases[i].alphabet), cases[i].n);
        assert_false(str_eq(a.nonce, b.nonce));
    }
}

/* ---- tokens out of answers ---- */

static struct token_rules token_rules;
static struct buf token;
static int64_t until;

static enum rc parse(const char *body)
{
    return token_parse(&token_rules, str_from(body), arena, TIME_MS, &token, &until);
}

static void test_token_answers(void **state)
{
    (void)state;
    token_rules = (struct token_rules){.value = "/data/token", .lifetime_ms = 3600000};
    assert_int_equal(parse("{\"data\":{\"x\":[1,{}],\"token\":\"a.b-c\"}}"), RC_OK);
    assert_true(str_is(buf_str(&token), "a.b-c"));
    assert_int_equal(until, TIME_MS + 3600000 - 60000);
    token_rules.expires_in = "/ttl";
    assert_int_equal(parse("{\"ttl\":300,\"data\":{\"token\":12}}"), RC_OK);
    assert_true(str_is(buf_str(&token), "12"));
    assert_int_equal(until, TIME_MS + 300000 - 30000);
    assert_int_equal(parse("{\"ttl\":\"soon\",\"data\":{\"token\":12}}"), RC_OK);
    assert_int_equal(until, TIME_MS + 3600000 - 60000);
    token_rules.expires_in = NULL;
    token_rules.expires_at = "/end";
    assert_int_equal(parse("{\"end\":1635485520000,\"data\":{\"token\":12}}"), RC_OK);
    assert_int_equal(until, TIME_MS + 7200000 - 60000);
    assert_int_equal(parse("{\"end\":\"2021-10-29 13:32:00\",\"data\":{\"token\":12}}"), RC_OK);
    assert_int_equal(until, TIME_MS + 7200000 - 60000);
    token_rules = (struct token_rules){.value = "", .lifetime_ms = 1000};
    assert_int_equal(parse(" plain-token\n"), RC_OK);
    assert_true(str_is(buf_str(&token), "plain-token"));
}

static void test_answers_without_a_token(void **state)
{
    (void)state;
    token_rules = (struct token_rules){.value = "/data/token", .lifetime_ms = 1000};
    static const char *const none[] = {"", "{", "<html>", "{\"data\":null}", "{\"data\":{\"token\":null}}",
                                       "{\"data\":{\"token\":\"\"}}", "{\"data\":{\"token\":\"a\\nb\"}}",
                                       "{\"data\":{\"token\":{\"p0ison\":1}}}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(parse(none[i]), RC_FORMAT);
        assert_null(strstr(err_detail(), "p0ison"));
    }
    struct yaml *ok = NULL;
    assert_int_equal(yaml_parse(arena, "ok", STR("[0, '200']"), &ok), RC_OK);
    token_rules.ok_pointer = "/code";
    token_rules.ok_equals = ok;
    assert_int_equal(parse("{\"code\":1,\"data\":{\"token\":\"t\"}}"), RC_AUTH);
    assert_int_equal(parse("{\"code\":200,\"data\":{\"token\":\"t\"}}"), RC_OK);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    buf_init(&token, TOKEN_MAX);
    setenv("S", "s3cret", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    buf_done(&token);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_sha1),
        cmocka_unit_test(test_hmac_in_base64),
        cmocka_unit_test(test_md5_joined_by_commas),
        cmocka_unit_test(test_sha256_over_fields),
        cmocka_unit_test(test_md5_over_sorted_parameters),
        cmocka_unit_test(test_fields_of_a_ready_body),
        cmocka_unit_test(test_encrypted_request),
        cmocka_unit_test(test_sm3_over_the_whole_request),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_braces),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_token_answers),
        cmocka_unit_test(test_answers_without_a_token),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
