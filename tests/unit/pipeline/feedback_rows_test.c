/* Rows of returned workbooks, without a database: headers, tokens, and every mistake of a row told by its column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/feedback/rows.h"
#include "pipeline/remarks.h"

#define COUNTY "990121"

static struct arena *arena, *scratch;
static struct config config = {.county = COUNTY, .code_key = {{1, 2, 3}, true}};
static const char *const head[] = {"线索编号", "户编号", "原因1核实", "原因2核实", "核查结果", "核查日期", "核查人", "核查方式", "情况说明", "校验码"};
#define WIDTH (sizeof head / sizeof *head)

static struct table_row row_of(const char *const *cells, size_t n)
{
    struct str *all = arena_array(arena, n, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        all[i] = cells[i] != NULL ? str_from(cells[i]) : STR_NULL;
    }
    return (struct table_row){.cells = all, .n = n, .number = 7};
}

static struct str token_for(const char *lead, int edition)
{
    struct token t = {str_from(lead), STR("990121100"), edition};
    return token_make(arena, &config.code_key, COUNTY, &t);
}

static const char *answer_at(const struct feedback_row *row, size_t i)
{
    return i < row->answer_count && row->answers[i] != NULL ? row->answers[i] : "-";
}

/* The columns at fault, or what the row says. */
static const char *read_as(const char *const *cells)
{
    struct feedback_header h;
    struct feedback_row row;
    const char *mistake = NULL, *said = "";
    date_t today = 0;
    struct table_row header = row_of(head, WIDTH), it = row_of(cells, WIDTH);
    assert_true(feedback_header_read(arena, &header, &h, &mistake));
    assert_null(mistake);
    assert_true(date_parse_iso(STR("2026-11-20"), &today));
    struct feedback_reader r = {&config, today, arena, scratch};
    feedback_row_read(&r, &h, &it, &row);
    for (struct feedback_fault *f = row.faults; f != NULL; f = f->next) {
        said = arena_printf(arena, "%s%s%s", said, *said == '\0' ? "" : " ", f->column);
    }
    if (row.is_blank) {
        return "blank";
    }
    return row.faults != NULL ? said
                              : arena_printf(arena, "%d %s %s %s", row.code->code, row.way, answer_at(&row, 0), answer_at(&row, 1));
}

static const char *read_row(const char *reason1, const char *reason2, const char *code, const char *day, const char *who,
                            const char *way)
{
    const char *const cells[WIDTH] = {"260000013", "H1", reason1, reason2, code, day, who, way, NULL, token_for("260000013", 3).p};
    return read_as(cells);
}

static void what_people_write_is_read(void **state)
{
    (void)state;
    assert_string_equal(read_row("不属实", NULL, "40 不符合条件", "2026-11-19", "张三", "入户"), "40 visit untrue -");
    assert_string_equal(read_row("属实", "数据有误", "10", "2026年11月20日", "张三", "电话"), "10 phone true data_wrong");
    assert_string_equal(read_row(" 属 实 ", NULL, "31属实有自主应对能力", "20261119", "张三", "视频"), "31 video true -");
    assert_string_equal(read_row("属实", NULL, "属实有自主应对能力", "46345", "张三", "入户"), "31 visit true -");
    assert_string_equal(read_row("true", NULL, "true: can cope", "2026/11/19", "Zhang", "visit"), "31 visit true -");
    assert_string_equal(read_row(NULL, NULL, NULL, NULL, NULL, NULL), "blank");
    assert_string_equal(read_row(NULL, NULL, " ", NULL, "", NULL), "blank");
}

static void mistakes_are_told_by_column(void **state)
{
    (void)state;
    assert_string_equal(read_row("不属实", NULL, "12", "2026-11-19", "张三", "入户"), "核查结果");
    assert_string_equal(read_row("也许", NULL, "40", "2026-11-19", "张三", "入户"), "原因1核实");
    assert_string_equal(read_row("不属实", NULL, "40", "2026-11-21", "张三", "入户"), "核查日期"); /* tomorrow */
    assert_string_equal(read_row("不属实", NULL, "40", "2026-11", "张三", "入户"), "核查日期");    /* no day */
    assert_string_equal(read_row("不属实", NULL, "40", NULL, NULL, NULL), "核查日期 核查人 核查方式");
    assert_string_equal(read_row("不属实", NULL, "10", "2026-11-19", "张三", "入户"), "核查结果"); /* nothing is true */
    assert_string_equal(read_row(NULL, NULL, "40", "2026-11-19", "张三", "入户"), "核查结果");
    assert_string_equal(read_row("属实", NULL, "50", "2026-11-19", "张三", "入户"), "核查结果");
    assert_string_equal(read_row("属实", NULL, "60", "2026-11-19", "张三", "入户"), "核查结果");
    assert_string_equal(read_row(NULL, NULL, "60", "2026-11-19", "张三", "电话"), "60 phone - -");
    assert_string_equal(read_row(NULL, NULL, "52", "2026-11-19", "张三", "入户"), "52 visit - -");
}

static void texts_have_a_length(void **state)
{
    (void)state;
    char *text = arena_alloc(arena, 32769);
    memset(text, 'x', 32768);
    text[32768] = '\0';
    assert_string_equal(read_row("不属实", NULL, "40", "2026-11-19", text, "入户"), "核查人");
    assert_string_equal(read_row("不属实", NULL, "40", "2026-11-19", text + 1, "入户"), "40 visit untrue -");
}

static void tokens_prove_a_row(void **state)
{
    (void)state;
    const char *own = token_for("260000013", 3).p;
    const char *cells[WIDTH] = {"260000013", "H1", "不属实", NULL, "40", "2026-11-19", "张三", "入户", NULL, own};
    assert_string_equal(read_as(cells), "40 visit untrue -");
    cells[0] = "260000021";
    assert_string_equal(read_as(cells), "线索编号");
    cells[9] = token_for("260000021", 3).p;
    assert_string_equal(read_as(cells), "40 visit untrue -");
    cells[0] = "260000013";
    cells[9] = NULL;
    assert_string_equal(read_as(cells), "校验码");
    char changed[200];
    for (size_t i = 0; i < strlen(own); i++) {
        memcpy(changed, own, strlen(own) + 1);
        changed[i] = changed[i] == '1' ? '2' : '1';
        cells[9] = changed;
        assert_non_null(strstr(read_as(cells), "校验码"));
    }
    struct token t;
    assert_false(token_read(arena, &config.code_key, "990122", str_from(own), &t)); /* another county's */
    struct key other = {{9}, true};
    assert_false(token_read(arena, &other, COUNTY, str_from(own), &t));
}

static bool is_header(const char *const *cells, size_t n, const char **mistake)
{
    struct feedback_header h;
    struct table_row row = row_of(cells, n);
    return feedback_header_read(arena, &row, &h, mistake);
}

static void headers(void **state)
{
    (void)state;
    const char *mistake = NULL;
    const char *const turned[] = {"校验码", "自己的", "核查 结果", NULL, "线索编号"};
    const char *const twice[] = {"线索编号", "核查结果", "核查结果", "校验码"};
    const char *const bare[] = {"线索编号", "核查结果"};
    const char *const none[] = {"姓名", "核查结果"};
    const char *const english[] = {"Lead", "Household", "Result", "Token", "Reason 1"};
    assert_true(is_header(turned, 5, &mistake));
    assert_null(mistake);
    assert_true(is_header(english, 5, &mistake));
    assert_null(mistake);
    assert_true(is_header(twice, 4, &mistake));
    assert_non_null(mistake);
    assert_true(is_header(bare, 2, &mistake));
    assert_non_null(mistake);
    assert_false(is_header(none, 2, &mistake));
    /* a form that lost a column is told of, what is only to be read is not */
    static const struct {
        const char *cells[4], *lost;
    } lost[] = {{{"线索编号", "核查日期", "校验码", "户编号"}, "核查结果"}, {{"户编号", "核查结果", "校验码", "x"}, "线索编号"},
                {{"线索编号", "户编号", "原因1核实", "x"}, "核查结果"},    {{"x", "Way", "Token", "y"}, "线索编号"},
                {{"线索编号", "户编号", "核查日期", "核查结果"}, "校验码"}, {{"线索编号", "户编号", "户主", "核查期限"}, NULL}};
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        assert_true(is_header(lost[i].cells, 4, &mistake));
        assert_true(lost[i].lost == NULL ? mistake == NULL : strstr(mistake, lost[i].lost) != NULL);
    }
}

static void faults_of_cells(void **state)
{
    (void)state;
    struct feedback_header h;
    struct feedback_row row;
    const char *mistake = NULL;
    const char *faults[WIDTH] = {[5] = "F7: a formula"};
    const char *const cells[WIDTH] = {"260000013", "H1", "不属实", NULL, "40", NULL, "张三", "入户", NULL, token_for("260000013", 3).p};
    struct table_row header = row_of(head, WIDTH), it = row_of(cells, WIDTH);
    it.faults = faults;
    assert_true(feedback_header_read(arena, &header, &h, &mistake));
    struct feedback_reader r = {&config, 9800, arena, scratch};
    feedback_row_read(&r, &h, &it, &row);
    assert_string_equal(row.faults->column, "核查日期");
    assert_null(row.faults->next);
}

static void numbers_are_not_kept(void **state)
{
    (void)state;
    static const struct {
        const char *said, *kept;
    } cases[] = {
        {"电话１３９12345678,户5口,1234567", "电话***********,户5口,1234567"},
        {"电话139 1234 5678", "电话*** **** ****"},
        {"0999-1234567转3", "****-*******转3"},
        {"139\u20131234 - 5678", "***\u2013**** - ****"},
        {"990121 19800101 001X", "****** ******** ****"},
        {"99012119800101001x。", "******************。"},
        {"6222 0212 3456 7890 123", "**** **** **** **** ***"},
        {"2026-11-3入户,2026-11-03 15:30电话", "2026-11-3入户,2026-11-03 15:30电话"},
        {"2026-13-03 1234567", "****-**-** *******"},               /* no day */
        {"收入10800-12000元", "收入10800-12000元"},
        {"并入260000013", "并入260000013"},
        {"并入260000013 260000021-260000039", "并入260000013 260000021-260000039"},
        {"并入260000014", "并入*********"},                           /* a wrong check digit */
        {"并入13912345678", "并入***********"},
        {"12345678", "********"},
        {"3 5 7 9", "3 5 7 9"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(arena_cstr(arena, remark_clean(arena, str_from(cases[i].said))), cases[i].kept);
    }
}

static void every_code_has_words(void **state)
{
    (void)state;
    for (const struct result_code *c = result_codes; c->code != 0; c++) {
        assert_ptr_equal(result_code_read(arena, str_from(result_code_title(c->code))), c);
        assert_ptr_equal(result_code_find(c->code), c);
    }
    assert_null(result_code_read(arena, STR("")));
    assert_null(result_code_find(0));
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    scratch = arena_new((size_t)16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    arena_free(scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_write_is_read), cmocka_unit_test(mistakes_are_told_by_column), cmocka_unit_test(tokens_prove_a_row),
        cmocka_unit_test(headers),                   cmocka_unit_test(faults_of_cells),             cmocka_unit_test(numbers_are_not_kept),
        cmocka_unit_test(every_code_has_words),      cmocka_unit_test(texts_have_a_length),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
