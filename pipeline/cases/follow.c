/* Every case in every edition: steps reported since, then what the roster shows, then its clock. A row is written where
 * something changed. */
#include "base/log.h"
#include "pipeline/cases/cases.h"

/* $1 county, $2 edition, $3 its day, $4 codes that report enrolment. */
static const char forget[] = "delete from bidui.case_state where county = $1 and edition = $2::int";
#define LAST                                                                                                            \
    "(select distinct on (t.lead_id) t.* from bidui.case_state t where t.county = $1 and t.edition < $2::int"           \
    "  order by t.lead_id, t.edition desc)"
/* A household is monitored, cleared or gone as the roster known at the edition shows it. */
static const char cases_sql[] =
    "select l.lead_id, l.lead_no, coalesce(h.village_code, $1), l.opened_on, t.state, t.since, t.due_on, t.reported_on, t.enrolled_on,"
    "  t.is_confirmed, t.is_mismatch, coalesce(t.applied, 0), r.visited_on, coalesce(r.code = 60 or r.code = any ($4::int[]), false),"
    "  coalesce(h.is_known and h.class = 'monitored', false), coalesce(h.is_known and h.risk_cleared, false), not coalesce(h.is_known, false),"
    "  h.cleared_on, l.household_id"
    " from bidui.lead l left join " LAST " t on t.lead_id = l.lead_id"
    " left join bidui.result r on r.county = $1 and r.lead_id = l.lead_id and r.learned <= $2::int and (r.ended is null or r.ended > $2::int)"
    " left join lateral (select h.village_code, h.class, h.risk_cleared, h.cleared_on, h.ended is null or h.ended > $2::int as is_known"
    "   from bidui.household h where h.county = $1 and h.household_id = l.household_id and h.learned <= $2::int"
    "   order by h.learned desc limit 1) h on true"
    " where l.county = $1 and l.household_id is not null and (t.state not in ('rejected', 'lapsed') or (t.lead_id is null"
    "  and r.code = any ($4::int[]) and not exists (select from " LAST " o join bidui.lead m on m.county = $1 and m.lead_id = o.lead_id"
    "   where m.household_id = l.household_id and o.state not in ('rejected', 'lapsed', 'cleared')))) and $3::date is not null"
    " order by l.household_id, l.lead_id";
static const char steps_sql[] =
    "select lead_id, step_no, state, on_day from bidui.case_step where county = $1 and learned <= $2::int order by lead_id, step_no";
static const char store[] =
    "insert into bidui.case_state (county, lead_id, edition, state, since, due_on, reported_on, enrolled_on, is_confirmed, is_mismatch, applied)"
    " values ($1, $3::bigint, $2::int, $4, $5::date, nullif($6, '')::date, $7::date, nullif($8, '')::date, $9::boolean, $10::boolean, $11::bigint)";

struct following {
    struct stage *s;
    PGresult *steps;
    bool roster_is_healthy;
    date_t exported_on;                  /* what the roster shows is of that day */
    int64_t open, mismatches;
};

static const char *codes_that_convert(struct arena *a)
{
    const char *all = "";
    for (const struct result_code *c = result_codes; c->code != 0; c++) {
        all = c->is_new_enrolment ? arena_printf(a, "%s%s%d", all, *all == '\0' ? "" : ",", c->code) : all;
    }
    return arena_printf(a, "{%s}", all);
}

/* ---- One case ---- */

static struct case_record read_case(struct arena *a, const PGresult *res, int i)
{
    struct case_record c = {.lead_id = db_i64(res, i, 0), .lead_no = arena_str(a, db_text(res, i, 1)), .region = arena_str(a, db_text(res, i, 2)),
                            .clue_on = db_date(res, i, 3), .applied = db_i64(res, i, 11)};
    if (str_is_null(db_text(res, i, 4))) {
        c.since = c.reported_on = db_date(res, i, 12);
        c.due_on = c.enrolled_on = DATE_NONE;
        return c;
    }
    (void)case_state_read(a, db_text(res, i, 4), &c.state);
    c.since = db_date(res, i, 5);
    c.due_on = db_date(res, i, 6);
    c.reported_on = db_date(res, i, 7);
    c.enrolled_on = db_date(res, i, 8);
    c.is_confirmed = db_bool(res, i, 9);
    c.is_mismatch = db_bool(res, i, 10);
    return c;
}

/* First of the steps of a lead, by halving. */
static int first_step(const PGresult *steps, int64_t lead_id)
{
    int low = 0, high = PQntuples(steps);
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (db_i64(steps, middle, 0) < lead_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What was allowed when it was taken may have been overtaken by the roster since: then it counts for nothing. */
static void apply_steps(const struct following *f, struct case_record *c)
{
    for (int i = first_step(f->steps, c->lead_id); i < PQntuples(f->steps) && db_i64(f->steps, i, 0) == c->lead_id; i++) {
        enum case_state to = CASE_STATES;
        const char *why = NULL;
        if (db_i64(f->steps, i, 1) > c->applied && case_state_read(f->s->arena, db_text(f->steps, i, 2), &to)) {
            (void)case_step(f->s->config, f->s->arena, c, to, db_date(f->steps, i, 3), &why);
            c->applied = db_i64(f->steps, i, 1);
        }
    }
}

static void move(struct case_record *c, enum case_state to, unsigned by, date_t on)
{
    if (case_move_find(c->state, to, by) != NULL) {
        c->state = to;
        c->since = on;
        c->enrolled_on = to == CASE_ENROLLED ? on : c->enrolled_on;
    }
}

/* Only a roster that was seen to agree with what stood before can be believed to change it: a household that is reported for
 * reopening is still cleared there, one that people cleared is still monitored. */
static void heed_roster(const struct following *f, struct case_record *c, const PGresult *res, int i)
{
    bool is_monitored = db_bool(res, i, 14), is_cleared = db_bool(res, i, 15), is_gone = db_bool(res, i, 16);
    date_t today = f->s->edition.as_of, cleared_on = db_date(res, i, 17);
    if (!f->roster_is_healthy) {
        return;
    }
    if (is_gone) {
        move(c, CASE_LAPSED, BY_ROSTER, today);
    } else if (is_monitored && (c->state != CASE_CLEARED || c->is_confirmed)) {
        move(c, c->state == CASE_CLEARED ? CASE_REOPENED : CASE_ENROLLED, BY_ROSTER, today);
        c->is_confirmed = true;
    } else if (is_cleared && (c->state == CASE_CLEARED || c->is_confirmed)) {
        move(c, CASE_CLEARED, BY_ROSTER, cleared_on != DATE_NONE && cleared_on >= c->since ? cleared_on : today);
        c->is_confirmed = true;
    }
}

static void heed_result(struct case_record *c, const PGresult *res, int i)
{
    if (!db_bool(res, i, 13)) { /* a later result says otherwise */
        move(c, CASE_REJECTED, BY_RESULT, db_date(res, i, 12));
    }
}

static void set_clock(const struct following *f, struct case_record *c)
{
    const struct config *config = f->s->config;
    enum case_clock due = case_states[c->state].due;
    date_t from = due == CLOCK_DECISION ? c->clue_on : c->since;
    c->due_on = due == CLOCK_NONE ? DATE_NONE : case_clock_end(config, due, c->region, from, f->s->edition.as_of);
    bool is_anew = c->state == CASE_CLEARED || c->state == CASE_REOPENED;
    date_t confirm = is_anew ? c->since : c->enrolled_on != DATE_NONE ? c->enrolled_on : c->reported_on;
    date_t end = case_clock_end(config, CLOCK_CONFIRM, c->region, confirm, f->s->edition.as_of);
    bool is_on_roster = c->state != CASE_REJECTED && c->state != CASE_LAPSED;
    c->is_mismatch = is_on_roster && !c->is_confirmed && end != DATE_NONE && f->exported_on > end;
}

static enum rc write_case(const struct following *f, const struct case_record *c)
{
    char edition[DB_NUMBER], lead[DB_NUMBER], applied[DB_NUMBER], since[DATE_TEXT], due[DATE_TEXT], reported[DATE_TEXT], enrolled[DATE_TEXT];
    date_format(c->since, since);
    date_format(c->due_on, due);
    date_format(c->reported_on, reported);
    date_format(c->enrolled_on, enrolled);
    return db_run(f->s->db, store,
                  DB_PARAMS(f->s->config->county, db_number(f->s->edition.number, edition), db_number(c->lead_id, lead),
                            case_states[c->state].word, since, due, reported, enrolled, c->is_confirmed ? "true" : "false",
                            c->is_mismatch ? "true" : "false", db_number(c->applied, applied)),
                  NULL);
}

static bool is_other(const struct case_record *x, const struct case_record *y)
{
    return x->state != y->state || x->since != y->since || x->due_on != y->due_on || x->enrolled_on != y->enrolled_on ||
           x->is_confirmed != y->is_confirmed || x->is_mismatch != y->is_mismatch || x->applied != y->applied;
}

static enum rc follow_one(struct following *f, const PGresult *res, int i)
{
    bool is_new = str_is_null(db_text(res, i, 4));
    struct case_record before = read_case(f->s->arena, res, i), c = before;
    heed_result(&c, res, i);
    apply_steps(f, &c);
    heed_roster(f, &c, res, i);
    set_clock(f, &c);
    f->open += case_states[c.state].is_over ? 0 : 1;
    f->mismatches += c.is_mismatch ? 1 : 0;
    return is_new || is_other(&before, &c) ? write_case(f, &c) : RC_OK;
}

/* ---- All of them ---- */

static enum rc follow_all(struct following *f, const PGresult *res)
{
    int64_t household_before = 0;
    for (int i = 0; i < PQntuples(res); i++) {
        /* a household has one case: of two leads that report it on one night, the first */
        bool is_second = str_is_null(db_text(res, i, 4)) && db_i64(res, i, 18) == household_before;
        TRY(is_second ? RC_OK : follow_one(f, res, i));
        household_before = str_is_null(db_text(res, i, 4)) ? db_i64(res, i, 18) : household_before;
    }
    return RC_OK;
}

enum rc cases_follow(struct stage *s, bool roster_is_healthy)
{
    char edition[DB_NUMBER], day[DATE_TEXT];
    DB_RESULT PGresult *res = NULL, *steps = NULL;
    struct roster_export export;
    date_format(s->edition.as_of, day);
    (void)db_number(s->edition.number, edition);
    TRY(db_run(s->db, forget, DB_PARAMS(s->config->county, edition), NULL));
    TRY(roster_export_load(s, s->edition.as_of, &export));
    TRY(db_query(s->db, cases_sql, DB_PARAMS(s->config->county, edition, day, codes_that_convert(s->arena)), &res));
    TRY(db_query(s->db, steps_sql, DB_PARAMS(s->config->county, edition), &steps));
    struct following f = {.s = s, .steps = steps, .roster_is_healthy = roster_is_healthy,
                          .exported_on = export.on != DATE_NONE ? export.on : s->edition.as_of};
    TRY(follow_all(&f, res));
    log_event(LOG_INFO, "cases followed", LOG_I("open", f.open), LOG_I("unconfirmed", f.mismatches));
    return RC_OK;
}
