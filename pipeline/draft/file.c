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
    for (size_t i = 0; best != NULL && i < COLUMNS_MOST; i++) {
        if (best[i].n > 0) {
            names[(*ret_n)++] = arena_cstr(d->arena, best[i]);
        }
    }
    *ret = names;
    return RC_OK;
}

/* A list without a header must not have its first person shown as names of columns: a name is no
 * number, no date, no long run of digits, and is not met again below. */
static bool is_name_of_column(const struct draft *d, size_t column)
{
    struct str name = d->columns[column].name;
    struct date_span ignored;
    size_t run = 0, longest = 0;
    for (size_t i = 0; i < name.n; i++) {
        run = name.p[i] >= '0' && name.p[i] <= '9' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    bool is = longest < 6 && strspn(name.p, "0123456789.-") < name.n &&
              date_parse(name, &ignored) != RC_OK;
    err_clear();
    for (size_t i = 0; i < d->rows && is; i++) {
        is = !str_eq(d->values[i * d->column_count + column], name);
    }
    return is;
}

static bool has_header(const struct draft *d)
{
    for (size_t i = 0; i < d->column_count; i++) {
        if (!is_name_of_column(d, i)) {
            return false;
        }
    }
    return d->column_count > 0;
}

static enum rc fail_header(const char *path)
{
    enum rc rc = err_fail(RC_FORMAT, tr("%s: 没有表头", "%s: no header"), path);
    err_hint("%s", tr("起草需要有列名的样本;没有表头的文件请手写 format: {header: false}。",
                      "A draft needs a sample that names its columns; of a file without write "
                      "format: {header: "
                      "false} by hand."));
    return rc;
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
        return fail_header(path);
    }
    ask.columns = names;
    ask.column_count = n;
    TRY(draft_read(d, &ask, &page));
    draft_take(d, names, n, &page);
    if (!has_header(d)) {
        return fail_header(path);
    }
    d->connection =
        arena_printf(d->arena, "  kind: file\n  folder: \"${env:%s}\"\n", draft_variable(d, "DIR"));
    d->reading = arena_printf(d->arena, "    match: %s\n    %s\n    ready: {stable: 10s}\n",
                              draft_quoted(d->arena, str_from(pattern_of(d->arena, path))),
                              format_lines(d->arena, page.format));
    return RC_OK;
}
