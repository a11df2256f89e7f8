/* leads.xlsx for the county. */
#include "pipeline/deliver/book.h"

#include "pipeline/deliver/differences.h"
#include "pipeline/dispatch/dispatch.h"

/* ---- Leads ---- */

static const struct column county_columns[] = {
    {"线索编号", "Lead", 12},      {"类型", "Kind", 12},          {"风险等级", "Level", 9},
    {"状态", "State", 8},          {"乡镇", "Township", 14},      {"行政村", "Village", 14},
    {"户编号/工程编号", "Household / works", 20}, {"户主/工程名称", "Householder / works", 16},
    {"户主证件号码", "Householder's number", 22}, {"户类型", "Category", 12},
    {"预警原因", "Reasons", 60},   {"发现日期", "Opened", 12},    {"核查期限", "Due", 12}, {"受益户数", "Households", 9},
    {"提示", "Note", 30},          {"核查结果", "Result", 24},     {"核查情况", "What was found", 40},
    /* where the county screens: */
    {"派发意见", "Decision", 12},   {"派发理由", "Because", 30},   {"校验码", "Token", 8}};
#define DECISION_COLUMNS 3
#define COUNTY_COLUMNS (sizeof county_columns / sizeof *county_columns - DECISION_COLUMNS)

static void put_county_row(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct lead *lead)
{
    bool works = !str_is_null(lead->works_no);
    book_put_str(b, sheet, row, 0, lead->lead_no);
    book_put_str(b, sheet, row, 1, str_from(kind_title(lead->kind)));
    book_put_str(b, sheet, row, 2, str_from(level_title(lead->level)));
    book_put_str(b, sheet, row, 3, str_from(state_title(lead->state)));
    book_put_str(b, sheet, row, 4, lead->township);
    book_put_str(b, sheet, row, 5, lead->village);
    book_put_str(b, sheet, row, 6, works ? lead->works_no : lead->household_no);
    book_put_str(b, sheet, row, 7, works ? lead->works_name : lead_name(lead));
    book_put_str(b, sheet, row, 8, lead->householder_number);
    book_put_str(b, sheet, row, 9, lead->category);
    book_put_str(b, sheet, row, 10, lead_reasons(b->arena, lead, false, "\n"));
    book_put_date(b, sheet, row, 11, lead->opened_on);
    book_put_date(b, sheet, row, 12, lead->due_on);
    if (works) {
        book_put_number(b, sheet, row, 13, (int64_t)lead->household_count);
    }
    book_put_str(b, sheet, row, 14, lead_note(b->list, lead));
    if (lead->result != NULL) {
        book_put_str(b, sheet, row, 15, result_text(b->arena, lead->result));
        book_put_str(b, sheet, row, 16, lead->result->found);
    }
}

/* What an empty list is worth: which feeds were complete that night. */
static void put_empty_note(struct book *b, lxw_worksheet *sheet)
{
    const char *text = tr("本表今日无线索。来数完整的有:", "No leads on this sheet today. Healthy feeds: ");
    const char *mark = "";
    for (size_t i = 0; i < b->list->feed_count; i++) {
        if (b->list->feeds[i].is_healthy) {
            text = arena_printf(b->arena, "%s%s%.*s", text, mark, STR_ARGS(b->list->feeds[i].title));
            mark = tr("、", ", ");
        }
    }
    book_note(b, worksheet_write_string(sheet, 1, 0, text, NULL));
}

static void put_token(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct lead *lead)
{
    const struct config *c = b->list->config;
    struct token t = {lead->lead_no, STR(DISPATCH_RECIPIENT), b->list->edition};
    if (lead_is_screened(b->list, lead)) {
        book_put_str(b, sheet, row, COUNTY_COLUMNS + 2, token_make(b->arena, &c->code_key, c->county, &t));
    }
}

static void put_decision_choices(struct book *b, lxw_worksheet *sheet, lxw_row_t last)
{
    char **values = arena_array(b->arena, 8, sizeof *values);
    for (size_t i = 0; decision_choices[i].word != NULL; i++) {
        values[i] = arena_cstr(b->arena, str_from(tr(decision_choices[i].zh, decision_choices[i].en)));
    }
    lxw_data_validation validation = {.validate = LXW_VALIDATION_TYPE_LIST, .value_list = values};
    book_note(b, worksheet_data_validation_range(sheet, 1, COUNTY_COLUMNS, last > 0 ? last : 1, COUNTY_COLUMNS, &validation));
    lxw_row_col_options hidden = {.hidden = 1};
    book_note(b, worksheet_set_column_opt(sheet, COUNTY_COLUMNS + 2, COUNTY_COLUMNS + 2, 8, NULL, &hidden));
}

static void put_county_sheet(struct book *b, enum sheet which)
{
    bool is_screened = b->list->is_screened && which != SHEET_WORKS && which != SHEET_CLEARED;
    size_t columns = COUNTY_COLUMNS + (is_screened ? DECISION_COLUMNS : 0);
    lxw_worksheet *sheet = book_sheet_begin(b, sheet_title(which), county_columns, columns);
    lxw_row_t row = 0;
    for (size_t i = 0; i < b->list->lead_count; i++) {
        if (b->list->leads[i].sheet == which) {
            put_county_row(b, sheet, ++row, &b->list->leads[i]);
            put_token(b, sheet, row, &b->list->leads[i]);
        }
    }
    if (is_screened) {
        put_decision_choices(b, sheet, row);
    }
    book_sheet_end(b, sheet, row, columns);
    if (row == 0) {
        put_empty_note(b, sheet);
    }
}

static const struct column health_columns[] = {
    {"数据集", "Dataset", 30},   {"名称", "Title", 18},        {"结论", "Verdict", 10},  {"数据日期", "As of", 12},
    {"收到", "Received", 10},    {"匹配底册", "Linked", 10},   {"问题数据", "Rejected", 10}, {"待人工判定", "In review", 12},
    {"原因", "Reasons", 40},      {"导出日期", "Exported", 12}};
#define HEALTH_COLUMNS (sizeof health_columns / sizeof *health_columns)

static void put_health_sheet(struct book *b)
{
    lxw_worksheet *sheet = book_sheet_begin(b, tr("数据健康", "Data health"), health_columns, HEALTH_COLUMNS);
    for (size_t i = 0; i < b->list->feed_count; i++) {
        const struct list_feed *f = &b->list->feeds[i];
        lxw_row_t row = (lxw_row_t)(i + 1);
        book_put_str(b, sheet, row, 0, f->dataset);
        book_put_str(b, sheet, row, 1, f->title);
        book_put_str(b, sheet, row, 2, str_from(verdict_title(f->verdict)));
        book_put_date(b, sheet, row, 3, f->as_of);
        const int64_t counts[] = {f->rows, f->linked, f->rejected, f->in_review};
        for (int k = 0; k < 4; k++) {
            book_put_number(b, sheet, row, 4 + k, counts[k]);
        }
        book_put_str(b, sheet, row, 8, feed_reasons(b->arena, f));
        if (str_is(f->dataset, "roster.person")) {
            book_put_date(b, sheet, row, 9, b->list->roster.on);
        }
    }
    book_sheet_end(b, sheet, b->list->feed_count, HEALTH_COLUMNS);
}

/* ---- What a new edition says differently ---- */

static const struct column difference_columns[] = {
    {"变化", "Difference", 10},  {"线索编号/数据集", "Lead / dataset", 30}, {"户编号/工程编号", "Household / works", 20},
    {"乡镇", "Township", 14},    {"内容", "What", 16},                      {"规则", "Rule", 30},
    {"原来", "Before", 12},      {"现在", "Now", 12}};
#define DIFFERENCE_COLUMNS (sizeof difference_columns / sizeof *difference_columns)

static void put_differing(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const char *difference,
                          const struct lead *lead)
{
    book_put_str(b, sheet, row, 0, str_from(difference));
    book_put_str(b, sheet, row, 1, lead->lead_no);
    book_put_str(b, sheet, row, 2, !str_is_null(lead->works_no) ? lead->works_no : lead->household_no);
    book_put_str(b, sheet, row, 3, lead->township);
}

static void put_leads_with_state(struct book *b, lxw_worksheet *sheet, lxw_row_t *row, const char *difference,
                                 const struct lead **leads, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_differing(b, sheet, ++*row, difference, leads[i]);
        book_put_str(b, sheet, *row, 4, str_from(change_title("state")));
        book_put_str(b, sheet, *row, 7, str_from(state_title(leads[i]->state)));
    }
}

static void put_changes(struct book *b, lxw_worksheet *sheet, lxw_row_t *row, const struct lead_change *c)
{
    for (size_t i = 0; i < c->change_count; i++) {
        const struct change *change = &c->changes[i];
        put_differing(b, sheet, ++*row, tr("变化", "changed"), c->lead);
        book_put_str(b, sheet, *row, 4, str_from(change_title(change->what)));
        book_put_str(b, sheet, *row, 5, change->rule);
        book_put_str(b, sheet, *row, 6, change_word(change, change->before));
        book_put_str(b, sheet, *row, 7, change_word(change, change->now));
    }
}

static void put_feed_change(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct feed_change *f)
{
    book_put_str(b, sheet, row, 0, str_from(tr("来数", "dataset")));
    book_put_str(b, sheet, row, 1, f->now != NULL ? f->now->dataset : f->before->dataset);
    book_put_str(b, sheet, row, 4, str_from(tr("结论", "verdict")));
    book_put_str(b, sheet, row, 6, f->before != NULL ? str_from(verdict_title(f->before->verdict)) : STR(""));
    book_put_str(b, sheet, row, 7, f->now != NULL ? str_from(verdict_title(f->now->verdict)) : STR(""));
}

static void put_differences_sheet(struct book *b, const struct differences *d)
{
    lxw_worksheet *sheet = book_sheet_begin(b, arena_printf(b->arena, tr("与第%d版的差异", "Against edition %d"), d->superseded),
                                            difference_columns, DIFFERENCE_COLUMNS);
    lxw_row_t row = 0;
    for (size_t i = 0; i < d->feed_count; i++) {
        put_feed_change(b, sheet, ++row, &d->feeds[i]);
    }
    put_leads_with_state(b, sheet, &row, tr("新增", "added"), d->added, d->added_count);
    put_leads_with_state(b, sheet, &row, tr("关闭", "gone"), d->gone, d->gone_count);
    for (size_t i = 0; i < d->changed_count; i++) {
        put_changes(b, sheet, &row, &d->changed[i]);
    }
    book_sheet_end(b, sheet, row, DIFFERENCE_COLUMNS);
}

/* ---- What results say of the roster and of departments' data ---- */

static const struct column correction_columns[] = {
    {"线索编号", "Lead", 12},        {"户编号", "Household", 20},   {"户主", "Householder", 12},
    {"乡镇", "Township", 14},        {"行政村", "Village", 14},     {"核查结果", "Result", 24},
    {"核查日期", "Checked on", 12},  {"规则", "Rules", 40},         {"核查情况", "What was found", 40}};
#define CORRECTION_COLUMNS (sizeof correction_columns / sizeof *correction_columns)

static void put_corrections_sheet(struct book *b)
{
    lxw_worksheet *sheet = book_sheet_begin(b, tr("待更正数据", "To correct"), correction_columns, CORRECTION_COLUMNS);
    for (size_t i = 0; i < b->list->correction_count; i++) {
        const struct correction *c = &b->list->corrections[i];
        lxw_row_t row = (lxw_row_t)(i + 1);
        const struct str texts[] = {c->lead_no, c->household_no, c->householder, c->township, c->village,
                                    str_from(result_code_title(c->result.code))};
        for (int k = 0; k < 6; k++) {
            book_put_str(b, sheet, row, k, texts[k]);
        }
        book_put_date(b, sheet, row, 6, c->result.visited_on);
        book_put_str(b, sheet, row, 7, c->rules);
        book_put_str(b, sheet, row, 8, c->result.found);
    }
    book_sheet_end(b, sheet, b->list->correction_count, CORRECTION_COLUMNS);
}

/* ---- Cases ---- */

static const struct column case_columns[] = {
    {"线索编号", "Lead", 12},   {"户编号", "Household", 20}, {"户主", "Householder", 12}, {"乡镇", "Township", 14}, {"行政村", "Village", 14},
    {"现状", "Is now", 14},     {"自", "Since", 12},         {"期限", "Due", 12},         {"剩余天数", "Days left", 9}, {"提示", "Note", 16},
    {"可办步骤", "May follow", 24}, {"办理步骤", "Step", 14}, {"办理日期", "Step taken on", 14}};
#define CASE_COLUMNS (sizeof case_columns / sizeof *case_columns)
#define CASE_STEP 11

static void put_case(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct list_case *c)
{
    const struct str texts[] = {c->lead_no, c->household_no, c->householder, c->township, c->village, str_from(case_state_title(c->state))};
    for (int k = 0; k < 6; k++) {
        book_put_str(b, sheet, row, k, texts[k]);
    }
    book_put_date(b, sheet, row, 6, c->since);
    book_put_date(b, sheet, row, 7, c->due_on);
    if (c->due_on != DATE_NONE) {
        book_put_number(b, sheet, row, 8, c->due_on - b->list->as_of);
    }
    const char *overdue = case_is_overdue(b->list, c) ? tr("逾期", "overdue") : "", *mismatch = c->is_mismatch ? tr("账账不符", "not on the roster") : "";
    book_put_str(b, sheet, row, 9, str_from(arena_printf(b->arena, "%s%s%s", overdue, *overdue != '\0' && *mismatch != '\0' ? ";" : "", mismatch)));
    book_put_str(b, sheet, row, 10, str_from(case_next_titles(b->arena, c->state)));
}

static void put_cases_sheet(struct book *b)
{
    const struct list *l = b->list;
    lxw_worksheet *sheet = book_sheet_begin(b, tr("办理进度", "Cases"), case_columns, CASE_COLUMNS);
    char **steps = arena_array(b->arena, CASE_STATES + 1, sizeof *steps);
    for (int s = CASE_REJECTED; s < CASE_STATES; s++) {
        steps[s - CASE_REJECTED] = arena_cstr(b->arena, str_from(case_state_title((enum case_state)s)));
    }
    lxw_data_validation validation = {.validate = LXW_VALIDATION_TYPE_LIST, .value_list = steps};
    book_note(b, worksheet_data_validation_range(sheet, 1, CASE_STEP, (lxw_row_t)l->case_count, CASE_STEP, &validation));
    for (size_t i = 0; i < l->case_count; i++) {
        put_case(b, sheet, (lxw_row_t)(i + 1), &l->cases[i]);
    }
    book_sheet_end(b, sheet, l->case_count, CASE_COLUMNS);
}

enum rc list_write_xlsx(const struct list *l, const char *folder)
{
    struct book b;
    TRY(book_open(&b, l, folder, "leads.xlsx"));
    b.whole = "leads.csv";
    for (int i = 0; i < SHEETS; i++) {
        if (i != SHEET_OFF_ROSTER || l->per_sheet[i] > 0) {
            put_county_sheet(&b, (enum sheet)i);
        }
    }
    b.whole = "summary.json";
    put_health_sheet(&b);
    if (l->correction_count > 0) {
        put_corrections_sheet(&b);
    }
    if (l->case_count > 0) {
        put_cases_sheet(&b);
    }
    if (l->differences != NULL) {
        put_differences_sheet(&b, l->differences);
    }
    return book_close(&b);
}
