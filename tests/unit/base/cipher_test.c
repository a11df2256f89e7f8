#include "base/cipher.h"

#include "base/digest.h"
#include "base/encode.h"
#include "tests/unit/base/capture.h"

#define TEXT "住房 record 17"
#define KEY "0123456789abcdeffedcba9876543210"
#define IV "000102030405060708090a0b0c0d0e0f"

static struct buf out, text;

static const char *hex_of(struct str bytes)
{
    buf_reset(&text);
    assert_int_equal(encoding_write(ENCODING_HEX, bytes, &text), RC_OK);
    assert_int_equal(buf_putc(&text, '\0'), RC_OK);
    return text.p;
}

static size_t bytes_of(const char *hex, unsigned char *ret)
{
    buf_reset(&text);
    assert_int_equal(encoding_read(ENCODING_HEX, str_from(hex), &text), RC_OK);
    memcpy(ret, text.p, text.n);
    return text.n;
}

static struct cipher_key key_of(const char *cipher, const char *hex)
{
    struct cipher_key k = {.cipher = cipher_find(str_from(cipher))};
    assert_non_null(k.cipher);
    k.key_n = bytes_of(hex, k.key);
    assert_true(cipher_takes_key(k.cipher, k.key_n));
    bytes_of(IV, k.iv);
    return k;
}

/* Made with `openssl enc`, the GCM one with Python's cryptography (the nonce is the first 12 bytes of IV). */
static const struct {
    const char *cipher, *key, *hex;
} made[] = {
    {"sm4_cbc", KEY, "6d6071ba8821755ea82c3d8477c0bc0bf10c5b72dd614b82b89d3d503137a33c"},
    {"sm4_ecb", KEY, "e747e9b21745c8a2e6256c8e2093e194002a8a4efa863ccad024ac0300bb40d2"},
    {"sm4_ctr", KEY, "e2251387b51948df4fee98f08588c85d"},
    {"aes_cbc", KEY, "50eed9bf9996ccc9d6ad5b7d1dcebabb9509611f521d46c5c852bcc4770ce368"},
    {"aes_ecb", KEY, "098dc896529eb6841069fda787698415172237424741677d9925026b6b8f9c7f"},
    {"aes_ctr", KEY, "bec4eddad603da71ba743a065c0a7b29"},
    {"aes_cbc", KEY KEY, "84baed3995a71a7a643236ae762750dc29f635036a7f7e98e57909dfc5afba0f"},
    {"aes_gcm", KEY, "f7e0f2a8996b3d4af62e8e5ebc009a66693dc77d828f2792c0db038a4365cd6a"},
};

static void ciphers_agree_with_openssl(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        struct cipher_key k = key_of(made[i].cipher, made[i].key);
        buf_reset(&out);
        assert_int_equal(cipher_encrypt(&k, STR(TEXT), &out), RC_OK);
        assert_string_equal(hex_of(buf_str(&out)), made[i].hex);
        unsigned char bytes[64];
        size_t n = bytes_of(made[i].hex, bytes);
        buf_reset(&out);
        assert_int_equal(cipher_decrypt(&k, str_of((const char *)bytes, n), &out), RC_OK);
        assert_true(str_is(buf_str(&out), TEXT));
    }
}

static void wrong_keys_and_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        struct cipher_key k = key_of(made[i].cipher, made[i].key);
        unsigned char bytes[64];
        size_t n = bytes_of(made[i].hex, bytes);
        k.key[0] ^= 1;
        buf_reset(&out);
        assert_int_equal(buf_puts(&out, STR("before")), RC_OK);
        if (k.cipher->is_padded || k.cipher->is_authentic) {
            assert_int_equal(cipher_decrypt(&k, str_of((const char *)bytes, n), &out), RC_DECRYPT);
            assert_true(str_is(buf_str(&out), "before"));
            assert_int_equal(cipher_decrypt(&k, str_of((const char *)bytes, n - 17), &out), RC_DECRYPT);
            assert_int_equal(cipher_decrypt(&k, STR(""), &out), RC_DECRYPT);
        }
    }
}

static void keys_have_their_length(void **state)
{
    (void)state;
    assert_true(cipher_takes_key(cipher_find(STR("sm4_cbc")), 16));
    assert_false(cipher_takes_key(cipher_find(STR("sm4_cbc")), 32));
    assert_true(cipher_takes_key(cipher_find(STR("aes_gcm")), 24));
    assert_false(cipher_takes_key(cipher_find(STR("aes_gcm")), 15));
    assert_null(cipher_find(STR("sm4_gcm")));
}

/* Made with Python's hashlib and hmac, key "k3y". */
static const struct {
    const char *name, *hex;
} digests[] = {
    {"md5", "a34c003838060f27ab4f134f7230c724"},
    {"hmac_md5", "c13f3235059dbd2867f399ca800363d2"},
    {"sha1", "0d0a72d119464730179ab3d75c8392db47345237"},
    {"hmac_sha1", "8ef618909fbe67ab3678ef2547342e058dbdcdcf"},
    {"sha256", "12d7a60c186fa8e3c89c45aa372e80da84f1b04b8c9f51a2ad8feeb615d2a408"},
    {"hmac_sha256", "fd46973e0dcd5414bfbc6c4fd098ba6360a147fec3c24fd7a618b978ee3a0368"},
    {"sha512", "e051ab5c87c47a6506878f654fa54463e1a199f2d692068a7e215f75c688f5476043c6dab514df83eebd1fb3"
               "2cce029810f9a71dc70908ae80fbc7b0eabb0853"},
    {"hmac_sha512", "7a98d291e9ec8dded06c98c82a2e2dcb687496f5654757a51c0282451d64a1996573e443fd536118e580f01a"
                    "81c3b3ae6ed01be739b1590bbef4acc51207ffea"},
    {"sm3", "e7587fb167b03e74130cd1f8af2e6a10a06dc630147ba6e28c4216c2ff7b97f3"},
    {"hmac_sm3", "47b1d47f467592751c19d5a1f7e67e9839f6da866c770dd2619c067c85b19a7c"},
};

static void digests_agree_with_hashlib(void **state)
{
    (void)state;
    size_t n = 0;
    while (digest_names[n] != NULL) {
        n++;
    }
    assert_int_equal(n, sizeof digests / sizeof *digests);
    for (size_t i = 0; i < n; i++) {
        struct digest_kind kind;
        unsigned char bytes[DIGEST_MAX];
        size_t size = 0;
        assert_true(digest_find(str_from(digests[i].name), &kind));
        assert_int_equal(digest_make(kind, STR("k3y"), STR(TEXT), bytes, &size), RC_OK);
        assert_string_equal(hex_of(str_of((const char *)bytes, size)), digests[i].hex);
    }
    struct digest_kind kind;
    assert_false(digest_find(STR("crc32"), &kind));
}

static int set_up(void **state)
{
    (void)state;
    buf_init(&out, 4096);
    buf_init(&text, 4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&out);
    buf_done(&text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphers_agree_with_openssl),
        cmocka_unit_test(wrong_keys_and_texts),
        cmocka_unit_test(keys_have_their_length),
        cmocka_unit_test(digests_agree_with_hashlib),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
