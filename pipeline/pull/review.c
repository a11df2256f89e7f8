/* bidui review: questions about whom a record speaks of, answered by a person. */
#include <stdlib.h>

#include "base/text.h"
#include "pipeline/audit.h"
#include "pipeline/pull/admit.h"
#include "pipeline/pull/evidence.h"
#include "pipeline/pull/landing.h"
#include "pipeline/pull/pull.h"
#include "pipeline/pull/quarantine.h"
#include "pipeline/pull/scored.h"

#define RECORD_MAX ((size_t)8 << 20)
#define JOB_ARENA ((size_t)64 << 20)

const char *review_reason_text(struct str reason)
{
    if (str_is(reason, "name_conflict")) {
        return tr("证件号码在册但姓名不符", "the number is on the roster, the name disagrees");
    }
    if (str_is(reason, "repaired_unsure")) {
        return tr("证件号码有误,更正后可能是候选人",
                  "the number is mistyped; repaired it may be a candidate's");
    }
    if (str_is(reason, "several_persons")) {
        return tr("多名在册人员使用该证件号码", "several persons on the roster share the number");
    }
    if (str_is(reason, "several_households")) {
        return tr("可能属于多个户", "several households are possible");
    }
    if (str_is(reason, "number_missing")) {
        return tr("无证件号码,姓名和出生日期相符", "no number; name and birth date agree");
    }
    if (str_is(reason, SCORED_REASON)) {
        return tr("没有可用的证件号码,按各项相符程度可能是候选人",
                  "no number that proves it; by what agrees it may be a candidate's");
    }
    return reason.p == NULL ? "" : reason.p;
}

/* ---- Listing ---- */

static bool speaks_of_households(const struct stage *s, struct str dataset)
{
    const struct dataset *d = config_dataset(s->config, dataset);
    return d != NULL && grain_is_household(d->grain);
}

static const char person_text[] =
    "select i.name, coalesce(i.id_number, ''), k.household_no, coalesce(v.village_name, '') from "
    "bidui.identity i"
    " join bidui.person p on p.county = i.county and p.person_id = i.person_id and p.ended is null"
    " join bidui.household_key k on k.county = p.county and k.household_id = p.household_id"
    " left join bidui.household h on h.county = p.county and h.household_id = p.household_id and "
    "h.ended is null"
    " left join bidui.village v on v.county = h.county and v.village_code = h.village_code and "
    "v.ended is null"
    " where i.county = $1 and i.person_id = $2 and i.ended is null";

/* A household is named by its householder. */
static const char household_text[] =
    "select coalesce(i.name, ''), coalesce(i.id_number, ''), k.household_no, "
    "coalesce(v.village_name, '')"
    " from bidui.household_key k"
    " left join bidui.person p on p.county = k.county and p.household_id = k.household_id and "
    "p.ended is null"
    "   and p.relation = 'head'"
    " left join bidui.identity i on i.county = p.county and i.person_id = p.person_id and i.ended "
    "is null"
    " left join bidui.household h on h.county = k.county and h.household_id = k.household_id and "
    "h.ended is null"
    " left join bidui.village v on v.county = h.county and v.village_code = h.village_code and "
    "v.ended is null"
    " where k.county = $1 and k.household_id = $2 order by p.person_id limit 1";

static enum rc describe(struct stage *s, bool households, struct review_candidate *c)
{
    char number[DB_NUMBER], masked[IDNO_LEN + 1] = "";
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, households ? household_text : person_text,
                 DB_PARAMS(s->config->county, db_number(c->subject, number)), &res));
    if (PQntuples(res) == 0) {
        c->text = str_from(tr("已不在册", "no longer on the roster"));
        return RC_OK;
    }
    struct str id = db_text(res, 0, 1);
    if (id.n == IDNO_LEN) {
        idno_mask(id.p, masked);
    }
    c->text = str_from(arena_printf(s->arena, "%.*s %s %.*s %.*s",
                                    STR_ARGS(text_mask_name(s->arena, db_text(res, 0, 0))), masked,
                                    STR_ARGS(db_text(res, 0, 2)), STR_ARGS(db_text(res, 0, 3))));
    return RC_OK;
}

static enum rc fill_candidates(struct stage *s, struct str list, struct str evidence, struct review_item *item)
{
    size_t most = 1;
    for (size_t i = 0; i < list.n; i++) {
        most += list.p[i] == ',' ? 1 : 0;
    }
    bool households = speaks_of_households(s, item->dataset);
    item->candidates = arena_array(s->arena, most, sizeof *item->candidates);
    while (list.n > 0) {
        struct review_candidate *c = &item->candidates[item->candidate_count];
        if (str_to_i64(str_cut(&list, ','), &c->subject)) {
            TRY(describe(s, households, c));
            c->evidence = arena_str(s->arena, evidence_of(evidence, c->subject));
            item->candidate_count++;
        }
    }
    return RC_OK;
}

static enum rc fill_item(struct stage *s, const PGresult *res, int i, struct review_item *item)
{
    item->review_no = db_i64(res, i, 0);
    item->edition = (int)db_i64(res, i, 1);
    item->dataset = arena_str(s->arena, db_text(res, i, 2));
    item->record_code = arena_str(s->arena, db_text(res, i, 3));
    item->reason = arena_str(s->arena, db_text(res, i, 4));
    return fill_candidates(s, db_text(res, i, 5), db_text(res, i, 6), item);
}

enum rc review_list(struct stage *s, int64_t review_no, struct review_item **ret, size_t *ret_n)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(
        s->db,
        "select review_no, edition, dataset, record_code, reason, array_to_string(candidates, ','), evidence"
        " from bidui.review where county = $1 and state = 'open' and $2::bigint in (0, review_no)"
        " order by review_no",
        DB_PARAMS(s->config->county, db_number(review_no, number)), &res));
    size_t n = (size_t)PQntuples(res);
    struct review_item *items = arena_array(s->arena, n, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        TRY(fill_item(s, res, (int)i, &items[i]));
    }
    *ret = items;
    *ret_n = n;
    return RC_OK;
}

/* ---- Deciding ---- */

struct deciding {
    struct stage *s;
    struct job job; /* lands under an edition of its own: minus the question's number */
    struct review_item item;
    int64_t question, subject;
    struct origin at;
    bool is_accepted;
    const char *by, *reason;
};

static enum rc choose_subject(struct deciding *d, int64_t subject)
{
    if (!d->is_accepted) {
        return RC_OK;
    }
    if (subject == 0 && d->item.candidate_count == 1) {
        subject = d->item.candidates[0].subject;
    }
    for (size_t i = 0; i < d->item.candidate_count; i++) {
        if (d->item.candidates[i].subject == subject) {
            d->subject = subject;
            return RC_OK;
        }
    }
    return err_fail(RC_USAGE,
                    tr("第 %lld 项有 %zu 个候选,请指明其中之一",
                       "question %lld has %zu candidates; name one of them"),
                    (long long)d->item.review_no, d->item.candidate_count);
}

static enum rc load_question(struct deciding *d, int64_t review_no)
{
    struct review_item *items = NULL;
    size_t n = 0;
    char number[DB_NUMBER];
    TRY(review_list(d->s, review_no, &items, &n));
    if (review_no <= 0 || n == 0) {
        return err_fail(RC_NOT_FOUND, tr("没有待定的第 %lld 项", "no open question %lld"),
                        (long long)review_no);
    }
    d->item = items[0];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(
        d->s->db,
        "select content, page, row_number from bidui.review where county = $1 and review_no = $2",
        DB_PARAMS(d->s->config->county, db_number(review_no, number)), &res));
    d->question = db_i64(res, 0, 0);
    d->at = (struct origin){(int)db_i64(res, 0, 1), db_i64(res, 0, 2), ORIGIN_UNDATED};
    d->job = (struct job){.config = d->s->config,
                          .dataset = config_dataset(d->s->config, d->item.dataset),
                          .db = d->s->db,
                          .edition = d->s->edition,
                          .today = edition_today(&d->s->edition),
                          .arena = d->s->arena};
    if (d->job.dataset == NULL) {
        return err_fail(RC_STATE,
                        tr("数据集 %.*s 不在配置中", "dataset %.*s is not in the configuration"),
                        STR_ARGS(d->item.dataset));
    }
    return RC_OK;
}

static enum rc sealed_record(struct deciding *d, struct str *row)
{
    char number[DB_NUMBER];
    struct buf sealed, plain;
    struct str hex = STR_NULL;
    TRY(db_query_text(
        d->s->db, d->s->arena,
        "select encode(sealed, 'hex') from bidui.review where county = $1 and review_no = $2",
        DB_PARAMS(d->s->config->county, db_number(d->item.review_no, number)), &hex));
    buf_init(&sealed, RECORD_MAX);
    buf_init(&plain, RECORD_MAX);
    enum rc rc = hex.n == 0
                     ? err_fail(RC_STATE, "%s", tr("记录已到期清空", "the record was emptied"))
                     : RC_OK;
    for (size_t i = 0; rc == RC_OK && i + 1 < hex.n; i += 2) {
        const char pair[3] = {hex.p[i], hex.p[i + 1], '\0'};
        rc = buf_putc(&sealed, (char)strtol(pair, NULL, 16));
    }
    if (rc == RC_OK) {
        rc = seal_open(d->s->config, d->job.dataset->id, "review", buf_str(&sealed), &plain);
    }
    if (rc == RC_OK &&
        !record_unpack(d->s->arena, buf_str(&plain), row, d->job.dataset->column_count)) {
        rc = err_fail(RC_STATE, "%s",
                      tr("数据集的列已改变,请等下次来数",
                         "the dataset's columns have changed; wait for its next delivery"));
    }
    buf_done(&sealed);
    buf_done(&plain);
    return rc;
}

/* The record as if it had come in a delivery of its own: nobody's, or the chosen one's. */
static enum rc land_record(struct deciding *d, struct landing *l, const struct mapper *m,
                           const struct str *row)
{
    struct arena *a = d->s->arena;
    struct record_key key = landing_key(&d->job, m, a, row);
    if (!d->is_accepted) {
        TRY(landing_gone(l, d->at, key.key));
        return landing_send(l);
    }
    const struct dataset *ds = d->job.dataset;
    struct reject why;
    struct value *values = arena_array(a, ds->field_count, sizeof *values);
    struct linked none = {.subject = INDEX_NONE, .village = INDEX_NONE};
    if (!mapper_map(m, a, row, values, &why)) {
        return err_fail(RC_STATE, "%s: %s", why.column, why.reason);
    }
    struct subject subject = landing_subject(&d->job, &none, a, row);
    subject.person_id = grain_is_household(ds->grain) ? 0 : d->subject;
    subject.household_id = grain_is_household(ds->grain) ? d->subject : 0;
    enum meeting met = MEETING_NEW;
    TRY(landing_put(l, a, d->at, key.key, link_word(LINK_REVIEW), &subject, row, values, &met));
    return landing_send(l);
}

static enum rc follow_answer(struct deciding *d, const struct str *row)
{
    int learned = d->job.edition.number, own = -(int)d->item.review_no;
    d->job.edition.number = own;
    struct mapper *m = mapper_new(d->job.dataset, d->job.today);
    struct landing *l = landing_new(&d->job, m);
    enum rc rc = land_record(d, l, m, row);
    landing_free(l);
    mapper_free(m);
    d->job.edition.number = learned;
    TRY(rc);
    TRY(admit_merge(&d->job, own));
    return admit_empty_landing(&d->job, own);
}

/* All that persons ever said no to about the record: a pair stays refused while it stands as it stood. */
#define REFUSED_PAIRS                                                                                              \
    "(select array_agg(distinct p order by p) from (select unnest(pairs) as p from bidui.link_decision"            \
    "   where county = $1 and dataset = $2 and record_code = $3 union select unnest(pairs) from bidui.review"      \
    "   where county = $1 and review_no = $10::bigint and state = 'rejected') o)"

static enum rc write_decision(struct deciding *d)
{
    char edition[DB_NUMBER], number[DB_NUMBER], question[DB_NUMBER], subject[DB_NUMBER];
    const char *county = d->s->config->county, *accepted = d->is_accepted ? "true" : "false";
    const char *code = arena_cstr(d->s->arena, d->item.record_code);
    const char *chosen = d->is_accepted ? db_number(d->subject, subject) : NULL;
    (void)db_number(d->s->edition.number, edition);
    TRY(db_run(
        d->s->db,
        "update bidui.review set state = $3, sealed = null, decided_edition = $4, decided_by = $5,"
        " decided_reason = $6, chosen = $7 where county = $1 and review_no = $2",
        DB_PARAMS(county, db_number(d->item.review_no, number),
                  d->is_accepted ? "accepted" : "rejected", edition, d->by, d->reason, chosen),
        NULL));
    TRY(db_run(d->s->db,
               "update bidui.link_decision set ended = $4 where county = $1 and dataset = $2 and "
               "record_code = $3"
               " and ended is null and learned < $4",
               DB_PARAMS(county, d->job.dataset->id, code, edition), NULL));
    return db_run(d->s->db,
                  "insert into bidui.link_decision (county, dataset, record_code, learned, "
                  "content, accepted, subject,"
                  " decided_by, reason, pairs) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, " REFUSED_PAIRS ")"
                  " on conflict (county, dataset, record_code, learned) do update set content = "
                  "excluded.content,"
                  " accepted = excluded.accepted, subject = excluded.subject, decided_by = "
                  "excluded.decided_by,"
                  " reason = excluded.reason, pairs = excluded.pairs, ended = null",
                  DB_PARAMS(county, d->job.dataset->id, code, edition, db_number(d->question, question), accepted, chosen,
                            d->by, d->reason, number),
                  NULL);
}

enum rc review_decide(struct stage *s, int64_t review_no, bool accept, int64_t subject,
                      const char *by, const char *reason)
{
    struct deciding d = {.s = s, .is_accepted = accept, .by = by, .reason = reason};
    TRY(load_question(&d, review_no));
    TRY(choose_subject(&d, subject));
    struct str *row = arena_array(s->arena, d.job.dataset->column_count, sizeof *row);
    enum rc rc = sealed_record(&d, row);
    bool has_record = rc == RC_OK; /* without it one can still say no */
    TRY(rc == RC_STATE && !accept ? RC_OK : rc);
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(has_record ? follow_answer(&d, row) : RC_OK);
    TRY(write_decision(&d));
    TRY(audit_write(s, s->edition.number, by, accept ? "review accept" : "review reject",
                    arena_printf(s->arena, "%lld", (long long)review_no), reason));
    return db_commit(s->db);
}
