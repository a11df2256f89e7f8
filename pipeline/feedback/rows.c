#include "pipeline/feedback/rows.h"

#include "base/text.h"
#include "pipeline/remarks.h"

const struct feedback_column_name feedback_columns[FEEDBACK_COLUMNS] = {
    [FEEDBACK_LEAD] = {"线索编号", "Lead", 12},       [FEEDBACK_HOUSEHOLD] = {"户编号", "Household", 20},
    [FEEDBACK_CODE] = {"核查结果", "Result", 20},     [FEEDBACK_DATE] = {"核查日期", "Checked on", 12},
    [FEEDBACK_VISITORS] = {"核查人", "Checked by", 14}, [FEEDBACK_WAY] = {"核查方式", "Way", 10},
    [FEEDBACK_REMARKS] = {"情况说明", "Remarks", 40}, [FEEDBACK_TOKEN] = {"校验码", "Token", 8},
};

const char *feedback_column_title(enum feedback_column c) { return tr(feedback_columns[c].zh, feedback_columns[c].en); }

const char *feedback_reason_column(struct arena *a, size_t i) { return arena_printf(a, tr("原因%zu核实", "Reason %zu"), i + 1); }

/* ---- Header ---- */

static bool is_named(struct arena *a, struct str cell, const char *name)
{
    return str_eq(cell, text_squeeze(a, str_from(name)));
}

static int *place_of(struct arena *a, struct feedback_header *h, struct str name)
{
    for (int c = 0; c < FEEDBACK_COLUMNS; c++) {
        if (is_named(a, name, feedback_columns[c].zh) || is_named(a, name, feedback_columns[c].en)) {
            return &h->at[c];
        }
    }
    if (!str_starts(name, STR("原因")) && !str_starts(name, STR("Reason"))) {
        return NULL;
    }
    for (size_t i = 0; i < FEEDBACK_REASONS_MOST; i++) {
        if (str_eq(name, str_from(arena_printf(a, "原因%zu核实", i + 1))) ||
            str_eq(name, str_from(arena_printf(a, "Reason%zu", i + 1)))) {
            return &h->reasons[i];
        }
    }
    return NULL;
}

/* One that somebody may have filled in, be it that a column of it was lost. */
static bool is_form(const struct feedback_header *h)
{
    bool is = false;
    for (int c = FEEDBACK_CODE; c < FEEDBACK_COLUMNS; c++) {
        is = is || h->at[c] >= 0;
    }
    for (size_t i = 0; i < FEEDBACK_REASONS_MOST; i++) {
        is = is || h->reasons[i] >= 0;
    }
    return is;
}

bool feedback_header_has_answers(const struct feedback_header *h) { return is_form(h); }

static const char *lost_column(struct arena *a, const struct feedback_header *h)
{
    static const enum feedback_column needed[] = {FEEDBACK_LEAD, FEEDBACK_CODE, FEEDBACK_TOKEN};
    for (size_t i = 0; is_form(h) && i < sizeof needed / sizeof *needed; i++) {
        if (h->at[needed[i]] < 0) {
            return arena_printf(a, tr("缺少 %s 列;请在下发的工作簿上填写", "the column %s is missing; fill in the workbook as it was sent"),
                                feedback_column_title(needed[i]));
        }
    }
    return NULL;
}

bool feedback_header_read(struct arena *a, const struct table_row *row, struct feedback_header *ret, const char **ret_mistake)
{
    struct feedback_header h;
    const char *twice = NULL;
    memset(h.at, -1, sizeof h.at);
    memset(h.reasons, -1, sizeof h.reasons);
    for (size_t i = 0; i < row->n; i++) {
        struct str name = str_is_empty(row->cells[i]) ? STR("") : text_squeeze(a, row->cells[i]);
        int *at = str_is_empty(name) ? NULL : place_of(a, &h, name);
        if (at != NULL && *at >= 0) {
            twice = arena_printf(a, tr("有两列都叫 %.*s", "two columns are called %.*s"), STR_ARGS(name));
        }
        if (at != NULL) {
            *at = (int)i;
        }
    }
    bool is_header = h.at[FEEDBACK_TOKEN] >= 0 || (h.at[FEEDBACK_LEAD] >= 0 && (is_form(&h) || h.at[FEEDBACK_HOUSEHOLD] >= 0));
    *ret_mistake = !is_header ? NULL : twice != NULL ? twice : lost_column(a, &h);
    *ret = h;
    return is_header;
}

/* ---- Faults ---- */

void feedback_fault_add(struct arena *a, struct feedback_row *row, const char *column, const char *expected)
{
    struct feedback_fault *f = arena_alloc(a, sizeof *f), **end = &row->faults;
    *f = (struct feedback_fault){arena_cstr(a, str_from(column)), arena_cstr(a, str_from(expected)), NULL};
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = f;
}

static const char *raw_fault(const struct table_row *cells, int at)
{
    bool is_there = at >= 0 && (size_t)at < cells->n && cells->faults != NULL;
    return is_there ? cells->faults[at] : NULL;
}

const char *feedback_cell_fault(struct arena *a, const struct table_row *cells, int at)
{
    const char *what = raw_fault(cells, at);
    return what == NULL ? NULL : arena_printf(a, tr("%s;应直接填写文字或日期", "%s; a value typed in is expected"), what);
}

struct row {
    const struct feedback_reader *r;
    const struct feedback_header *h;
    const struct table_row *cells;
    struct feedback_row *out;
};

static void fault(const struct row *x, enum feedback_column c, const char *expected)
{
    feedback_fault_add(x->r->arena, x->out, feedback_column_title(c), expected);
}

/* ---- Cells ---- */

static struct str cell_at(const struct row *x, int at)
{
    bool is_there = at >= 0 && (size_t)at < x->cells->n && !str_is_null(x->cells->cells[at]);
    return is_there ? text_fold(x->r->scratch, x->cells->cells[at]) : STR("");
}

static struct str cell(const struct row *x, enum feedback_column c) { return cell_at(x, x->h->at[c]); }

static const char *fault_at(const struct row *x, int at) { return raw_fault(x->cells, at); }

static bool is_filled(const struct row *x, int at) { return cell_at(x, at).n > 0 || fault_at(x, at) != NULL; }

static bool is_blank(const struct row *x)
{
    bool any = false;
    for (int c = FEEDBACK_CODE; c < FEEDBACK_TOKEN; c++) {
        any = any || is_filled(x, x->h->at[c]);
    }
    for (size_t i = 0; i < FEEDBACK_REASONS_MOST; i++) {
        any = any || is_filled(x, x->h->reasons[i]);
    }
    return !any;
}

static void tell_cell_faults(const struct row *x)
{
    struct arena *a = x->r->arena;
    for (int c = 0; c < FEEDBACK_COLUMNS; c++) {
        const char *what = feedback_cell_fault(a, x->cells, x->h->at[c]);
        if (what != NULL) {
            fault(x, (enum feedback_column)c, what);
        }
    }
    for (size_t i = 0; i < FEEDBACK_REASONS_MOST; i++) {
        const char *what = feedback_cell_fault(a, x->cells, x->h->reasons[i]);
        if (what != NULL) {
            feedback_fault_add(a, x->out, feedback_reason_column(a, i), what);
        }
    }
}

/* ---- Whose row it is ---- */

static void read_token(const struct row *x)
{
    const struct config *c = x->r->config;
    struct str text = cell(x, FEEDBACK_TOKEN);
    struct token t;
    if (!token_read(x->r->scratch, &c->code_key, c->county, text, &t)) {
        fault(x, FEEDBACK_TOKEN,
              text.n == 0 ? tr("缺少校验码;请在下发的工作簿上填写", "no token; fill in the workbook as it was sent")
                          : tr("校验码不是本县下发的,或被改动", "not a token of this county, or it was changed"));
        return;
    }
    x->out->is_known = true;
    x->out->token = (struct token){arena_str(x->r->arena, t.lead_no), arena_str(x->r->arena, t.recipient), t.edition};
    if (!str_eq(cell(x, FEEDBACK_LEAD), t.lead_no)) {
        fault(x, FEEDBACK_LEAD, tr("与本行校验码不是同一条线索;排序或复制时应整行移动",
                                   "not the lead of this row's token; whole rows must be moved when sorting or copying"));
    }
    x->out->household_no = arena_str(x->r->arena, cell(x, FEEDBACK_HOUSEHOLD));
}

/* ---- What was found ---- */

static void read_date(const struct row *x)
{
    struct date_span span;
    char today[DATE_TEXT];
    struct str text = cell(x, FEEDBACK_DATE);
    x->out->visited_on = DATE_NONE;
    if (fault_at(x, x->h->at[FEEDBACK_DATE]) != NULL) {
        return;
    }
    date_format(x->r->today, today);
    bool is_day = text.n > 0 && date_parse(text, &span) == RC_OK && span.first == span.last;
    err_clear();
    if (!is_day) {
        fault(x, FEEDBACK_DATE, tr("应为日期,如 2026-03-01", "expected a date, like 2026-03-01"));
    } else if (span.first > x->r->today) {
        fault(x, FEEDBACK_DATE, arena_printf(x->r->scratch, tr("应不晚于 %s", "expected a day not after %s"), today));
    } else {
        x->out->visited_on = span.first;
    }
}

static void read_code(const struct row *x)
{
    struct str text = cell(x, FEEDBACK_CODE);
    x->out->code = text.n > 0 ? result_code_read(x->r->scratch, text) : NULL;
    if (x->out->code == NULL && fault_at(x, x->h->at[FEEDBACK_CODE]) == NULL) {
        fault(x, FEEDBACK_CODE, tr("应为下拉列表中的结果代码,10 至 70", "expected a code of the drop-down list, 10 to 70"));
    }
}

static void read_way(const struct row *x)
{
    struct str text = cell(x, FEEDBACK_WAY);
    x->out->way = text.n > 0 ? choice_read(way_choices, x->r->scratch, text) : NULL;
    if (x->out->way == NULL && fault_at(x, x->h->at[FEEDBACK_WAY]) == NULL) {
        fault(x, FEEDBACK_WAY, arena_printf(x->r->scratch, tr("应为 %s", "expected %s"), choice_titles(way_choices, x->r->scratch)));
    }
}

#define TEXT_MAX 32767 /* what a cell of a workbook holds; more could be sealed, but no list could show it */

static void tell_too_long(const struct row *x, enum feedback_column c, struct str text)
{
    if (text.n > TEXT_MAX) {
        fault(x, c, arena_printf(x->r->scratch, tr("应不超过 %d 字节", "expected at most %d bytes"), TEXT_MAX));
    }
}

static void read_people(const struct row *x)
{
    struct arena *a = x->r->arena;
    x->out->visitors = arena_str(a, remark_clean(x->r->scratch, cell(x, FEEDBACK_VISITORS)));
    x->out->remarks = arena_str(a, remark_clean(x->r->scratch, cell(x, FEEDBACK_REMARKS)));
    tell_too_long(x, FEEDBACK_VISITORS, x->out->visitors);
    tell_too_long(x, FEEDBACK_REMARKS, x->out->remarks);
    if (x->out->visitors.n == 0 && fault_at(x, x->h->at[FEEDBACK_VISITORS]) == NULL) {
        fault(x, FEEDBACK_VISITORS, tr("不能为空", "may not be blank"));
    }
}

static void read_answers(const struct row *x)
{
    struct arena *a = x->r->arena, *scratch = x->r->scratch;
    for (size_t i = 0; i < FEEDBACK_REASONS_MOST; i++) {
        x->out->answer_count = cell_at(x, x->h->reasons[i]).n > 0 ? i + 1 : x->out->answer_count;
    }
    x->out->answers = arena_array(a, x->out->answer_count, sizeof *x->out->answers);
    for (size_t i = 0; i < x->out->answer_count; i++) {
        struct str text = cell_at(x, x->h->reasons[i]);
        if (text.n == 0) {
            continue;
        }
        x->out->answers[i] = choice_read(answer_choices, scratch, text);
        if (x->out->answers[i] == NULL) {
            feedback_fault_add(a, x->out, feedback_reason_column(a, i),
                               arena_printf(scratch, tr("应为 %s,或留空", "expected %s, or nothing"),
                                            choice_titles(answer_choices, scratch)));
        }
    }
}

/* ---- Do code and answers agree? ---- */

static size_t count_answers(const struct feedback_row *row, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; i < row->answer_count; i++) {
        n += row->answers[i] != NULL && (word == NULL || strcmp(row->answers[i], word) == 0) ? 1 : 0;
    }
    return n;
}

static const char *disagreement(const struct feedback_row *row)
{
    switch (row->code->needs) {
    case NEEDS_TRUE:
        return count_answers(row, "true") > 0 ? NULL : tr("该结果要求至少一条原因为 属实", "this result needs a reason that is true");
    case NEEDS_ANY:
        return count_answers(row, NULL) > 0 ? NULL : tr("该结果要求至少核实一条原因", "this result needs an answer to a reason");
    case NEEDS_DATA_WRONG:
        return count_answers(row, "data_wrong") > 0
                   ? NULL
                   : tr("该结果要求至少一条原因为 数据有误", "this result needs a reason whose data are wrong");
    case NEEDS_NONE:
        return count_answers(row, NULL) == 0 ? NULL : tr("联系不上时各原因应留空", "unreachable: no reason can be answered");
    case FILLS_DATA_WRONG:
        return NULL;
    }
    return NULL;
}

void feedback_row_read(const struct feedback_reader *r, const struct feedback_header *h, const struct table_row *cells,
                       struct feedback_row *ret)
{
    struct feedback_row out = {.number = cells->number, .household_no = STR("")};
    struct row x = {r, h, cells, &out};
    arena_reset(r->scratch);
    if (cells->fault != NULL) {
        feedback_fault_add(r->arena, &out, "-", cells->fault);
        *ret = out;
        return;
    }
    out.is_blank = is_blank(&x);
    if (!out.is_blank) {
        tell_cell_faults(&x);
        read_token(&x);
        read_answers(&x);
        read_code(&x);
        read_date(&x);
        read_people(&x);
        read_way(&x);
        const char *why = out.code != NULL && out.faults == NULL ? disagreement(&out) : NULL;
        if (why != NULL) {
            fault(&x, FEEDBACK_CODE, why);
        }
    }
    *ret = out;
}
