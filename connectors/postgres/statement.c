#include "connectors/postgres/postgres.h"

#define SINCE "{since}"
#define SINCE_SQL "$1::timestamp"
#define BEGINNING_OF_TIME "1900-01-01"
#define SQL_MAX ((size_t)1 << 20)

/* ---- SQL ---- */

static enum rc put_query(struct buf *out, struct str query, bool *ret_since)
{
    for (;;) {
        const char *hit = query.n > 0 ? memmem(query.p, query.n, SINCE, sizeof SINCE - 1) : NULL;
        if (hit == NULL) {
            return buf_puts(out, query);
        }
        *ret_since = true;
        size_t before = (size_t)(hit - query.p);
        TRY(buf_put(out, query.p, before));
        TRY(buf_puts(out, STR(SINCE_SQL)));
        query = str_sub(query, before + sizeof SINCE - 1, query.n);
    }
}

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

/* Rows whose keys compare unknown to the position have a null key; they sort last and are still to
 * come (and are refused there, see postgres.c). */
static enum rc put_behind(struct buf *out, const char *const *order, size_t n, int first_param)
{
    TRY(buf_puts(out, STR(" where ((")));
    TRY(put_columns(out, order, n));
    TRY(buf_puts(out, STR(") > (")));
    for (size_t i = 0; i < n; i++) {
        TRY(buf_printf(out, "%s$%d", i > 0 ? ", " : "", first_param + (int)i));
    }
    return buf_puts(out, STR(")) is not false"));
}

static enum rc put_statement(struct buf *out, struct str query, const char *const *order,
                             size_t order_n, const struct position *position, bool *ret_since)
{
    query = sql_trim(query);
    if (order_n == 0) {
        return put_query(out, query, ret_since);
    }
    TRY(buf_puts(out, STR("select * from (")));
    TRY(put_query(out, query, ret_since));
    TRY(buf_puts(out, STR("\n) bidui_source"))); /* the query may end in a comment */
    if (position->n > 0) {
        TRY(put_behind(out, order, order_n, *ret_since ? 2 : 1));
    }
    TRY(buf_puts(out, STR(" order by ")));
    return put_columns(out, order, order_n);
}

enum rc statement_write(struct arena *a, struct str query, struct str since,
                        const char *const *order, size_t order_n, const struct position *position,
                        struct statement *ret)
{
    struct buf out;
    bool has_since = false;
    buf_init(&out, SQL_MAX);
    enum rc rc = put_statement(&out, query, order, order_n, position, &has_since);
    const char *sql = rc == RC_OK ? arena_cstr(a, buf_str(&out)) : NULL;
    buf_done(&out);
    TRY(rc);
    const char **params = arena_array(a, order_n + 1, sizeof *params);
    int n = 0;
    if (has_since) {
        params[n++] = str_is_empty(since) ? BEGINNING_OF_TIME : arena_cstr(a, since);
    }
    for (size_t i = 0; order_n > 0 && i < position->n; i++) {
        params[n++] = position->keys[i];
    }
    *ret = (struct statement){sql, params, n};
    return RC_OK;
}
