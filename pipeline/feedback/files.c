#include "pipeline/feedback/files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEADER_ROWS 20

struct reading {
    struct arena *arena;
    const struct returned_form *form;
    void *ctx;
    const char *file;
    bool has_list;  /* some sheet of the file is one of the form */
    enum rc refused; /* what the form answered, if it was not RC_OK */
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- Sheets ---- */

static enum rc take_row(struct reading *r, const struct returned_header *h, struct table *t, const struct table_row *cells,
                        const char *sheet)
{
    bool is_other = table_has_width(t) && cells->fault == NULL && cells->n != h->width;
    const char *fault = is_other ? arena_printf(r->arena, tr("有 %zu 格,应与表头一样为 %zu 格", "%zu cells, expected %zu as in the header"),
                                                cells->n, h->width)
                                 : NULL;
    r->refused = r->form->row(r->ctx, r->file, sheet, cells, fault);
    return r->refused;
}

static enum rc find_header(struct reading *r, struct table *t, struct returned_header *ret, bool *ret_found)
{
    struct table_row row;
    bool have = true;
    *ret_found = false;
    for (int i = 0; i < HEADER_ROWS && have && !*ret_found; i++) {
        TRY(table_next_row(t, &row, &have));
        *ret_found = have && row.fault == NULL && r->form->header(r->ctx, &row, ret);
    }
    return RC_OK;
}

static enum rc read_sheet(struct reading *r, struct table *t)
{
    struct returned_header h = {0};
    bool found = false, have = true;
    const char *sheet = arena_cstr(r->arena, str_from(table_sheet(t)));
    TRY(find_header(r, t, &h, &found));
    r->has_list = r->has_list || found;
    if (!found || !h.has_answers) {
        return RC_OK; /* somebody's own sheet, or what is over */
    }
    if (h.mistake != NULL) {
        r->refused = r->form->mistake(r->ctx, r->file, sheet, h.mistake);
        return r->refused;
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
    return r->has_list ? RC_OK : err_fail(RC_FORMAT, "%s", lang_is_english() ? r->form->missing_en : r->form->missing_zh);
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

enum rc returned_read(struct arena *a, const char *const *files, size_t n, const struct returned_form *form, void *ctx)
{
    struct reading r = {.arena = a, .form = form, .ctx = ctx};
    for (size_t i = 0; i < n; i++) {
        r.file = name_of(files[i]);
        r.has_list = false;
        enum rc rc = read_file(&r, files[i]);
        TRY(r.refused);
        if (rc != RC_OK) {
            const char *what = arena_printf(a, "%s: %s", err_text(rc), err_detail());
            err_clear();
            TRY(form->mistake(ctx, r.file, "", what));
        }
    }
    return RC_OK;
}
