#include "tests/unit/connectors/decoding.h"

#define SOAP(inside)                                                                               \
    "<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<soap:Envelope "                                \
    "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" "                                    \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n <soap:Body>" inside                \
    "</soap:Body></soap:Envelope>\n"

static const char rows[] =
    SOAP("<r:answer xmlns:r='urn:r'><r:code>0</r:code><r:total count='2'>12</r:total>\n"
         "<r:rows><r:row no='7'><r:a>1.50</r:a><r:b><![CDATA[<x> & y]]></r:b>\n"
         "<r:c><r:d>\xe5\xbc\xa0</r:d><r:e u='m'>&lt;3&#x5f20;</r:e></r:c></r:row>\n"
         "<r:row no='8'><r:c/><r:b xsi:nil='true'/><r:a/><r:z>no</r:z></r:row></r:rows>"
         "<r:next>abc</r:next></r:answer>");

static void want_rows(void)
{
    WANT("kind: xml", "/Envelope/Body/answer/rows/row", "a", "b", "/c/d", "/c/e", "@no", "/c/e/@u",
         "c");
    wants.scalars[0] = "/Envelope/Body/answer/code";
    wants.scalars[1] = "/Envelope/Body/answer/total/@count";
    wants.scalars[2] = "/Envelope/Body/answer/next";
}

static void test_rows(void **state)
{
    (void)state;
    for (step = 0; step < 40; step++) {
        want_rows();
        assert_int_equal(decode(str_from(rows)), RC_OK);
        ASSERT_VALUES("1.50", "<x> & y", "张", "<3张", "7", "m", "张<3张", "", NULL, NULL, NULL,
                      "8", NULL, "");
        assert_true(page.has_records);
        assert_str(page.scalars[0].text, "0");
        assert_str(page.scalars[1].text, "2");
        assert_str(page.scalars[2].text, "abc");
        assert_str(page.columns_seen, "@no\na\nb\nc\nz");
    }
}

static void test_the_last_of_the_same_name_wins(void **state)
{
    (void)state;
    WANT("kind: xml", "/x/r", "a", "/b/c");
    assert_int_equal(decode(STR("<x><r><a>1</a><b><c>2</c></b><a>3</a><b/></r></x>")), RC_OK);
    ASSERT_VALUES("3", NULL);
}

static void test_namespaces(void **state)
{
    (void)state;
    static const char body[] = "<p:x xmlns:p='urn:1' xmlns:q='urn:2'><p:r><p:a>1</p:a><q:a>2</q:a>"
                               "</p:r><q:r><q:a>3</q:a></q:r></p:x>";
    WANT("kind: xml", "/x/r", "a");
    assert_int_equal(decode(str_from(body)), RC_OK);
    ASSERT_VALUES("2", "3");
    WANT("{kind: xml, namespaces: {one: 'urn:1', two: 'urn:2'}}", "/x/one:r", "/one:a", "/two:a");
    assert_int_equal(decode(str_from(body)), RC_OK);
    ASSERT_VALUES("1", "2");
    WANT("{kind: xml, namespaces: {two: 'urn:2'}}", "/x/two:r", "a");
    assert_int_equal(decode(str_from(body)), RC_OK);
    ASSERT_VALUES("3");
}

static void test_places_of_records(void **state)
{
    (void)state;
    want_rows();
    assert_int_equal(decode(STR(SOAP("<answer><rows/></answer>"))), RC_OK);
    assert_true(page.has_records);
    assert_int_equal(page.records, 0);
    assert_int_equal(decode(STR(SOAP("<Fault><faultcode>1</faultcode></Fault>"))), RC_OK);
    assert_false(page.has_records);
    assert_int_equal(page.scalars[0].kind, SCALAR_ABSENT);
    WANT("kind: xml", "", "a");
    struct document *d = NULL;
    assert_int_equal(document_open(&wants, &d), RC_CONFIG);
}

static void test_every_prefix_is_cut(void **state)
{
    (void)state;
    want_rows();
    size_t whole = sizeof rows - 2; /* without the newline behind it */
    for (size_t n = 0; n < whole; n++) {
        char *part = malloc(n + 1);
        assert_non_null(part);
        memcpy(part, rows, n);
        assert_int_equal(decode(str_of(n == 0 ? "" : part, n)), RC_FORMAT);
        if (!is_cut) {
            fail_msg("%zu: %s", n, err_detail());
        }
        free(part);
    }
}

static void test_entities_are_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<!DOCTYPE x [<!ENTITY a 'b'>]><x><r><a>&a;</a></r></x>",
        "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><x/>",
    };
    WANT("kind: xml", "/x/r", "a");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(decode(str_from(bodies[i])), RC_FORMAT);
        assert_false(is_cut);
        assert_non_null(strstr(err_detail(), "DTD"));
    }
    assert_int_equal(decode(STR("<x><r><a>&a;</a></r></x>")), RC_FORMAT);
}

static void test_what_is_not_xml(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"rows\":[]}", "<x></y>", "<x><r a=1/></x>", "<x/><x/>",
                                         "<x>\xd5\xc5</x>", "<html><br></html>"};
    WANT("kind: xml", "/x/r", "a");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(decode(str_from(bodies[i])), RC_FORMAT);
        assert_false(is_cut);
        assert_non_null(strstr(err_detail(), "not XML at byte"));
    }
}

static void test_limits(void **state)
{
    (void)state;
    char *deep = arena_alloc(arena, 1000), *end = deep;
    for (int i = 0; i < (int)CAPS_DEPTH + 1; i++) {
        end += sprintf(end, "<x>");
    }
    WANT("kind: xml", "/x/r", "a");
    assert_int_equal(decode(str_from(deep)), RC_LIMIT);
    size_t n = DOCUMENT_MAX_VALUE + 1;
    char *text = arena_alloc(arena, n + 1);
    memset(text, 'x', n);
    assert_int_equal(decode(str_from(arena_printf(
                         arena, "<x><r><a>%s</a></r><r><a>1</a></r></x>", text))),
                     RC_OK);
    ASSERT_VALUES("1");
    assert_int_equal(page.reject_count, 1);
    assert_int_equal(page.row_numbers[0], 2);
}

static void test_json_inside(void **state)
{
    (void)state;
    WANT("{kind: xml, inner: {at: /Envelope/Body/answer/return, kind: json}}", "/rows", "a");
    wants.scalars[2] = "/Envelope/Body/answer/more";
    assert_int_equal(decode(STR(SOAP("<answer><return>{\"rows\":[{\"a\":1.10},{\"a\":\"&lt;\"}],"
                                     "\"total\":2}</return><more>n</more></answer>"))),
                     RC_OK);
    ASSERT_VALUES("1.10", "<");
    assert_str(page.scalars[1].text, "2");
    assert_str(page.scalars[2].text, "n");
    assert_int_equal(decode(STR(SOAP("<Fault/>"))), RC_OK);
    assert_false(page.has_records);
    assert_int_equal(decode(STR(SOAP("<answer><return>{\"rows\":[</return></answer>"))), RC_FORMAT);
    assert_false(is_cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows),
        TEST(test_the_last_of_the_same_name_wins),
        TEST(test_namespaces),
        TEST(test_places_of_records),
        TEST(test_every_prefix_is_cut),
        TEST(test_entities_are_refused),
        TEST(test_what_is_not_xml),
        TEST(test_limits),
        TEST(test_json_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
