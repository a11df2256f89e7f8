/* The http transport against departments that fail and lie: what is asked again, what stops, and
 * that whatever they say about pages and totals is told as it is. Needs no database. */
#include "tests/lib/http_departments.h"

/* ---- what stops a delivery ---- */

static void test_wrong_credentials(void **state)
{
    (void)state;
    setenv("EDUCATION_KEY", "wrong", 1);
    pull(EDUCATION, BY_PAGE, "XJH");
    setenv("EDUCATION_KEY", "open sesame", 1);
    assert_stopped(RC_AUTH, "GET /enrolment page 1: HTTP 401");
    assert_int_equal(reading.pages, 0);
}

static void test_credentials_that_cannot_be_sent(void **state)
{
    (void)state;
    static const char *const keys[] = {"", "a\r\nX-Evil: 1"};
    for (size_t i = 0; i < 2; i++) {
        setenv("EDUCATION_KEY", keys[i], 1);
        begin(EDUCATION, BY_PAGE, "XJH", "");
        assert_int_equal(connector_http.open(&reading.source, &reading.state), RC_CONFIG);
        assert_null(strstr(err_detail(), "Evil"));
        arena_free(reading.page_arena);
        arena_free(reading.arena);
    }
    setenv("EDUCATION_KEY", "open sesame", 1);
}

static void test_wrong_path(void **state)
{
    (void)state;
    pull(EDUCATION, "request: {path: '/nothing?secret=1'}\nrecords: /data/rows\n", "XJH");
    assert_stopped(RC_HTTP, "GET /nothing page 1: HTTP 404");
    assert_null(strstr(reading.detail, "secret"));
}

static void test_records_elsewhere(void **state)
{
    (void)state;
    pull(EDUCATION, "request: {path: /enrolment}\nrecords: /data/list\n", "XJH");
    assert_stopped(RC_FORMAT, "no array at /data/list");
}

static void test_error_codes(void **state)
{
    (void)state;
    misbehave("education.enrolment error200 3 1");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_stopped(RC_HTTP, "GET /enrolment page 3: HTTP 200, /code = 50001");
    assert_int_equal(reading.pages, 2);
    misbehave("education.enrolment error200 3 2");
    pull("base_url: '${env:EDUCATION_URL}'\n"
         "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"
         "ok: {pointer: /code, equals: ['0'], retry_codes: ['50001']}\n",
         BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.retries, 2);
    assert_rows('P', 0, PEOPLE);
    misbehave("");
    pull("base_url: '${env:EDUCATION_URL}'\n"
         "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"
         "ok: {pointer: /status, equals: ['0']}\n",
         BY_PAGE, "XJH");
    assert_stopped(RC_FORMAT, "no /status");
}

static void test_garbage(void **state)
{
    (void)state;
    misbehave("education.enrolment garbage 2");
    pull(EDUCATION, BY_PAGE, "XJH");
    misbehave("");
    assert_stopped(RC_FORMAT, "page 2: HTTP 200, but a web page (HTML) in place of data");
    assert_null(strstr(reading.detail, "maintenance"));
}

static void test_gzip_bomb(void **state)
{
    (void)state;
    misbehave("education.enrolment gzip_bomb");
    pull(EDUCATION_PLUS("timeout: 20s\n"), BY_PAGE, "XJH");
    misbehave("");
    assert_stopped(RC_LIMIT, "exceeds 67108864 bytes");
}

static void test_bodies_are_capped(void **state)
{
    (void)state;
    pull(EDUCATION_PLUS("max_body: 4096\n"), BY_PAGE, "XJH");
    assert_stopped(RC_LIMIT, "exceeds 4096 bytes (caps.body)");
    pull(EDUCATION_PLUS("max_body: 4096\n"), BY_PAGE "caps: {body: 1000000}\n", "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
    pull(EDUCATION, BY_PAGE "caps: {body: 2048}\n", "XJH");
    assert_stopped(RC_LIMIT, "exceeds 2048 bytes (caps.body)");
    pull(EDUCATION, BY_PAGE "caps: {depth: 4, fields: 4}\n", "XJH");
    assert_int_equal(reading.last, CONN_END);
    pull(EDUCATION, BY_PAGE "caps: {depth: 3}\n", "XJH");
    assert_stopped(RC_LIMIT, "nested deeper than 3 (caps.depth)");
    pull(EDUCATION, BY_PAGE "caps: {fields: 2}\n", "XJH");
    assert_stopped(RC_LIMIT, "more than 2 fields in a record (caps.fields)");
}

/* ---- what passes when it is asked again ---- */

static void check_transient(const char *misbehaviour, size_t least_retries, size_t retries)
{
    char line[64];
    for (int page = 1; page <= 26; page += 5) {
        snprintf(line, sizeof line, "education.enrolment %s %d %zu", misbehaviour, page, retries);
        misbehave(line);
        pull(EDUCATION, BY_PAGE, "XJH");
        assert_int_equal(reading.last, CONN_END);
        assert_in_range(reading.retries, least_retries, retries);
        assert_rows('P', 0, PEOPLE);
        assert_int_equal(reading.pages, 26);
        misbehave("");
    }
}

static void test_transient_failures(void **state)
{
    (void)state;
    check_transient("cut", 1, 1);
    check_transient("cut", 3, 3);
    check_transient("wrong_length", 1, 1);
    check_transient("truncated_json", 2, 2);
    check_transient("500", 2, 2);
    check_transient("429", 1, 1);
    check_transient("down", 0,
                    1); /* libcurl itself asks again when a kept-alive connection turns out dead */
}

static void test_kinds_of_transient_failures(void **state)
{
    (void)state;
    static const struct {
        const char *misbehaviour;
        enum rc rc;
        int64_t retry_after_ms;
    } cases[] = {
        {"education.enrolment cut", RC_NET, 0},
        {"education.enrolment wrong_length", RC_NET, 0},
        {"education.enrolment down", RC_NET, 0},
        {"education.enrolment truncated_json", RC_FORMAT, 0},
        {"education.enrolment 500", RC_HTTP, 0},
        {"education.enrolment 429", RC_HTTP, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        misbehave(cases[i].misbehaviour);
        pull(EDUCATION, BY_PAGE, "XJH");
        misbehave("");
        assert_int_equal(reading.last, CONN_RETRY);
        assert_int_equal(reading.retries, 4);
        assert_int_equal(reading.rc, cases[i].rc);
        assert_int_equal(reading.retry_after_ms, cases[i].retry_after_ms);
        assert_non_null(strstr(reading.detail, "GET /enrolment page 1"));
    }
}

static void test_offsets_and_cursors_go_on_after_failures(void **state)
{
    (void)state;
    misbehave("education.attendance cut 4 1\neducation.attendance 500 9 2\neducation.aid "
              "truncated_json 3 1\n");
    pull(EDUCATION, BY_OFFSET, "QQBH");
    assert_int_equal(reading.retries, 3);
    assert_rows('Q', 0, ABSENCES);
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    assert_int_equal(reading.retries, 1);
    assert_rows('Z', 0, GRANTS);
    misbehave("");
}

static void test_deadline(void **state)
{
    (void)state;
    misbehave("education.enrolment slow");
    begin(EDUCATION, BY_PAGE, "XJH", "");
    open_source();
    int64_t started = clock_monotonic_ms();
    assert_int_equal(read_once(), CONN_RETRY);
    int64_t took = clock_monotonic_ms() - started;
    end();
    misbehave("");
    assert_int_equal(reading.rc, RC_NET);
    assert_in_range(took, 900, 2500);
}

/* What was sent ahead and timed out while the engine was busy is nobody's failure. */
static void test_busy_engine(void **state)
{
    (void)state;
    begin(EDUCATION, BY_PAGE, "XJH", "");
    open_source();
    assert_int_equal(read_once(), CONN_PAGE);
    clock_sleep_ms(1500);
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.retries, 0);
    assert_rows('P', 0, PEOPLE);
}

static int64_t time_of(const char *connection)
{
    int64_t started = clock_monotonic_ms();
    pull(connection, BY_PAGE, "XJH");
    assert_rows('P', 0, PEOPLE);
    return clock_monotonic_ms() - started;
}

static void test_requests_overlap(void **state)
{
    (void)state;
    misbehave("education.enrolment latency 40");
    int64_t serial = time_of(EDUCATION_PLUS("parallel: 1\n"));
    int64_t overlapping = time_of(EDUCATION_PLUS("parallel: 8\n"));
    misbehave("");
    if (overlapping * 2 > serial) {
        fail_msg("8 at once took %lld ms, one by one %lld ms", (long long)overlapping,
                 (long long)serial);
    }
}

/* ---- lies about pages and totals: told as they are, for the engine to judge ---- */

static void test_duplicate_page(void **state)
{
    (void)state;
    misbehave("education.enrolment duplicate_page 5");
    pull(EDUCATION, BY_PAGE, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_memory_equal(reading.page[4].hash, reading.page[3].hash, PAGE_HASH);
    assert_memory_not_equal(reading.page[5].hash, reading.page[4].hash, PAGE_HASH);
}

static void test_page_that_repeats_for_ever(void **state)
{
    (void)state;
    misbehave("education.enrolment repeat_page 2");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    for (size_t i = 2; i < reading.pages; i++) {
        assert_memory_equal(reading.page[i].hash, reading.page[1].hash, PAGE_HASH);
    }
    /* Without a total each read is still one page and comes back. */
    pull(EDUCATION, BY_PAGE_BLIND, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_PAGE);
    assert_int_equal(reading.pages, MOST_PAGES);
}

static void test_cursor_that_repeats_for_ever(void **state)
{
    (void)state;
    misbehave("education.aid repeat_cursor");
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    misbehave("");
    assert_int_equal(reading.last, CONN_PAGE);
    assert_int_equal(reading.pages, MOST_PAGES);
    assert_string_equal(reading.page[2].token, reading.page[3].token);
    assert_memory_equal(reading.page[2].hash, reading.page[3].hash, PAGE_HASH);
}

static void test_false_totals(void **state)
{
    (void)state;
    misbehave("education.enrolment false_total 150");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
    assert_int_equal(reading.advertised, PEOPLE + 150);
    misbehave("education.enrolment false_total -150");
    pull(EDUCATION, BY_PAGE, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.advertised, PEOPLE - 150);
    assert_int_equal(reading.rows, 2400);
}

static void test_first_page_only(void **state)
{
    (void)state;
    misbehave("* first_page_only");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, 100);
    assert_int_equal(reading.advertised, PEOPLE);
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Z', 0, 100);
    assert_int_equal(reading.advertised, GRANTS);
}

/* A source that gives fewer rows a page than it was asked for, whatever the reason, is read to its
 * end. */
static void test_smaller_pages_than_asked_for(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {path: /attendance, query: {limit: '30'}}\n"
         "paging: {kind: offset, offset: offset, page_size: 100, total: /data/total}\n"
         "records: /data/rows\n",
         "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Q', 0, ABSENCES);
    pull(EDUCATION,
         "request: {path: /enrolment, query: {pageSize: '50'}}\n"
         "paging: {kind: page_number, page: page, page_size: 100, total: /data/total}\n"
         "records: /data/rows\n",
         "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
}

static void test_changed_content(void **state)
{
    (void)state;
    misbehave("education.enrolment shrink90");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.rows, 251);
    assert_string_equal(reading.first_columns[1], "P00010");
    misbehave("education.enrolment rename_column XJH XUEJIHAO");
    pull(EDUCATION, BY_PAGE, "XUEJIHAO");
    assert_rows('P', 0, PEOPLE);
    assert_string_equal(reading.page[0].seen, "NJ\nXM\nXUEJIHAO");
    misbehave("education.enrolment shuffle 5");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.rows, PEOPLE);
    assert_string_not_equal(reading.first_columns[0], "P00000");
    misbehave("education.enrolment yesterday");
    write_file("day", "2026-11-01\n");
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_int_equal(reading.rows, 0);
    write_file("day", "2026-11-22\n");
    misbehave("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_credentials),
        cmocka_unit_test(test_credentials_that_cannot_be_sent),
        cmocka_unit_test(test_wrong_path),
        cmocka_unit_test(test_records_elsewhere),
        cmocka_unit_test(test_error_codes),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_gzip_bomb),
        cmocka_unit_test(test_bodies_are_capped),
        cmocka_unit_test(test_transient_failures),
        cmocka_unit_test(test_kinds_of_transient_failures),
        cmocka_unit_test(test_offsets_and_cursors_go_on_after_failures),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_busy_engine),
        cmocka_unit_test(test_requests_overlap),
        cmocka_unit_test(test_duplicate_page),
        cmocka_unit_test(test_page_that_repeats_for_ever),
        cmocka_unit_test(test_cursor_that_repeats_for_ever),
        cmocka_unit_test(test_false_totals),
        cmocka_unit_test(test_first_page_only),
        cmocka_unit_test(test_smaller_pages_than_asked_for),
        cmocka_unit_test(test_changed_content),
    };
    return cmocka_run_group_tests(tests, start_departments, stop_departments);
}
