/* Lines of the ledger against the roster as it is known, then answers: the latest visit of each rule and subject counts. */
#include "base/log.h"
#include "pipeline/audit.h"
#include "pipeline/feedback/history.h"

static const char working_tables[] =
    "create temp table w_line (n int primary key, household_no text, id_number text, rules text, day date, code int, answer text)"
    " on commit drop;"
    "create temp table w_kind (rule text primary key, is_person boolean) on commit drop;"
    "create temp table w_past (n int, rule text, subject text, is_news boolean) on commit drop";
static const char lines_sql[] =
    "insert into w_line select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::date[], $6::int[], $7::text[])";
#define LINE_COLUMNS 7
static const char kinds_sql[] = "insert into w_kind select x.rule, x.kind = 'person' from unnest($1::text[], $2::text[]) x (rule, kind)";

/* $1 county, $2 edition. A number names a person; a household alone names all who live there. */
#define PAST "insert into w_past (n, rule, subject, is_news) select distinct w.n, k.rule,"                       \
             " case when k.is_person then q.person_id else q.household_id end::text, false from w_line w"         \
             " cross join lateral unnest(w.rules::text[]) r join w_kind k on k.rule = r"
static const char *const find[] = {
    "analyze w_line; analyze w_kind",
    PAST " join bidui.identity i on i.county = $1 and i.id_number = w.id_number and i.ended is null"
         " join bidui.person q on q.county = $1 and q.person_id = i.person_id and q.ended is null where w.id_number <> ''",
    PAST " join bidui.household_key h on h.county = $1 and h.household_no = w.household_no"
         " join bidui.person q on q.county = $1 and q.household_id = h.household_id and q.ended is null where w.id_number = ''",
    "analyze w_past",
    ("update w_past p set is_news = true from w_line w where w.n = p.n and not exists (select from bidui.answer x"
     " where x.county = $1 and x.rule = p.rule and x.subject = p.subject and x.ended is null and x.visited_on >= w.day)"),
};
static const char *const keep[] = {
    "update bidui.answer x set ended = $2::int from w_past p where p.is_news and x.county = $1 and x.rule = p.rule"
    " and x.subject = p.subject and x.ended is null and x.learned < $2::int",
    "insert into bidui.answer (county, rule, subject, learned, answer, code, visited_on)"
    " select distinct on (p.rule, p.subject) $1, p.rule, p.subject, $2::int, w.answer, w.code, w.day"
    " from w_past p join w_line w on w.n = p.n where p.is_news order by p.rule, p.subject, w.day desc, w.n desc"
    " on conflict (county, rule, subject, learned) do update set ended = null, lead_id = null, alert_id = null,"
    "  sent_edition = null, amount = null, answer = excluded.answer, code = excluded.code, visited_on = excluded.visited_on",
};

static enum rc run_each(struct stage *s, const char *const *sql, size_t n)
{
    char edition[DB_NUMBER];
    (void)db_number(s->edition.number, edition);
    for (size_t i = 0; i < n; i++) { /* as in take.c: the CTE types every parameter */
        TRY(strncmp(sql[i], "analyze", 7) == 0
                ? db_exec(s->db, sql[i])
                : db_run(s->db, arena_printf(s->arena, "with typed as (select $1::text, $2::int) %s", sql[i]),
                         DB_PARAMS(s->config->county, edition), NULL));
    }
    return RC_OK;
}

static enum rc send_lines(struct stage *s, const struct history *h)
{
    struct arena *a = h->rows.arena;
    struct str *columns[LINE_COLUMNS];
    const char *params[LINE_COLUMNS];
    size_t n = 0;
    for (int k = 0; k < LINE_COLUMNS; k++) {
        columns[k] = arena_array(a, h->rows.count, sizeof *columns[k]);
    }
    for (size_t i = 0; i < h->rows.count; i++) {
        const struct feedback_row *row = &h->rows.items[i].row;
        const struct history_line *line = &h->lines[i];
        char day[DATE_TEXT];
        if (row->faults != NULL) {
            continue;
        }
        date_format(row->visited_on, day);
        const struct str cells[LINE_COLUMNS] = {str_from(arena_printf(a, "%zu", i)), line->household_no, line->id_number,
                                                str_from(line->rules), arena_str(a, str_from(day)),
                                                str_from(arena_printf(a, "%d", row->code->code)), str_from(line->answer)};
        for (int k = 0; k < LINE_COLUMNS; k++) {
            columns[k][n] = cells[k];
        }
        n++;
    }
    for (int k = 0; k < LINE_COLUMNS; k++) {
        params[k] = db_array(a, columns[k], n);
    }
    return db_run(s->db, lines_sql, LINE_COLUMNS, params, NULL);
}

static enum rc send_kinds(struct stage *s)
{
    const struct config *c = s->config;
    struct str *rules = arena_array(s->arena, c->rule_count, sizeof *rules), *kinds = arena_array(s->arena, c->rule_count, sizeof *kinds);
    for (size_t i = 0; i < c->rule_count; i++) {
        rules[i] = str_from(c->rules[i].id);
        kinds[i] = str_from(c->rules[i].subject);
    }
    return db_run(s->db, kinds_sql, DB_PARAMS(db_array(s->arena, rules, c->rule_count), db_array(s->arena, kinds, c->rule_count)), NULL);
}

static enum rc fetch_verdicts(struct stage *s, struct history *h)
{
    DB_RESULT PGresult *res = NULL;
    struct feedback *f = &h->rows;
    TRY(db_query(s->db,
                 "select w.n, count(p.n), coalesce(bool_or(p.is_news), false) from w_line w left join w_past p on p.n = w.n"
                 " group by w.n order by w.n",
                 DB_NONE, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct feedback_item *item = &f->items[db_i64(res, i, 0)];
        if (db_i64(res, i, 1) > 0) {
            item->verdict = db_bool(res, i, 2) ? FEEDBACK_TAKEN : FEEDBACK_KNOWN;
            continue;
        }
        bool by_number = h->lines[db_i64(res, i, 0)].id_number.n > 0;
        feedback_fault_add(f->arena, &item->row, by_number ? tr("证件号码", "Number") : tr("户编号", "Household"),
                           tr("底册中没有", "not on the roster"));
    }
    feedback_count(f);
    return RC_OK;
}

enum rc history_take(struct stage *s, struct history *h, const char *actor, bool dry_run)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_exec(s->db, working_tables));
    TRY(send_lines(s, h));
    TRY(send_kinds(s));
    TRY(run_each(s, find, sizeof find / sizeof *find));
    TRY(fetch_verdicts(s, h));
    if (dry_run) {
        db_rollback(s->db);
        return RC_OK;
    }
    if (h->rows.taken > 0) {
        TRY(run_each(s, keep, sizeof keep / sizeof *keep));
        TRY(audit_write(s, s->edition.number, actor, "feedback history", "results",
                        arena_printf(s->arena, "%lld", (long long)h->rows.taken)));
    }
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "ledger taken", LOG_I("edition", s->edition.number), LOG_I("taken", h->rows.taken),
              LOG_I("known", h->rows.known), LOG_I("refused", h->rows.refused));
    return RC_OK;
}
