/* The rows of one sheet, parsed one at a time. */
#include <stdlib.h>

#include "base/scan.h"
#include "connectors/table/parts.h"

#define ROW_ARENA ((size_t)64 << 20) /* well above what the caps below let through */
#define ROWS_MOST INT64_C(1048576)

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_FLAG, CELL_ERROR };

struct xlsx_rows {
    const struct xlsx_book *book;
    const struct xlsx_sheet_entry *sheet;
    const struct table_options *options;
    struct xlsx_xml xml;
    struct arena *row; /* of one row */
    size_t row_bytes;
    struct str *cells;
    const char **faults;
    bool *is_hidden_column;
    size_t n;
    bool any_fault, any_value;
    int64_t number;
    bool row_is_hidden;
    /* the cell at hand */
    size_t column, next_column;
    enum cell_type type;
    int64_t style;
    struct buf text;
    bool in_cell, in_text, in_phonetic, has_text, has_formula;
};

/* ---- Failing ---- */

static void fail_sheet(struct xlsx_rows *r, const char *what)
{
    enum rc rc = err_fail(RC_FORMAT, "%s#%s %lld: %s", r->book->name, r->sheet->name,
                          (long long)r->number, what);
    err_hint("%s", tr("请部门用 Excel 或 WPS 打开后另存为 .xlsx 再放入。",
                      "Ask the department to open it in Excel or WPS and save it as .xlsx again."));
    xlsx_xml_fail(&r->xml, rc);
}

static void fail_size(struct xlsx_rows *r)
{
    enum rc rc = err_fail(RC_LIMIT, tr("%s#%s 第 %lld 行过大", "%s#%s: row %lld is too large"),
                          r->book->name, r->sheet->name, (long long)r->number);
    xlsx_xml_fail(&r->xml, rc);
}

/* ---- Places ---- */

/* "AB12" is column 27, counted from 0; false if it names none. */
static bool column_of(const char *ref, size_t *ret)
{
    size_t column = 0;
    for (; *ref >= 'A' && *ref <= 'Z' && column <= TABLE_COLUMNS; ref++) {
        column = column * 26 + (size_t)(*ref - 'A') + 1;
    }
    *ret = column - 1;
    return column >= 1 && column <= TABLE_COLUMNS && scan_is_digit(*ref);
}

static const char *name_of(struct arena *a, size_t column, int64_t row)
{
    char letters[8];
    size_t at = sizeof letters - 1;
    letters[at] = '\0';
    for (size_t c = column + 1; c > 0; c = (c - 1) / 26) {
        letters[--at] = (char)('A' + (c - 1) % 26);
    }
    return arena_printf(a, "%s%lld", letters + at, (long long)row);
}

static bool is_true(const char *text)
{
    return text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
}

static int64_t number_or(const char *text, int64_t otherwise)
{
    int64_t v = 0;
    return text != NULL && str_to_i64(str_from(text), &v) ? v : otherwise;
}

/* ---- Elements ---- */

static void hide_columns(struct xlsx_rows *r, const char **attributes)
{
    int64_t from = number_or(xlsx_attribute(attributes, "min"), 1);
    int64_t to = number_or(xlsx_attribute(attributes, "max"), from);
    if (!r->options->skip_hidden || !is_true(xlsx_attribute(attributes, "hidden"))) {
        return;
    }
    for (int64_t i = from < 1 ? 1 : from; i <= to && i <= (int64_t)TABLE_COLUMNS; i++) {
        r->is_hidden_column[i - 1] = true;
    }
}

static void begin_row(struct xlsx_rows *r, const char **attributes)
{
    int64_t number = number_or(xlsx_attribute(attributes, "r"), r->number + 1);
    if (number <= r->number || number > ROWS_MOST) {
        fail_sheet(r, tr("行号不递增", "rows out of order"));
        return;
    }
    arena_reset(r->row);
    memset(r->cells, 0, r->n * sizeof *r->cells);
    memset(r->faults, 0, r->n * sizeof *r->faults);
    r->number = number;
    r->row_is_hidden = r->options->skip_hidden && is_true(xlsx_attribute(attributes, "hidden"));
    r->n = r->next_column = r->row_bytes = 0;
    r->any_fault = r->any_value = false;
}

static enum cell_type type_of(const char *t)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"s", CELL_SHARED}, {"str", CELL_TEXT}, {"inlineStr", CELL_TEXT},
                 {"d", CELL_TEXT},   {"b", CELL_FLAG},   {"e", CELL_ERROR}};
    for (size_t i = 0; t != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(t, types[i].name) == 0) {
            return types[i].type;
        }
    }
    return CELL_NUMBER;
}

static void begin_cell(struct xlsx_rows *r, const char **attributes)
{
    const char *ref = xlsx_attribute(attributes, "r");
    r->column = r->next_column;
    if ((ref != NULL && !column_of(ref, &r->column)) || r->column >= TABLE_COLUMNS) {
        fail_sheet(r, tr("单元格位置有误", "a cell without a place"));
        return;
    }
    r->next_column = r->column + 1;
    r->type = type_of(xlsx_attribute(attributes, "t"));
    r->style = number_or(xlsx_attribute(attributes, "s"), 0);
    r->in_cell = true;
    r->has_text = r->has_formula = false;
    buf_reset(&r->text);
}

static void on_start(void *ctx, const char *name, const char **attributes)
{
    struct xlsx_rows *r = ctx;
    if (strcmp(name, "c") == 0) {
        begin_cell(r, attributes);
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        r->in_text = r->in_cell;
        r->has_text = true;
    } else if (strcmp(name, "row") == 0) {
        begin_row(r, attributes);
    } else if (strcmp(name, "f") == 0) {
        r->has_formula = true;
    } else if (strcmp(name, "rPh") == 0) {
        r->in_phonetic = true;
    } else if (strcmp(name, "col") == 0) {
        hide_columns(r, attributes);
    }
}

static void on_text(void *ctx, struct str text)
{
    struct xlsx_rows *r = ctx;
    if (r->in_text && !r->in_phonetic && buf_puts(&r->text, text) != RC_OK) {
        fail_size(r);
    }
}

/* ---- Values ---- */

/* `what` is the error's own name, or why there is no value; never a value. */
static void put_fault(struct xlsx_rows *r, struct str what)
{
    if (r->options->errors_are_empty) {
        return;
    }
    what = str_sub(what, 0, 60);
    r->faults[r->column] = arena_printf(r->row, tr("单元格 %s:%.*s", "cell %s: %.*s"),
                                        name_of(r->row, r->column, r->number), STR_ARGS(what));
    r->any_fault = true;
}

static struct str shared(struct xlsx_rows *r)
{
    struct str s = STR_NULL;
    int64_t i = number_or(arena_cstr(r->row, buf_str(&r->text)), -1);
    if (i < 0 || !xlsx_string(r->book, (size_t)i, &s)) {
        fail_sheet(r, tr("共享文本缺失", "a shared text is missing"));
    }
    return s;
}

static struct str number(struct xlsx_rows *r)
{
    const struct xlsx_book *b = r->book;
    struct str raw = arena_str(r->row, buf_str(&r->text));
    bool has_kind = r->style >= 0 && (size_t)r->style < b->kind_n;
    enum number_kind kind = has_kind ? (enum number_kind)b->kinds[r->style] : NUMBER_PLAIN;
    return number_text(r->row, raw, kind, b->base_1904);
}

static struct str value(struct xlsx_rows *r)
{
    struct str text = buf_str(&r->text);
    switch (r->type) {
    case CELL_SHARED:
        return shared(r);
    case CELL_NUMBER:
        return number(r);
    case CELL_FLAG:
        return str_is(text, "1") ? STR("TRUE") : STR("FALSE");
    case CELL_TEXT:
        return arena_str(r->row, text);
    case CELL_ERROR:
        break;
    }
    put_fault(r, text);
    return STR_NULL;
}

static void end_cell(struct xlsx_rows *r)
{
    r->in_cell = false;
    if (r->column >= r->n) {
        r->n = r->column + 1;
    }
    if (r->is_hidden_column[r->column]) {
        return;
    }
    if (r->has_formula && r->options->formulas_are_faults) {
        put_fault(r, str_from(tr("公式", "a formula")));
        return;
    }
    if (!r->has_text || (r->text.n == 0 && r->type != CELL_TEXT)) {
        if (r->has_formula) {
            put_fault(r, str_from(tr("公式没有算出结果", "a formula without a result")));
        }
        return;
    }
    struct str v = value(r);
    r->cells[r->column] = v;
    r->any_value = r->any_value || v.n > 0;
    r->row_bytes += v.n;
    if (r->row_bytes > TABLE_ROW_BYTES) {
        fail_size(r);
    }
}

static void on_end(void *ctx, const char *name)
{
    struct xlsx_rows *r = ctx;
    if (strcmp(name, "c") == 0 && r->in_cell) {
        end_cell(r);
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        r->in_text = false;
    } else if (strcmp(name, "rPh") == 0) {
        r->in_phonetic = false;
    } else if (strcmp(name, "row") == 0 && !r->row_is_hidden && (r->any_value || r->any_fault)) {
        xlsx_xml_pause(&r->xml);
    }
}

/* ---- Life ---- */

enum rc xlsx_rows_next(struct xlsx_rows *r, struct table_row *ret, bool *ret_have)
{
    TRY(xlsx_xml_step(&r->xml, ret_have));
    *ret = (struct table_row){.cells = r->cells,
                              .faults = r->any_fault ? r->faults : NULL,
                              .n = r->n,
                              .number = r->number};
    return RC_OK;
}

enum rc xlsx_rows_open(const struct xlsx_book *b, const struct xlsx_sheet_entry *sheet,
                       const struct table_options *options, struct xlsx_rows **ret)
{
    struct xlsx_rows *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_die(RC_MEMORY, "%s", b->name);
    }
    r->book = b;
    r->sheet = sheet;
    r->options = options;
    r->row = arena_new(ROW_ARENA);
    r->cells = calloc(TABLE_COLUMNS, sizeof *r->cells);
    r->faults = calloc(TABLE_COLUMNS, sizeof *r->faults);
    r->is_hidden_column = calloc(TABLE_COLUMNS, sizeof *r->is_hidden_column);
    if (r->cells == NULL || r->faults == NULL || r->is_hidden_column == NULL) {
        err_die(RC_MEMORY, "%s", b->name);
    }
    buf_init(&r->text, TABLE_CELL_BYTES);
    r->xml = (struct xlsx_xml){.start = on_start, .end = on_end, .text = on_text, .ctx = r};
    enum rc rc = xlsx_xml_open(&r->xml, b->zip, sheet->path, b->name);
    if (rc != RC_OK) {
        xlsx_rows_close(r);
        return rc == RC_NOT_FOUND ? err_fail(RC_FORMAT, "%s: %s", b->name, sheet->path) : rc;
    }
    *ret = r;
    return RC_OK;
}

void xlsx_rows_close(struct xlsx_rows *r)
{
    if (r == NULL) {
        return;
    }
    xlsx_xml_close(&r->xml);
    buf_done(&r->text);
    arena_free(r->row);
    free(r->cells);
    free(r->faults);
    free(r->is_hidden_column);
    free(r);
}
