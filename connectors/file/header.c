#include "connectors/file/header.h"

#include "base/date.h"
#include "base/text.h"
#include "connectors/columns.h"

/* Cells are told apart by what remains without blanks and the asterisks of required fields: forms
 * spread 姓  名 and break lines within a cell. */
static struct str name_key(struct arena *a, struct str s)
{
    struct str folded = text_fold(a, s);
    char *out = arena_alloc(a, folded.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++) {
        if (folded.p[i] != ' ' && folded.p[i] != '*') {
            out[n++] = folded.p[i];
        }
    }
    return str_of(out, n);
}

/* ---- Names ---- */

struct names { /* of one candidate for the header */
    struct str *full, *lower;
    size_t n;
};

static struct str cell(const struct table_row *row, size_t i)
{
    return i < row->n && !str_is_null(row->cells[i]) ? row->cells[i] : STR("");
}

static struct names one_line(struct arena *a, const struct table_row *row)
{
    struct names names = {.n = row->n};
    names.full = arena_array(a, row->n + 1, sizeof *names.full);
    for (size_t i = 0; i < row->n; i++) {
        names.full[i] = name_key(a, cell(row, i));
    }
    names.lower = names.full;
    return names;
}

/* An upper cell left empty above a name is part of the merged one to its left. */
static struct names two_lines(struct arena *a, const struct table_row *upper,
                              const struct table_row *below)
{
    struct names names = {.n = upper->n > below->n ? upper->n : below->n};
    names.full = arena_array(a, names.n + 1, sizeof *names.full);
    names.lower = arena_array(a, names.n + 1, sizeof *names.lower);
    struct str spread = STR("");
    for (size_t i = 0; i < names.n; i++) {
        struct str top = name_key(a, cell(upper, i)), low = name_key(a, cell(below, i));
        spread = top.n > 0 ? top : low.n > 0 ? spread : STR("");
        names.lower[i] = low.n > 0 ? low : top;
        names.full[i] =
            low.n > 0 && spread.n > 0
                ? str_from(arena_printf(a, "%.*s/%.*s", STR_ARGS(spread), STR_ARGS(low)))
                : names.lower[i];
    }
    return names;
}

/* How many of `names` are `wanted`, and the first of them. */
static size_t find_name(const struct str *names, size_t n, struct str wanted, size_t *ret)
{
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        if (names[i].n > 0 && str_eq(names[i], wanted) && hits++ == 0) {
            *ret = i;
        }
    }
    return hits;
}

/* The whole name goes before the lower part of it. */
static size_t find_wanted(const struct names *names, struct str wanted, size_t *ret)
{
    size_t hits = find_name(names->full, names->n, wanted, ret);
    return hits > 0 ? hits : find_name(names->lower, names->n, wanted, ret);
}

static size_t count_wanted(const struct names *names, const struct str *wanted, size_t n)
{
    size_t found = 0, ignored = 0;
    for (size_t i = 0; i < n; i++) {
        found += find_wanted(names, wanted[i], &ignored) > 0 ? 1 : 0;
    }
    return found;
}

/* ---- The best candidate ---- */

/* What stands above a whole header is a title, not its upper line. */
static bool is_title(struct arena *a, const struct table_row *below, size_t found,
                     const struct str *wanted, size_t wanted_n)
{
    struct names names = one_line(a, below);
    return count_wanted(&names, wanted, wanted_n) >= found;
}

static struct names choose(struct arena *a, const struct table_row *rows, size_t n,
                           const struct str *wanted, size_t wanted_n, struct header *ret)
{
    struct names best = {0};
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t lines = 1; lines <= 2 && i + lines <= n; lines++) {
            struct names names =
                lines == 1 ? one_line(a, &rows[i]) : two_lines(a, &rows[i], &rows[i + 1]);
            size_t found = count_wanted(&names, wanted, wanted_n);
            if (found > most &&
                !(lines == 2 && is_title(a, &rows[i + 1], found, wanted, wanted_n))) {
                most = found;
                best = names;
                ret->first = i;
                ret->lines = lines;
            }
        }
    }
    return best;
}

static enum rc fail_missing(const struct source *source)
{
    enum rc rc = err_fail(
        RC_FORMAT,
        tr("前 %d 行里没有表头:找不到“%s”等列名",
           "no header within the first %d rows: no column is named \"%s\" or another wanted name"),
        HEADER_WITHIN, source->columns[0]);
    err_hint("%s", tr("核对字段的 from 与文件的列名;没有表头时写 format: {header: false}。",
                      "Compare `from` with the file's columns; without a header say format: "
                      "{header: false}."));
    return rc;
}

static enum rc fail_ambiguous(const char *wanted)
{
    enum rc rc =
        err_fail(RC_FORMAT, tr("表头中有几列都叫“%s”", "several columns are named \"%s\""), wanted);
    err_hint("%s", tr("两行表头可写“上级/下级”;一行表头请部门改名。",
                      "Under a two-line header write \"upper/lower\"; else ask the department to "
                      "rename one."));
    return rc;
}

/* What was asked for is told in the asker's own spelling. */
static enum rc place_columns(const struct source *source, struct arena *a,
                             const struct names *names, const struct str *wanted,
                             struct header *ret)
{
    struct str *seen = arena_array(a, names->n + 1, sizeof *seen);
    memcpy(seen, names->full, names->n * sizeof *seen);
    for (size_t i = 0; i < source->column_count; i++) {
        size_t hits = find_wanted(names, wanted[i], &ret->index[i]);
        if (hits > 1) {
            return fail_ambiguous(source->columns[i]);
        }
        if (hits == 0) {
            ret->index[i] = HEADER_ABSENT;
        } else {
            seen[ret->index[i]] = str_from(source->columns[i]);
        }
    }
    ret->width = names->n;
    ret->columns_seen = columns_join(a, seen, names->n);
    return RC_OK;
}

enum rc header_find(const struct source *source, struct arena *a, const struct table_row *rows,
                    size_t n, struct header *ret)
{
    struct str *wanted = arena_array(a, source->column_count + 1, sizeof *wanted);
    for (size_t i = 0; i < source->column_count; i++) {
        wanted[i] = name_key(a, str_from(source->columns[i]));
    }
    ret->index = arena_array(a, source->column_count + 1, sizeof *ret->index);
    ret->lines = 0;
    struct names names = choose(a, rows, n, wanted, source->column_count, ret);
    if (ret->lines == 0) {
        return fail_missing(source);
    }
    return place_columns(source, a, &names, wanted, ret);
}

/* ---- Titles ---- */

/* The first run of digits, dots, dashes, slashes and 年月日. */
static date_t date_within(struct str s)
{
    static const char *const parts[] = {"年", "月", "日"};
    struct date_span span;
    while (s.n > 0 && (s.p[0] < '0' || s.p[0] > '9')) {
        s = str_sub(s, 1, s.n);
    }
    size_t n = 0;
    for (bool more = true; more && n < s.n;) {
        size_t step = strchr("0123456789-/.", s.p[n]) != NULL ? 1 : 0;
        for (size_t i = 0; step == 0 && i < sizeof parts / sizeof *parts; i++) {
            step = str_starts(str_sub(s, n, s.n), str_from(parts[i])) ? strlen(parts[i]) : 0;
        }
        n += step;
        more = step > 0;
    }
    if (n == 0 || date_parse(str_sub(s, 0, n), &span) != RC_OK) {
        err_clear();
        return DATE_NONE;
    }
    return span.first == span.last ? span.first : DATE_NONE;
}

static date_t date_behind_label(struct arena *a, const struct table_row *row, size_t at)
{
    static const char *const labels[] = {"导出日期", "导出时间", "截止日期", "截止时间"};
    struct str title = name_key(a, cell(row, at));
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const char *label = title.n == 0 ? NULL : memmem(title.p, title.n, labels[i], strlen(labels[i]));
        if (label == NULL) {
            continue;
        }
        size_t behind = (size_t)(label - title.p) + strlen(labels[i]);
        date_t date = date_within(str_sub(title, behind, title.n));
        for (size_t k = at + 1; k < row->n && date == DATE_NONE; k++) {
            date = date_within(text_fold(a, cell(row, k)));
        }
        return date;
    }
    return DATE_NONE;
}

date_t header_title_date(struct arena *a, const struct table_row *rows, size_t n)
{
    date_t date = DATE_NONE;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < rows[i].n && date == DATE_NONE; k++) {
            date = date_behind_label(a, &rows[i], k);
        }
    }
    return date;
}
