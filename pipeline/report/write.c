/* The files of a bulletin. */
#include "pipeline/deliver/book.h"
#include "pipeline/report/report.h"

#include "base/fs.h"

#define PAGE_MAX ((size_t)64 << 20)
#define COLUMNS_MOST 40

static void put_cell(struct book *b, lxw_worksheet *sheet, lxw_row_t at, const struct report *r, const struct report_table *t, size_t row,
                     size_t column)
{
    enum cell_kind kind = t->form->columns[column].kind;
    const struct report_cell *c = report_at(t, row, column);
    if ((kind == CELL_NUMBER || kind == CELL_PEOPLE) && !c->is_hidden) {
        book_put_number(b, sheet, at, (int)column, c->count);
    } else {
        book_put_str(b, sheet, at, (int)column, report_text(r->arena, t, row, column));
    }
}

static void put_sheet(struct book *b, const struct report *r, const struct report_table *t)
{
    const struct report_form *f = t->form;
    struct column columns[COLUMNS_MOST];
    for (size_t c = 0; c < f->column_count; c++) {
        columns[c] = (struct column){f->columns[c].zh, f->columns[c].en, report_is_text(&f->columns[c]) ? 24 : 11};
    }
    lxw_worksheet *sheet = book_sheet_begin(b, tr(f->zh, f->en), columns, f->column_count);
    for (size_t row = 0; row < t->row_count; row++) {
        for (size_t c = 0; c < f->column_count; c++) {
            put_cell(b, sheet, (lxw_row_t)(row + 1), r, t, row, c);
        }
    }
    book_sheet_end(b, sheet, t->row_count, f->column_count);
}

static void put_cover(struct book *b, const struct report *r)
{
    static const struct column columns[] = {{"通报", "Bulletin", 30}, {"", "", 90}};
    lxw_worksheet *sheet = book_sheet_begin(b, tr("说明", "About"), columns, 2);
    lxw_row_t row = 0;
    book_put_str(b, sheet, ++row, 0, str_from(r->config->title));
    book_put_str(b, sheet, row, 1, str_from(period_title(r->arena, &r->period)));
    book_put_str(b, sheet, ++row, 0, str_from(tr("结账", "Closing")));
    book_put_str(b, sheet, row, 1, str_from(report_standing(r)));
    for (size_t i = 0; i < r->table_count; i++) {
        const struct report_form *f = r->tables[i].form;
        book_put_str(b, sheet, ++row, 0, str_from(arena_printf(r->arena, tr("%s(单位:%s)", "%s (%s)"), tr(f->zh, f->en), tr(f->unit_zh, f->unit_en))));
        book_put_str(b, sheet, row, 1, str_from(f->note_zh != NULL ? tr(f->note_zh, f->note_en) : ""));
    }
}

enum rc report_write_xlsx(const struct report *r, const char *folder)
{
    struct book b;
    TRY(book_begin(&b, folder, "bulletin.xlsx", tr("防返贫监测通报", "Anti-relapse monitoring bulletin"), r->as_of, false));
    put_cover(&b, r);
    for (size_t i = 0; i < r->table_count; i++) {
        put_sheet(&b, r, &r->tables[i]);
    }
    return book_close(&b);
}

static enum rc write_page(const struct report *r, enum rc (*put)(const struct report *, struct buf *), const char *path)
{
    struct buf b;
    buf_init(&b, PAGE_MAX);
    enum rc rc = put(r, &b);
    rc = rc == RC_OK ? fs_write_synced(path, buf_str(&b)) : rc;
    buf_done(&b);
    return rc;
}

enum rc report_write(const struct report *r, const char **ret_folder)
{
    const char *root = arena_printf(r->arena, "%s/reports", r->config->out);
    const char *name = arena_printf(r->arena, "%s%s", period_name(r->arena, &r->period), r->is_published ? "-public" : "");
    const char *final = arena_printf(r->arena, "%s/%s", root, name), *tmp = arena_printf(r->arena, "%s/.%s.tmp", root, name);
    TRY(fs_remove_tree(tmp));
    TRY(fs_mkdirs(tmp));
    TRY(report_write_xlsx(r, tmp));
    TRY(write_page(r, report_put_html, arena_printf(r->arena, "%s/bulletin.html", tmp)));
    TRY(write_page(r, report_put_json, arena_printf(r->arena, "%s/bulletin.json", tmp)));
    TRY(fs_sync(tmp));
    TRY(fs_remove_tree(final));
    TRY(fs_rename(tmp, final));
    *ret_folder = final;
    return RC_OK;
}
