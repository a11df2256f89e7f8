#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pipeline/pull/keys_met.h"

/* How many of the keys from..from+n are taken for known; they are from then on. */
static int count_known(struct keys_met *k, int from, int n)
{
    char key[32];
    int known = 0;
    for (int i = from; i < from + n; i++) {
        int length = snprintf(key, sizeof key, "BX-%d", i);
        known += keys_met_add(k, str_of(key, (size_t)length)) ? 1 : 0;
    }
    return known;
}

static void no_key_is_forgotten(void **state)
{
    (void)state;
    struct keys_met *k = keys_met_new();
    assert_in_range(count_known(k, 0, 300000), 0, 30); /* one in ten thousand mistaken */
    assert_int_equal(count_known(k, 0, 300000), 300000);
    assert_false(keys_met_add(k, STR("")));
    assert_true(keys_met_add(k, STR("")));
    keys_met_clear(k);
    assert_false(keys_met_add(k, STR("BX-1")));
    keys_met_free(k);
}

static void a_crowded_filter_forgets_none_either(void **state)
{
    (void)state;
    struct keys_met *k = keys_met_new();
    (void)count_known(k, 0, 15000000);
    assert_in_range(count_known(k, 100000000, 1000), 1, 1000);
    assert_int_equal(count_known(k, 0, 1000), 1000);
    keys_met_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_is_forgotten),
        cmocka_unit_test(a_crowded_filter_forgets_none_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
