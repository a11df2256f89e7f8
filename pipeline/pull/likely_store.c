#include "pipeline/pull/likely_store.h"

static const char pin[] =
    "update bidui.edition set summary = coalesce(summary, '{}') || jsonb_build_object('link_version',"
    " coalesce((select max(version) from bidui.link_version where county = $1 and learned <= $2::int), 0))"
    " where county = $1 and edition = $2::int and not coalesce(summary ? 'link_version', false)";

static enum rc pin_latest(struct stage *s, const char *edition)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_run(s->db, pin, DB_PARAMS(s->config->county, edition), NULL));
    return db_commit(s->db);
}

static enum rc load_head(struct stage *s, const char *version, struct likely_weights *w)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select version, on_roster, has_relative, false_cost, missed_cost from bidui.link_version"
                 " where county = $1 and version = $2",
                 DB_PARAMS(s->config->county, version), &res));
    if (PQntuples(res) != 1) {
        return err_fail(RC_STATE, tr("没有第 %s 版权重", "there is no version %s of the weights"), version);
    }
    *w = (struct likely_weights){.version = (int)db_i64(res, 0, 0),
                                 .on_roster = (int32_t)db_i64(res, 0, 1),
                                 .has_relative = (int32_t)db_i64(res, 0, 2),
                                 .false_cost = db_i64(res, 0, 3),
                                 .missed_cost = db_i64(res, 0, 4)};
    return RC_OK;
}

static enum rc load_shares(struct stage *s, const char *version, struct likely_weights *w)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, "select field, level, m, u, r from bidui.link_weight where county = $1 and version = $2",
                 DB_PARAMS(s->config->county, version), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        for (int f = 0; f < LIKELY_FIELDS; f++) {
            int64_t level = db_i64(res, i, 1);
            if (str_is(db_text(res, i, 0), likely_fields[f].name) && level > 0 && level < LINK_LEVELS) {
                w->shares[f][level] = (struct likely_share){(int32_t)db_i64(res, i, 2), (int32_t)db_i64(res, i, 3),
                                                            (int32_t)db_i64(res, i, 4)};
            }
        }
    }
    return likely_weights_guard(w);
}

enum rc likely_weights_pinned(struct stage *s, struct likely_weights *ret)
{
    char edition[DB_NUMBER], version[DB_NUMBER];
    int64_t pinned = 0;
    (void)db_number(s->edition.number, edition);
    TRY(pin_latest(s, edition));
    TRY(db_query_i64(s->db, "select (summary->>'link_version')::bigint from bidui.edition where county = $1 and edition = $2",
                     DB_PARAMS(s->config->county, edition), &pinned));
    *ret = likely_built_in;
    if (pinned > 0) {
        TRY(load_head(s, db_number(pinned, version), ret));
        TRY(load_shares(s, version, ret));
    }
    likely_weights_close(ret);
    return RC_OK;
}
