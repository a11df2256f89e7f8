#include "pipeline/pull/drift.h"

#include <ctype.h>

#include "pipeline/pull/columns.h"

#define NAME_POINTS 64
#define NAMES_TOLD 5
#define DIGITS_MOST 5     /* more in a row may be a number of somebody */
#define RETYPED_LEAST 10  /* fewer rows prove nothing */
#define DRIFTS_MOST 4096

/* ---- Do two names resemble each other? ---- */

/* Code points, letters in lower case, without what separates words. */
static size_t points_of(struct str s, uint32_t out[NAME_POINTS])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < NAME_POINTS;) {
        unsigned char c = (unsigned char)s.p[i++];
        uint32_t point = c < 0x80 ? (uint32_t)tolower(c) : c;
        while (i < s.n && c >= 0x80 && ((unsigned char)s.p[i] & 0xc0) == 0x80) {
            point = point << 8 | (unsigned char)s.p[i++];
        }
        if (point != ' ' && point != '_' && point != '-' && point != '/') {
            out[n++] = point;
        }
    }
    return n;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static size_t distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t row[NAME_POINTS + 1];
    for (size_t k = 0; k <= m; k++) {
        row[k] = k;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t above = row[k];
            row[k] = least_of(above + 1, row[k - 1] + 1, corner + (a[i - 1] == b[k - 1] ? 0 : 1));
            corner = above;
        }
    }
    return row[m];
}

static bool contains(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    for (size_t i = 0; m >= 2 && i + m <= n; i++) {
        if (memcmp(a + i, b, m * sizeof *b) == 0) {
            return true;
        }
    }
    return false;
}

bool drift_resembles(struct str a, struct str b)
{
    uint32_t p[NAME_POINTS], q[NAME_POINTS];
    size_t n = points_of(a, p), m = points_of(b, q), longer = n > m ? n : m;
    return longer > 0 && (contains(p, n, q, m) || contains(q, m, p, n) || distance(p, n, q, m) * 3 <= longer);
}

/* ---- Where the configuration names a column ---- */

static const struct yaml *line_of(const struct dataset *d, const char *column)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (strcmp(d->columns[d->fields[i].column], column) == 0) {
            return yaml_get(d->fields[i].node, "from");
        }
    }
    const struct yaml *identity = yaml_get(d->node, "identity");
    for (const struct yaml *n = identity == NULL ? NULL : identity->first; n != NULL; n = n->next) {
        if (n->kind == YAML_SCALAR && str_is(n->text, column)) {
            return n;
        }
    }
    return d->node;
}

static void add(struct column_drifts *out, enum drift_kind kind, const char *reason)
{
    if (out->n < DRIFTS_MOST) {
        out->list[out->n++] = (struct column_drift){kind, reason};
    }
}

/* "connectors/water.yaml": what is published tells no folder of this machine. */
static const char *file_of(const struct dataset *d)
{
    const char *file = d->department->file, *at = strrchr(file, '/');
    while (at != NULL && at > file && at[-1] != '/') {
        at--;
    }
    return at == NULL ? file : at;
}

static const char *at_line(const struct dataset *d, const char *column, struct arena *a)
{
    const struct yaml *node = line_of(d, column);
    return node == NULL ? "" : arena_printf(a, " at %s:%d", file_of(d), node->line);
}

/* ---- New names ---- */

static bool may_be_told(struct str name)
{
    size_t run = 0, most = 0;
    for (size_t i = 0; i < name.n; i++) {
        run = name.p[i] >= '0' && name.p[i] <= '9' ? run + 1 : 0;
        most = run > most ? run : most;
    }
    return most <= DIGITS_MOST && name.n <= NAME_POINTS;
}

/* The next name of `seen` that is new: not there before, or, with nothing before, read by no field. */
static bool next_new(const struct dataset *d, struct str *seen, struct str before, struct str *ret)
{
    while (seen->n > 0) {
        struct str name = str_cut(seen, '\n');
        bool is_known = columns_have(before, name);
        for (size_t i = 0; before.n == 0 && !is_known && i < d->column_count; i++) {
            is_known = columns_have(name, str_from(d->columns[i]));
        }
        if (!is_known) {
            *ret = name;
            return true;
        }
    }
    return false;
}

struct names {
    struct str *list;
    size_t n;
    bool *is_taken; /* told as the new name of another */
};

static struct names new_names(const struct dataset *d, struct str seen, struct str before, struct arena *a)
{
    struct names out = {NULL, 0, NULL};
    struct str rest = seen, name = STR_NULL;
    for (size_t pass = 0; pass < 2; pass++) {
        for (rest = seen, out.n = 0; next_new(d, &rest, before, &name); out.n++) {
            if (out.list != NULL) {
                out.list[out.n] = arena_str(a, name);
            }
        }
        if (pass == 0) {
            out.list = arena_array(a, out.n, sizeof *out.list);
            out.is_taken = arena_array(a, out.n, sizeof *out.is_taken);
        }
    }
    return out;
}

/* ---- Missing ones ---- */

static size_t missing_count(const struct dataset *d, struct str seen)
{
    size_t n = 0;
    for (size_t i = 0; i < d->column_count; i++) {
        n += columns_have(seen, str_from(d->columns[i])) ? 0 : 1;
    }
    return n;
}

/* The new name of a column that is gone; n if none resembles it and there is more than one choice. */
static size_t new_name_of(const struct names *names, struct str column, bool is_lone)
{
    for (size_t i = 0; i < names->n; i++) {
        if (!names->is_taken[i] && may_be_told(names->list[i]) &&
            (drift_resembles(column, names->list[i]) || (is_lone && names->n == 1))) {
            return i;
        }
    }
    return names->n;
}

static void tell_missing(const struct dataset *d, const char *column, struct str before, struct names *names,
                         bool is_lone, struct arena *a, struct column_drifts *ret)
{
    const char *where = at_line(d, column, a);
    bool was_there = before.n == 0 || columns_have(before, str_from(column));
    size_t at = was_there ? new_name_of(names, str_from(column), is_lone) : names->n;
    if (at == names->n) {
        add(ret, COLUMN_MISSING, arena_printf(a, "missing_column %s%s", column, where));
        return;
    }
    names->is_taken[at] = true;
    add(ret, COLUMN_RENAMED, arena_printf(a, "renamed_column %s -> %.*s%s", column, STR_ARGS(names->list[at]), where));
}

static void tell_new(const struct names *names, bool are_names, struct arena *a, struct column_drifts *ret)
{
    size_t told = 0, untold = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (names->is_taken[i]) {
            continue;
        }
        if (are_names && told < NAMES_TOLD && may_be_told(names->list[i])) {
            add(ret, COLUMN_NEW, arena_printf(a, "new_column %.*s", STR_ARGS(names->list[i])));
            told++;
        } else {
            untold++;
        }
    }
    if (untold > 0) {
        add(ret, COLUMN_NEW, arena_printf(a, "new_columns %zu", untold));
    }
}

void drift_find(const struct dataset *d, struct str seen, struct str before, struct arena *a, struct column_drifts *ret)
{
    *ret = (struct column_drifts){arena_array(a, DRIFTS_MOST, sizeof *ret->list), 0};
    if (seen.n == 0) {
        return;
    }
    size_t missing = missing_count(d, seen);
    bool are_names = missing * 2 <= d->column_count; /* else the first line may be a record */
    struct names names = new_names(d, seen, before, a);
    struct names choices = are_names ? names : (struct names){NULL, 0, NULL};
    bool is_lone = missing == 1 && before.n > 0 && d->quality.on_missing_column == DRIFT_HOLD;
    for (size_t i = 0; missing > 0 && i < d->column_count; i++) {
        if (!columns_have(seen, str_from(d->columns[i]))) {
            tell_missing(d, d->columns[i], before, &choices, is_lone, a, ret);
        }
    }
    if (before.n > 0) {
        tell_new(&names, are_names, a, ret);
    }
}

void drift_add_retyped(const struct dataset *d, const char *column, int64_t refused, int64_t tried, struct arena *a,
                       struct column_drifts *ret)
{
    if (tried >= RETYPED_LEAST && refused * 2 > tried) {
        add(ret, COLUMN_RETYPED,
            arena_printf(a, "retyped_column %s %lld of %lld%s", column, (long long)refused, (long long)tried,
                         at_line(d, column, a)));
    }
}
