#include "connectors/decrypt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* printf %s TEXT | openssl enc -sm4-ecb -K 0123456789abcdeffedcba9876543210 -a */
#define NUMBER "990121199001011234"
#define NUMBER_HIDDEN "kkBeCtTOlTRh9KALQgTf+I1BpKpR8fkm3ik/ONnfrss="
#define NAME "张三"
#define NAME_HIDDEN "jm2VpLSymlfYRdvQluQPXQ=="

static struct arena *arena;
static const char *const columns[] = {"id", "SFZH", "XM"};

static struct column_ciphers ciphers_of(const char *yaml)
{
    struct yaml *list = NULL;
    struct column_ciphers c;
    struct source source = {.columns = columns, .column_count = 3, .arena = arena, .base_dir = "/"};
    assert_int_equal(yaml_parse(arena, "test", str_from(yaml), &list), RC_OK);
    assert_int_equal(column_ciphers_open(&source, list, &c), RC_OK);
    return c;
}

#define BOTH "[{columns: [XM, SFZH], cipher: sm4_ecb, key: '${env:K}'}]"

static struct page page_of(struct str *values, size_t rows)
{
    return (struct page){.arena = arena, .rows = rows, .values = values, .first_row = 1};
}

static void test_columns_in_place(void **state)
{
    (void)state;
    struct column_ciphers c = ciphers_of(BOTH);
    struct str values[] = {STR("1"), STR(NUMBER_HIDDEN), STR(NAME_HIDDEN), STR("2"), STR(""), STR_NULL};
    struct page page = page_of(values, 2);
    assert_int_equal(column_ciphers_apply(&c, &page), CONN_PAGE);
    assert_int_equal(page.rows, 2);
    assert_int_equal(page.reject_count, 0);
    assert_true(str_is(values[0], "1"));
    assert_true(str_is(values[1], NUMBER));
    assert_true(str_is(values[2], NAME));
    assert_true(str_is(values[4], "") && !str_is_null(values[4]));
    assert_true(str_is_null(values[5]));
}

static void test_single_rows_are_rejects(void **state)
{
    (void)state;
    struct column_ciphers c = ciphers_of(BOTH);
    struct str values[] = {STR("1"), STR(NUMBER_HIDDEN), STR(NAME_HIDDEN), STR("2"), STR("in clear"), STR(NAME_HIDDEN),
                           STR("3"), STR(NUMBER_HIDDEN), STR(NAME_HIDDEN)};
    struct page page = page_of(values, 3);
    assert_int_equal(column_ciphers_apply(&c, &page), CONN_PAGE);
    assert_int_equal(page.rows, 2);
    assert_true(str_is(page.values[3], "3") && str_is(page.values[4], NUMBER));
    assert_int_equal(page.row_numbers[0], 1);
    assert_int_equal(page.row_numbers[1], 3);
    assert_int_equal(page.reject_count, 1);
    assert_int_equal(page.rejects[0].row, 2);
    assert_string_equal(page.rejects[0].reason, "undecipherable");
}

static void test_wrong_key_stops(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[{columns: [SFZH], cipher: sm4_ecb, key: '${env:W}'}]",
        "[{columns: [SFZH], cipher: sm4_ctr, key: '${env:W}', iv: '${env:K}'}]",
        "[{columns: [SFZH], cipher: aes_ecb, key: '${env:K}'}]",
        "[{columns: [SFZH], cipher: sm4_ecb, key: '${env:K}', encoding: hex}]",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct column_ciphers c = ciphers_of(wrong[i]);
        struct str values[] = {STR("1"), STR(NUMBER_HIDDEN), STR("a"), STR("2"), STR(NUMBER_HIDDEN), STR("b")};
        struct page page = page_of(values, 2);
        assert_int_equal(column_ciphers_apply(&c, &page), CONN_STOP);
        assert_int_equal(err_last(), RC_DECRYPT);
    }
}

static void test_there_and_back(void **state)
{
    (void)state;
    static const char *const all[] = {"{cipher: sm4_cbc, key: '${env:K}', iv: '${env:K}'}",
                                      "{cipher: sm4_cbc, key: '${env:K}', iv_in_front: true, encoding: hex}",
                                      "{cipher: aes_gcm, key: '${env:K}${env:K}', iv_in_front: true}"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct yaml *map = NULL;
        struct decrypt d;
        struct buf hidden, again, plain;
        buf_init(&hidden, 1000), buf_init(&again, 1000), buf_init(&plain, 1000);
        assert_int_equal(yaml_parse(arena, "test", str_from(all[i]), &map), RC_OK);
        assert_int_equal(decrypt_read(arena, "/", map, &d), RC_OK);
        assert_int_equal(encrypt_text(&d, STR(NAME), &hidden), RC_OK);
        assert_int_equal(encrypt_text(&d, STR(NAME), &again), RC_OK);
        assert_int_equal(str_eq(buf_str(&hidden), buf_str(&again)), !d.is_iv_in_front);
        assert_int_equal(decrypt_text(&d, buf_str(&hidden), &plain), RC_OK);
        assert_true(str_is(buf_str(&plain), NAME));
        buf_done(&hidden), buf_done(&again), buf_done(&plain);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    setenv("K", "0123456789abcdeffedcba9876543210", 1);
    setenv("W", "0123456789abcdeffedcba9876543211", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_in_place),
        cmocka_unit_test(test_single_rows_are_rejects),
        cmocka_unit_test(test_wrong_key_stops),
        cmocka_unit_test(test_there_and_back),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
