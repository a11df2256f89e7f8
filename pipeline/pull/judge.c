#include "pipeline/pull/judge.h"

#include "pipeline/pull/admit.h"
#include "pipeline/pull/arrivals.h"

#define INCREMENT_TELLS 200 /* values; fewer may be anything */

/* Values that the declared type of their column refuses, column by column. */
static enum rc find_retyped(const struct job *job, const struct landed *got, struct column_drifts *drifts)
{
    char number[DB_NUMBER];
    const struct delivery *d = &got->delivery;
    DB_RESULT PGresult *res = NULL;
    if (d->rejected == 0) {
        return RC_OK;
    }
    TRY(db_query(job->db,
                 "select column_name, count(*) from bidui.quarantine where county = $1 and dataset = $2 and edition = $3"
                 " and reason in ('bad_code', 'bad_flag', 'bad_date', 'bad_instant', 'bad_money', 'bad_number')"
                 " group by column_name order by column_name collate \"C\"",
                 DB_PARAMS(job->config->county, job->dataset->id, db_number(d->edition, number)), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        const char *column = arena_cstr(job->arena, db_text(res, i, 0));
        drift_add_retyped(job->dataset, column, db_i64(res, i, 1), d->landed + d->in_review + d->rejected, job->arena,
                          drifts);
    }
    return RC_OK;
}

/* It may have been another process that came to the end of the file: the entry in quarantine tells. */
static enum rc fill_cut(const struct job *job, const struct landed *got, struct proof *proof)
{
    char number[DB_NUMBER];
    int64_t n = 0;
    if (got->delivery.rejected == 0) {
        return RC_OK;
    }
    TRY(db_query_i64(job->db,
                     "select count(*) from bidui.quarantine where county = $1 and dataset = $2 and edition = $3"
                     " and reason = 'cut_off'",
                     DB_PARAMS(job->config->county, job->dataset->id, db_number(got->delivery.edition, number)), &n));
    proof->is_cut = n > 0;
    return RC_OK;
}

static struct shapes *shapes_from(const struct job *job, struct str text)
{
    const struct dataset *d = job->dataset;
    struct shapes *s = shapes_new(job->arena, d->columns, d->column_count, &job->config->code_key);
    shapes_read(s, text);
    return s;
}

/* What stays of what the columns look like: an increment of few rows, or without a column, says nothing new of it. */
struct str judge_shapes(const struct job *job, const struct landed *got, const struct delivery *last)
{
    struct shapes *s = shapes_from(job, got->delivery.shapes);
    if (last != NULL) {
        shapes_complete(s, shapes_from(job, last->shapes), job->dataset->is_incremental ? INCREMENT_TELLS : SHAPE_LEAST);
    }
    return job->dataset->is_lookup ? STR("") : shapes_text(s, true, job->arena);
}

/* Of a delivery that came to its end, where names alone don't tell. */
static const struct shapes *look_at_new(const struct job *job, struct engine *e, const struct landed *got,
                                        const struct delivery *last)
{
    const char **names = NULL;
    if (got->ending != ENDED || last == NULL || last->shapes.n == 0) {
        return NULL;
    }
    size_t n = drift_unexplained(job->dataset, got->delivery.columns_seen, last->columns_seen, job->arena, &names);
    return n > 0 ? engine_look_at(e, names, n) : NULL;
}

static enum rc fill_drifts(const struct job *job, struct engine *e, const struct landed *got,
                           const struct delivery *last, struct proof *proof)
{
    const struct dataset *d = job->dataset;
    const struct shapes *now = look_at_new(job, e, got, last);
    struct column_looks looks = {NULL, now};
    looks.before = now == NULL ? NULL : shapes_from(job, last->shapes);
    drift_find(d, got->delivery.columns_seen, last == NULL ? STR("") : last->columns_seen, now == NULL ? NULL : &looks,
               job->arena, &proof->drifts);
    return find_retyped(job, got, &proof->drifts);
}

static enum rc fill_news(const struct job *job, const struct landed *got,
                         const struct delivery *last, struct proof *proof)
{
    int since = last == NULL ? job->edition.number : last->edition;
    proof->brought_news =
        got->brought_news || (got->into_facts && got->delivery.landed > 0); /* its first */
    if (job->dataset->is_incremental && !proof->brought_news) {
        return admit_has_news(job, job->edition.number, since, &proof->brought_news);
    }
    return RC_OK;
}

static enum rc fill_profile(const struct job *job, const struct landed *got, struct proof *proof)
{
    size_t n = profile_fields(got->profile);
    struct field_profile *fields = arena_array(job->arena, n, sizeof *fields);
    for (size_t i = 0; i < n; i++) {
        fields[i] = profile_field(got->profile, i);
    }
    proof->fields = fields;
    proof->field_count = n;
    proof->counted = profile_rows(got->profile);
    proof->newest = profile_newest(got->profile);
    proof->usual_rows = -1;
    /* days that were read again make no increment a large one */
    return job->dataset->quality.max_growth_micro < 0 || str_starts(got->delivery.asked_since, STR("again "))
               ? RC_OK
               : delivery_usual_rows(job, proof->is_full || got->delivery.asked_since.n == 0, &proof->usual_rows);
}

/* What was answered counts, however the night's asking ended: rules tell by person who was. */
static void judge_asking(const struct job *job, const struct landed *got, struct judgement *j)
{
    if (got->answered == 0 && got->given_up > 0 && got->ending == ENDED) {
        *j = (struct judgement){VERDICT_LATE, {arena_printf(job->arena, "given_up %lld", (long long)got->given_up)}, 1};
    } else if (got->answered == 0 && got->ending == ENDED) {
        *j = (struct judgement){VERDICT_NOT_DUE, {NULL}, 0}; /* nobody to ask about, or today's share is used up */
    } else if (j->verdict == VERDICT_UNCHANGED) {
        j->verdict = VERDICT_COMPLETE;
    }
    if (j->reason_count + 2 <= PROOF_REASONS) {
        j->reasons[j->reason_count++] =
            arena_printf(job->arena, "answered %lld of %lld", (long long)got->answered, (long long)got->due);
    }
    if (got->answered > 0 && got->ending != ENDED && j->reason_count < PROOF_REASONS) {
        j->reasons[j->reason_count++] = arena_printf(job->arena, "stopped %s", got->error);
    }
}

enum rc judge_delivery(const struct job *job, struct engine *e, const struct landed *got, const struct delivery *last,
                       struct judgement *ret)
{
    const struct dataset *d = job->dataset;
    struct proof proof = {
        .ending = d->is_lookup && got->answered > 0 ? ENDED : got->ending,
        .error = got->error,
        .is_full = !d->is_incremental && !d->is_lookup,
        .arrives = d->arrives.every,
        .advertised = got->delivery.advertised,
        .received = got->delivery.received,
        .rejected = got->delivery.rejected,
        .pages = got->delivery.pages,
        .last_received = last == NULL ? -1 : last->received,
        .same_as_last =
            last != NULL && memcmp(last->digest, got->delivery.digest, DIGEST_BYTES) == 0,
        .today = job->today,
        .quality = &d->quality,
    };
    TRY(fill_drifts(job, e, got, last, &proof));
    TRY(fill_profile(job, got, &proof));
    TRY(fill_cut(job, got, &proof));
    TRY(fill_news(job, got, last, &proof));
    proof_judge(&proof, job->arena, ret);
    if (d->is_lookup) {
        judge_asking(job, got, ret);
    }
    return RC_OK;
}

/* A delivery without news is healthy until its calendar says otherwise. */
void judge_by_calendar(const struct job *job, enum ending ending, date_t changed_on, struct judgement *j)
{
    if (j->verdict != VERDICT_UNCHANGED) {
        return;
    }
    if (arrivals_is_late(job->dataset, &job->config->calendar, changed_on, job->today)) {
        j->verdict = VERDICT_LATE;
        char text[DATE_TEXT] = "never";
        if (changed_on != DATE_NONE) {
            date_format(changed_on, text);
        }
        j->reasons[0] = arena_printf(job->arena, "unchanged_since %s", text);
        j->reason_count = 1;
    } else if (ending == ENDED_NOTHING) {
        j->verdict = VERDICT_NOT_DUE;
    }
}
