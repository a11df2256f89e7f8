#include "pipeline/pull/rows.h"

#include "base/text.h"

#define SCRATCH_MAX ((size_t)64 << 20)
#define SCRATCH_KEPT ((size_t)8 << 10)
#define US_PER_DAY INT64_C(86400000000)

enum rc rows_init(struct rows *r, const struct job *job)
{
    *r = (struct rows){.job = job, .watermark = WATERMARK_NONE};
    r->mapper = mapper_new(job->dataset, job->today);
    r->landing = landing_new(job, r->mapper);
    r->scratch = arena_new(SCRATCH_MAX);
    r->values = arena_array(job->arena, job->dataset->field_count, sizeof *r->values);
    /* A mistyped year must not move the watermark to where nothing is ever newer. */
    r->watermark_most = ((int64_t)job->today + 2) * US_PER_DAY;
    r->profile = profile_new(job->dataset, &job->config->code_key, r->watermark_most);
    r->shapes = shapes_new(job->arena, job->dataset->columns, job->dataset->column_count, &job->config->code_key);
    digest_init(&r->digest, &job->config->code_key);
    if (job->dataset->is_incremental) {
        TRY(known_load(&r->known, job));
    } else if (!job->dataset->is_roster && !job->dataset->is_lookup) {
        TRY(standing_load(job, &r->standing));
        landing_stand_on(r->landing, r->standing);
    }
    return decisions_load(job, &r->decisions);
}

void rows_done(struct rows *r)
{
    decisions_done(&r->decisions);
    digest_done(&r->digest);
    known_done(&r->known);
    standing_free(r->standing);
    profile_free(r->profile);
    landing_free(r->landing);
    mapper_free(r->mapper);
    arena_free(r->scratch);
}

/* ---- Parts ---- */

/* When an incremental record last changed; WATERMARK_NONE if it doesn't say. */
static int64_t updated_at(const struct rows *r, const struct str *row)
{
    const struct dataset *d = r->job->dataset;
    int64_t us = 0;
    if (!d->is_incremental || d->updated_field < 0) {
        return WATERMARK_NONE;
    }
    struct str raw = text_fold(r->scratch, row[d->fields[d->updated_field].column]);
    return raw.n > 0 && instant_parse(raw, &us) == RC_OK ? us : WATERMARK_NONE;
}

/* Over every row, also strangers': else the same ones would be asked for night after night. */
static void move_watermark(struct rows *r, int64_t us)
{
    if (us > r->watermark && us < r->watermark_most) {
        r->watermark = us;
    }
}

/* Whom a question or a quarantined record may concern, as ids: persons, or subjects as the grain
 * counts. */
static size_t candidate_ids(const struct rows *r, const struct linked *link, bool as_persons,
                            int64_t ids[LINK_CANDIDATES])
{
    const struct index *ix = r->job->index;
    bool household = grain_is_household(r->job->dataset->grain);
    for (size_t i = 0; i < link->candidate_count; i++) {
        uint32_t at = link->candidates[i];
        if (household && !as_persons) {
            ids[i] = index_household(ix, at)->household_id;
        } else {
            uint32_t person = household ? index_household(ix, at)->speaker : at;
            ids[i] = person == INDEX_NONE ? 0 : index_person(ix, person)->person_id;
        }
    }
    return link->candidate_count;
}

static void linked_is_candidate(struct linked *link)
{
    if (link->subject != INDEX_NONE) {
        link->candidates[0] = link->subject;
        link->candidate_count = 1;
    }
}

static enum rc reject(struct rows *r, struct delivery *d, struct origin at,
                      const struct linked *link, const struct str *row, const struct reject *why)
{
    int64_t ids[LINK_CANDIDATES];
    size_t n = candidate_ids(r, link, true, ids);
    struct record_key key = landing_key(r->job, r->mapper, r->scratch, row);
    d->rejected++;
    return landing_quarantine(r->landing, r->scratch, at, &key, why, ids, n);
}

static enum rc reject_unreadable(struct rows *r, struct delivery *d, struct origin at,
                                 const struct linked *link, const struct str *row)
{
    const char *column = link->column < 0 ? "" : r->job->dataset->columns[link->column];
    struct reject why = {link->reason, link->expected, column,
                         link->column < 0 ? STR_NULL : row[link->column]};
    return reject(r, d, at, link, row, &why);
}

/* The roster has needs of its own: without household or name a person cannot be placed. */
static bool roster_lacks(const struct rows *r, const struct str *row, struct reject *ret)
{
    const struct dataset *d = r->job->dataset;
    const struct {
        int column;
        const char *reason, *expected;
    } needs[] = {{d->identity.household_no, "household_missing",
                  tr("应有户编号,且导出中有这一户", "the number of a household of the export")},
                 {d->identity.name, "name_missing", tr("不能为空", "must not be blank")}};
    for (size_t i = 0; d->is_roster && i < sizeof needs / sizeof needs[0]; i++) {
        int at = needs[i].column;
        if (at >= 0 && str_is_empty(text_fold(r->scratch, row[at]))) {
            *ret = (struct reject){needs[i].reason, needs[i].expected,
                                   d->columns[at], row[at]};
            return true;
        }
    }
    return false;
}

enum rc rows_question(struct rows *r, const struct str *row, int64_t *ret)
{
    const struct identity_columns *c = &r->job->dataset->identity;
    const int columns[] = {c->id_number, c->name,         c->birth_date,  c->sex,
                           c->village,   c->village_name, c->household_no};
    return digest_of(&r->digest, row, columns, sizeof columns / sizeof columns[0], ret);
}

/* Null if unreadable. */
static struct str key_of(const struct rows *r, const struct str *row)
{
    struct str key = mapper_key(r->mapper, r->scratch, row);
    return landing_needs_code(r->job->dataset, key)
               ? landing_key(r->job, r->mapper, r->scratch, row).key
               : key;
}

/* An increment won't come back to it: what is known now closes the question that is open about the record. */
static enum rc close_question(struct rows *r, struct origin at, const struct str *row)
{
    if (!decisions_has_open(&r->decisions)) {
        return RC_OK;
    }
    struct record_key key = landing_key(r->job, r->mapper, r->scratch, row);
    return decisions_is_open(&r->decisions, key.code) ? landing_close(r->landing, at, key.code)
                                                      : RC_OK;
}

/* A stranger's record. */
static enum rc drop(struct rows *r, struct delivery *d, struct origin at, const struct str *row)
{
    d->strangers++;
    if (!r->job->dataset->is_incremental) {
        return RC_OK;
    }
    TRY(close_question(r, at, row));
    struct str key = key_of(r, row);
    bool was_ours = !str_is_null(key) && known_has(&r->known, key);
    return was_ours ? landing_gone(r->landing, at, key) : RC_OK;
}

/* A screened list's stranger: the department judged him at risk. */
static enum rc keep_screened(struct rows *r, struct delivery *d, struct origin at,
                             const struct linked *link, const struct str *row)
{
    struct reject why = {0};
    if (!mapper_map(r->mapper, r->scratch, row, r->values, &why)) {
        return reject(r, d, at, link, row, &why);
    }
    d->strangers++;
    return landing_off_roster(r->landing, r->scratch, at, key_of(r, row), row, r->values);
}

static enum rc land(struct rows *r, struct delivery *d, struct origin at, const char *link,
                    const struct subject *subject, const struct str *row)
{
    enum meeting met = MEETING_NEW;
    TRY(close_question(r, at, row));
    struct str key = key_of(r, row);
    TRY(r->scored.is_link ? landing_evidence(r->landing, at, key, r->scored.evidence) : RC_OK);
    TRY(landing_put(r->landing, r->scratch, at, key, link, subject, row, r->values, &met));
    d->landed += met != MEETING_AGAIN;
    d->repeats += met == MEETING_AGAIN;
    return RC_OK;
}

/* ---- Questions ---- */

/* A person decided already: whom it is, or that it is nobody. */
static enum rc follow(struct rows *r, struct delivery *d, struct origin at,
                      const struct decision *decision, const struct linked *link,
                      const struct str *row)
{
    if (!decision->is_accepted) {
        return drop(r, d, at, row);
    }
    struct subject s = landing_subject(r->job, link, r->scratch, row);
    if (grain_is_household(r->job->dataset->grain)) {
        s.household_id = decision->subject;
    } else {
        s.person_id = decision->subject;
    }
    return land(r, d, at, link_word(LINK_REVIEW), &s, row);
}

static enum rc ask(struct rows *r, struct delivery *d, struct origin at, const struct linked *link,
                   const struct str *row)
{
    int64_t question = 0, ids[LINK_CANDIDATES];
    TRY(rows_question(r, row, &question));
    struct record_key key = landing_key(r->job, r->mapper, r->scratch, row);
    const struct decision *decision = decisions_find(&r->decisions, key.code, question);
    bool is_by_pair = decision != NULL && !decision->is_accepted && decision->pair_count > 0;
    if (decision != NULL && !(r->scored.n > 0 && is_by_pair)) { /* the pairs said no to are left out already */
        return follow(r, d, at, decision, link, row);
    }
    d->in_review++;
    size_t n = candidate_ids(r, link, false, ids);
    struct asked asked = {.reason = link->reason,
                          .candidates = ids,
                          .n = n,
                          .question = question,
                          .evidence = r->scored.n > 0 ? r->scored.evidence : STR_NULL,
                          .pairs = r->scored.n > 0 ? r->scored.pairs : NULL};
    return landing_review(r->landing, r->scratch, at, &key, &asked, row);
}

/* ---- A row ---- */

static void link_row(struct rows *r, const struct str *row, struct linked *link)
{
    if (!r->job->dataset->is_roster) {
        link_record(r->job->index, r->job->dataset, r->scratch, row, link);
        return;
    }
    link->kind = LINK_EXACT; /* the roster speaks of itself */
    link->subject = link->village = INDEX_NONE;
    link->candidate_count = 0;
}

static enum rc put_linked(struct rows *r, struct delivery *d, struct origin at, struct linked *link,
                          const struct str *row)
{
    struct reject why = {0};
    if (link->kind == LINK_UNREADABLE) {
        return reject_unreadable(r, d, at, link, row);
    }
    if (link->kind != LINK_REVIEW) {
        linked_is_candidate(link);
    }
    if (!mapper_map(r->mapper, r->scratch, row, r->values, &why) || roster_lacks(r, row, &why)) {
        return reject(r, d, at, link, row, &why);
    }
    if (link->kind == LINK_REVIEW) {
        return ask(r, d, at, link, row);
    }
    struct subject s = landing_subject(r->job, link, r->scratch, row);
    return land(r, d, at, link_word(link->kind), &s, row);
}

/* Nothing of a record is kept that speaks of somebody else than was asked about. */
static enum rc reject_unasked(struct rows *r, struct delivery *d, struct origin at,
                              const struct str *row)
{
    static const struct linked nobody = {.kind = LINK_NONE, .subject = INDEX_NONE, .village = INDEX_NONE};
    const struct dataset *dataset = r->job->dataset;
    struct reject why = {"not_asked", tr("所问之人的身份号码", "the number of a person asked about"),
                         dataset->columns[dataset->identity.id_number], STR_NULL};
    return reject(r, d, at, &nobody, row, &why);
}

/* The department's word on a person is neither a record nor that there is none. */
static enum rc reject_unclear(struct rows *r, struct delivery *d, struct origin at, struct linked *link,
                              const struct str *row)
{
    const struct dataset *dataset = r->job->dataset;
    struct reject why = {"result_unclear",
                         tr("记录,或 none 中表示没有记录的词,只能有其一", "either a record, or a word that says there is none"),
                         dataset->columns[dataset->ask.list->result_column], STR_NULL};
    linked_is_candidate(link);
    return reject(r, d, at, link, row, &why);
}

/* A row of a name list that came back. */
static enum rc put_listed(struct rows *r, struct delivery *d, struct origin at, struct linked *link,
                          const struct str *row)
{
    size_t whose = 0;
    int64_t landed = d->landed;
    switch (asking_said(r->asking, r->job, link, r->scratch, row, &whose)) {
    case SAID_NOTHING:
        return RC_OK;
    case SAID_NONE:
        asking_raise(r->asking, whose, ANSWER_NONE);
        return RC_OK;
    case SAID_RECORD:
        TRY(put_linked(r, d, at, link, row));
        asking_raise(r->asking, whose, d->landed > landed ? ANSWER_RECORD : ANSWER_CONFLICT);
        return RC_OK;
    case SAID_UNCLEAR:
        asking_raise(r->asking, whose, ANSWER_CONFLICT);
        return reject_unclear(r, d, at, link, row);
    case SAID_ELSE:
        break;
    }
    asking_raise(r->asking, whose, ANSWER_CONFLICT);
    return reject_unasked(r, d, at, row);
}

static enum rc put_answer(struct rows *r, struct delivery *d, struct origin at, struct linked *link,
                          const struct str *row)
{
    if (r->asking->list_no != NULL) {
        return put_listed(r, d, at, link, row);
    }
    int64_t landed = d->landed;
    bool is_theirs = asking_covers(r->asking, r->job->index, link);
    TRY(is_theirs ? put_linked(r, d, at, link, row) : reject_unasked(r, d, at, row));
    asking_note(r->asking, r->job->index, link, d->landed > landed);
    return RC_OK;
}

void rows_expect(const struct rows *r, const struct str *first, size_t n)
{
    const struct dataset *d = r->job->dataset;
    if (d->identity.id_number >= 0 && !d->is_roster) {
        index_expect_numbers(r->job->index, first + d->identity.id_number, d->column_count, n);
    }
}

enum rc rows_put(struct rows *r, struct delivery *d, struct origin at, const struct str *row)
{
    struct linked link;
    if (arena_used(r->scratch) > SCRATCH_KEPT) {
        arena_reset(r->scratch);
    }
    d->received++;
    TRY(digest_add(&r->digest, row, r->job->dataset->column_count, d->digest));
    profile_add(r->profile, r->scratch, row);
    shapes_add(r->shapes, r->scratch, row);
    at.updated = updated_at(r, row);
    move_watermark(r, at.updated);
    link_row(r, row, &link);
    TRY(scored_row(r, row, &link));
    if (r->asking != NULL) {
        return put_answer(r, d, at, &link, row);
    }
    if (link.kind == LINK_NONE) {
        if (r->job->dataset->is_screened) {
            return keep_screened(r, d, at, &link, row);
        }
        return drop(r, d, at, row);
    }
    return put_linked(r, d, at, &link, row);
}

enum rc rows_put_undecoded(struct rows *r, struct delivery *d, struct origin at,
                           const struct page_reject *reject)
{
    struct record_key key = landing_key_of(r->job, r->scratch, reject->record);
    struct reject why = {reject->is_cut ? "cut_off" : "undecodable", reject->reason, "", STR_NULL};
    at.updated = WATERMARK_NONE;
    d->received++;
    d->rejected++;
    if (r->asking != NULL && r->asking->list_no == NULL) { /* a list tells by its tokens whom it doesn't concern */
        static const struct linked nobody = {.kind = LINK_NONE, .subject = INDEX_NONE};
        asking_note(r->asking, r->job->index, &nobody, false);
    }
    return landing_quarantine(r->landing, r->scratch, at, &key, &why, NULL, 0);
}
