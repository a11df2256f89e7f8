#include "connectors/postgres/postgres.h"

#define BEGINNING_OF_TIME "1900-01-01"
#define SQL_MAX ((size_t)1 << 20)

/* ---- SQL ---- */

static enum rc put_identifier(struct buf *out, const char *name)
{
    TRY(buf_putc(out, '"'));
    for (; *name != '\0'; name++) {
        if (*name == '"') {
            TRY(buf_putc(out, '"'));
        }
        TRY(buf_putc(out, *name));
    }
    return buf_putc(out, '"');
}

static enum rc put_columns(struct buf *out, const char *const *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        TRY(i > 0 ? buf_puts(out, STR(", ")) : RC_OK);
        TRY(put_identifier(out, order[i]));
    }
    return RC_OK;
}

struct writer {
    const struct question *q;
    struct buf out;
    const char **params;
    int n;
    int since, until; /* the numbers of these parameters; 0: the query has none */
    bool has_where;
};

static enum rc put_param(struct writer *w, const char *value)
{
    w->params[w->n++] = value;
    return buf_printf(&w->out, "$%d", w->n);
}

/* Either is one parameter wherever it stands. */
static enum rc put_query(struct writer *w, struct str query)
{
    while (query.n > 0) {
        bool is_since = str_starts(query, str_from(SQL_SINCE)), is_until = str_starts(query, str_from(SQL_UNTIL));
        if (is_since || is_until) {
            TRY(buf_printf(&w->out, "$%d::timestamp", is_since ? w->since : w->until));
            query = str_sub(query, strlen(is_since ? SQL_SINCE : SQL_UNTIL), query.n);
        } else {
            TRY(buf_putc(&w->out, query.p[0]));
            query = str_sub(query, 1, query.n);
        }
    }
    return RC_OK;
}

static enum rc put_where(struct writer *w)
{
    TRY(buf_puts(&w->out, w->has_where ? STR(" and ") : STR(" where ")));
    w->has_where = true;
    return RC_OK;
}

/* Rows whose keys compare unknown to the position have a null key; they sort last and are still to
 * come (and are refused there, see postgres.c). */
static enum rc put_behind(struct writer *w)
{
    const struct question *q = w->q;
    TRY(put_where(w));
    TRY(buf_puts(&w->out, STR("((")));
    TRY(put_columns(&w->out, q->order, q->order_n));
    TRY(buf_puts(&w->out, STR(") > (")));
    for (size_t i = 0; i < q->order_n; i++) {
        TRY(i > 0 ? buf_puts(&w->out, STR(", ")) : RC_OK);
        TRY(put_param(w, q->behind.keys[i]));
    }
    return buf_puts(&w->out, STR(")) is not false"));
}

/* Nulls belong to the slice that has no upper bound. */
static enum rc put_bounds(struct writer *w)
{
    const struct question *q = w->q;
    if (q->lower != NULL) {
        TRY(put_where(w));
        TRY(buf_putc(&w->out, '('));
        TRY(put_identifier(&w->out, q->slice_by));
        TRY(buf_puts(&w->out, STR(" >= ")));
        TRY(put_param(w, q->lower));
        TRY(buf_puts(&w->out, q->upper == NULL ? STR(") is not false") : STR(")")));
    }
    if (q->upper != NULL) {
        TRY(put_where(w));
        TRY(put_identifier(&w->out, q->slice_by));
        TRY(buf_puts(&w->out, STR(" < ")));
        TRY(put_param(w, q->upper));
    }
    return RC_OK;
}

/* The query may end in a comment, hence the line break. */
static enum rc put_table(struct writer *w)
{
    TRY(buf_puts(&w->out, STR("(")));
    TRY(put_query(w, sql_trim(w->q->query)));
    return buf_puts(&w->out, STR("\n) bidui_source"));
}

/* The first parameters. */
static void add_bounds(struct writer *w)
{
    const struct question *q = w->q;
    if (sql_contains(q->query, SQL_SINCE)) {
        w->params[w->n++] = str_is_empty(q->since) ? BEGINNING_OF_TIME : q->since.p;
        w->since = w->n;
    }
    if (sql_contains(q->query, SQL_UNTIL)) {
        w->params[w->n++] = str_is_empty(q->until) ? SQL_END_OF_TIME : q->until.p;
        w->until = w->n;
    }
}

static enum rc put_statement(struct writer *w)
{
    add_bounds(w);
    if (w->q->order_n == 0) {
        return put_query(w, sql_trim(w->q->query));
    }
    TRY(buf_puts(&w->out, STR("select * from ")));
    TRY(put_table(w));
    TRY(put_bounds(w));
    TRY(w->q->behind.n > 0 ? put_behind(w) : RC_OK);
    TRY(buf_puts(&w->out, STR(" order by ")));
    return put_columns(&w->out, w->q->order, w->q->order_n);
}

/* Where the slice_by column is to be cut into `slices` of the same size. */
static enum rc put_cuts(struct writer *w, size_t slices)
{
    add_bounds(w);
    TRY(buf_puts(&w->out, STR("select unnest(percentile_disc(array[")));
    for (size_t i = 1; i < slices; i++) {
        TRY(buf_printf(&w->out, "%s%zu/%zu.0", i > 1 ? "," : "", i, slices));
    }
    TRY(buf_puts(&w->out, STR("]::float8[]) within group (order by ")));
    TRY(put_identifier(&w->out, w->q->slice_by));
    TRY(buf_puts(&w->out, STR("))::text from ")));
    return put_table(w);
}

static enum rc write_out(struct arena *a, const struct question *q, size_t cuts,
                         struct statement *ret)
{
    struct writer w = {.q = q, .params = arena_array(a, q->order_n + 4, sizeof *w.params)};
    buf_init(&w.out, SQL_MAX);
    enum rc rc = cuts > 0 ? put_cuts(&w, cuts) : put_statement(&w);
    if (rc == RC_OK) {
        *ret = (struct statement){arena_cstr(a, buf_str(&w.out)), w.params, w.n};
    }
    buf_done(&w.out);
    return rc;
}

enum rc statement_write(struct arena *a, const struct question *q, struct statement *ret)
{
    return write_out(a, q, 0, ret);
}

enum rc statement_write_cuts(struct arena *a, const struct question *q, size_t slices,
                             struct statement *ret)
{
    return write_out(a, q, slices, ret);
}
