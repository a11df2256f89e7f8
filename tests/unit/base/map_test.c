#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MANY 20000

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct map m;
    map_init(&m);
    assert_null(map_get(&m, STR("x")));
    assert_null(map_get(&m, STR_NULL));
    map_done(&m);
}

static void the_first_value_stays(void **state)
{
    (void)state;
    struct map m;
    int one, two;
    map_init(&m);
    assert_true(map_put(&m, STR("k"), &one));
    assert_false(map_put(&m, STR("k"), &two));
    assert_ptr_equal(map_get(&m, STR("k")), &one);
    assert_int_equal(m.n, 1);
    map_done(&m);
    assert_int_equal(m.n, 0);
}

static void keys_are_bytes_of_any_kind(void **state)
{
    (void)state;
    struct map m;
    int values[3];
    map_init(&m);
    assert_true(map_put(&m, STR("a\0b"), &values[0]));
    assert_true(map_put(&m, STR("a\0c"), &values[1]));
    assert_true(map_put(&m, STR(""), &values[2]));
    assert_ptr_equal(map_get(&m, STR("a\0c")), &values[1]);
    assert_ptr_equal(map_get(&m, STR_NULL), &values[2]);
    assert_null(map_get(&m, STR("a")));
    map_done(&m);
}

static void many_keys_in_insertion_order(void **state)
{
    (void)state;
    static char keys[MANY][12];
    struct map m;
    map_init(&m);
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "%d", i * 7919 % 1000003);
        assert_true(map_put(&m, str_from(keys[i]), keys[i]));
    }
    assert_int_equal(m.n, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_ptr_equal(map_get(&m, str_from(keys[i])), keys[i]);
        assert_ptr_equal(m.entries[i].value, keys[i]);
        assert_false(map_put(&m, str_from(keys[i]), NULL));
    }
    assert_null(map_get(&m, STR("-1")));
    map_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(the_first_value_stays),
        cmocka_unit_test(keys_are_bytes_of_any_kind),
        cmocka_unit_test(many_keys_in_insertion_order),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
