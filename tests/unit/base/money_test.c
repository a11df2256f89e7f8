#include "base/money.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "random.h"

#define YUAN 100
#define WAN 1000000

struct amount {
    const char *text;
    int64_t unit, fen;
};

static void amounts(void **state)
{
    (void)state;
    static const struct amount rows[] = {{"0", YUAN, 0},
                                         {"-0", YUAN, 0},
                                         {"0.00", YUAN, 0},
                                         {"1", YUAN, 100},
                                         {"1.5", YUAN, 150},
                                         {"1.50", YUAN, 150},
                                         {"1234.50", YUAN, 123450},
                                         {"+1", YUAN, 100},
                                         {"-1234.5", YUAN, -123450},
                                         {".5", YUAN, 50},
                                         {"5.", YUAN, 500},
                                         {"0.01", YUAN, 1},
                                         {"-0.01", YUAN, -1},
                                         {"007", YUAN, 700},
                                         {"1.500000000000000000000000000000", YUAN, 150},
                                         {"1,234.50", YUAN, 123450},
                                         {"12,345,678", YUAN, 1234567800},
                                         {"１，２３４．５０", YUAN, 123450},
                                         {"－５", YUAN, -500},
                                         {"−5", YUAN, -500},
                                         {"(123.00)", YUAN, -12300},
                                         {"（123.00）", YUAN, -12300},
                                         {"( 1 )", YUAN, -100},
                                         {"¥12", YUAN, 1200},
                                         {"￥12.3", YUAN, 1230},
                                         {"¥ 12", YUAN, 1200},
                                         {"-¥5", YUAN, -500},
                                         {"¥-5", YUAN, -500},
                                         {"(¥5)", YUAN, -500},
                                         {"12元", YUAN, 1200},
                                         {"12 元", YUAN, 1200},
                                         {"1.2万元", YUAN, 1200000},
                                         {"1.2 万元", WAN, 1200000},
                                         {"12元", WAN, 1200},
                                         {"(12)元", YUAN, -1200},
                                         {"(12元)", YUAN, -1200},
                                         {"0.000001", WAN, 1},
                                         {"1.2", WAN, 1200000},
                                         {"1.23456700", WAN, 1234567},
                                         {" 12 ", YUAN, 1200},
                                         {"　12\t", YUAN, 1200},
                                         {"1.2E4", YUAN, 1200000},
                                         {"1.2e+4", YUAN, 1200000},
                                         {"1200E-2", YUAN, 1200},
                                         {"5E-2", YUAN, 5},
                                         {"0E99", YUAN, 0},
                                         {"0E-99", YUAN, 0},
                                         {"1.2E4元", YUAN, 1200000},
                                         {"\xEF\xBB\xBF"
                                          "12",
                                          YUAN, 1200},
                                         {"92233720368547758.07", YUAN, INT64_MAX},
                                         {"-92233720368547758.07", YUAN, -INT64_MAX},
                                         {"9223372036854.775807", WAN, INT64_MAX},
                                         {"9223372036854775807E-2", YUAN, INT64_MAX},
                                         {"9223372036854775807000000E-8", YUAN, INT64_MAX},
                                         {"0000000000000000000000000000000001", YUAN, 100},
                                         {"3", 1, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t fen = 77;
        if (money_parse(str_from(rows[i].text), rows[i].unit, &fen) != RC_OK ||
            fen != rows[i].fen) {
            fail_msg("%s gave %" PRId64, rows[i].text, fen);
        }
    }
}

static void what_is_no_amount(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "-",
        "--",
        "+",
        ".",
        "(",
        ")",
        "()",
        "(-5)",
        "(+5)",
        "-(5)",
        "--5",
        "-¥-5",
        "¥",
        "元",
        "万元",
        "x",
        "12x",
        "x12",
        "1 2",
        "1.2.3",
        "1,23",
        "1234,567",
        ",123",
        ",123.5",
        "1,,234",
        "1,2345",
        "1,234,56",
        "1.234,50",
        "1,234,",
        "50%",
        "1.005",
        "0.001",
        "1e",
        "E5",
        "1E+",
        "1E100",
        "1E-3",
        "1.2E1.5",
        "无",
        "12万",
        "12角",
        "12元元",
        "¥¥5",
        "0x10",
        "NaN",
        "inf",
        "1-",
        "1 元 2",
        "92233720368547758.08",
        "-92233720368547758.08",
        "1E20",
        "1E99",
        "99999999999999999999",
        "1E17",
        "100000000000000000000000000000000000000000000000000000000000000000000000000000000000",
        "0.1000000000000000000000000000000000000000000000001",
        "12345678901234567890123456789.1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t fen = 77;
        if (money_parse(str_from(bad[i]), YUAN, &fen) != RC_VALUE || fen != 77) {
            fail_msg("%s gave %" PRId64, bad[i], fen);
        }
    }
    int64_t fen;
    assert_int_equal(money_parse(STR_NULL, YUAN, &fen), RC_VALUE);
    assert_int_equal(money_parse(STR("0.0000001"), WAN, &fen), RC_VALUE);
    assert_int_equal(money_parse(STR("9223372036854.775808"), WAN, &fen), RC_VALUE);
}

/* Why a value was refused goes to the department; what it was does not. */
static void details_tell_why_and_do_not_quote(void **state)
{
    (void)state;
    int64_t fen;
    char other[128], fine[128], large[128];
    lang_set(true);
    assert_int_equal(money_parse(STR("7531x"), YUAN, &fen), RC_VALUE);
    snprintf(other, sizeof other, "%s", err_detail());
    assert_int_equal(money_parse(STR("7531.001"), YUAN, &fen), RC_VALUE);
    snprintf(fine, sizeof fine, "%s", err_detail());
    assert_int_equal(money_parse(STR("7531.000000000000000000001"), YUAN, &fen), RC_VALUE);
    assert_string_equal(err_detail(), fine);
    assert_int_equal(money_parse(STR("7531E30"), YUAN, &fen), RC_VALUE);
    snprintf(large, sizeof large, "%s", err_detail());
    lang_set(false);
    assert_non_null(strstr(other, "expected an amount"));
    assert_non_null(strstr(fine, "decimal places"));
    assert_non_null(strstr(large, "too large"));
    assert_true(strstr(other, "7531") == NULL && strstr(fine, "7531") == NULL &&
                strstr(large, "7531") == NULL);
}

static void written(void **state)
{
    (void)state;
    static const struct amount rows[] = {{"0.00", 0, 0},
                                         {"0.05", 0, 5},
                                         {"-0.05", 0, -5},
                                         {"1234.50", 0, 123450},
                                         {"-1.00", 0, -100},
                                         {"92233720368547758.07", 0, INT64_MAX},
                                         {"-92233720368547758.08", 0, INT64_MIN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[MONEY_TEXT];
        money_format(rows[i].fen, out);
        assert_string_equal(out, rows[i].text);
    }
}

static void decimals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shortest;
        int64_t micro;
    } rows[] = {{"36", "36", 36000000},
                {"0.5", "0.5", 500000},
                {"-0.500", "-0.5", -500000},
                {"1,234.000001", "1234.000001", 1234000001},
                {"１２．５", "12.5", 12500000},
                {"0", "0", 0},
                {"-0.0", "0", 0},
                {"100", "100", 100000000},
                {"1.5E3", "1500", 1500000000},
                {"9223372036854.775807", "9223372036854.775807", INT64_MAX},
                {" 7 ", "7", 7000000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t micro = 0;
        char out[MONEY_TEXT];
        if (decimal_parse(str_from(rows[i].text), &micro) != RC_OK || micro != rows[i].micro) {
            fail_msg("%s gave %" PRId64, rows[i].text, micro);
        }
        decimal_format(micro, out);
        assert_string_equal(out, rows[i].shortest);
    }
    char out[MONEY_TEXT];
    decimal_format(INT64_MIN, out);
    assert_string_equal(out, "-9223372036854.775808");
    static const char *const bad[] = {"",     "-",    "5%",  "5％", "0.0000001",
                                      "1 2",  "12元", "(5)", "¥5",  "9223372036854.775808",
                                      "1,23", "abc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t micro = 77;
        assert_int_equal(decimal_parse(str_from(bad[i]), &micro), RC_VALUE);
        assert_int_equal(micro, 77);
    }
}

static void what_was_written_is_read_again(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (int i = 0; i < 200000; i++) {
        int64_t value = (int64_t)(random_next(&seed) >> random_below(&seed, 63)), read = 0;
        value = value == INT64_MIN ? 0 : (i % 2 ? value : -value);
        char out[MONEY_TEXT];
        money_format(value, out);
        assert_int_equal(money_parse(str_from(out), YUAN, &read), RC_OK);
        assert_int_equal(read, value);
        decimal_format(value, out);
        assert_int_equal(decimal_parse(str_from(out), &read), RC_OK);
        assert_int_equal(read, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts),
        cmocka_unit_test(what_is_no_amount),
        cmocka_unit_test(details_tell_why_and_do_not_quote),
        cmocka_unit_test(written),
        cmocka_unit_test(decimals),
        cmocka_unit_test(what_was_written_is_read_again),
    };
    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
