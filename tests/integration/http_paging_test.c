/* The http transport's further ways to get at records: addresses of next pages, bodies with holes, SOAP, time slices,
 * exports; each undisturbed, resumed anywhere, and against a server that misbehaves. Needs no database. */
#include "tests/lib/http_departments.h"

#define BY_ADDRESS                                                                                 \
    "request: {path: /aid/next, query: {limit: '300'}}\n"                                          \
    "paging: {kind: next_url, next: /data/next, total: /data/total}\n"                             \
    "records: /data/rows\n"
#define BY_LINK                                                                                    \
    "request: {path: /aid/link}\n"                                                                 \
    "paging: {kind: link, total: /data/total}\n"                                                   \
    "records: /data/rows\n"
#define BY_JSON_BODY                                                                               \
    "request: {method: POST, path: /attendance, body: '{\"offset\": {offset}, \"limit\": {size}}'}\n" \
    "paging: {kind: offset, page_size: 100, total: /data/total}\n"                                 \
    "records: /data/rows\n"
#define BY_SOAP                                                                                    \
    "request:\n"                                                                                   \
    "  method: POST\n"                                                                             \
    "  path: /enrolment/soap\n"                                                                    \
    "  content_type: text/xml; charset=utf-8\n"                                                    \
    "  headers: {SOAPAction: query}\n"                                                             \
    "  body: |\n"                                                                                  \
    "    <Envelope><Body><query><page>{page}</page><size>{size}</size></query></Body></Envelope>\n" \
    "paging: {kind: page_number, page_size: 500, total: /data/total}\n"                            \
    "format: {kind: xml, inner: {at: /Envelope/Body/answer/return, kind: json}}\n"                 \
    "records: /data/rows\n"
#define BY_DAY                                                                                     \
    "request: {path: /attendance/days, times: yyyy-MM-dd, query: {from: '{from}', to: '{to}'}}\n"  \
    "paging: {kind: page_number, page: page, size: size, page_size: 25, total: /data/total}\n"     \
    "slices: {days: 7, begin: 2026-11-01}\n"                                                       \
    "records: /data/rows\n"
#define BY_EXPORT                                                                                  \
    "request: {method: POST, path: /aid/export, query: {kind: all}}\n"                             \
    "paging: {kind: export, job: /job, poll: '/aid/export/{job}', state: /state, done: [DONE], "   \
    "failed: [FAILED], file: /file, every: 10ms, wait: 100ms, total: /total}\n"                    \
    "filters: [{kind: gzip}]\n"                                                                    \
    "format: {kind: ndjson}\n"                                                                     \
    "records: ''\n"
#define BY_EXPORT_PATH                                                                             \
    "request: {method: POST, path: /aid/export}\n"                                                 \
    "paging: {kind: export, job: /job, poll: '/aid/export/{job}', state: /state, done: [DONE], "   \
    "download: '/aid/export/{job}/file', every: 10ms, total: /total}\n"                            \
    "filters: [{kind: gzip}]\n"                                                                    \
    "format: {kind: ndjson}\n"                                                                     \
    "records: ''\n"
/* Exports and lines of JSON carry no code. */
#define PLAIN                                                                                      \
    "base_url: '${env:EDUCATION_URL}/'\n"                                                          \
    "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"

static const struct {
    const char *connection, *dataset, *column;
    char letter;
    size_t rows;
} kinds[] = {
    {EDUCATION, BY_ADDRESS, "ZZBH", 'Z', GRANTS},      {EDUCATION, BY_LINK, "ZZBH", 'Z', GRANTS},
    {EDUCATION, BY_JSON_BODY, "QQBH", 'Q', ABSENCES},  {EDUCATION, BY_SOAP, "XJH", 'P', PEOPLE},
    {PLAIN, BY_EXPORT, "ZZBH", 'Z', GRANTS},           {PLAIN, BY_EXPORT_PATH, "ZZBH", 'Z', GRANTS},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void test_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        pull(kinds[i].connection, kinds[i].dataset, kinds[i].column);
        if (reading.last != CONN_END) {
            fail_msg("%zu: %s", i, reading.detail);
        }
        assert_rows(kinds[i].letter, 0, kinds[i].rows);
        assert_int_equal(reading.advertised, kinds[i].rows);
        assert_int_equal(reading.retries, 0);
    }
}

static void resume(const char *connection, const char *dataset, const char *column, const char *position)
{
    begin(connection, dataset, column, position);
    open_source();
    read_all(0);
    end();
}

/* From every position to the end: what was read before is not read again. */
static void test_every_kind_resumes(void **state)
{
    (void)state;
    static char positions[MOST_PAGES][160];
    static size_t counts[MOST_PAGES];
    for (size_t i = 0; i < KINDS; i++) {
        pull(kinds[i].connection, kinds[i].dataset, kinds[i].column);
        size_t pages = reading.pages, before = 0;
        for (size_t j = 0; j < pages; j++) {
            memcpy(positions[j], reading.page[j].position, sizeof positions[j]);
            counts[j] = reading.page[j].rows;
        }
        for (size_t j = 0; j < pages; j++) {
            before += counts[j];
            resume(kinds[i].connection, kinds[i].dataset, kinds[i].column, positions[j]);
            assert_int_equal(reading.last, CONN_END);
            assert_rows(kinds[i].letter, before, kinds[i].rows - before);
        }
    }
}

/* ---- addresses of next pages ---- */

static void test_another_server_is_refused(void **state)
{
    (void)state;
    static const char *const datasets[] = {BY_ADDRESS, BY_LINK};
    misbehave("education.aid foreign_next");
    for (size_t i = 0; i < 2; i++) {
        pull(EDUCATION, datasets[i], "ZZBH");
        assert_stopped(RC_FORMAT, "page 2: the next page's address is on another server");
        assert_rows('Z', 0, 300);
    }
    misbehave("");
}

/* The engine stops at a token it has seen. */
static void test_a_loop_of_addresses_repeats_its_token(void **state)
{
    (void)state;
    static const char *const datasets[] = {BY_ADDRESS, BY_LINK};
    misbehave("education.aid repeat_cursor");
    for (size_t i = 0; i < 2; i++) {
        begin(EDUCATION, datasets[i], "ZZBH", "");
        open_source();
        for (int page = 0; page < 3; page++) {
            assert_int_equal(read_once(), CONN_PAGE);
        }
        end();
        assert_string_equal(reading.page[0].token, "");
        assert_non_null(strstr(reading.page[1].token, "offset=300"));
        assert_string_equal(reading.page[2].token, reading.page[1].token);
    }
    misbehave("");
}

static void test_cursor_in_a_header(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {path: /aid/link}\n"
         "paging: {kind: next_url, next_header: X-Nothing}\n"
         "records: /data/rows\n",
         "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Z', 0, 300);
}

/* ---- SOAP ---- */

static void test_xml_that_is_cut_is_asked_for_again(void **state)
{
    (void)state;
    misbehave("education.enrolment truncated_json 3 1");
    pull(EDUCATION, BY_SOAP, "XJH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.retries, 1);
    assert_rows('P', 0, PEOPLE);
}

static void test_a_login_page_is_called_one(void **state)
{
    (void)state;
    misbehave("education.enrolment garbage 2");
    pull(EDUCATION, BY_SOAP, "XJH");
    misbehave("");
    assert_stopped(RC_FORMAT, "POST /enrolment/soap page 2: HTTP 200, but a web page (HTML)");
    assert_rows('P', 0, 500);
}

/* ---- time slices ---- */

/* Records 0 to 1202 are of day i % 20 + 1. */
static size_t rows_of_days(int first, int last)
{
    size_t n = 0;
    for (int i = 0; i < ABSENCES; i++) {
        n += i % 20 + 1 >= first && i % 20 + 1 <= last;
    }
    return n;
}

static bool seen[ABSENCES];

static void mark_rows(size_t most)
{
    for (size_t i = 0; i < reading.rows; i++) {
        int64_t number = -1;
        assert_true(str_to_i64(str_from(reading.first_columns[i] + 1 + strspn(reading.first_columns[i] + 1, "0")),
                               &number) ||
                    strcmp(reading.first_columns[i], "Q00000") == 0);
        number = number < 0 ? 0 : number;
        assert_true((size_t)number < most);
        assert_false(seen[number]);
        seen[number] = true;
    }
}

static void test_slices(void **state)
{
    (void)state;
    setenv("BIDUI_TODAY", "2026-11-22", 1);
    memset(seen, 0, sizeof seen);
    pull(EDUCATION, BY_DAY, "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, ABSENCES);
    assert_int_equal(reading.advertised, -1);
    mark_rows(ABSENCES);
}

static void test_slices_resume(void **state)
{
    (void)state;
    static char positions[MOST_PAGES][160];
    static size_t counts[MOST_PAGES];
    pull(EDUCATION, BY_DAY, "QQBH");
    size_t pages = reading.pages, before = 0;
    for (size_t i = 0; i < pages; i++) {
        memcpy(positions[i], reading.page[i].position, sizeof positions[i]);
        counts[i] = reading.page[i].rows;
    }
    /* a day later: the reading goes on to the day it was begun for */
    setenv("BIDUI_TODAY", "2026-11-30", 1);
    for (size_t i = 0; i < pages; i++) {
        before += counts[i];
        resume(EDUCATION, BY_DAY, "QQBH", positions[i]);
        assert_int_equal(reading.last, CONN_END);
        assert_int_equal(reading.rows, ABSENCES - before);
        assert_int_equal(reading.pages, pages - i - 1);
    }
    setenv("BIDUI_TODAY", "2026-11-22", 1);
}

static void test_slices_of_an_increment(void **state)
{
    (void)state;
    begin(EDUCATION, BY_DAY, "QQBH", "");
    reading.source.since = STR("2026-11-19T08:00:00.000000");
    open_source();
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, rows_of_days(19, 20));
}

static void test_a_slice_that_lacks_records(void **state)
{
    (void)state;
    misbehave("education.attendance first_page_only");
    pull(EDUCATION, BY_DAY, "QQBH");
    misbehave("");
    assert_stopped(RC_INCOMPLETE, "GET /attendance/days 2026-11-01 page 2: the slice has");
    assert_int_equal(reading.rows, 25);
}

/* The records of one day come twice; which of them is kept is decided by their keys. */
static void test_overlapping_slices(void **state)
{
    (void)state;
    misbehave("education.attendance overlap");
    pull(EDUCATION, BY_DAY, "QQBH");
    misbehave("");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, ABSENCES + rows_of_days(7, 7) + rows_of_days(14, 14));
}

/* ---- exports ---- */

static void test_an_export_that_never_ends(void **state)
{
    (void)state;
    misbehave("education.aid export_stuck");
    pull(PLAIN, BY_EXPORT, "ZZBH");
    misbehave("");
    assert_stopped(RC_NOT_READY, "the export is not done after 0 seconds");
    assert_int_equal(reading.rows, 0);
}

static void test_an_export_that_fails(void **state)
{
    (void)state;
    misbehave("education.aid export_failed");
    pull(PLAIN, BY_EXPORT, "ZZBH");
    assert_stopped(RC_INCOMPLETE, "the department's export failed");
    misbehave("education.aid export_lost");
    pull(PLAIN, BY_EXPORT, "ZZBH");
    misbehave("");
    assert_stopped(RC_INCOMPLETE, "no such export any more (HTTP 404)");
}

/* Killed behind the submission: the same job is asked after, none is submitted. */
static void test_an_export_is_submitted_once(void **state)
{
    (void)state;
    char position[160];
    begin(PLAIN, BY_EXPORT, "ZZBH", "");
    open_source();
    assert_int_equal(read_once(), CONN_PAGE);
    end();
    memcpy(position, reading.page[0].position, sizeof position);
    assert_non_null(strstr(position, "jJ%20"));
    misbehave("education.aid export_closed");
    resume(PLAIN, BY_EXPORT, "ZZBH", position);
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Z', 0, GRANTS);
    begin(PLAIN, BY_EXPORT, "ZZBH", "");
    open_source();
    assert_int_equal(read_once(), CONN_RETRY);
    end();
    misbehave("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_every_kind_resumes),
        cmocka_unit_test(test_another_server_is_refused),
        cmocka_unit_test(test_a_loop_of_addresses_repeats_its_token),
        cmocka_unit_test(test_cursor_in_a_header),
        cmocka_unit_test(test_xml_that_is_cut_is_asked_for_again),
        cmocka_unit_test(test_a_login_page_is_called_one),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_slices_resume),
        cmocka_unit_test(test_slices_of_an_increment),
        cmocka_unit_test(test_a_slice_that_lacks_records),
        cmocka_unit_test(test_overlapping_slices),
        cmocka_unit_test(test_an_export_that_never_ends),
        cmocka_unit_test(test_an_export_that_fails),
        cmocka_unit_test(test_an_export_is_submitted_once),
    };
    return cmocka_run_group_tests(tests, start_departments, stop_departments);
}
