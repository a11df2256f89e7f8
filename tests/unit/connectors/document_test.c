/* What all formats share: windows, several documents to one page, a document inside another; NDJSON and CSV. */
#include "tests/unit/connectors/decoding.h"

#include "connectors/decrypt.h"

/* ---- windows ---- */

static const char json[] =
    "\xEF\xBB\xBF {\"code\" : 0, \"x\":[1,{\"rows\":[{\"a\":9}]}],\"rows\":[ {\"a\":-1.50e+7,\"b\":"
    "{\"c\":[10,20]}},\n{\"a\":\"\\u5f20\\n\",\"b\":{\"c\":[1]}} ,{\"a\":true,\"b\":null} , 7 ],"
    "\"total\":12.0,\"next\":\"n\\\"\"} \n";

static void test_json_in_pieces(void **state)
{
    (void)state;
    for (step = 0; step < 60; step++) {
        WANT(NULL, "/rows", "a", "/b/c/1", "b");
        assert_int_equal(decode(str_from(json)), RC_OK);
        ASSERT_VALUES("-1.50e+7", "20", "{\"c\":[10,20]}", "张\n", NULL, "{\"c\":[1]}", "true",
                      NULL, NULL);
        assert_int_equal(page.reject_count, 1);
        assert_int_equal(page.rejects[0].row, 4);
        assert_str(page.scalars[0].text, "0");
        assert_str(page.scalars[1].text, "12.0");
        assert_str(page.scalars[2].text, "n\"");
    }
}

static void test_pieces_that_end_early(void **state)
{
    (void)state;
    for (step = 1; step < 9; step++) {
        WANT(NULL, "/rows", "a");
        assert_int_equal(decode(STR("{\"rows\":[{\"a\":1},{\"a\":12")), RC_FORMAT);
        assert_true(is_cut);
        assert_int_equal(decode(STR("{\"rows\":[{\"a\":1},{\"a\":12x")), RC_FORMAT);
        assert_false(is_cut);
        assert_string_equal(err_detail(), "not JSON at byte 25");
    }
}

static void test_numbers_at_the_end_of_a_window(void **state)
{
    (void)state;
    step = 1;
    WANT(NULL, "/rows", "a");
    wants.scalars[0] = "";
    assert_int_equal(decode(STR("-12.5")), RC_OK);
    assert_str(page.scalars[0].text, "-12.5");
    assert_int_equal(decode(STR("-12.")), RC_FORMAT);
    assert_true(is_cut);
}

static void test_rows_taken_on_the_way(void **state)
{
    (void)state;
    struct document *d = NULL;
    size_t used = 0;
    WANT(NULL, "/rows", "a");
    assert_int_equal(document_open(&wants, &d), RC_OK);
    document_begin(d);
    assert_int_equal(
        document_read(d, STR("{\"rows\":[{\"a\":1},{\"a\":2},{\"a\""), false, &used, &is_cut),
        RC_OK);
    assert_int_equal(used, 25);
    assert_int_equal(document_rows(d), 2);
    document_take(d, arena, &page);
    ASSERT_VALUES("1", "2");
    assert_true(page.has_records);
    assert_int_equal(document_read(d, STR("{\"a\":3}],\"total\":3}"), true, &used, &is_cut), RC_OK);
    document_take(d, arena, &page);
    ASSERT_VALUES("3");
    assert_true(page.has_records);
    assert_str(page.scalars[1].text, "3");
    document_close(d);
}

static void test_several_documents_make_a_page(void **state)
{
    (void)state;
    struct document *d = NULL;
    size_t used = 0;
    static const char *const bodies[] = {"{\"rows\":[{\"a\":1}],\"total\":5}",
                                         "{\"rows\":[{\"b\":2},{\"a\":3}]}", "{}"};
    WANT(NULL, "/rows", "a");
    assert_int_equal(document_open(&wants, &d), RC_OK);
    for (size_t n = 2; n <= 3; n++) {
        for (size_t i = 0; i < n; i++) {
            document_begin(d);
            assert_int_equal(document_read(d, str_from(bodies[i]), true, &used, &is_cut), RC_OK);
        }
        document_take(d, arena, &page);
        ASSERT_VALUES("1", NULL, "3");
        assert_int_equal(page.has_records, n == 2);
        assert_str(page.columns_seen, "a\nb");
        assert_int_equal(page.scalars[1].kind, SCALAR_ABSENT);
    }
    document_close(d);
}

/* ---- what a document may grow to ---- */

/* A document just within the caps, and one beyond, which names the key. */
struct grown {
    const char *format, *records, *within, *beyond, *key;
};

static void test_caps(void **state)
{
    (void)state;
    static const struct grown cases[] = {
        {NULL, "/r", "{\"r\":[{\"a\":[1]}]}", "{\"r\":[{\"a\":[[1]]}]}", "caps.depth"},
        {NULL, "/r", "{\"r\":[{\"a\":1}]}", "{\"r\":[],\"x\":[[[[1]]]]}", "caps.depth"},
        {"kind: ndjson", "", "{\"a\":{\"b\":[[]]}}", "{\"a\":{\"b\":[[[]]]}}", "caps.depth"},
        {"kind: xml", "/r/s", "<r><s><a><b>1</b></a></s></r>", "<r><s><a><b><c/></b></a></s></r>", "caps.depth"},
        {"{kind: json, inner: {at: /d, kind: json}}", "/r", "{\"d\":\"{}\"}",
         "{\"d\":\"{\\\"r\\\":[{\\\"a\\\":[[1]]}]}\"}", "caps.depth"},
        {NULL, "/r", "{\"r\":[{\"a\":1,\"b\":2,\"c\":3}]}", "{\"r\":[{\"a\":1,\"b\":2,\"c\":3,\"d\":4}]}", "caps.fields"},
        {"kind: ndjson", "", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1,\"c\":1,\"d\":1,\"e\":1}}", "caps.fields"},
        {"kind: xml", "/r/s", "<r><s><a/><b/><c/></s><s><a/><b/><c/></s></r>", "<r><s><a/><b/><c/><d/></s></r>",
         "caps.fields"},
        {"kind: csv", "", "a,b,c\n1,2,3\n", "a,b,c,d\n1,2,3,4\n", "caps.fields"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        WANT(cases[i].format, cases[i].records, "a");
        wants.depth = 4;
        wants.fields = 3;
        if (decode(str_from(cases[i].within)) != RC_OK) {
            fail_msg("%zu: %s", i, err_detail());
        }
        assert_int_equal(decode(str_from(cases[i].beyond)), RC_LIMIT);
        if (strstr(err_detail(), cases[i].key) == NULL) {
            fail_msg("%zu: \"%s\" not in \"%s\"", i, cases[i].key, err_detail());
        }
        wants.depth = wants.fields = 1000;
        assert_int_equal(decode(str_from(cases[i].beyond)), RC_OK);
    }
}

/* ---- records encrypted one by one ---- */

#define CIPHER "{kind: json, record_cipher: {cipher: sm4_ecb, key: '0123456789abcdeffedcba9876543210', encoding: hex}}"

static const char *encrypted(const char *plain)
{
    struct yaml *how = NULL;
    struct decrypt d;
    struct buf b;
    assert_int_equal(yaml_parse(arena, "test", STR(CIPHER), &how), RC_OK);
    assert_int_equal(decrypt_read(arena, ".", yaml_get(how, "record_cipher"), &d), RC_OK);
    buf_init(&b, 4096);
    assert_int_equal(encrypt_text(&d, str_from(plain), &b), RC_OK);
    char *text = arena_cstr(arena, buf_str(&b));
    buf_done(&b);
    return text;
}

static void test_encrypted_records(void **state)
{
    (void)state;
    char *body = arena_printf(arena, "{\"total\":4,\"rows\":[\"%s\", \"%s\",\"\\u0030\",{\"a\":\"%s\"}]}",
                              encrypted("{\"a\":\"\\u5f20\",\"b\":{\"c\":1.50}}"), encrypted(" {\"b\":[1, 2],\"a\":null}\n"),
                              encrypted("{}"));
    for (step = 0; step < 40; step += 3) {
        WANT(CIPHER, "/rows", "a", "/b/c", "b");
        wants.base_dir = ".";
        assert_int_equal(decode(str_from(body)), RC_OK);
        ASSERT_VALUES("张", "1.50", "{\"c\":1.50}", NULL, NULL, "[1,2]");
        assert_int_equal(page.reject_count, 2);
        assert_int_equal(page.rejects[0].row, 3);
        assert_str(page.scalars[1].text, "4");
        assert_str(page.columns_seen, "a\nb");
    }
    step = 0;
    assert_int_equal(decode(str_from(arena_printf(arena, "{\"rows\":[\"%s\",\"%s\",\"%s\"]}", encrypted("{\"a\":1}"),
                                                  encrypted("[1]"), encrypted("{\"a\":")))),
                     RC_DECRYPT);
    assert_int_equal(decode(str_from(arena_printf(arena, "{\"rows\":[\"%s\"]}", encrypted("{} {}")))), RC_DECRYPT);
    assert_int_equal(decode(STR("{\"rows\":[]}")), RC_OK);
}

/* ---- a document inside another ---- */

static void test_json_inside_json(void **state)
{
    (void)state;
    WANT("{kind: json, inner: {at: /data, kind: json}}", "/rows", "a");
    assert_int_equal(decode(STR("{\"code\":7,\"total\":1,\"data\":\"{\\\"rows\\\":[{\\\"a\\\":"
                                "\\\"\\\\u5f20\\\"}],\\\"total\\\":2}\"}")),
                     RC_OK);
    ASSERT_VALUES("张");
    assert_str(page.scalars[0].text, "7");
    assert_str(page.scalars[1].text, "2");
    assert_int_equal(decode(STR("{\"code\":8,\"data\":null}")), RC_OK);
    assert_true(page.has_records);
    assert_str(page.scalars[0].text, "8");
    assert_int_equal(decode(STR("{\"code\":8,\"data\":{}}")), RC_OK);
    assert_false(page.has_records);
    assert_int_equal(decode(STR("{\"code\":8,\"data\":\"no\"}")), RC_FORMAT);
    assert_int_equal(decode(STR("{\"code\":8,\"data\":")), RC_FORMAT);
    assert_true(is_cut);
}

static void test_csv_inside_json(void **state)
{
    (void)state;
    WANT("{kind: json, inner: {at: /data, kind: csv}}", "", "b");
    assert_int_equal(decode(STR("{\"data\":\"a,b\\n1,2\\n\"}")), RC_OK);
    ASSERT_VALUES("2");
}

/* ---- NDJSON ---- */

static void test_ndjson(void **state)
{
    (void)state;
    for (step = 0; step < 30; step++) {
        WANT("kind: ndjson", "", "a", "/b/c");
        assert_int_equal(decode(STR("\xEF\xBB\xBF{\"a\":1}\r\n\n  {\"b\":{\"c\":\"\\u5f20\"}}\nno\n"
                                    "[1]\n{\"total\":4,\"next\":null}\n{\"a\":0.10}")),
                         RC_OK);
        ASSERT_VALUES("1", NULL, NULL, "张", "0.10", NULL);
        assert_int_equal(page.reject_count, 2);
        assert_int_equal(page.rejects[0].row, 3);
        assert_str(page.scalars[1].text, "4");
        assert_int_equal(page.scalars[2].kind, SCALAR_NULL);
        assert_true(page.has_records);
    }
}

static void test_ndjson_that_is_wrong(void **state)
{
    (void)state;
    WANT("kind: ndjson", "", "a");
    assert_int_equal(decode(STR("<html>\n</html>\n")), RC_FORMAT);
    assert_string_equal(err_detail(), "line 1 is not JSON");
    assert_int_equal(decode(STR("{\"a\":1}\n{\"a\":2")), RC_FORMAT);
    assert_true(is_cut);
    assert_int_equal(decode(STR("{\"a\":1}{\"a\":2}\n")), RC_FORMAT);
    assert_int_equal(decode(STR("{\"a\":1}\n{\"a\":2\n{\"a\":3}\n")), RC_OK);
    ASSERT_VALUES("1", "3");
    assert_int_equal(decode(STR("")), RC_OK);
    assert_int_equal(page.records, 0);
    assert_true(page.has_records);
}

/* ---- CSV ---- */

static void test_csv(void **state)
{
    (void)state;
    for (step = 0; step < 30; step++) {
        WANT("{kind: csv, delimiter: ';'}", "", "b", "c", "a");
        assert_int_equal(decode(STR("a ;\"b\";x\r\n1.50;\"2;\n\"\"3\";\n\n4;5\n6;7;8;9\n;0;1")), RC_OK);
        ASSERT_VALUES("2;\n\"3", NULL, "1.50", "0", NULL, "");
        assert_int_equal(page.reject_count, 2);
        assert_str(page.columns_seen, "a\nb\nx");
    }
}

static void test_csv_that_is_wrong(void **state)
{
    (void)state;
    WANT("kind: csv", "", "a");
    assert_int_equal(decode(STR("")), RC_FORMAT);
    assert_int_equal(decode(STR("a,b\n1,2\n3")), RC_FORMAT);
    assert_true(is_cut);
    assert_int_equal(decode(STR("a,b\n1,2\n3,\"4")), RC_FORMAT);
    assert_true(is_cut);
    assert_int_equal(decode(STR("a,b\n3\n1,2")), RC_OK);
    ASSERT_VALUES("1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json_in_pieces),
        TEST(test_pieces_that_end_early),
        TEST(test_numbers_at_the_end_of_a_window),
        TEST(test_rows_taken_on_the_way),
        TEST(test_several_documents_make_a_page),
        TEST(test_caps),
        TEST(test_encrypted_records),
        TEST(test_json_inside_json),
        TEST(test_csv_inside_json),
        TEST(test_ndjson),
        TEST(test_ndjson_that_is_wrong),
        TEST(test_csv),
        TEST(test_csv_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
