#include "base/arena.h"

#include "tests/unit/base/capture.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void pieces_are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    char *last = NULL;
    for (size_t n = 0; n < 600; n++) {
        char *p = arena_alloc(a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xAA, n);
        assert_ptr_not_equal(p, last);
        last = p;
    }
    arena_free(a);
}

static void reused_memory_is_zeroed(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    char *p = arena_alloc(a, 100);
    memset(p, 'x', 100);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    char *q = arena_alloc(a, 100);
    assert_ptr_equal(p, q); /* the first block was kept */
    assert_int_equal(q[0], 0);
    assert_int_equal(q[99], 0);
    arena_free(a);
}

static void it_grows_over_many_blocks(void **state)
{
    (void)state;
    struct arena *a = arena_new((size_t)64 << 20);
    int **numbers = arena_array(a, 200000, sizeof *numbers);
    for (int i = 0; i < 200000; i++) {
        numbers[i] = ARENA_NEW(a, int);
        *numbers[i] = i;
    }
    for (int i = 0; i < 200000; i++) {
        assert_int_equal(*numbers[i], i);
    }
    assert_true(arena_used(a) >= 200000 * (sizeof(int *) + sizeof(int)));
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    arena_free(a);
}

static void the_whole_cap_may_be_used(void **state)
{
    (void)state;
    struct arena *a = arena_new(160);
    for (int i = 0; i < 10; i++) {
        arena_alloc(a, 16);
    }
    assert_int_equal(arena_used(a), 160);
    arena_reset(a);
    arena_alloc(a, 160);
    arena_free(a);
    arena_free(NULL);
}

static void breach_the_cap(void)
{
    struct arena *a = arena_new(1000);
    arena_alloc(a, 900);
    arena_alloc(a, 101);
}

static void breach_with_a_huge_piece(void)
{
    arena_alloc(arena_new(1000), SIZE_MAX);
}

static void breach_with_an_overflow(void)
{
    arena_array(arena_new(1000), SIZE_MAX / 16 + 2, 16); /* 16 bytes, were it not caught */
}

static void a_breach_ends_the_process(void **state)
{
    (void)state;
    void (*const breaches[])(void) = {breach_the_cap, breach_with_a_huge_piece,
                                      breach_with_an_overflow};
    for (size_t i = 0; i < 3; i++) {
        char out[500];
        assert_int_equal(exit_code(capture(STDERR_FILENO, breaches[i], out, sizeof out)), 1);
        assert_non_null(strstr(out, "内存超出上限"));
    }
}

static void strings(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 16);
    struct str s = arena_str(a, STR("村"));
    assert_true(str_is(s, "村"));
    assert_int_equal(s.p[s.n], '\0');
    assert_true(str_is_null(arena_str(a, STR_NULL)));
    assert_false(str_is_null(arena_str(a, STR(""))));
    assert_string_equal(arena_cstr(a, STR_NULL), "");
    assert_string_equal(arena_printf(a, "%s-%03d", "a", 7), "a-007");
    assert_string_equal(arena_printf(a, "%s", ""), "");
    arena_free(a);
}

static void stale_and_stray_bytes_are_poisoned(void **state)
{
    (void)state;
#ifdef HAS_ASAN
    struct arena *a = arena_new(4096);
    char *p = arena_alloc(a, 20);
    assert_false(__asan_address_is_poisoned(p + 19));
    assert_true(__asan_address_is_poisoned(p + 20));
    assert_true(__asan_address_is_poisoned(p + 100));
    arena_reset(a);
    assert_true(__asan_address_is_poisoned(p));
    arena_free(a);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_zeroed_and_apart),
        cmocka_unit_test(reused_memory_is_zeroed),
        cmocka_unit_test(it_grows_over_many_blocks),
        cmocka_unit_test(the_whole_cap_may_be_used),
        cmocka_unit_test(a_breach_ends_the_process),
        cmocka_unit_test(strings),
        cmocka_unit_test(stale_and_stray_bytes_are_poisoned),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
