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

static void read_pairs(struct arena *a, struct str list, struct decision *d)
{
    d->pairs = arena_array(a, list.n / 2 + 1, sizeof *d->pairs);
    while (list.n > 0) {
        d->pair_count += str_to_i64(str_cut(&list, ','), &d->pairs[d->pair_count]) ? 1 : 0;
    }
}

enum rc decisions_load(const struct job *job, struct decisions *ret)
{
    DB_RESULT PGresult *res = NULL;
    map_init(&ret->by_code);
    map_init(&ret->open);
    TRY(job->dataset->is_incremental ? load_open(job, ret) : RC_OK);
    TRY(db_query(job->db,
                 "select record_code, content, accepted, subject, array_to_string(pairs, ',') from bidui.link_decision"
                 " where county = $1 and dataset = $2 and ended is null order by record_code",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct decision *d = ARENA_NEW(job->arena, struct decision);
        *d = (struct decision){.question = db_i64(res, i, 1), .is_accepted = db_bool(res, i, 2), .subject = db_i64(res, i, 3)};
        read_pairs(job->arena, db_text(res, i, 4), d);
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

const struct decision *decisions_of(const struct decisions *d, struct str record_code)
{
    return map_get(&d->by_code, record_code);
}

bool decision_refuses(const struct decision *d, int64_t pair)
{
    for (size_t i = 0; i < d->pair_count; i++) {
        if (d->pairs[i] == pair) {
            return true;
        }
    }
    return false;
}

bool decisions_has_open(const struct decisions *d)
{
    return d->open.n > 0;
}

bool decisions_is_open(const struct decisions *d, struct str record_code)
{
    return map_get(&d->open, record_code) != NULL;
}
