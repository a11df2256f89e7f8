/* Returned files: every sheet of every one that has the header of a list. */
#include "pipeline/feedback/feedback.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEADER_ROWS 20
#define SCRATCH_MAX ((size_t)64 << 20)

struct reading {
    struct feedback_reader reader;
    struct feedback *f;
    const char *file;
    bool has_list; /* some sheet of the file is a list */
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static enum rc add(struct reading *r, const struct feedback_row *row)
{
    struct feedback *f = r->f;
    if (f->count == FEEDBACK_ROWS_MOST) {
        return err_fail(RC_LIMIT, tr("%s: 一次最多 %zu 行", "%s: at most %zu rows at a time"), r->file, FEEDBACK_ROWS_MOST);
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

static enum rc add_mistake(struct reading *r, const char *sheet, const char *what)
{
    struct feedback_row row = {.file = r->file, .sheet = sheet};
    feedback_fault_add(r->f->arena, &row, "-", what);
    return add(r, &row);
}

/* ---- Sheets ---- */

static enum rc take_row(struct reading *r, const struct feedback_header *h, struct table *t, const struct table_row *cells,
                        const char *sheet)
{
    struct feedback_row row;
    feedback_row_read(&r->reader, h, cells, &row);
    row.file = r->file;
    row.sheet = sheet;
    if (row.is_blank) {
        r->f->blank++;
        return RC_OK;
    }
    if (table_has_width(t) && cells->n != h->width) {
        feedback_fault_add(r->f->arena, &row, "-",
                           arena_printf(r->f->arena, tr("有 %zu 格,应与表头一样为 %zu 格", "%zu cells, expected %zu as in the header"),
                                        cells->n, h->width));
    }
    return add(r, &row);
}

static enum rc find_header(struct reading *r, struct table *t, struct feedback_header *ret, bool *ret_found, const char **ret_mistake)
{
    struct table_row row;
    bool have = true;
    *ret_found = false;
    for (int i = 0; i < HEADER_ROWS && have && !*ret_found; i++) {
        TRY(table_next_row(t, &row, &have));
        *ret_found = have && row.fault == NULL && feedback_header_read(r->f->arena, &row, ret, ret_mistake);
    }
    return RC_OK;
}

static enum rc read_sheet(struct reading *r, struct table *t)
{
    struct feedback_header h;
    bool found = false, have = true;
    const char *mistake = NULL, *sheet = arena_cstr(r->f->arena, str_from(table_sheet(t)));
    TRY(find_header(r, t, &h, &found, &mistake));
    r->has_list = r->has_list || found;
    if (!found || !feedback_header_has_answers(&h)) {
        return RC_OK; /* somebody's own sheet, or what is over */
    }
    if (mistake != NULL) {
        return add_mistake(r, sheet, mistake);
    }
    while (have) {
        struct table_row row;
        TRY(table_next_row(t, &row, &have));
        TRY(have ? take_row(r, &h, t, &row, sheet) : RC_OK);
    }
    return RC_OK;
}

static enum rc read_sheets(struct reading *r, struct table *t)
{
    bool have = true;
    while (have) {
        TRY(table_next_sheet(t, &have));
        TRY(have ? read_sheet(r, t) : RC_OK);
    }
    return r->has_list ? RC_OK
                       : err_fail(RC_FORMAT, "%s",
                                  tr("没有一张表有 线索编号 和 核查结果 两列", "no sheet has the columns Lead and Result"));
}

/* ---- Files ---- */

static enum rc read_table(struct reading *r, const struct blob *bytes)
{
    static const char *const all[] = {"*"};
    struct table_options options = {.kind = "auto", .charset = "auto", .dialect = {',', '"'}, .guess_delimiter = true,
                                    .sheets = all, .sheet_count = 1, .formulas_are_faults = true};
    struct table *t = NULL;
    TRY(table_open(bytes, r->file, &options, &t));
    enum rc rc = read_sheets(r, t);
    table_close(t);
    return rc;
}

static enum rc read_file(struct reading *r, const char *path)
{
    struct blob *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_fail(RC_IO, "%s", tr("打不开", "cannot be opened"));
    }
    TRY(blob_of_file(fd, r->file, &bytes));
    enum rc rc = read_table(r, bytes);
    blob_close(bytes);
    return rc;
}

/* A file that cannot be read to its end takes nothing with it: what stood before is judged like any other row. */
static enum rc read_all(struct reading *r, const char *const *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        r->file = name_of(files[i]);
        r->has_list = false;
        enum rc rc = read_file(r, files[i]);
        if (rc == RC_LIMIT && r->f->count == FEEDBACK_ROWS_MOST) {
            return rc;
        }
        if (rc != RC_OK) {
            const char *what = arena_printf(r->f->arena, "%s: %s", err_text(rc), err_detail());
            err_clear();
            TRY(add_mistake(r, "", what));
        }
    }
    return RC_OK;
}

enum rc feedback_read(const struct config *config, date_t today, struct arena *a, const char *const *files, size_t n,
                      struct feedback *ret)
{
    *ret = (struct feedback){.arena = a};
    struct reading r = {.reader = {config, today, a, arena_new(SCRATCH_MAX)}, .f = ret};
    enum rc rc = read_all(&r, files, n);
    arena_free(r.reader.scratch);
    return rc;
}
