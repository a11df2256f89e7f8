#include "base/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"

#define MOST ((size_t)1 << 20)

#define CHARACTER_MOST 4

/* A reader that doesn't copy what need not be: what is left of a slice begins the next one. */
static bool reads_in_place;

static enum rc take(struct charset *c, struct str slice, bool last, struct buf *out, size_t *ret_used)
{
    *ret_used = slice.n;
    if (!reads_in_place || !charset_is_in_place(c) || (slice.n < CHARACTER_MOST && !last)) {
        return charset_feed(c, slice, last, out);
    }
    TRY(charset_check(c, slice, last, ret_used));
    return buf_put(out, slice.p, *ret_used);
}

/* Feeds `bytes`, the first slice `first` long, the others `size`. */
static enum rc convert(struct charset *c, struct str bytes, size_t first, size_t size,
                       struct buf *out)
{
    for (size_t at = 0, used = 0; at < bytes.n; at += used) {
        struct str slice = str_sub(bytes, at, at == 0 && first > 0 ? first : size);
        char *own = malloc(slice.n); /* of its own, so that a sanitizer sees what is read past it */
        memcpy(own, slice.p, slice.n);
        enum rc rc = take(c, str_of(own, slice.n), at + slice.n == bytes.n, out, &used);
        free(own);
        TRY(rc);
    }
    return bytes.n == 0 ? charset_feed(c, STR(""), true, out) : RC_OK;
}

static enum rc convert_all(const char *name, struct str sample, struct str bytes, size_t first,
                           size_t size, struct buf *out)
{
    struct charset *c = NULL;
    TRY(charset_open(name, sample, &c));
    enum rc rc = convert(c, bytes, first, size, out);
    charset_close(c);
    return rc;
}

static void check(const char *name, struct str sample, struct str bytes, size_t first, size_t size,
                  const char *expected)
{
    struct buf out;
    buf_init(&out, MOST);
    assert_int_equal(convert_all(name, sample, bytes, first, size, &out), RC_OK);
    if (!str_is(buf_str(&out), expected)) {
        fail_msg("%s, slices %zu, %zu: \"%.*s\" instead of \"%s\"", name, first, size,
                 STR_ARGS(buf_str(&out)), expected);
    }
    buf_done(&out);
}

/* However the bytes are sliced. */
static void gives(const char *name, struct str sample, struct str bytes, const char *expected)
{
    for (int in_place = 0; in_place < 2; in_place++) {
        reads_in_place = in_place == 1;
        for (size_t first = 0; first <= bytes.n; first++) {
            check(name, sample, bytes, first, bytes.n + 1, expected);
        }
        for (size_t size = 1; size < 6; size++) {
            check(name, sample, bytes, 0, size, expected);
        }
    }
}

static void fails_at(const char *name, struct str bytes, const char *offset)
{
    for (size_t i = 0; i < 2 * (bytes.n + 1); i++) {
        size_t size = 1 + i / 2;
        reads_in_place = i % 2 == 1;
        struct buf out;
        buf_init(&out, MOST);
        lang_set(true);
        enum rc rc = convert_all(name, STR_NULL, bytes, 0, size, &out);
        char detail[256];
        snprintf(detail, sizeof detail, "%s", err_detail());
        lang_set(false);
        buf_done(&out);
        assert_int_equal(rc, RC_FORMAT);
        if (strstr(detail, offset) == NULL) {
            fail_msg("%s, slices of %zu: %s", name, size, detail);
        }
    }
}

static void utf8_passes(void **state)
{
    (void)state;
    gives("utf-8", STR_NULL, STR("a张三·𠂇z"), "a张三·𠂇z");
    gives("UTF-8", STR_NULL, STR("\xEF\xBB\xBF张三"), "张三");
    gives("utf-8", STR_NULL, STR("张\xEF\xBB\xBF三"), "张\xEF\xBB\xBF三");
    gives("utf-8", STR_NULL, STR(""), "");
    gives("utf-8", STR_NULL, STR("\xEF\xBB\xBF"), "");
}

static void utf8_is_strict(void **state)
{
    (void)state;
    fails_at("utf-8", STR("abc\xFFz"), "offset 3 ");
    fails_at("utf-8", STR("张\xC0\x80"), "offset 3 ");
    fails_at("utf-8", STR("ab\xED\xA0\x80"), "offset 2 ");
    fails_at("utf-8", STR("ab\xE4\xB8"), "offset 2 ");
    fails_at("utf-8",
             STR("\xEF\xBB\xBF"
                 "a\x80"),
             "offset 4 ");
}

static void gb18030_decodes(void **state)
{
    (void)state;
    gives("gb18030", STR_NULL, STR("a,\xD5\xC5\xC8\xFD,z"), "a,张三,z");
    gives("gbk", STR_NULL, STR("\xD5\xC5\xC8\xFD\n"), "张三\n");
    gives("gb18030", STR_NULL, STR("\xA1\xA4\xA3\xAE\xA8\x42"), "·．˙");
    gives("gb18030", STR_NULL, STR("\xFE\x9F"), "䶮");
    gives("gb18030", STR_NULL, STR("a\x95\x32\x90\x31\xD5\xC5"), "a\xF0\xA0\x82\x87张");
    gives("gb18030", STR_NULL, STR("\x84\x31\x95\x33\xD5\xC5"), "张"); /* its byte order mark */
    gives("gb18030", STR_NULL, STR("\xAA\xA1"), "\xEE\x80\x80");       /* private use */
    gives("gb18030", STR_NULL, STR("\x81\x30\x81\x30"), "\xC2\x80");
}

/* Four-byte places that GB 18030-2022 emptied, as files of the older standard have them. */
static void moved_characters_of_gb18030(void **state)
{
    (void)state;
    gives("gb18030", STR_NULL, STR("\x82\x35\x90\x37\x82\x35\x91\x34"), "\xE9\xBE\xB4\xE9\xBE\xBB");
    gives("gb18030", STR_NULL, STR("a\x84\x31\x82\x36z\x84\x31\x83\x35\xD5\xC5"),
          "a\xEF\xB8\x90z\xEF\xB8\x99张");
    gives("gb18030", STR_NULL, STR("\xFE\x59\xA6\xD9"), "\xE9\xBE\xB4\xEF\xB8\x90");
    gives("gb18030", STR_NULL, STR("\x82\x35\x90\x36\x82\x35\x91\x35"),
          "\xE9\xBE\xB3\xE9\xBE\xBC"); /* their neighbours */
}

static void gb18030_is_strict(void **state)
{
    (void)state;
    fails_at("gb18030", STR("ab\xFFzzzz"), "offset 2 ");
    fails_at("gb18030", STR("ab\x80zzzz"), "offset 2 ");
    fails_at("gb18030", STR("\xD5\xC5\xD5"), "offset 2 ");
    fails_at("gb18030", STR("\xD5\xC5\xD5\x20zzz"), "offset 2 ");
    fails_at("gb18030", STR("\xD5\xC5\x81\x30\x20zzzz"), "offset 2 ");
    fails_at("gb18030", STR("a\x81\x30\x81"), "offset 1 ");
    fails_at("gb18030",
             STR("a\x89\0\0"
                 "a\xEF"),
             "offset 1 ");
    fails_at("gb18030", STR("a\x82\x35\x90\x41zz"), "offset 1 ");
    fails_at("gb18030", STR("a\x82\x35\x8F\x41zz"), "offset 1 ");
    fails_at("gb18030", STR("a\xE4\x39\x81\x30zzz"), "offset 1 ");
}

static void utf16_decodes(void **state)
{
    (void)state;
    gives("utf-16", STR_NULL,
          STR("\xFF\xFE"
              "a\0\x20\x5F\n\0\x40\xD8\x87\xDC"),
          "a张\n\xF0\xA0\x82\x87");
    gives("utf-16", STR_NULL, STR("\xFE\xFF\0a\x5F\x20\0\n\xD8\x40\xDC\x87"),
          "a张\n\xF0\xA0\x82\x87");
    gives("utf-16", STR_NULL, STR("\xFF\xFE"), "");
    gives("utf-16", STR_NULL, STR(""), "");
    fails_at("utf-16",
             STR("\xFF\xFE"
                 "a\0b"),
             "offset 4 ");
    fails_at("utf-16",
             STR("\xFF\xFE"
                 "a\0\0\xDC"
                 "b\0c\0"),
             "offset 4 ");
    fails_at("utf-16", STR("\xFE\xFF\0a\xD8\x40\0b\0c"), "offset 4 ");
    fails_at("utf-16", STR("\xFE\xFF\0a\xD8\x40"), "offset 4 ");
    fails_at("utf-16", STR("a\0b\0"), "byte order mark");
    fails_at("utf-16", STR("\xFF"), "offset 0 ");
}

static void name_is(const char *name, struct str sample, const char *expected)
{
    struct charset *c = NULL;
    assert_int_equal(charset_open(name, sample, &c), RC_OK);
    assert_string_equal(charset_name(c), expected);
    charset_close(c);
}

static void sniffing(void **state)
{
    (void)state;
    name_is("auto", STR("姓名,村"), "utf-8");
    name_is("auto", STR("姓名,\xE6\x9D"), "utf-8"); /* cut in a character */
    name_is("auto",
            STR("\xEF\xBB\xBF"
                "a"),
            "utf-8");
    name_is("auto", STR("\xD0\xD5\xC3\xFB"), "gb18030");
    name_is("auto", STR("a,\xC1\xAA\xCD\xA8"),
            "gb18030"); /* 联通, which naive sniffers take for UTF-8 */
    name_is("auto",
            STR("\xFF\xFE"
                "a\0"),
            "utf-16");
    name_is("auto", STR("\xFE\xFF\0a"), "utf-16");
    name_is("auto", STR("abc"), "utf-8");
    name_is("GBK", STR(""), "gbk");
    gives("auto", STR("\xD0\xD5\xC3\xFB"), STR("\xD0\xD5\xC3\xFB"), "姓名");
    gives("auto",
          STR("\xFF\xFE"
              "a\0"),
          STR("\xFF\xFE"
              "a\0"),
          "a");
    gives("auto", STR("姓名"), STR("\xEF\xBB\xBF姓名"), "姓名");
    gives("auto", STR("a"), STR("abc\n"), "abc\n");
}

/* A header line in ASCII is no promise about the rest. */
static void sniffing_waits_for_the_first_other_byte(void **state)
{
    (void)state;
    struct str gb = STR("id,name\n1,\xD5\xC5\xC8\xFD\n2,\xC0\xEE\xCB\xC4\n");
    check("auto", STR("id,name\n"), gb, 0, gb.n, "id,name\n1,张三\n2,李四\n");
    check("auto", STR("id,name\n"), gb, 8, 4, "id,name\n1,张三\n2,李四\n");
    gives("auto", STR("id,name\n"), STR("id,name\n1,张三\n2,𠂇\n"), "id,name\n1,张三\n2,𠂇\n");
    gives("auto", STR_NULL,
          STR("\xFF\xFE"
              "a\0\x20\x5F"),
          "a张");
    gives("auto", STR_NULL,
          STR("\xEF\xBB\xBF"
              "a张"),
          "a张");
    gives("auto", STR_NULL, STR(""), "");
    fails_at("auto", STR("abc\xE4"), "offset 3 ");
}

static void names(void **state)
{
    (void)state;
    assert_true(charset_is_known(STR("gb18030")));
    assert_true(charset_is_known(STR("GBK")));
    assert_true(charset_is_known(STR("auto")));
    assert_false(charset_is_known(STR("latin1")));
    assert_false(charset_is_known(STR("")));
    assert_false(charset_is_known(STR_NULL));
    struct charset *c = NULL;
    assert_int_equal(charset_open("big5", STR_NULL, &c), RC_CONFIG);
    assert_null(c);
    charset_close(NULL);
}

static void output_is_capped(void **state)
{
    (void)state;
    char bytes[60000];
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        memcpy(bytes + i, "\xD5\xC5", 2);
    }
    struct buf out;
    buf_init(&out, 90000 + 8);
    assert_int_equal(
        convert_all("gb18030", STR_NULL, str_of(bytes, sizeof bytes), 0, sizeof bytes, &out),
        RC_OK);
    assert_int_equal(out.n, 90000);
    buf_done(&out);
    buf_init(&out, 80000);
    assert_int_equal(
        convert_all("gb18030", STR_NULL, str_of(bytes, sizeof bytes), 0, sizeof bytes, &out),
        RC_LIMIT);
    buf_done(&out);
}

/* Output is appended, and a mark is looked for at the start of the stream alone. */
static void output_is_appended(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, MOST);
    assert_int_equal(buf_puts(&out, STR("x")), RC_OK);
    assert_int_equal(convert_all("utf-8", STR_NULL,
                                 STR("\xEF\xBB\xBF"
                                     "a"),
                                 0, 100, &out),
                     RC_OK);
    assert_true(str_is(buf_str(&out), "xa"));
    buf_done(&out);
}

static void random_slices(void **state)
{
    (void)state;
    uint64_t seed = 41;
    static const char *const pieces[] = {
        "a",        "\n",        "\xD5\xC5", "\xFE\x9F", "\x95\x32\x90\x31", "\x82\x35\x90\x37",
        "\x81\x40", "1234567890"};
    static const char *const decoded[] = {
        "a", "\n", "张", "䶮", "\xF0\xA0\x82\x87", "\xE9\xBE\xB4", "丂", "1234567890"};
    for (int i = 0; i < 20000; i++) {
        struct buf bytes, expected;
        buf_init(&bytes, MOST);
        buf_init(&expected, MOST);
        for (uint32_t n = random_below(&seed, 30); n > 0; n--) {
            uint32_t k = random_below(&seed, 8);
            assert_int_equal(buf_puts(&bytes, str_from(pieces[k])), RC_OK);
            assert_int_equal(buf_puts(&expected, str_from(decoded[k])), RC_OK);
        }
        assert_int_equal(buf_putc(&expected, '\0'), RC_OK);
        check("gb18030", STR_NULL, buf_str(&bytes), random_below(&seed, 40),
              1 + random_below(&seed, 20), expected.p);
        buf_done(&bytes);
        buf_done(&expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_passes),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(gb18030_decodes),
        cmocka_unit_test(moved_characters_of_gb18030),
        cmocka_unit_test(gb18030_is_strict),
        cmocka_unit_test(utf16_decodes),
        cmocka_unit_test(sniffing),
        cmocka_unit_test(sniffing_waits_for_the_first_other_byte),
        cmocka_unit_test(names),
        cmocka_unit_test(output_is_capped),
        cmocka_unit_test(output_is_appended),
        cmocka_unit_test(random_slices),
    };
    return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
