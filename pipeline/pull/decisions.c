#include "pipeline/pull/decisions.h"

static enum rc load_open(const struct job *job, struct decisions *ret)
{
    static char is_open; /* any address: only the key counts */
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select distinct record_code from bidui.review where county = $1 and dataset = $2 and state = 'open'",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        (void)map_put(&ret->open, arena_str(job->arena, db_text(res, i, 0)), &is_open);
    }
    return RC_OK;
}

enum rc decisions_load(const struct job *job, struct decisions *ret)
{
    DB_RESULT PGresult *res = NULL;
    map_init(&ret->by_code);
    map_init(&ret->open);
    TRY(job->dataset->is_incremental ? load_open(job, ret) : RC_OK);
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
    map_done(&d->open);
}

const struct decision *decisions_find(const struct decisions *d, struct str record_code,
                                      int64_t question)
{
    const struct decision *found = map_get(&d->by_code, record_code);
    return found != NULL && found->question == question ? found : NULL;
}

bool decisions_has_open(const struct decisions *d)
{
    return d->open.n > 0;
}

bool decisions_is_open(const struct decisions *d, struct str record_code)
{
    return map_get(&d->open, record_code) != NULL;
}
