/* Counting: working tables over what was known when the period closed, then each form's statement. Nothing is written. */
#include "pipeline/report/report.h"

#include "pipeline/rules/rules.h"

/* $1 county, $2 first day, $3 last day, $4 when it closed, $5 when the one before did, $6 the last list before it closed. */
#define TOWNSHIP                                                                                                           \
    " left join lateral (select h.village_code from bidui.household h where h.county = $1 and h.household_id = l.household_id" \
    "   and h.learned <= $6::int order by h.learned desc limit 1) h on true"                                                \
    " left join bidui.off_roster o on o.county = $1 and o.off_id = l.off_id"                                                \
    " left join lateral (select v.township_code, v.township_name from bidui.village v where v.county = $1"                  \
    "   and v.village_code = coalesce(h.village_code, o.village_code) and v.learned <= $6::int order by v.learned desc limit 1) v on true"
#define UNIT "case when l.works_no is not null then 'works' when l.off_id is not null then 'person' else 'household' end"
#define STATE                                                                                                          \
    " join lateral (select s.state, s.due_on from bidui.lead_state s where s.county = $1 and s.lead_id = l.lead_id"     \
    "   and s.edition <= $6::int order by s.edition desc limit 1) s on true"
/* An edition that came out. */
#define CAME_OUT(edition) "exists (select from bidui.edition e where e.county = $1 and e.edition = " edition \
                          " and e.state in ('published', 'superseded'))"

static const char *const working[] = {
    "create temp table w_lead (lead_id bigint, unit text, township_code text, township text, code int, is_checked boolean, outcome text)"
    " on commit drop",
    "insert into w_lead select x.lead_id, x.unit, x.township_code, x.township_name, x.code, x.outcome in ('on_time', 'late'), x.outcome"
    " from (select l.lead_id, " UNIT " as unit, v.township_code, v.township_name, r.code, case when s.state = 'withdrawn' then 'withdrawn'"
    "  when r.code <> 60 then case when r.visited_on <= coalesce(s.due_on, r.visited_on) then 'on_time' else 'late' end"
    "  when s.state in ('cleared', 'answered') then 'closed'"
    "  when s.due_on < (select e.as_of from bidui.edition e where e.county = $1 and e.edition = $6::int) then 'overdue'"
    "  else 'pending' end as outcome"
    " from bidui.lead l" STATE TOWNSHIP
    " left join lateral (select t.code, t.visited_on from bidui.result_taken t where t.county = $1 and t.lead_id = l.lead_id"
    "   and t.taken_at < $4::timestamp order by t.taken_no desc limit 1) r on true"
    " where l.county = $1 and l.opened_on between $2::date and $3::date and l.opened_edition <= $6::int and " CAME_OUT("l.opened_edition") ") x",
    "create temp table w_late (unit text, township_code text, township text, code int, was int, is_on_time boolean) on commit drop",
    "insert into w_late select " UNIT ", v.township_code, v.township_name, r.code, b.code, r.visited_on <= coalesce(s.due_on, r.visited_on)"
    " from (select distinct on (t.lead_id) t.lead_id, t.code, t.visited_on from bidui.result_taken t where t.county = $1"
    "   and t.taken_at >= $5::timestamp and t.taken_at < $4::timestamp and t.code <> 60 order by t.lead_id, t.taken_no desc) r"
    " join bidui.lead l on l.county = $1 and l.lead_id = r.lead_id and l.opened_on < $2::date" STATE TOWNSHIP
    " left join lateral (select t.code from bidui.result_taken t where t.county = $1 and t.lead_id = r.lead_id"
    "   and t.taken_at < $5::timestamp and t.code <> 60 order by t.taken_no desc limit 1) b on true where s.state <> 'withdrawn'",
    "create temp table w_alert (alert_id bigint, lead_id bigint, rule text, title text, unit text, is_withdrawn boolean, answer text,"
    "  code int, departments text[]) on commit drop",
    "insert into w_alert select a.alert_id, a.lead_id, a.rule, n.title, case when a.works_no is not null then 'works'"
    "   when a.person_id is not null then 'person' else 'household' end, z.state = 'withdrawn', r.answer, r.code,"
    "  coalesce(nullif(d.departments, '{}'), (select array_agg(distinct k.department) from w_rule_department k where k.rule = a.rule), '{}')"
    " from bidui.alert a join lateral (select s.state from bidui.alert_state s where s.county = $1 and s.alert_id = a.alert_id"
    "   and s.edition <= $6::int order by s.edition desc limit 1) z on true"
    " left join lateral (select array_agg(distinct e->>'department') as departments from (select s.evidence from bidui.alert_state s"
    "   where s.county = $1 and s.alert_id = a.alert_id order by s.edition limit 1) s cross join lateral jsonb_array_elements(s.evidence) e)"
    "   d on true"
    " left join lateral (select t.code, t.answers[array_position(t.alerts, a.alert_id)] as answer from bidui.result_taken t"
    "   where t.county = $1 and t.lead_id = a.lead_id and t.taken_at < $4::timestamp"
    "   and t.answers[array_position(t.alerts, a.alert_id)] is not null order by t.taken_no desc limit 1) r on true"
    " left join lateral (select y.body::json->>'title' as title from bidui.rule_version y where y.county = $1 and y.rule = a.rule"
    "   and y.learned <= $6::int order by y.version desc limit 1) n on true"
    " where a.county = $1 and a.opened_on between $2::date and $3::date and a.opened_edition <= $6::int and " CAME_OUT("a.opened_edition"),
    "create temp table w_feed (dataset text, title text, verdict text, healthy boolean, complete_on date) on commit drop",
    "insert into w_feed select f->>'dataset', f->>'title', f->>'verdict', (f->>'healthy')::boolean, c.as_of from bidui.edition e"
    " cross join lateral jsonb_array_elements(e.summary->'feeds') f"
    " left join bidui.edition c on c.county = $1 and c.edition = (f->>'last_complete')::int"
    " where e.county = $1 and e.state = 'published' and e.as_of between $2::date and $3::date and e.edition <= $6::int",
    "create temp table w_rows (dataset text, received bigint, rejected bigint) on commit drop",
    "insert into w_rows select d.dataset, sum(d.received), sum(d.rejected) from bidui.delivery d join bidui.edition e on e.county = $1"
    "  and e.edition = d.edition and e.as_of between $2::date and $3::date and e.edition <= $6::int where d.county = $1 group by d.dataset",
    "analyze w_lead; analyze w_alert",
};

static const char names_sql[] =
    "create temp table w_department (name text primary key, title text) on commit drop;"
    "create temp table w_rule_department (rule text, department text) on commit drop";

/* ---- Names that the configuration knows ---- */

static enum rc send_pairs(struct stage *s, const char *sql, const struct str *left, const struct str *right, size_t n)
{
    return db_run(s->db, sql, DB_PARAMS(db_array(s->arena, left, n), db_array(s->arena, right, n)), NULL);
}

static enum rc send_departments(struct stage *s)
{
    const struct config *c = s->config;
    struct str *names = arena_array(s->arena, c->department_count, sizeof *names), *titles = arena_array(s->arena, c->department_count, sizeof *titles);
    size_t n = 0;
    for (size_t i = 0; i < c->department_count; i++) {
        if (c->departments[i].name != NULL && c->departments[i].title != NULL) {
            names[n] = str_from(c->departments[i].name);
            titles[n++] = str_from(c->departments[i].title);
        }
    }
    return send_pairs(s, "insert into w_department select * from unnest($1::text[], $2::text[]) on conflict do nothing", names, titles, n);
}

/* Of an alert without evidence (something is missing), the departments whose records its rule reads. */
static enum rc send_rules(struct stage *s)
{
    struct rule_set set;
    size_t most = 0, n = 0;
    TRY(rules_compile(s->config, s->arena, &set));
    for (size_t i = 0; i < set.count; i++) {
        most += set.rules[i].dataset_count;
    }
    struct str *rules = arena_array(s->arena, most, sizeof *rules), *departments = arena_array(s->arena, most, sizeof *departments);
    for (size_t i = 0; i < set.count; i++) {
        for (size_t k = 0; k < set.rules[i].dataset_count; k++) {
            struct str id = str_from(set.rules[i].datasets[k]->id);
            rules[n] = str_from(set.rules[i].text->id);
            departments[n++] = str_cut(&id, '.');
        }
    }
    return send_pairs(s, "insert into w_rule_department select * from unnest($1::text[], $2::text[])", rules, departments, n);
}

/* ---- Tables ---- */

static void fill_cell(struct arena *a, const PGresult *res, int row, int field, enum cell_kind kind, struct report_cell *ret)
{
    *ret = kind == CELL_TEXT || kind == CELL_UNIT ? (struct report_cell){.text = arena_str(a, db_text(res, row, field))}
                             : (struct report_cell){.count = db_i64(res, row, field)};
}

static void add_up(struct report_table *t)
{
    size_t last = t->row_count - 1;
    for (size_t c = 0; c < t->form->column_count; c++) {
        struct report_cell *sum = report_at(t, last, c);
        if (report_is_text(&t->form->columns[c])) {
            sum->text = str_from(c == 0 ? tr("合计", "Total") : "");
        }
        for (size_t row = 0; row < last; row++) {
            sum->count += report_at(t, row, c)->count;
        }
    }
}

static enum rc load_table(struct stage *s, struct arena *a, const struct report_form *form, struct report_table *t)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, form->sql, DB_NONE, &res));
    size_t rows = (size_t)PQntuples(res);
    *t = (struct report_table){.form = form, .row_count = rows + (form->has_total ? 1 : 0)};
    t->cells = arena_array(a, t->row_count * form->column_count, sizeof *t->cells);
    for (size_t row = 0; row < rows; row++) {
        int field = 0;
        for (size_t c = 0; c < form->column_count; c++) {
            if (form->columns[c].kind != CELL_RATE) {
                fill_cell(a, res, (int)row, field++, form->columns[c].kind, report_at(t, row, c));
            }
        }
    }
    if (form->has_total) {
        add_up(t);
    }
    return RC_OK;
}

static enum rc make_working(struct stage *s, const struct report *r)
{
    char first[DATE_TEXT], last[DATE_TEXT], edition[DB_NUMBER];
    date_format(r->period.first, first);
    date_format(r->period.last, last);
    (void)db_number(r->edition, edition);
    TRY(db_exec(s->db, names_sql));
    TRY(send_departments(s));
    TRY(send_rules(s));
    for (size_t i = 0; i < sizeof working / sizeof *working; i++) {
        bool is_plain = strncmp(working[i], "insert", 6) != 0;
        TRY(is_plain ? db_exec(s->db, working[i])
                     : db_run(s->db,
                              arena_printf(s->arena, "with typed as (select $1::text, $2::date, $3::date, $4::timestamp, $5::timestamp,"
                                                     " $6::int) %s", working[i]),
                              DB_PARAMS(s->config->county, first, last, r->period.closes, r->period.closed_before, edition), NULL));
    }
    return RC_OK;
}

/* ---- What it stands on ---- */

static enum rc find_list(struct stage *s, struct report *r)
{
    char day[DATE_TEXT], first[DATE_TEXT];
    DB_RESULT PGresult *res = NULL;
    date_format(r->period.closes_on, day);
    date_format(r->period.first, first);
    TRY(db_query(s->db,
                 "select e.edition, e.as_of, exists (select from bidui.edition l where l.county = $1 and l.state = 'published'"
                 "  and l.as_of > $2::date) from bidui.edition e where e.county = $1 and e.state = 'published'"
                 " and e.as_of between $3::date and $2::date order by e.as_of desc limit 1",
                 DB_PARAMS(s->config->county, day, first), &res));
    if (PQntuples(res) == 0) {
        enum rc rc = err_fail(RC_NOT_FOUND, tr("%s: 该期没有已出的清单", "%s: no list came out in that period"), period_name(r->arena, &r->period));
        return rc;
    }
    r->edition = (int)db_i64(res, 0, 0);
    r->as_of = db_date(res, 0, 1);
    r->is_final = db_bool(res, 0, 2);
    return RC_OK;
}

enum rc report_load(struct stage *s, struct arena *a, const struct period *p, bool publish, struct report *ret)
{
    DB_ROLLBACK struct db *tx = s->db;
    *ret = (struct report){.arena = a, .config = s->config, .period = *p, .is_published = publish, .table_count = report_form_count};
    TRY(find_list(s, ret));
    ret->tables = arena_array(a, report_form_count, sizeof *ret->tables);
    TRY(db_begin(s->db));
    TRY(make_working(s, ret));
    for (size_t i = 0; i < report_form_count; i++) {
        TRY(load_table(s, a, &report_forms[i], &ret->tables[i]));
        if (publish) {
            report_suppress(a, &ret->tables[i]);
        }
    }
    db_rollback(s->db);
    return RC_OK;
}
