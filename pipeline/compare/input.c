#include "pipeline/compare/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "connectors/table/table.h"

#define HEADER_ROWS 20
#define FIRST_CAP ((size_t)1024)
#define ROWS_MOST ((size_t)UINT32_MAX / 2)

struct reading {
    struct input *input;
    struct table *table;
    struct table_row *ahead; /* the first rows, kept until the header is known */
    size_t ahead_n;
};

/* ---- Header ---- */

static size_t count_filled(const struct table_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++) {
        n += row->cells[i].n > 0 ? 1 : 0;
    }
    return n;
}

static struct table_row keep_row(struct arena *a, const struct table_row *row)
{
    struct table_row kept = *row;
    struct str *cells = arena_array(a, row->n + 1, sizeof *cells);
    for (size_t i = 0; i < row->n; i++) {
        cells[i] = arena_str(a, row->cells[i]);
    }
    kept.cells = cells;
    if (row->faults != NULL) {
        const char **faults = arena_array(a, row->n + 1, sizeof *faults);
        for (size_t i = 0; i < row->n; i++) {
            faults[i] = row->faults[i] != NULL ? arena_cstr(a, str_from(row->faults[i])) : NULL;
        }
        kept.faults = faults;
    }
    kept.fault = row->fault != NULL ? arena_cstr(a, str_from(row->fault)) : NULL;
    return kept;
}

static enum rc read_ahead(struct reading *r)
{
    bool have = true;
    r->ahead = arena_array(r->input->arena, HEADER_ROWS, sizeof *r->ahead);
    while (r->ahead_n < HEADER_ROWS) {
        struct table_row row;
        TRY(table_next_row(r->table, &row, &have));
        if (!have) {
            break;
        }
        r->ahead[r->ahead_n++] = keep_row(r->input->arena, &row);
    }
    return RC_OK;
}

static size_t find_header(const struct reading *r)
{
    size_t fullest = 0, at = 0;
    for (size_t i = 0; i < r->ahead_n; i++) {
        size_t filled = count_filled(&r->ahead[i]);
        fullest = filled > fullest ? filled : fullest;
    }
    while (at < r->ahead_n && 2 * count_filled(&r->ahead[at]) <= fullest) {
        at++;
    }
    return at;
}

static bool is_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9') {
        n++;
    }
    return s.n >= 6 && n >= s.n - 1;
}

/* A first person must not become the names of columns. */
static enum rc take_header(struct reading *r, size_t at)
{
    struct input *s = r->input;
    if (at == r->ahead_n || count_filled(&r->ahead[at]) == 0) {
        return err_fail(RC_FORMAT, tr("%s: 文件是空的", "%s: the file is empty"), s->name);
    }
    const struct table_row *row = &r->ahead[at];
    s->column_n = row->n;
    s->columns = arena_array(s->arena, row->n, sizeof *s->columns);
    for (size_t i = 0; i < row->n; i++) {
        struct str name = text_fold(s->arena, row->cells[i]);
        if (is_digits(name)) {
            enum rc rc = err_fail(RC_FORMAT,
                                  tr("%s: 第 %lld 行应是列名,却像数据",
                                     "%s: line %lld should name the columns and looks like data"),
                                  s->name, (long long)row->number);
            err_hint("%s", tr("在文件首行写上列名(姓名、身份证号……)。",
                              "Put the names of the columns into the first line."));
            return rc;
        }
        s->columns[i] = name.n > 0
                            ? arena_str(s->arena, name)
                            : str_from(arena_printf(s->arena, tr("第%zu列", "column %zu"), i + 1));
    }
    return RC_OK;
}

/* ---- Rows ---- */

static void grow(struct input *s)
{
    s->cap = s->cap == 0 ? FIRST_CAP : s->cap * 2;
    struct str *cells = reallocarray(s->cells, s->cap * s->column_n, sizeof *cells);
    int64_t *numbers = cells == NULL ? NULL : reallocarray(s->numbers, s->cap, sizeof *numbers);
    if (numbers == NULL) {
        err_die(RC_MEMORY, "%s", s->name);
    }
    s->cells = cells;
    s->numbers = numbers;
}

static void note_fault(struct input *s, struct input_faults *faults, int64_t number,
                       const char *why)
{
    if (faults->n++ == 0) {
        faults->first = number;
        faults->why = arena_cstr(s->arena, str_from(why));
    }
}

static const char *fault_of(const struct input *s, const struct table *t,
                            const struct table_row *row)
{
    if (row->fault != NULL) {
        return row->fault;
    }
    if (table_has_width(t) && row->n != s->column_n) {
        return tr("列数与表头不同", "not as many columns as the header");
    }
    return NULL;
}

static enum rc take_row(struct input *s, const struct table *t, const struct table_row *row,
                        bool is_kept)
{
    if (count_filled(row) == 0) {
        return RC_OK;
    }
    const char *fault = fault_of(s, t, row);
    if (fault != NULL) {
        note_fault(s, &s->bad_rows, row->number, fault);
        return RC_OK;
    }
    if (s->row_n == ROWS_MOST) {
        return err_fail(RC_LIMIT, "%s", s->name);
    }
    if (s->row_n == s->cap) {
        grow(s);
    }
    struct str *cells = s->cells + s->row_n * s->column_n;
    for (size_t i = 0; i < s->column_n; i++) {
        const char *why = i < row->n && row->faults != NULL ? row->faults[i] : NULL;
        bool is_there = i < row->n && row->cells[i].n > 0 && why == NULL;
        if (why != NULL) {
            note_fault(s, &s->bad_cells, row->number, why);
        }
        cells[i] = !is_there ? STR_NULL
                   : is_kept ? row->cells[i]
                             : arena_str(s->arena, row->cells[i]);
    }
    s->numbers[s->row_n++] = row->number;
    return RC_OK;
}

static enum rc read_rows(struct reading *r)
{
    bool have = false;
    TRY(table_next_sheet(r->table, &have));
    if (have) {
        TRY(read_ahead(r));
    }
    size_t at = find_header(r);
    TRY(take_header(r, at));
    for (size_t i = at + 1; i < r->ahead_n; i++) {
        TRY(take_row(r->input, r->table, &r->ahead[i], true));
    }
    for (have = r->ahead_n == HEADER_ROWS; have;) {
        struct table_row row;
        TRY(table_next_row(r->table, &row, &have));
        if (have) {
            TRY(take_row(r->input, r->table, &row, false));
        }
    }
    r->input->was_cut = table_was_cut(r->table);
    snprintf(r->input->format, sizeof r->input->format, "%s", table_format(r->table));
    if (r->input->row_n == 0) {
        return err_fail(RC_FORMAT, tr("%s: 表头之下没有数据行", "%s: no rows below the header"),
                        r->input->name);
    }
    return RC_OK;
}

enum rc input_read(struct arena *arena, const char *path, struct input *ret)
{
    static const struct table_options options = {.kind = "auto",
                                                 .charset = "auto",
                                                 .dialect = {',', '"'},
                                                 .guess_delimiter = true,
                                                 .skip_hidden = false,
                                                 .errors_are_empty = true};
    const char *slash = strrchr(path, '/');
    *ret = (struct input){.arena = arena, .path = path, .name = slash != NULL ? slash + 1 : path};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_fail(RC_IO, "%s: %s", path, strerror(errno));
    }
    struct blob *bytes = NULL;
    struct reading r = {.input = ret};
    TRY(blob_of_file(fd, ret->name, &bytes));
    enum rc rc = table_open(bytes, ret->name, &options, &r.table);
    rc = rc != RC_OK ? rc : read_rows(&r);
    table_close(r.table);
    blob_close(bytes);
    return rc;
}

void input_done(struct input *s)
{
    free(s->cells);
    free(s->numbers);
    s->cells = NULL;
    s->numbers = NULL;
}

size_t input_find(const struct input *s, struct str name)
{
    size_t i = 0;
    while (i < s->column_n && !str_eq(s->columns[i], name)) {
        i++;
    }
    return i;
}
