#include "pipeline/pull/asking.h"

#include "base/text.h"
#include "pipeline/db.h"
#include "pipeline/pull/name_list.h"

/* $1 county, $2 dataset, $3 edition, $4 today, $5 asked again after so many days, $6 classes, $7 open leads too,
 * $8 consent needed. Who waits for a list to come back is asked nothing. A landed answer of another edition is discarded when its turn comes: it counts no longer. */
#define DUE                                                                                                            \
    "with answered as (select q.person_id, max(q.asked_on) as last_on from bidui.question q"                           \
    "   join bidui.delivery d on d.county = q.county and d.dataset = q.dataset and d.edition = q.edition"              \
    "   where q.county = $1 and q.dataset = $2 and q.outcome in ('record', 'none', 'conflict')"                        \
    "   and (d.state in ('admitted', 'held') or d.edition = $3::int) group by q.person_id),"                           \
    " waiting as (" NAME_LIST_WAITING("$1", "$2") "),"                                                                 \
    " due as (select p.person_id, i.id_number, i.name, c.consent_no, c.signed_on, a.last_on"                           \
    "   from bidui.person p join bidui.household h on h.county = p.county and h.household_id = p.household_id"         \
    "     and h.learned <= $3::int and (h.ended is null or h.ended > $3::int)"                                         \
    "   join bidui.identity i on i.county = p.county and i.person_id = p.person_id and i.id_number is not null"        \
    "     and i.learned <= $3::int and (i.ended is null or i.ended > $3::int)"                                         \
    "   left join lateral (select k.consent_no, k.signed_on from bidui.consent k where k.county = p.county"            \
    "     and (k.subject = 'person' and k.subject_id = p.person_id"                                                    \
    "       or k.subject = 'household' and k.subject_id = p.household_id)"                                             \
    "     and k.signed_on <= $4::date and (k.valid_until is null or k.valid_until >= $4::date)"                        \
    "     order by k.signed_on desc, k.consent_no collate \"C\" desc limit 1) c on true"                               \
    "   left join answered a on a.person_id = p.person_id"                                                             \
    "   where p.county = $1 and p.learned <= $3::int and (p.ended is null or p.ended > $3::int)"                       \
    "   and (h.class = any ($6::text[]) or h.risk_cleared and 'cleared' = any ($6::text[])"                            \
    "     or $7::boolean and exists (select from bidui.lead l join bidui.alert t on t.county = l.county"               \
    "       and t.lead_id = l.lead_id and t.closed_edition is null where l.county = p.county"                          \
    "       and l.household_id = p.household_id))"                                                                     \
    "   and (not $8::boolean or c.consent_no is not null)"                                                             \
    "   and p.person_id not in (select person_id from waiting)"                                                        \
    "   and (a.last_on is null or a.last_on <= $4::date - $5::int))"

/* The night's share less what was answered today already, or went out on lists today ($10); one consent's persons side by
 * side. */
static const char choose[] = DUE
    ", ranked as (select *, row_number() over (order by last_on nulls first, person_id) as rank from due),"
    " tonight as (select *, min(rank) over (partition by consent_no, signed_on) as first from ranked where rank <="
    "   $9::int - (case when $10::boolean then (select count(*) from bidui.question q where q.county = $1"
    "   and q.dataset = $2 and q.list_no is not null and q.outcome = 'asked' and q.asked_on = $4::date)"
    "   else (select count(*) from answered where last_on = $4::date) end))"
    " select person_id, id_number, name, consent_no, to_char(signed_on, 'YYYY-MM-DD') from tonight order by first, rank";
static const char count_due[] = DUE " select count(*) from due";

static const char *class_list(const struct job *job)
{
    static const char *const names[] = {"lifted", "monitored", "cleared", "general"};
    struct str list[4];
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        if ((job->dataset->ask.classes & (1u << i)) != 0) {
            list[n++] = str_from(names[i]);
        }
    }
    return db_array(job->arena, list, n);
}

static void take(const struct job *job, const PGresult *res, struct asking *a)
{
    a->count = (size_t)PQntuples(res);
    a->persons = arena_array(job->arena, a->count, sizeof *a->persons);
    a->ids = arena_array(job->arena, a->count, sizeof *a->ids);
    a->answers = arena_array(job->arena, a->count, sizeof *a->answers);
    for (size_t i = 0; i < a->count; i++) {
        int row = (int)i;
        a->ids[i] = db_i64(res, row, 0);
        a->answers[i] = ANSWER_NONE;
        a->persons[i] = (struct asked_person){
            .id_number = arena_str(job->arena, db_text(res, row, 1)),
            .name = arena_str(job->arena, db_text(res, row, 2)),
            .consent_no = arena_str(job->arena, db_text(res, row, 3)),
            .consent_date = arena_str(job->arena, db_text(res, row, 4)),
        };
    }
}

enum rc asking_load(const struct job *job, struct asking *ret)
{
    const struct ask *ask = &job->dataset->ask;
    char edition[DB_NUMBER], today[DATE_TEXT], every[DB_NUMBER], most[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    struct asking a = {0};
    date_format(job->today, today);
    const char *const params[] = {
        job->config->county,       job->dataset->id,
        db_number(job->edition.number, edition), today,
        db_number(ask->every_days, every), class_list(job),
        ask->open_lead ? "true" : "false", ask->needs_consent ? "true" : "false",
        db_number(ask->per_night, most), ask->list != NULL ? "true" : "false"};
    TRY(asking_count(job, &a.answered_before));
    TRY(db_query_i64(job->db, count_due, 8, params, &a.due));
    TRY(db_query(job->db, choose, 10, params, &res));
    take(job, res, &a);
    *ret = a;
    return RC_OK;
}

static bool is_one_consent(const struct asking *a, size_t x, size_t y)
{
    return str_eq(a->persons[x].consent_no, a->persons[y].consent_no) &&
           str_eq(a->persons[x].consent_date, a->persons[y].consent_date);
}

bool asking_next(struct asking *a, const struct job *job)
{
    a->at += a->batch;
    a->batch = 0;
    while (a->at + a->batch < a->count && a->batch < (size_t)job->dataset->ask.batch &&
           is_one_consent(a, a->at, a->at + a->batch)) {
        a->batch++;
    }
    return a->batch > 0;
}

static const char *ids_of(const struct asking *a, const struct job *job, bool all, enum answered answer)
{
    struct str *list = arena_array(job->arena, a->batch, sizeof *list);
    size_t n = 0;
    for (size_t i = a->at; i < a->at + a->batch; i++) {
        if (all || a->answers[i] == answer) {
            list[n++] = str_from(arena_printf(job->arena, "%lld", (long long)a->ids[i]));
        }
    }
    return db_array(job->arena, list, n);
}

enum rc asking_log(const struct asking *a, const struct job *job)
{
    char edition[DB_NUMBER], today[DATE_TEXT];
    struct str consent = a->persons[a->at].consent_no;
    date_format(job->today, today);
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(db_run(job->db,
               "insert into bidui.question (county, dataset, person_id, edition, attempt, asked_on, consent_no, outcome)"
               " select $1, $2, p, $3::int, 1 + (select count(*) from bidui.question q where q.county = $1 and"
               "   q.dataset = $2 and q.person_id = p and q.edition = $3::int), $4::date, $5, 'asked'"
               " from unnest($6::bigint[]) p",
               DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, edition), today,
                         str_is_null(consent) ? NULL : consent.p, ids_of(a, job, true, ANSWER_NONE)),
               NULL));
    return db_commit(job->db);
}

enum rc asking_answer(const struct asking *a, const struct job *job)
{
    static const char *const words[] = {[ANSWER_NONE] = "none", [ANSWER_RECORD] = "record", [ANSWER_CONFLICT] = "conflict"};
    char edition[DB_NUMBER];
    for (int i = ANSWER_NONE; i <= ANSWER_CONFLICT; i++) {
        TRY(db_run(job->db,
                   "update bidui.question q set outcome = $4 where county = $1 and dataset = $2 and edition = $3::int"
                   " and person_id = any ($5::bigint[]) and attempt = (select max(o.attempt) from bidui.question o"
                   "   where o.county = $1 and o.dataset = $2 and o.edition = $3::int and o.person_id = q.person_id)",
                   DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, edition), words[i],
                             ids_of(a, job, false, (enum answered)i)),
                   NULL));
    }
    return RC_OK;
}

/* ---- What comes back ---- */

static size_t find(const struct asking *a, const struct index *ix, uint32_t person)
{
    size_t i = a->at, end = a->at + a->batch;
    while (person != INDEX_NONE && i < end && a->ids[i] != index_person(ix, person)->person_id) {
        i++;
    }
    return person == INDEX_NONE ? end : i;
}

bool asking_covers(const struct asking *a, const struct index *ix, const struct linked *link)
{
    size_t end = a->at + a->batch;
    bool covers = link->kind == LINK_EXACT && find(a, ix, link->subject) < end;
    for (size_t i = 0; link->kind == LINK_REVIEW && i < link->candidate_count; i++) {
        covers = covers || find(a, ix, link->candidates[i]) < end;
    }
    return covers;
}

/* Doubt outweighs a record, a record outweighs none. */
void asking_raise(struct asking *a, size_t at, enum answered to)
{
    if (at < a->count) {
        a->answers[at] = a->answers[at] > to ? a->answers[at] : to;
    }
}

void asking_note(struct asking *a, const struct index *ix, const struct linked *link, bool has_landed)
{
    size_t end = a->at + a->batch;
    bool is_theirs = asking_covers(a, ix, link);
    if (is_theirs && link->kind == LINK_EXACT) {
        asking_raise(a, find(a, ix, link->subject), has_landed ? ANSWER_RECORD : ANSWER_CONFLICT);
        return;
    }
    for (size_t i = a->at; i < end && !is_theirs; i++) {
        asking_raise(a, i, ANSWER_CONFLICT);
    }
    for (size_t i = 0; is_theirs && i < link->candidate_count; i++) {
        size_t at = find(a, ix, link->candidates[i]);
        if (at < end) {
            asking_raise(a, at, ANSWER_CONFLICT);
        }
    }
}

/* ---- A list that comes back ---- */

static bool is_none_word(const struct ask_list *list, struct str said)
{
    size_t i = 0;
    while (i < list->none_count && !str_eq(list->none[i], said)) {
        i++;
    }
    return i < list->none_count;
}

static bool has_key(const struct dataset *d, struct arena *scratch, const struct str *row)
{
    bool has = false;
    for (size_t i = 0; i < d->key_count; i++) {
        has = has || text_fold(scratch, row[d->fields[d->key[i]].column]).n > 0;
    }
    return has;
}

static enum said judge_said(const struct dataset *d, struct arena *scratch, const struct str *row)
{
    struct str result = text_fold(scratch, row[d->ask.list->result_column]);
    bool is_none = is_none_word(d->ask.list, result), is_record = has_key(d, scratch, row);
    if (is_record != is_none) {
        return is_record ? SAID_RECORD : SAID_NONE;
    }
    return is_record || result.n > 0 ? SAID_UNCLEAR : SAID_NOTHING;
}

enum said asking_said(const struct asking *a, const struct job *job, const struct linked *link, struct arena *scratch,
                      const struct str *row, size_t *ret_at)
{
    const struct ask_list *list = job->dataset->ask.list;
    struct str token = text_fold(scratch, row[list->token_column]);
    bool is_theirs = str_is(text_fold(scratch, row[list->list_column]), a->list_no);
    size_t at = 0;
    while (at < a->count && !str_eq(a->tokens[at], token)) {
        at++;
    }
    *ret_at = is_theirs ? at : a->count;
    if (*ret_at == a->count || !asking_covers(a, job->index, link)) {
        return SAID_ELSE;
    }
    bool is_same = link->kind == LINK_EXACT && find(a, job->index, link->subject) == at;
    for (size_t i = 0; link->kind == LINK_REVIEW && i < link->candidate_count; i++) {
        is_same = is_same || find(a, job->index, link->candidates[i]) == at;
    }
    return is_same ? judge_said(job->dataset, scratch, row) : SAID_ELSE;
}

enum rc asking_count(const struct job *job, int64_t *ret)
{
    char edition[DB_NUMBER];
    return db_query_i64(job->db,
                        "select count(distinct person_id) from bidui.question where county = $1 and dataset = $2"
                        " and edition = $3::int and outcome in ('record', 'none', 'conflict')",
                        DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, edition)), ret);
}
