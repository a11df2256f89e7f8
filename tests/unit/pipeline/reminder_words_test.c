/* What a department is told of its delivery: its own names of columns, nothing of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "pipeline/deliver/reminder_words.h"

static struct arena *arena;
static const char *columns[] = {"XM", "GRFD"};
static struct field fields[] = {{.name = "name", .column = 0}, {.name = "burden", .column = 1}};
static const struct dataset dataset = {.id = "a.b", .fields = fields, .field_count = 2, .columns = columns, .column_count = 2};

static const char *said(bool english, const char *reason)
{
    lang_set(english);
    struct str text = reminder_words(arena, &dataset, reason);
    lang_set(false);
    return str_is_null(text) ? "nothing" : arena_cstr(arena, text);
}

static void in_both_languages(void **state)
{
    (void)state;
    assert_string_equal(said(false, "advertised 100 received 60"), "声明共100条,实际只读到60条,请核对后重新提供");
    assert_string_equal(said(true, "advertised 100 received 60"), "100 rows were announced and 60 came; please check and provide them again");
    assert_string_equal(said(false, "refused RC_AUTH"), "拒绝了我方的账号、密钥或签名,请确认是否变更、停用或到期");
    assert_string_equal(said(true, "refused RC_AUTH"), "our account, key or signature was refused; please tell whether it was changed, disabled or has expired");
}

static void columns_have_the_departments_names(void **state)
{
    (void)state;
    assert_string_equal(said(false, "blank burden 6 of 100"), "“GRFD”列有6条为空(共100条),请补全");
    assert_string_equal(said(true, "many_values burden over 9"), "column \"GRFD\" has more than 9 different values; please check");
    assert_string_equal(said(false, "few_values name 1 of 2"), "“XM”列只有1种不同的值,至少应有2种,请核对");
    assert_string_equal(said(false, "renamed_column GRFD -> ZFJE at connectors/a.yaml:31"), "“GRFD”列不见了,多出“ZFJE”列;请确认是否改名");
}

static void nothing_of_our_insides(void **state)
{
    (void)state;
    static const char *const theirs[] = {
        "total_changed", "repeated_page", "repeated_token", "too_many_pages", "unreachable RC_NET", "refused RC_HTTP",
        "refused RC_FORMAT", "refused RC_LIMIT", "refused RC_INCOMPLETE", "refused RC_SOURCE_DB", "refused RC_NOT_READY",
        "refused RC_DECRYPT", "unstorable 22021 page 3", "empty", "shrunk 9 to 1", "grown 1 to 9", "few_rows 1 of 2",
        "many_rows 3 of 2", "rejected 5 of 9", "stale never", "stale 2026-01-05", "missing_column XM at connectors/a.yaml:3",
        "missing_column XM", "retyped_column XM 9 of 10 at connectors/a.yaml:3", "new_column BZ", "new_columns 3"};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        for (int english = 0; english < 2; english++) {
            const char *text = said(english != 0, theirs[i]);
            assert_string_not_equal(text, "nothing");
            assert_null(strstr(text, "RC_"));
            assert_null(strstr(text, "yaml"));
            assert_null(strstr(text, "22021"));
            assert_null(strstr(text, "{"));
        }
    }
}

static void what_is_our_own_is_not_told(void **state)
{
    (void)state;
    static const char *const ours[] = {"crashed", "locked", "no_roster", "unstorable 53100 admission", "refused RC_CONFIG",
                                       "refused RC_NOT_NOW", "refused RC_IO", "unreadable_keys 3", "accepted"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        assert_string_equal(said(false, ours[i]), "nothing");
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
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
        cmocka_unit_test(in_both_languages),
        cmocka_unit_test(columns_have_the_departments_names),
        cmocka_unit_test(nothing_of_our_insides),
        cmocka_unit_test(what_is_our_own_is_not_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
