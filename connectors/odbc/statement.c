#include "connectors/odbc/odbc.h"

#include <ctype.h>

#define SQL_MAX ((size_t)1 << 20)
#define PARAMS_MAX 256

struct writer {
    const struct odbc_question *q;
    enum odbc_part part;
    struct buf out;
    struct odbc_param params[PARAMS_MAX];
    size_t param_count;
};

/* ---- Pieces ---- */

static enum rc put(struct writer *w, const char *text)
{
    return buf_puts(&w->out, str_from(text));
}

static enum rc put_param(struct writer *w, enum odbc_param_kind kind, size_t key)
{
    if (w->param_count == PARAMS_MAX) {
        return err_fail(RC_LIMIT, tr("查询中的参数多于 %d 个", "more than %d parameters"),
                        PARAMS_MAX);
    }
    w->params[w->param_count++] = (struct odbc_param){kind, key};
    return put(w, "?");
}

static bool is_plain(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        bool is_word = isalnum((unsigned char)name.p[i]) || name.p[i] == '_';
        if (!is_word || (i == 0 && isdigit((unsigned char)name.p[i]))) {
            return false;
        }
    }
    return name.n > 0;
}

/* Plain names follow the server's own rule of case; others (Chinese, say) are quoted its way,
 * unless the configuration did. */
static enum rc put_identifier(struct writer *w, struct str name)
{
    const char *quote = w->q->quote;
    bool has_quote = quote[0] != '\0' && quote[0] != ' ';
    if (is_plain(name) || !has_quote || str_starts(name, str_from(quote)) ||
        str_starts(name, STR("["))) {
        return buf_puts(&w->out, name);
    }
    TRY(put(w, quote));
    for (size_t i = 0; i < name.n; i++) {
        TRY(name.p[i] == quote[0] ? put(w, quote) : RC_OK);
        TRY(buf_putc(&w->out, name.p[i]));
    }
    return put(w, quote);
}

static enum rc put_key(struct writer *w, size_t i)
{
    return put_identifier(w, str_from(w->q->keys[i]));
}

/* ---- Where a page begins ---- */

static enum rc put_compared(struct writer *w, size_t key, const char *how)
{
    TRY(put_key(w, key));
    TRY(put(w, how));
    return put_param(w, PARAM_KEY, key);
}

/* (a > ? or (a = ? and (b > ? or (b = ? and c > ?)))), behind a >= ?, by which servers find the
 * index. */
static enum rc put_behind(struct writer *w)
{
    size_t n = w->q->key_count;
    if (n > 1) {
        TRY(put_compared(w, 0, " >= "));
        TRY(put(w, " and "));
    }
    for (size_t i = 0; i < n; i++) {
        TRY(put(w, "("));
        TRY(put_compared(w, i, " > "));
        if (i + 1 < n) {
            TRY(put(w, " or ("));
            TRY(put_compared(w, i, " = "));
            TRY(put(w, " and "));
        }
    }
    for (size_t i = 0; i < n; i++) {
        TRY(put(w, i + 1 < n ? "))" : ")"));
    }
    return RC_OK;
}

static enum rc put_nulls(struct writer *w)
{
    for (size_t i = 0; i < w->q->key_count; i++) {
        TRY(put(w, i > 0 ? " or " : ""));
        TRY(put_key(w, i));
        TRY(put(w, " is null"));
    }
    return RC_OK;
}

static enum rc put_part(struct writer *w)
{
    TRY(put(w, "("));
    switch (w->part) {
    case PART_ALL:
        TRY(put(w, "1 = 1"));
        break;
    case PART_BEHIND:
        TRY(put_behind(w));
        break;
    case PART_NULLS:
        TRY(put_nulls(w));
        break;
    }
    return put(w, ")");
}

/* ---- The two forms ---- */

/* The text with its placeholders as parameters; *ret_after: it had {after}. */
static enum rc put_text(struct writer *w, struct str text, bool *ret_after)
{
    static const char since[] = SQL_SINCE, until[] = SQL_UNTIL, after[] = "{after}";
    for (size_t i = 0; i < text.n;) {
        struct str rest = str_sub(text, i, text.n);
        if (str_starts(rest, str_from(since))) {
            TRY(put_param(w, PARAM_SINCE, 0));
            i += sizeof since - 1;
        } else if (str_starts(rest, str_from(until))) {
            TRY(put_param(w, PARAM_UNTIL, 0));
            i += sizeof until - 1;
        } else if (str_starts(rest, str_from(after))) {
            *ret_after = true;
            TRY(put_part(w));
            i += sizeof after - 1;
        } else {
            TRY(buf_putc(&w->out, text.p[i++]));
        }
    }
    return RC_OK;
}

/* A query without {after} is made a table of; it may end in a comment, hence the line break. */
static enum rc put_query(struct writer *w)
{
    struct str query = sql_trim(w->q->query);
    bool is_wrapped = w->q->key_count > 0 && !sql_contains(query, "{after}"), ignored = false;
    TRY(is_wrapped ? put(w, "select * from (") : RC_OK);
    TRY(put_text(w, query, &ignored));
    if (is_wrapped) {
        TRY(put(w, "\n) bidui_source where "));
        TRY(put_part(w));
    }
    return RC_OK;
}

/* schema.table: each part by itself. */
static enum rc put_table(struct writer *w)
{
    struct str rest = w->q->table;
    for (bool is_first = true; rest.n > 0; is_first = false) {
        TRY(is_first ? RC_OK : put(w, "."));
        TRY(put_identifier(w, str_cut(&rest, '.')));
    }
    return RC_OK;
}

static enum rc put_bound(struct writer *w, const char *how, enum odbc_param_kind kind)
{
    TRY(put(w, " and "));
    TRY(put_identifier(w, str_from(w->q->since_column)));
    TRY(put(w, how));
    return put_param(w, kind, 0);
}

static enum rc put_select(struct writer *w)
{
    const struct odbc_question *q = w->q;
    TRY(put(w, "select "));
    for (size_t i = 0; i < q->column_count; i++) {
        TRY(put(w, i > 0 ? ", " : ""));
        TRY(put_identifier(w, str_from(q->columns[i])));
    }
    TRY(put(w, " from "));
    TRY(put_table(w));
    TRY(put(w, " where "));
    TRY(put_part(w));
    if (!str_is_null(q->where)) {
        TRY(put(w, " and ("));
        TRY(buf_puts(&w->out, q->where));
        TRY(put(w, ")"));
    }
    TRY(q->since_column != NULL ? put_bound(w, " >= ", PARAM_SINCE) : RC_OK);
    return q->since_column != NULL && q->has_until ? put_bound(w, " < ", PARAM_UNTIL) : RC_OK;
}

/* ---- Order and limit ---- */

static enum rc put_order(struct writer *w)
{
    for (size_t i = 0; i < w->q->key_count; i++) {
        TRY(put(w, i > 0 ? ", " : " order by "));
        TRY(put_key(w, i));
    }
    return RC_OK;
}

static enum rc put_limit(struct writer *w, size_t limit)
{
    switch (w->q->dialect->limit) {
    case LIMIT_LIMIT:
        return buf_printf(&w->out, " limit %zu", limit);
    case LIMIT_FETCH:
        return buf_printf(&w->out, " offset 0 rows fetch next %zu rows only", limit);
    case LIMIT_ROWNUM:
        return buf_printf(&w->out, ") where rownum <= %zu", limit);
    case LIMIT_MAX_ROWS:
        break;
    }
    return RC_OK;
}

static enum rc put_whole(struct writer *w, size_t limit)
{
    bool is_paged = w->q->key_count > 0;
    if (is_paged && w->q->dialect->limit == LIMIT_ROWNUM) {
        TRY(put(w, "select * from ("));
    }
    TRY(str_is_null(w->q->query) ? put_select(w) : put_query(w));
    if (!is_paged) {
        return RC_OK;
    }
    TRY(put_order(w));
    return put_limit(w, limit);
}

static void finish(struct writer *w, struct arena *a, enum rc rc, struct odbc_statement *ret)
{
    if (rc == RC_OK) {
        ret->sql = arena_str(a, buf_str(&w->out));
        ret->param_count = w->param_count;
        ret->params = arena_array(a, w->param_count + 1, sizeof *ret->params);
        memcpy(ret->params, w->params, w->param_count * sizeof *ret->params);
    }
    buf_done(&w->out);
}

enum rc odbc_statement_write(struct arena *a, const struct odbc_question *q, enum odbc_part part,
                             size_t limit, struct odbc_statement *ret)
{
    struct writer w = {.q = q, .part = part};
    buf_init(&w.out, SQL_MAX);
    enum rc rc = put_whole(&w, limit);
    finish(&w, a, rc, ret);
    return rc;
}

enum rc odbc_statement_plain(struct arena *a, struct str query, struct odbc_statement *ret)
{
    static const struct odbc_question none = {0};
    struct writer w = {.q = &none, .part = PART_ALL};
    bool ignored = false;
    buf_init(&w.out, SQL_MAX);
    enum rc rc = put_text(&w, sql_trim(query), &ignored);
    finish(&w, a, rc, ret);
    return rc;
}
