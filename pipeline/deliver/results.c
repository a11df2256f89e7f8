/* What townships answered: the result of each lead on the list, the answers of its reasons, and what results say of the
 * roster and of departments' data. */
#include "pipeline/deliver/list.h"

#include "pipeline/remarks.h"

#define IN_FORCE(x, edition) x ".learned <= " edition " and (" x ".ended is null or " x ".ended > " edition ")"

static const char results_sql[] =
    "select r.lead_id, r.code, r.visited_on, r.way, encode(r.sealed, 'hex'), l.lead_no from bidui.result r"
    " join bidui.lead l on l.county = r.county and l.lead_id = r.lead_id"
    " join bidui.lead_state s on s.county = r.county and s.lead_id = r.lead_id and s.edition = $2::int"
    " where r.county = $1 and " IN_FORCE("r", "$2::int") " order by r.lead_id";

static const char answers_sql[] =
    "select x.lead_id, x.alert_id, x.answer from bidui.answer x"
    " join bidui.lead_state s on s.county = x.county and s.lead_id = x.lead_id and s.edition = $2::int"
    " where x.county = $1 and " IN_FORCE("x", "$2::int") " order by x.lead_id";

/* A household that is gone is shown as it was last known; what was answered, by the titles of the rules. */
static const char corrections_sql[] =
    "select r.lead_id, r.code, r.visited_on, r.way, encode(r.sealed, 'hex'), l.lead_no, k.household_no, hh.name,"
    "  v.township_name, v.village_name, (select string_agg(distinct n.title, $4 order by n.title) from bidui.answer x"
    "    cross join lateral (select y.body::json->>'title' as title from bidui.rule_version y where y.county = x.county"
    "     and y.rule = x.rule and y.learned <= $2::int order by y.version desc limit 1) n"
    "    where x.county = r.county and x.lead_id = r.lead_id and x.answer = 'data_wrong' and " IN_FORCE("x", "$2::int") ")"
    " from bidui.result r join bidui.edition e on e.county = r.county and e.edition = r.learned"
    " join bidui.lead l on l.county = r.county and l.lead_id = r.lead_id"
    LEAD_HOUSEHOLD
    " where r.county = $1 and " IN_FORCE("r", "$2::int")
    "  and r.code = any ($5::int[]) and e.as_of > $3::date - $6::int order by l.lead_no collate \"C\"";

/* ---- Reading ---- */

static enum rc fill_result(const struct list *l, const PGresult *res, int row, struct lead_result *r)
{
    *r = (struct lead_result){.lead_id = db_i64(res, row, 0),
                              .code = (int)db_i64(res, row, 1),
                              .visited_on = db_date(res, row, 2),
                              .way = arena_str(l->arena, db_text(res, row, 3))};
    return remark_open(l->config, l->arena, REMARK_OF_RESULT, db_text(res, row, 5), db_text(res, row, 4), &r->found);
}

static enum rc load_results(struct list *l, const struct lead_finder *f, const PGresult *res)
{
    size_t n = (size_t)PQntuples(res);
    struct lead_result *all = arena_array(l->arena, n, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        TRY(fill_result(l, res, (int)i, &all[i]));
        struct lead *lead = lead_find(f, all[i].lead_id);
        if (lead != NULL) {
            lead->result = &all[i];
        }
    }
    return RC_OK;
}

static void give_answer(const struct list *l, struct lead *lead, int64_t alert_id, struct str answer)
{
    for (size_t i = 0; lead != NULL && i < lead->reason_count; i++) {
        if (lead->reasons[i].alert_id == alert_id) {
            lead->reasons[i].answer = arena_str(l->arena, answer);
        }
    }
}

static const char *correcting_codes(struct arena *a)
{
    const char *all = "";
    for (const struct result_code *c = result_codes; c->code != 0; c++) {
        all = c->corrects ? arena_printf(a, "%s%s%d", all, *all == '\0' ? "" : ",", c->code) : all;
    }
    return arena_printf(a, "{%s}", all);
}

static struct str copied(const struct list *l, const PGresult *res, int row, int column)
{
    return arena_str(l->arena, db_text(res, row, column));
}

static enum rc load_corrections(struct stage *s, struct list *l, const char *edition)
{
    char day[DATE_TEXT], days[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    date_format(l->as_of, day);
    TRY(db_query(s->db, corrections_sql,
                 DB_PARAMS(s->config->county, edition, day, tr("、", ", "), correcting_codes(l->arena),
                           db_number(CORRECTION_DAYS, days)),
                 &res));
    l->correction_count = (size_t)PQntuples(res);
    l->corrections = arena_array(l->arena, l->correction_count, sizeof *l->corrections);
    for (int i = 0; i < PQntuples(res); i++) {
        struct correction *c = &l->corrections[i];
        TRY(fill_result(l, res, i, &c->result));
        c->lead_no = copied(l, res, i, 5);
        c->household_no = copied(l, res, i, 6);
        c->householder = copied(l, res, i, 7);
        c->township = copied(l, res, i, 8);
        c->village = copied(l, res, i, 9);
        c->rules = copied(l, res, i, 10);
    }
    return RC_OK;
}

enum rc results_load(struct stage *s, struct list *l)
{
    char edition[DB_NUMBER];
    DB_RESULT PGresult *results = NULL, *answers = NULL;
    struct lead_finder f = lead_finder_of(l);
    (void)db_number(l->edition, edition);
    TRY(db_query(s->db, results_sql, DB_PARAMS(s->config->county, edition), &results));
    TRY(load_results(l, &f, results));
    TRY(db_query(s->db, answers_sql, DB_PARAMS(s->config->county, edition), &answers));
    for (int i = 0; i < PQntuples(answers); i++) {
        give_answer(l, lead_find(&f, db_i64(answers, i, 0)), db_i64(answers, i, 1), db_text(answers, i, 2));
    }
    TRY(load_corrections(s, l, edition));
    return db_query_i64(s->db, "select count(*) from bidui.held where county = $1 and edition = $2::int",
                        DB_PARAMS(s->config->county, edition), &l->held);
}

struct str result_text(struct arena *a, const struct lead_result *r)
{
    char day[DATE_TEXT];
    date_format(r->visited_on, day);
    return str_from(arena_printf(a, "%s %s %s", result_code_title(r->code), day, choice_title(way_choices, r->way)));
}
