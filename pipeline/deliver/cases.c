/* Cases of the list: where each stands, when the next step is due, and what the roster does not show. */
#include "pipeline/deliver/list.h"

/* Those that go on, and what ended in this edition. */
static const char cases_sql[] =
    "select l.lead_no, k.household_no, hh.name, v.township_name, v.village_name, t.state, t.since, t.due_on, t.reported_on, t.enrolled_on,"
    "  t.is_confirmed, t.is_mismatch, t.edition from (select distinct on (t.lead_id) t.* from bidui.case_state t where t.county = $1"
    "   and t.edition <= $2::int order by t.lead_id, t.edition desc) t"
    " join bidui.lead l on l.county = $1 and l.lead_id = t.lead_id" LEAD_HOUSEHOLD
    " where t.edition = $2::int or t.is_mismatch or t.state not in ('rejected', 'cleared', 'lapsed') order by l.lead_no collate \"C\"";

static struct str copied(const struct list *l, const PGresult *res, int row, int column)
{
    return arena_str(l->arena, db_text(res, row, column));
}

enum rc cases_load(struct stage *s, struct list *l)
{
    char edition[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, cases_sql, DB_PARAMS(s->config->county, db_number(l->edition, edition)), &res));
    l->case_count = (size_t)PQntuples(res);
    l->cases = arena_array(l->arena, l->case_count, sizeof *l->cases);
    for (int i = 0; i < PQntuples(res); i++) {
        struct list_case *c = &l->cases[i];
        *c = (struct list_case){.lead_no = copied(l, res, i, 0), .household_no = copied(l, res, i, 1), .householder = copied(l, res, i, 2),
                                .township = copied(l, res, i, 3), .village = copied(l, res, i, 4), .since = db_date(res, i, 6),
                                .due_on = db_date(res, i, 7), .reported_on = db_date(res, i, 8), .enrolled_on = db_date(res, i, 9),
                                .is_confirmed = db_bool(res, i, 10), .is_mismatch = db_bool(res, i, 11)};
        (void)case_state_read(l->arena, db_text(res, i, 5), &c->state);
    }
    return RC_OK;
}

bool case_is_overdue(const struct list *l, const struct list_case *c) { return c->due_on != DATE_NONE && c->due_on < l->as_of; }

static enum rc put_day(struct buf *b, const char *key, date_t day)
{
    char text[DATE_TEXT];
    date_format(day, text);
    TRY(buf_printf(b, ",\"%s\":", key));
    return buf_put_json(b, day != DATE_NONE ? str_from(text) : STR_NULL);
}

static enum rc put_case(const struct list *l, const struct list_case *c, struct buf *b)
{
    TRY(buf_puts(b, STR("{\"lead_no\":")));
    TRY(buf_put_json(b, c->lead_no));
    TRY(buf_puts(b, STR(",\"household_no\":")));
    TRY(buf_put_json(b, c->household_no));
    TRY(buf_printf(b, ",\"state\":\"%s\"", case_states[c->state].word));
    TRY(put_day(b, "since", c->since));
    TRY(put_day(b, "due_on", c->due_on));
    TRY(put_day(b, "reported_on", c->reported_on));
    TRY(put_day(b, "enrolled_on", c->enrolled_on));
    return buf_printf(b, ",\"overdue\":%s,\"confirmed\":%s,\"mismatch\":%s}", case_is_overdue(l, c) ? "true" : "false",
                      c->is_confirmed ? "true" : "false", c->is_mismatch ? "true" : "false");
}

enum rc list_put_cases(const struct list *l, struct buf *b)
{
    TRY(buf_puts(b, STR("\"cases\":[")));
    for (size_t i = 0; i < l->case_count; i++) {
        TRY(buf_puts(b, i > 0 ? STR(",\n") : STR("\n")));
        TRY(put_case(l, &l->cases[i], b));
    }
    return buf_puts(b, STR("]"));
}
