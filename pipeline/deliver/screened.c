/* Where the county screens: which leads it has sent on, and which go out because they are grave and nobody decided. */
#include "pipeline/deliver/list.h"

#include <stdlib.h>

static const char decisions_sql[] =
    "select d.lead_id, d.decision, d.because from bidui.decision d join bidui.lead_state s on s.county = d.county"
    " and s.lead_id = d.lead_id and s.edition = $2::int where d.county = $1 and d.learned <= $2::int"
    " and (d.ended is null or d.ended > $2::int) order by d.lead_id";

static int by_id(const void *a, const void *b)
{
    const struct lead *x = *(struct lead *const *)a, *y = *(struct lead *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

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

enum rc screening_load(struct stage *s, struct list *l)
{
    char edition[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    if (!l->is_screened) {
        return RC_OK;
    }
    struct lead **sorted = arena_array(l->arena, l->lead_count, sizeof *sorted);
    for (size_t i = 0; i < l->lead_count; i++) {
        sorted[i] = &l->leads[i];
    }
    qsort(sorted, l->lead_count, sizeof *sorted, by_id);
    TRY(db_query(s->db, decisions_sql, DB_PARAMS(s->config->county, db_number(l->edition, edition)), &res));
    size_t at = 0;
    for (int i = 0; i < PQntuples(res); i++) {
        while (at < l->lead_count && sorted[at]->id < db_i64(res, i, 0)) {
            at++;
        }
        if (at < l->lead_count && sorted[at]->id == db_i64(res, i, 0)) {
            sorted[at]->decision = arena_str(l->arena, db_text(res, i, 1));
            sorted[at]->decided_because = arena_str(l->arena, db_text(res, i, 2));
        }
    }
    for (size_t i = 0; i < l->lead_count; i++) {
        struct lead *lead = &l->leads[i];
        lead->is_sent_on = str_is(lead->decision, "dispatch") || is_overdue(l, lead);
    }
    return RC_OK;
}
