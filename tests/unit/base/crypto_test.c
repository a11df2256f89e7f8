#include "base/crypto.h"

#include <stdio.h>

#include "tests/unit/base/capture.h"

static struct key key_of(char digit)
{
    char hex[CRYPTO_KEY * 2];
    struct key k = {.is_set = false};
    memset(hex, digit, sizeof hex);
    assert_int_equal(key_from_hex(str_of(hex, sizeof hex), &k), RC_OK);
    assert_true(k.is_set);
    return k;
}

static void keys_are_64_hex_digits(void **state)
{
    (void)state;
    struct key k = key_of('a');
    assert_int_equal(k.bytes[0], 0xaa);
    assert_int_equal(key_of('F').bytes[31], 0xff);
    const char *wrong[] = {"",
                           "ab",
                           "0000000000000000000000000000000000000000000000000000000000000000 ",
                           "000000000000000000000000000000000000000000000000000000000000000",
                           "g000000000000000000000000000000000000000000000000000000000000000",
                           "000000000000000000000000000000000000000000000000000000000000000:",
                           "@000000000000000000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(key_from_hex(str_from(wrong[i]), &k), RC_CONFIG);
        assert_null(strstr(err_detail(), "000"));
    }
    assert_int_equal(key_from_hex(STR_NULL, &k), RC_CONFIG);
    assert_int_equal(k.bytes[0], 0xaa);
}

/* Expected values from Python's hmac: key, domain NUL text. */
static void codes_and_hashes_are_hmac_sha256(void **state)
{
    (void)state;
    struct key k = key_of('a');
    char code[CODE_TEXT];
    crypto_code(&k, "person", STR("text"), code);
    assert_string_equal(code, "k02f3c9a93e527e36b7a4");
    unsigned char hash[PAGE_HASH];
    crypto_hash(&k, STR("page text"), hash);
    char hex[33];
    for (int i = 0; i < PAGE_HASH; i++) {
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    }
    assert_string_equal(hex, "7be7be5161ef79130420ea7ad71d9fb9");
}

static void codes_depend_on_key_domain_and_text(void **state)
{
    (void)state;
    struct key a = key_of('a'), b = key_of('b');
    char codes[6][CODE_TEXT];
    crypto_code(&a, "d", STR("t"), codes[0]);
    crypto_code(&b, "d", STR("t"), codes[1]);
    crypto_code(&a, "e", STR("t"), codes[2]);
    crypto_code(&a, "d", STR("u"), codes[3]);
    crypto_code(&a, "dt", STR(""), codes[4]);
    crypto_code(&a, "d", STR_NULL, codes[5]);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(strlen(codes[i]), CODE_TEXT - 1);
        assert_int_equal(codes[i][0], 'k');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(codes[i], codes[j]);
        }
    }
    char again[CODE_TEXT];
    crypto_code(&a, "d", STR("t"), again);
    assert_string_equal(again, codes[0]);
}

static void code_without_a_key(void)
{
    struct key none = {.is_set = false};
    char code[CODE_TEXT];
    crypto_code(&none, "d", STR("t"), code);
}

static void seal_without_a_key(void)
{
    struct key none = {.is_set = false};
    struct buf b;
    buf_init(&b, 100);
    (void)!crypto_seal(&none, STR("t"), STR(""), &b);
}

static void an_unset_key_is_never_used(void **state)
{
    (void)state;
    char out[500];
    assert_int_equal(exit_code(capture(STDERR_FILENO, code_without_a_key, out, sizeof out)), 1);
    assert_non_null(strstr(out, "密钥没有设置"));
    assert_int_equal(exit_code(capture(STDERR_FILENO, seal_without_a_key, out, sizeof out)), 1);
}

static void sealed_opens_again(void **state)
{
    (void)state;
    struct key k = key_of('1');
    static char big[100000];
    const struct str texts[] = {
        STR("secret 村"), STR(""), STR_NULL, STR("a\0b"), {big, sizeof big}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf sealed, opened;
        buf_init(&sealed, 1 << 20);
        buf_init(&opened, 1 << 20);
        assert_int_equal(crypto_seal(&k, texts[i], STR("review 7"), &sealed), RC_OK);
        assert_int_equal(sealed.n, 12 + texts[i].n + 16);
        assert_int_equal(buf_puts(&opened, STR("before ")), RC_OK);
        assert_int_equal(crypto_open(&k, buf_str(&sealed), STR("review 7"), &opened), RC_OK);
        assert_true(str_eq(str_sub(buf_str(&opened), 7, SIZE_MAX), texts[i]));
        buf_done(&sealed);
        buf_done(&opened);
    }
}

static void the_same_text_is_never_sealed_alike(void **state)
{
    (void)state;
    struct key k = key_of('1');
    struct buf a, b;
    buf_init(&a, 1000);
    buf_init(&b, 1000);
    assert_int_equal(crypto_seal(&k, STR("text"), STR(""), &a), RC_OK);
    assert_int_equal(crypto_seal(&k, STR("text"), STR(""), &b), RC_OK);
    assert_memory_not_equal(a.p, b.p, 12);
    assert_memory_not_equal(a.p + 12, b.p + 12, 4);
    buf_done(&a);
    buf_done(&b);
}

static void whatever_was_touched_does_not_open(void **state)
{
    (void)state;
    struct key k = key_of('1'), other = key_of('2');
    struct buf sealed, opened;
    buf_init(&sealed, 1000);
    buf_init(&opened, 1000);
    assert_int_equal(crypto_seal(&k, STR("secret"), STR("context"), &sealed), RC_OK);
    struct str s = buf_str(&sealed);
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        assert_int_equal(crypto_open(&k, s, STR("context"), &opened), RC_CRYPTO);
        sealed.p[i] ^= 1;
    }
    assert_int_equal(crypto_open(&k, s, STR("contexT"), &opened), RC_CRYPTO);
    assert_int_equal(crypto_open(&k, s, STR(""), &opened), RC_CRYPTO);
    assert_int_equal(crypto_open(&other, s, STR("context"), &opened), RC_CRYPTO);
    for (size_t n = 0; n < s.n; n++) {
        assert_int_equal(crypto_open(&k, str_sub(s, 0, n), STR("context"), &opened), RC_CRYPTO);
    }
    assert_int_equal(opened.n, 0);
    assert_int_equal(crypto_open(&k, s, STR("context"), &opened), RC_OK);
    assert_true(str_is(buf_str(&opened), "secret"));
    buf_done(&sealed);
    buf_done(&opened);
}

static void sealing_respects_the_buffer_s_maximum(void **state)
{
    (void)state;
    struct key k = key_of('1');
    struct buf b;
    buf_init(&b, 12 + 4 + 15);
    assert_int_equal(crypto_seal(&k, STR("text"), STR(""), &b), RC_LIMIT);
    assert_int_equal(b.n, 0);
    buf_done(&b);
}

/* Test case 14 of the GCM specification, with a zero key and nonce: proves it is plain AES-256-GCM.
 */
static void opens_what_the_standard_seals(void **state)
{
    (void)state;
    struct key k = key_of('0');
    static const char sealed[] = "\0\0\0\0\0\0\0\0\0\0\0\0"
                                 "\xce\xa7\x40\x3d\x4d\x60\x6b\x6e\x07\x4e\xc5\xd3\xba\xf3\x9d\x18"
                                 "\xd0\xd1\xc8\xa7\x99\x99\x6b\xf0\x26\x5b\x98\xb5\xd4\x8a\xb9\x19";
    static const char zeros[16];
    struct buf b;
    buf_init(&b, 100);
    assert_int_equal(crypto_open(&k, str_of(sealed, sizeof sealed - 1), STR(""), &b), RC_OK);
    assert_int_equal(b.n, 16);
    assert_memory_equal(b.p, zeros, 16);
    buf_done(&b);
}

static void random_bytes_differ(void **state)
{
    (void)state;
    unsigned char a[32] = {0}, b[32] = {0};
    assert_int_equal(crypto_random(a, sizeof a), RC_OK);
    assert_int_equal(crypto_random(b, sizeof b), RC_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(crypto_random(a, 0), RC_OK);
}

static void sha256(void **state)
{
    (void)state;
    char hex[65];
    crypto_sha256_hex(STR("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256_hex(STR_NULL, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_64_hex_digits),
        cmocka_unit_test(codes_and_hashes_are_hmac_sha256),
        cmocka_unit_test(codes_depend_on_key_domain_and_text),
        cmocka_unit_test(an_unset_key_is_never_used),
        cmocka_unit_test(sealed_opens_again),
        cmocka_unit_test(the_same_text_is_never_sealed_alike),
        cmocka_unit_test(whatever_was_touched_does_not_open),
        cmocka_unit_test(sealing_respects_the_buffer_s_maximum),
        cmocka_unit_test(opens_what_the_standard_seals),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(sha256),
    };
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
