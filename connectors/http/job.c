#include "connectors/http/job.h"

#include "base/clock.h"
#include "connectors/http/holes.h"
#include "connectors/http/link.h"

#define MAX_JOB ((size_t)512)
#define MAX_ADDRESS ((size_t)8 << 10)

enum { WANT_JOB, WANT_STATE, WANT_FILE, WANT_JOB_OK }; /* places in document_wants.scalars */

enum rc job_open(struct job *j, const struct source *s, const struct http_settings *settings)
{
    const struct http_export *e = &settings->export;
    *j = (struct job){.source = s, .settings = settings};
    if (settings->paging.kind != PAGING_EXPORT) {
        return RC_OK;
    }
    struct document_wants wants = {.format = e->answers, .base_dir = s->base_dir, .depth = settings->caps.depth, .fields = settings->caps.fields};
    wants.scalars[WANT_JOB] = e->job;
    wants.scalars[WANT_STATE] = e->state;
    wants.scalars[WANT_FILE] = e->file;
    wants.scalars[WANT_JOB_OK] = settings->ok_pointer;
    return body_open(&j->answers, s, NULL, &wants, settings->max_body);
}

void job_close(struct job *j)
{
    body_close(&j->answers);
}

bool job_is_open(const struct http_settings *s, const struct place *at)
{
    return s->paging.kind == PAGING_EXPORT && str_is_null(at->cursor);
}

static enum answer stop(enum rc rc)
{
    (void)rc; /* recorded already */
    return CONN_STOP;
}

static enum answer lacks(const char *where, const char *pointer)
{
    return stop(err_fail(RC_FORMAT, tr("%s: 返回中没有 %s", "%s: no %s in the answer"), where,
                         pointer));
}

static enum answer decode_answer(struct job *j, const struct transfer *t, const char *where,
                                 struct arena *a, struct document_page *ret)
{
    bool is_cut = false;
    if (outcome_is_html(buf_str(&t->body))) {
        return outcome_of_html(where);
    }
    enum rc rc = body_decode(&j->answers, buf_str(&t->body), outcome_content_type(t), a, ret, &is_cut);
    if (rc != RC_OK) {
        rc = err_fail(rc, "%s: HTTP %ld, %s", where, t->status, err_detail());
        return is_cut ? CONN_RETRY : CONN_STOP;
    }
    return outcome_of_code(j->settings, &ret->scalars[WANT_JOB_OK], where);
}

static enum answer take_job(struct job *j, const struct document_page *got, const char *where,
                            struct place *at)
{
    struct str name = got->scalars[WANT_JOB].text;
    if (got->scalars[WANT_JOB].kind != SCALAR_TEXT || name.n == 0 || name.n > MAX_JOB) {
        return lacks(where, j->settings->export.job);
    }
    at->job = arena_str(j->source->arena, name);
    return CONN_PAGE;
}

/* Where a job that is done left its file. */
static enum rc find_file(const struct job *j, const struct transfer *t,
                         const struct document_page *got, const struct place *at, struct str *ret)
{
    const struct http_export *e = &j->settings->export;
    struct arena *a = j->source->arena;
    if (e->download == NULL) {
        const struct scalar *file = &got->scalars[WANT_FILE];
        if (file->kind != SCALAR_TEXT || file->text.n == 0) {
            return err_fail(RC_FORMAT, tr("返回中没有 %s", "no %s in the answer"), e->file);
        }
        return link_follow(a, t->url.p, file->text, ret);
    }
    struct holes holes = {.texts = {[HOLE_JOB] = at->job}};
    struct buf b;
    buf_init(&b, MAX_ADDRESS);
    enum rc rc = buf_puts(&b, str_from(j->settings->base_url));
    rc = rc == RC_OK ? holes_fill(&holes, str_from(e->download), ESCAPE_URL, &b) : rc;
    *ret = arena_str(a, buf_str(&b));
    buf_done(&b);
    return rc;
}

static enum answer wait_more(struct job *j, const char *where)
{
    const struct http_export *e = &j->settings->export;
    if (j->waited_ms + e->every_ms > e->limit_ms) {
        enum rc rc = err_fail(RC_NOT_READY,
                              tr("%s: 导出任务 %lld 秒后仍未完成",
                                 "%s: the export is not done after %lld seconds"),
                              where, (long long)(e->limit_ms / 1000));
        err_hint("%s", tr("请部门查看导出任务,或加大 paging.wait。",
                          "Ask the department about the job, or raise paging.wait."));
        return stop(rc);
    }
    clock_sleep_ms(e->every_ms);
    j->waited_ms += e->every_ms;
    return CONN_PAGE;
}

/* A job that failed is no longer there to be asked after: a reading that went on with it begins
 * anew. */
static enum answer take_state(struct job *j, const struct transfer *t,
                              const struct document_page *got, const char *where, struct place *at)
{
    const struct http_export *e = &j->settings->export;
    const struct scalar *state = &got->scalars[WANT_STATE];
    if (state->kind != SCALAR_TEXT) {
        return lacks(where, e->state);
    }
    if (outcome_lists(e->failed, state->text)) {
        return stop(err_fail(RC_INCOMPLETE,
                             tr("%s: 部门的导出任务失败", "%s: the department's export failed"),
                             where));
    }
    if (!outcome_lists(e->done, state->text)) {
        return wait_more(j, where);
    }
    enum rc rc = find_file(j, t, got, at, &at->cursor);
    return rc == RC_OK ? CONN_PAGE : stop(err_fail(rc, "%s: %s", where, err_detail()));
}

enum answer job_take(struct job *j, const struct transfer *t, const char *where, struct place *at,
                     struct page *page)
{
    struct document_page got = {0};
    enum answer answer = decode_answer(j, t, where, page->arena, &got);
    if (answer == CONN_PAGE) {
        answer = str_is_null(at->job) ? take_job(j, &got, where, at)
                                      : take_state(j, t, &got, where, at);
    }
    if (answer == CONN_PAGE) {
        *page = (struct page){.arena = page->arena, .first_row = 1, .advertised = -1,
                              .label = STR("export"), .token = STR(""), .columns_seen = STR("")};
        page->position = place_format(page->arena, at);
    }
    return answer;
}

enum answer job_lost(const struct transfer *t, const char *where, const struct place *at,
                     enum answer answer)
{
    bool is_gone = t->result == CURLE_OK && (t->status == 404 || t->status == 410);
    if (!is_gone || str_is_null(at->job)) {
        return answer;
    }
    return stop(err_fail(RC_INCOMPLETE,
                         tr("%s: 部门已没有这个导出任务 (HTTP %ld)",
                            "%s: the department has no such export any more (HTTP %ld)"),
                         where, t->status));
}
