/* Steps as people report them: a ledger with a lead, a step and a day in each row; the county's own sheet of cases is one. */
#include "pipeline/cases/cases.h"

#include "base/log.h"
#include "base/map.h"
#include "base/text.h"
#include "pipeline/audit.h"
#include "pipeline/feedback/files.h"

enum column { LEAD, STEP, DAY, COLUMNS };
static const struct {
    const char *zh, *en;
} names[COLUMNS] = {{"线索编号", "Lead"}, {"办理步骤", "Step"}, {"办理日期", "Step taken on"}};

struct reading {
    date_t today;
    struct feedback *f;
    int at[COLUMNS];
};

static const char *title(enum column c) { return tr(names[c].zh, names[c].en); }

/* ---- Rows ---- */

static const char *lost_column(const struct reading *r)
{
    for (int c = 0; c < COLUMNS; c++) {
        if (r->at[c] < 0) {
            return arena_printf(r->f->arena, tr("缺少 %s 列", "the column %s is missing"), title((enum column)c));
        }
    }
    return NULL;
}

static bool header(void *ctx, const struct table_row *row, struct returned_header *ret)
{
    struct reading *r = ctx;
    memset(r->at, -1, sizeof r->at);
    for (size_t i = 0; i < row->n; i++) {
        struct str name = str_is_empty(row->cells[i]) ? STR("") : text_squeeze(r->f->arena, row->cells[i]);
        for (int c = 0; c < COLUMNS; c++) {
            bool is_it = str_is(name, names[c].zh) || str_eq(name, text_squeeze(r->f->arena, str_from(names[c].en)));
            r->at[c] = r->at[c] < 0 && is_it ? (int)i : r->at[c];
        }
    }
    bool is_form = r->at[STEP] >= 0 || r->at[DAY] >= 0; /* be it that a column of it was lost */
    *ret = (struct returned_header){.has_answers = is_form, .width = row->n, .mistake = is_form ? lost_column(r) : NULL};
    return is_form || r->at[LEAD] >= 0;
}

static struct str cell(const struct reading *r, const struct table_row *cells, enum column c)
{
    int at = r->at[c];
    bool is_there = at >= 0 && (size_t)at < cells->n && !str_is_null(cells->cells[at]);
    return is_there ? arena_str(r->f->arena, text_fold(r->f->arena, cells->cells[at])) : STR("");
}

static void read_day(const struct reading *r, struct str said, struct feedback_row *row)
{
    struct date_span span;
    bool is_day = said.n > 0 && date_parse(said, &span) == RC_OK && span.first == span.last && span.first <= r->today;
    err_clear();
    row->visited_on = is_day ? span.first : DATE_NONE;
    if (!is_day) {
        feedback_fault_add(r->f->arena, row, title(DAY), tr("应为不晚于今天的日期,如 2026-03-01", "expected a date not after today, like 2026-03-01"));
    }
}

static void read_cells(const struct reading *r, const struct table_row *cells, struct feedback_row *row)
{
    enum case_state to = CASE_STATES;
    row->token.lead_no = cell(r, cells, LEAD);
    if (case_state_read(r->f->arena, cell(r, cells, STEP), &to)) {
        row->taken_as = case_states[to].word;
    } else {
        feedback_fault_add(r->f->arena, row, title(STEP), tr("应为办理步骤,如 授权核查、评议公示", "expected a step, like consent and asset check"));
    }
    read_day(r, cell(r, cells, DAY), row);
}

static enum rc take_row(void *ctx, const char *file, const char *sheet, const struct table_row *cells, const char *width_fault)
{
    struct reading *r = ctx;
    struct arena *a = r->f->arena;
    struct feedback_row row = {.file = file, .sheet = sheet, .number = cells->number};
    const char *step_fault = feedback_cell_fault(a, cells, r->at[STEP]), *day_fault = feedback_cell_fault(a, cells, r->at[DAY]);
    const char *what = cells->fault != NULL ? cells->fault : width_fault;
    if (what == NULL && step_fault == NULL && day_fault == NULL && cell(r, cells, STEP).n == 0) {
        r->f->blank++;
        return RC_OK;
    }
    if (what != NULL) {
        feedback_fault_add(a, &row, "-", what);
    } else if (step_fault != NULL || day_fault != NULL) {
        feedback_fault_add(a, &row, title(step_fault != NULL ? STEP : DAY), step_fault != NULL ? step_fault : day_fault);
    } else {
        read_cells(r, cells, &row);
    }
    return feedback_add(r->f, &row);
}

static enum rc mistake(void *ctx, const char *file, const char *sheet, const char *what)
{
    struct reading *r = ctx;
    struct feedback_row row = {.file = file, .sheet = sheet};
    feedback_fault_add(r->f->arena, &row, "-", what);
    return feedback_add(r->f, &row);
}

enum rc cases_read(const struct config *config, date_t today, struct arena *a, const char *file, struct feedback *ret)
{
    static const struct returned_form form = {header, take_row, mistake, "没有一张表有 线索编号、办理步骤、办理日期 各列",
                                              "no sheet has the columns Lead, Step and Step taken on"};
    const char *const files[] = {file};
    (void)config;
    *ret = (struct feedback){.arena = a};
    struct reading r = {.today = today, .f = ret};
    return returned_read(a, files, 1, &form, &r);
}

/* ---- Against the cases as they stand ---- */

/* Every case with the steps that no edition has counted yet. */
static const char cases_sql[] =
    "select l.lead_id, l.lead_no, coalesce(h.village_code, $1), t.state, t.since, t.enrolled_on, t.is_confirmed, t.applied"
    " from (select distinct on (t.lead_id) t.* from bidui.case_state t where t.county = $1 order by t.lead_id, t.edition desc) t"
    " join bidui.lead l on l.county = $1 and l.lead_id = t.lead_id"
    " left join lateral (select h.village_code from bidui.household h where h.county = $1 and h.household_id = l.household_id"
    "   order by h.learned desc limit 1) h on true";
static const char steps_sql[] =
    "select l.lead_no, s.step_no, s.state, s.on_day from bidui.case_step s join bidui.lead l on l.county = $1 and l.lead_id = s.lead_id"
    " where s.county = $1 order by s.step_no";
static const char store[] =
    "insert into bidui.case_step (county, step_no, lead_id, learned, state, on_day, decided_by)"
    " select $1, $7::bigint + x.place, x.lead_id, $2::int, x.state, x.day, $3"
    " from unnest($4::bigint[], $5::text[], $6::date[]) with ordinality as x (lead_id, state, day, place)";

static enum rc load_cases(struct stage *s, struct arena *a, struct map *cases)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, cases_sql, DB_PARAMS(s->config->county), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct case_record *c = ARENA_NEW(a, struct case_record);
        *c = (struct case_record){.lead_id = db_i64(res, i, 0), .lead_no = arena_str(a, db_text(res, i, 1)), .region = arena_str(a, db_text(res, i, 2)),
                                  .since = db_date(res, i, 4), .enrolled_on = db_date(res, i, 5), .is_confirmed = db_bool(res, i, 6),
                                  .applied = db_i64(res, i, 7)};
        (void)case_state_read(a, db_text(res, i, 3), &c->state);
        (void)map_put(cases, c->lead_no, c);
    }
    return RC_OK;
}

static enum rc load_steps(struct stage *s, struct arena *a, const struct map *cases)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, steps_sql, DB_PARAMS(s->config->county), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct case_record *c = map_get(cases, db_text(res, i, 0));
        enum case_state to = CASE_STATES;
        const char *why = NULL;
        if (c != NULL && db_i64(res, i, 1) > c->applied && case_state_read(a, db_text(res, i, 2), &to)) {
            (void)case_step(s->config, a, c, to, db_date(res, i, 3), &why);
        }
    }
    return RC_OK;
}

static void judge(struct stage *s, struct feedback *f, const struct map *cases, struct feedback_item *item)
{
    struct feedback_row *row = &item->row;
    struct case_record *c = map_get(cases, row->token.lead_no);
    enum case_state to = CASE_STATES;
    const char *why = NULL;
    if (c == NULL) {
        feedback_fault_add(f->arena, row, title(LEAD), tr("该线索没有办理中的户", "no case goes on about this lead"));
        return;
    }
    row->is_known = true;
    (void)case_state_read(f->arena, str_from(row->taken_as), &to);
    if (to == c->state && row->visited_on == c->since) {
        item->verdict = FEEDBACK_KNOWN;
    } else if (case_step(s->config, f->arena, c, to, row->visited_on, &why)) {
        item->verdict = FEEDBACK_TAKEN;
    } else {
        feedback_fault_add(f->arena, row, case_move_find(c->state, to, BY_PERSON) == NULL ? title(STEP) : title(DAY), why);
    }
}

static enum rc keep(struct stage *s, const struct feedback *f, const struct map *cases, const char *actor)
{
    struct arena *a = f->arena;
    char edition[DB_NUMBER], most[DB_NUMBER], before[DB_NUMBER];
    struct str *ids = arena_array(a, f->count, sizeof *ids), *states = arena_array(a, f->count, sizeof *states),
               *days = arena_array(a, f->count, sizeof *days);
    int64_t last = 0;
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct feedback_row *row = &f->items[i].row;
        if (f->items[i].verdict == FEEDBACK_TAKEN) {
            char day[DATE_TEXT];
            const struct case_record *c = map_get(cases, row->token.lead_no);
            date_format(row->visited_on, day);
            ids[n] = str_from(arena_printf(a, "%lld", (long long)c->lead_id));
            states[n] = str_from(row->taken_as);
            days[n++] = arena_str(a, str_from(day));
        }
    }
    TRY(db_query_i64(s->db, "select bidui.next_number($1, 'case_step', $2::bigint)", DB_PARAMS(s->config->county, db_number((int64_t)n, most)),
                     &last));
    TRY(db_run(s->db, store,
               DB_PARAMS(s->config->county, db_number(s->edition.number, edition), actor, db_array(a, ids, n), db_array(a, states, n),
                         db_array(a, days, n), db_number(last, before)),
               NULL));
    return audit_write(s, s->edition.number, actor, "cases", "steps", arena_printf(a, "%zu", n));
}

static enum rc take(struct stage *s, struct feedback *f, struct map *cases, const char *actor, bool dry_run)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(load_cases(s, f->arena, cases));
    TRY(load_steps(s, f->arena, cases));
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].row.faults == NULL) {
            judge(s, f, cases, &f->items[i]);
        }
    }
    feedback_count(f);
    if (dry_run || f->taken == 0) {
        db_rollback(s->db);
        return RC_OK;
    }
    TRY(keep(s, f, cases, actor));
    TRY(db_commit(s->db));
    log_event(LOG_INFO, "steps taken", LOG_I("taken", f->taken), LOG_I("known", f->known), LOG_I("refused", f->refused));
    return RC_OK;
}

enum rc cases_take(struct stage *s, struct feedback *f, const char *actor, bool dry_run)
{
    struct map cases;
    map_init(&cases);
    enum rc rc = take(s, f, &cases, actor, dry_run);
    map_done(&cases);
    return rc;
}
