#include "pipeline/deliver/book.h"

#include "base/csv.h"
#include "base/fs.h"

#define BOOK_ARENA ((size_t)1 << 30)
#define CELL_MOST ((size_t)32767) /* Excel's limit, in UTF-16 units */

/* ---- Workbook ---- */

void book_note(struct book *b, lxw_error error)
{
    b->error = b->error == LXW_NO_ERROR ? error : b->error;
}

static void set_created(struct book *b, const char *title, date_t created)
{
    int year = 0, month = 0, day = 0;
    date_to_ymd(created, &year, &month, &day);
    struct tm t = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    /* timegm: the library prints the value as UTC */
    lxw_doc_properties properties = {.title = arena_cstr(b->arena, str_from(title)),
                                     .author = arena_cstr(b->arena, str_from("bidui")),
                                     .created = timegm(&t)};
    book_note(b, workbook_set_properties(b->workbook, &properties));
}

static void add_formats(struct book *b)
{
    b->head = workbook_add_format(b->workbook);
    format_set_bold(b->head);
    format_set_bg_color(b->head, 0xDDEBF7);
    format_set_border(b->head, LXW_BORDER_THIN);
    b->wrap = workbook_add_format(b->workbook);
    format_set_text_wrap(b->wrap);
    format_set_align(b->wrap, LXW_ALIGN_VERTICAL_TOP);
    b->date = workbook_add_format(b->workbook);
    format_set_num_format(b->date, "yyyy-mm-dd");
    format_set_align(b->date, LXW_ALIGN_VERTICAL_TOP);
}

enum rc book_begin(struct book *b, const char *folder, const char *name, const char *title, date_t created, bool is_long)
{
    *b = (struct book){.arena = arena_new(BOOK_ARENA), .name = name};
    b->path = arena_printf(b->arena, "%s/%s", folder, name);
    /* spool files stay in the list's own folder, which only the owner may read */
    lxw_workbook_options options = {.tmpdir = arena_cstr(b->arena, str_from(folder)), .constant_memory = is_long};
    b->workbook = workbook_new_opt(b->path, &options);
    if (b->workbook == NULL) {
        arena_free(b->arena);
        return err_fail(RC_IO, "%s", name);
    }
    set_created(b, title, created);
    add_formats(b);
    return RC_OK;
}

enum rc book_open(struct book *b, const struct list *l, const char *folder, const char *name)
{
    TRY(book_begin(b, folder, name, tr("风险预警清单", "Risk alert list"), l->as_of, false));
    b->list = l;
    return RC_OK;
}

enum rc book_close(struct book *b)
{
    book_note(b, workbook_close(b->workbook));
    enum rc rc = b->error == LXW_NO_ERROR ? fs_sync(b->path) : err_fail(RC_IO, "%s: %s", b->name, lxw_strerror(b->error));
    arena_free(b->arena);
    return rc;
}

/* ---- Sheets ---- */

lxw_worksheet *book_sheet_begin(struct book *b, const char *name, const struct column *columns, size_t n)
{
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, name);
    if (sheet == NULL) {
        err_die(RC_BUG, "sheet %s", name); /* the library refuses a name: they are all our own */
    }
    for (size_t i = 0; i < n; i++) {
        book_note(b, worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width, NULL));
        book_note(b, worksheet_write_string(sheet, 0, (lxw_col_t)i, tr(columns[i].zh, columns[i].en), b->head));
    }
    worksheet_freeze_panes(sheet, 1, 0);
    return sheet;
}

void book_sheet_end(struct book *b, lxw_worksheet *sheet, size_t rows, size_t columns)
{
    book_note(b, worksheet_autofilter(sheet, 0, 0, (lxw_row_t)(rows > 0 ? rows : 1), (lxw_col_t)(columns - 1)));
}

/* ---- Cells ---- */

/* Bytes of the longest beginning of s that takes no more than `most` UTF-16 units. */
static size_t fitting(struct str s, size_t most)
{
    size_t units = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        units += (c & 0xC0) == 0x80 ? 0 : c >= 0xF0 ? 2 : 1;
        if (units > most) {
            return i;
        }
    }
    return s.n;
}

static struct str cut(struct book *b, struct arena *a, struct str s)
{
    if (fitting(s, CELL_MOST) == s.n) {
        return s;
    }
    struct str mark = str_from(b->whole != NULL
                                   ? arena_printf(a, tr("……(过长已截断,全文见 %s)", "... (cut, in full in %s)"), b->whole)
                                   : tr("……(过长已截断,全文请询县级)", "... (cut; ask the county for the rest)"));
    return str_from(arena_printf(a, "%.*s%.*s", (int)fitting(s, CELL_MOST - mark.n), s.p, STR_ARGS(mark)));
}

const char *book_text(struct book *b, struct arena *a, struct str s)
{
    return arena_cstr(a, cut(b, a, csv_safe(a, s)));
}

void book_put_str(struct book *b, lxw_worksheet *sheet, lxw_row_t row, int column, struct str s)
{
    book_note(b, worksheet_write_string(sheet, row, (lxw_col_t)column, book_text(b, b->arena, s), b->wrap));
}

void book_put_number(struct book *b, lxw_worksheet *sheet, lxw_row_t row, int column, int64_t n)
{
    book_note(b, worksheet_write_number(sheet, row, (lxw_col_t)column, (double)n, b->wrap));
}

void book_put_date(struct book *b, lxw_worksheet *sheet, lxw_row_t row, int column, date_t d)
{
    if (d == DATE_NONE) {
        return;
    }
    lxw_datetime when = {0};
    date_to_ymd(d, &when.year, &when.month, &when.day);
    book_note(b, worksheet_write_datetime(sheet, row, (lxw_col_t)column, &when, b->date));
}
