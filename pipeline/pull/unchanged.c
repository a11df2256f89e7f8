#include "pipeline/pull/unchanged.h"

#include "pipeline/pull/likely/likely.h"

#define READ_AGAIN_DAYS "7"

enum rc unchanged_read_with(const struct job *job, struct str *ret)
{
    char code[CODE_TEXT];
    struct str state = STR_NULL;
    const struct dataset *roster = config_roster(job->config);
    TRY(db_query_text(job->db, job->arena,
                      "select concat_ws(' ', (select max(name) from bidui.migration)," /* an older program's links */
                      "  (select concat_ws('.', edition, decided_edition, encode(digest, 'hex'))"
                      "   from bidui.delivery where county = $1 and dataset = $3 and state = 'admitted'"
                      "   order by decided_edition desc, edition desc limit 1),"
                      "  (select concat_ws('.', count(*), max(learned), max(ended)) from bidui.link_decision"
                      "   where county = $1 and dataset = $2))",
                      DB_PARAMS(job->config->county, job->dataset->id, roster == NULL ? "" : roster->id), &state));
    int weights = job->likely == NULL ? 0 : likely_version(job->likely);
    crypto_code(&job->config->code_key, "read_with",
                str_from(arena_printf(job->arena, "%s %.*s %d", job->config->digest, STR_ARGS(state), weights)), code);
    *ret = arena_str(job->arena, str_from(code));
    return RC_OK;
}

/* Something of it waits: for its day, or for a person. */
static enum rc is_settled(const struct job *job, const struct delivery *last, bool *ret)
{
    char number[DB_NUMBER], today[DATE_TEXT];
    DB_RESULT PGresult *res = NULL;
    date_format(job->today, today);
    TRY(db_query(job->db,
                 "select d.as_of > $4::date - " READ_AGAIN_DAYS " and d.as_of <= $4::date"
                 " and not exists (select from bidui.quarantine q where q.county = $1 and q.dataset = $2"
                 "   and q.edition = $3::int and q.reason = 'event_date_future')"
                 " and not exists (select from bidui.delivery h where h.county = $1 and h.dataset = $2 and h.state = 'held')"
                 " from bidui.delivery d where d.county = $1 and d.dataset = $2 and d.edition = $3::int",
                 DB_PARAMS(job->config->county, job->dataset->id, db_number(last->edition, number), today), &res));
    *ret = PQntuples(res) == 1 && db_bool(res, 0, 0);
    return RC_OK;
}

enum rc unchanged_validators(const struct job *job, const struct delivery *last, struct str read_with,
                             struct str *ret)
{
    const struct dataset *d = job->dataset;
    bool may_ask = !d->is_incremental && !d->is_lookup && !d->is_screened && !d->is_roster &&
                   d->quality.fresh_days < 0 && !job->full && !job->is_preview, settled = false;
    *ret = STR("");
    if (!may_ask || last == NULL || last->validators.n == 0 || !str_eq(last->read_with, read_with)) {
        return RC_OK;
    }
    TRY(is_settled(job, last, &settled));
    *ret = settled ? last->validators : STR("");
    return RC_OK;
}
