/* The table readers on workbooks and archives that other programs wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "connectors/table/parts.h"

#define MAKER BIDUI_SOURCE_DIR "/tests/unit/connectors/table/make_workbooks.py"

static char folder[] = "/tmp/bidui-table-test.XXXXXX";
static struct table_options options;
static struct arena *arena;
static struct buf out;

static int make_workbooks(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    arena = arena_new((size_t)64 << 20);
    buf_init(&out, (size_t)64 << 20);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/usr/bin/python3", "python3", MAKER, folder, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    lang_set(true);
    return 0;
}

static int forget_workbooks(void **state)
{
    (void)state;
    buf_done(&out);
    arena_free(arena);
    return fs_remove_tree(folder) == RC_OK ? 0 : -1;
}

static int defaults(void **state)
{
    (void)state;
    options = (struct table_options){
        .kind = "auto", .charset = "auto", .dialect = {',', '"'}, .guess_delimiter = true};
    return 0;
}

/* ---- Reading ---- */

static struct blob *open_blob(const char *name)
{
    struct blob *b = NULL;
    int fd = open(arena_printf(arena, "%s/%s", folder, name), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(blob_of_file(fd, name, &b), RC_OK);
    return b;
}

/* Cells as a|b, an empty one as -, a fault as !why; sheets as [name]. */
static void put_row(const struct table_row *row)
{
    assert_int_equal(buf_printf(&out, "%lld:", (long long)row->number), RC_OK);
    for (size_t i = 0; i < row->n; i++) {
        const char *bar = i == 0 ? "" : "|";
        if (row->faults != NULL && row->faults[i] != NULL) {
            assert_int_equal(buf_printf(&out, "%s!%s", bar, row->faults[i]), RC_OK);
        } else {
            struct str v = str_is_null(row->cells[i]) ? STR("-") : row->cells[i];
            assert_int_equal(buf_printf(&out, "%s%.*s", bar, STR_ARGS(v)), RC_OK);
        }
    }
    assert_int_equal(buf_putc(&out, '\n'), RC_OK);
}

static enum rc put_rows(struct table *t)
{
    for (bool more = true; more;) {
        TRY(table_next_sheet(t, &more));
        if (more && *table_sheet(t) != '\0') {
            TRY(buf_printf(&out, "[%s]\n", table_sheet(t)));
        }
        for (bool have = more; have;) {
            struct table_row row;
            TRY(table_next_row(t, &row, &have));
            if (have) {
                put_row(&row);
            }
        }
    }
    return RC_OK;
}

static enum rc read_file(const char *name)
{
    struct blob *bytes = open_blob(name);
    struct table *t = NULL;
    buf_reset(&out);
    enum rc rc = table_open(bytes, name, &options, &t);
    if (rc == RC_OK) {
        rc = put_rows(t);
    }
    table_close(t);
    blob_close(bytes);
    assert_int_equal(buf_putc(&out, '\0'), RC_OK);
    return rc;
}

#define READS(name, text)                         \
    do {                                          \
        assert_int_equal(read_file(name), RC_OK); \
        assert_string_equal(out.p, text);         \
    } while (0)

/* ---- Workbooks ---- */

static void cells_of_every_type(void **state)
{
    (void)state;
    READS("typed.xlsx",
          "[明细]\n1:种类|值\n2:整数|13800138000\n3:小数|1234.5\n4:噪声|435\n5:日期|2024-03-05\n"
          "6:中文日期|2024-03-05\n7:只有月|2024年3月\n8:时刻|2024-03-05 10:11:12\n9:钟点|08:30:00\n"
          "10:百分比|12.5%\n11:真|TRUE\n12:假|FALSE\n13:文本数字|440101199001011234\n14:空白|-\n"
          "15:富文本|阿依古丽·买买提\n16:闰年前|1900-02-28\n17:负数|-0.5\n");
}

static void dates_count_from_1904_where_the_workbook_says_so(void **state)
{
    (void)state;
    READS("mac1904.xlsx", "[Sheet]\n1:日期|2024-03-05\n");
}

static void what_other_programs_write(void **state)
{
    (void)state;
    READS("by_hand.xlsx", "[一]\n2:张三 |-|内联\n5:张三x|0.25|!cell C5: #N/A|2024-03-05\n"
                          "6:13800138000|4.40101199001011E17|4.35|440101199001011234\n");
    options.errors_are_empty = true;
    READS("by_hand.xlsx", "[一]\n2:张三 |-|内联\n5:张三x|0.25|-|2024-03-05\n"
                          "6:13800138000|4.40101199001011E17|4.35|440101199001011234\n");
}

static void a_formula_without_a_result_is_a_fault(void **state)
{
    (void)state;
    READS("uncached.xlsx", "[Sheet]\n1:!cell A1: a formula without a result|x\n");
}

static void sheets_are_chosen_by_name_pattern_or_all(void **state)
{
    (void)state;
    static const char *const by_pattern[] = {"*表"}, *const by_name[] = {"人表", "隐藏表"},
                             *const none[] = {"乡表"};
    READS("sheets.xlsx", "[户表]\n1:户表\n");
    options.sheets = by_pattern;
    options.sheet_count = 1;
    READS("sheets.xlsx", "[户表]\n1:户表\n[人表]\n1:人表\n[空表]\n");
    options.sheets = by_name;
    options.sheet_count = 2;
    READS("sheets.xlsx", "[隐藏表]\n1:隐藏表\n[人表]\n1:人表\n");
    options.sheets = none;
    options.sheet_count = 1;
    assert_int_equal(read_file("sheets.xlsx"), RC_FORMAT);
    assert_non_null(strstr(err_detail(), "sheets.xlsx"));
}

static void hidden_rows_and_columns_are_read_unless_skipped(void **state)
{
    (void)state;
    READS("hidden.xlsx", "[Sheet]\n1:a|b|c\n2:1|2|3\n3:4|5|6\n");
    options.skip_hidden = true;
    READS("hidden.xlsx", "[Sheet]\n1:a|-|c\n3:4|-|6\n");
}

static void a_large_sheet_streams(void **state)
{
    (void)state;
    assert_int_equal(read_file("large.xlsx"), RC_OK);
    const char *row = out.p + strlen("[大表]\n");
    for (int i = 0; i < 20000; i++) {
        static const char *const quarters[] = {"", ".25", ".5", ".75"};
        const char *want =
            arena_printf(arena, "%d:%d|姓名%d|%d%s\n", i + 1, i, i, i / 4, quarters[i % 4]);
        assert_memory_equal(row, want, strlen(want));
        row += strlen(want);
        arena_reset(arena);
    }
    assert_string_equal(row, "");
}

static void entities_and_damage_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_file("entities.xlsx"), RC_FORMAT);
    assert_int_equal(read_file("cut.xlsx"), RC_FORMAT);
    assert_non_null(strstr(err_detail(), "cut.xlsx"));
    assert_int_equal(read_file("damaged.xls"), RC_FORMAT);
}

static void old_workbooks(void **state)
{
    (void)state;
    static const char *const second[] = {"第二*"};
    READS("old.xls",
          "[旧表]\n1:种类|值\n2:整数|13800138000\n3:小数|1234.5\n5:噪声|0.3\n6:日期|2024-03-05\n"
          "7:时刻|2024-03-05 10:11:12\n8:文本|阿依古丽·买买提\n9:文本数字|440101199001011234\n");
    options.sheets = second;
    options.sheet_count = 1;
    READS("old.xls", "[第二张]\n1:另一张\n");
}

/* ---- Archives ---- */

static void archives_give_their_members_by_name(void **state)
{
    (void)state;
    options.member = "*.[cx]*";
    READS("gbk.zip", "[丙.xlsx#Sheet]\n1:日期|2024-03-05\n[乙.csv]\n1:编号|姓名\n2:2|李四\n[甲.csv]"
                     "\n1:编号|姓名\n2:1|张三\n");
    options.member = "甲*";
    READS("gbk.zip", "[甲.csv]\n1:编号|姓名\n2:1|张三\n");
    READS("utf8.zip", "[甲.csv]\n1:编号|姓名\n2:1|张三\n");
    options.member = "丁*";
    assert_int_equal(read_file("gbk.zip"), RC_FORMAT);
}

static void archives_with_a_password(void **state)
{
    (void)state;
    assert_int_equal(read_file("locked.zip"), RC_FORMAT);
    assert_non_null(strstr(err_detail(), "password"));
    options.password = "wrong";
    assert_int_equal(read_file("locked.zip"), RC_FORMAT);
    options.password = "口令";
    READS("locked.zip", "[锁.csv]\n1:编号|姓名\n2:1|张三\n");
}

/* ---- What it is ---- */

static void what_cannot_be_read_is_told_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *name, *what, *hint;
    } cases[] = {
        {"locked.xlsx", "password", "取消密码"},
        {"letter.doc", "no workbook", ".xlsx"},
        {"wps.et", ".et", "另存为"},
        {"a.rar", "RAR", "ZIP"},
        {"a.7z", "archive", "ZIP"},
        {"a.gz", "archive", "ZIP"},
        {"a.pdf", "PDF", ".xlsx"},
        {"page.xls", "web page", "另存为 .xlsx"},
        {"sheet.xml", "XML", ".xlsx"},
        {"a.ods", "OpenDocument", ".xlsx"},
        {"nested.zip", "within", "一层"},
        {"nothing.zip", "none", "member"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read_file(cases[i].name), RC_FORMAT);
        assert_non_null(strstr(err_detail(), cases[i].name));
        assert_non_null(strstr(err_detail(), cases[i].what));
        lang_set(false);
        (void)read_file(cases[i].name);
        assert_non_null(strstr(err_hint_text(), cases[i].hint));
        lang_set(true);
    }
}

static void another_format_than_configured_is_refused(void **state)
{
    (void)state;
    options.kind = "csv";
    assert_int_equal(read_file("typed.xlsx"), RC_FORMAT);
    assert_non_null(strstr(err_detail(), "workbook (xlsx); csv is configured"));
    options.kind = "xls";
    assert_int_equal(read_file("old.xls"), RC_OK);
}

/* ---- Numbers ---- */

static void numbers_keep_their_digits(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        enum number_kind kind;
        const char *want;
    } cases[] = {
        {"1.50", NUMBER_PLAIN, "1.50"},
        {"007", NUMBER_PLAIN, "007"},
        {"440101199001011234", NUMBER_PLAIN, "440101199001011234"},
        {"440101199001011234.0", NUMBER_PLAIN, "440101199001011234.0"},
        {"5.1E+17", NUMBER_PLAIN, "5.1E+17"},
        {"1.2E+4", NUMBER_PLAIN, "12000"},
        {"1E-3", NUMBER_PLAIN, "0.001"},
        {"-2.9999999999999996", NUMBER_PLAIN, "-3"},
        {"0.30000000000000004", NUMBER_PLAIN, "0.3"},
        {"999999999999999.96", NUMBER_PLAIN, "1000000000000000"},
        {"1e99999", NUMBER_PLAIN, "1e99999"},
        {"x", NUMBER_PLAIN, "x"},
        {"-", NUMBER_PLAIN, "-"},
        {"0.7", NUMBER_PERCENT, "70%"},
        {"1", NUMBER_PERCENT, "100%"},
        {"0.0005", NUMBER_PERCENT, "0.05%"},
        {"0", NUMBER_PERCENT, "0%"},
        {"1", NUMBER_DATE, "1900-01-01"},
        {"59", NUMBER_DATE, "1900-02-28"},
        {"60", NUMBER_DATE, "60"}, /* the day that never was */
        {"61", NUMBER_DATE, "1900-03-01"},
        {"45356.999999", NUMBER_DATE, "2024-03-06"},
        {"45356.5", NUMBER_TIME, "2024-03-05 12:00:00"},
        {"20240305", NUMBER_DATE, "20240305"}, /* a number under a date's format */
        {"-1", NUMBER_DATE, "-1"},
        {"45356", NUMBER_MONTH, "2024年3月"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str got = number_text(arena, str_from(cases[i].raw), cases[i].kind, false);
        assert_string_equal(arena_cstr(arena, got), cases[i].want);
    }
}

static void formats_tell_dates_from_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum number_kind kind;
    } cases[] = {
        {"General", NUMBER_PLAIN},
        {"0.00E+00", NUMBER_PLAIN},
        {"#,##0.00\"元\"", NUMBER_PLAIN},
        {"0\"days\"", NUMBER_PLAIN},
        {"[Red]-0", NUMBER_PLAIN},
        {"\\d0", NUMBER_PLAIN},
        {"0.00%", NUMBER_PERCENT},
        {"yyyy/m/d;@", NUMBER_DATE},
        {"[$-804]yyyy\"年\"m\"月\"d\"日\";@", NUMBER_DATE},
        {"yyyy\\-mm", NUMBER_MONTH},
        {"m\"月\"d\"日\"", NUMBER_DATE},
        {"yyyy-mm-dd hh:mm:ss.000", NUMBER_DATE},
        {"h:mm:ss AM/PM", NUMBER_TIME},
        {"[h]:mm", NUMBER_TIME},
        {"[Magenta]0.0", NUMBER_PLAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(number_kind_of_code(str_from(cases[i].code)), cases[i].kind);
    }
    assert_int_equal(number_kind_of_id(14), NUMBER_DATE);
    assert_int_equal(number_kind_of_id(57), NUMBER_MONTH);
    assert_int_equal(number_kind_of_id(2), NUMBER_PLAIN);
}

#define TEST(f) cmocka_unit_test_setup(f, defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cells_of_every_type),
        TEST(dates_count_from_1904_where_the_workbook_says_so),
        TEST(what_other_programs_write),
        TEST(a_formula_without_a_result_is_a_fault),
        TEST(sheets_are_chosen_by_name_pattern_or_all),
        TEST(hidden_rows_and_columns_are_read_unless_skipped),
        TEST(a_large_sheet_streams),
        TEST(entities_and_damage_are_refused),
        TEST(old_workbooks),
        TEST(archives_give_their_members_by_name),
        TEST(archives_with_a_password),
        TEST(what_cannot_be_read_is_told_in_a_sentence),
        TEST(another_format_than_configured_is_refused),
        TEST(numbers_keep_their_digits),
        TEST(formats_tell_dates_from_numbers),
    };
    return cmocka_run_group_tests_name("table", tests, make_workbooks, forget_workbooks);
}
