/* Returned township workbooks as rows of results. */
#include "pipeline/feedback/feedback.h"
#include "pipeline/feedback/files.h"

#define SCRATCH_MAX ((size_t)64 << 20)

struct reading {
    struct feedback_reader reader;
    struct feedback_header header;
    struct feedback *f;
};

enum rc feedback_add(struct feedback *f, const struct feedback_row *row)
{
    if (f->count == FEEDBACK_ROWS_MOST) {
        return err_fail(RC_LIMIT, tr("%s: 一次最多 %zu 行", "%s: at most %zu rows at a time"), row->file, FEEDBACK_ROWS_MOST);
    }
    if (f->count == f->cap) {
        f->cap = f->cap == 0 ? 256 : f->cap * 2;
        struct feedback_item *more = arena_array(f->arena, f->cap, sizeof *more);
        if (f->count > 0) {
            memcpy(more, f->items, f->count * sizeof *more);
        }
        f->items = more;
    }
    f->items[f->count++] = (struct feedback_item){.row = *row, .verdict = FEEDBACK_REFUSED};
    return RC_OK;
}

void feedback_count(struct feedback *f)
{
    for (size_t i = 0; i < f->count; i++) {
        f->taken += f->items[i].verdict == FEEDBACK_TAKEN ? 1 : 0;
        f->known += f->items[i].verdict == FEEDBACK_KNOWN ? 1 : 0;
        f->refused += f->items[i].verdict == FEEDBACK_REFUSED ? 1 : 0;
    }
}

static bool header(void *ctx, const struct table_row *row, struct returned_header *ret)
{
    struct reading *r = ctx;
    if (!feedback_header_read(r->f->arena, row, &r->header, &ret->mistake)) {
        return false;
    }
    ret->has_answers = feedback_header_has_answers(&r->header);
    ret->width = row->n;
    return true;
}

static enum rc take_row(void *ctx, const char *file, const char *sheet, const struct table_row *cells, const char *width_fault)
{
    struct reading *r = ctx;
    struct feedback_row row;
    feedback_row_read(&r->reader, &r->header, cells, &row);
    row.file = file;
    row.sheet = sheet;
    if (row.is_blank) {
        r->f->blank++;
        return RC_OK;
    }
    if (width_fault != NULL) {
        feedback_fault_add(r->f->arena, &row, "-", width_fault);
    }
    return feedback_add(r->f, &row);
}

static enum rc mistake(void *ctx, const char *file, const char *sheet, const char *what)
{
    struct reading *r = ctx;
    struct feedback_row row = {.file = file, .sheet = sheet};
    feedback_fault_add(r->f->arena, &row, "-", what);
    return feedback_add(r->f, &row);
}

enum rc feedback_read(const struct config *config, date_t today, struct arena *a, const char *const *files, size_t n,
                      struct feedback *ret)
{
    static const struct returned_form form = {header, take_row, mistake, "没有一张表有 线索编号 和 核查结果 两列",
                                              "no sheet has the columns Lead and Result"};
    *ret = (struct feedback){.arena = a};
    struct reading r = {.reader = {config, today, a, arena_new(SCRATCH_MAX)}, .f = ret};
    enum rc rc = returned_read(a, files, n, &form, &r);
    arena_free(r.reader.scratch);
    return rc;
}
