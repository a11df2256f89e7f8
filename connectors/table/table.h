/* Tables out of files: CSV and TSV, XLSX, XLS, JSON, NDJSON, XML, and ZIP archives of these, told
 * apart by content. A table gives its sheets one after the other, each row by row as text; memory
 * holds a row, a chunk and what the format forces (shared strings of a workbook, up to a cap). What
 * is no table a program can read (password-protected workbooks, RAR, .et, PDF ...) is RC_FORMAT
 * with a sentence on how to save it again.
 *
 * Cells: a null str is an empty cell. Numbers keep their digits; dates by number format come as
 * 2024-03-05, 2024-03-05 10:11:12 or, where only the month shows, 2024年3月; percentages as 5%. */
#ifndef BIDUI_CONNECTORS_TABLE_TABLE_H
#define BIDUI_CONNECTORS_TABLE_TABLE_H

#include "base/arena.h"
#include "base/blob.h"
#include "base/csv.h"
#include "base/yaml.h"

struct table_options {
    const char *kind; /* auto, csv, xlsx, xls, zip, json, ndjson or xml: other content than this is
                         refused */
    const char *charset; /* of CSV text */
    struct csv_dialect dialect;
    bool guess_delimiter; /* none was configured: a comma, or a tab where there are more of them */
    const char *const
        *sheets; /* shell patterns of sheet names, in workbook order; NULL: the first visible one */
    size_t sheet_count;
    bool skip_hidden;      /* hidden rows are passed over, hidden columns read as empty */
    bool errors_are_empty; /* #N/A and its kin: null instead of a fault */
    bool formulas_are_faults; /* XLSX: what is reckoned was not written by a person */
    const char *member;    /* ZIP: shell pattern of member names; NULL: every table in it */
    const char *password;  /* ZIP: NULL if none */
    /* Documents: what they are asked for; their rows have these columns and no header. */
    const struct yaml *format;
    const char *records, *base_dir;
    const char *const *columns;
    size_t column_count;
    size_t depth, fields; /* as in struct caps; 0: the default */
};

struct table_row {
    const struct str *cells;   /* valid until the next call */
    const char *const *faults; /* per cell, NULL: sound; NULL: all are */
    size_t n;
    int64_t number;    /* line or row, from 1 */
    const char *fault; /* of the whole row; NULL: sound */
};

struct table;
enum rc table_open(const struct blob *bytes, const char *name, const struct table_options *options,
                   struct table **ret) MUST_CHECK;
/* Begins the first or the next sheet; *ret_have is false after the last. */
enum rc table_next_sheet(struct table *t, bool *ret_have) MUST_CHECK;
enum rc table_next_row(struct table *t, struct table_row *ret, bool *ret_have) MUST_CHECK;
const char *table_sheet(
    const struct table *t); /* of the current sheet, for messages; "" where there is but one */
const char *table_format(const struct table *t); /* "csv gb18030", "xlsx" */
/* Rows have the wanted columns already; *ret_seen: those that were met so far. */
bool table_is_mapped(const struct table *t, struct str *ret_seen);
bool table_has_width(const struct table *t); /* rows must be as wide as the first (CSV) */
bool table_was_cut(const struct table *t);   /* the text ended in the middle of a line */
void table_close(struct table *t);           /* NULL is fine */

#endif
