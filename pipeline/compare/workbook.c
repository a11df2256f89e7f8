/* compare.xlsx: sheets 一致, 疑似, 仅左, 仅右. Of a pair both values stand side by side, and what
 * differs is coloured. */
#include "pipeline/compare/compare.h"
#include "pipeline/deliver/book.h"

#define ROWS_MOST ((lxw_row_t)1048000) /* of a sheet; the rest is in compare.csv */
#define LEADING 5
#define COLOUR 0xFFE699

struct writing {
    const struct comparison *c;
    struct book book;
    struct arena *scratch;
    lxw_format *marked;
};

static void put(struct writing *w, lxw_worksheet *sheet, lxw_row_t row, size_t column,
                struct str text, bool is_marked)
{
    if (text.n > 0 || is_marked) {
        const char *cell = book_text(&w->book, w->scratch, text);
        book_note(&w->book, worksheet_write_string(sheet, row, (lxw_col_t)column, cell,
                                                   is_marked ? w->marked : NULL));
    }
}

static lxw_worksheet *begin_pairs(struct writing *w, enum part part)
{
    static const struct column leading[LEADING] = {{"左键", "Left", 14},
                                                   {"右键", "Right", 14},
                                                   {"得分", "Weight", 8},
                                                   {"差异", "Differences", 30},
                                                   {"说明", "Reason", 20}};
    size_t n = w->c->columns.n;
    struct column *columns = arena_array(w->book.arena, LEADING + 2 * n, sizeof *columns);
    memcpy(columns, leading, sizeof leading);
    for (size_t i = 0; i < n; i++) {
        const char *title = w->c->columns.pairs[i].title;
        const char *left = arena_printf(w->book.arena, tr("%s(左)", "%s (left)"), title);
        const char *right = arena_printf(w->book.arena, tr("%s(右)", "%s (right)"), title);
        columns[LEADING + 2 * i] = (struct column){left, left, 16};
        columns[LEADING + 2 * i + 1] = (struct column){right, right, 16};
    }
    return book_sheet_begin(&w->book, part_title(w->c, part), columns, LEADING + 2 * n);
}

static void put_pair(struct writing *w, lxw_worksheet *sheet, lxw_row_t row, const struct found *f)
{
    const struct comparison *c = w->c;
    put(w, sheet, row, 0, row_key(c, w->scratch, 0, f->left), false);
    put(w, sheet, row, 1, row_key(c, w->scratch, 1, f->right), false);
    put(w, sheet, row, 2, weight_text(w->scratch, f->decision->weight), false);
    put(w, sheet, row, 3, differences_text(c, w->scratch, f), false);
    put(w, sheet, row, 4, str_from(link_reason_text(f->decision->reason)), false);
    for (size_t i = 0; i < c->columns.n; i++) {
        const struct column_pair *p = &c->columns.pairs[i];
        bool differs = difference(c, f, p) != NULL;
        put(w, sheet, row, LEADING + 2 * i, input_cell(c->left, f->left, p->left), differs);
        put(w, sheet, row, LEADING + 2 * i + 1, input_cell(c->right, f->right, p->right), differs);
    }
    arena_reset(w->scratch);
}

static void note_cut(struct writing *w, lxw_worksheet *sheet, lxw_row_t row)
{
    if (row == ROWS_MOST) {
        put(w, sheet, row + 1, 0,
            str_from(tr("行数超出工作表上限,其余见 compare.csv",
                        "more rows than a sheet holds; the rest is in compare.csv")),
            true);
    }
}

static void put_pairs(struct writing *w, enum part part)
{
    lxw_worksheet *sheet = begin_pairs(w, part);
    lxw_row_t row = 0;
    for (size_t i = 0; i < w->c->found_n && row < ROWS_MOST; i++) {
        if ((w->c->found[i].decision->verdict == LINK_ACCEPTED) == (part == PART_SAME)) {
            put_pair(w, sheet, ++row, &w->c->found[i]);
        }
    }
    note_cut(w, sheet, row);
    book_sheet_end(&w->book, sheet, row, LEADING + 2 * w->c->columns.n);
}

/* Rows of one side, all their columns. */
static void put_alone(struct writing *w, int side)
{
    const struct comparison *c = w->c;
    const struct input *s = side == 0 ? c->left : c->right;
    struct column *columns = arena_array(w->book.arena, s->column_n + 1, sizeof *columns);
    columns[0] = (struct column){"行号", "Line", 8};
    for (size_t i = 0; i < s->column_n; i++) {
        const char *title = arena_cstr(w->book.arena, s->columns[i]);
        columns[i + 1] = (struct column){title, title, 16};
    }
    lxw_worksheet *sheet = book_sheet_begin(
        &w->book, part_title(c, side == 0 ? PART_LEFT : PART_RIGHT), columns, s->column_n + 1);
    lxw_row_t row = 0;
    for (uint32_t i = 0; i < s->row_n && row < ROWS_MOST; i++) {
        if (c->part[side][i] != PART_LEFT) {
            continue;
        }
        row++;
        book_note(&w->book, worksheet_write_number(sheet, row, 0, (double)s->numbers[i], NULL));
        for (size_t k = 0; k < s->column_n; k++) {
            put(w, sheet, row, k + 1, input_cell(s, i, k), false);
        }
        arena_reset(w->scratch);
    }
    note_cut(w, sheet, row);
    book_sheet_end(&w->book, sheet, row, s->column_n + 1);
}

enum rc compare_write_xlsx(const struct comparison *c, const char *folder)
{
    struct writing w = {.c = c};
    /* the same bytes whenever it is made: the created date is the calendar's first day */
    TRY(book_begin(&w.book, folder, "compare.xlsx", tr("两表比对", "Comparison of two lists"), 0,
                   true));
    w.book.whole = "compare.csv";
    w.scratch = arena_new((size_t)256 << 20);
    w.marked = workbook_add_format(w.book.workbook);
    format_set_bg_color(w.marked, COLOUR);
    put_pairs(&w, PART_SAME);
    put_pairs(&w, PART_REVIEW);
    put_alone(&w, 0);
    if (!c->is_self) {
        put_alone(&w, 1);
    }
    arena_free(w.scratch);
    return book_close(&w.book);
}
