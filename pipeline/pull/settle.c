/* What an admitted delivery settles of earlier quarantine. A full snapshot settles all of it: what is wrong still came
 * again. An increment settles the records that came, sound or not. */
#include "base/map.h"
#include "pipeline/pull/quarantine.h"

#define CODES_MAX ((size_t)64 << 20)

static const char settle_whole[] =
    "update bidui.quarantine q set settled_edition = $4, settled_why = case when q.record_code <> '' and exists ("
    "  select from bidui.quarantine n where n.county = $1 and n.dataset = $2 and n.edition = $3"
    "  and n.record_code = q.record_code) then 'again' else 'corrected' end"
    " where q.county = $1 and q.dataset = $2 and q.edition < $3 and q.settled_edition is null";

static const char settle_again[] =
    "update bidui.quarantine q set settled_edition = $4, settled_why = 'again'"
    " where q.county = $1 and q.dataset = $2 and q.edition < $3 and q.settled_edition is null and q.record_code in ("
    "  select n.record_code from bidui.quarantine n where n.county = $1 and n.dataset = $2 and n.edition = $3"
    "  and n.record_code <> '')";

static const char settle_corrected[] =
    "update bidui.quarantine set settled_edition = $4, settled_why = 'corrected'"
    " where county = $1 and dataset = $2 and edition < $3 and settled_edition is null and record_code = any ($5)";

static const char open_codes[] =
    "select distinct record_code from bidui.quarantine where county = $1 and dataset = $2 and edition < $3"
    " and settled_edition is null and record_code <> ''";

struct settling {
    const struct job *job;
    struct arena *arena;
    struct map open;      /* codes in quarantine */
    struct str *sound;    /* those of them that came */
    size_t n;
    char landed[DB_NUMBER], now[DB_NUMBER];
};

static enum rc run(const struct settling *s, const char *sql)
{
    return db_run(s->job->db, sql, DB_PARAMS(s->job->config->county, s->job->dataset->id, s->landed, s->now), NULL);
}

static enum rc load_open(struct settling *s)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->job->db, open_codes, DB_PARAMS(s->job->config->county, s->job->dataset->id, s->landed), &res));
    s->sound = arena_array(s->arena, (size_t)PQntuples(res), sizeof *s->sound);
    for (int i = 0; i < PQntuples(res); i++) {
        (void)map_put(&s->open, arena_str(s->arena, db_text(res, i, 0)), s);
    }
    return RC_OK;
}

static enum rc take_key(void *ctx, const PGresult *row)
{
    struct settling *s = ctx;
    char code[CODE_TEXT];
    struct str key = db_text(row, 0, 0);
    if (!landing_is_code(key)) {
        landing_code(s->job, key, code);
        key = str_from(code);
    }
    if (map_get(&s->open, key) != NULL && s->n < s->open.n) {
        s->sound[s->n++] = arena_str(s->arena, key);
    }
    return RC_OK;
}

static enum rc settle_landed(struct settling *s)
{
    TRY(load_open(s));
    if (s->open.n == 0) {
        return RC_OK;
    }
    TRY(db_each(s->job->db,
                arena_printf(s->arena,
                             "select distinct record_key from bidui.landing_%s where county = $1 and edition = $2"
                             " and link <> '" LANDING_HELD "'",
                             s->job->dataset->table),
                DB_PARAMS(s->job->config->county, s->landed), take_key, s));
    return db_run(s->job->db, settle_corrected,
                  DB_PARAMS(s->job->config->county, s->job->dataset->id, s->landed, s->now,
                            db_array(s->arena, s->sound, s->n)),
                  NULL);
}

enum rc quarantine_settle(const struct job *job, int edition)
{
    struct settling s = {.job = job, .arena = arena_new(CODES_MAX)};
    (void)db_number(edition, s.landed);
    (void)db_number(job->edition.number, s.now);
    map_init(&s.open);
    bool is_whole = !job->dataset->is_incremental && !job->dataset->is_lookup;
    enum rc rc = run(&s, is_whole ? settle_whole : settle_again);
    if (rc == RC_OK && !is_whole) {
        rc = settle_landed(&s);
    }
    map_done(&s.open);
    arena_free(s.arena);
    return rc;
}
