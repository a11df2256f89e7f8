/* The file connector on folders of its own making. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <iconv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "connectors/file/file.h"

#define PAGES_MAX 64

static const char *const two_columns[] = {"编号", "姓名"};

/* A drop folder, what was admitted from it, and one open delivery. */
struct kit {
    struct arena *arena, *page_arena;
    char folder[64], archive[80];
    struct key hash_key, seal_key;
    struct source source;
    const struct connector *connector;
    void *state;
    unsigned char taken[PAGES_MAX][PAGE_HASH];
    size_t taken_n;
    /* what came: rows as a|b, rejects as !LINE, per page */
    char *pages[PAGES_MAX], *positions[PAGES_MAX];
    unsigned char hashes[PAGES_MAX][PAGE_HASH];
    size_t page_n;
    struct buf all;
    char columns_seen[256], label[64], reason[256], format[64];
};

static struct kit *kit;

static bool is_taken(void *ctx, const unsigned char hash[PAGE_HASH])
{
    struct kit *k = ctx;
    for (size_t i = 0; i < k->taken_n; i++) {
        if (memcmp(k->taken[i], hash, PAGE_HASH) == 0) {
            return true;
        }
    }
    return false;
}

static struct yaml *yaml(const char *text)
{
    struct yaml *tree = NULL;
    assert_int_equal(yaml_parse(kit->arena, "test", str_from(text), &tree), RC_OK);
    return tree;
}

static int set_up(void **state)
{
    (void)state;
    kit = calloc(1, sizeof *kit);
    kit->arena = arena_new((size_t)256 << 20);
    buf_init(&kit->all, (size_t)64 << 20);
    kit->page_arena = arena_new((size_t)256 << 20);
    strcpy(kit->folder, "/tmp/bidui-file-test.XXXXXX");
    assert_non_null(mkdtemp(kit->folder));
    snprintf(kit->archive, sizeof kit->archive, "%s.archive", kit->folder);
    kit->hash_key = (struct key){.bytes = {1}, .is_set = true};
    kit->seal_key = (struct key){.bytes = {2}, .is_set = true};
    kit->source = (struct source){
        .dataset = "housing.assessment",
        .base_dir = kit->folder,
        .columns = two_columns,
        .column_count = 2,
        .full_snapshot = true,
        .hash_key = &kit->hash_key,
        .seal_key = &kit->seal_key,
        .page_rows = 100,
        .is_taken = is_taken,
        .is_taken_ctx = kit,
        .arena = kit->arena,
    };
    return 0;
}

static void forget_pages(void)
{
    for (size_t i = 0; i < kit->page_n; i++) {
        free(kit->pages[i]);
        free(kit->positions[i]);
    }
    kit->page_n = 0;
}

static void close_source(void)
{
    if (kit->state != NULL) {
        connector_file.close(kit->state);
        kit->state = NULL;
    }
}

static int tear_down(void **state)
{
    (void)state;
    close_source();
    forget_pages();
    assert_int_equal(fs_remove_tree(kit->folder), RC_OK);
    assert_int_equal(fs_remove_tree(kit->archive), RC_OK);
    buf_done(&kit->all);
    arena_free(kit->arena);
    arena_free(kit->page_arena);
    free(kit);
    return 0;
}

/* ---- Files ---- */

static const char *path_of(const char *name)
{
    return arena_printf(kit->arena, "%s/%s", kit->folder, name);
}

static void drop_bytes(const char *name, struct str bytes)
{
    assert_int_equal(fs_write_synced(path_of(name), bytes), RC_OK);
}

static void drop(const char *name, const char *text)
{
    drop_bytes(name, str_from(text));
}

static struct str encode(const char *charset, struct str text)
{
    iconv_t cd = iconv_open(charset, "UTF-8");
    union {
        const char *in;
        char *out;
    } from = {.in = text.p};
    char *out = arena_alloc(kit->arena, text.n * 4 + 16), *to = out;
    size_t in_n = text.n, out_n = text.n * 4 + 16;
    assert_true(cd != (iconv_t)-1);
    assert_int_equal(iconv(cd, &from.out, &in_n, &to, &out_n), 0);
    iconv_close(cd);
    return str_of(out, (size_t)(to - out));
}

static bool exists(const char *name)
{
    return fs_exists(path_of(name));
}

/* ---- Pulling ---- */

static void open_source(const char *settings)
{
    close_source();
    kit->source.connection =
        yaml(arena_printf(kit->arena, "{kind: file, folder: \"%s\"}", kit->folder));
    kit->source.settings = yaml(settings);
    assert_int_equal(connector_file.open(&kit->source, &kit->state), RC_OK);
}

static void keep_page(const struct page *page)
{
    struct buf out;
    buf_init(&out, (size_t)64 << 20);
    size_t columns = kit->source.column_count;
    for (size_t i = 0; i < page->rows * columns; i++) {
        struct str v = str_is_null(page->values[i]) ? STR("<null>") : page->values[i];
        assert_int_equal(
            buf_printf(&out, "%.*s%s", STR_ARGS(v), (i + 1) % columns == 0 ? "\n" : "|"), RC_OK);
    }
    for (size_t i = 0; i < page->reject_count; i++) {
        assert_int_equal(buf_printf(&out, "!%lld\n", (long long)page->rejects[i].row), RC_OK);
        snprintf(kit->reason, sizeof kit->reason, "%s", page->rejects[i].reason);
    }
    assert_int_equal(buf_putc(&out, '\0'), RC_OK);
    assert_true(kit->page_n < PAGES_MAX);
    kit->pages[kit->page_n] = strdup(out.p);
    kit->positions[kit->page_n] = strndup(page->position.p != NULL ? page->position.p : "", page->position.n);
    memcpy(kit->hashes[kit->page_n++], page->file_hash, PAGE_HASH);
    snprintf(kit->columns_seen, sizeof kit->columns_seen, "%.*s", STR_ARGS(page->columns_seen));
    snprintf(kit->label, sizeof kit->label, "%.*s", STR_ARGS(page->label));
    snprintf(kit->format, sizeof kit->format, "%.*s", STR_ARGS(page->format));
    buf_done(&out);
}

static enum answer read_one(void)
{
    int64_t after = 0;
    arena_reset(kit->page_arena);
    struct page page = {.arena = kit->page_arena};
    enum answer answer = connector_file.read(kit->state, &page, &after);
    if (answer == CONN_PAGE) {
        keep_page(&page);
    }
    return answer;
}

static enum answer read_all(void)
{
    enum answer answer = CONN_PAGE;
    while (answer == CONN_PAGE) {
        answer = read_one();
    }
    return answer;
}

/* Lives until the next call. */
static const char *all_rows(size_t from)
{
    buf_reset(&kit->all);
    for (size_t i = from; i < kit->page_n; i++) {
        assert_int_equal(buf_puts(&kit->all, str_from(kit->pages[i])), RC_OK);
    }
    assert_int_equal(buf_putc(&kit->all, '\0'), RC_OK);
    return kit->all.p;
}

static void take(unsigned char hashes[][PAGE_HASH], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(kit->taken[kit->taken_n++], hashes[i], PAGE_HASH);
    }
}

static void admit(void)
{
    take(kit->hashes, kit->page_n);
    assert_int_equal(connector_file.settle(kit->state), RC_OK);
}

/* One delivery from the start, not settled. */
static enum answer pull(const char *settings)
{
    forget_pages();
    open_source(settings);
    return read_all();
}

static void resumes_at_every_page(const char *settings)
{
    assert_int_equal(pull(settings), CONN_END);
    size_t pages = kit->page_n;
    char *positions[PAGES_MAX], rest[PAGES_MAX][65], got[65];
    unsigned char hashes[PAGES_MAX][PAGE_HASH];
    memcpy(hashes, kit->hashes, sizeof hashes);
    assert_true(pages > 3);
    for (size_t i = 0; i < pages; i++) {
        positions[i] = arena_cstr(kit->arena, str_from(kit->positions[i]));
        crypto_sha256_hex(str_from(all_rows(i + 1)), rest[i]);
    }
    for (size_t i = 0; i < pages; i++) {
        kit->source.position = str_from(positions[i]);
        assert_int_equal(pull(settings), CONN_END);
        crypto_sha256_hex(str_from(all_rows(0)), got);
        assert_string_equal(got, rest[i]);
    }
    take(hashes, pages);
}

#define PLAIN "{match: '*.csv', format: {kind: csv}}"

/* ---- What is in a file ---- */

static void reads_wanted_columns_by_name(void **state)
{
    (void)state;
    drop("a.csv", "\xEF\xBB\xBF多余,　姓名 ,编号\r\nx,张三,1\r\n,\"李,\"\"四\"\"\r\n五\",2\r\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n2|李,\"四\"\r\n五\n");
    assert_string_equal(kit->columns_seen, "多余\n姓名\n编号");
    assert_string_equal(kit->label, "a.csv");
}

static void reads_gb18030_with_four_byte_characters(void **state)
{
    (void)state;
    drop_bytes("a.csv", encode("GB18030", STR("编号,姓名\n1,𠮷野㐂\n2,阿依古丽·买买提\n")));
    assert_int_equal(pull("{match: '*.csv', format: {kind: csv, charset: gb18030}}"), CONN_END);
    assert_string_equal(all_rows(0), "1|𠮷野㐂\n2|阿依古丽·买买提\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|𠮷野㐂\n2|阿依古丽·买买提\n");
}

static void reads_utf16(void **state)
{
    (void)state;
    drop_bytes("a.csv", encode("UTF-16", STR("编号\t姓名\n1\t张三\n")));
    assert_int_equal(
        pull("{match: '*.csv', format: {kind: csv, charset: utf-16, delimiter: \"\\t\"}}"),
        CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n");
}

static void bytes_that_do_not_decode_stop_the_file(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,\xff\xfe\n");
    assert_int_equal(pull("{match: '*.csv', format: {kind: csv, charset: utf-8}}"), CONN_STOP);
    assert_int_equal(err_last(), RC_FORMAT);
    assert_non_null(strstr(err_detail(), "a.csv"));
}

static void missing_columns_are_null_and_told(void **state)
{
    (void)state;
    drop("a.csv", "编号,其他\n1,\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|<null>\n");
    assert_string_equal(kit->columns_seen, "其他\n编号");
}

static void an_empty_value_is_not_null(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n,\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "|\n");
}

static void columns_without_a_header_have_numbers(void **state)
{
    (void)state;
    static const char *const numbered[] = {"2", "9"};
    kit->source.columns = numbered;
    drop("a.csv", "x,y\nz,w\n");
    assert_int_equal(pull("{match: '*.csv', format: {kind: csv, header: false}}"), CONN_END);
    assert_string_equal(all_rows(0), "y|<null>\nw|<null>\n");
}

static void lines_above_the_header_are_passed_over(void **state)
{
    (void)state;
    drop("a.csv", "某县房屋鉴定表\n填表人,某\n\n编号,姓名\n1,张三\n\n合计,1\n");
    assert_int_equal(pull("{match: '*.csv', format: {kind: csv, skip_lines: 2}}"), CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n合计|1\n");
}

static void ragged_rows_are_rejected_with_their_line(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,a\n2\n3,c,x\n4,\"d\"e\n5,e\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n5|e\n!3\n!4\n!5\n");
}

static void a_truncated_last_line_is_rejected(void **state)
{
    (void)state;
    lang_set(true);
    drop("a.csv", "编号,姓名\n1,a\n2");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n!3\n");
    assert_non_null(strstr(kit->reason, "truncated"));
    drop("a.csv", "编号,姓名\n1,a\n2,\"b");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n!3\n");
    assert_non_null(strstr(kit->reason, "truncated"));
    lang_set(false);
}

static void nul_characters_are_rejected(void **state)
{
    (void)state;
    drop_bytes("a.csv", STR("编号,姓名\n1,a\0b\n2,b\n"));
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "2|b\n!2\n");
}

static void an_empty_file_is_no_delivery(void **state)
{
    (void)state;
    drop("a.csv", "");
    assert_int_equal(pull(PLAIN), CONN_STOP);
    assert_int_equal(err_last(), RC_FORMAT);
}

static void a_header_alone_is_a_page_without_rows(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_int_equal(kit->page_n, 1);
    assert_string_equal(kit->pages[0], "");
}

/* ---- Sheets ---- */

static void make_workbooks(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/usr/bin/python3", "python3",
              BIDUI_SOURCE_DIR "/tests/unit/connectors/table/make_workbooks.py", kit->folder,
              (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void the_header_is_found_below_titles(void **state)
{
    (void)state;
    drop("a.csv", "某县房屋鉴定表,\n填表人,姓名某\n\n 编　号 ,*姓名\n1,张三\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n");
    drop("a.csv", "导出日期,2026-11-22,\n编号,姓名,备注\n1,张三,\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(kit->columns_seen, "备注\n姓名\n编号"); /* the date is no part of a name */
    drop("a.csv", "a,b\n1,张三\n");
    assert_int_equal(pull(PLAIN), CONN_STOP);
    assert_int_equal(err_last(), RC_FORMAT);
    assert_null(strstr(err_detail(), "张三"));
}

static void a_header_on_two_lines_has_upper_and_lower_names(void **state)
{
    (void)state;
    static const char *const both[] = {"编号", "户主/姓名"};
    kit->source.columns = both;
    drop("a.csv", "编号,户主,,成员,\n,姓名,电话,姓名,关系\n1,张三,1,李四,妻\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n");
    assert_string_equal(kit->columns_seen, "成员/关系\n成员/姓名\n户主/姓名\n户主/电话\n编号");
    kit->source.columns = two_columns;
    assert_int_equal(pull(PLAIN), CONN_STOP); /* two are called 姓名 */
    assert_int_equal(err_last(), RC_FORMAT);
    assert_non_null(strstr(err_detail(), "姓名"));
}

static void workbooks_are_read_sheet_by_sheet_and_resumed(void **state)
{
    (void)state;
    const char *settings = "{match: 'delivery.xlsx', format: {sheets: ['*镇']}}";
    make_workbooks();
    kit->source.page_rows = 7;
    assert_int_equal(pull(settings), CONN_END);
    const char *rows = all_rows(0);
    for (int i = 0; i < 80; i++) {
        const char *want = i % 40 % 9 == 4 ? "" /* a formula without a result: rejected */
                                           : arena_printf(kit->arena, "%d|%s%d\n", i % 40,
                                                          i < 40 ? "甲镇" : "乙镇", i % 40);
        assert_memory_equal(rows, want, strlen(want));
        rows += strlen(want);
        while (*rows == '!') {
            rows = strchr(rows, '\n') + 1;
        }
    }
    assert_string_equal(rows, "");
    assert_string_equal(kit->label, "delivery.xlsx#乙镇");
    assert_string_equal(kit->format, "xlsx");
    assert_non_null(strstr(kit->columns_seen, "鉴定/等级"));
    resumes_at_every_page(settings);
}

static void what_a_file_was_read_as_is_told(void **state)
{
    (void)state;
    drop_bytes("a.csv", encode("GB18030", STR("编号\t姓名\n1\t张三\n")));
    assert_int_equal(pull("{match: '*.csv'}"), CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n");
    assert_string_equal(kit->format, "csv gb18030");
    drop_bytes("a.csv", encode("UTF-16BE", STR("编号,姓名\n1,一二\n")));
    assert_int_equal(pull("{match: '*.csv'}"), CONN_END);
    assert_string_equal(all_rows(0), "1|一二\n");
    assert_string_equal(kit->format, "csv utf-16be");
}

static void documents_are_read_by_their_paths(void **state)
{
    (void)state;
    static const char *const nested[] = {"编号", "/户主/姓名"};
    kit->source.columns = nested;
    kit->source.page_rows = 2;
    drop(
        "a.json",
        "{\"data\":{\"rows\":[{\"编号\":1,\"户主\":{\"姓名\":\"张三\"}},{\"编号\":2,\"户主\":null},"
        "{\"编号\":3.10,\"户主\":{\"姓名\":\"王五\"}}]}}");
    drop_bytes(
        "b.ndjson",
        encode("GB18030",
               STR("{\"编号\":1,\"户主\":{\"姓名\":\"张三\"}}\n{\"编号\":\n{\"编号\":2}\n")));
    drop("c.xml",
         "<?xml version='1.0'?><r><户><编号>1</编号><户主><姓名>张三</姓名></户主></户></r>");
    assert_int_equal(
        pull("{match: '*.json', format: {kind: json}, records: /data/rows, after: keep}"),
        CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n2|<null>\n3.10|王五\n");
    assert_string_equal(kit->format, "json utf-8");
    assert_int_equal(kit->page_n, 2);
    assert_int_equal(pull("{match: '*.ndjson', format: {kind: ndjson}, after: keep}"), CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n2|<null>\n!2\n");
    assert_int_equal(pull("{match: '*.xml', format: {kind: xml}, records: /r/户, after: keep}"),
                     CONN_END);
    assert_string_equal(all_rows(0), "1|张三\n");
    assert_int_equal(pull("{match: '*.json', after: keep}"),
                     CONN_STOP); /* its records are never guessed */
    assert_int_equal(err_last(), RC_FORMAT);
    assert_non_null(strstr(err_hint_text(), "records"));
}

static void another_charset_than_configured_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *is, *configured;
    } cases[] = {
        {"UTF-8", "gbk"}, {"UTF-16LE", "gb18030"}, {"UTF-8", "utf-16le"}, {"UTF-16BE", "utf-8"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        drop_bytes("a.csv", encode(cases[i].is, STR("编号,姓名\n1,张三\n2,李四\n")));
        assert_int_equal(pull(arena_printf(kit->arena, "{match: '*.csv', format: {charset: %s}}",
                                           cases[i].configured)),
                         CONN_STOP);
        assert_int_equal(err_last(), RC_FORMAT);
        assert_non_null(strstr(err_detail(), cases[i].configured));
        assert_non_null(strcasestr(err_detail(), cases[i].is));
    }
}

/* ---- Which files ---- */

static void nothing_there(void **state)
{
    (void)state;
    assert_int_equal(pull(PLAIN), CONN_NOTHING);
}

static void a_marker_must_be_there(void **state)
{
    (void)state;
    const char *settings = "{match: '*', format: {kind: csv}, ready: {marker: '.done'}}";
    drop("鉴定_1.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(settings), CONN_NOTHING);
    drop("鉴定_1.csv.done", "");
    assert_int_equal(pull(settings), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n");
    assert_int_equal(unlink(path_of("鉴定_1.csv.done")), 0);
    drop("鉴定_1.done", "");
    assert_int_equal(pull(settings), CONN_END);
    admit();
    assert_false(exists("鉴定_1.csv") || exists("鉴定_1.done"));
}

static void a_growing_file_is_left_alone(void **state)
{
    (void)state;
    const char *settings = "{match: '*.csv', format: {kind: csv}, ready: {stable: 10s}}";
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(settings), CONN_NOTHING);
    struct timespec old[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &old[1]), 0);
    old[1].tv_sec -= 11;
    assert_int_equal(utimensat(AT_FDCWD, path_of("a.csv"), old, 0), 0);
    assert_int_equal(pull(settings), CONN_END);
}

static void a_full_snapshot_takes_the_newest(void **state)
{
    (void)state;
    drop("a_202609.csv", "编号,姓名\n1,old\n");
    drop("a_202610.csv", "编号,姓名\n1,new\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|new\n");
    admit();
    assert_false(exists("a_202609.csv") || exists("a_202610.csv"));
    assert_int_equal(connector_file.settle(kit->state), RC_OK);
}

static void increments_are_all_taken_by_name(void **state)
{
    (void)state;
    kit->source.full_snapshot = false;
    drop("b.csv", "姓名,编号\nb,2\n");
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n2|b\n");
    assert_int_equal(kit->page_n, 2);
    admit();
    assert_false(exists("a.csv") || exists("b.csv"));
}

static void a_file_is_taken_once(void **state)
{
    (void)state;
    const char *keep = "{match: '*.csv', format: {kind: csv}, after: keep}";
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(keep), CONN_END);
    admit();
    assert_true(exists("a.csv"));
    assert_int_equal(pull(keep), CONN_NOTHING);
    drop("b.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(keep), CONN_NOTHING);
}

static void what_a_killed_settle_left_goes_next_time(void **state)
{
    (void)state;
    const char *settings = "{match: '*.csv', format: {kind: csv}, ready: {marker: '.done'}}";
    drop("a.csv", "编号,姓名\n1,a\n");
    drop("a.done", "");
    assert_int_equal(pull(settings), CONN_END);
    memcpy(kit->taken[kit->taken_n++], kit->hashes[0], PAGE_HASH);
    assert_int_equal(pull(settings), CONN_SAME); /* killed before settle */
    assert_int_equal(unlink(path_of("a.done")), 0); /* or in the midst of it */
    open_source(settings);
    assert_int_equal(connector_file.settle(kit->state), RC_OK);
    assert_false(exists("a.csv"));
}

static void what_was_not_read_stays(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    drop("b.csv", "编号,姓名\n2,b\n"); /* arrived meanwhile */
    drop("a.csv", "编号,姓名\n1,changed\n");
    admit();
    assert_true(exists("a.csv") && exists("b.csv"));
}

static void what_is_sent_again_is_told_apart(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    admit();
    assert_int_equal(pull(PLAIN), CONN_NOTHING);
    drop("b.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(PLAIN), CONN_SAME);
    assert_int_equal(connector_file.settle(kit->state), RC_OK);
    assert_false(exists("b.csv"));
}

static void what_was_read_but_not_taken_stays(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_int_equal(connector_file.settle(kit->state), RC_OK);
    assert_true(exists("a.csv")); /* its delivery waits for a person */
    admit();
    assert_false(exists("a.csv"));
}

static void given_files_are_read_and_kept(void **state)
{
    (void)state;
    drop("roster.txt", "编号,姓名\n1,a\n");
    const char *files[] = {path_of("roster.txt")};
    kit->source.files = files;
    kit->source.file_count = 1;
    assert_int_equal(pull(PLAIN), CONN_END);
    admit();
    assert_true(exists("roster.txt"));
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_string_equal(all_rows(0), "1|a\n");
}

static void a_missing_given_file_is_an_error(void **state)
{
    (void)state;
    const char *files[] = {path_of("nowhere.csv")};
    kit->source.files = files;
    kit->source.file_count = 1;
    assert_int_equal(pull(PLAIN), CONN_STOP);
    assert_int_equal(err_last(), RC_IO);
    assert_non_null(strstr(err_detail(), "nowhere.csv"));
}

static void folders_and_pipes_are_no_files(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of("x.csv"), 0700), 0);
    assert_int_equal(mkfifo(path_of("y.csv"), 0600), 0);
    assert_int_equal(pull(PLAIN), CONN_NOTHING);
}

static void a_missing_folder_is_an_error(void **state)
{
    (void)state;
    open_source(PLAIN);
    close_source();
    kit->source.connection = yaml("{kind: file, folder: nowhere}");
    assert_int_equal(connector_file.open(&kit->source, &kit->state), RC_OK);
    assert_int_equal(read_one(), CONN_STOP);
    assert_int_equal(err_last(), RC_IO);
}

/* ---- Archive ---- */

static void archived_files_are_sealed(void **state)
{
    (void)state;
    const char *settings = arena_printf(
        kit->arena, "{match: '*.csv', format: {kind: csv}, after: archive, archive: '%s'}",
        kit->archive);
    struct buf text, back;
    char **names = NULL;
    size_t n = 0;
    buf_init(&text, (size_t)8 << 20);
    buf_init(&back, (size_t)8 << 20);
    assert_int_equal(buf_puts(&text, STR("编号,姓名\n")), RC_OK);
    while (text.n < 2 * FILE_CHUNK) {
        assert_int_equal(buf_puts(&text, STR("440000199001010000,张三\n")), RC_OK);
    }
    drop_bytes("a.csv", buf_str(&text));
    kit->source.page_rows = 1000000;
    assert_int_equal(pull(settings), CONN_END);
    admit();
    assert_false(exists("a.csv"));
    assert_int_equal(fs_list(kit->arena, kit->archive, "a.csv.*.sealed", &names, &n), RC_OK);
    assert_int_equal(n, 1);
    const char *path = arena_printf(kit->arena, "%s/%s", kit->archive, names[0]);
    assert_int_equal(archive_read(path, &kit->seal_key, &back), RC_OK);
    assert_true(str_eq(buf_str(&back), buf_str(&text)));
    assert_int_equal(truncate(path, (off_t)(FILE_CHUNK + 32)), 0); /* the first piece alone */
    buf_reset(&back);
    assert_int_equal(archive_read(path, &kit->seal_key, &back), RC_CRYPTO);
    buf_done(&text);
    buf_done(&back);
}

/* ---- Going on where it stood ---- */

static void drop_many(const char *name, const char *charset, int rows)
{
    struct buf text;
    buf_init(&text, (size_t)16 << 20);
    assert_int_equal(buf_puts(&text, STR("编号,姓名\n")), RC_OK);
    for (int i = 0; i < rows; i++) {
        assert_int_equal(buf_printf(&text, i % 7 == 3 ? "%d\n" : "%d,\"𠮷\n%d\"\n", i, i), RC_OK);
    }
    drop_bytes(name, encode(charset, buf_str(&text)));
    buf_done(&text);
}

static void resumes_in_mid_file(void **state)
{
    (void)state;
    kit->source.page_rows = 7;
    drop_many("a.csv", "GB18030", 100);
    resumes_at_every_page(PLAIN);
}

static void resumes_between_files(void **state)
{
    (void)state;
    kit->source.page_rows = 11;
    drop_many("a.csv", "UTF-8", 33);
    drop_many("b.csv", "GB18030", 20);
    drop_many("c.csv", "UTF-8", 22);
    resumes_at_every_page("{match: '*.csv', format: {kind: csv}, take: all}");
    admit(); /* by the last of those processes: all three were read */
    assert_false(exists("a.csv") || exists("b.csv") || exists("c.csv"));
}

static void large_files_cross_chunks(void **state)
{
    (void)state;
    kit->source.page_rows = 20000;
    drop_many("a.csv", "GB18030", 400000);
    assert_int_equal(pull(PLAIN), CONN_END);
    const char *all = all_rows(0);
    for (int i = 0; i < 400000; i++) {
        char row[64];
        int n = i % 7 == 3 ? 0 : snprintf(row, sizeof row, "%d|𠮷\n%d\n", i, i);
        assert_memory_equal(all, row, (size_t)n);
        all += n;
        while (*all == '!') { /* a page's rejects stand behind its rows */
            all = strchr(all, '\n') + 1;
        }
    }
    assert_int_equal(*all, '\0');
    resumes_at_every_page(PLAIN);
}

static void a_new_file_does_not_disturb_a_resumed_pull(void **state)
{
    (void)state;
    kit->source.page_rows = 5;
    drop_many("b.csv", "UTF-8", 12);
    open_source(PLAIN);
    assert_int_equal(read_one(), CONN_PAGE);
    kit->source.position = str_from(arena_cstr(kit->arena, str_from(kit->positions[0])));
    drop("z.csv", "编号,姓名\n99,z\n");
    assert_int_equal(pull(PLAIN), CONN_END);
    assert_null(strstr(all_rows(0), "99|z"));
    admit();
    assert_true(exists("z.csv"));
    assert_false(exists("b.csv"));
}

static void a_half_read_file_that_is_gone_stops_the_delivery(void **state)
{
    (void)state;
    kit->source.page_rows = 5;
    drop_many("a.csv", "UTF-8", 12);
    open_source(PLAIN);
    assert_int_equal(read_one(), CONN_PAGE);
    kit->source.position = str_from(arena_cstr(kit->arena, str_from(kit->positions[0])));
    drop("a.csv", "编号,姓名\n1,other\n");
    assert_int_equal(pull(PLAIN), CONN_STOP);
    assert_int_equal(err_last(), RC_INCOMPLETE);
}

static void a_file_changed_before_its_first_page_is_read_again(void **state)
{
    (void)state;
    drop("a.csv", "编号,姓名\n1,a\n");
    open_source(PLAIN);
    kit->source.page_rows = 20000;
    drop_many("b.csv", "UTF-8", 100000);
    assert_int_equal(read_one(), CONN_PAGE);
    FILE *f = fopen(path_of("b.csv"), "ae");
    assert_non_null(f);
    fputs("100000,grown\n", f);
    fclose(f);
    enum answer answer = read_all();
    assert_int_equal(answer, CONN_RETRY);
    assert_int_equal(err_last(), RC_INCOMPLETE);
    assert_int_equal(read_one(), CONN_STOP); /* what was landed is of a file that is no more */
}

static void without_permission(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        skip();
    }
    drop("a.csv", "编号,姓名\n1,a\n");
    assert_int_equal(chmod(path_of("a.csv"), 0), 0);
    assert_int_equal(pull(PLAIN), CONN_STOP);
    assert_int_equal(err_last(), RC_IO);
}

/* ---- Checking ---- */

static void mistakes_in_the_configuration_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        size_t problems;
    } cases[] = {
        {PLAIN, 0},
        {"{match: 'x/*.csv', format: {kind: csv}}", 1},
        {"{match: '*.csv', format: {kind: csv, delimiter: ';;'}}", 1},
        {"{match: '*.csv', format: {kind: csv, delimiter: \"\\t\", quote: ''}}", 0},
        {"{match: '*.csv', format: {kind: csv}, after: archive}", 1},
        {"{match: '*.csv', format: {kind: csv}, archive: x}", 1},
        {"{match: '*.csv', format: {kind: csv}, ready: {}}", 1},
        {"{match: '*.csv', format: {kind: dbf}}", 1},
        {"{match: '*.csv', format: {kind: csv, charset: big5}}", 1},
        {"{match: '*.csv', format: {kind: csv}, take: some}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problems problems;
        problems_init(&problems, kit->arena);
        const struct yaml *settings = yaml(cases[i].settings);
        keys_check(&problems, settings, connector_file.dataset_keys);
        connector_file.check(yaml("{kind: file, folder: x}"), settings, &problems);
        assert_int_equal(problems.errors + problems.warnings, cases[i].problems);
    }
}

/* ---- Parts ---- */

static const char *const joined_columns[] = {"人编号", "户编号", "类别", "电话"};
#define PARTS                                                          \
    "{match: '*_{yyyyMMdd}.csv', exported_on: file_name, parts: {on: 户编号," \
    " households: {match: ['甲户*', '乙户*']}, persons: {match: ['甲人*', '乙人*']}}}"

static void drop_parts(const char *day)
{
    kit->source.columns = joined_columns;
    kit->source.column_count = 4;
    drop(arena_printf(kit->arena, "甲户_%s.csv", day),
         "导出日期:2026-11-01,,\n户编号,类别,电话\nH1,脱贫户,1\nＨ2 ,脱贫户,2\nH9,脱贫户,9\n");
    drop(arena_printf(kit->arena, "乙户_%s.csv", day), "类别,户编号\n监测,H3\n,H2\n一般,\n");
    drop(arena_printf(kit->arena, "甲人_%s.csv", day), "人编号,户编号,电话\nP1,H1,\nP2, H2,22\nP7,H7,7\n");
    drop(arena_printf(kit->arena, "乙人_%s.csv", day), "户编号,人编号\nH3,P3\n");
}

static void persons_take_from_their_household_what_their_sheet_has_not(void **state)
{
    (void)state;
    drop_parts("20261101");
    drop("别的_20261201.csv", "x\n"); /* of no part */
    assert_int_equal(pull(PARTS), CONN_END);
    /* by name: 乙人 before 甲人; what P1's own sheet leaves blank stays blank; P7 has no household */
    assert_string_equal(all_rows(0), "P3|H3|监测|<null>\nP1|H1|脱贫户|\nP2| H2|脱贫户|22\nP7|<null>|<null>|7\n"
                                     "!4\n!5\n");
    assert_string_equal(kit->label, "甲户_20261101.csv");
    admit();
    assert_false(exists("甲户_20261101.csv") || exists("乙人_20261101.csv"));
    assert_true(exists("别的_20261201.csv"));
    assert_int_equal(pull(PARTS), CONN_NOTHING);
}

static void all_parts_of_the_latest_date_must_be_there(void **state)
{
    (void)state;
    drop_parts("20261101");
    drop("甲户_20261102.csv", "户编号,类别\nH1,x\n");
    assert_int_equal(pull(PARTS), CONN_STOP);
    assert_int_equal(err_last(), RC_NOT_READY);
    assert_non_null(strstr(err_detail(), "乙户*"));
    drop_parts("20261102");
    assert_int_equal(pull(PARTS), CONN_END);
    admit();
    assert_false(exists("甲户_20261101.csv")); /* superseded */
}

static void parts_taken_are_read_again_with_a_new_one(void **state)
{
    (void)state;
    drop_parts("20261101");
    assert_int_equal(pull(PARTS), CONN_END);
    take(kit->hashes, kit->page_n);
    drop("乙户_20261101.csv", "类别,户编号\n已消除,H3\n");
    assert_int_equal(pull(PARTS), CONN_END);
    assert_non_null(strstr(all_rows(0), "P3|H3|已消除|"));
}

static void a_part_without_the_shared_column_stops(void **state)
{
    (void)state;
    drop_parts("20261101");
    drop("甲户_20261101.csv", "类别\n脱贫户\n");
    assert_int_equal(pull(PARTS), CONN_STOP);
    assert_int_equal(err_last(), RC_FORMAT);
    drop_parts("20261101");
    drop("甲人_20261101.csv", "人编号\nP1\n");
    assert_int_equal(pull(PARTS), CONN_STOP);
    assert_int_equal(err_last(), RC_FORMAT);
}

/* ---- When it was exported ---- */

static date_t exported_on(const char *settings)
{
    int64_t after = 0;
    open_source(settings);
    arena_reset(kit->page_arena);
    struct page page = {.arena = kit->page_arena};
    assert_int_equal(connector_file.read(kit->state, &page, &after), CONN_PAGE);
    return page.exported_on;
}

static void the_export_says_its_date(void **state)
{
    (void)state;
    static const char *const titles[] = {
        "底册  导出日期：2026年11月1日 第1页,\n", "导出 时间,2026-11-01 08:00\n", "某县,\n（截止日期: 20261101）,\n"};
    date_t day = date_from_ymd(2026, 11, 1);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        drop("a.csv", arena_printf(kit->arena, "%s编号,姓名\n1,张三\n", titles[i]));
        assert_int_equal(exported_on("{match: 'a.csv', exported_on: title}"), day);
    }
    drop("a.csv", "导出日期:2026年11月,\n编号,姓名\n1,2026-01-01\n"); /* no day */
    assert_int_equal(exported_on("{match: 'a.csv', exported_on: title}"), DATE_NONE);
    assert_int_equal(exported_on("{match: 'a.csv'}"), DATE_NONE);
    struct timespec times[2] = {{.tv_sec = 1793462400}, {.tv_sec = 1793462400}}; /* 1 November, 00:00 here */
    assert_int_equal(utimensat(AT_FDCWD, path_of("a.csv"), times, 0), 0);
    assert_int_equal(exported_on("{match: 'a.csv', exported_on: file_time}"), day);
    drop("b_20261101.csv", "编号,姓名\n1,张三\n");
    assert_int_equal(exported_on("{match: 'b_{yyyyMMdd}.csv', exported_on: file_name}"), day);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* What a workbook is put together from would lie on a disk there. */
static void workbooks_are_made_in_memory_alone(void **state)
{
    (void)state;
    assert_int_equal(hand_out_memory("/dev/shm"), RC_OK);
    assert_int_equal(hand_out_memory("/proc"), RC_IO);
    assert_non_null(strstr(err_detail(), "/proc"));
    assert_non_null(strstr(err_hint_text(), ".csv"));
    err_clear();
    assert_int_equal(hand_out_memory("/dev/shm/not there"), RC_IO);
    err_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_wanted_columns_by_name),
        TEST(reads_gb18030_with_four_byte_characters),
        TEST(reads_utf16),
        TEST(bytes_that_do_not_decode_stop_the_file),
        TEST(missing_columns_are_null_and_told),
        TEST(an_empty_value_is_not_null),
        TEST(columns_without_a_header_have_numbers),
        TEST(lines_above_the_header_are_passed_over),
        TEST(ragged_rows_are_rejected_with_their_line),
        TEST(a_truncated_last_line_is_rejected),
        TEST(nul_characters_are_rejected),
        TEST(an_empty_file_is_no_delivery),
        TEST(a_header_alone_is_a_page_without_rows),
        TEST(the_header_is_found_below_titles),
        TEST(a_header_on_two_lines_has_upper_and_lower_names),
        TEST(workbooks_are_read_sheet_by_sheet_and_resumed),
        TEST(what_a_file_was_read_as_is_told),
        TEST(documents_are_read_by_their_paths),
        TEST(another_charset_than_configured_is_told),
        TEST(nothing_there),
        TEST(a_marker_must_be_there),
        TEST(a_growing_file_is_left_alone),
        TEST(a_full_snapshot_takes_the_newest),
        TEST(increments_are_all_taken_by_name),
        TEST(a_file_is_taken_once),
        TEST(what_a_killed_settle_left_goes_next_time),
        TEST(what_was_not_read_stays),
        TEST(what_is_sent_again_is_told_apart),
        TEST(what_was_read_but_not_taken_stays),
        TEST(given_files_are_read_and_kept),
        TEST(a_missing_given_file_is_an_error),
        TEST(folders_and_pipes_are_no_files),
        TEST(a_missing_folder_is_an_error),
        TEST(archived_files_are_sealed),
        TEST(resumes_in_mid_file),
        TEST(resumes_between_files),
        TEST(large_files_cross_chunks),
        TEST(a_new_file_does_not_disturb_a_resumed_pull),
        TEST(a_half_read_file_that_is_gone_stops_the_delivery),
        TEST(a_file_changed_before_its_first_page_is_read_again),
        TEST(without_permission),
        TEST(persons_take_from_their_household_what_their_sheet_has_not),
        TEST(all_parts_of_the_latest_date_must_be_there),
        TEST(parts_taken_are_read_again_with_a_new_one),
        TEST(a_part_without_the_shared_column_stops),
        TEST(the_export_says_its_date),
        TEST(mistakes_in_the_configuration_are_told),
        TEST(workbooks_are_made_in_memory_alone),
    };
    log_setup(LOG_WARN, false);
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
