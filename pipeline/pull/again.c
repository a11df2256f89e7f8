/* An edition that was pulled before it had its date, or as a baseline, is pulled again under its date: silence must not
 * pass for news, and what lay in the future then does no longer. What it learned the first time is forgotten, so that
 * the result is that of a run which never looked before its day. Files still lie where they were
 * (edition_is_provisional). What a person handed over or vouched for came once and stays. */
#include "pipeline/pull/pull.h"
#include "pipeline/pull/ranges.h"

static const char to_ask[] =
    "select dataset, state = 'admitted' and not exists (select from bidui.delivery o where o.county = d.county"
    "   and o.dataset = d.dataset and o.edition <> d.edition and o.state = 'admitted' and o.decided_edition = d.edition)"
    "  and not exists (select from bidui.link_decision k where k.county = d.county and k.dataset = d.dataset"
    "   and k.learned = d.edition)"
    " from bidui.delivery d where county = $1 and edition = $2::int and as_of <> $3::date"
    "  and not starts_with(asked_since, 'files ')"
    "  and (state in ('landing', 'admitted', 'nothing') or state = 'held' and accepted_by is null) order by dataset";

/* The same of one dataset, on whatever day it was pulled. What was accepted or answered besides would be lost with it. */
static const char of_dataset[] =
    "select state = 'admitted' from bidui.delivery d where county = $1 and edition = $2::int and dataset = $3"
    "  and (state in ('admitted', 'nothing') or state = 'held' and accepted_by is null)"
    "  and not exists (select from bidui.delivery o where o.county = d.county and o.dataset = d.dataset"
    "   and o.edition <> d.edition and o.state = 'admitted' and o.decided_edition = d.edition)"
    "  and not exists (select from bidui.link_decision k where k.county = d.county and k.dataset = d.dataset"
    "   and k.learned = d.edition)";

/* Facts of this dataset as they were before the edition. The roster replaces its own versions. */
static enum rc forget_facts(struct stage *s, const struct dataset *d, const char *edition)
{
    TRY(db_run(s->db,
               arena_printf(s->arena, "delete from bidui.fact_%s where county = $1 and learned = $2::int", d->table),
               DB_PARAMS(s->config->county, edition), NULL));
    return db_run(s->db,
                  arena_printf(s->arena,
                               "update bidui.fact_%s set ended = null, ended_why = null where county = $1 and ended = $2::int",
                               d->table),
                  DB_PARAMS(s->config->county, edition), NULL);
}

static enum rc forget_off_roster(struct stage *s, const struct dataset *d, const char *edition)
{
    const char *const params[] = {s->config->county, edition, d->id};
    TRY(db_run(s->db, "delete from bidui.off_roster where county = $1 and learned = $2::int and dataset = $3", 3, params, NULL));
    return db_run(s->db,
                  "update bidui.off_roster set ended = null, ended_why = null where county = $1 and ended = $2::int"
                  " and dataset = $3",
                  3, params, NULL);
}

static enum rc ask(struct stage *s, const char *edition, const char *dataset, bool has_taught)
{
    const struct dataset *d = config_dataset(s->config, str_from(dataset));
    if (d != NULL && d->is_lookup) {
        return RC_OK; /* its answers carry their own days, and nobody is asked about twice */
    }
    if (d != NULL && !d->is_roster && has_taught) {
        TRY(forget_facts(s, d, edition));
        TRY(forget_off_roster(s, d, edition));
    }
    TRY(db_run(s->db,
               "update bidui.delivery set state = 'landing', verdict = null, position = '' where county = $1"
               " and edition = $2::int and dataset = $3",
               DB_PARAMS(s->config->county, edition, dataset), NULL));
    TRY(ranges_ask_again(s, edition, dataset));
    TRY(db_run(s->db,
               "update bidui.quarantine set settled_edition = null, settled_why = null where county = $1"
               " and settled_edition = $2::int and dataset = $3",
               DB_PARAMS(s->config->county, edition, dataset), NULL));
    return db_run(s->db, "delete from bidui.taken_file where county = $1 and edition = $2::int and dataset = $3",
                  DB_PARAMS(s->config->county, edition, dataset), NULL);
}

enum rc pull_ask_dataset_again(struct stage *s, const struct dataset *d)
{
    char edition[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    if (d->department->connector == &connector_file || d->is_roster) {
        return RC_OK;
    }
    TRY(db_query(s->db, of_dataset,
                 DB_PARAMS(s->config->county, db_number(s->edition.number, edition), d->id), &res));
    return PQntuples(res) == 1 ? ask(s, edition, d->id, db_bool(res, 0, 0)) : RC_OK;
}

enum rc pull_ask_again(struct stage *s, date_t as_of)
{
    char edition[DB_NUMBER], day[DATE_TEXT];
    DB_RESULT PGresult *res = NULL;
    date_format(as_of, day);
    db_number(s->edition.number, edition);
    TRY(db_query(s->db, to_ask, DB_PARAMS(s->config->county, edition, day), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(ask(s, edition, PQgetvalue(res, i, 0), db_bool(res, i, 1)));
    }
    return RC_OK;
}
