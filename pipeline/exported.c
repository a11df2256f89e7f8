#include "pipeline/stage.h"

/* One that brought nothing new says as of when nothing was. */
enum rc roster_export_load(struct stage *s, date_t day, struct roster_export *ret)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    const struct dataset *roster = config_dataset(s->config, STR("roster.person"));
    int most = roster == NULL ? 0 : roster->max_age_days;
    TRY(db_query(s->db,
                 "select exported_on from bidui.delivery where county = $1 and dataset = 'roster.person' and"
                 " exported_on is not null and ((state = 'admitted' and decided_edition <= $2)"
                 " or (verdict = 'unchanged' and edition <= $2))"
                 " order by coalesce(decided_edition, edition) desc, edition desc limit 1",
                 DB_PARAMS(s->config->county, db_number(s->edition.number, number)), &res));
    ret->on = PQntuples(res) == 0 ? DATE_NONE : db_date(res, 0, 0);
    ret->is_old = most > 0 && ret->on != DATE_NONE && day - ret->on > most;
    return RC_OK;
}
