#include "pipeline/pull/off_roster.h"

#include "base/log.h"
#include "pipeline/pull/quarantine.h"

#define PLAIN_MAX ((size_t)64 << 10)

/* $1 county, $2 dataset, $3 edition it landed in, $4 the one that learns. A record in quarantine or review counts
 * as delivered. */
static const char end_gone[] =
    "update bidui.off_roster o set ended = $4::int, ended_why = case when exists (select from bidui.fact_%s f"
    "   where f.county = $1 and f.record_key = o.record_key and f.ended is null) then 'joined' else 'withdrawn' end"
    " where o.county = $1 and o.dataset = $2 and o.ended is null"
    " and not exists (select from bidui.landing_off_roster l where l.county = $1 and l.dataset = $2 and l.edition = $3::int"
    "   and l.record_key = o.record_key)"
    " and not exists (select from bidui.landing_%s h where h.county = $1 and h.edition = $3::int and h.link = 'held'"
    "   and h.record_key = o.record_key)"
    " and not exists (select from bidui.quarantine q where q.county = $1 and q.dataset = $2 and q.edition = $3::int"
    "   and q.record_code = '')";

static const char add_new[] =
    "insert into bidui.off_roster (county, off_id, dataset, record_key, learned, village_code, reason, event_on, sealed)"
    " with fresh as (select distinct on (l.record_key) l.* from bidui.landing_off_roster l where l.county = $1"
    "   and l.dataset = $2 and l.edition = $3::int and not exists (select from bidui.off_roster o where o.county = $1"
    "   and o.dataset = $2 and o.record_key = l.record_key and o.ended is null) order by l.record_key, l.page, l.row_number),"
    " base as (select bidui.next_number($1, 'off_roster', (select count(*) from fresh)) as value)"
    " select county, base.value + row_number() over (order by record_key collate \"C\"), dataset, record_key, $4::int,"
    "  village_code, reason, event_on, sealed from fresh, base";

static const char forget[] =
    "delete from bidui.landing_off_roster where county = $1 and dataset = $2 and edition = $3::int";

enum rc off_roster_admit(const struct job *job, int edition)
{
    char landed[DB_NUMBER], learned[DB_NUMBER];
    const char *table = job->dataset->table;
    const char *const params[] = {job->config->county, job->dataset->id, db_number(edition, landed),
                                  db_number(job->edition.number, learned)};
    if (!job->dataset->is_screened) {
        return RC_OK;
    }
    TRY(db_run(job->db, arena_printf(job->arena, end_gone, table, table), 4, params, NULL));
    TRY(db_run(job->db, add_new, 4, params, NULL));
    return db_run(job->db, forget, 3, params, NULL);
}

/* ---- Identities ---- */

static bool take_hex(struct str hex, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        const char *high = strchr(digits, hex.p[i]), *low = strchr(digits, hex.p[i + 1]);
        if (high == NULL || low == NULL || buf_putc(out, (char)((high - digits) * 16 + (low - digits))) != RC_OK) {
            return false;
        }
    }
    return true;
}

enum rc off_roster_open(const struct config *config, struct arena *a, const char *dataset, struct str sealed_hex,
                        struct str *ret_number, struct str *ret_name)
{
    struct buf sealed, plain;
    buf_init(&sealed, PLAIN_MAX);
    buf_init(&plain, PLAIN_MAX);
    enum rc rc = take_hex(sealed_hex, &sealed)
                     ? seal_open(config, dataset, "off_roster", buf_str(&sealed), &plain)
                     : err_fail(RC_CRYPTO, "%s", dataset);
    struct str rest = arena_str(a, buf_str(&plain));
    *ret_number = str_cut(&rest, '\n');
    *ret_name = rest;
    buf_done(&sealed);
    buf_done(&plain);
    return rc;
}

static enum rc join_one(struct stage *s, const struct index *ix, const PGresult *res, int i)
{
    struct str number, name;
    uint32_t hit = INDEX_NONE;
    char edition[DB_NUMBER];
    TRY(off_roster_open(s->config, s->arena, PQgetvalue(res, i, 1), db_text(res, i, 2), &number, &name));
    if (number.n != IDNO_LEN || index_by_number(ix, number.p, &hit, 1) == 0) {
        return RC_OK;
    }
    return db_run(s->db,
                  "update bidui.off_roster set ended = $3::int, ended_why = 'joined' where county = $1 and off_id = $2::bigint",
                  DB_PARAMS(s->config->county, PQgetvalue(res, i, 0), db_number(s->edition.number, edition)), NULL);
}

enum rc off_roster_join(struct stage *s, const struct index *ix)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select off_id, dataset, encode(sealed, 'hex') from bidui.off_roster where county = $1 and ended is null"
                 " and sealed is not null order by off_id",
                 DB_PARAMS(s->config->county), &res));
    if (PQntuples(res) == 0) {
        return RC_OK;
    }
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(join_one(s, ix, res, i));
    }
    return db_commit(s->db);
}

enum rc off_roster_empty(struct stage *s)
{
    char before[DATE_TEXT];
    date_format(date_add_days(edition_today(&s->edition), -s->config->off_roster_days), before);
    return db_run(s->db,
                  "update bidui.off_roster o set sealed = null where o.county = $1 and o.sealed is not null"
                  " and (exists (select from bidui.edition e where e.county = $1 and e.edition = o.ended and e.as_of <= $2::date)"
                  "  or exists (select from bidui.lead l join bidui.lead_state t on t.county = $1 and t.lead_id = l.lead_id"
                  "    and t.state = 'answered' join bidui.edition e on e.county = $1 and e.edition = t.edition"
                  "    and e.as_of <= $2::date where l.county = $1 and l.off_id = o.off_id))",
                  DB_PARAMS(s->config->county, before), NULL);
}
