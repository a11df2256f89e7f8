#include "pipeline/pull/dataset.h"

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/pull/admit.h"
#include "pipeline/pull/judge.h"
#include "pipeline/pull/ranges.h"

#define LOCK_TRIES 100
#define LOCK_WAIT_MS 100

/* ---- Before reading ---- */

/* One pull of a dataset at a time. The session of a worker that was killed may linger for a moment.
 */
static enum rc lock_dataset(const struct job *job)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        DB_RESULT PGresult *res = NULL;
        TRY(db_query(
            job->db,
            "select pg_try_advisory_lock(hashtextextended('bidui pull ' || $1 || ' ' || $2, 0))",
            DB_PARAMS(job->config->county, job->dataset->id), &res));
        if (db_bool(res, 0, 0)) {
            return RC_OK;
        }
        clock_sleep_ms(LOCK_WAIT_MS);
    }
    return err_fail(RC_LOCKED, "%s", job->dataset->id);
}

static void unlock_dataset(const struct job *job)
{
    DB_RESULT PGresult *res = NULL;
    if (db_query(job->db,
                 "select pg_advisory_unlock(hashtextextended('bidui pull ' || $1 || ' ' || $2, 0))",
                 DB_PARAMS(job->config->county, job->dataset->id), &res) != RC_OK) {
        err_clear(); /* the session's end gives it back */
    }
}

/* Accepted by a person after it was held: it becomes facts under this edition. In its own edition
 * the verdict is mended too, as the rules of that edition read it. */
static enum rc admit_accepted(const struct job *job, int edition)
{
    char number[DB_NUMBER];
    TRY(admit_delivery(job, edition, NULL));
    if (edition == job->edition.number) {
        TRY(db_run(job->db,
                   "update bidui.delivery set verdict = 'complete', reasons = "
                   "array_append(reasons, 'accepted')"
                   " where county = $1 and dataset = $2 and edition = $3",
                   DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, number)),
                   NULL));
    }
    log_event(LOG_INFO, "delivery accepted", LOG_S("dataset", job->dataset->id),
              LOG_I("edition", edition));
    return RC_OK;
}

/* Oldest first, within the caller's transaction, which keeps further ones from being accepted. */
static enum rc admit_all_accepted(const struct job *job)
{
    int *editions = NULL;
    size_t n = 0;
    TRY(delivery_lock_held(job));
    TRY(delivery_editions(job, "held", true, &editions, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(admit_accepted(job, editions[i]));
    }
    return RC_OK;
}

/* Asks again: what cannot become facts would fail every night. */
static enum rc give_back_accepted(const struct job *job)
{
    const char *reason = arena_printf(job->arena, "unstorable %s", db_sqlstate(job->db));
    log_event(LOG_ERROR, "accepted delivery not admitted", LOG_S("dataset", job->dataset->id),
              LOG_S("reason", reason), LOG_S("detail", err_detail()));
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(db_run(job->db,
               "update bidui.delivery set accepted_by = null, accepted_reason = null, reasons ="
               " array_append(reasons, $3) where county = $1 and dataset = $2 and state = 'held'"
               " and accepted_by is not null",
               DB_PARAMS(job->config->county, job->dataset->id, reason), NULL));
    return db_commit(job->db);
}

static enum rc take_in_accepted(const struct job *job)
{
    int *editions = NULL;
    size_t n = 0;
    TRY(delivery_editions(job, "held", true, &editions, &n));
    if (n == 0) {
        return RC_OK;
    }
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(admit_all_accepted(job));
    return db_commit(job->db);
}

/* What earlier editions began and never finished. */
static enum rc discard_older(const struct job *job)
{
    int *editions = NULL;
    size_t n = 0;
    TRY(delivery_editions(job, "landing", false, &editions, &n));
    for (size_t i = 0; i < n && editions[i] < job->edition.number; i++) {
        DB_ROLLBACK struct db *tx = job->db;
        TRY(db_begin(job->db));
        TRY(delivery_clear(job, editions[i], true));
        TRY(delivery_decide(job, editions[i], "discarded"));
        TRY(db_commit(job->db));
    }
    return RC_OK;
}

/* ---- The end ---- */

/* One that was accepted while this one was being read comes before it, and doesn't expire with the rest. What was as it
 * stood may not be so any more then. */
static enum rc admit_accepted_first(const struct job *job, const struct landed *got)
{
    int *editions = NULL;
    size_t n = 0;
    TRY(delivery_lock_held(job));
    TRY(delivery_editions(job, "held", true, &editions, &n));
    if (n == 0) {
        return RC_OK;
    }
    TRY(admit_land_all(job, got->delivery.edition, got->standing));
    return admit_all_accepted(job);
}

static enum rc conclude_admitted(const struct job *job, const struct landed *got, const struct judgement *j)
{
    const struct delivery *d = &got->delivery;
    TRY(admit_accepted_first(job, got));
    TRY(delivery_judge(job, d, "landing", j));
    return got->into_facts ? admit_in_facts(job) : admit_delivery(job, d->edition, got->standing);
}

static enum rc conclude_nothing(const struct job *job, const struct delivery *d,
                                const struct judgement *j)
{
    TRY(delivery_judge(job, d, "nothing", j));
    TRY(delivery_take_files(job, d->edition));
    return delivery_clear(job, d->edition, false);
}

/* Files of an increment stay in their folder, and come again with the next ones, until a person has accepted them: no
 * later file says what they say. */
static enum rc conclude_held(const struct job *job, const struct delivery *d,
                             const struct judgement *j)
{
    TRY(delivery_judge(job, d, "held", j));
    return job->dataset->is_incremental ? RC_OK : delivery_take_files(job, d->edition);
}

/* Only a delivery cut short can go on where it stopped; one whose chain is broken starts over when
 * pulled again. */
static enum rc conclude_broken(const struct job *job, enum ending ending, struct delivery *d,
                               const struct judgement *j)
{
    if (ending != ENDED_UNREACHABLE && ending != ENDED_REFUSED) {
        d->position = STR("");
    }
    return delivery_judge(job, d, "landing", j);
}

static bool is_to_be_admitted(const struct job *job, const struct delivery *d,
                              const struct judgement *j)
{
    /* the same rows may mean more to a roster that has changed */
    return j->verdict == VERDICT_COMPLETE ||
           (j->verdict == VERDICT_UNCHANGED && d->received > 0 && !job->dataset->is_roster);
}

static enum rc conclude_as(const struct job *job, struct landed *got, const struct judgement *j)
{
    struct delivery *d = &got->delivery;
    if (is_to_be_admitted(job, d, j)) {
        return conclude_admitted(job, got, j);
    }
    TRY(got->into_facts ? admit_take_back(job) : RC_OK);
    switch (j->verdict) {
    case VERDICT_HELD:
        TRY(admit_land_all(job, d->edition, got->standing));
        return conclude_held(job, d, j);
    case VERDICT_INCOMPLETE:
    case VERDICT_FAILED:
        return conclude_broken(job, got->ending, d, j);
    case VERDICT_UNCHANGED:
    case VERDICT_LATE:
    case VERDICT_NOT_DUE:
        d->shapes = STR(""); /* those of the last admitted one stand */
        /* days asked for again that hold nothing have been read all the same */
        TRY(got->ending == ENDED && d->received == 0 ? ranges_done(job, d->edition) : RC_OK);
        return conclude_nothing(job, d, j);
    case VERDICT_COMPLETE:
    case VERDICT_NONE:
        break;
    }
    return err_fail(RC_BUG, "%s: no verdict", job->dataset->id);
}

static void tell(const struct job *job, const struct delivery *d, const struct judgement *j)
{
    bool healthy = j->verdict == VERDICT_COMPLETE || j->verdict == VERDICT_UNCHANGED ||
                   j->verdict == VERDICT_NOT_DUE;
    log_event(healthy ? LOG_INFO : LOG_WARN, "delivery judged", LOG_S("dataset", job->dataset->id),
              LOG_S("verdict", verdict_word(j->verdict)),
              LOG_S("reason", j->reason_count > 0 ? j->reasons[0] : ""),
              LOG_I("received", d->received), LOG_I("landed", d->landed),
              LOG_I("strangers", d->strangers), LOG_I("rejected", d->rejected),
              LOG_I("in_review", d->in_review));
}

static bool is_settled_verdict(const struct judgement *j)
{
    return j->verdict != VERDICT_FAILED && j->verdict != VERDICT_INCOMPLETE;
}

static enum rc conclude(const struct job *job, struct landed *got, struct judgement *j)
{
    date_t changed_on = DATE_NONE;
    struct delivery *d = &got->delivery;
    DB_ROLLBACK struct db *tx = job->db;
    d->profile = is_settled_verdict(j) ? STR("") : d->profile;
    TRY(delivery_changed_on(job, &changed_on));
    judge_by_calendar(job, got->ending, changed_on, j);
    d->changed_on =
        j->verdict == VERDICT_COMPLETE || j->verdict == VERDICT_HELD ? job->today : changed_on;
    TRY(db_in_transaction(job->db) ? RC_OK : db_begin(job->db)); /* open, if into_facts */
    TRY(conclude_as(job, got, j));
    TRY(db_commit(job->db));
    tell(job, d, j);
    return RC_OK;
}

/* ---- A pull ---- */

static enum rc read_and_judge(const struct job *job, struct engine *e, const struct delivery *last,
                              struct landed *got, struct judgement *j)
{
    TRY(engine_read(e, got));
    TRY(judge_delivery(job, e, got, last, j));
    got->delivery.shapes = is_settled_verdict(j) ? judge_shapes(job, got, last) : got->delivery.shapes;
    return RC_OK;
}

static enum rc read_source(const struct job *job)
{
    struct delivery last;
    struct engine *e = NULL;
    struct landed got;
    struct judgement j = {VERDICT_NONE, {NULL}, 0};
    bool has_last = false;
    TRY(delivery_last_admitted(job, &last, &has_last));
    TRY(engine_open(job, has_last ? &last : NULL, &e));
    enum rc rc = read_and_judge(job, e, has_last ? &last : NULL, &got, &j);
    if (rc == RC_OK) {
        rc = conclude(job, &got, &j);
    }
    if (rc == RC_OK && is_settled_verdict(&j) && !edition_is_provisional(&job->edition) &&
        engine_settle(e) != RC_OK) {
        log_event(LOG_WARN, "files not put away", LOG_S("dataset", job->dataset->id),
                  LOG_S("detail", err_detail()));
        err_clear(); /* what is taken stays taken; the next pull tidies up */
    }
    engine_close(e);
    return rc;
}

/* What landed cannot become facts: the dataset's own trouble, not the night's. */
static enum rc refuse_data(const struct job *job)
{
    const char *reason = arena_printf(job->arena, "unstorable %s admission", db_sqlstate(job->db));
    log_event(LOG_ERROR, "delivery not admitted", LOG_S("dataset", job->dataset->id),
              LOG_S("reason", reason), LOG_S("detail", err_detail()));
    return dataset_write_failed(job, reason);
}

static enum rc pull_locked(const struct job *job)
{
    struct delivery now;
    bool found = false;
    enum rc rc = take_in_accepted(job);
    TRY(rc == RC_DB_DATA ? give_back_accepted(job) : rc);
    TRY(delivery_find(job, job->edition.number, &now, &found));
    if (found && strcmp(now.state, "landing") != 0 && job->file_count == 0) {
        engine_tidy(job);
        return RC_OK; /* it has its verdict in this edition; files that are named are a newer word
                       */
    }
    TRY(discard_older(job));
    rc = read_source(job);
    return rc == RC_DB_DATA ? refuse_data(job) : rc;
}

enum rc dataset_pull(struct job *job)
{
    TRY(lock_dataset(job));
    enum rc rc = pull_locked(job);
    db_rollback(job->db);
    unlock_dataset(job);
    return rc;
}

/* ---- Preview ---- */

static enum rc throw_away(const struct job *job)
{
    char number[DB_NUMBER];
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(delivery_clear(job, job->edition.number, true));
    TRY(db_run(
        job->db, "delete from bidui.delivery where county = $1 and dataset = $2 and edition = $3",
        DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, number)),
        NULL));
    return db_commit(job->db);
}

static enum rc look_at(const struct job *job, struct engine *e, const struct delivery *last,
                       enum rc (*look)(void *, const struct job *, const struct judgement *),
                       void *ctx)
{
    struct landed got;
    struct judgement j;
    TRY(read_and_judge(job, e, last, &got, &j));
    return look(ctx, job, &j);
}

/* What the edition has decided about the dataset stays as it is: the preview then lands under no
 * edition, and goes. Else it lands where the pull that follows finds it, and needs to read nothing
 * again. */
static enum rc choose_place(struct job *job)
{
    struct delivery now;
    bool found = false;
    TRY(delivery_find(job, job->edition.number, &now, &found));
    job->is_preview = found && strcmp(now.state, "landing") != 0;
    if (job->is_preview) {
        job->edition.number = 0;
    }
    return RC_OK;
}

static enum rc preview_locked(struct job *job,
                              enum rc (*look)(void *, const struct job *, const struct judgement *),
                              void *ctx)
{
    struct delivery last;
    struct engine *e = NULL;
    bool has_last = false;
    TRY(choose_place(job));
    TRY(delivery_last_admitted(job, &last, &has_last));
    TRY(engine_open(job, has_last ? &last : NULL, &e));
    enum rc rc = look_at(job, e, has_last ? &last : NULL, look, ctx);
    engine_close(e);
    TRY(rc);
    return job->is_preview ? throw_away(job) : RC_OK;
}

enum rc dataset_preview(struct job *job,
                        enum rc (*look)(void *, const struct job *, const struct judgement *),
                        void *ctx)
{
    TRY(lock_dataset(job));
    enum rc rc = preview_locked(job, look, ctx);
    db_rollback(job->db);
    unlock_dataset(job);
    return rc;
}

/* ---- Without a source ---- */

enum rc dataset_write_failed(const struct job *job, const char *reason)
{
    struct delivery d;
    bool found = false;
    struct judgement j = {VERDICT_FAILED, {reason}, 1};
    TRY(delivery_find(job, job->edition.number, &d, &found));
    if (found && strcmp(d.state, "landing") != 0) {
        return RC_OK;
    }
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    if (!found) {
        TRY(delivery_start(job, STR("")));
        d = (struct delivery){.edition = job->edition.number,
                              .advertised = -1,
                              .position = STR(""),
                              .columns_seen = STR(""),
                              .watermark = STR(""),
                              .exported_on = DATE_NONE};
    }
    d.profile = d.shapes = d.validators = d.read_with = STR("");
    d.position = STR(""); /* pulled again, it begins anew */
    TRY(delivery_changed_on(job, &d.changed_on));
    TRY(delivery_judge(job, &d, "landing", &j));
    TRY(db_commit(job->db));
    tell(job, &d, &j);
    return RC_OK;
}
