/* Old .xls workbooks through FreeXL, which holds the whole of one in memory and wants a file to
 * open: it is given a copy in memory, so that nothing is written to disk. */
#include <fnmatch.h>
#include <freexl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "connectors/table/parts.h"

#define STEP ((size_t)1 << 20)
#define ROW_ARENA ((size_t)64 << 20)

struct xls {
    struct table *table;
    const void *handle;
    int memory; /* the copy */
    unsigned int sheet_n, at;
    bool any_chosen;
    unsigned int rows, row;
    unsigned short columns;
    struct arena *arena; /* of one row */
    struct str *cells;
    const char **faults;
};

static void xls_close(void *state)
{
    struct xls *x = state;
    if (x->handle != NULL) {
        (void)freexl_close(x->handle);
    }
    if (x->memory >= 0) {
        close(x->memory);
    }
    arena_free(x->arena);
    free(x->cells);
    free(x->faults);
    free(x);
}

static enum rc fail_damaged(const struct xls *x)
{
    enum rc rc = err_fail(RC_FORMAT, tr("%s 无法作为 .xls 读取", "%s cannot be read as .xls"),
                          x->table->name);
    err_hint("%s", tr("请部门用 Excel 或 WPS 打开后另存为 .xlsx 再放入。",
                      "Ask the department to open it in Excel or WPS and save it as .xlsx."));
    return rc;
}

static enum rc fail_password(const struct xls *x)
{
    enum rc rc = err_fail(
        RC_FORMAT, tr("%s 是加了密码的工作簿", "%s is a workbook with a password"), x->table->name);
    err_hint("%s", tr("请部门打开后取消密码,另存为 .xlsx 再放入。",
                      "Ask the department to take the password off and save it as .xlsx."));
    return rc;
}

static enum rc copy_to_memory(struct xls *x, char *step)
{
    const struct blob *from = x->table->bytes;
    if (blob_size(from) > TABLE_XLS_BYTES) {
        return err_fail(RC_LIMIT, "%s", x->table->name);
    }
    x->memory = memfd_create("xls", MFD_CLOEXEC);
    for (int64_t at = 0; x->memory >= 0 && at < blob_size(from);) {
        size_t n = 0;
        TRY(blob_read(from, at, step, STEP, &n));
        if (n == 0 || write(x->memory, step, n) != (ssize_t)n) {
            break;
        }
        at += (int64_t)n;
    }
    return x->memory >= 0 ? RC_OK : err_fail(RC_IO, "%s", x->table->name);
}

static enum rc open_handle(struct xls *x)
{
    char path[64];
    unsigned int password = FREEXL_UNKNOWN;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", x->memory);
    if (freexl_open(path, &x->handle) != FREEXL_OK) {
        return fail_damaged(x);
    }
    if (freexl_get_info(x->handle, FREEXL_BIFF_PASSWORD, &password) == FREEXL_OK &&
        password == FREEXL_BIFF_OBFUSCATED) {
        return fail_password(x);
    }
    return freexl_get_info(x->handle, FREEXL_BIFF_SHEET_COUNT, &x->sheet_n) == FREEXL_OK
               ? RC_OK
               : fail_damaged(x);
}

static enum rc xls_open(struct table *t, void **ret_state)
{
    struct xls *x = calloc(1, sizeof *x);
    char *step = malloc(STEP);
    if (x == NULL || step == NULL) {
        err_die(RC_MEMORY, "%s", t->name);
    }
    *x = (struct xls){.table = t, .memory = -1, .arena = arena_new(ROW_ARENA)};
    enum rc rc = copy_to_memory(x, step);
    free(step);
    if (rc == RC_OK) {
        rc = open_handle(x);
    }
    if (rc != RC_OK) {
        xls_close(x);
        return rc;
    }
    *ret_state = x;
    return RC_OK;
}

/* ---- Sheets ---- */

/* FreeXL doesn't tell which sheets are hidden. */
static bool is_wanted(const struct xls *x, const char *name)
{
    const struct table_options *o = x->table->options;
    for (size_t i = 0; i < o->sheet_count; i++) {
        if (fnmatch(o->sheets[i], name, 0) == 0) {
            return true;
        }
    }
    return o->sheet_count == 0 && !x->any_chosen;
}

static enum rc begin_sheet(struct xls *x, const char *name)
{
    (void)snprintf(x->table->sheet, sizeof x->table->sheet, "%s", name);
    x->any_chosen = true;
    x->row = 0;
    if (freexl_worksheet_dimensions(x->handle, &x->rows, &x->columns) != FREEXL_OK) {
        return fail_damaged(x);
    }
    free(x->cells);
    free(x->faults);
    x->cells = calloc((size_t)x->columns + 1, sizeof *x->cells);
    x->faults = calloc((size_t)x->columns + 1, sizeof *x->faults);
    if (x->cells == NULL || x->faults == NULL) {
        err_die(RC_MEMORY, "%s", x->table->name);
    }
    return RC_OK;
}

static enum rc xls_next_sheet(void *state, bool *ret_have)
{
    struct xls *x = state;
    *ret_have = false;
    while (x->at < x->sheet_n) {
        const char *name = NULL;
        unsigned short i = (unsigned short)x->at++;
        if (freexl_get_worksheet_name(x->handle, i, &name) != FREEXL_OK || name == NULL ||
            freexl_select_active_worksheet(x->handle, i) != FREEXL_OK) {
            return fail_damaged(x);
        }
        if (is_wanted(x, name)) {
            *ret_have = true;
            return begin_sheet(x, name);
        }
    }
    if (!x->any_chosen) {
        return err_fail(RC_FORMAT, tr("%s 中没有要读的工作表", "%s has none of the wanted sheets"),
                        x->table->name);
    }
    return RC_OK;
}

/* ---- Rows ---- */

/* The file holds a double; fifteen digits of it are what a person saw. */
static struct str double_text(struct arena *a, double v)
{
    return number_text(a, str_from(arena_printf(a, "%.15g", v)), NUMBER_PLAIN, false);
}

static bool is_error(struct str s)
{
    static const char *const errors[] = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!",
                                         "#NAME?", "#NUM!",   "#N/A",    "#N/A!"};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (str_is(s, errors[i])) {
            return true;
        }
    }
    return false;
}

static struct str text_of(struct xls *x, const FreeXL_CellValue *v, unsigned short column)
{
    struct str s = str_from(v->value.text_value);
    if (!is_error(s)) {
        return s; /* lives as long as the handle */
    }
    if (!x->table->options->errors_are_empty) {
        x->faults[column] = arena_printf(x->arena, tr("第 %d 列是 %.*s", "column %d is %.*s"),
                                         column + 1, STR_ARGS(s));
    }
    return STR_NULL;
}

static enum rc read_cell(struct xls *x, unsigned short column)
{
    FreeXL_CellValue v = {0};
    if (freexl_get_cell_value(x->handle, x->row, column, &v) != FREEXL_OK) {
        return fail_damaged(x);
    }
    x->faults[column] = NULL;
    switch (v.type) {
    case FREEXL_CELL_INT:
        x->cells[column] = str_from(arena_printf(x->arena, "%d", v.value.int_value));
        break;
    case FREEXL_CELL_DOUBLE:
        x->cells[column] = double_text(x->arena, v.value.double_value);
        break;
    case FREEXL_CELL_NULL:
        x->cells[column] = STR_NULL;
        break;
    default:
        x->cells[column] = text_of(x, &v, column);
    }
    return RC_OK;
}

static enum rc xls_next_row(void *state, struct table_row *ret, bool *ret_have)
{
    struct xls *x = state;
    bool any = false;
    for (; x->row < x->rows && !any; x->row++) {
        arena_reset(x->arena);
        for (unsigned short i = 0; i < x->columns; i++) {
            TRY(read_cell(x, i));
            any = any || x->cells[i].n > 0 || x->faults[i] != NULL;
        }
    }
    *ret_have = any;
    *ret = (struct table_row){
        .cells = x->cells, .faults = x->faults, .n = x->columns, .number = (int64_t)x->row};
    return RC_OK;
}

const struct table_driver table_xls = {
    .open = xls_open, .next_sheet = xls_next_sheet, .next_row = xls_next_row, .close = xls_close};
