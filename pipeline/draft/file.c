/* A sample file: its format and header are found by the connector that will read the files of every
 * night. */
#include "base/date.h"
#include "pipeline/draft/draft.h"

#define HEADER_ROWS 20
#define COLUMNS_MOST 200

static const char *const *split(struct arena *a, struct str seen, size_t *ret_n)
{
    size_t n = 0;
    const char **names = arena_array(a, seen.n + 1, sizeof *names);
    while (seen.n > 0) {
        names[n++] = arena_cstr(a, str_cut(&seen, '\n'));
    }
    *ret_n = n;
    return names;
}

static const char *const *all_known(struct arena *a, size_t *ret_n)
{
    size_t n = 0;
    while (known_columns[n].column != NULL) {
        n++;
    }
    const char **names = arena_array(a, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        names[i] = known_columns[i].column;
    }
    *ret_n = n;
    return names;
}

/* 鉴定_20261122.csv: every night's file has other digits. */
static const char *pattern_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/'), *in = slash != NULL ? slash + 1 : path;
    char *out = arena_alloc(a, strlen(in) + 2), *at = out;
    while (*in != '\0') {
        size_t digits = strspn(in, "0123456789");
        if (digits >= 4) {
            *at++ = '*';
            in += strspn(in, "0123456789-");
        } else {
            *at++ = *in++;
        }
    }
    return out;
}

/* "csv gb18030" as the format's keys. */
static const char *format_lines(struct arena *a, struct str format)
{
    struct str kind = str_cut(&format, ' ');
    return format.n > 0 ? arena_printf(a, "format: {kind: %.*s, charset: %.*s}", STR_ARGS(kind),
                                       STR_ARGS(format))
                        : arena_printf(a, "format: {kind: %.*s}", STR_ARGS(kind));
}

static size_t count_cells(const struct str *row, size_t n)
{
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        filled += row[i].n > 0 ? 1 : 0;
    }
    return filled;
}

/* A list without a header must not have its first person shown as names of columns: a name is no
 * number, no date, no long run of digits, and is not met again below. */
static bool is_name_of_column(const struct page *page, size_t row, size_t column)
{
    struct str cell = page->values[row * COLUMNS_MOST + column];
    struct date_span ignored;
    size_t digits = 0, run = 0;
    for (size_t i = 0; i < cell.n; i++) {
        run = cell.p[i] >= '0' && cell.p[i] <= '9' ? run + 1 : 0;
        digits = run > digits ? run : digits;
    }
    bool is = digits < 5 && strspn(cell.p, "0123456789.-") < cell.n &&
              date_parse(cell, &ignored) != RC_OK;
    err_clear();
    for (size_t i = row + 1; i < page->rows && is; i++) {
        is = !str_eq(page->values[i * COLUMNS_MOST + column], cell);
    }
    return is;
}

static bool is_header(const struct page *page, size_t row)
{
    for (size_t i = 0; i < COLUMNS_MOST; i++) {
        if (page->values[row * COLUMNS_MOST + i].n > 0 && !is_name_of_column(page, row, i)) {
            return false;
        }
    }
    return true;
}

/* No name is known: the header is the first of the fullest rows. */
static enum rc guess_header(struct draft *d, struct draft_ask ask, struct page *page, size_t *ret_n,
                            const char *const **ret)
{
    const char **numbers = arena_array(d->arena, COLUMNS_MOST, sizeof *numbers);
    for (size_t i = 0; i < COLUMNS_MOST; i++) {
        numbers[i] = arena_printf(d->arena, "%zu", i + 1);
    }
    ask.settings = "{match: \"*\", format: {header: false}}";
    ask.columns = numbers;
    ask.column_count = COLUMNS_MOST;
    TRY(draft_read(d, &ask, page));
    const struct str *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < page->rows && i < HEADER_ROWS; i++) {
        const struct str *row = page->values + i * COLUMNS_MOST;
        if (count_cells(row, COLUMNS_MOST) > most) {
            most = count_cells(row, COLUMNS_MOST);
            best = row;
        }
    }
    const char **names = arena_array(d->arena, COLUMNS_MOST, sizeof *names);
    *ret_n = 0;
    if (best == NULL || !is_header(page, (size_t)(best - page->values) / COLUMNS_MOST)) {
        return RC_OK; /* told by the caller: no header */
    }
    for (size_t i = 0; i < COLUMNS_MOST; i++) {
        if (best[i].n > 0) {
            names[(*ret_n)++] = arena_cstr(d->arena, best[i]);
        }
    }
    *ret = names;
    return RC_OK;
}

enum rc draft_file(struct draft *d, const char *path)
{
    struct draft_ask ask = {&connector_file, "kind: file", "match: \"*\"", NULL, 0, path};
    struct page page;
    size_t n = 0;
    const char *const *names = all_known(d->arena, &ask.column_count);
    ask.columns = names;
    if (draft_read(d, &ask, &page) == RC_OK) {
        names = split(d->arena, page.columns_seen, &n);
    } else if (err_last() == RC_FORMAT) {
        TRY(guess_header(d, ask, &page, &n, &names));
    } else {
        return err_last();
    }
    if (n == 0) {
        return err_fail(RC_FORMAT, tr("%s: 没有表头", "%s: no header"), path);
    }
    ask.columns = names;
    ask.column_count = n;
    TRY(draft_read(d, &ask, &page));
    draft_take(d, names, n, &page);
    d->connection =
        arena_printf(d->arena, "  kind: file\n  folder: \"${env:%s}\"\n", draft_variable(d, "DIR"));
    d->reading = arena_printf(d->arena, "    match: %s\n    %s\n    ready: {stable: 10s}\n",
                              draft_quoted(d->arena, str_from(pattern_of(d->arena, path))),
                              format_lines(d->arena, page.format));
    return RC_OK;
}
