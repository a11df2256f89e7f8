#include "pipeline/pull/drift.h"

#include "pipeline/pull/columns.h"

#define NAME_MOST 64
#define NAMES_TOLD 5
#define DIGITS_MOST 5     /* more in a row may be a number of somebody */
#define RETYPED_LEAST 10  /* fewer rows prove nothing */
#define DRIFTS_MOST 4096

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
    return most <= DIGITS_MOST && name.n <= NAME_MOST;
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

/* The missing columns and what may have taken their place. */
struct search {
    const struct dataset *dataset;
    struct names *names;
    struct str *missing, *fresh;
    size_t missing_count, fresh_count, *at; /* fresh[i] is names->list[at[i]] */
    size_t *found;                          /* by missing column */
    size_t gone;                            /* also those that never were there */
};

static bool is_missing(const struct dataset *d, struct str seen, size_t column)
{
    return !columns_have(seen, str_from(d->columns[column]));
}

static size_t missing_count(const struct dataset *d, struct str seen)
{
    size_t n = 0;
    for (size_t i = 0; i < d->column_count; i++) {
        n += is_missing(d, seen, i) ? 1 : 0;
    }
    return n;
}

static struct search begin_search(const struct dataset *d, struct str seen, struct str before, struct names *names,
                                  struct arena *a)
{
    struct search s = {.dataset = d, .names = names, .gone = missing_count(d, seen)};
    s.missing = arena_array(a, s.gone, sizeof *s.missing);
    s.found = arena_array(a, s.gone, sizeof *s.found);
    s.fresh = arena_array(a, names->n, sizeof *s.fresh);
    s.at = arena_array(a, names->n, sizeof *s.at);
    for (size_t i = 0; i < d->column_count; i++) {
        struct str column = str_from(d->columns[i]);
        if (is_missing(d, seen, i) && (before.n == 0 || columns_have(before, column))) {
            s.missing[s.missing_count++] = column;
        }
    }
    bool are_names = s.gone * 2 <= d->column_count; /* else the first line may be a record */
    for (size_t i = 0; are_names && i < names->n; i++) {
        if (may_be_told(names->list[i])) {
            s.at[s.fresh_count] = i;
            s.fresh[s.fresh_count++] = names->list[i];
        }
    }
    return s;
}

static void finish_search(struct search *s, struct str before, const struct column_looks *looks, struct arena *a)
{
    struct renamed_question q = {s->missing, s->fresh, s->missing_count, s->fresh_count, looks, false};
    q.is_lone = s->gone == 1 && s->names->n == 1 && before.n > 0 && s->dataset->quality.on_missing_column == DRIFT_HOLD;
    renamed_find(&q, a, s->found);
    for (size_t i = 0; i < s->missing_count; i++) {
        if (s->found[i] != RENAMED_NONE) {
            s->names->is_taken[s->at[s->found[i]]] = true;
        }
    }
}

/* The new name of a column that is gone; null: it has none. */
static struct str new_name_of(const struct search *s, struct str column)
{
    for (size_t i = 0; i < s->missing_count; i++) {
        if (str_eq(s->missing[i], column) && s->found[i] != RENAMED_NONE) {
            return s->fresh[s->found[i]];
        }
    }
    return STR_NULL;
}

static void tell_missing(const struct search *s, const char *column, struct arena *a, struct column_drifts *ret)
{
    const char *where = at_line(s->dataset, column, a);
    struct str name = new_name_of(s, str_from(column));
    if (str_is_null(name)) {
        add(ret, COLUMN_MISSING, arena_printf(a, "missing_column %s%s", column, where));
    } else {
        add(ret, COLUMN_RENAMED, arena_printf(a, "renamed_column %s -> %.*s%s", column, STR_ARGS(name), where));
    }
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

void drift_find(const struct dataset *d, struct str seen, struct str before, const struct column_looks *looks,
                struct arena *a, struct column_drifts *ret)
{
    *ret = (struct column_drifts){arena_array(a, DRIFTS_MOST, sizeof *ret->list), 0};
    if (seen.n == 0) {
        return;
    }
    struct names names = new_names(d, seen, before, a);
    struct search s = begin_search(d, seen, before, &names, a);
    finish_search(&s, before, looks, a);
    for (size_t i = 0; s.gone > 0 && i < d->column_count; i++) {
        if (is_missing(d, seen, i)) {
            tell_missing(&s, d->columns[i], a, ret);
        }
    }
    if (before.n > 0) {
        tell_new(&names, s.gone * 2 <= d->column_count, a, ret);
    }
}

size_t drift_unexplained(const struct dataset *d, struct str seen, struct str before, struct arena *a, const char ***ret)
{
    size_t n = 0;
    if (seen.n == 0 || before.n == 0 || d->quality.on_missing_column == DRIFT_IGNORE || missing_count(d, seen) == 0) {
        return 0;
    }
    struct names names = new_names(d, seen, before, a);
    struct search s = begin_search(d, seen, before, &names, a);
    struct renamed_question q = {s.missing, s.fresh, s.missing_count, s.fresh_count, NULL, false};
    renamed_find(&q, a, s.found);
    bool is_explained = true;
    for (size_t i = 0; i < s.missing_count; i++) {
        is_explained = is_explained && s.found[i] != RENAMED_NONE;
        if (s.found[i] != RENAMED_NONE) {
            s.fresh[s.found[i]] = STR_NULL;
        }
    }
    *ret = arena_array(a, DRIFT_LOOKED_AT, sizeof **ret);
    for (size_t i = 0; !is_explained && i < s.fresh_count && n < DRIFT_LOOKED_AT; i++) {
        if (!str_is_null(s.fresh[i])) {
            (*ret)[n++] = arena_cstr(a, s.fresh[i]);
        }
    }
    return n;
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
