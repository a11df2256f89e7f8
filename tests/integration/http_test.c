/* The http transport reads the sample departments: every kind of paging, resumed anywhere. Needs no
 * database. */
#include "tests/lib/http_departments.h"

/* ---- every kind of paging ---- */

static void test_page_numbers(void **state)
{
    (void)state;
    static const char *const widths[] = {EDUCATION_PLUS("parallel: 1\n"),
                                         EDUCATION_PLUS("parallel: 4\n"),
                                         EDUCATION_PLUS("parallel: 16\n")};
    for (size_t i = 0; i < 3; i++) {
        pull(widths[i], BY_PAGE, "XJH");
        assert_int_equal(reading.last, CONN_END);
        assert_rows('P', 0, PEOPLE);
        assert_int_equal(reading.pages, 26);
        assert_int_equal(reading.advertised, PEOPLE);
        assert_string_equal(reading.page[2].label, "page 3");
        assert_string_equal(reading.page[0].seen, "NJ\nXJH\nXM");
        assert_int_equal(reading.retries, 0);
    }
}

static void test_page_numbers_without_a_total(void **state)
{
    (void)state;
    pull(EDUCATION, BY_PAGE_BLIND, "XJH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('P', 0, PEOPLE);
    assert_int_equal(reading.advertised, -1);
}

static void test_offsets(void **state)
{
    (void)state;
    pull(EDUCATION, BY_OFFSET, "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Q', 0, ABSENCES);
    assert_int_equal(reading.advertised, ABSENCES);
}

static void test_cursors(void **state)
{
    (void)state;
    pull(EDUCATION, BY_CURSOR, "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_rows('Z', 0, GRANTS);
    assert_string_equal(reading.page[0].token, "*");
    assert_string_not_equal(reading.page[1].token, reading.page[2].token);
}

/* The trap: this interface gives a next cursor only to those who began with "*". */
static void test_cursor_without_its_beginning(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {path: /aid}\n"
         "paging: {kind: cursor, cursor: cursor, next: /data/next, size: limit, page_size: 100, "
         "total: /data/total}\n"
         "records: /data/rows\n",
         "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 100);
    assert_int_equal(reading.advertised, GRANTS);
    assert_string_equal(reading.page[0].token, "");
}

static void test_no_paging(void **state)
{
    (void)state;
    pull(EDUCATION, "request: {path: /aid, query: {limit: '5000'}}\nrecords: /data/rows\n", "ZZBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.pages, 1);
    assert_rows('Z', 0, GRANTS);
}

static void test_post_sends_a_form(void **state)
{
    (void)state;
    pull(EDUCATION,
         "request: {method: POST, path: /attendance, query: {since: '2026-11-20T08:00:00'}, "
         "headers: {X-Trace: a}}\n"
         "paging: {kind: offset, offset: offset, limit: limit, page_size: 7, total: /data/total}\n"
         "records: /data/rows\n",
         "QQBH");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 60);
}

static void test_since(void **state)
{
    (void)state;
    begin(EDUCATION, BY_OFFSET, "QQBH", "");
    reading.source.since = STR("2026-11-19T08:00:00.000000");
    open_source();
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.rows, 120);
    assert_string_equal(reading.first_columns[0], "Q00018");
    assert_int_equal(reading.advertised, 120);
}

static void test_nothing_there(void **state)
{
    (void)state;
    write_file("day", "2026-10-22\n");
    pull(EDUCATION, BY_PAGE, "XJH");
    write_file("day", "2026-11-22\n");
    assert_int_equal(reading.last, CONN_END);
    assert_int_equal(reading.pages, 1);
    assert_int_equal(reading.rows, 0);
    assert_int_equal(reading.advertised, 0);
    assert_memory_equal(reading.page[0].hash, (unsigned char[PAGE_HASH]){0}, PAGE_HASH);
}

static void check_resume(const char *dataset, const char *column, char letter, size_t rows)
{
    static char positions[MOST_PAGES][160];
    static size_t counts[MOST_PAGES];
    pull(EDUCATION, dataset, column);
    size_t pages = reading.pages, before = 0;
    for (size_t i = 0; i < pages; i++) {
        memcpy(positions[i], reading.page[i].position, sizeof positions[i]);
        counts[i] = reading.page[i].rows;
    }
    for (size_t i = 0; i < pages; i++) {
        before += counts[i];
        begin(EDUCATION, dataset, column, positions[i]);
        open_source();
        read_all(0);
        end();
        assert_int_equal(reading.last, CONN_END);
        assert_rows(letter, before, rows - before);
        assert_int_equal(reading.pages, pages - i - 1);
    }
}

static void test_resume(void **state)
{
    (void)state;
    check_resume(BY_PAGE, "XJH", 'P', PEOPLE);
    check_resume(BY_PAGE_BLIND, "XJH", 'P', PEOPLE);
    check_resume(BY_OFFSET, "QQBH", 'Q', ABSENCES);
    check_resume(BY_CURSOR, "ZZBH", 'Z', GRANTS);
    begin(EDUCATION, BY_PAGE, "XJH", "not a position");
    assert_int_equal(connector_http.open(&reading.source, &reading.state), RC_STATE);
    arena_free(reading.page_arena);
    arena_free(reading.arena);
}

static void test_hashes_tell_pages_apart(void **state)
{
    (void)state;
    unsigned char first[PAGE_HASH];
    pull(EDUCATION, BY_PAGE, "XJH");
    memcpy(first, reading.page[0].hash, PAGE_HASH);
    for (size_t i = 1; i < reading.pages; i++) {
        assert_memory_not_equal(reading.page[i].hash, reading.page[i - 1].hash, PAGE_HASH);
    }
    pull(EDUCATION, BY_PAGE, "XJH");
    assert_memory_equal(reading.page[0].hash, first, PAGE_HASH);
}

/* ---- the sample deployment reads these very departments ---- */

static void pull_configured(const char *department, const char *dataset, const char *column)
{
    struct yaml *file = NULL;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/config/connectors/%s.yaml", BIDUI_SOURCE_DIR, department);
    begin("{}", "{}", column, "");
    assert_int_equal(yaml_load(reading.arena, path, &file), RC_OK);
    reading.source.connection = yaml_get(file, "connection");
    reading.source.settings = yaml_get(yaml_get(file, "datasets"), dataset);
    assert_non_null(reading.source.settings);
    open_source();
    read_all(0);
    end();
    assert_int_equal(reading.last, CONN_END);
}

static void test_sample_deployment(void **state)
{
    (void)state;
    pull_configured("education", "enrolment", "XJH");
    assert_rows('P', 0, PEOPLE);
    pull_configured("education", "attendance", "QQBH");
    assert_rows('Q', 0, ABSENCES);
    pull_configured("education", "aid", "ZZBH");
    assert_rows('Z', 0, GRANTS);
    pull_configured("health_insurance", "enrolment", "psn_no");
    assert_rows('P', 0, PEOPLE);
    pull_configured("health_insurance", "settlement", "setl_id");
    assert_rows('S', 0, SETTLEMENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_numbers),
        cmocka_unit_test(test_page_numbers_without_a_total),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_cursor_without_its_beginning),
        cmocka_unit_test(test_no_paging),
        cmocka_unit_test(test_post_sends_a_form),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_hashes_tell_pages_apart),
        cmocka_unit_test(test_sample_deployment),
    };
    return cmocka_run_group_tests(tests, start_departments, stop_departments);
}
