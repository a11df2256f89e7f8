/* A workbook a township: what it has to check, with columns for what it finds, and what is over. Each row carries a
 * token in its last, hidden column; `bidui feedback` takes the workbook back. */
#include "pipeline/deliver/book.h"

#include <stdlib.h>

#include "base/fs.h"
#include "pipeline/feedback/rows.h"
#include "pipeline/feedback/token.h"

static const struct column list_columns[] = {
    {"线索编号", "Lead", 12},     {"风险等级", "Level", 9},    {"状态", "State", 8},       {"行政村", "Village", 14},
    {"户编号", "Household", 20},  {"户主", "Householder", 12}, {"核实事项", "To check", 50}, {"发现日期", "Opened", 12},
    {"核查期限", "Due", 12},      {"剩余天数", "Days left", 9}};
#define LIST_COLUMNS (sizeof list_columns / sizeof *list_columns)

/* ---- Cells ---- */

static const char *field_text(const struct reason *r)
{
    return str_is_empty(r->field_text) ? tr("请核实,详情请询县级", "to be verified; ask the county") : r->field_text.p;
}

/* The open reasons, numbered as the columns of answers are; what the visit has to ask about; what has ended meanwhile. */
static struct str matters(struct arena *a, const struct lead *lead)
{
    const char *all = "";
    int number = 0;
    for (size_t i = 0; i < lead->reason_count; i++) {
        const struct reason *r = &lead->reasons[i];
        if (reason_is_open(r)) {
            all = arena_printf(a, "%s%s%d. %.*s%s%s", all, number > 0 ? "\n" : "", number + 1, STR_ARGS(r->person_name),
                               str_is_null(r->person_name) ? "" : " ", field_text(r));
            number++;
        }
    }
    for (size_t i = 0; i < lead->note_count; i++) {
        const struct reason *n = &lead->notes[i];
        if (!str_is_empty(n->field_text)) {
            all = arena_printf(a, "%s%s%.*s%s%.*s", all, *all == '\0' ? "" : "\n", STR_ARGS(n->person_name),
                               str_is_null(n->person_name) ? "" : " ", STR_ARGS(n->field_text));
        }
    }
    for (size_t i = 0; i < lead->reason_count; i++) {
        const struct reason *r = &lead->reasons[i];
        if (!reason_is_open(r) && !str_is_empty(r->field_text)) {
            all = arena_printf(a, "%s%s%.*s%s%.*s(%s)", all, *all == '\0' ? "" : "\n", STR_ARGS(r->person_name),
                               str_is_null(r->person_name) ? "" : " ", STR_ARGS(r->field_text), state_title(r->state));
        }
    }
    return str_from(all);
}

static void put_list_cells(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct lead *lead, bool cleared)
{
    book_put_str(b, sheet, row, 0, lead->lead_no);
    book_put_str(b, sheet, row, 1, str_from(level_title(lead->level)));
    book_put_str(b, sheet, row, 2, str_from(state_title(lead->state)));
    book_put_str(b, sheet, row, 3, lead->village);
    book_put_str(b, sheet, row, 4, lead->household_no);
    book_put_str(b, sheet, row, 5, lead_name(lead));
    book_put_str(b, sheet, row, 6, cleared ? lead_reasons(b->arena, lead, true, "\n") : matters(b->arena, lead));
    book_put_date(b, sheet, row, 7, lead->opened_on);
    book_put_date(b, sheet, row, 8, lead->due_on);
    if (lead->due_on != DATE_NONE) {
        book_put_number(b, sheet, row, 9, lead->due_on - b->list->as_of);
    }
}

/* ---- Columns for answers ---- */

static size_t open_reasons(const struct lead *lead)
{
    size_t n = 0;
    for (size_t i = 0; i < lead->reason_count; i++) {
        n += reason_is_open(&lead->reasons[i]) ? 1 : 0;
    }
    return n;
}

static void put_choices(struct book *b, lxw_worksheet *sheet, lxw_row_t last, size_t column, char **values)
{
    lxw_data_validation validation = {.validate = LXW_VALIDATION_TYPE_LIST, .value_list = values};
    lxw_col_t at = (lxw_col_t)column;
    book_note(b, worksheet_data_validation_range(sheet, 1, at, last > 0 ? last : 1, at, &validation));
}

static char **choices_of(struct book *b, const struct choice *choices)
{
    char **values = arena_array(b->arena, 8, sizeof *values);
    for (size_t i = 0; choices[i].word != NULL; i++) {
        values[i] = arena_cstr(b->arena, str_from(tr(choices[i].zh, choices[i].en)));
    }
    return values;
}

/* The codes are too long for a list in the cell's own validation: they stand on a sheet of their own. */
static const char *guide_title(void) { return tr("填写说明", "Guide"); }

static size_t count_codes(void)
{
    size_t n = 0;
    while (result_codes[n].code != 0) {
        n++;
    }
    return n;
}

static void put_codes(struct book *b, lxw_worksheet *sheet, lxw_row_t last, size_t column)
{
    lxw_data_validation validation = {
        .validate = LXW_VALIDATION_TYPE_LIST_FORMULA,
        .value_formula = arena_printf(b->arena, "='%s'!$A$2:$A$%zu", guide_title(), count_codes() + 1)};
    lxw_col_t at = (lxw_col_t)column;
    book_note(b, worksheet_data_validation_range(sheet, 1, at, last > 0 ? last : 1, at, &validation));
}

static const char *needs_text(enum code_needs needs)
{
    switch (needs) {
    case NEEDS_TRUE:
        return tr("至少一条原因为 属实", "at least one reason is true");
    case NEEDS_ANY:
        return tr("至少核实一条原因", "at least one reason is answered");
    case NEEDS_DATA_WRONG:
        return tr("至少一条原因为 数据有误", "at least one reason: data wrong");
    case FILLS_DATA_WRONG:
        return tr("未填的原因视为 数据有误", "reasons left blank count as data wrong");
    case NEEDS_NONE:
        return tr("各原因留空,线索继续在办", "reasons stay blank, the lead stays open");
    }
    return "";
}

static void put_guide(struct book *b)
{
    static const struct column columns[] = {{"核查结果", "Result", 24}, {"各原因怎样填", "The reasons", 30}};
    lxw_worksheet *sheet = book_sheet_begin(b, guide_title(), columns, 2);
    for (size_t i = 0; i < count_codes(); i++) {
        book_put_str(b, sheet, (lxw_row_t)(i + 1), 0, str_from(result_code_title(result_codes[i].code)));
        book_put_str(b, sheet, (lxw_row_t)(i + 1), 1, str_from(needs_text(result_codes[i].needs)));
    }
    book_sheet_end(b, sheet, count_codes(), 2);
}

/* One column an open reason, then those of the lead; the token last. */
static struct column *answer_columns(struct book *b, size_t reasons)
{
    struct column *all = arena_array(b->arena, reasons + FEEDBACK_COLUMNS, sizeof *all);
    for (size_t i = 0; i < reasons; i++) {
        const char *name = feedback_reason_column(b->arena, i);
        all[i] = (struct column){name, name, 12};
    }
    for (size_t k = FEEDBACK_CODE; k < FEEDBACK_COLUMNS; k++) {
        all[reasons + k - FEEDBACK_CODE] = (struct column){feedback_columns[k].zh, feedback_columns[k].en, feedback_columns[k].width};
    }
    return all;
}
#define ANSWER_COLUMNS(reasons) ((reasons) + FEEDBACK_COLUMNS - FEEDBACK_CODE)

static void put_answer_cells(struct book *b, lxw_worksheet *sheet, lxw_row_t row, size_t last_column, const struct lead *lead)
{
    struct token t = {lead->lead_no, lead->township_code, b->list->edition};
    const struct config *c = b->list->config;
    book_put_str(b, sheet, row, (int)last_column, token_make(b->arena, &c->code_key, c->county, &t));
}

static void put_drop_downs(struct book *b, lxw_worksheet *sheet, lxw_row_t last, size_t reasons)
{
    char **answers = choices_of(b, answer_choices);
    for (size_t i = 0; i < reasons; i++) {
        put_choices(b, sheet, last, LIST_COLUMNS + i, answers);
    }
    put_codes(b, sheet, last, LIST_COLUMNS + reasons);
    put_choices(b, sheet, last, LIST_COLUMNS + reasons + FEEDBACK_WAY - FEEDBACK_CODE, choices_of(b, way_choices));
    lxw_row_col_options hidden = {.hidden = 1};
    lxw_col_t token = (lxw_col_t)(LIST_COLUMNS + ANSWER_COLUMNS(reasons) - 1);
    book_note(b, worksheet_set_column_opt(sheet, token, token, 8, NULL, &hidden));
}

/* ---- Sheets ---- */

static bool is_here(const struct list *l, const struct lead *lead, struct str township, bool cleared)
{
    return str_eq(lead->township_code, township) && (lead->sheet == SHEET_CLEARED) == cleared && lead_is_for_township(l, lead);
}

static void put_to_check(struct book *b, struct str township)
{
    const struct list *l = b->list;
    size_t reasons = 1;
    lxw_row_t row = 0;
    for (size_t i = 0; i < l->lead_count; i++) {
        size_t n = is_here(l, &l->leads[i], township, false) ? open_reasons(&l->leads[i]) : 0;
        reasons = n > reasons ? n : reasons;
    }
    size_t n = LIST_COLUMNS + ANSWER_COLUMNS(reasons);
    struct column *columns = arena_array(b->arena, n, sizeof *columns);
    memcpy(columns, list_columns, sizeof list_columns);
    memcpy(columns + LIST_COLUMNS, answer_columns(b, reasons), ANSWER_COLUMNS(reasons) * sizeof *columns);
    lxw_worksheet *sheet = book_sheet_begin(b, tr("待核实", "To check"), columns, n);
    for (size_t i = 0; i < l->lead_count; i++) {
        if (is_here(l, &l->leads[i], township, false)) {
            put_list_cells(b, sheet, ++row, &l->leads[i], false);
            put_answer_cells(b, sheet, row, n - 1, &l->leads[i]);
        }
    }
    put_drop_downs(b, sheet, row, reasons);
    book_sheet_end(b, sheet, row, n);
}

static void put_cleared(struct book *b, struct str township)
{
    const struct list *l = b->list;
    lxw_worksheet *sheet = book_sheet_begin(b, sheet_title(SHEET_CLEARED), list_columns, LIST_COLUMNS);
    lxw_row_t row = 0;
    for (size_t i = 0; i < l->lead_count; i++) {
        if (is_here(l, &l->leads[i], township, true)) {
            put_list_cells(b, sheet, ++row, &l->leads[i], true);
        }
    }
    book_sheet_end(b, sheet, row, LIST_COLUMNS);
}

/* ---- 交办单 ---- */

static void put_order_line(struct book *b, lxw_worksheet *sheet, lxw_row_t *row, const char *label, struct str value)
{
    book_put_str(b, sheet, ++*row, 0, str_from(label));
    book_put_str(b, sheet, *row, 1, value);
}

static struct str count_levels(struct book *b, struct str township, date_t *ret_due)
{
    int high = 0, medium = 0, low = 0;
    *ret_due = DATE_NONE;
    for (size_t i = 0; i < b->list->lead_count; i++) {
        const struct lead *lead = &b->list->leads[i];
        if (is_here(b->list, lead, township, false)) {
            high += str_is(lead->level, "high") ? 1 : 0;
            medium += str_is(lead->level, "medium") ? 1 : 0;
            low += str_is(lead->level, "low") ? 1 : 0;
            *ret_due = lead->due_on != DATE_NONE && (*ret_due == DATE_NONE || lead->due_on < *ret_due) ? lead->due_on : *ret_due;
        }
    }
    return str_from(arena_printf(b->arena, tr("%d 条(高 %d,中 %d,低 %d)", "%d (high %d, medium %d, low %d)"), high + medium + low, high,
                                 medium, low));
}

static struct str township_name(const struct list *l, struct str township)
{
    for (size_t i = 0; i < l->lead_count; i++) {
        if (str_eq(l->leads[i].township_code, township)) {
            return l->leads[i].township;
        }
    }
    return township;
}

static void put_order(struct book *b, struct str township)
{
    static const struct column columns[] = {{"交办单", "Dispatch order", 16}, {"", "", 50}};
    const struct config *c = b->list->config;
    lxw_worksheet *sheet = book_sheet_begin(b, tr("交办单", "Order"), columns, 2);
    lxw_row_t row = 0;
    date_t due = DATE_NONE;
    char day[DATE_TEXT] = "";
    struct str counts = count_levels(b, township, &due);
    put_order_line(b, sheet, &row, tr("文号", "Document number"),
                   str_from(arena_printf(b->arena, "%s-%.*s", b->list->batch->document, STR_ARGS(township))));
    put_order_line(b, sheet, &row, tr("交办单位", "From"), str_from(c->title));
    put_order_line(b, sheet, &row, tr("承办乡镇", "To"), township_name(b->list, township));
    put_order_line(b, sheet, &row, tr("线索", "Leads"), counts);
    if (due != DATE_NONE) {
        date_format(due, day);
    }
    put_order_line(b, sheet, &row, tr("最早期限", "Earliest deadline"), str_from(day));
    put_order_line(b, sheet, &row, tr("县级联系人", "Contact"), str_from(c->contact != NULL ? c->contact : ""));
    put_order_line(b, sheet, &row, tr("签收人", "Received by"), STR(""));
    put_order_line(b, sheet, &row, tr("签收日期", "Received on"), STR(""));
}

static enum rc write_township(const struct list *l, const char *folder, struct str township)
{
    struct book b;
    TRY(book_open(&b, l, folder, arena_printf(l->arena, "%.*s.xlsx", STR_ARGS(township))));
    if (l->batch != NULL) {
        put_order(&b, township);
    }
    put_to_check(&b, township);
    if (l->batch == NULL) {
        put_cleared(&b, township);
    }
    put_guide(&b);
    return book_close(&b);
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

enum rc list_write_townships(const struct list *l, const char *folder)
{
    struct str *codes_of = arena_array(l->arena, l->lead_count, sizeof *codes_of);
    size_t n = 0;
    for (size_t i = 0; i < l->lead_count; i++) {
        if (lead_is_for_township(l, &l->leads[i]) && !str_is_null(l->leads[i].township_code)) {
            codes_of[n++] = l->leads[i].township_code;
        }
    }
    qsort(codes_of, n, sizeof *codes_of, by_text);
    const char *sub = arena_printf(l->arena, "%s/townships", folder);
    TRY(fs_mkdirs(sub));
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !str_eq(codes_of[i], codes_of[i - 1])) {
            TRY(write_township(l, sub, codes_of[i]));
        }
    }
    return fs_sync(sub);
}
