#include "pipeline/pull/pull.h"

#include <stdlib.h>

#include "base/log.h"
#include "pipeline/pull/dataset.h"
#include "pipeline/pull/engine.h"
#include "pipeline/pull/index.h"
#include "pipeline/pull/likely/likely.h"
#include "pipeline/pull/likely_store.h"
#include "pipeline/pull/off_roster.h"
#include "pipeline/pull/quarantine.h"
#include "pipeline/pull/questions.h"
#include "pipeline/pull/worker.h"

#define JOB_ARENA ((size_t)256 << 20)

/* ---- Which datasets ---- */

static bool is_asked_for(const struct pull_options *o, const struct dataset *d)
{
    for (size_t i = 0; i < o->dataset_count; i++) {
        if (o->datasets[i] == d) {
            return true;
        }
    }
    return o->dataset_count == 0;
}

static void choose(struct stage *s, const struct pull_options *o, bool roster, struct work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < s->config->department_count; i++) {
        n += s->config->departments[i].dataset_count;
    }
    *w = (struct work){
        .stage = s, .options = o, .datasets = arena_array(s->arena, n, sizeof *w->datasets)};
    for (size_t i = 0; i < s->config->department_count; i++) {
        const struct department *dept = &s->config->departments[i];
        for (size_t k = 0; !dept->is_broken && k < dept->dataset_count; k++) {
            const struct dataset *d = &dept->datasets[k];
            if (d->is_roster == roster && is_asked_for(o, d)) {
                w->datasets[w->dataset_count++] = d;
            }
        }
    }
}

/* ---- The roster, then the others ---- */

static enum rc pull_roster(struct stage *s, const struct pull_options *o)
{
    struct work w;
    choose(s, o, true, &w);
    return w.dataset_count == 0 ? RC_OK : workers_run(&w);
}

static struct job job_of(const struct stage *s, const struct dataset *d)
{
    return (struct job){.config = s->config,
                        .dataset = d,
                        .db = s->db,
                        .edition = s->edition,
                        .today = edition_today(&s->edition),
                        .arena = s->arena};
}

/* Without a roster every record is a stranger's: dropping them, and moving watermarks past them,
 * would lose them. */
static enum rc refuse_without_roster(struct stage *s, const struct work *w)
{
    for (size_t i = 0; i < w->dataset_count; i++) {
        struct job job = job_of(s, w->datasets[i]);
        TRY(dataset_write_failed(&job, "no_roster"));
    }
    return RC_OK;
}

/* Datasets that have their verdict need no worker, and if all have, no index; only their files may still lie there,
 * where a run was killed. */
static enum rc leave_out_settled(struct stage *s, struct work *w)
{
    size_t kept = 0;
    char number[DB_NUMBER];
    for (size_t i = 0; i < w->dataset_count; i++) {
        int64_t settled = 0;
        TRY(db_query_i64(
            s->db,
            "select count(*) filter (where edition = $3 and state <> 'landing')"
            " - 2 * count(*) filter (where state = 'held' and accepted_by is not null)"
            " from bidui.delivery where county = $1 and dataset = $2",
            DB_PARAMS(s->config->county, w->datasets[i]->id, db_number(s->edition.number, number)),
            &settled));
        if (settled <= 0) {
            w->datasets[kept++] = w->datasets[i];
        } else {
            struct job job = job_of(s, w->datasets[i]);
            engine_tidy(&job);
        }
    }
    w->dataset_count = kept;
    return RC_OK;
}

static bool any_links_probably(const struct work *w)
{
    for (size_t i = 0; i < w->dataset_count; i++) {
        if (w->datasets[i]->links_probably) {
            return true;
        }
    }
    return false;
}

static enum rc load_index(struct stage *s, bool with_evidence, struct index **ret)
{
    struct db *other = NULL;
    TRY(db_open(s->config->database,
                arena_printf(s->arena, "bidui pull %s identities", s->config->county), &other));
    enum rc rc = index_load(s->db, other, s->config->county, s->edition.number, with_evidence, ret);
    db_close(other);
    return rc;
}

/* With the index, before the first fork. Weights live as long as it. */
static enum rc prepare_likely(struct stage *s, const struct index *ix, struct likely_weights *weights, struct likely **ret)
{
    TRY(likely_weights_pinned(s, weights));
    *ret = likely_new(ix, weights);
    log_event(LOG_INFO, "likely links prepared", LOG_I("version", weights->version),
              LOG_I("bytes", likely_bytes(*ret)));
    return RC_OK;
}

static enum rc run_others(struct stage *s, struct work *w, const struct index *index)
{
    struct likely_weights weights;
    struct likely *likely = NULL;
    TRY(off_roster_join(s, index));
    if (index_person_count(index) == 0) {
        return refuse_without_roster(s, w);
    }
    if (index_keeps_evidence(index)) {
        TRY(prepare_likely(s, index, &weights, &likely));
    }
    w->likely = likely;
    enum rc rc = workers_run(w);
    likely_free(likely);
    return rc;
}

static enum rc pull_others(struct stage *s, const struct pull_options *o)
{
    struct work w;
    struct index *index = NULL;
    choose(s, o, false, &w);
    TRY(leave_out_settled(s, &w));
    if (w.dataset_count == 0) {
        return RC_OK;
    }
    TRY(load_index(s, any_links_probably(&w), &index));
    log_event(LOG_INFO, "roster index", LOG_I("persons", index_person_count(index)));
    w.index = index;
    enum rc rc = run_others(s, &w, index);
    index_free(index);
    return rc;
}

enum rc stage_pull(struct stage *s, const struct pull_options *options)
{
    TRY(doors_empty(s));
    TRY(pull_roster(s, options));
    if (options->roster_only) {
        return RC_OK;
    }
    TRY(pull_others(s, options));
    return questions_number(s);
}

/* ---- Preview ---- */

struct looking {
    struct roster_diff diff;
    enum verdict verdict;
    void (*each)(void *ctx, enum roster_change kind, struct str household_no);
    void *ctx;
};

static enum rc look(void *ctx, const struct job *job, const struct judgement *j)
{
    struct looking *l = ctx;
    l->verdict = j->verdict;
    if (j->verdict == VERDICT_FAILED || j->verdict == VERDICT_INCOMPLETE) {
        return RC_OK;
    }
    return roster_compare(job, job->edition.number, &l->diff, l->each, l->ctx);
}

enum rc roster_preview(struct stage *s, const struct pull_options *options,
                       struct roster_diff *ret_diff, enum verdict *ret_verdict,
                       void (*each)(void *, enum roster_change, struct str), void *ctx)
{
    const struct dataset *roster = config_roster(s->config);
    if (roster == NULL) {
        return err_fail(RC_CONFIG, "%s", tr("没有底册数据集", "no roster dataset"));
    }
    struct looking l = {.each = each, .ctx = ctx};
    struct arena *arena = arena_new(JOB_ARENA);
    struct job job = {.config = s->config,
                      .dataset = roster,
                      .db = s->db,
                      .edition = s->edition,
                      .today = edition_today(&s->edition),
                      .files = options->roster_files,
                      .file_count = options->roster_file_count,
                      .arena = arena};
    enum rc rc = dataset_preview(&job, look, &l);
    arena_free(arena);
    TRY(rc);
    *ret_diff = l.diff;
    *ret_verdict = l.verdict;
    return RC_OK;
}
