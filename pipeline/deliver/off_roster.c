/* Leads off the roster: what the department's list says of the person, in place of rules. */
#include "pipeline/pull/off_roster.h"

#include "base/idno.h"
#include "base/text.h"
#include "pipeline/deliver/list.h"

static const char entries_sql[] =
    "select l.lead_id, o.dataset, encode(o.sealed, 'hex'), o.reason, case when o.ended <= s.edition then o.ended_why else '' end,"
    "  jsonb_build_array(jsonb_build_object('department', split_part(o.dataset, '.', 1), 'dataset',"
    "   split_part(o.dataset, '.', 2), 'record_key', o.record_key, 'event_date', to_char(o.event_on, 'YYYY-MM-DD'),"
    "   'edition', o.learned))"
    " from bidui.lead_state s join bidui.lead l on l.county = s.county and l.lead_id = s.lead_id"
    " join bidui.off_roster o on o.county = l.county and o.off_id = l.off_id where s.county = $1 and s.edition = $2::int";

static enum rc name_person(struct list *l, const PGresult *res, int row, struct lead *lead)
{
    struct str number, name;
    char masked[IDNO_LEN + 1];
    lead->full_name = lead->householder = lead->householder_number = STR("");
    if (str_is_null(db_text(res, row, 2))) {
        return RC_OK; /* the identity was emptied */
    }
    TRY(off_roster_open(l->config, l->arena, PQgetvalue(res, row, 1), db_text(res, row, 2), &number, &name));
    lead->full_name = name;
    lead->householder = text_mask_name(l->arena, name);
    if (number.n == IDNO_LEN) {
        idno_mask(number.p, masked);
        lead->householder_number = arena_str(l->arena, str_from(masked));
    }
    return RC_OK;
}

static void give_reason(struct list *l, const PGresult *res, int row, struct lead *lead)
{
    struct arena *a = l->arena;
    const struct dataset *d = config_dataset(l->config, db_text(res, row, 1));
    struct reason *r = arena_array(a, 1, sizeof *r);
    *r = (struct reason){
        .lead_id = lead->id,
        .rule = arena_str(a, db_text(res, row, 1)),
        .title = d == NULL ? arena_str(a, db_text(res, row, 1)) : str_from(d->title),
        .severity = lead->level,
        .state = lead->state,
        .cause = arena_str(a, db_text(res, row, 4)),
        .text = arena_str(a, db_text(res, row, 3)),
        .field_text = str_from(tr("部门推送的名册外人员,请核实", "sent by a department, not on the roster: to be verified")),
        .details = STR("{}"),
        .evidence = arena_str(a, db_text(res, row, 5)),
        .opened_on = lead->opened_on,
    };
    lead->reasons = r;
    lead->reason_count = 1;
}

enum rc off_roster_load(struct stage *s, struct list *l)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, entries_sql, DB_PARAMS(s->config->county, db_number(l->edition, number)), &res));
    struct lead_finder finder = lead_finder_of(l);
    for (int i = 0; i < PQntuples(res); i++) {
        struct lead *lead = lead_find(&finder, db_i64(res, i, 0));
        if (lead != NULL) {
            TRY(name_person(l, res, i, lead));
            give_reason(l, res, i, lead);
        }
    }
    return RC_OK;
}
