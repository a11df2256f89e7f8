/* A lookup's reading: one question at a time, each with its own pages, each landing whole with its outcomes in one
 * transaction. The first question that stays without an answer ends the night's asking; who was not answered is due
 * still. */
#include "pipeline/pull/columns.h"
#include "pipeline/pull/engine_parts.h"

#define ASKING STR("asking") /* a position: what landed stays when the edition is resumed */
#define MOST_PAGES 1000      /* of one answer */

/* All pages of the answer into memory. */
static enum answer read_answer(struct engine *e, enum rc *ret_rc)
{
    *ret_rc = RC_OK;
    for (int i = 0; i < MOST_PAGES; i++) {
        enum answer answer = engine_read_patiently(e);
        if (answer != CONN_PAGE) {
            return answer;
        }
        *ret_rc = engine_put_page(e);
        if (*ret_rc != RC_OK) {
            return CONN_STOP;
        }
        e->d.columns_seen = columns_union(e->job->arena, e->d.columns_seen, e->page.columns_seen);
    }
    *ret_rc = RC_OK;
    enum rc rc = err_fail(RC_LIMIT, "%s: %d", e->job->dataset->id, MOST_PAGES);
    return rc == RC_LIMIT ? CONN_STOP : CONN_END;
}

/* Half an answer is none. */
enum rc engine_forget(struct engine *e, const struct delivery *before)
{
    landing_into_facts(e->rows.landing, false);
    e->d = *before;
    bool is_read = profile_read(e->rows.profile, before->profile);
    return is_read ? RC_OK : err_fail(RC_BUG, "%s", e->job->dataset->id);
}

static enum rc land_answer(struct engine *e, const struct asking *a)
{
    DB_ROLLBACK struct db *tx = e->job->db;
    TRY(db_begin(e->job->db));
    TRY(landing_send(e->rows.landing));
    TRY(asking_answer(a, e->job));
    e->d.profile = profile_text(e->rows.profile, e->source.arena);
    TRY(delivery_save(e->job, &e->d));
    return db_commit(e->job->db);
}

static enum rc ask_one(struct engine *e, struct asking *a, struct landed *out, bool *ret_answered)
{
    enum rc rc = RC_OK;
    struct delivery before = e->d;
    *ret_answered = false;
    engine_close_source(e);
    arena_reset(e->source.arena);
    before.profile = e->d.profile = profile_text(e->rows.profile, e->source.arena);
    e->source.asked = a->persons + a->at;
    e->source.asked_count = a->batch;
    rc = engine_reopen(e, STR(""));
    if (rc != RC_OK) {
        return engine_blame(rc, out);
    }
    TRY(asking_log(a, e->job));
    enum answer answer = read_answer(e, &rc);
    *ret_answered = rc == RC_OK && answer == CONN_END;
    if (*ret_answered) {
        return land_answer(e, a);
    }
    if (rc == RC_OK) {
        out->ending = engine_failed_as(answer, &out->error);
        TRY(engine_forget(e, &before));
    }
    return rc;
}

enum rc engine_ask(struct engine *e, struct landed *out)
{
    struct asking asking;
    bool answered = true;
    TRY(asking_load(e->job, &asking));
    e->rows.asking = &asking;
    e->d.position = ASKING;
    out->ending = ENDED;
    while (answered && asking_next(&asking, e->job)) {
        TRY(ask_one(e, &asking, out, &answered));
    }
    e->rows.asking = NULL;
    out->due = asking.answered_before + asking.due;
    return asking_count(e->job, &out->answered);
}
