#include "pipeline/pull/twins.h"

#include "pipeline/pull/landing.h"
#include "pipeline/pull/quarantine.h"

static const char twins_tables[] =
    "create temp table pull_twin (record_key text not null, is_kept boolean not null) on commit "
    "drop;"
    "create temp table pull_kept (record_key text not null, at tid not null) on commit drop";

static const char find_twins[] = "insert into pull_twin select record_key, false from @L"
                                 " where county = $1 and edition = $2 and link <> 'held' group by "
                                 "record_key having count(*) > 1";

static const char choose_twins[] =
    "insert into pull_kept"
    " select record_key, (array_agg(at order by page, row_number))[1] from ("
    "   select l.record_key, l.content, l.page, l.row_number, l.ctid as at, l.updated_at,"
    "          max(l.updated_at) over w as newest, bool_or(l.updated_at is null) over w as "
    "is_undated,"
    "          min(l.content) over w as least, max(l.content) over w as most"
    "   from @L l join pull_twin using (record_key)"
    "   where l.county = $1 and l.edition = $2 and l.link <> 'held' window w as (partition by "
    "l.record_key)) v"
    " where least = most or (not is_undated and updated_at = newest)"
    " group by record_key having min(content) = max(content)";

static const char mark_twins[] =
    "update pull_twin t set is_kept = true from pull_kept k where k.record_key = t.record_key";

static const char drop_twins[] = "delete from @L l using pull_twin t, pull_kept k"
                                 " where l.county = $1 and l.edition = $2 and l.link <> 'held' and "
                                 "t.record_key = l.record_key and t.is_kept"
                                 " and k.record_key = l.record_key and k.at <> l.ctid";

/* Whom they may concern: the person, or everybody of the household. */
static const char undecided_twins[] =
    "select l.record_key, l.page, l.row_number,"
    " array_to_string(case when l.person_id is not null then array[l.person_id] else array("
    "   select p.person_id from bidui.person p where p.county = l.county and p.household_id = "
    "l.household_id"
    "   and p.ended is null order by 1) end, ',')"
    " from @L l join pull_twin t using (record_key)"
    " where l.county = $1 and l.edition = $2 and l.link <> 'held' and not t.is_kept"
    " order by l.record_key, l.page, l.row_number";

static const char hold_twins[] = "update @L l set link = 'held' from pull_twin t"
                                 " where l.county = $1 and l.edition = $2 and l.link <> 'held' and "
                                 "t.record_key = l.record_key and not t.is_kept";

static const char count_twins[] =
    "update bidui.delivery set repeats = repeats + $4, rejected = rejected + $5, landed ="
    " $6::bigint + (select count(*) from @L l where l.county = $1 and l.edition = $2 and l.link not in ('held', 'gone'))"
    " where county = $1 and dataset = $3 and edition = $2";

static size_t read_candidates(struct str list, int64_t *ids, size_t most)
{
    size_t n = 0;
    while (list.n > 0 && n < most) {
        if (str_to_i64(str_cut(&list, ','), &ids[n])) {
            n++;
        }
    }
    return n;
}

static enum rc quarantine_twin(const struct admission *m, struct seals *seals, const PGresult *res,
                               int i)
{
    int64_t ids[LINK_CANDIDATES];
    char code[CODE_TEXT];
    const struct dataset *d = m->job->dataset;
    struct record_key key = {db_text(res, i, 0), db_text(res, i, 0)};
    if (!landing_is_code(key.key)) {
        landing_code(m->job, key.key, code);
        key.code = str_from(code);
    }
    struct reject why = {
        "two_versions",
        tr("同一主键只应有一个版本,或带更新时间", "one version of a key, or an updated_at"),
        d->columns[d->fields[d->key[0]].column], STR_NULL};
    struct origin at = {(int)db_i64(res, i, 1), db_i64(res, i, 2), ORIGIN_UNDATED};
    return seals_quarantine(seals, m->arena, at, &key, &why, ids,
                            read_candidates(db_text(res, i, 3), ids, LINK_CANDIDATES));
}

static enum rc quarantine_rows(const struct admission *m, struct seals *seals, int64_t *ret_n)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(m->job->db, admission_sql(m, undecided_twins), DB_PARAMS(m->job->config->county, m->landed),
                 &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(quarantine_twin(m, seals, res, i));
    }
    *ret_n = PQntuples(res);
    return seals_send(seals);
}

static enum rc quarantine_twins(const struct admission *m, int64_t *ret_n)
{
    struct job landed = *m->job;
    landed.edition.number = m->edition;
    struct admission of = *m;
    of.job = &landed;
    struct seals *seals = seals_new(&landed);
    enum rc rc = quarantine_rows(&of, seals, ret_n);
    seals_free(seals);
    return rc;
}

/* elsewhere: landed rows that are no longer, or never were, in the landing table. */
enum rc twins_settle(const struct admission *m, int64_t elsewhere)
{
    int64_t found = 0, dropped = 0, refused = 0;
    char n[3][DB_NUMBER];
    TRY(db_exec(m->job->db, twins_tables));
    TRY(admission_run(m, find_twins, &found));
    if (found > 0) {
        TRY(admission_run(m, choose_twins, NULL));
        TRY(db_run(m->job->db, mark_twins, DB_NONE, NULL));
        TRY(admission_run(m, drop_twins, &dropped));
        TRY(quarantine_twins(m, &refused));
        TRY(admission_run(m, hold_twins, NULL));
        TRY(db_run(m->job->db, admission_sql(m, count_twins),
                   DB_PARAMS(m->job->config->county, m->landed, m->job->dataset->id,
                             db_number(dropped, n[0]), db_number(refused, n[1]), db_number(elsewhere, n[2])),
                   NULL));
    }
    return db_exec(m->job->db,
                   "drop table pull_twin, pull_kept"); /* two deliveries may share a transaction */
}
