#include "pipeline/pull/admit.h"

#include "pipeline/pull/evidence.h"
#include "pipeline/pull/landing.h"
#include "pipeline/pull/off_roster.h"
#include "pipeline/pull/quarantine.h"
#include "pipeline/pull/ranges.h"
#include "pipeline/pull/roster.h"
#include "pipeline/pull/twins.h"

/* Templates: admission.h. */

/* What this very edition learned of a key is replaced; older versions end. */
static const char replace_versions[] =
    "delete from @F f using @L l where l.county = $1 and l.edition = $2 and l.link <> 'held'"
    " and f.county = $1 and f.record_key = l.record_key and f.learned = $3::int and f.ended is null"
    " and f.content <> l.content";

static const char end_versions[] =
    "update @F f set ended = $3::int,"
    " ended_why = case l.link when 'gone' then 'retracted' else 'superseded' end from @L l"
    " where l.county = $1 and l.edition = $2 and l.link <> 'held'"
    " and f.county = $1 and f.record_key = l.record_key and f.learned < $3::int and f.ended is null"
    " and f.content <> l.content";

static const char add_versions[] =
    "insert into @F (county, record_key, learned, @C)"
    " select l.county, l.record_key, $3::int, @LC from @L l"
    " where l.county = $1 and l.edition = $2 and l.link not in ('held', 'gone') and not exists ("
    "   select from @F f where f.county = $1 and f.record_key = l.record_key and f.ended is null)";

static const char forget_vanished[] =
    "delete from @F f where f.county = $1 and f.learned = $3::int and f.ended is null and not "
    "exists ("
    "   select from @L l where l.county = $1 and l.edition = $2 and l.record_key = f.record_key)";

static const char end_vanished[] =
    "update @F f set ended = $3::int, ended_why = 'vanished'"
    " where f.county = $1 and f.learned < $3::int and f.ended is null and not exists ("
    "   select from @L l where l.county = $1 and l.edition = $2 and l.record_key = f.record_key)";

/* Behind these two where what did not come is known by key; see standing.h. */
static const char by_key[] = " and f.record_key in (select record_key from pull_standing)";

/* Behind these two where records came whose key could not be read: one may be any of those of the persons it may
 * concern, or any at all where not even they are known. $4 dataset. */
static const char keyless_guard[] =
    " and not exists (select from bidui.quarantine q where q.county = $1 and q.edition = $2 and q.dataset = $4"
    "   and q.record_code = '' and (q.candidates = '{}' or f.person_id = any (q.candidates) or f.household_id in ("
    "     select p.household_id from bidui.person p where p.county = $1 and p.person_id = any (q.candidates))))";

/* Records dated after the as-of date, as a run that finishes an earlier date late meets them: read again until their
 * day comes. One that changed more than a month ago has a mistyped date rather. $1 county, $2 edition, $3 dataset. */
#define WAITING                                                                                         \
    " from @L l join bidui.quarantine q using (county, edition, page, row_number)"                      \
    " join bidui.delivery d using (county, edition) where l.county = $1 and l.edition = $2"             \
    " and l.link = 'held' and q.dataset = $3 and d.dataset = $3 and q.reason = 'event_date_future'"     \
    " and l.updated_at > d.as_of - 31"

static const char note_waiting[] = "update bidui.delivery set waiting_since = (select min(l.updated_at)" WAITING
                                   ") where county = $1 and dataset = $3 and edition = $2";

/* Pages without rows may be how a remote file is known (its date and size): it must be fetched again. */
static const char untake_waiting[] =
    "delete from bidui.taken_file t using bidui.delivery_page p where t.county = $1 and t.dataset = $3"
    " and t.edition = $2 and p.county = $1 and p.dataset = $3 and p.edition = $2 and p.file_hash = t.hash"
    " and (p.page in (select l.page" WAITING ") or p.rows = 0 and exists (select" WAITING "))";

/* Behind the same two, of a lookup: only whom it asked about and who was answered may have lost a record. $4 dataset. */
static const char answered_guard[] =
    " and f.person_id in (select q.person_id from bidui.question q where q.county = $1 and q.dataset = $4"
    "   and q.edition = $2::int and q.outcome in ('record', 'none'))";

/* Of twins only the version that will be kept is news, and no records of people who were not on the roster when the
 * dataset was last read. $3: the edition of that. */
static const char find_news[] =
    "with said as (select l.*, max(l.updated_at) over w as newest, bool_or(l.updated_at is null) over w as is_undated,"
    "   min(l.content) over w as least, max(l.content) over w as most from @L l"
    "   where l.county = $1 and l.edition = $2 and l.link <> 'held' window w as (partition by l.record_key)),"
    " kept as (select record_key, min(content) as content, min(person_id) as person_id,"
    "   min(household_id) as household_id from said where least = most or (not is_undated and updated_at = newest)"
    "   group by record_key having min(content) = max(content))"
    " select count(*) from (select from kept l"
    " where not exists (select from @F f where f.county = $1 and f.record_key = l.record_key and f.ended is null"
    "   and f.content = l.content)"
    " and (l.person_id is null or exists (select from bidui.person p where p.county = $1"
    "   and p.person_id = l.person_id and p.learned <= $3::int))"
    " and (l.household_id is null or exists (select from bidui.household h where h.county = $1"
    "   and h.household_id = l.household_id and h.learned <= $3::int)) limit 1) n";

static const char find_others[] =
    "select count(*) from (select from @L where not (county = $1 and edition = $2) limit 1) o";

/* From the facts to landing; the second: only what belongs to keys that are there. */
#define TO_LANDING                                                            \
    " returning f.*) insert into @L (county, record_key, edition, @C) select" \
    " county, record_key, learned, @C from taken"

static const char take_back[] =
    "with taken as (delete from @F f where f.county = $1 and f.learned = $2::int" TO_LANDING;

static const char take_back_twins[] =
    "with taken as (delete from @F f using (select distinct record_key from @L where county = $1"
    "   and edition = $2 and link <> 'held') l"
    " where f.county = $1 and f.learned = $2::int and f.record_key = l.record_key" TO_LANDING;

static const char count_facts[] = "select count(*) from @F where county = $1 and learned = $2::int";

static const char find_landed[] = "select count(*) from (select from @L where county = $1 and "
                                  "edition = $2 and link <> 'held' limit 1) l";

/* ---- Versions ---- */

static const char find_sizes[] = "select pg_relation_size('@L') * 10 >= pg_relation_size('@F')";
static const char know_landed[] = "analyze @L (county, record_key, edition, link, content)";
/* A sample is enough to tell many rows from few. */
static const char know_facts[] = "set local default_statistics_target = 20; analyze @F;"
                                 " set local default_statistics_target = default";

/* Has this edition taught the dataset anything before? By an accepted delivery, or an answered
 * question. */
static const char find_lessons[] = "select (select count(*) from bidui.delivery where county = $1 "
                                   "and dataset = $2 and state = 'admitted'"
                                   "   and decided_edition = $3) + (select count(*) from "
                                   "bidui.link_decision where county = $1 and dataset = $2"
                                   "   and learned = $3)";

/* Much against little (or against what this very statement fills) is hashed; little against much
 * goes by the key. A table that has just filled looks empty to the planner, which would read the
 * other one once for each of its rows. */
static enum rc choose_plans(const struct admission *m, bool *ret_much)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(m->job->db, admission_sql(m, find_sizes), DB_NONE, &res));
    *ret_much = db_bool(res, 0, 0);
    return db_exec(m->job->db,
                   *ret_much ? "set local enable_nestloop = off" : admission_sql(m, know_landed));
}

static enum rc run_vanished(const struct admission *m, const char *template, const char *which, const char *guard)
{
    const char *sql = arena_printf(m->arena, "%s%s%s", admission_sql(m, template), which, guard == NULL ? "" : guard);
    const char *const params[] = {m->job->config->county, m->landed, m->learned, m->job->dataset->id};
    return db_run(m->job->db, sql, guard == NULL ? 3 : 4, params, NULL);
}

static enum rc end_vanished_keys(const struct admission *m, struct standing *standing, bool was_taught)
{
    int64_t keyless = 0, vanished = 0;
    bool is_marked = standing_same(standing) > 0;
    TRY(is_marked ? standing_find_vanished(standing, m, &vanished) : RC_OK);
    if (is_marked && vanished == 0) {
        return RC_OK;
    }
    TRY(delivery_keyless(m->job, m->edition, &keyless));
    const char *guard = m->job->dataset->is_lookup ? answered_guard : keyless > 0 ? keyless_guard : NULL;
    const char *which = is_marked ? by_key : "";
    /* what was not delivered, of what landed whole: whole tables */
    TRY(db_exec(m->job->db, is_marked ? "set local enable_nestloop = on" : "set local enable_nestloop = off"));
    TRY(was_taught ? run_vanished(m, forget_vanished, which, guard) : RC_OK);
    return run_vanished(m, end_vanished, which, guard);
}

static enum rc merge(const struct admission *m, struct standing *standing, bool all)
{
    bool much = false;
    int64_t lessons = 0;
    struct db *db = m->job->db;
    TRY(choose_plans(m, &much));
    TRY(db_query_i64(db, find_lessons,
                     DB_PARAMS(m->job->config->county, m->job->dataset->id, m->learned), &lessons));
    TRY(lessons > 0 ? admission_learn(m, replace_versions) : RC_OK);
    TRY(admission_learn(m, end_versions));
    TRY(admission_learn(m, add_versions));
    TRY(all ? end_vanished_keys(m, standing, lessons > 0) : RC_OK);
    TRY(db_exec(db, "set local enable_nestloop = on"));
    return much ? db_exec(db, admission_sql(m, know_facts)) : RC_OK; /* the rules read it next */
}

enum rc admit_merge(const struct job *job, int edition)
{
    struct admission m = admission_of(job, edition);
    enum rc rc = merge(&m, NULL, false);
    arena_free(m.arena);
    return rc;
}

enum rc admit_has_news(const struct job *job, int edition, int last, bool *ret)
{
    struct admission m = admission_of(job, edition);
    char since[DB_NUMBER];
    int64_t n = 0;
    enum rc rc = db_query_i64(job->db, admission_sql(&m, find_news),
                              DB_PARAMS(job->config->county, m.landed, db_number(last, since)), &n);
    arena_free(m.arena);
    *ret = n > 0;
    return rc;
}

static enum rc has_others(const struct job *job, int edition, bool *ret)
{
    struct admission m = admission_of(job, edition);
    int64_t n = 0;
    enum rc rc =
        db_query_i64(job->db, admission_sql(&m, find_others), DB_PARAMS(job->config->county, m.landed), &n);
    arena_free(m.arena);
    *ret = n > 0;
    return rc;
}

enum rc admit_empty_landing(const struct job *job, int edition)
{
    bool others = false;
    TRY(has_others(job, edition, &others));
    if (!others) {
        TRY(db_exec(job->db,
                    arena_printf(job->arena, "truncate bidui.landing_%s", job->dataset->table)));
        return RC_OK;
    }
    char number[DB_NUMBER];
    return db_run(job->db,
                  arena_printf(job->arena,
                               "delete from bidui.landing_%s where county = $1 and edition = $2",
                               job->dataset->table),
                  DB_PARAMS(job->config->county, db_number(edition, number)), NULL);
}

/* ---- A delivery ---- */

static enum rc settle_twins(const struct admission *m, struct standing *standing)
{
    TRY(standing_land_twins(standing, m));
    return twins_settle(m, standing_same(standing));
}

enum rc admit_land_all(const struct job *job, int edition, struct standing *standing)
{
    struct admission m = admission_of(job, edition);
    enum rc rc = standing_land_all(standing, &m);
    arena_free(m.arena);
    return rc;
}

static enum rc expire_held(const struct job *job, int edition)
{
    int *held = NULL;
    size_t n = 0;
    TRY(delivery_editions(job, "held", false, &held, &n));
    for (size_t i = 0; i < n && held[i] < edition; i++) {
        TRY(delivery_clear(job, held[i], false));
        TRY(delivery_decide(job, held[i], "expired"));
    }
    return RC_OK;
}

/* A reason that changes no verdict. */
static enum rc note(const struct job *job, int edition, const char *word, int64_t n)
{
    char number[DB_NUMBER];
    if (n == 0) {
        return RC_OK;
    }
    return db_run(
        job->db,
        "update bidui.delivery set reasons = array_append(reasons, $4)"
        " where county = $1 and dataset = $2 and edition = $3",
        DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, number),
                  arena_printf(job->arena, "%s %lld", word, (long long)n)),
        NULL);
}

static enum rc note_keyless(const struct job *job, int edition)
{
    int64_t keyless = 0;
    if (!job->dataset->is_incremental) {
        TRY(delivery_keyless(job, edition, &keyless));
    }
    return note(job, edition, "unreadable_keys", keyless);
}

static enum rc admit_rows(const struct admission *m, struct standing *standing)
{
    const struct job *job = m->job;
    int64_t disagree = 0;
    TRY(settle_twins(m, standing));
    TRY(note_keyless(job, m->edition));
    if (!job->dataset->is_roster) {
        return merge(m, standing, !job->dataset->is_incremental);
    }
    TRY(roster_admit(job, m->edition, &disagree));
    return note(job, m->edition, "household_disagrees", disagree);
}

static enum rc keep_waiting(const struct admission *m)
{
    const char *const params[] = {m->job->config->county, m->landed, m->job->dataset->id};
    TRY(db_run(m->job->db, admission_sql(m, note_waiting), 3, params, NULL));
    return db_run(m->job->db, admission_sql(m, untake_waiting), 3, params, NULL);
}

/* Files count as taken, but for those that hold records which wait for their day. */
static enum rc take_files(const struct job *job, int edition)
{
    TRY(delivery_take_files(job, edition));
    if (!job->dataset->is_incremental) {
        return RC_OK;
    }
    struct admission m = admission_of(job, edition);
    enum rc rc = keep_waiting(&m);
    arena_free(m.arena);
    return rc;
}

static enum rc finish(const struct job *job, int edition)
{
    TRY(off_roster_admit(job, edition));
    TRY(evidence_admit(job, edition));
    TRY(expire_held(job, edition));
    TRY(take_files(job, edition));
    TRY(delivery_decide(job, edition, "admitted"));
    TRY(quarantine_settle(job, edition));
    TRY(standing_clear(job, edition));
    TRY(ranges_done(job, edition));
    return admit_empty_landing(job, edition);
}

enum rc admit_delivery(const struct job *job, int edition, struct standing *standing)
{
    struct admission m = admission_of(job, edition);
    enum rc rc = admit_rows(&m, standing);
    arena_free(m.arena);
    TRY(rc);
    return finish(job, edition);
}

/* ---- A first delivery ---- */

static enum rc settle_few(const struct admission *m)
{
    const struct job *job = m->job;
    int64_t settled = 0;
    TRY(db_exec(job->db, admission_sql(m, know_landed)));
    TRY(admission_run(m, take_back_twins, NULL));
    TRY(db_query_i64(job->db, admission_sql(m, count_facts), DB_PARAMS(job->config->county, m->landed), &settled));
    TRY(twins_settle(m, settled));
    return merge(m, NULL, false);
}

static enum rc admit_where_they_are(const struct admission *m)
{
    int64_t waiting = 0;
    TRY(db_query_i64(m->job->db, admission_sql(m, find_landed),
                     DB_PARAMS(m->job->config->county, m->landed), &waiting));
    TRY(waiting > 0 ? settle_few(m) : RC_OK);
    return db_exec(m->job->db, admission_sql(m, know_facts)); /* the rules read it next */
}

enum rc admit_in_facts(const struct job *job)
{
    struct admission m = admission_of(job, job->edition.number);
    enum rc rc = admit_where_they_are(&m);
    arena_free(m.arena);
    TRY(rc);
    TRY(note_keyless(job, job->edition.number));
    return finish(job, job->edition.number);
}

enum rc admit_take_back(const struct job *job)
{
    struct admission m = admission_of(job, job->edition.number);
    enum rc rc = admission_run(&m, take_back, NULL);
    arena_free(m.arena);
    return rc;
}
