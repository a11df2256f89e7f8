/* One file to pages: sheets -> rows -> wanted columns. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "connectors/file/file.h"
#include "connectors/file/header.h"

#define PAGE_BYTES ((size_t)8 << 20) /* a page ends early here */
#define TEXT_ROOM ((size_t)64 << 10)

struct reader {
    const struct source *source;
    const struct file_options *options;
    const struct drop *drop;
    struct blob *own; /* of a file in the folder; spools are the drop's */
    struct table *table;
    struct arena *sheet; /* the first rows of a sheet, read ahead */
    struct table_row *ahead;
    size_t ahead_n, ahead_at;
    bool in_sheet;
    struct header header;
    size_t width; /* cells a row must have; 0: not known yet */
    char *room;   /* for the texts of the page's rows, in its arena */
    size_t room_n;
    int64_t skip, records;
    date_t titled; /* the date in the title of the sheet */
};

/* ---- Failing ---- */

static enum rc name_file(struct reader *r, enum rc rc)
{
    char detail[400], hint[400];
    const char *sheet = r->table != NULL ? table_sheet(r->table) : "";
    if (strncmp(err_detail(), r->drop->name, strlen(r->drop->name)) == 0) {
        return rc;
    }
    snprintf(detail, sizeof detail, "%s", err_detail());
    snprintf(hint, sizeof hint, "%s", err_hint_text());
    rc = err_fail(rc, "%s%s%s: %s", r->drop->name, *sheet != '\0' ? "#" : "", sheet, detail);
    err_hint("%s", hint);
    return rc;
}

static enum rc check_unchanged(const struct reader *r, bool *ret_changed)
{
    struct stamp now;
    if (r->own == NULL) {
        return RC_OK;
    }
    TRY(stamp_of(r->drop->path, blob_fd(r->own), &now));
    if (stamp_is(&now, &r->drop->stamp)) {
        return RC_OK;
    }
    *ret_changed = true;
    enum rc rc = err_fail(RC_INCOMPLETE, tr("%s 在读取时被改动", "%s changed while it was read"),
                          r->drop->name);
    err_hint(
        "%s",
        tr("请部门写完后再放入,或使用完成标记(ready.marker)。",
           "Ask the department to drop finished files, or to use a done marker (ready.marker)."));
    return rc;
}

/* ---- Sheets ---- */

static struct table_row keep_row(struct arena *a, const struct table_row *row)
{
    struct table_row kept = *row;
    struct str *cells = arena_array(a, row->n + 1, sizeof *cells);
    const char **faults = row->faults != NULL ? arena_array(a, row->n + 1, sizeof *faults) : NULL;
    for (size_t i = 0; i < row->n; i++) {
        cells[i] = arena_str(a, row->cells[i]);
        if (faults != NULL && row->faults[i] != NULL) {
            faults[i] = arena_cstr(a, str_from(row->faults[i]));
        }
    }
    kept.cells = cells;
    kept.faults = faults;
    kept.fault = row->fault != NULL ? arena_cstr(a, str_from(row->fault)) : NULL;
    return kept;
}

/* Lines above skip_lines are passed over. */
static enum rc next_of_table(struct reader *r, struct table_row *row, bool *ret_have)
{
    do {
        TRY(table_next_row(r->table, row, ret_have));
    } while (*ret_have && row->number <= r->options->skip_lines);
    return RC_OK;
}

static enum rc read_ahead(struct reader *r)
{
    bool have = true;
    arena_reset(r->sheet);
    r->ahead = arena_array(r->sheet, HEADER_WITHIN, sizeof *r->ahead);
    r->ahead_n = r->ahead_at = 0;
    while (r->ahead_n < HEADER_WITHIN && have) {
        struct table_row row;
        TRY(next_of_table(r, &row, &have));
        if (have) {
            r->ahead[r->ahead_n++] = keep_row(r->sheet, &row);
        }
    }
    return RC_OK;
}

/* Without a header columns are called 1, 2, 3 ... */
static void take_numbers(struct reader *r)
{
    r->header.index = arena_array(r->sheet, r->source->column_count, sizeof *r->header.index);
    for (size_t i = 0; i < r->source->column_count; i++) {
        int64_t number = 0;
        bool is_number = str_to_i64(str_from(r->source->columns[i]), &number) && number > 0;
        r->header.index[i] = is_number ? (size_t)number - 1 : HEADER_ABSENT;
    }
}

static void take_as_is(struct reader *r)
{
    size_t n = r->source->column_count;
    r->header.index = arena_array(r->sheet, n, sizeof *r->header.index);
    for (size_t i = 0; i < n; i++) {
        r->header.index[i] = i;
    }
}

static enum rc take_header(struct reader *r)
{
    TRY(header_find(r->source, r->sheet, r->ahead, r->ahead_n, &r->header));
    const struct table_row *first = &r->ahead[r->header.first];
    if (first->fault != NULL) {
        return err_fail(RC_FORMAT, tr("表头有误:%s", "the header: %s"), first->fault);
    }
    r->ahead_at = r->header.first + r->header.lines;
    r->width = r->header.width;
    date_t titled = header_title_date(r->sheet, r->ahead, r->header.first);
    r->titled = titled != DATE_NONE ? titled : r->titled;
    return RC_OK;
}

/* An empty sheet beside others is nothing; a file without any row is no delivery. */
static enum rc begin_sheet(struct reader *r)
{
    struct str seen = STR_NULL;
    r->width = 0;
    TRY(read_ahead(r));
    if (table_is_mapped(r->table, &seen)) {
        take_as_is(r);
    } else if (!r->options->has_header) {
        take_numbers(r);
    } else if (r->ahead_n > 0) {
        TRY(take_header(r));
    } else if (*table_sheet(r->table) == '\0') {
        return err_fail(RC_FORMAT, "%s",
                        tr("文件是空的,没有表头", "the file is empty: no header line"));
    }
    log_event(LOG_INFO, "file opened", LOG_S("dataset", r->source->dataset),
              LOG_S("file", r->drop->name), LOG_S("format", table_format(r->table)));
    return RC_OK;
}

/* In the current sheet; *ret_have is false at its end. */
static enum rc next_row(struct reader *r, struct table_row *row, bool *ret_have)
{
    if (r->ahead_at < r->ahead_n) {
        *row = r->ahead[r->ahead_at++];
        *ret_have = true;
        return RC_OK;
    }
    return next_of_table(r, row, ret_have);
}

static enum rc enter_sheet(struct reader *r)
{
    if (!r->in_sheet) {
        TRY(table_next_sheet(r->table, &r->in_sheet));
        return r->in_sheet ? begin_sheet(r) : RC_OK;
    }
    return RC_OK;
}

/* ---- Rows ---- */

/* NULL if the row is sound. */
static const char *fault_of(struct reader *r, struct arena *a, const struct table_row *row)
{
    if (row->fault != NULL) {
        return arena_cstr(a, str_from(row->fault));
    }
    for (size_t i = 0; row->faults != NULL && i < r->source->column_count; i++) {
        size_t at = r->header.index[i];
        if (at < row->n && row->faults[at] != NULL) {
            return arena_cstr(a, str_from(row->faults[at]));
        }
    }
    if (r->width == 0) {
        r->width = row->n; /* no header: the first row sets the measure */
    }
    if (!table_has_width(r->table) || row->n == r->width) {
        return NULL;
    }
    return arena_printf(
        a,
        row->n < r->width
            ? tr("列数不足:应有 %zu 列,只有 %zu 列", "too few fields: expected %zu, found %zu")
            : tr("列数过多:应有 %zu 列,却有 %zu 列", "too many fields: expected %zu, found %zu"),
        r->width, row->n);
}

/* Texts lie one behind the other: asking the arena for each costs more than copying it. */
static struct str keep_text(struct reader *r, struct arena *a, struct str s)
{
    if (str_is_null(s)) {
        return s;
    }
    if (s.n + 1 > r->room_n) {
        r->room_n = s.n + 1 > TEXT_ROOM ? s.n + 1 : TEXT_ROOM;
        r->room = arena_alloc(a, r->room_n);
    }
    char *copy = memcpy(r->room, s.p, s.n);
    copy[s.n] = '\0';
    r->room += s.n + 1;
    r->room_n -= s.n + 1;
    return str_of(copy, s.n);
}

static size_t add_row(struct reader *r, struct page *page, const struct table_row *row)
{
    size_t columns = r->source->column_count, bytes = 0;
    struct str *values = page->values + page->rows * columns;
    for (size_t i = 0; i < columns; i++) {
        bool has = r->header.index[i] < row->n;
        values[i] = has ? keep_text(r, page->arena, row->cells[r->header.index[i]]) : STR_NULL;
        bytes += values[i].n;
    }
    page->row_numbers[page->rows++] = row->number;
    return bytes;
}

#define UNIX_DAYS_TO_2000 10957
static date_t date_of_unix(int64_t seconds)
{
    return seconds < 0 ? DATE_NONE : (date_t)((seconds + INT64_C(28800)) / 86400 - UNIX_DAYS_TO_2000);
}

static date_t exported_on(const struct reader *r)
{
    switch (r->options->exported) {
    case EXPORTED_NAME:
        return r->drop->date;
    case EXPORTED_TITLE:
        return r->titled;
    case EXPORTED_TIME:
        return r->drop->spool != NULL ? date_of_unix(r->drop->remote.time)
                                      : date_of_unix(r->drop->stamp.mtime_ns / 1000000000);
    case EXPORTED_UNASKED:
        break;
    }
    return DATE_NONE;
}

static void begin_page(struct reader *r, struct page *page, size_t cap)
{
    const char *sheet = table_sheet(r->table);
    r->room_n = 0;
    page->values = arena_array(page->arena, cap * r->source->column_count, sizeof *page->values);
    page->row_numbers = arena_array(page->arena, cap, sizeof *page->row_numbers);
    page->rejects = arena_array(page->arena, cap, sizeof *page->rejects);
    page->label = *sheet == '\0'
                      ? str_from(r->drop->name)
                      : str_from(arena_printf(page->arena, "%s#%s", r->drop->name, sheet));
    page->columns_seen = r->header.columns_seen;
    page->format = str_from(arena_printf(page->arena, "%s", table_format(r->table)));
    page->exported_on = exported_on(r);
    memcpy(page->file_hash, r->drop->hash, PAGE_HASH);
}

/* What an earlier process handed out, over all sheets. */
static enum rc skip_records(struct reader *r)
{
    struct table_row row;
    TRY(enter_sheet(r));
    while (r->records < r->skip && r->in_sheet) {
        bool have = false;
        TRY(next_row(r, &row, &have));
        r->records += have ? 1 : 0;
        r->width = r->width == 0 && have ? row.n : r->width;
        r->in_sheet = have;
        TRY(enter_sheet(r));
    }
    return RC_OK;
}

static void tell_cut(const struct reader *r, struct page *page, bool last_is_bad)
{
    if (last_is_bad && table_was_cut(r->table)) {
        struct page_reject *last = &page->rejects[page->reject_count - 1];
        last->reason = tr("文件在一行中间结束(被截断)", "the file ends in mid-line (truncated)");
        last->is_cut = true;
    }
}

/* Up to the end of the page or the sheet. */
static enum rc fill(struct reader *r, struct page *page, size_t cap)
{
    bool last_is_bad = false;
    size_t bytes = 0;
    while (page->rows + page->reject_count < cap && bytes < PAGE_BYTES) {
        struct table_row row;
        TRY(next_row(r, &row, &r->in_sheet));
        if (!r->in_sheet) {
            tell_cut(r, page, last_is_bad);
            return RC_OK;
        }
        r->records++;
        const char *reason = fault_of(r, page->arena, &row);
        last_is_bad = reason != NULL;
        if (last_is_bad) {
            page->rejects[page->reject_count++] = (struct page_reject){.row = row.number, .reason = reason};
        } else {
            bytes += add_row(r, page, &row);
        }
    }
    return RC_OK;
}

static enum rc page_inner(struct reader *r, struct page *page, bool *ret_more)
{
    if (r->table == NULL) {
        const struct blob *bytes = r->own != NULL ? r->own : r->drop->spool;
        TRY(table_open(bytes, r->drop->name, &r->options->table, &r->table));
        TRY(skip_records(r));
    }
    TRY(enter_sheet(r));
    size_t cap = r->source->page_rows > 0 ? r->source->page_rows : 1000;
    begin_page(r, page, cap);
    *ret_more = r->in_sheet;
    if (r->in_sheet) {
        TRY(fill(r, page, cap));
    }
    if (table_is_mapped(r->table, &page->columns_seen)) { /* they show themselves row by row */
        page->columns_seen = arena_str(page->arena, page->columns_seen);
    }
    page->first_row = page->rows > 0 ? page->row_numbers[0] : 1;
    return RC_OK;
}

enum rc reader_page(struct reader *r, struct page *page, bool *ret_more, bool *ret_changed)
{
    enum rc rc = page_inner(r, page, ret_more);
    if (rc == RC_FORMAT || rc == RC_LIMIT) {
        rc = name_file(r, rc);
    }
    enum rc stays =
        check_unchanged(r, ret_changed); /* what was read of a changed file counts for nothing */
    return stays != RC_OK ? stays : rc;
}

/* ---- Life ---- */

bool reader_has_column(const struct reader *r, size_t column)
{
    return r->header.index[column] != HEADER_ABSENT;
}

int64_t reader_records(const struct reader *r)
{
    return r->records;
}

enum rc reader_open(const struct source *source, const struct file_options *options,
                    const struct drop *drop, int64_t skip, struct reader **ret)
{
    struct blob *own = NULL;
    if (drop->spool == NULL) {
        TRY(drop_open(drop, &own));
    }
    struct reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_die(RC_MEMORY, "%s", drop->name);
    }
    *r = (struct reader){
        .source = source, .options = options, .drop = drop, .own = own, .skip = skip, .titled = DATE_NONE};
    r->sheet = arena_new((size_t)512 << 20);
    *ret = r;
    return RC_OK;
}

void reader_close(struct reader *r)
{
    if (r == NULL) {
        return;
    }
    table_close(r->table);
    blob_close(r->own);
    arena_free(r->sheet);
    free(r);
}
