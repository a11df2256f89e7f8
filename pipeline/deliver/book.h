/* A workbook being written: sheets with a head row, cells of text, numbers and dates. Bytes depend on what is put in
 * alone: the created date is the list's as-of date, and text is written as text, never as a formula. A cell too long
 * for Excel is cut where one can see it. The first thing that could not be written is told by book_close. */
#ifndef BIDUI_PIPELINE_DELIVER_BOOK_H
#define BIDUI_PIPELINE_DELIVER_BOOK_H

#include <xlsxwriter.h>

#include "pipeline/deliver/list.h"

struct column {
    const char *zh, *en;
    double width;
};

struct book {
    const struct list *list;             /* NULL: the book is of something else */
    struct arena *arena;
    lxw_workbook *workbook;
    lxw_format *head, *wrap, *date;
    const char *path, *name;
    const char *whole;                   /* file that has in full what is cut here; NULL: ask the county */
    lxw_error error;                     /* the first one */
};

enum rc book_open(struct book *b, const struct list *l, const char *folder, const char *name) MUST_CHECK;
/* Of no list. `is_long`: a row is on disk as soon as the next one begins, so that rows are written in order. */
enum rc book_begin(struct book *b, const char *folder, const char *name, const char *title, date_t created, bool is_long) MUST_CHECK;
enum rc book_close(struct book *b) MUST_CHECK; /* frees, whatever it answers */
void book_note(struct book *b, lxw_error error);

lxw_worksheet *book_sheet_begin(struct book *b, const char *name, const struct column *columns, size_t n);
void book_sheet_end(struct book *b, lxw_worksheet *sheet, size_t rows, size_t columns);
/* A text as a cell may hold it, with a NUL behind it. */
const char *book_text(struct book *b, struct arena *a, struct str s);
void book_put_str(struct book *b, lxw_worksheet *sheet, lxw_row_t row, int column, struct str s);
void book_put_number(struct book *b, lxw_worksheet *sheet, lxw_row_t row, int column, int64_t n);
void book_put_date(struct book *b, lxw_worksheet *sheet, lxw_row_t row, int column, date_t d);

#endif
