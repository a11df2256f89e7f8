/* The ledger as a file: its columns by name, wherever they stand. */
#include "pipeline/feedback/history.h"

#include "base/idno.h"
#include "base/text.h"
#include "pipeline/feedback/files.h"

enum column { HOUSEHOLD, NUMBER, RULE, DATE, RESULT, COLUMNS };
static const struct {
    const char *zh, *en;
} names[COLUMNS] = {{"户编号", "Household"}, {"证件号码", "Number"}, {"规则", "Rule"}, {"核查日期", "Checked on"}, {"核查结果", "Result"}};

struct reading {
    const struct config *config;
    date_t today;
    struct history *h;
    int at[COLUMNS];
};

static const char *title(enum column c) { return tr(names[c].zh, names[c].en); }

/* A row that names so many of the columns is the header, be it that one was lost. */
#define HEADER_LEAST 3

static int named(const struct reading *r)
{
    int n = 0;
    for (int c = 0; c < COLUMNS; c++) {
        n += r->at[c] >= 0 ? 1 : 0;
    }
    return n;
}

static const char *lost_column(const struct reading *r)
{
    static const enum column needed[] = {RULE, DATE, RESULT};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (r->at[needed[i]] < 0) {
            return arena_printf(r->h->rows.arena, tr("缺少 %s 列", "the column %s is missing"), title(needed[i]));
        }
    }
    return r->at[HOUSEHOLD] >= 0 || r->at[NUMBER] >= 0 ? NULL : tr("缺少 户编号 或 证件号码 列", "the column Household or Number is missing");
}

static bool header(void *ctx, const struct table_row *row, struct returned_header *ret)
{
    struct reading *r = ctx;
    memset(r->at, -1, sizeof r->at);
    for (size_t i = 0; i < row->n; i++) {
        struct str name = str_is_empty(row->cells[i]) ? STR("") : text_fold(r->h->rows.arena, row->cells[i]);
        for (int c = 0; c < COLUMNS; c++) {
            r->at[c] = r->at[c] < 0 && (str_is(name, names[c].zh) || str_is(name, names[c].en)) ? (int)i : r->at[c];
        }
    }
    *ret = (struct returned_header){.has_answers = true, .width = row->n, .mistake = lost_column(r)};
    return named(r) >= HEADER_LEAST;
}

/* ---- Cells ---- */

static struct str cell(const struct reading *r, const struct table_row *cells, enum column c)
{
    int at = r->at[c];
    bool is_there = at >= 0 && (size_t)at < cells->n && !str_is_null(cells->cells[at]);
    return is_there ? text_fold(r->h->rows.arena, cells->cells[at]) : STR("");
}

/* As the roster keeps it; empty where the cell is. */
static struct str read_number(const struct reading *r, const struct table_row *cells, struct feedback_row *row)
{
    struct arena *a = r->h->rows.arena;
    struct idno number;
    idno_normalize(cell(r, cells, NUMBER), &number);
    if (number.state != IDNO_VALID && number.state != IDNO_BLANK) {
        feedback_fault_add(a, row, title(NUMBER), tr("应为 18 位证件号码,校验位正确", "expected an identity number of 18 characters with the right check digit"));
    }
    return number.state == IDNO_VALID ? arena_str(a, str_from(number.text)) : STR("");
}

/* A rule by its id or title, or all of a family; NULL: none is called so. */
static const char *rules_of(const struct reading *r, struct str said)
{
    const struct config *c = r->config;
    struct arena *a = r->h->rows.arena;
    struct str *found = arena_array(a, c->rule_count, sizeof *found);
    size_t n = 0;
    for (size_t i = 0; i < c->rule_count; i++) {
        const struct rule_text *t = &c->rules[i];
        bool is_meant = str_is(said, t->id) || str_is(said, t->title) || str_is(said, t->family);
        if (is_meant && strcmp(t->subject, "works") != 0) {
            found[n++] = str_from(t->id);
        }
    }
    return n > 0 ? db_array(a, found, n) : NULL;
}

/* A result code as townships give it, or the bare answer. */
static void read_result(const struct reading *r, struct str said, struct feedback_row *row, struct history_line *line)
{
    struct arena *a = r->h->rows.arena;
    const struct result_code *code = said.n > 0 ? result_code_read(a, said) : NULL;
    const char *answer = said.n > 0 ? choice_read(answer_choices, a, said) : NULL;
    if (code == NULL && answer != NULL) {
        int plain = strcmp(answer, "true") == 0 ? 31 : strcmp(answer, "untrue") == 0 ? 40 : 50;
        code = result_code_find(plain);
    }
    if (code == NULL || code->needs == NEEDS_NONE) {
        feedback_fault_add(a, row, title(RESULT), tr("应为结果代码(60 除外),或 属实、不属实、数据有误",
                                                     "expected a result code other than 60, or true, untrue, data wrong"));
        return;
    }
    row->code = code;
    line->answer = answer != NULL                                                       ? answer
                   : code->needs == NEEDS_TRUE                                          ? "true"
                   : code->needs == NEEDS_DATA_WRONG || code->needs == FILLS_DATA_WRONG ? "data_wrong"
                                                                                        : "untrue";
}

static void read_day(const struct reading *r, struct str said, struct feedback_row *row)
{
    struct date_span span;
    bool is_day = said.n > 0 && date_parse(said, &span) == RC_OK && span.first == span.last && span.first <= r->today;
    err_clear();
    row->visited_on = is_day ? span.first : DATE_NONE;
    if (!is_day) {
        feedback_fault_add(r->h->rows.arena, row, title(DATE), tr("应为不晚于今天的日期,如 2026-03-01",
                                                                  "expected a date not after today, like 2026-03-01"));
    }
}

static void read_line(const struct reading *r, const struct table_row *cells, struct feedback_row *row, struct history_line *line)
{
    struct arena *a = r->h->rows.arena;
    line->household_no = arena_str(a, cell(r, cells, HOUSEHOLD));
    line->id_number = read_number(r, cells, row);
    if (line->household_no.n == 0 && line->id_number.n == 0 && row->faults == NULL) {
        feedback_fault_add(a, row, title(HOUSEHOLD), tr("户编号和证件号码都空", "neither household nor number"));
    }
    line->rules = rules_of(r, cell(r, cells, RULE));
    if (line->rules == NULL) {
        feedback_fault_add(a, row, title(RULE), tr("应为规则编号、规则名称或风险类别(见 bidui rules list)",
                                                   "expected a rule's id or title, or a family (see bidui rules list)"));
    }
    read_day(r, cell(r, cells, DATE), row);
    read_result(r, cell(r, cells, RESULT), row, line);
}

/* ---- Lines ---- */

static enum rc add(struct reading *r, const struct feedback_row *row, const struct history_line *line)
{
    struct feedback *f = &r->h->rows;
    if (f->count == FEEDBACK_ROWS_MOST) {
        return err_fail(RC_LIMIT, tr("%s: 一次最多 %zu 行", "%s: at most %zu rows at a time"), row->file, FEEDBACK_ROWS_MOST);
    }
    if (f->count == f->cap) {
        f->cap = f->cap == 0 ? 256 : f->cap * 2;
        struct feedback_item *items = arena_array(f->arena, f->cap, sizeof *items);
        struct history_line *lines = arena_array(f->arena, f->cap, sizeof *lines);
        if (f->count > 0) {
            memcpy(items, f->items, f->count * sizeof *items);
            memcpy(lines, r->h->lines, f->count * sizeof *lines);
        }
        f->items = items;
        r->h->lines = lines;
    }
    f->items[f->count] = (struct feedback_item){.row = *row, .verdict = FEEDBACK_REFUSED};
    r->h->lines[f->count++] = *line;
    return RC_OK;
}

/* Of a line with such a cell nothing else is told: what it says is not known. */
static bool tell_cell_faults(const struct reading *r, const struct table_row *cells, struct feedback_row *row)
{
    for (int c = 0; c < COLUMNS; c++) {
        const char *what = feedback_cell_fault(r->h->rows.arena, cells, r->at[c]);
        if (what != NULL) {
            feedback_fault_add(r->h->rows.arena, row, title((enum column)c), what);
        }
    }
    return row->faults != NULL;
}

static bool is_blank(const struct reading *r, const struct table_row *cells)
{
    bool any = cells->fault != NULL;
    for (int c = 0; c < COLUMNS; c++) {
        any = any || cell(r, cells, (enum column)c).n > 0 || feedback_cell_fault(r->h->rows.arena, cells, r->at[c]) != NULL;
    }
    return !any;
}

static enum rc take_row(void *ctx, const char *file, const char *sheet, const struct table_row *cells, const char *width_fault)
{
    struct reading *r = ctx;
    struct feedback_row row = {.file = file, .sheet = sheet, .number = cells->number};
    struct history_line line = {0};
    if (is_blank(r, cells)) {
        r->h->rows.blank++;
        return RC_OK;
    }
    const char *what = cells->fault != NULL ? cells->fault : width_fault;
    if (what != NULL) {
        feedback_fault_add(r->h->rows.arena, &row, "-", what);
    } else if (!tell_cell_faults(r, cells, &row)) {
        read_line(r, cells, &row, &line);
    }
    return add(r, &row, &line);
}

static enum rc mistake(void *ctx, const char *file, const char *sheet, const char *what)
{
    struct reading *r = ctx;
    struct feedback_row row = {.file = file, .sheet = sheet};
    struct history_line line = {0};
    feedback_fault_add(r->h->rows.arena, &row, "-", what);
    return add(r, &row, &line);
}

enum rc history_read(const struct config *config, date_t today, struct arena *a, const char *file, struct history *ret)
{
    static const struct returned_form form = {header, take_row, mistake,
                                              "没有一张表有 户编号(或 证件号码)、规则、核查日期、核查结果 各列",
                                              "no sheet has the columns Household (or Number), Rule, Checked on and Result"};
    const char *const files[] = {file};
    *ret = (struct history){.rows = {.arena = a}};
    struct reading r = {config, today, ret, {0}};
    return returned_read(a, files, 1, &form, &r);
}
