/* The state of every dataset in an edition, as rules, lists and `status` read it. */
#include "pipeline/stage.h"

#define COLUMNS                                                                                   \
    "select d.verdict, d.received, d.landed, d.rejected, d.in_review, d.strangers, d.advertised," \
    " array_to_string(d.reasons, chr(10)), d.source_format from bidui.delivery d"                                  \
    " where d.county = $1 and d.dataset = $2 and d.edition = $3"

/* The newest delivery whose records were facts at the edition. */
static const char last_admitted[] =
    "select d.edition, d.as_of from bidui.delivery d where d.county = $1 and d.dataset = $2"
    " and d.decided_edition <= $3 and d.state = 'admitted' order by d.decided_edition desc, "
    "d.edition desc limit 1";

/* What came later than that and still waits for a person: nothing newer to read doesn't make it right. A delivery that is what
 * was admitted before it puts an end to it. $4: the edition admitted last. */
static const char still_held[] =
    "select max(h.as_of)::text from bidui.delivery h where h.county = $1 and h.dataset = $2 and h.verdict = 'held'"
    " and h.edition between $4::int + 1 and $3::int - 1 and (h.state = 'held' or h.decided_edition > $3::int)"
    " and not exists (select from bidui.delivery u where u.county = $1 and u.dataset = $2"
    "   and u.edition between h.edition + 1 and $3::int and u.verdict = 'unchanged' and u.received > 0)";

static void split_reasons(struct stage *s, struct str joined, struct feed *f)
{
    size_t most = 1;
    for (size_t i = 0; i < joined.n; i++) {
        most += joined.p[i] == '\n' ? 1 : 0;
    }
    f->reasons = arena_array(s->arena, most, sizeof *f->reasons);
    while (joined.n > 0) {
        f->reasons[f->reason_count++] = arena_cstr(s->arena, str_cut(&joined, '\n'));
    }
}

static enum rc load_delivery(struct stage *s, const char *edition, struct feed *f)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, COLUMNS, DB_PARAMS(s->config->county, f->dataset->id, edition), &res));
    f->verdict = "failed";
    f->source_format = "";
    f->advertised = -1;
    if (PQntuples(res) == 0) {
        return RC_OK;
    }
    f->was_pulled = true;
    struct str verdict = db_text(res, 0, 0);
    f->verdict = verdict.n == 0 ? "failed" : arena_cstr(s->arena, verdict);
    f->received = db_i64(res, 0, 1);
    f->landed = db_i64(res, 0, 2);
    f->rejected = db_i64(res, 0, 3);
    f->in_review = db_i64(res, 0, 4);
    f->strangers = db_i64(res, 0, 5);
    f->advertised = db_i64(res, 0, 6);
    split_reasons(s, db_text(res, 0, 7), f);
    f->source_format = arena_cstr(s->arena, db_text(res, 0, 8));
    return RC_OK;
}

static enum rc load_last(struct stage *s, const char *edition, struct feed *f)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, last_admitted, DB_PARAMS(s->config->county, f->dataset->id, edition),
                 &res));
    f->ever_admitted = PQntuples(res) == 1;
    f->as_of = DATE_NONE;
    if (f->ever_admitted) {
        f->last_complete = (int)db_i64(res, 0, 0);
        f->as_of = db_date(res, 0, 1);
    }
    return RC_OK;
}

static bool is_nothing_new(const struct feed *f)
{
    return strcmp(f->verdict, "not_due") == 0 || (strcmp(f->verdict, "unchanged") == 0 && f->received == 0);
}

/* Nothing came, and the delivery that came last is held: so is the dataset, until it is accepted or another comes. */
static enum rc stay_held(struct stage *s, const char *edition, struct feed *f)
{
    char last[DB_NUMBER];
    struct str since = STR_NULL;
    if (!is_nothing_new(f)) {
        return RC_OK;
    }
    TRY(db_query_text(s->db, s->arena, still_held,
                      DB_PARAMS(s->config->county, f->dataset->id, edition, db_number(f->last_complete, last)), &since));
    if (!str_is_null(since)) {
        f->verdict = "held";
        f->reasons = ARENA_NEW(s->arena, const char *);
        f->reasons[0] = arena_printf(s->arena, "held_since %s", since.p);
        f->reason_count = 1;
    }
    return RC_OK;
}

static bool is_healthy_verdict(const char *verdict)
{
    return strcmp(verdict, "complete") == 0 || strcmp(verdict, "unchanged") == 0 ||
           strcmp(verdict, "not_due") == 0;
}

static enum rc load_one(struct stage *s, struct feed *f)
{
    char edition[DB_NUMBER];
    (void)db_number(s->edition.number, edition);
    TRY(load_delivery(s, edition, f));
    TRY(load_last(s, edition, f));
    TRY(stay_held(s, edition, f));
    /* a lookup that had nobody to ask about is well: of nobody anything is known */
    f->is_healthy = (f->ever_admitted || f->dataset->is_lookup) && is_healthy_verdict(f->verdict);
    return RC_OK;
}

enum rc feeds_load(struct stage *s, struct feed **ret, size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 0; i < s->config->department_count; i++) {
        n += s->config->departments[i].dataset_count;
    }
    struct feed *feeds = arena_array(s->arena, n, sizeof *feeds);
    n = 0;
    for (size_t i = 0; i < s->config->department_count; i++) {
        const struct department *dept = &s->config->departments[i];
        for (size_t k = 0; !dept->is_broken && k < dept->dataset_count; k++) {
            feeds[n].dataset = &dept->datasets[k];
            TRY(load_one(s, &feeds[n++]));
        }
    }
    *ret = feeds;
    *ret_n = n;
    return RC_OK;
}

const struct feed *feeds_find(const struct feed *feeds, size_t n, struct str dataset)
{
    for (size_t i = 0; i < n; i++) {
        if (str_is(dataset, feeds[i].dataset->id)) {
            return &feeds[i];
        }
    }
    return NULL;
}
