#include "pipeline/pull/engine_parts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "connectors/caps.h"
#include "pipeline/pull/columns.h"

#define PAGE_ARENA ((size_t)512 << 20)
#define BATCH_ROWS 20000 /* a batch is committed at the first of these */
#define BATCH_BYTES ((size_t)64 << 20)
#define BATCH_PAGES 64
#define ROWS_AHEAD \
    ((size_t)32) /* the index is out of the cache: so many rows are told to it at once */
#define TRIES 5
#define RETRY_BASE_MS 1000
#define RETRY_AFTER_MOST_MS (INT64_C(5) * 60 * 1000)

static const struct connector *connector_of(const struct engine *e)
{
    return e->job->dataset->department->connector;
}

static int64_t from_env(const char *name, int64_t otherwise)
{
    int64_t v = 0;
    return str_to_i64(str_from(getenv(name)), &v) && v >= 0 ? v : otherwise;
}

enum rc engine_open(const struct job *job, const struct delivery *last, struct engine **ret)
{
    struct engine *e = calloc(1, sizeof *e);
    if (e == NULL) {
        err_die(RC_MEMORY, "%s", job->dataset->id);
    }
    e->job = job;
    seen_init(&e->pages);
    seen_init(&e->tokens);
    e->page.arena = arena_new(PAGE_ARENA);
    e->kept = arena_new(SOURCE_ARENA);
    e->spare = arena_new(SOURCE_ARENA);
    e->pages_per_commit = (int)from_env("BIDUI_PAGES_PER_COMMIT", BATCH_PAGES);
    e->most_pages = caps_read(job->dataset->node).pages;
    e->retry_base_ms = from_env("BIDUI_RETRY_BASE_MS", RETRY_BASE_MS);
    enum rc rc = engine_begin(e, last);
    if (rc != RC_OK) {
        engine_close(e);
        return rc;
    }
    *ret = e;
    return RC_OK;
}

void engine_close_source(struct engine *e)
{
    if (e->state != NULL) {
        connector_of(e)->close(e->state);
        e->state = NULL;
    }
}

void engine_close(struct engine *e)
{
    if (e == NULL) {
        return;
    }
    engine_close_source(e);
    rows_done(&e->rows);
    seen_done(&e->pages);
    seen_done(&e->tokens);
    arena_free(e->source.arena);
    arena_free(e->page.arena);
    arena_free(e->kept);
    arena_free(e->spare);
    free(e);
}

enum rc engine_settle(struct engine *e)
{
    const struct connector *c = connector_of(e);
    e->is_settling = true;
    if (e->has_looked) {
        engine_tidy(e->job);
        return RC_OK;
    }
    return e->state != NULL && c->settle != NULL ? c->settle(e->state) : RC_OK;
}

/* ---- A batch ---- */

static void keep_texts(struct engine *e)
{
    char text[INSTANT_TEXT] = "";
    arena_reset(e->spare);
    if (e->rows.watermark != WATERMARK_NONE) {
        instant_format(e->rows.watermark, text);
    }
    e->d.watermark = arena_str(e->spare, str_from(text));
    e->d.position = arena_str(e->spare, e->d.position);
    e->d.columns_seen = arena_str(e->spare, e->d.columns_seen);
    e->d.source_format = arena_str(e->spare, e->d.source_format);
    e->d.validators = arena_str(e->spare, e->d.validators);
    struct arena *turned = e->kept;
    e->kept = e->spare;
    e->spare = turned;
}

static enum rc open_transaction(const struct engine *e)
{
    return db_in_transaction(e->job->db) ? RC_OK : db_begin(e->job->db);
}

/* A crash of the server may take the last batches, rows and position alike: they are read again. */
static enum rc commit_sent(struct engine *e)
{
    DB_ROLLBACK struct db *tx = e->job->db;
    TRY(engine_send(e));
    TRY(db_exec(e->job->db, "set local synchronous_commit = off"));
    struct delivery d = e->d;
    d.profile = profile_text(e->rows.profile, e->page.arena);
    d.shapes = shapes_text(e->rows.shapes, false, e->page.arena);
    TRY(delivery_save(e->job, &d));
    return db_commit(e->job->db);
}

enum rc engine_send(struct engine *e)
{
    TRY(open_transaction(e));
    e->is_flowing = false;
    return landing_send(e->rows.landing);
}

/* Once there is enough the server stores a batch's rows while we read on. */
static enum rc let_flow(struct engine *e)
{
    if (e->is_flowing || !connector_of(e)->is_local || !landing_is_much(e->rows.landing)) {
        return RC_OK;
    }
    TRY(open_transaction(e));
    e->is_flowing = true;
    return landing_flow(e->rows.landing);
}

static enum rc commit_batch(struct engine *e)
{
    if (e->batch_pages == 0) {
        return RC_OK;
    }
    TRY(e->into_facts ? engine_send(e) : commit_sent(e));
    log_event(LOG_DEBUG, "pull batch", LOG_S("dataset", e->job->dataset->id),
              LOG_I("pages", e->d.pages), LOG_I("received", e->d.received),
              LOG_I("landed", e->d.landed));
    log_progress(e->job->dataset->id, e->d.received, e->d.advertised < 0 ? 0 : e->d.advertised);
    e->batch_pages = 0;
    e->batch_bytes = 0;
    return RC_OK;
}

static bool batch_is_full(const struct engine *e)
{
    return e->batch_pages >= e->pages_per_commit || e->batch_bytes >= BATCH_BYTES ||
           landing_rows(e->rows.landing) >= BATCH_ROWS;
}

/* ---- A page ---- */

static enum rc put_rows(struct engine *e)
{
    const struct page *p = &e->page;
    size_t columns = e->job->dataset->column_count;
    struct origin at = {.page = e->d.pages};
    for (size_t i = 0; i < p->rows; i++) {
        at.row = p->row_numbers != NULL ? p->row_numbers[i] : p->first_row + (int64_t)i;
        if (i % ROWS_AHEAD == 0) {
            size_t left = p->rows - i;
            rows_expect(&e->rows, p->values + i * columns, left < ROWS_AHEAD ? left : ROWS_AHEAD);
        }
        TRY(rows_put(&e->rows, &e->d, at, p->values + i * columns));
    }
    for (size_t i = 0; i < p->reject_count; i++) {
        at.row = p->rejects[i].row;
        TRY(rows_put_undecoded(&e->rows, &e->d, at, &p->rejects[i]));
    }
    return RC_OK;
}

enum rc engine_put_page(struct engine *e)
{
    e->d.pages++;
    TRY(put_rows(e));
    return landing_page(e->rows.landing, &e->page, e->d.pages);
}

static enum rc put_page(struct engine *e)
{
    struct page *p = &e->page;
    TRY(engine_put_page(e));
    e->d.columns_seen = columns_union(e->kept, e->d.columns_seen, p->columns_seen);
    if (p->format.n > 0) {
        e->d.source_format = p->format;
    }
    if (p->exported_on != DATE_NONE && (e->d.exported_on == DATE_NONE || p->exported_on < e->d.exported_on)) {
        e->d.exported_on = p->exported_on;
    }
    if (p->validators.n > 0) {
        e->d.validators = p->validators;
    }
    e->d.position = ranges_position(&e->ranges, e->kept,
                                    arena_str(e->kept, str_is_null(p->position) ? STR("") : p->position));
    e->has_news = e->has_news || e->rows.watermark > e->watermark_before;
    e->batch_pages++;
    e->batch_bytes += arena_used(p->arena);
    keep_texts(e);
    /* a page without rows is there for its position (a job was submitted): that is kept at once */
    return batch_is_full(e) || p->rows == 0 ? commit_batch(e) : let_flow(e);
}

/* What is wrong with the chain of pages; ENDED if nothing. */
static enum ending examine_page(struct engine *e)
{
    const struct page *p = &e->page;
    unsigned char token[PAGE_HASH] = {0};
    if (p->token.n > 0) {
        crypto_hash(&e->job->config->code_key, p->token, token);
    }
    if (!seen_add(&e->tokens, token)) {
        e->d.repeats++;
        return ENDED_REPEATED_TOKEN;
    }
    if (p->rows > 0 && !seen_add(&e->pages, p->hash)) {
        e->d.repeats++;
        return ENDED_REPEATED_PAGE;
    }
    if (p->advertised >= 0 && e->d.advertised >= 0 && p->advertised != e->d.advertised) {
        return ENDED_TOTAL_CHANGED;
    }
    return e->d.pages >= e->most_pages ? ENDED_TOO_MANY_PAGES : ENDED;
}

/* ---- The loop ---- */

enum rc engine_reopen(struct engine *e, struct str position)
{
    engine_close_source(e);
    e->source.position = position;
    TRY(column_ciphers_open(&e->source, yaml_get(e->source.settings, "decrypt"), &e->ciphers));
    return connector_of(e)->open(&e->source, &e->state);
}

/* A source without positions that broke off in mid-delivery would begin again at its first row. */
static bool has_lost_place(const struct engine *e)
{
    return e->d.pages > e->ranges.pages && e->d.position.n == 0;
}

/* At random up to 1, 2, 4, 8 seconds, so that workers a gateway refused together do not come back
 * together; at least as long as the source asks. What is written never depends on it. */
static int64_t wait_ms(const struct engine *e, int try, int64_t asked_ms)
{
    uint32_t random = 0;
    int64_t most = e->retry_base_ms << (try - 1);
    if (crypto_random(&random, sizeof random) != RC_OK) {
        err_clear();
    }
    int64_t wait = most > 0 ? (int64_t)random % (most + 1) : 0;
    asked_ms = asked_ms < RETRY_AFTER_MOST_MS ? asked_ms : RETRY_AFTER_MOST_MS;
    return asked_ms > wait ? asked_ms : wait;
}

/* One read with its retries. */
enum answer engine_read_patiently(struct engine *e)
{
    for (int try = 1;; try++) {
        int64_t after_ms = 0;
        struct arena *a = e->page.arena;
        arena_reset(a);
        e->page = (struct page){.arena = a, .advertised = -1, .exported_on = DATE_NONE};
        enum answer answer = connector_of(e)->read(e->state, &e->page, &after_ms);
        answer = answer == CONN_PAGE ? column_ciphers_apply(&e->ciphers, &e->page) : answer;
        e->page.advertised += e->page.advertised >= 0 ? e->ranges.rows : 0;
        if (answer != CONN_RETRY || try == TRIES || has_lost_place(e)) {
            return answer;
        }
        log_event(LOG_WARN, "pull retry", LOG_S("dataset", e->job->dataset->id), LOG_I("try", try),
                  LOG_S("error", err_symbol(err_last())));
        clock_sleep_ms(wait_ms(e, try, after_ms));
    }
}

/* The source is another one than the one half read before: what landed of that one is worth
 * nothing. */
static bool is_other_source(struct engine *e, enum answer answer)
{
    bool total_differs = answer == CONN_PAGE && e->page.advertised >= 0 && e->d.advertised >= 0 &&
                         e->page.advertised != e->d.advertised;
    return e->is_resumed && (total_differs || (answer == CONN_STOP && err_last() == RC_INCOMPLETE));
}

enum ending engine_failed_as(enum answer answer, const char **ret_error)
{
    *ret_error = err_symbol(err_last());
    return answer == CONN_RETRY ? ENDED_UNREACHABLE : ENDED_REFUSED;
}

/* A source that doesn't even open is the department's failure, unless it is ours. */
enum rc engine_blame(enum rc rc, struct landed *out)
{
    if (rc == RC_MEMORY || rc == RC_BUG || rc == RC_DB || rc == RC_DB_DOWN || rc == RC_DB_DATA || rc == RC_FENCED) {
        return rc;
    }
    if (rc != RC_OK) {
        out->ending = err_disposition(rc) == DISP_RETRY ? ENDED_UNREACHABLE : ENDED_REFUSED;
        out->error = err_symbol(rc);
    }
    return RC_OK;
}

/* A part came to its end: the next one, if it is proven whole. */
static enum rc next_part(struct engine *e, struct landed *out, bool *ret_more)
{
    bool is_short = e->d.advertised >= 0 && e->d.advertised != e->d.received;
    out->ending = ENDED;
    if (e->ranges.at == e->ranges.n || is_short) {
        return RC_OK;
    }
    TRY(commit_batch(e));
    e->ranges.at++;
    e->ranges.pages = e->d.pages;
    e->ranges.rows = e->d.received;
    e->d.advertised = -1;
    seen_clear(&e->pages);
    seen_clear(&e->tokens);
    ranges_apply(&e->ranges, e->job->arena, &e->source);
    enum rc rc = engine_reopen(e, STR(""));
    *ret_more = rc == RC_OK;
    return engine_blame(rc, out);
}

/* Takes one answer; *ret_more is false at the end, which *out then describes. */
static enum rc take(struct engine *e, enum answer answer, struct landed *out, bool *ret_more)
{
    *ret_more = false;
    switch (answer) {
    case CONN_END:
        return next_part(e, out, ret_more);
    case CONN_NOTHING:
        out->ending = ENDED_NOTHING;
        return RC_OK;
    case CONN_SAME:
        out->ending = ENDED_SAME;
        return RC_OK;
    case CONN_RETRY:
    case CONN_STOP:
        out->ending = engine_failed_as(answer, &out->error);
        return RC_OK;
    case CONN_PAGE:
        break;
    }
    out->ending = examine_page(e);
    if (e->d.advertised < 0) {
        e->d.advertised = e->page.advertised;
    }
    *ret_more = out->ending == ENDED;
    return *ret_more ? put_page(e) : RC_OK;
}

static enum rc open_source(struct engine *e, struct landed *out, bool *ret_open)
{
    struct str inner = ranges_resume(&e->ranges, e->d.position);
    ranges_apply(&e->ranges, e->job->arena, &e->source);
    enum rc rc = engine_reopen(e, inner);
    *ret_open = rc == RC_OK;
    return engine_blame(rc, out);
}

static enum rc restart(struct engine *e, struct landed *out, bool *ret_open)
{
    log_event(LOG_WARN, "pull starts over", LOG_S("dataset", e->job->dataset->id));
    e->has_news = false;
    TRY(engine_start_over(e));
    return open_source(e, out, ret_open);
}

/* A source that lost its place, or says that it changed while it was read, is read anew a few
 * times. */
static bool may_begin_again(struct engine *e, enum answer answer)
{
    bool is_lost = answer == CONN_RETRY && has_lost_place(e),
         has_changed = answer == CONN_STOP && err_last() == RC_INCOMPLETE;
    if ((!is_lost && !has_changed) || e->restarts == TRIES) {
        return false;
    }
    clock_sleep_ms(e->retry_base_ms << e->restarts++);
    return true;
}

static enum rc read_all(struct engine *e, struct landed *out)
{
    bool more = true;
    while (more) {
        enum answer answer = engine_read_patiently(e);
        if (may_begin_again(e, answer)) {
            TRY(commit_batch(e)); /* what waits in memory goes the way of what landed */
            TRY(restart(e, out, &more));
        } else if (is_other_source(e, answer)) {
            TRY(restart(e, out, &more));
        } else {
            e->is_resumed = false;
            TRY(take(e, answer, out, &more));
        }
    }
    return commit_batch(e);
}

/* What waits in memory holds what was refused. */
static enum rc forget_batch(struct engine *e)
{
    db_rollback(e->job->db);
    rows_done(&e->rows);
    e->batch_pages = 0;
    e->batch_bytes = 0;
    e->is_flowing = e->into_facts = false;
    return rows_init(&e->rows, e->job);
}

/* PostgreSQL refuses a value: read once more, page by page, to tell which page holds it. */
static enum rc read_storing(struct engine *e, struct landed *out)
{
    bool is_open = true;
    enum rc rc = read_all(e, out);
    if (rc == RC_DB_DATA && e->pages_per_commit > 1) {
        e->pages_per_commit = 1;
        TRY(forget_batch(e));
        TRY(restart(e, out, &is_open));
        rc = is_open ? read_all(e, out) : RC_OK;
    }
    if (rc == RC_DB_DATA) {
        out->ending = ENDED_UNSTORABLE;
        out->error = arena_printf(e->job->arena, "%s page %d", db_sqlstate(e->job->db), e->d.pages);
        return forget_batch(e);
    }
    return rc;
}

static void tell_failure(const struct engine *e, const struct landed *out)
{
    if (out->ending == ENDED_TOO_MANY_PAGES) {
        log_event(LOG_ERROR, "pull failed", LOG_S("dataset", e->job->dataset->id), LOG_S("error", "too_many_pages"),
                  LOG_S("detail", arena_printf(e->job->arena, "caps.pages: %lld", (long long)e->most_pages)));
    }
    if (out->error[0] != '\0') {
        log_event(LOG_ERROR, "pull failed", LOG_S("dataset", e->job->dataset->id),
                  LOG_S("error", out->error), LOG_S("detail", err_detail()));
    }
}

/* The first thing an operator asks of a night: was it everything, or what changed since when? */
static void tell_beginning(const struct engine *e)
{
    bool is_full = e->source.since.n == 0;
    if (e->ranges.n > 0) {
        const struct connector *c = connector_of(e);
        bool is_bounded = c->is_bounded != NULL && c->is_bounded(e->source.settings);
        log_event(LOG_INFO, "pull begins", LOG_S("dataset", e->job->dataset->id), LOG_S("mode", "BACKFILL"),
                  LOG_S("again", ranges_shown(&e->ranges, e->job->arena)),
                  LOG_S("upper_bound", is_bounded ? "yes" : "no, reads on to the end"),
                  LOG_S("then", "INCREMENTAL"), LOG_S("since", arena_cstr(e->job->arena, e->ranges.since)),
                  LOG_I("pages_before", e->is_resumed ? e->d.pages : 0));
        return;
    }
    log_event(LOG_INFO, "pull begins", LOG_S("dataset", e->job->dataset->id),
              LOG_S("mode", is_full ? "FULL" : "INCREMENTAL"),
              LOG_S("since", is_full ? "beginning" : arena_cstr(e->job->arena, e->source.since)),
              LOG_I("pages_before", e->is_resumed ? e->d.pages : 0));
}

enum rc engine_read(struct engine *e, struct landed *ret)
{
    struct landed out = {.error = ""};
    bool is_open = false;
    tell_beginning(e);
    if (e->job->dataset->is_lookup) {
        TRY(e->job->dataset->ask.list != NULL ? engine_ask_by_lists(e, &out) : engine_ask(e, &out));
    } else {
        TRY(open_source(e, &out, &is_open));
        TRY(is_open ? read_storing(e, &out) : RC_OK);
    }
    tell_failure(e, &out);
    scored_tell(&e->rows);
    out.brought_news = e->has_news;
    out.into_facts = e->into_facts;
    out.delivery = e->d;
    out.delivery.profile = profile_text(e->rows.profile, e->job->arena);
    out.delivery.shapes = shapes_text(e->rows.shapes, false, e->job->arena);
    out.profile = e->rows.profile;
    out.standing = e->rows.standing;
    *ret = out;
    return RC_OK;
}
