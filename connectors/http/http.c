/* The `http` transport: pages of records, asked for over kept-alive connections, handed out
 * strictly in order while the next ones are on their way. */
#include "connectors/connector.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "connectors/http/body.h"
#include "connectors/http/condition.h"
#include "connectors/http/job.h"
#include "connectors/http/link.h"
#include "connectors/http/outcome.h"

#define MAX_CURSOR ((size_t)16 << 10)
#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)

struct http {
    const struct source *source;
    struct http_settings settings;
    struct fetch fetch;
    struct body body;
    struct job job;
    struct place place;
    int64_t total;     /* the source's latest claim; -1 unknown */
    int64_t stride;    /* records a page holds, as far as known; 0 unknown */
    bool is_careful;   /* after a failure: one request at a time until a page came */
    bool is_renewed;   /* the token, since the last page came */
    bool is_skew_told;
    struct buf cursor; /* place.cursor's text; page arenas do not live long enough */
};

static enum rc set_cursor(struct http *h, struct str cursor)
{
    if (str_is_null(cursor)) {
        h->place.cursor = STR_NULL;
        return RC_OK;
    }
    buf_reset(&h->cursor);
    TRY(buf_puts(&h->cursor, cursor));
    h->place.cursor = buf_str(&h->cursor);
    return RC_OK;
}

/* A range that is read again ends where it says, anything else now. */
static enum rc start_of(const struct http *h, struct place *ret)
{
    int64_t since_us = 0, until_us = 0;
    char since[INSTANT_TEXT];
    const struct paging *p = &h->settings.paging;
    if (h->source->until.n == 0) {
        *ret = paging_start(p, clock_unix_ms(), clock_today(), h->source->since);
        return RC_OK;
    }
    TRY(instant_parse(h->source->since, &since_us));
    TRY(instant_parse(h->source->until, &until_us));
    instant_format(since_us + SECOND_US, since);
    *ret = paging_start(p, clock_to_unix_ms(until_us), (date_t)(until_us / DAY_US) - 1, str_from(since));
    return RC_OK;
}

static enum rc set_place(struct http *h)
{
    struct str position = h->source->position;
    TRY(start_of(h, &h->place));
    if (position.n > 0) {
        TRY(place_parse(h->source->arena, position, &h->place));
    }
    return set_cursor(h, h->place.cursor);
}

static enum rc open_document(struct http *h)
{
    const struct http_settings *s = &h->settings;
    struct document_wants wants = {
        .format = yaml_get(h->source->settings, "format"),
        .base_dir = h->source->base_dir,
        .records = s->records,
        .columns = h->source->columns,
        .column_count = h->source->column_count,
        .depth = s->caps.depth,
        .fields = s->caps.fields,
    };
    wants.scalars[WANT_OK] = s->ok_pointer;
    wants.scalars[WANT_TOTAL] = s->paging.total;
    wants.scalars[WANT_NEXT] = s->paging.next;
    return body_open(&h->body, h->source, yaml_get(h->source->settings, "filters"), &wants, s->max_body);
}

static void http_close(void *state)
{
    struct http *h = state;
    fetch_close(&h->fetch);
    http_auth_done(&h->settings.auth);
    body_close(&h->body);
    job_close(&h->job);
    buf_done(&h->cursor);
}

static enum rc set_up(struct http *h)
{
    TRY(http_settings_read(h->source, &h->settings));
    TRY(set_place(h));
    TRY(open_document(h));
    TRY(job_open(&h->job, h->source, &h->settings));
    return fetch_open(&h->fetch, &h->settings);
}

static enum rc http_open(const struct source *source, void **ret_state)
{
    struct http *h = ARENA_NEW(source->arena, struct http);
    h->source = source;
    h->total = -1;
    buf_init(&h->cursor, MAX_CURSOR);
    enum rc rc = set_up(h);
    if (rc != RC_OK) {
        http_close(h);
        return rc;
    }
    *ret_state = h;
    return RC_OK;
}

static enum rc want(struct http *h, bool may_wait)
{
    int64_t numbers[HTTP_MAX_PARALLEL];
    size_t n =
        paging_ahead(&h->settings.paging, &h->place, h->total, h->stride, h->fetch.count, numbers);
    return fetch_want(&h->fetch, numbers, n, h->is_careful ? 1 : n, &h->place, may_wait);
}

/* A request sent ahead may have run into its deadline while nobody drove it: its turn is a fresh
 * one. */
static enum rc wait_for_turn(struct http *h, struct transfer **ret)
{
    bool is_ahead = fetch_is_begun(&h->fetch, h->place.number);
    TRY(want(h, true));
    TRY(fetch_wait(&h->fetch, h->place.number, ret));
    if (is_ahead && (*ret)->result == CURLE_OPERATION_TIMEDOUT) {
        fetch_release(&h->fetch, *ret);
        TRY(want(h, true));
        TRY(fetch_wait(&h->fetch, h->place.number, ret));
    }
    fault_point("request");
    return RC_OK;
}

static enum answer decode_body(struct http *h, const struct transfer *t, const char *where,
                          struct arena *a, struct document_page *ret)
{
    bool is_cut = false;
    if (outcome_is_html(buf_str(&t->body))) {
        return outcome_of_html(where);
    }
    enum rc rc = body_decode(&h->body, buf_str(&t->body), outcome_content_type(t), a, ret, &is_cut);
    if (rc != RC_OK) {
        rc = err_fail(rc, "%s: HTTP 200, %s", where, err_detail());
        return is_cut ? CONN_RETRY : CONN_STOP;
    }
    return outcome_of_page(&h->settings, ret, where);
}

/* Cursors may come again in another slice. */
static struct str token_of(const struct http *h, struct arena *a)
{
    char slice[DATE_TEXT] = "";
    if (str_is_null(h->place.cursor) || h->place.slice == DATE_NONE) {
        return str_is_null(h->place.cursor) ? STR("") : arena_str(a, h->place.cursor);
    }
    date_format(h->place.slice, slice);
    return str_from(arena_printf(a, "%s %.*s", slice, STR_ARGS(h->place.cursor)));
}

static void fill_page(struct http *h, const struct document_page *got, struct page *page)
{
    struct arena *a = page->arena;
    bool is_numbered = h->settings.paging.kind == PAGING_PAGE;
    int64_t number = is_numbered ? h->place.number : h->place.pages + 1;
    *page = (struct page){
        .arena = a,
        .rows = got->rows,
        .values = got->values,
        .first_row = 1,
        .row_numbers = got->row_numbers,
        .rejects = got->rejects,
        .reject_count = got->reject_count,
        .label = str_from(arena_printf(a, "page %lld", (long long)number)),
        .token = token_of(h, a),
        .advertised = h->place.slice == DATE_NONE ? h->total : -1,
        .columns_seen = got->columns_seen,
    };
    const struct key *key = h->source->hash_key;
    if (got->records > 0 && key != NULL && key->is_set) {
        crypto_hash(key, got->digest, page->hash);
    }
}

/* A page shorter than asked for tells how much the source really gives. */
static int64_t stride_of(const struct paging *p, int64_t records)
{
    return p->page_size > 0 && records >= p->page_size ? p->page_size : records;
}

/* A header says what the body does not. */
static struct str told(const struct transfer *t, const char *header, const struct scalar *scalar)
{
    if (header != NULL) {
        return outcome_header(t, header);
    }
    return scalar->kind == SCALAR_TEXT ? scalar->text : STR_NULL;
}

/* Where the next page is, whoever said so; null or "" at the end. */
static enum rc find_next(const struct http *h, const struct transfer *t,
                         const struct document_page *got, struct arena *a, struct str *ret)
{
    const struct paging *p = &h->settings.paging;
    bool is_link = p->kind == PAGING_LINK;
    *ret = is_link ? outcome_link(t) : told(t, p->next_header, &got->scalars[WANT_NEXT]);
    bool is_address = (is_link || p->kind == PAGING_NEXT_URL) && ret->n > 0;
    return is_address ? link_follow(a, t->url.p, *ret, ret) : RC_OK;
}

/* A slice proves itself; the source's total for the whole is known only where there are none. */
static enum rc check_slice(const struct http *h, const struct paging_news *news, const char *where)
{
    if (h->place.slice == DATE_NONE || !paging_is_short(&h->settings.paging, &h->place, news)) {
        return RC_OK;
    }
    return err_fail(RC_INCOMPLETE,
                    tr("%s: 该时段声明 %lld 条,收到 %lld 条",
                       "%s: the slice has %lld by its own word, %lld came"),
                    where, (long long)news->total, (long long)(h->place.rows + news->records));
}

static enum rc advance(struct http *h, const struct paging_news *news)
{
    date_t slice = h->place.slice;
    h->place = paging_after(&h->settings.paging, &h->place, news);
    h->stride = stride_of(&h->settings.paging, news->records);
    if (h->place.slice != slice) {
        fetch_release_all(&h->fetch); /* what was sent ahead belongs to the slice before */
        h->total = -1;
    }
    return set_cursor(h, h->place.cursor);
}

/* An empty page behind others only says that there is no more. The first one is handed out, with
 * what it tells. */
static enum answer take_page(struct http *h, const struct transfer *t,
                             const struct document_page *got, const char *where, struct page *page)
{
    const struct paging *p = &h->settings.paging;
    bool is_first = h->place.pages == 0;
    struct paging_news news = {.records = (int64_t)got->records, .total = -1};
    struct str total = told(t, p->total_header, &got->scalars[WANT_TOTAL]);
    news.total = str_is_null(total) ? -1 : paging_total(total);
    h->total = news.total;
    fill_page(h, got, page);
    page->validators = condition_of(&h->settings, &h->place, t, page->arena);
    enum rc rc = find_next(h, t, got, page->arena, &news.next);
    if (rc != RC_OK) {
        rc = err_fail(rc, "%s: %s", where, err_detail());
        return CONN_STOP;
    }
    if (check_slice(h, &news, where) != RC_OK || advance(h, &news) != RC_OK) {
        return CONN_STOP;
    }
    page->position = place_format(page->arena, &h->place);
    bool is_news = news.records > 0 || is_first || !h->place.is_end || !paging_is_counted(p);
    return is_news ? CONN_PAGE : CONN_END;
}

static enum answer read_transfer(struct http *h, const struct transfer *t, struct page *page)
{
    struct document_page got = {0};
    const char *where = outcome_where(&h->settings, &h->place, page->arena);
    enum answer answer = outcome_of_transfer(&h->settings, t, where);
    if (job_is_open(&h->settings, &h->place)) {
        return answer == CONN_PAGE ? job_take(&h->job, t, where, &h->place, page)
                                   : job_lost(t, where, &h->place, answer);
    }
    answer = answer != CONN_PAGE ? answer : decode_body(h, t, where, page->arena, &got);
    return answer != CONN_PAGE ? answer : take_page(h, t, &got, where, page);
}

/* After a failure nothing goes on behind the engine's back while it waits before it asks again. */
static void settle_down(struct http *h, enum answer answer)
{
    h->is_careful = answer != CONN_PAGE;
    if (h->is_careful) {
        fetch_release_running(&h->fetch);
    }
}

/* Signed requests carry the time; gateways refuse those whose clock is another. */
static void watch_clock(struct http *h, const struct transfer *t)
{
    bool is_off = t->skew_s > HTTP_MAX_SKEW_S || t->skew_s < -HTTP_MAX_SKEW_S;
    if (is_off && !h->is_skew_told && h->settings.auth.sign != NULL) {
        log_event(LOG_WARN, "clock differs", LOG_S("dataset", h->source->dataset),
                  LOG_I("gateway_ahead_s", t->skew_s));
        h->is_skew_told = true;
    }
}

static enum answer not_begun(void)
{
    return err_disposition(err_last()) == DISP_RETRY ? CONN_RETRY : CONN_STOP;
}

static enum answer ask(struct http *h, struct page *page, int64_t *ret_retry_after_ms)
{
    struct transfer *t = NULL;
    if (wait_for_turn(h, &t) != RC_OK) {
        return not_begun();
    }
    watch_clock(h, t);
    enum answer answer = read_transfer(h, t, page);
    if (answer == CONN_STOP || answer == CONN_RETRY) {
        transfer_show_answer(t, &h->settings, page->arena);
    }
    if (answer == CONN_RETRY && t->retry_after_ms > 0) {
        *ret_retry_after_ms = t->retry_after_ms;
    }
    fetch_release(&h->fetch, t);
    settle_down(h, answer);
    return answer;
}

/* Once; refused again it is an error. */
static bool renew_token(struct http *h, enum answer answer)
{
    struct token *token = h->settings.auth.token;
    if (answer != CONN_STOP || err_last() != RC_AUTH || token == NULL || h->is_renewed) {
        return false;
    }
    h->is_renewed = true;
    token_refuse(token);
    fetch_release_all(&h->fetch); /* what was sent ahead carries the old one */
    return true;
}

/* Sends for the next pages; trouble with that comes up again when they are wanted. Whoever looks at requests wants one
 * after the other. */
static void go_ahead(struct http *h)
{
    h->is_renewed = false;
    if (h->source->on_request == NULL && !h->place.is_end && want(h, false) != RC_OK) {
        err_clear();
    }
}

static enum answer http_read(void *state, struct page *page, int64_t *ret_retry_after_ms)
{
    struct http *h = state;
    if (h->place.is_end) {
        return CONN_END;
    }
    enum answer answer = ask(h, page, ret_retry_after_ms);
    if (renew_token(h, answer)) {
        answer = ask(h, page, ret_retry_after_ms);
    }
    if (answer == CONN_PAGE) {
        go_ahead(h);
    }
    return answer;
}

/* Whoever opens an export anew submits another job. */
static bool http_is_dear(const struct yaml *settings)
{
    return str_is(yaml_text(yaml_get(settings, "paging"), "kind"), "export");
}

const struct connector connector_http = {
    .kind = "http",
    .may_ask = true,
    .connection_keys = http_connection_keys,
    .dataset_keys = http_dataset_keys,
    .kinds = http_kinds,
    .is_dear = http_is_dear,
    .check = http_check,
    .is_bounded = http_is_bounded,
    .open = http_open,
    .read = http_read,
    .close = http_close,
};
