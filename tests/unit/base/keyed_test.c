#include "base/keyed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct key key_of(char digit)
{
    char hex[CRYPTO_KEY * 2];
    struct key k = {.is_set = false};
    memset(hex, digit, sizeof hex);
    assert_int_equal(key_from_hex(str_of(hex, sizeof hex), &k), RC_OK);
    return k;
}

static void sum_of(const struct key *k, struct str bytes, size_t piece, unsigned char out[PAGE_HASH])
{
    struct keyed_sum *s = keyed_begin(k);
    for (size_t at = 0; at < bytes.n; at += piece) {
        keyed_add(s, str_sub(bytes, at, piece));
    }
    keyed_end(s, out);
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    static char bytes[5000];
    struct key k = key_of('a');
    unsigned char whole[PAGE_HASH], cut[PAGE_HASH];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7 % 251);
    }
    sum_of(&k, str_of(bytes, sizeof bytes), sizeof bytes, whole);
    static const size_t pieces[] = {1, 3, 64, 255, 256, 257, 1024, 4999};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        sum_of(&k, str_of(bytes, sizeof bytes), pieces[i], cut);
        assert_memory_equal(cut, whole, PAGE_HASH);
    }
}

static void every_byte_the_length_and_the_key_count(void **state)
{
    (void)state;
    struct key a = key_of('a'), b = key_of('b');
    const struct str texts[] = {STR(""), STR("x"), STR("y"), STR("xx"), str_of("x\0", 2), STR("xy"), STR("yx")};
    unsigned char sums[2 * sizeof texts / sizeof texts[0]][PAGE_HASH];
    size_t n = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sum_of(&a, texts[i], 1, sums[n++]);
        sum_of(&b, texts[i], 1, sums[n++]);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(sums[i], sums[j], PAGE_HASH);
        }
    }
}

/* Expected from Python: hmac.new(key, b"page\0" + label + letter, "sha256").digest()[:16], joined. */
static void secrets_are_drawn_from_the_key(void **state)
{
    (void)state;
    struct key k = key_of('a');
    unsigned char secret[KEYED_SECRET], other[KEYED_SECRET];
    char hex[65];
    keyed_secret(&k, "label ", secret);
    keyed_secret(&k, "lebel ", other);
    for (size_t i = 0; i < 32; i++) { /* the first 16 bytes, and the last */
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)secret[i < 16 ? i : KEYED_SECRET - 32 + i]);
    }
    assert_string_equal(hex, "20ae3d3c5a4c93674b0d39da6eb7e811eafd625392e87ee3e11f6a5c197854c4");
    assert_memory_not_equal(secret, other, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(every_byte_the_length_and_the_key_count),
        cmocka_unit_test(secrets_are_drawn_from_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
