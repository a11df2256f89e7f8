#include "pipeline/pull/questions.h"

#include "pipeline/pull/quarantine.h"

/* $1 county, $2 edition. `asked`: questions of admitted deliveries that have no number yet. */
#define ASKED                                                                        \
    " bidui.landing_review q join bidui.delivery d using (county, dataset, edition)" \
    " where q.county = $1 and d.state = 'admitted'"

/* Asked again: the open question stays, with the newest record. */
static const char renew[] =
    "update bidui.review r set edition = n.edition, page = n.page, row_number = n.row_number, "
    "sealed = n.sealed,"
    " candidates = n.candidates, reason = n.reason, evidence = n.evidence, pairs = n.pairs"
    " from (select distinct on (q.dataset, q.record_code, q.content) q.* from" ASKED
    "   order by q.dataset, q.record_code, q.content, q.edition desc, q.page, q.row_number) n"
    " where r.county = n.county and r.dataset = n.dataset and r.record_code = n.record_code and "
    "r.content = n.content"
    " and r.state = 'open'";

/* No longer asked: a newer full snapshot has not asked it, or the same record asks something else,
 * or nothing any more. */
static const char expire[] =
    "update bidui.review r set state = 'expired', sealed = null, decided_edition = $2::int"
    " where r.county = $1 and r.state = 'open' and (exists ("
    "   select from bidui.delivery d where d.county = r.county and d.dataset = r.dataset and "
    "d.state = 'admitted'"
    "   and d.full_snapshot and d.edition > r.edition)"
    " or exists (select from" ASKED " and q.dataset = r.dataset and q.record_code = r.record_code"
    "   and q.content <> r.content))";

static const char add[] =
    "with fresh as (select distinct on (q.dataset, q.record_code, q.content) q.* from" ASKED
    "   and q.reason <> '" REVIEW_CLOSED "' and not exists (select from bidui.review r where r.county = q.county and r.dataset = "
    "q.dataset"
    "     and r.record_code = q.record_code and r.content = q.content and r.state = 'open')"
    "   order by q.dataset, q.record_code, q.content, q.edition desc, q.page, q.row_number),"
    " base as (select bidui.next_number($1, 'review', (select count(*) from fresh)) as value)"
    " insert into bidui.review (county, review_no, dataset, edition, record_code, reason, "
    "candidates, sealed, content,"
    "   page, row_number, evidence, pairs, state)"
    " select county, base.value + row_number() over (order by dataset collate \"C\", record_code "
    "collate \"C\", content),"
    "   dataset, edition, record_code, reason, candidates, sealed, content, page, row_number,"
    "   evidence, pairs, case when sealed is null then 'expired' else 'open' end from fresh, base";

static const char forget[] =
    "delete from bidui.landing_review q using bidui.delivery d where q.county = $1 and d.county = "
    "q.county"
    " and d.dataset = q.dataset and d.edition = q.edition and d.state = 'admitted'";

static enum rc number_all(struct stage *s)
{
    char number[DB_NUMBER];
    const char *const params[] = {s->config->county, db_number(s->edition.number, number)};
    TRY(db_run(s->db, renew, 1, params, NULL));
    TRY(db_run(s->db, expire, 2, params, NULL));
    TRY(db_run(s->db, add, 1, params, NULL));
    return db_run(s->db, forget, 1, params, NULL);
}

enum rc questions_number(struct stage *s)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(number_all(s));
    return db_commit(s->db);
}
