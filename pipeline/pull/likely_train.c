/* bidui link train: a new version of the weights, from what nightly pulls counted and the roster as it is. */
#include "pipeline/audit.h"
#include "pipeline/pull/index.h"
#include "pipeline/pull/likely_store.h"

#define RANDOM_PAIRS ((size_t)200000)

/* Of each dataset the delivery that said most: the same records come night after night. */
static const char tallies[] =
    "select t.field, t.level, sum(t.records)::bigint from bidui.link_tally t join ("
    "  select distinct on (dataset) dataset, edition from (select dataset, edition, sum(records) as n from bidui.link_tally"
    "    where county = $1 group by 1, 2) s order by dataset, n desc, edition desc) best using (dataset, edition)"
    " where t.county = $1 group by 1, 2";

static enum rc load_tally(struct stage *s, struct likely_tally *t)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, tallies, DB_PARAMS(s->config->county), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        int64_t level = db_i64(res, i, 1);
        for (int f = 0; f < LIKELY_FIELDS; f++) {
            if (str_is(db_text(res, i, 0), likely_fields[f].name) && level >= 0 && level < LINK_LEVELS) {
                t->counts[f][level] = db_i64(res, i, 2);
            }
        }
    }
    return RC_OK;
}

static enum rc tally_roster(struct stage *s, struct likely_tally *t)
{
    struct db *other = NULL;
    struct index *ix = NULL;
    TRY(db_open(s->config->database, arena_printf(s->arena, "bidui link %s identities", s->config->county), &other));
    enum rc rc = index_load(s->db, other, s->config->county, s->edition.number, true, &ix);
    db_close(other);
    TRY(rc);
    likely_tally_strangers(ix, RANDOM_PAIRS, t);
    index_free(ix);
    return RC_OK;
}

static enum rc write_shares(struct stage *s, const struct likely_weights *w)
{
    char version[DB_NUMBER], level[DB_NUMBER], m[DB_NUMBER], u[DB_NUMBER], r[DB_NUMBER];
    (void)db_number(w->version, version);
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
            const struct likely_share *share = &w->shares[f][k];
            if (share->m > 0) {
                TRY(db_run(s->db, "insert into bidui.link_weight values ($1, $2, $3, $4, $5, $6, $7)",
                           DB_PARAMS(s->config->county, version, likely_fields[f].name, db_number(k, level),
                                     db_number(share->m, m), db_number(share->u, u), db_number(share->r, r)),
                           NULL));
            }
        }
    }
    return RC_OK;
}

static enum rc write_version(struct stage *s, const struct likely_training *t, const char *by)
{
    char n[8][DB_NUMBER];
    const struct likely_weights *w = &t->weights;
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_run(s->db, "insert into bidui.link_version values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
               DB_PARAMS(s->config->county, db_number(w->version, n[0]), db_number(s->edition.number, n[1]),
                         db_number(t->records, n[2]), db_number((int64_t)RANDOM_PAIRS, n[3]), db_number(w->on_roster, n[4]),
                         db_number(w->has_relative, n[5]), db_number(w->false_cost, n[6]), db_number(w->missed_cost, n[7]), by),
               NULL));
    TRY(write_shares(s, w));
    TRY(audit_write(s, s->edition.number, by, "link train", n[0], ""));
    return db_commit(s->db);
}

enum rc likely_train(struct stage *s, int64_t false_cost, int64_t missed_cost, const char *by, struct likely_training *ret)
{
    struct likely_tally same = {0}, strangers = {0};
    int64_t latest = 0;
    *ret = (struct likely_training){0};
    TRY(load_tally(s, &same));
    TRY(tally_roster(s, &strangers));
    TRY(likely_learn(&same, &strangers, &ret->weights));
    TRY(db_query_i64(s->db, "select coalesce(max(version), 0) from bidui.link_version where county = $1",
                     DB_PARAMS(s->config->county), &latest));
    ret->weights.version = (int)latest + 1;
    ret->weights.false_cost = false_cost;
    ret->weights.missed_cost = missed_cost;
    likely_weights_close(&ret->weights);
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        ret->is_learned[f] = likely_learns(&same, (enum likely_field)f);
    }
    for (unsigned k = LINK_MISSING; k < LINK_LEVELS; k++) {
        ret->records += same.counts[LIKELY_NAME][k];
    }
    return write_version(s, ret, by);
}
