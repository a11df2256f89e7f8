/* The county's workbook, with its decisions. */
#include "base/text.h"
#include "pipeline/dispatch/dispatch.h"
#include "pipeline/feedback/files.h"
#include "pipeline/remarks.h"

enum column { LEAD, DECISION, BECAUSE, TOKEN, COLUMNS };
static const struct {
    const char *zh, *en;
} names[COLUMNS] = {{"线索编号", "Lead"}, {"派发意见", "Decision"}, {"派发理由", "Because"}, {"校验码", "Token"}};

struct reading {
    const struct config *config;
    struct dispatch *d;
    int at[COLUMNS];
};

static const char *title(enum column c) { return tr(names[c].zh, names[c].en); }

static const char *lost_column(const struct reading *r)
{
    static const enum column needed[] = {LEAD, DECISION, TOKEN};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (r->at[needed[i]] < 0) {
            return arena_printf(r->d->arena,
                                tr("缺少 %s 列;请在县级清单上填写", "the column %s is missing; decide in the county's workbook as it was written"),
                                title(needed[i]));
        }
    }
    return NULL;
}

static bool header(void *ctx, const struct table_row *row, struct returned_header *ret)
{
    struct reading *r = ctx;
    memset(r->at, -1, sizeof r->at);
    for (size_t i = 0; i < row->n; i++) {
        struct str name = str_is_empty(row->cells[i]) ? STR("") : text_fold(r->d->arena, row->cells[i]);
        for (int c = 0; c < COLUMNS; c++) {
            r->at[c] = r->at[c] < 0 && (str_is(name, names[c].zh) || str_is(name, names[c].en)) ? (int)i : r->at[c];
        }
    }
    bool is_form = r->at[DECISION] >= 0 || r->at[BECAUSE] >= 0 || r->at[TOKEN] >= 0; /* be it that a column of it was lost */
    *ret = (struct returned_header){.has_answers = is_form, .width = row->n, .mistake = is_form ? lost_column(r) : NULL};
    return r->at[LEAD] >= 0 || is_form;
}

static struct str cell(const struct reading *r, const struct table_row *cells, enum column c)
{
    int at = r->at[c];
    bool is_there = at >= 0 && (size_t)at < cells->n && !str_is_null(cells->cells[at]);
    return is_there ? text_fold(r->d->arena, cells->cells[at]) : STR("");
}

static void read_token(struct reading *r, const struct table_row *cells, struct dispatch_item *item)
{
    struct arena *a = r->d->arena;
    struct token t;
    struct str text = arena_str(a, cell(r, cells, TOKEN));
    bool is_ours = token_read(a, &r->config->code_key, r->config->county, text, &t) && str_is(t.recipient, DISPATCH_RECIPIENT);
    if (!is_ours) {
        feedback_fault_add(a, &item->row, title(TOKEN), tr("不是县级清单的校验码,或被改动", "not a token of the county's workbook, or it was changed"));
        return;
    }
    item->row.is_known = true;
    item->row.token = t;
    if (!str_eq(cell(r, cells, LEAD), t.lead_no)) {
        feedback_fault_add(a, &item->row, title(LEAD), tr("与本行校验码不是同一条线索;排序或复制时应整行移动",
                                                          "not the lead of this row's token; whole rows must be moved when sorting or copying"));
    }
}

static enum rc add(struct reading *r, const struct dispatch_item *item)
{
    struct dispatch *d = r->d;
    if (d->count == FEEDBACK_ROWS_MOST) {
        return err_fail(RC_LIMIT, tr("%s: 一次最多 %zu 行", "%s: at most %zu rows at a time"), item->row.file, FEEDBACK_ROWS_MOST);
    }
    if (d->count == d->cap) {
        d->cap = d->cap == 0 ? 256 : d->cap * 2;
        struct dispatch_item *more = arena_array(d->arena, d->cap, sizeof *more);
        if (d->count > 0) {
            memcpy(more, d->items, d->count * sizeof *more);
        }
        d->items = more;
    }
    d->items[d->count++] = *item;
    return RC_OK;
}

static enum rc take_row(void *ctx, const char *file, const char *sheet, const struct table_row *cells, const char *width_fault)
{
    struct reading *r = ctx;
    struct arena *a = r->d->arena;
    struct dispatch_item item = {.row = {.file = file, .sheet = sheet, .number = cells->number}, .verdict = FEEDBACK_REFUSED};
    struct str said = cell(r, cells, DECISION);
    const char *decision_fault = feedback_cell_fault(a, cells, r->at[DECISION]), *because_fault = feedback_cell_fault(a, cells, r->at[BECAUSE]);
    if (said.n == 0 && decision_fault == NULL && cells->fault == NULL) {
        r->d->blank++;
        return RC_OK;
    }
    const char *what = cells->fault != NULL ? cells->fault : width_fault;
    if (what != NULL) {
        feedback_fault_add(a, &item.row, "-", what);
        return add(r, &item);
    }
    item.decision = decision_fault != NULL ? NULL : choice_read(decision_choices, a, said);
    item.because = arena_str(a, remark_clean(a, cell(r, cells, BECAUSE)));
    read_token(r, cells, &item);
    if (because_fault != NULL) {
        feedback_fault_add(a, &item.row, title(BECAUSE), because_fault);
    }
    if (decision_fault != NULL) {
        feedback_fault_add(a, &item.row, title(DECISION), decision_fault);
    } else if (item.decision == NULL) {
        feedback_fault_add(a, &item.row, title(DECISION), arena_printf(a, tr("应为 %s", "expected %s"), choice_titles(decision_choices, a)));
    } else if (strcmp(item.decision, "dispatch") != 0 && item.because.n == 0 && because_fault == NULL) {
        feedback_fault_add(a, &item.row, title(BECAUSE), tr("不派发的须写明理由;并案的写明并入何处", "what is not dispatched needs a reason; what is merged, into what"));
    }
    return add(r, &item);
}

static enum rc mistake(void *ctx, const char *file, const char *sheet, const char *what)
{
    struct reading *r = ctx;
    struct dispatch_item item = {.row = {.file = file, .sheet = sheet}, .verdict = FEEDBACK_REFUSED};
    feedback_fault_add(r->d->arena, &item.row, "-", what);
    return add(r, &item);
}

enum rc dispatch_read(const struct config *config, struct arena *a, const char *file, struct dispatch *ret)
{
    static const struct returned_form form = {header, take_row, mistake, "没有一张表有 线索编号 和 派发意见 两列",
                                              "no sheet has the columns Lead and Decision"};
    const char *const files[] = {file};
    *ret = (struct dispatch){.arena = a};
    struct reading r = {.config = config, .d = ret};
    return returned_read(a, files, 1, &form, &r);
}
