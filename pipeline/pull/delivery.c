#include "pipeline/pull/delivery.h"

#include <stdio.h>

#define SAVE_MAX ((size_t)16 << 20)
#define COLUMNS                                                                               \
    "edition, state, coalesce(verdict, ''), position, asked_since, columns_seen, watermark, " \
    "advertised, received,"                                                                   \
    " strangers, landed, rejected, in_review, pages, repeats, encode(digest, 'hex'), changed_on,"        \
    " coalesce(waiting_since::text, ''), source_format, profile, exported_on," \
    " validators, read_with, shapes"

/* ---- Reading ---- */

static struct str kept(const struct job *job, const PGresult *res, int column)
{
    return arena_str(job->arena, db_text(res, 0, column));
}

static void read_digest(struct str hex, unsigned char out[DIGEST_BYTES])
{
    memset(out, 0, DIGEST_BYTES);
    for (size_t i = 0; i < hex.n && i < (size_t)2 * DIGEST_BYTES; i++) {
        int v = hex.p[i] <= '9' ? hex.p[i] - '0' : hex.p[i] - 'a' + 10;
        out[i / 2] = (unsigned char)(out[i / 2] * 16 + v);
    }
}

static bool read_row(const struct job *job, const PGresult *res, struct delivery *ret)
{
    if (PQntuples(res) == 0) {
        return false;
    }
    *ret = (struct delivery){
        .edition = (int)db_i64(res, 0, 0),
        .state = kept(job, res, 1).p,
        .verdict = kept(job, res, 2).p,
        .position = kept(job, res, 3),
        .asked_since = kept(job, res, 4),
        .columns_seen = kept(job, res, 5),
        .watermark = kept(job, res, 6),
        .advertised = db_i64(res, 0, 7),
        .received = db_i64(res, 0, 8),
        .strangers = db_i64(res, 0, 9),
        .landed = db_i64(res, 0, 10),
        .rejected = db_i64(res, 0, 11),
        .in_review = db_i64(res, 0, 12),
        .pages = (int)db_i64(res, 0, 13),
        .repeats = (int)db_i64(res, 0, 14),
        .changed_on = db_date(res, 0, 16),
        .waiting_since = kept(job, res, 17),
        .source_format = kept(job, res, 18),
        .profile = kept(job, res, 19),
        .exported_on = db_date(res, 0, 20),
        .validators = kept(job, res, 21),
        .read_with = kept(job, res, 22),
        .shapes = kept(job, res, 23),
    };
    read_digest(db_text(res, 0, 15), ret->digest);
    return true;
}

enum rc delivery_find(const struct job *job, int edition, struct delivery *ret, bool *ret_found)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select " COLUMNS
                 " from bidui.delivery where county = $1 and dataset = $2 and edition = $3",
                 DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, number)),
                 &res));
    *ret_found = read_row(job, res, ret);
    return RC_OK;
}

enum rc delivery_last_admitted(const struct job *job, struct delivery *ret, bool *ret_found)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select " COLUMNS
                 " from bidui.delivery where county = $1 and dataset = $2 and state = 'admitted'"
                 " order by decided_edition desc, edition desc limit 1",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    *ret_found = read_row(job, res, ret);
    return RC_OK;
}

enum rc delivery_changed_on(const struct job *job, date_t *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select max(changed_on) from bidui.delivery"
                 " where county = $1 and dataset = $2 and state = 'admitted'",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    *ret = db_date(res, 0, 0);
    return RC_OK;
}

/* One increment may be anything; a few say what is usual. */
#define USUAL_INCREMENTS 3
enum rc delivery_usual_rows(const struct job *job, bool from_beginning, int64_t *ret)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db,
                 "select coalesce(max(received), -1), count(*) from (select received from bidui.delivery where county = $1"
                 " and dataset = $2 and state = 'admitted' and (full_snapshot or asked_since = '') = $3::boolean"
                 " and not starts_with(asked_since, 'again ')"
                 " order by decided_edition desc, edition desc limit 7) d",
                 DB_PARAMS(job->config->county, job->dataset->id, from_beginning ? "true" : "false"), &res));
    bool is_few = !from_beginning && db_i64(res, 0, 1) < USUAL_INCREMENTS;
    *ret = is_few ? -1 : db_i64(res, 0, 0);
    return RC_OK;
}

enum rc delivery_editions(const struct job *job, const char *state, bool accepted_only, int **ret,
                          size_t *ret_n)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(
        job->db,
        "select edition from bidui.delivery where county = $1 and dataset = $2 and state = $3"
        " and ($4 = 'all' or accepted_by is not null) order by edition",
        DB_PARAMS(job->config->county, job->dataset->id, state, accepted_only ? "accepted" : "all"),
        &res));
    size_t n = (size_t)PQntuples(res);
    *ret = arena_array(job->arena, n, sizeof **ret);
    *ret_n = n;
    for (size_t i = 0; i < n; i++) {
        (*ret)[i] = (int)db_i64(res, (int)i, 0);
    }
    return RC_OK;
}

enum rc delivery_keyless(const struct job *job, int edition, int64_t *ret)
{
    char number[DB_NUMBER];
    return db_query_i64(job->db,
                        "select count(*) from bidui.quarantine where county = $1 and dataset = $2 and edition = $3"
                        " and record_code = ''",
                        DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, number)), ret);
}

/* ---- Writing ---- */

enum rc delivery_lock_held(const struct job *job)
{
    DB_RESULT PGresult *res = NULL;
    return db_query(job->db,
                    "select edition from bidui.delivery where county = $1 and dataset = $2 and state = 'held'"
                    " order by edition for update",
                    DB_PARAMS(job->config->county, job->dataset->id), &res);
}

enum rc delivery_clear(const struct job *job, int edition, bool with_quarantine)
{
    static const char *const tables[] = {"delivery_page", "landing_review", "landing_standing", "quarantine"};
    char number[DB_NUMBER];
    const char *const params[] = {job->config->county, job->dataset->id,
                                  db_number(edition, number)};
    for (size_t i = with_quarantine ? 0 : 1; i < (with_quarantine ? 4u : 3u); i++) {
        TRY(db_run(
            job->db,
            arena_printf(job->arena,
                         "delete from bidui.%s where county = $1 and dataset = $2 and edition = $3",
                         tables[i]),
            3, params, NULL));
    }
    TRY(db_run(job->db,
               "delete from bidui.landing_off_roster where county = $1 and dataset = $2 and edition = $3", 3, params, NULL));
    if (with_quarantine) { /* it begins anew: so do its counts */
        TRY(db_run(job->db, "delete from bidui.link_tally where county = $1 and dataset = $2 and edition = $3", 3, params, NULL));
    }
    TRY(db_run(job->db, "delete from bidui.landing_evidence where county = $1 and dataset = $2 and edition = $3", 3, params,
               NULL));
    if (job->dataset->is_lookup) { /* that they were asked stays on record */
        TRY(db_run(job->db,
                   "update bidui.question set outcome = 'lost' where county = $1 and dataset = $2"
                   " and edition = $3 and outcome <> 'asked'",
                   3, params, NULL));
    }
    return db_run(job->db,
                  arena_printf(job->arena,
                               "delete from bidui.landing_%s where county = $1 and edition = $2",
                               job->dataset->table),
                  DB_PARAMS(job->config->county, number), NULL);
}

enum rc delivery_start(const struct job *job, struct str asked_since)
{
    char number[DB_NUMBER], today[DATE_TEXT];
    date_format(job->today, today);
    TRY(delivery_clear(job, job->edition.number, true));
    TRY(db_run(
        job->db, "delete from bidui.delivery where county = $1 and dataset = $2 and edition = $3",
        DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, number)),
        NULL));
    return db_run(
        job->db,
        "insert into bidui.delivery (county, dataset, edition, state, full_snapshot, asked_since, as_of)"
        " values ($1, $2, $3, 'landing', $4, $5, $6)",
        DB_PARAMS(job->config->county, job->dataset->id, number,
                  job->dataset->is_incremental ? "false" : "true", asked_since.p, today),
        NULL);
}

static const char *hex_of(const unsigned char digest[DIGEST_BYTES], char out[2 * DIGEST_BYTES + 1])
{
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", (unsigned)digest[i]);
    }
    return out;
}

static enum rc save(const struct job *job, struct arena *a, const struct delivery *d)
{
    char n[10][DB_NUMBER], digest[2 * DIGEST_BYTES + 1], exported[DATE_TEXT];
    date_format(d->exported_on, exported);
    return db_run(job->db,
                  "update bidui.delivery set verdict = null, reasons = '{}', position = $4, "
                  "columns_seen = $5,"
                  " watermark = $6, advertised = $7, received = $8, strangers = $9, landed = $10, "
                  "rejected = $11,"
                  " in_review = $12, pages = $13, repeats = $14, digest = decode($15, 'hex'), source_format = $16,"
                  " profile = $17, exported_on = nullif($18, '')::date, validators = $19, read_with = $20, shapes = $21"
                  " where county = $1 and dataset = $2 and edition = $3",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(d->edition, n[0]),
                            arena_cstr(a, d->position), arena_cstr(a, d->columns_seen),
                            arena_cstr(a, d->watermark), db_number(d->advertised, n[1]),
                            db_number(d->received, n[2]), db_number(d->strangers, n[3]),
                            db_number(d->landed, n[4]), db_number(d->rejected, n[5]),
                            db_number(d->in_review, n[6]), db_number(d->pages, n[7]),
                            db_number(d->repeats, n[8]), hex_of(d->digest, digest),
                            arena_cstr(a, d->source_format), arena_cstr(a, d->profile), exported,
                            arena_cstr(a, d->validators), arena_cstr(a, d->read_with), arena_cstr(a, d->shapes)),
                  NULL);
}

/* Called once a batch: what it needs is given back at once. */
enum rc delivery_save(const struct job *job, const struct delivery *d)
{
    struct arena *a = arena_new(SAVE_MAX);
    enum rc rc = save(job, a, d);
    arena_free(a);
    return rc;
}

static char *reasons_array(const struct job *job, const struct judgement *j)
{
    struct str reasons[PROOF_REASONS];
    for (size_t i = 0; i < j->reason_count; i++) {
        reasons[i] = str_from(j->reasons[i]);
    }
    return db_array(job->arena, reasons, j->reason_count);
}

enum rc delivery_judge(const struct job *job, const struct delivery *d, const char *state,
                       const struct judgement *j)
{
    char number[DB_NUMBER], today[DATE_TEXT], changed[DATE_TEXT] = "";
    date_format(job->today, today);
    if (d->changed_on != DATE_NONE) {
        date_format(d->changed_on, changed);
    }
    TRY(delivery_save(job, d));
    return db_run(job->db,
                  "update bidui.delivery set state = $4, verdict = $5, reasons = $6, as_of = $7, "
                  "changed_on = $8"
                  " where county = $1 and dataset = $2 and edition = $3",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(d->edition, number),
                            state, verdict_word(j->verdict), reasons_array(job, j), today,
                            changed[0] == '\0' ? NULL : changed),
                  NULL);
}

enum rc delivery_decide(const struct job *job, int edition, const char *state)
{
    char number[DB_NUMBER], decided[DB_NUMBER];
    const char *const params[] = {job->config->county, job->dataset->id, db_number(edition, number), state,
                                  db_number(job->edition.number, decided)};
    if (strcmp(state, "admitted") == 0) {
        TRY(db_run(job->db,
                   "update bidui.delivery set shapes = '' where county = $1 and dataset = $2 and edition <> $3"
                   " and state = 'admitted' and shapes <> ''",
                   3, params, NULL));
    }
    return db_run(job->db,
                  "update bidui.delivery set state = $4, decided_edition = $5,"
                  " shapes = case when $4 = 'admitted' then shapes else '' end"
                  " where county = $1 and dataset = $2 and edition = $3",
                  5, params, NULL);
}

enum rc delivery_take_files(const struct job *job, int edition)
{
    char number[DB_NUMBER];
    return db_run(job->db,
                  "insert into bidui.taken_file (county, dataset, hash, edition)"
                  " select distinct county, dataset, file_hash, edition from bidui.delivery_page"
                  " where county = $1 and dataset = $2 and edition = $3 and file_hash is not null"
                  " on conflict do nothing",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(edition, number)),
                  NULL);
}
