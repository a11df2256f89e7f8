/* A lookup by files: what came back is read, list by list, each landing whole with its outcomes in one transaction; then
 * the lists that are due go out. A file of no list of ours is left where it lies, and the delivery says so. */
#include "base/log.h"
#include "base/text.h"
#include "pipeline/pull/columns.h"
#include "pipeline/pull/engine_parts.h"
#include "pipeline/pull/name_list.h"

#define ASKING STR("asking") /* a position: what landed stays when the edition is resumed */
#define MOST_UNREADABLE 50   /* files passed over in one pull */

/* The file being read. */
struct returned {
    bool is_begun, is_refused;
    unsigned char hash[PAGE_HASH];
    struct asking list;
    struct delivery before; /* as it was without it */
    const char *refusal;    /* of the first file that was refused; NULL: none was */
    int unreadable;
};

/* Of a file elsewhere, behind its rows: by what the server says of it. */
static bool is_mark(const struct page *p)
{
    return p->rows == 0 && p->reject_count == 0 && str_is_null(p->label);
}

static enum rc land(struct engine *e, const struct asking *list)
{
    DB_ROLLBACK struct db *tx = e->job->db;
    TRY(db_begin(e->job->db));
    TRY(landing_send(e->rows.landing));
    TRY(name_list_answer(list, e->job));
    e->d.profile = profile_text(e->rows.profile, e->job->arena);
    TRY(delivery_save(e->job, &e->d));
    return db_commit(e->job->db);
}

static enum rc finish_file(struct engine *e, struct returned *r)
{
    bool is_ours = r->is_begun && !r->is_refused;
    r->is_begun = false;
    e->rows.asking = NULL;
    return is_ours ? land(e, &r->list) : RC_OK;
}

static enum rc refuse_file(struct engine *e, struct returned *r, const char *word)
{
    log_event(LOG_ERROR, "name list refused", LOG_S("dataset", e->job->dataset->id),
              LOG_S("file", arena_cstr(e->job->arena, e->page.label)), LOG_S("detail", err_detail()));
    err_clear();
    r->is_refused = true;
    r->refusal = r->refusal == NULL ? word : r->refusal;
    return RC_OK;
}

/* Its first row says which list it is. */
static enum rc begin_file(struct engine *e, struct returned *r)
{
    const char *word = NULL;
    const struct page *p = &e->page;
    struct arena *a = e->job->arena;
    memcpy(r->hash, p->file_hash, PAGE_HASH);
    r->is_begun = true;
    r->is_refused = false;
    struct str list_no = p->rows == 0 ? STR("") : text_fold(a, p->values[e->job->dataset->ask.list->list_column]);
    enum rc rc = name_list_open(e->job, list_no, &r->list, &word);
    if (rc == RC_NOT_FOUND && word != NULL) {
        return refuse_file(e, r, word);
    }
    TRY(rc);
    r->before = e->d;
    r->before.profile = profile_text(e->rows.profile, a);
    e->rows.asking = &r->list;
    return RC_OK;
}

static enum rc take_page(struct engine *e, struct returned *r)
{
    bool is_next = !r->is_begun || (!is_mark(&e->page) && memcmp(r->hash, e->page.file_hash, PAGE_HASH) != 0);
    if (is_next) {
        TRY(finish_file(e, r));
        TRY(begin_file(e, r));
    }
    if (r->is_refused) {
        return RC_OK;
    }
    TRY(engine_put_page(e));
    e->d.columns_seen = columns_union(e->job->arena, e->d.columns_seen, e->page.columns_seen);
    return RC_OK;
}

static void end_refused(const struct returned *r, struct landed *out)
{
    if (r->refusal != NULL && out->ending == ENDED) {
        out->ending = ENDED_REFUSED;
        out->error = r->refusal;
    }
}

/* A list whose file came to its end is whole, whatever became of the next one; half a list is none. */
static enum rc finish_or_forget(struct engine *e, struct returned *r, bool is_whole)
{
    if (is_whole || !r->is_begun || r->is_refused) {
        return finish_file(e, r);
    }
    r->is_begun = false;
    e->rows.asking = NULL;
    return engine_forget(e, &r->before);
}

/* The file that nothing could be made of stays where it lies; *ret_more: there may be others behind it. */
static enum rc pass_over(struct engine *e, struct returned *r, enum answer answer, struct landed *out, bool *ret_more)
{
    static const unsigned char nothing[PAGE_HASH];
    bool is_file = memcmp(e->page.file_hash, nothing, PAGE_HASH) != 0,
         is_other = is_file && memcmp(e->page.file_hash, r->hash, PAGE_HASH) != 0;
    const char *error = "";
    enum ending ending = engine_failed_as(answer, &error);
    if (out->ending == ENDED) {
        out->ending = ending;
        out->error = error;
    }
    *ret_more = is_file && answer == CONN_STOP && r->unreadable < MOST_UNREADABLE;
    if (*ret_more) {
        log_event(LOG_ERROR, "name list unreadable", LOG_S("dataset", e->job->dataset->id), LOG_S("error", error),
                  LOG_S("detail", err_detail()));
        err_clear();
    }
    TRY(finish_or_forget(e, r, is_other));
    memcpy(r->hash, e->page.file_hash, PAGE_HASH);
    r->is_begun = r->is_refused = true; /* what else comes of it is as good as nothing */
    r->unreadable++;
    return RC_OK;
}

static enum rc read_returned(struct engine *e, struct landed *out)
{
    struct returned *r = ARENA_NEW(e->job->arena, struct returned);
    bool more = true;
    while (more) {
        enum answer answer = engine_read_patiently(e);
        if (answer == CONN_RETRY || answer == CONN_STOP) {
            TRY(pass_over(e, r, answer, out, &more));
        } else {
            more = answer == CONN_PAGE;
            TRY(more ? take_page(e, r) : finish_file(e, r));
        }
    }
    end_refused(r, out);
    return RC_OK;
}

/* Lists may go out though what came back could not be read: they are other people's. */
static enum rc send_lists(struct engine *e, struct landed *out)
{
    struct asking asking;
    int64_t waiting = 0;
    TRY(asking_load(e->job, &asking));
    TRY(name_list_waiting(e->job, &waiting));
    out->due = asking.answered_before + asking.due + waiting;
    enum rc rc = name_lists_write_again(e->job, &e->source);
    return rc == RC_OK ? name_lists_send(e->job, &e->source, &asking) : rc;
}

static enum rc blame(enum rc rc, struct landed *out)
{
    struct landed failed = {.ending = ENDED};
    TRY(engine_blame(rc, &failed));
    if (failed.ending != ENDED) {
        out->ending = failed.ending;
        out->error = failed.error;
    }
    return RC_OK;
}

enum rc engine_ask_by_lists(struct engine *e, struct landed *out)
{
    e->d.position = ASKING;
    out->ending = ENDED;
    TRY(name_lists_expire(e->job, &out->given_up));
    enum rc rc = engine_reopen(e, STR(""));
    TRY(rc == RC_OK ? read_returned(e, out) : blame(rc, out));
    TRY(name_lists_remove(e->job, &e->source));
    TRY(blame(send_lists(e, out), out));
    return asking_count(e->job, &out->answered);
}
