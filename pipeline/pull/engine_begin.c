#include "pipeline/pull/engine_parts.h"

#include <stdio.h>

#include "base/log.h"
#include "pipeline/pull/unchanged.h"

#define PAGE_ROWS 5000

/* Persons who joined the roster since the dataset was last read from its beginning: the department is asked for
 * everything once more, so that they get a past. */
static enum rc newcomers_wait(const struct job *job, bool *ret)
{
    DB_RESULT PGresult *res = NULL;
    if (job->dataset->newcomers != NEWCOMERS_REREAD) {
        *ret = false;
        return RC_OK;
    }
    TRY(db_query(job->db,
                 "select exists (select from bidui.person p where p.county = $1 and p.ended is null and not exists"
                 " (select from bidui.person q where q.county = $1 and q.person_id = p.person_id and q.learned <="
                 "  (select coalesce(max(coalesce(d.decided_edition, d.edition)), 0) from bidui.delivery d"
                 "   where d.county = $1 and d.dataset = $2 and d.state = 'admitted' and d.asked_since = '')))",
                 DB_PARAMS(job->config->county, job->dataset->id), &res));
    *ret = db_bool(res, 0, 0);
    return RC_OK;
}

/* Up to where everything is known: the last admitted watermark, but not beyond a record that waits for its day. False:
 * nothing is. */
static bool known_until(const struct delivery *last, int64_t *ret_us)
{
    int64_t waiting = INT64_MAX;
    if (last == NULL || last->watermark.n == 0 || instant_parse(last->watermark, ret_us) != RC_OK) {
        return false;
    }
    if (last->waiting_since.n > 0 && instant_parse(last->waiting_since, &waiting) != RC_OK) {
        return false;
    }
    *ret_us = waiting < *ret_us ? waiting : *ret_us;
    return true;
}

/* From where to ask, in whole seconds: less the overlap; "" from the beginning. */
static enum rc since_text(const struct engine *e, const struct delivery *last, struct str *ret)
{
    const struct dataset *d = e->job->dataset;
    int64_t us = 0;
    bool reread = true;
    *ret = STR("");
    if (!d->is_incremental || e->job->full || !known_until(last, &us)) {
        return RC_OK;
    }
    TRY(newcomers_wait(e->job, &reread));
    if (!reread) {
        char text[INSTANT_TEXT];
        instant_format(us - d->overlap_ms * 1000, text);
        *ret = arena_str(e->job->arena, str_sub(str_from(text), 0, sizeof "2026-11-22T08:00:00" - 1));
    }
    return RC_OK;
}

/* What this delivery was asked for: resuming is sound only for the very same question. */
static struct str asked_text(const struct engine *e, struct str since)
{
    const struct job *job = e->job;
    char code[CODE_TEXT] = "";
    const char *names = "";
    for (size_t i = 0; i < job->file_count; i++) {
        names = arena_printf(job->arena, "%s\n%s", names, job->files[i]);
    }
    if (job->file_count > 0) {
        crypto_code(&job->config->code_key, "files", str_from(names), code);
    }
    return str_from(arena_printf(job->arena, "%s%s%s%s%.*s", job->is_preview ? "preview " : "",
                                 code[0] != '\0' ? "files " : "", code, ranges_text(&e->ranges, job->arena),
                                 STR_ARGS(since)));
}

/* See engine.h. Of what was admitted or held before, questions may be answered meanwhile, and more may
 * be admitted along with this delivery. */
static enum rc may_go_into_facts(const struct engine *e, bool *ret)
{
    const struct job *job = e->job;
    int64_t n = 1;
    if (job->dataset->department->connector->is_local && !job->dataset->is_roster && !job->dataset->is_lookup) {
        TRY(db_query_i64(job->db,
                         arena_printf(job->arena,
                                      "select exists (select from bidui.fact_%s where county = $1)::int"
                                      " + exists (select from bidui.delivery where county = $1 and"
                                      " dataset = $2 and state in ('admitted', 'held'))::int",
                                      job->dataset->table),
                         DB_PARAMS(job->config->county, job->dataset->id), &n));
    }
    *ret = n == 0;
    return RC_OK;
}

enum rc engine_start_over(struct engine *e)
{
    DB_ROLLBACK struct db *tx = e->job->db;
    db_rollback(e->job->db); /* of what went into the facts */
    TRY(may_go_into_facts(e, &e->into_facts));
    landing_into_facts(e->rows.landing, e->into_facts);
    e->is_flowing = false;
    TRY(db_begin(e->job->db));
    TRY(delivery_start(e->job, e->d.asked_since));
    TRY(ranges_claim(e->job));
    TRY(db_commit(e->job->db));
    struct str asked = e->d.asked_since;
    e->d = (struct delivery){.edition = e->job->edition.number,
                             .state = "landing",
                             .verdict = "",
                             .position = STR(""),
                             .asked_since = asked,
                             .columns_seen = STR(""),
                             .watermark = STR(""),
                             .profile = STR(""),
                             .validators = STR(""),
                             .read_with = e->read_with,
                             .shapes = STR(""),
                             .advertised = -1,
                             .changed_on = DATE_NONE,
                             .exported_on = DATE_NONE};
    e->rows.watermark = e->watermark_before;
    profile_clear(e->rows.profile);
    shapes_clear(e->rows.shapes);
    e->is_resumed = false;
    ranges_restart(&e->ranges);
    seen_clear(&e->pages);
    seen_clear(&e->tokens);
    return RC_OK;
}

static void take_hash(struct seen *s, struct str hex)
{
    unsigned char hash[PAGE_HASH] = {0};
    for (size_t i = 0; i < hex.n && i < (size_t)2 * PAGE_HASH; i++) {
        int v = hex.p[i] <= '9' ? hex.p[i] - '0' : hex.p[i] - 'a' + 10;
        hash[i / 2] = (unsigned char)(hash[i / 2] * 16 + v);
    }
    (void)seen_add(s, hash);
}

static enum rc take_page(void *ctx, const PGresult *row)
{
    struct engine *e = ctx;
    if (db_i64(row, 0, 3) <= e->ranges.pages) {
        return RC_OK; /* of a part before: may come again in this one */
    }
    if (db_i64(row, 0, 2) > 0) {
        take_hash(&e->pages, db_text(row, 0, 0));
    }
    take_hash(&e->tokens, db_text(row, 0, 1));
    return RC_OK;
}

static enum rc resume(struct engine *e, const struct delivery *was)
{
    char number[DB_NUMBER];
    e->d = *was;
    e->is_resumed = true;
    shapes_read(e->rows.shapes, was->shapes);
    int64_t us = 0;
    if (was->watermark.n > 0 && instant_parse(was->watermark, &us) == RC_OK) {
        e->rows.watermark = us;
    }
    e->has_news = e->rows.watermark > e->watermark_before;
    (void)ranges_resume(&e->ranges, was->position);
    return db_each(
        e->job->db,
        "select encode(hash, 'hex'), encode(token_hash, 'hex'), rows, page from bidui.delivery_page"
        " where county = $1 and dataset = $2 and edition = $3",
        DB_PARAMS(e->job->config->county, e->job->dataset->id, db_number(was->edition, number)),
        take_page, e);
}

/* Landed rows and position are one transaction's; should they ever disagree, nothing of it can be
 * relied on. Limits may have been changed meanwhile: what was counted for others says nothing. */
static enum rc landed_agrees(struct engine *e, const struct delivery *was, bool *ret)
{
    char number[DB_NUMBER];
    int64_t n = 0;
    TRY(db_query_i64(
        e->job->db,
        arena_printf(e->job->arena,
                     "select count(*) from bidui.landing_%s where county = $1 and edition = $2"
                     " and link not in ('" LANDING_HELD "', '" LANDING_GONE "')",
                     e->job->dataset->table),
        DB_PARAMS(e->job->config->county, db_number(was->edition, number)), &n));
    bool same_facts = true;
    TRY(standing_resume(e->rows.standing, e->job, &same_facts));
    n += standing_same(e->rows.standing);
    *ret = same_facts && n == was->landed && profile_read(e->rows.profile, was->profile);
    return RC_OK;
}

static enum rc begin(struct engine *e, struct str asked)
{
    struct delivery was;
    bool found = false, agrees = false;
    TRY(delivery_find(e->job, e->job->edition.number, &was, &found));
    e->d.asked_since = asked;
    if (found && strcmp(was.state, "landing") == 0 && was.position.n > 0 &&
        str_eq(was.asked_since, asked)) {
        TRY(landed_agrees(e, &was, &agrees));
    }
    return agrees ? resume(e, &was) : engine_start_over(e);
}

/* Of a lookup each list that came back lands by itself: it counts at once, though its delivery has no verdict yet. */
static const char count_taken[] =
    "select (select count(*) from bidui.taken_file where county = $1 and dataset = $2 and hash = decode($3, 'hex'))"
    " + (select count(*) from bidui.delivery_page where county = $1 and dataset = $2 and edition = $4::int"
    "   and file_hash = decode($3, 'hex'))";

static bool is_taken(void *ctx, const unsigned char hash[PAGE_HASH])
{
    struct engine *e = ctx;
    char hex[2 * PAGE_HASH + 1], edition[DB_NUMBER];
    int64_t n = 0;
    enum rc rc = e->is_flowing ? engine_send(e) : RC_OK;
    for (size_t i = 0; i < PAGE_HASH; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)hash[i]);
    }
    if (rc == RC_OK) {
        bool is_listed = e->job->dataset->is_lookup && !e->is_settling;
        rc = db_query_i64(e->job->db, count_taken,
                          DB_PARAMS(e->job->config->county, e->job->dataset->id, hex,
                                    db_number(is_listed ? e->job->edition.number : -1, edition)),
                          &n);
    }
    if (rc != RC_OK) {
        err_die(rc, "%s", err_detail()); /* taking a file twice would be worse than dying here */
    }
    return n > 0 && (!e->job->full || e->is_settling);
}

static void describe(struct engine *e, struct str since)
{
    const struct dataset *d = e->job->dataset;
    e->source = (struct source){
        .dataset = d->id,
        .connection = d->department->connection,
        .settings = d->node,
        .base_dir = e->job->config->dir,
        .columns = d->columns,
        .column_count = d->column_count,
        .full_snapshot = !d->is_incremental && !d->is_lookup,
        .since = since,
        .until = STR(""),
        .hash_key = &e->job->config->code_key,
        .seal_key = &e->job->config->seal_key,
        .page_rows = PAGE_ROWS,
        .files = e->job->files,
        .file_count = e->job->file_count,
        .is_taken = is_taken,
        .is_taken_ctx = e,
        .arena = arena_new(SOURCE_ARENA),
    };
}

void engine_tidy(const struct job *job)
{
    const struct connector *c = job->dataset->department->connector;
    struct engine e = {.job = job, .is_settling = true};
    if (c->settle == NULL || edition_is_provisional(&job->edition)) {
        return;
    }
    describe(&e, STR(""));
    enum rc rc = c->open(&e.source, &e.state);
    if (rc == RC_OK) {
        rc = c->settle(e.state);
        c->close(e.state);
    }
    arena_free(e.source.arena);
    if (rc != RC_OK) {
        log_event(LOG_WARN, "files not put away", LOG_S("dataset", job->dataset->id),
                  LOG_S("detail", err_detail()));
        err_clear();
    }
}

enum rc engine_begin(struct engine *e, const struct delivery *last)
{
    int64_t us = 0;
    struct str since = STR("");
    TRY(since_text(e, last, &since));
    describe(e, since);
    TRY(ranges_load(e->job, since, &e->ranges));
    e->watermark_before = WATERMARK_NONE;
    if (last != NULL && last->watermark.n > 0 && instant_parse(last->watermark, &us) == RC_OK) {
        e->watermark_before = us;
    }
    TRY(unchanged_read_with(e->job, &e->read_with));
    TRY(unchanged_validators(e->job, last, e->read_with, &e->source.validators));
    TRY(rows_init(&e->rows, e->job));
    e->rows.watermark = e->watermark_before;
    return begin(e, asked_text(e, since));
}
