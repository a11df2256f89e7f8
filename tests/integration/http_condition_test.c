/* Asking only for what has changed: which requests carry a condition, what a 304 means, and what nobody believes. Needs no
 * database. */
#include "tests/lib/http_departments.h"

#define WHOLE "request: {path: /enrolment, query: {pageSize: '10000'}}\nrecords: /data/rows\n"
#define FIRST_PAGE                                                                                          \
    "request: {path: /enrolment, conditional: first_page}\n"                                                \
    "paging: {kind: page_number, page: page, size: pageSize, page_size: 1000, total: /data/total}\n"        \
    "records: /data/rows\n"

static char shown[64 << 10];

static void note_request(void *ctx, const char *text)
{
    (void)ctx;
    size_t n = strlen(shown);
    snprintf(shown + n, sizeof shown - n, "%s\n", text);
}

/* One reading that brings these validators; what it gave in turn is in reading.validators. */
static void ask(const char *dataset, const char *validators, bool is_full)
{
    shown[0] = '\0';
    begin(EDUCATION, dataset, "XJH", "");
    reading.source.full_snapshot = is_full;
    reading.source.validators = arena_str(reading.arena, str_from(validators));
    reading.source.on_request = note_request;
    open_source();
    read_all(0);
    end();
}

static void test_unchanged(void **state)
{
    (void)state;
    char known[256];
    ask(WHOLE, "", true);
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, PEOPLE);
    assert_null(strstr(shown, "If-None-Match"));
    memcpy(known, reading.validators, sizeof known);
    assert_non_null(strchr(known, '"'));
    ask(WHOLE, known, true);
    assert_int_equal(reading.last, CONN_SAME);
    assert_int_equal(reading.pages, 0);
    assert_non_null(strstr(shown, "If-None-Match: \""));
    misbehave("education.enrolment rename_column NJ NJX");
    ask(WHOLE, known, true);
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, PEOPLE);
    assert_string_not_equal(reading.validators, known);
}

static void test_by_date(void **state)
{
    (void)state;
    char known[256];
    write_file("day", "2025-11-22\n"); /* the server's clock is the machine's */
    misbehave("education.enrolment last_modified");
    ask("request: {path: /enrolment, query: {pageSize: '20'}}\nrecords: /data/rows\n", "", true);
    memcpy(known, reading.validators, sizeof known);
    assert_non_null(strstr(known, "\n\nFri, 21 Nov 2025 16:00:00 GMT"));
    ask("request: {path: /enrolment, query: {pageSize: '20'}}\nrecords: /data/rows\n", known, true);
    misbehave("");
    write_file("day", "2026-11-22\n");
    assert_int_equal(reading.last, CONN_SAME);
    assert_non_null(strstr(shown, "If-Modified-Since: Fri, 21 Nov 2025 16:00:00 GMT"));
}

static void test_never_asked(void **state)
{
    (void)state;
    char known[256];
    ask(WHOLE, "", true);
    memcpy(known, reading.validators, sizeof known);
    static const char *const others[] = {
        "request: {path: /enrolment, conditional: off, query: {pageSize: '10000'}}\nrecords: /data/rows\n",
        "request: {path: /enrolment, query: {pageSize: '9999'}}\nrecords: /data/rows\n", /* another address */
        "request: {path: /enrolment, method: POST, query: {pageSize: '10000'}}\nrecords: /data/rows\n",
        BY_PAGE,
    };
    for (size_t i = 0; i < 4; i++) {
        ask(others[i], known, true);
        assert_int_equal(reading.last, CONN_END);
        assert_int_equal(reading.rows, PEOPLE);
        assert_null(strstr(shown, "If-None-Match"));
        assert_true(i == 1 || reading.validators[0] == '\0');
    }
    ask(WHOLE, known, false); /* an increment */
    assert_int_equal(reading.rows, PEOPLE);
    assert_null(strstr(shown, "If-None-Match"));
    assert_string_equal(reading.validators, "");
}

static void test_first_page_for_all(void **state)
{
    (void)state;
    char known[256];
    ask(FIRST_PAGE, "", true);
    assert_int_equal(reading.rows, PEOPLE);
    memcpy(known, reading.validators, sizeof known);
    assert_int_not_equal(known[0], '\0');
    ask(FIRST_PAGE, known, true);
    assert_int_equal(reading.last, CONN_SAME);
    assert_int_equal(reading.pages, 0);
    begin(EDUCATION, FIRST_PAGE, "XJH", ""); /* a reading that goes on behind it asks for what it lacks */
    open_source();
    (void)read_once();
    char position[160];
    memcpy(position, reading.page[0].position, sizeof position);
    end();
    shown[0] = '\0';
    begin(EDUCATION, FIRST_PAGE, "XJH", position);
    reading.source.full_snapshot = true;
    reading.source.validators = arena_str(reading.arena, str_from(known));
    reading.source.on_request = note_request;
    open_source();
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 1000, PEOPLE - 1000);
    assert_null(strstr(shown, "If-None-Match"));
}

/* What a header may hold need not be text that can be stored. */
static void test_an_etag_that_is_no_text(void **state)
{
    (void)state;
    misbehave("education.enrolment foreign_etag");
    ask(WHOLE, "", true);
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, PEOPLE);
    assert_string_equal(reading.validators, "");
}

/* A cache that answers what nobody asked would hide a department's news for ever. */
static void test_a_lie(void **state)
{
    (void)state;
    misbehave("education.enrolment 304");
    ask(WHOLE, "", true);
    assert_stopped(RC_HTTP, "HTTP 304 (not modified), though nobody asked");
    misbehave("education.enrolment 304 2");
    ask(BY_PAGE, "", true);
    assert_stopped(RC_HTTP, "page 2: HTTP 304");
    misbehave("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unchanged),  cmocka_unit_test(test_by_date),
        cmocka_unit_test(test_never_asked), cmocka_unit_test(test_first_page_for_all),
        cmocka_unit_test(test_a_lie), cmocka_unit_test(test_an_etag_that_is_no_text),
    };
    return cmocka_run_group_tests(tests, start_departments, stop_departments);
}
