#include "connectors/file/header.h"

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
