#include "pipeline/pull/scored.h"

#include <xxhash.h>

#include "base/log.h"
#include "pipeline/pull/evidence.h"
#include "pipeline/pull/likely/learn.h"
#include "pipeline/pull/rows.h"

#define SAMPLED_OF 8

_Static_assert(LIKELY_PAIRS <= LINK_CANDIDATES, "all candidates can be asked about");

/* Nobody was found, or nothing that a person could not have told as well by the same fields. */
static bool is_left_over(const struct linked *link)
{
    return link->kind == LINK_NONE ||
           (link->kind == LINK_UNREADABLE && strcmp(link->reason, "id_unreadable") == 0) ||
           (link->kind == LINK_REVIEW && strcmp(link->reason, "number_missing") == 0);
}

static struct str at(const struct str *row, int column)
{
    return column < 0 ? STR_NULL : row[column];
}

static struct likely_record record_of(const struct dataset *d, const struct str *row)
{
    const struct identity_columns *c = &d->identity;
    return (struct likely_record){.number = at(row, c->id_number),
                                  .name = at(row, c->name),
                                  .birth = at(row, c->birth_date),
                                  .sex = at(row, c->sex),
                                  .phone = at(row, c->phone),
                                  .village = at(row, c->village),
                                  .village_name = at(row, c->village_name)};
}

/* ---- Pairs that a person said no to ---- */

struct refusing {
    struct rows *rows;
    const struct decision *decision;
    int64_t question;
    enum rc rc;
};

static struct str bytes_of(const void *p, size_t n)
{
    return str_of(p, n);
}

/* Both sides as they stand: it changes with what either says of itself. */
static enum rc pair_hash(struct rows *r, int64_t question, uint32_t person, int64_t *ret)
{
    static const int all[] = {0, 1, 2, 3, 4, 5, 6};
    const struct index *ix = r->job->index;
    const struct index_person *p = index_person(ix, person);
    char number[IDNO_LEN + 1] = "";
    uint64_t phone = index_phone(ix, person);
    (void)index_number(ix, person, number);
    const struct str parts[] = {bytes_of(&question, sizeof question),
                                bytes_of(&p->person_id, sizeof p->person_id),
                                index_name(ix, person),
                                str_from(number),
                                bytes_of(&p->birth, sizeof p->birth),
                                index_village_code(ix, index_household(ix, p->household)->village),
                                bytes_of(&phone, sizeof phone)};
    return digest_of(&r->digest, parts, all, sizeof all / sizeof *all, ret);
}

static bool is_refused(void *ctx, uint32_t person)
{
    struct refusing *f = ctx;
    int64_t pair = 0;
    enum rc rc = pair_hash(f->rows, f->question, person, &pair);
    f->rc = rc != RC_OK ? rc : f->rc;
    return rc == RC_OK && decision_refuses(f->decision, pair);
}

/* ---- Outcomes ---- */

static enum rc ask(struct rows *r, int64_t question, const struct likely_answer *answer, struct linked *link)
{
    link->kind = LINK_REVIEW;
    link->reason = SCORED_REASON;
    link->subject = INDEX_NONE;
    link->candidate_count = answer->n;
    for (size_t i = 0; i < answer->n; i++) {
        link->candidates[i] = answer->pairs[i].person;
        TRY(pair_hash(r, question, answer->pairs[i].person, &r->scored.pairs[i]));
    }
    r->scored.n = answer->n;
    r->counts.asked++;
    return RC_OK;
}

static void take(struct rows *r, const struct likely_answer *answer, struct linked *link)
{
    link->kind = LINK_PROBABLE;
    link->subject = answer->pairs[0].person;
    link->candidate_count = 0;
    r->scored.is_link = true;
    r->counts.linked++;
}

/* A record that a person took, or said to be nobody's before pairs were told apart: as decided, whatever it weighs. */
static bool is_decided(const struct decision *d, int64_t question)
{
    return d != NULL && d->question == question && (d->is_accepted || d->pair_count == 0);
}

/* Decisions are looked up only now: few rows come this far. */
static enum rc judge(struct rows *r, const struct str *row, struct likely_record *record, struct likely_answer *answer,
                     struct linked *link)
{
    struct refusing f = {.rows = r};
    struct record_key key = landing_key(r->job, r->mapper, r->scratch, row);
    TRY(rows_question(r, row, &f.question));
    f.decision = decisions_of(&r->decisions, key.code);
    if (f.decision != NULL && f.decision->pair_count > 0) {
        likely_find(r->job->likely, r->scratch, record, is_refused, &f, answer);
        TRY(f.rc);
    }
    if (answer->verdict == LIKELY_NOBODY) {
        return RC_OK;
    }
    r->scored.evidence = evidence_text(r->scratch, r->job->likely, r->job->index, answer);
    if (answer->verdict == LIKELY_ASK || is_decided(f.decision, f.question)) {
        return ask(r, f.question, answer, link);
    }
    take(r, answer, link);
    return RC_OK;
}

/* One in eight, by its number and not by its place: the same ones in whatever order they come. */
static bool is_sampled(struct str number)
{
    return XXH3_64bits(number.n > 0 ? number.p : "", number.n) % SAMPLED_OF == 0;
}

/* Whose number proves it: how else they agree is counted, to learn weights from. */
static void tally(struct rows *r, const struct str *row, const struct linked *link)
{
    struct likely_record record = record_of(r->job->dataset, row);
    if (link->kind == LINK_EXACT && !str_is_null(record.number) && is_sampled(record.number)) {
        likely_tally_record(r->job->index, r->scratch, &record, link->subject, landing_tally(r->landing));
    }
}

enum rc scored_row(struct rows *r, const struct str *row, struct linked *link)
{
    struct likely_answer answer;
    r->scored.is_link = false;
    r->scored.n = 0;
    if (r->job->likely == NULL) {
        return RC_OK;
    }
    if (!is_left_over(link)) {
        tally(r, row, link);
        return RC_OK;
    }
    struct likely_record record = record_of(r->job->dataset, row);
    likely_find(r->job->likely, r->scratch, &record, NULL, NULL, &answer);
    r->counts.rows++;
    r->counts.left_out += (int64_t)answer.left_out;
    return answer.verdict == LIKELY_NOBODY ? RC_OK : judge(r, row, &record, &answer, link);
}

void scored_tell(const struct rows *r)
{
    if (r->job->likely != NULL) {
        log_event(LOG_INFO, "likely links", LOG_S("dataset", r->job->dataset->id),
                  LOG_I("version", likely_version(r->job->likely)), LOG_I("scored", r->counts.rows),
                  LOG_I("linked", r->counts.linked), LOG_I("asked", r->counts.asked),
                  LOG_I("pairs_not_compared", r->counts.left_out));
    }
}
