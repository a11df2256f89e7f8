#include "pipeline/pull/decisions.h"

enum rc decisions_load(const struct job *job, struct decisions *ret)
{
    DB_RESULT PGresult *res = NULL;
    map_init(&ret->by_code);
    TRY(db_query(job->db,
                 "select record_code, content, accepted, subject from bidui.link_decision"
                 " where county = $1 and dataset = $2 and ended is null order by record_code",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct decision *d = ARENA_NEW(job->arena, struct decision);
        *d = (struct decision){db_i64(res, i, 1), db_bool(res, i, 2), db_i64(res, i, 3)};
        (void)map_put(&ret->by_code, arena_str(job->arena, db_text(res, i, 0)), d);
    }
    return RC_OK;
}

void decisions_done(struct decisions *d)
{
    map_done(&d->by_code);
}

const struct decision *decisions_find(const struct decisions *d, struct str record_code,
                                      int64_t question)
{
    const struct decision *found = map_get(&d->by_code, record_code);
    return found != NULL && found->question == question ? found : NULL;
}
