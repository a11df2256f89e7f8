/* Exports whose file is anything but a page of JSON, asked after in JSON or XML. Files are made by the tools that departments
 * use. Needs no database. */
#include "tests/lib/http_departments.h"

#define ROWS 500
#define JOB_JSON "job: /job, poll: '/education/aid/export/{job}', state: /state, "
#define JOB_XML                                                                                              \
    "answers: {kind: xml}, job: /Envelope/Body/job, poll: '/education/aid/export/{job}?answers=xml', "       \
    "state: /Envelope/Body/state, "
#define FILE_AT "download: '/gateway/file?job={job}'"
#define CONNECTION(pointer)                                                                                  \
    "base_url: '${env:SERVER}'\nok: {pointer: " pointer ", equals: ['0']}\n"                                 \
    "auth: {kind: api_key, header: X-Api-Key, key: '${env:EDUCATION_KEY}'}\n"

static void make(const char *command)
{
    char line[PATH_MAX * 2];
    snprintf(line, sizeof line, "cd '%s/gateway' && { %s; }", folder, command);
    int status = system(line);
    assert_int_equal(status, 0);
}

/* ROWS records as awk writes them: "Z00000", 张三. */
#define LINES(head, each, foot)                                                                              \
    "awk 'BEGIN { printf \"" head "\"; for (i = 0; i < 500; i++) printf \"" each "\", i; printf \"" foot "\" }' >plain"
#define CSV LINES("ZZBH,XM\\r\\n", "Z%05d,张三\\r\\n", "")
#define NDJSON LINES("", "{\\\"ZZBH\\\":\\\"Z%05d\\\"}\\n", "")

#define XML LINES("<all xmlns=\\\"urn:x\\\">", "<row no=\\\"1\\\"><ZZBH>Z%05d</ZZBH></row>", "</all>")
#define ZIP "python3 -c 'import zipfile; z = zipfile.ZipFile(\"served\", \"w\", 8); z.write(\"plain\", \"out/aid.txt\"); z.close()'"

static const struct {
    const char *plain, *packed, *settings;
} files[] = {
    {CSV, "cp plain served", "format: {kind: csv}\nrecords: ''\n"},
    {CSV, "iconv -t gb18030 plain | gzip >served", "filters: [{kind: gzip}]\nformat: {kind: csv}\nrecords: ''\n"},
    {CSV, ZIP, "filters: [{kind: zip, member: '*.txt'}]\nformat: {kind: csv}\nrecords: ''\n"},
    {NDJSON, ZIP, "filters: [{kind: zip}]\nformat: {kind: ndjson}\nrecords: ''\n"},
    {XML, "cp plain served", "format: {kind: xml}\nrecords: /all/row\n"},
    {XML, "gzip -c plain >served", "filters: [{kind: gzip}]\nformat: {kind: xml}\nrecords: /all/row\n"},
    {XML, ZIP, "filters: [{kind: zip}]\nformat: {kind: xml}\nrecords: /all/row\n"},
};

static void pull_file(size_t i, bool is_xml)
{
    char dataset[2048];
    snprintf(dataset, sizeof dataset,
             "request: {method: POST, path: '/education/aid/export%s'}\n"
             "paging: {kind: export, %s done: [DONE], failed: [FAILED], every: 10ms, " FILE_AT "}\n%s",
             is_xml ? "?answers=xml" : "", is_xml ? JOB_XML : JOB_JSON, files[i].settings);
    pull(is_xml ? CONNECTION("/Envelope/Body/code") : CONNECTION("/code"), dataset, "ZZBH");
}

static void test_every_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        make(files[i].plain);
        make(files[i].packed);
        for (int is_xml = 0; is_xml < 2; is_xml++) {
            pull_file(i, is_xml);
            if (reading.last != CONN_END) {
                fail_msg("%zu: %s", i, reading.detail);
            }
            assert_rows('Z', 0, ROWS);
        }
    }
}

static void test_what_goes_wrong(void **state)
{
    (void)state;
    make(CSV);
    make("cp plain served");
    misbehave("education.aid export_failed");
    pull_file(0, true);
    assert_stopped(RC_INCOMPLETE, "the department's export failed");
    misbehave("");
    make("printf '<html>sorry</html>' >served");
    pull_file(0, true);
    assert_stopped(RC_FORMAT, "a web page (HTML)");
    make("head -c 300 plain >served"); /* in mid-line */
    pull_file(0, true);
    assert_int_equal(reading.last, CONN_RETRY);
    pull(CONNECTION("/code"), "request: {method: POST, path: '/education/aid/export?answers=xml'}\n"
                              "paging: {kind: export, " JOB_JSON " done: [DONE], every: 10ms, " FILE_AT "}\nrecords: ''\n", "ZZBH");
    assert_stopped(RC_FORMAT, "not JSON at byte 1");
    make("printf '{\"code\":5,\"rows\":[]}' >served"); /* an envelope after all, that says no */
    pull(CONNECTION("/code"), "request: {method: POST, path: /education/aid/export}\n"
                              "paging: {kind: export, " JOB_JSON " done: [DONE], every: 10ms, " FILE_AT "}\nrecords: /rows\n", "ZZBH");
    assert_stopped(RC_HTTP, "/code = 5");
}

static int set_up(void **state)
{
    char path[PATH_MAX + 16];
    start_departments(state);
    snprintf(path, sizeof path, "%s/gateway", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "http://127.0.0.1:%d", server_port);
    setenv("SERVER", path, 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_file),
        cmocka_unit_test(test_what_goes_wrong),
    };
    return cmocka_run_group_tests(tests, set_up, stop_departments);
}
