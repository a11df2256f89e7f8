#include "base/encode.h"

#include "tests/unit/base/capture.h"

static struct buf out;

static void check(enum encoding e, const char *bytes, const char *text)
{
    buf_reset(&out);
    assert_int_equal(encoding_write(e, str_from(bytes), &out), RC_OK);
    assert_true(str_is(buf_str(&out), text));
    buf_reset(&out);
    assert_int_equal(encoding_read(e, str_from(text), &out), RC_OK);
    assert_true(str_is(buf_str(&out), bytes));
}

/* The base64 ones are RFC 4648's. */
static void there_and_back(void **state)
{
    (void)state;
    check(ENCODING_HEX, "", "");
    check(ENCODING_HEX, "\xff\x01z", "ff017a");
    check(ENCODING_UPPER_HEX, "\xff\x01z", "FF017A");
    check(ENCODING_BASE64, "", "");
    check(ENCODING_BASE64, "f", "Zg==");
    check(ENCODING_BASE64, "fo", "Zm8=");
    check(ENCODING_BASE64, "foo", "Zm9v");
    check(ENCODING_BASE64, "foobar", "Zm9vYmFy");
    check(ENCODING_BASE64, "\xfb\xff\xfe", "+//+");
    check(ENCODING_RAW, "as it is", "as it is");
}

static void check_reads(enum encoding e, const char *text, const char *bytes)
{
    buf_reset(&out);
    assert_int_equal(encoding_read(e, str_from(text), &out), RC_OK);
    assert_true(str_is(buf_str(&out), bytes));
}

static void what_departments_write(void **state)
{
    (void)state;
    check_reads(ENCODING_HEX, "Ff017A", "\xff\x01z");
    check_reads(ENCODING_BASE64, "-__-", "\xfb\xff\xfe");
    check_reads(ENCODING_BASE64, "Zm8", "fo");
    check_reads(ENCODING_BASE64, "Zm9v\r\nYmFy\r\n", "foobar");
    check_reads(ENCODING_BASE64, "Zg==\n", "f");
}

static void what_is_none(void **state)
{
    (void)state;
    static const struct {
        enum encoding e;
        const char *text;
    } wrong[] = {
        {ENCODING_HEX, "f"},      {ENCODING_HEX, "fg"},     {ENCODING_HEX, "0 11"},
        {ENCODING_BASE64, "Z"},   {ENCODING_BASE64, "Zm9v!"}, {ENCODING_BASE64, "Zm=v"},
        {ENCODING_BASE64, "Zm9vY"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        buf_reset(&out);
        assert_int_equal(encoding_read(wrong[i].e, str_from(wrong[i].text), &out), RC_VALUE);
        assert_int_equal(out.n, 0);
        assert_null(strstr(err_detail(), wrong[i].text));
    }
}

static void names(void **state)
{
    (void)state;
    enum encoding e = ENCODING_RAW;
    assert_true(encoding_find(STR("upper_hex"), &e));
    assert_int_equal(e, ENCODING_UPPER_HEX);
    assert_false(encoding_find(STR("HEX"), &e));
}

static int set_up(void **state)
{
    (void)state;
    buf_init(&out, 4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_departments_write),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
