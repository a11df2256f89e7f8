/* The workbook driver: which sheets are read, and in what order. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "connectors/table/parts.h"

#define BOOK_ARENA ((size_t)64 << 20)

struct xlsx {
    struct table *table;
    struct xlsx_book book;
    size_t at; /* the sheet to look at next */
    struct xlsx_rows *rows;
};

static void xlsx_close(void *state)
{
    struct xlsx *x = state;
    xlsx_rows_close(x->rows);
    if (x->book.zip != NULL) {
        zip_discard(x->book.zip);
    }
    buf_done(&x->book.strings);
    buf_done(&x->book.ends);
    arena_free(x->book.arena);
    free(x);
}

/* A hidden sheet only when it is named outright: they hold choices for drop-downs. */
static bool is_wanted(const struct table_options *o, const struct xlsx_sheet_entry *sheet)
{
    for (size_t i = 0; i < o->sheet_count; i++) {
        bool is_same = strcmp(o->sheets[i], sheet->name) == 0;
        if (is_same || (!sheet->is_hidden && fnmatch(o->sheets[i], sheet->name, 0) == 0)) {
            return true;
        }
    }
    return false;
}

static enum rc choose_sheets(struct xlsx *x)
{
    const struct table_options *o = x->table->options;
    size_t chosen = 0;
    for (size_t i = 0; i < x->book.sheet_n; i++) {
        struct xlsx_sheet_entry *sheet = &x->book.sheets[i];
        bool is_first = o->sheet_count == 0 && chosen == 0 && !sheet->is_hidden;
        sheet->is_chosen = sheet->path != NULL && (is_first || is_wanted(o, sheet));
        chosen += sheet->is_chosen ? 1 : 0;
    }
    if (chosen > 0) {
        return RC_OK;
    }
    enum rc rc = err_fail(
        RC_FORMAT, tr("%s 中没有要读的工作表", "%s has none of the wanted sheets"), x->table->name);
    err_hint("%s", tr("核对 format.sheets 与工作簿中的工作表名。",
                      "Compare format.sheets with the names in the workbook."));
    return rc;
}

static enum rc xlsx_open(struct table *t, void **ret_state)
{
    struct xlsx *x = calloc(1, sizeof *x);
    if (x == NULL) {
        err_die(RC_MEMORY, "%s", t->name);
    }
    x->table = t;
    x->book.name = t->name;
    x->book.arena = arena_new(BOOK_ARENA);
    buf_init(&x->book.strings, TABLE_STRINGS_BYTES);
    buf_init(&x->book.ends, TABLE_STRINGS_BYTES);
    enum rc rc = package_open(t->bytes, t->name, &x->book.zip);
    if (rc == RC_OK) {
        rc = xlsx_book_read(&x->book);
    }
    if (rc == RC_OK) {
        rc = choose_sheets(x);
    }
    if (rc != RC_OK) {
        xlsx_close(x);
        return rc == RC_NOT_FOUND ? err_fail(RC_FORMAT, "%s", err_detail()) : rc;
    }
    *ret_state = x;
    return RC_OK;
}

static enum rc xlsx_next_sheet(void *state, bool *ret_have)
{
    struct xlsx *x = state;
    xlsx_rows_close(x->rows);
    x->rows = NULL;
    while (x->at < x->book.sheet_n && !x->book.sheets[x->at].is_chosen) {
        x->at++;
    }
    *ret_have = x->at < x->book.sheet_n;
    if (!*ret_have) {
        return RC_OK;
    }
    const struct xlsx_sheet_entry *sheet = &x->book.sheets[x->at++];
    (void)snprintf(x->table->sheet, sizeof x->table->sheet, "%s", sheet->name);
    return xlsx_rows_open(&x->book, sheet, x->table->options, &x->rows);
}

static enum rc xlsx_next_row(void *state, struct table_row *ret, bool *ret_have)
{
    struct xlsx *x = state;
    return xlsx_rows_next(x->rows, ret, ret_have);
}

const struct table_driver table_xlsx = {.open = xlsx_open,
                                        .next_sheet = xlsx_next_sheet,
                                        .next_row = xlsx_next_row,
                                        .close = xlsx_close};
