/* Where the county screens: which leads it has sent on, and which go out because they are grave and nobody decided. */
#include "pipeline/deliver/list.h"
#include "pipeline/remarks.h"

static const char decisions_sql[] =
    "select d.lead_id, d.decision, encode(d.sealed, 'hex') from bidui.decision d join bidui.lead_state s on s.county = d.county"
    " and s.lead_id = d.lead_id and s.edition = $2::int where d.county = $1 and d.learned <= $2::int"
    " and (d.ended is null or d.ended > $2::int) order by d.lead_id";

static const char sent_sql[] =
    "select distinct x.lead_id from bidui.sending_lead x join bidui.lead_state s on s.county = x.county"
    " and s.lead_id = x.lead_id and s.edition = $2::int where x.county = $1 and x.edition < $2::int order by x.lead_id";

bool lead_is_screened(const struct list *l, const struct lead *lead)
{
    bool may_go = !str_is_null(lead->household_no) || !str_is_null(lead->full_name);
    return l->is_screened && may_go && lead->sheet != SHEET_CLEARED && !str_is_null(lead->township_code);
}

/* A list comes once a day: hours are those between the lists of two days. What is over today must have gone out before. */
static bool is_overdue(const struct list *l, const struct lead *lead)
{
    int days = l->as_of - lead->opened_on - (lead->sheet == SHEET_CLEARED ? 1 : 0);
    return str_is_null(lead->decision) && str_is(lead->level, "high") && days >= 0 && days * 24 >= l->screen_hours;
}

/* What a township has had once stays with it until it is over or taken back, whatever its level or the county says since. */
static enum rc load_sent(struct stage *s, const struct lead_finder *finder, const char *edition)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, sent_sql, DB_PARAMS(s->config->county, edition), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct lead *lead = lead_find(finder, db_i64(res, i, 0));
        if (lead != NULL) {
            lead->is_sent_on = true;
        }
    }
    return RC_OK;
}

enum rc screening_load(struct stage *s, struct list *l)
{
    char edition[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    if (!l->is_screened) {
        return RC_OK;
    }
    struct lead_finder finder = lead_finder_of(l);
    TRY(db_query(s->db, decisions_sql, DB_PARAMS(s->config->county, db_number(l->edition, edition)), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct lead *lead = lead_find(&finder, db_i64(res, i, 0));
        if (lead != NULL) {
            lead->decision = arena_str(l->arena, db_text(res, i, 1));
            TRY(remark_open(l->config, l->arena, REMARK_OF_DECISION, lead->lead_no, db_text(res, i, 2), &lead->decided_because));
        }
    }
    TRY(load_sent(s, &finder, edition));
    for (size_t i = 0; i < l->lead_count; i++) {
        struct lead *lead = &l->leads[i];
        lead->is_overdue = is_overdue(l, lead);
        lead->is_sent_on = lead->is_sent_on || str_is(lead->decision, "dispatch") || lead->is_overdue;
    }
    return RC_OK;
}
