#include "connectors/postgres/postgres.h"

#include <stdlib.h>

#include "base/fault.h"

static enum rc fail(struct pg_source *s, const PGconn *conn, const PGresult *res)
{
    return session_fail(s->source->dataset, conn, res);
}

static PGconn *lead(const struct pg_source *s)
{
    return s->slices[0].conn;
}

void slices_disconnect(struct pg_source *s)
{
    for (size_t i = 0; i < s->slice_n; i++) {
        struct pg_slice *slice = &s->slices[i];
        PQclear(slice->row);
        PQclear(slice->ahead);
        PQfinish(slice->conn);
        slice->row = slice->ahead = NULL;
        slice->conn = NULL;
        slice->is_over = false;
    }
}

struct str pg_value(const PGresult *res, int column)
{
    if (column == PG_ABSENT || PQgetisnull(res, 0, column)) {
        return STR_NULL;
    }
    return str_of(PQgetvalue(res, 0, column), (size_t)PQgetlength(res, 0, column));
}

static struct question question_of(const struct pg_source *s, const char *key)
{
    return (struct question){.query = yaml_text(s->source->settings, key),
                             .since = arena_str(s->source->arena, s->source->since),
                             .until = arena_str(s->source->arena, s->source->until)};
}

static enum rc ask(struct pg_source *s, const struct statement *st, PGresult **ret)
{
    PGresult *res = NULL, *end = NULL;
    if (PQsendQueryParams(lead(s), st->sql, st->nparams, NULL, st->params, NULL, NULL, 0) != 1) {
        return fail(s, lead(s), NULL);
    }
    fault_point("request");
    TRY(session_result(&s->options, lead(s), &res));
    enum rc rc = PQresultStatus(res) == PGRES_TUPLES_OK ? session_result(&s->options, lead(s), &end)
                                                        : fail(s, lead(s), res);
    PQclear(end);
    if (rc != RC_OK) {
        PQclear(res);
        return rc;
    }
    *ret = res;
    return RC_OK;
}

static enum rc count(struct pg_source *s)
{
    struct question q = question_of(s, "count_query");
    struct statement st;
    PGresult *res = NULL;
    if (str_is_null(q.query)) {
        return RC_OK;
    }
    TRY(statement_write(s->source->arena, &q, &st));
    TRY(ask(s, &st, &res));
    bool is_right =
        PQntuples(res) == 1 && str_to_i64(str_from(PQgetvalue(res, 0, 0)), &s->advertised);
    PQclear(res);
    return is_right ? RC_OK
                    : err_fail(RC_SOURCE_DB,
                               tr("%s: count_query 应返回一个整数",
                                  "%s: count_query should give one whole number"),
                               s->source->dataset);
}

/* ---- The control row ---- */

static enum rc ask_control(struct pg_source *s, struct control_row *row)
{
    struct statement st = {arena_cstr(s->source->arena, s->control.query), NULL, 0};
    PGresult *res = NULL;
    TRY(ask(s, &st, &res));
    int as_of = PQfnumber(res, s->control.as_of), state = as_of == 0 ? 1 : 0;
    *row = (struct control_row){.rows = (size_t)PQntuples(res),
                                .has_as_of = as_of >= 0 && state < PQnfields(res)};
    if (row->rows == 1 && row->has_as_of) {
        row->as_of = arena_str(s->source->arena, pg_value(res, as_of));
        row->state = arena_str(s->source->arena, pg_value(res, state));
    }
    PQclear(res);
    return RC_OK;
}

/* Before the transaction begins: it would not see the row change. */
static enum rc begin_controlled(struct pg_source *s, struct str stamp)
{
    struct control_row row;
    if (str_is_null(s->control.query)) {
        return RC_OK;
    }
    TRY(ask_control(s, &row));
    return control_begin(&s->control, s->source->dataset, &row, stamp);
}

enum rc slices_prove(struct pg_source *s)
{
    struct control_row row;
    if (str_is_null(s->control.query)) {
        return RC_OK;
    }
    TRY(session_end(&s->options, lead(s)));
    TRY(ask_control(s, &row));
    return control_end(&s->control, s->source->dataset, &row);
}

/* ---- Positions: turn, "cut" or "", each slice's keys or "over", the bounds, the stamp ---- */

static size_t part_count(const struct pg_source *s)
{
    return 2 + s->slice_n + s->slice_n - 1 + (str_is_null(s->control.query) ? 0 : 1);
}

enum rc slices_keep_position(struct pg_source *s, struct arena *a)
{
    const char **parts = arena_array(a, part_count(s), sizeof *parts);
    size_t n = 0;
    parts[n++] = arena_printf(a, "%zu", s->turn);
    parts[n++] = s->is_cut ? "cut" : "";
    for (size_t i = 0; i < s->slice_n; i++) {
        const struct pg_slice *slice = &s->slices[i];
        parts[n++] = slice->is_over ? "over" : arena_cstr(a, buf_str(&slice->position));
    }
    for (size_t i = 1; i < s->slice_n; i++) {
        parts[n++] = s->is_cut ? s->slices[i].lower : "";
    }
    if (!str_is_null(s->control.query)) {
        parts[n++] = arena_cstr(a, buf_str(&s->control.stamp));
    }
    buf_reset(&s->position);
    return position_write(&(struct position){s->rows, parts, n}, &s->position);
}

static void set_bound(struct pg_source *s, size_t i, const char *bound)
{
    s->slices[i - 1].upper = s->slices[i].lower = bound;
}

static enum rc take_position(struct pg_source *s, const struct position *p)
{
    int64_t turn = 0;
    size_t n = 0;
    if (!str_to_i64(str_from(p->keys[n++]), &turn) || turn < 0 || (size_t)turn >= s->slice_n) {
        return err_fail(RC_STATE, "%s: turn", s->source->dataset);
    }
    s->turn = (size_t)turn;
    s->is_cut = strcmp(p->keys[n++], "cut") == 0;
    for (size_t i = 0; i < s->slice_n; i++, n++) {
        struct pg_slice *slice = &s->slices[i];
        slice->is_over = strcmp(p->keys[n], "over") == 0;
        buf_reset(&slice->position);
        TRY(slice->is_over ? RC_OK : buf_puts(&slice->position, str_from(p->keys[n])));
    }
    for (size_t i = 1; s->is_cut && i < s->slice_n; i++) {
        set_bound(s, i, p->keys[n++]);
    }
    return RC_OK;
}

/* ---- One snapshot, cut ---- */

/* Nothing to cut: the first slice has it all, the others are over. */
static void leave_whole(struct pg_source *s)
{
    for (size_t i = 1; i < s->slice_n; i++) {
        s->slices[i].is_over = true;
    }
}

static enum rc cut(struct pg_source *s)
{
    struct question q = question_of(s, "query");
    struct statement st;
    PGresult *res = NULL;
    if (s->slice_n == 1) {
        return RC_OK;
    }
    q.slice_by = s->slice_by;
    TRY(statement_write_cuts(s->source->arena, &q, s->slice_n, &st));
    TRY(ask(s, &st, &res));
    s->is_cut = (size_t)PQntuples(res) == s->slice_n - 1;
    for (size_t i = 1; s->is_cut && i < s->slice_n; i++) {
        set_bound(s, i, arena_cstr(s->source->arena, str_from(PQgetvalue(res, (int)i - 1, 0))));
    }
    PQclear(res);
    if (!s->is_cut) {
        leave_whole(s);
    }
    return RC_OK;
}

/* The other slices see what the lead sees. */
static enum rc share_snapshot(struct pg_source *s)
{
    struct statement st = {"select pg_export_snapshot()", NULL, 0};
    PGresult *res = NULL;
    if (s->slice_n == 1) {
        return RC_OK;
    }
    TRY(ask(s, &st, &res));
    const char *sql =
        arena_printf(s->source->arena, "set transaction snapshot '%s'", PQgetvalue(res, 0, 0));
    PQclear(res);
    for (size_t i = 1; i < s->slice_n; i++) {
        struct pg_slice *slice = &s->slices[i];
        if (!slice->is_over) {
            TRY(session_open(&s->options, &slice->conn));
            TRY(session_begin(&s->options, slice->conn));
            TRY(session_run(&s->options, slice->conn, sql));
        }
    }
    return RC_OK;
}

static enum rc send_query(struct pg_source *s, struct pg_slice *slice)
{
    struct question q = question_of(s, "query");
    struct statement st;
    q.order = s->order;
    q.order_n = s->order_n;
    q.slice_by = s->slice_by;
    q.lower = slice->lower;
    q.upper = slice->upper;
    struct arena *a = s->source->arena;
    TRY(position_read(a, buf_str(&slice->position), s->order_n, &q.behind));
    TRY(statement_write(a, &q, &st));
    if (PQsendQueryParams(slice->conn, st.sql, st.nparams, NULL, st.params, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(slice->conn) != 1) {
        return fail(s, slice->conn, NULL);
    }
    fault_point("request");
    return RC_OK;
}

enum rc slices_begin(struct pg_source *s)
{
    struct position p;
    size_t n = part_count(s);
    TRY(position_read(s->source->arena, buf_str(&s->position), n, &p));
    bool is_stamped = p.n > 0 && !str_is_null(s->control.query);
    s->rows = p.rows;
    TRY(session_open(&s->options, &s->slices[0].conn));
    s->is_unproven = session_is_raw(lead(s));
    TRY(begin_controlled(s, is_stamped ? str_from(p.keys[n - 1]) : STR("")));
    TRY(session_begin(&s->options, lead(s)));
    TRY(count(s));
    TRY(p.n > 0 ? take_position(s, &p) : cut(s));
    TRY(share_snapshot(s));
    for (size_t i = 0; i < s->slice_n; i++) {
        TRY(s->slices[i].is_over ? RC_OK : send_query(s, &s->slices[i]));
    }
    return RC_OK;
}
