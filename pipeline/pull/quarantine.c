#include "pipeline/pull/quarantine.h"

#include <stdlib.h>

#include "base/text.h"
#include "pipeline/pull/likely_store.h"
#include "pipeline/pull/off_roster.h"
#include "pipeline/remarks.h"

#define HOLD_MAX ((size_t)512 << 20)
#define SEAL_MAX ((size_t)8 << 20)

struct seals {
    const struct job *job;
    struct copy *quarantine, *reviews, *off_roster, *evidence;
    struct likely_tally tally;
    struct buf sealed;
};

struct seals *seals_new(const struct job *job)
{
    struct seals *s = calloc(1, sizeof *s);
    if (s == NULL) {
        err_die(RC_MEMORY, "%s", job->dataset->id);
    }
    s->job = job;
    s->quarantine =
        copy_hold("copy bidui.quarantine (county, dataset, edition, page, row_number, column_name, "
                  "reason, expected,"
                  " record_code, sealed, candidates, landed_edition) from stdin (format binary)",
                  12, HOLD_MAX);
    s->reviews = copy_hold("copy bidui.landing_review (county, dataset, edition, page, row_number, "
                           "record_code, reason,"
                           " candidates, sealed, content, evidence, pairs) from stdin (format binary)",
                           12, HOLD_MAX);
    s->off_roster = copy_hold("copy bidui.landing_off_roster (county, dataset, edition, page, row_number, record_key,"
                              " village_code, reason, event_on, sealed) from stdin (format binary)",
                              10, HOLD_MAX);
    s->evidence = copy_hold("copy bidui.landing_evidence (county, dataset, edition, page, row_number, record_key, evidence)"
                            " from stdin (format binary)",
                            7, HOLD_MAX);
    buf_init(&s->sealed, SEAL_MAX);
    return s;
}

void seals_free(struct seals *s)
{
    if (s == NULL) {
        return;
    }
    copy_free(s->quarantine);
    copy_free(s->reviews);
    copy_free(s->off_roster);
    copy_free(s->evidence);
    buf_done(&s->sealed);
    free(s);
}

/* ---- Sealing ---- */

/* Bound to dataset and door: a sealed text moved elsewhere doesn't open. */
static struct str context(struct arena *a, const char *dataset, const char *door)
{
    return str_from(arena_printf(a, "%s/%s", dataset, door));
}

static enum rc seal(struct seals *s, const char *door, struct str plain)
{
    char text[512];
    struct arena *a = arena_new(sizeof text);
    buf_reset(&s->sealed);
    enum rc rc = crypto_seal(&s->job->config->seal_key, plain,
                             context(a, s->job->dataset->id, door), &s->sealed);
    arena_free(a);
    return rc;
}

enum rc seal_open(const struct config *config, const char *dataset, const char *door,
                  struct str sealed, struct buf *out)
{
    struct arena *a = arena_new(512);
    enum rc rc = crypto_open(&config->seal_key, sealed, context(a, dataset, door), out);
    arena_free(a);
    return rc;
}

static void put_origin(const struct seals *s, struct copy *c, struct origin at)
{
    copy_text(c, str_from(s->job->config->county));
    copy_text(c, str_from(s->job->dataset->id));
    copy_i32(c, s->job->edition.number);
    copy_i32(c, at.page);
    copy_i64(c, at.row);
}

static struct str or_empty(struct str s)
{
    return str_is_null(s) ? STR("") : s;
}

enum rc seals_quarantine(struct seals *s, struct arena *scratch, struct origin at,
                         const struct record_key *key, const struct reject *reject,
                         const int64_t *candidates, size_t n)
{
    struct str masked = text_mask_value(scratch, or_empty(reject->value));
    struct str plain = str_from(arena_printf(scratch, "%.*s\n%.*s", STR_ARGS(or_empty(key->key)),
                                             STR_ARGS(or_empty(masked))));
    TRY(seal(s, "quarantine", plain));
    TRY(copy_row(s->quarantine));
    put_origin(s, s->quarantine, at);
    copy_text(s->quarantine, str_from(reject->column));
    copy_text(s->quarantine, str_from(reject->reason));
    copy_text(s->quarantine, str_from(reject->expected));
    copy_text(s->quarantine, key->code);
    copy_bytes(s->quarantine, buf_str(&s->sealed));
    copy_i64_array(s->quarantine, candidates, n);
    copy_i32(s->quarantine, s->job->edition.number);
    return RC_OK;
}

enum rc seals_review(struct seals *s, struct origin at, const struct record_key *key, const struct asked *asked,
                     struct str record)
{
    TRY(seal(s, "review", record));
    TRY(copy_row(s->reviews));
    put_origin(s, s->reviews, at);
    copy_text(s->reviews, key->code);
    copy_text(s->reviews, str_from(asked->reason));
    copy_i64_array(s->reviews, asked->candidates, asked->n);
    copy_bytes(s->reviews, buf_str(&s->sealed));
    copy_i64(s->reviews, asked->question);
    copy_text(s->reviews, asked->evidence);
    if (asked->pairs == NULL) {
        copy_null(s->reviews);
    } else {
        copy_i64_array(s->reviews, asked->pairs, asked->n);
    }
    return RC_OK;
}

struct likely_tally *seals_tally(struct seals *s)
{
    return &s->tally;
}

enum rc seals_evidence(struct seals *s, struct origin at, struct str key, struct str evidence)
{
    TRY(copy_row(s->evidence));
    put_origin(s, s->evidence, at);
    copy_text(s->evidence, key);
    copy_text(s->evidence, evidence);
    return RC_OK;
}

enum rc seals_close(struct seals *s, struct origin at, struct str code)
{
    TRY(copy_row(s->reviews));
    put_origin(s, s->reviews, at);
    copy_text(s->reviews, code);
    copy_text(s->reviews, STR(REVIEW_CLOSED));
    copy_i64_array(s->reviews, NULL, 0);
    copy_null(s->reviews);
    copy_i64(s->reviews, 0);
    copy_null(s->reviews);
    copy_null(s->reviews);
    return RC_OK;
}

enum rc seals_send(struct seals *s)
{
    TRY(copy_send(s->quarantine, s->job->db));
    TRY(copy_send(s->off_roster, s->job->db));
    TRY(copy_send(s->evidence, s->job->db));
    TRY(likely_tally_send(s->job, &s->tally));
    return copy_send(s->reviews, s->job->db);
}

void seals_forget(struct seals *s)
{
    copy_forget(s->quarantine);
    copy_forget(s->reviews);
    copy_forget(s->off_roster);
    copy_forget(s->evidence);
    s->tally = (struct likely_tally){0};
}

enum rc seals_off_roster(struct seals *s, struct arena *scratch, struct origin at, const struct off_roster_row *row)
{
    TRY(seal(s, "off_roster",
             str_from(arena_printf(scratch, "%.*s\n%.*s", STR_ARGS(row->number), STR_ARGS(row->name)))));
    TRY(copy_row(s->off_roster));
    put_origin(s, s->off_roster, at);
    copy_text(s->off_roster, row->record_key);
    copy_text(s->off_roster, row->village_code);
    copy_text(s->off_roster, or_empty(row->reason));
    copy_date(s->off_roster, row->event_on);
    copy_bytes(s->off_roster, buf_str(&s->sealed));
    return RC_OK;
}

/* ---- Records as bytes ---- */

/* For each column its length in 4 bytes, or all ones for null, then its text. */
struct str record_pack(struct arena *a, const struct str *row, size_t columns)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < columns; i++) {
        total += 4 + row[i].n;
    }
    char *out = arena_alloc(a, total);
    for (size_t i = 0; i < columns; i++) {
        uint32_t n = str_is_null(row[i]) ? UINT32_MAX : (uint32_t)row[i].n;
        memcpy(out + at, &n, 4);
        at += 4;
        if (row[i].n > 0) {
            memcpy(out + at, row[i].p, row[i].n);
            at += row[i].n;
        }
    }
    return str_of(out, total);
}

bool record_unpack(struct arena *a, struct str packed, struct str *row, size_t columns)
{
    packed = arena_str(a, packed);
    for (size_t i = 0; i < columns; i++) {
        uint32_t n = 0;
        if (packed.n < 4) {
            return false;
        }
        memcpy(&n, packed.p, 4);
        packed = str_sub(packed, 4, packed.n);
        if (n != UINT32_MAX && n > packed.n) {
            return false;
        }
        row[i] = n == UINT32_MAX ? STR_NULL : str_sub(packed, 0, n);
        packed = str_sub(packed, row[i].n, packed.n);
    }
    return packed.n == 0;
}

/* ---- Emptying ---- */

static enum rc empty_all(struct stage *s, const char *before)
{
    const char *const params[] = {s->config->county, before};
    TRY(db_run(s->db,
               "update bidui.quarantine q set sealed = null, emptied = true from bidui.edition e"
               " where q.county = $1 and not q.emptied and e.county = q.county and e.edition = "
               "q.landed_edition"
               " and e.as_of <= $2::date",
               2, params, NULL));
    TRY(db_run(s->db,
               "update bidui.review r set sealed = null, state = 'expired' from bidui.edition e"
               " where r.county = $1 and r.state = 'open' and e.county = r.county and e.edition = "
               "r.edition"
               " and e.as_of <= $2::date",
               2, params, NULL));
    return db_run(s->db,
                  "update bidui.landing_review r set sealed = null from bidui.edition e"
                  " where r.county = $1 and r.sealed is not null and e.county = r.county and "
                  "e.edition = r.edition"
                  " and e.as_of <= $2::date",
                  2, params, NULL);
}

enum rc doors_empty(struct stage *s)
{
    char before[DATE_TEXT];
    date_format(date_add_days(edition_today(&s->edition), -DOOR_DAYS), before);
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(empty_all(s, before));
    TRY(off_roster_empty(s));
    TRY(remarks_empty(s));
    return db_commit(s->db);
}
