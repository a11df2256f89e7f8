#include "connectors/http/fetch.h"

#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "connectors/http/condition.h"

#define SCRATCH_BYTES ((size_t)64 << 20)
#define POLL_MS 1000

static void give_place_back(struct transfer *t)
{
    if (t->place_fd >= 0) {
        close(t->place_fd);
        t->place_fd = -1;
    }
}

static void close_transfer(struct fetch *f, struct transfer *t)
{
    fetch_release(f, t);
    transfer_close(t);
}

enum rc fetch_open(struct fetch *f, const struct http_settings *settings)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return err_fail(RC_BUG, "curl_global_init");
    }
    *f = (struct fetch){.settings = settings};
    f->multi = curl_multi_init();
    if (f->multi == NULL) {
        return err_fail(RC_MEMORY, "curl_multi_init");
    }
    f->scratch = arena_new(SCRATCH_BYTES);
    TRY(pace_read(settings->source, yaml_get(settings->source->connection, "limits"), &f->pace));
    /* Only one of them can be wanted where the next page is known from the last. */
    bool is_counted =
        settings->paging.kind == PAGING_PAGE || settings->paging.kind == PAGING_OFFSET;
    size_t count = is_counted ? settings->parallel : 1;
    while (f->count < count) {
        TRY(transfer_open(&f->transfers[f->count++], settings, &settings->auth));
    }
    return RC_OK;
}

void fetch_close(struct fetch *f)
{
    if (f->settings == NULL) {
        return; /* was never opened */
    }
    for (size_t i = 0; i < f->count; i++) {
        close_transfer(f, &f->transfers[i]);
    }
    if (f->multi != NULL) {
        curl_multi_cleanup(f->multi);
    }
    arena_free(f->scratch);
    curl_global_cleanup();
}

void fetch_release(struct fetch *f, struct transfer *t)
{
    give_place_back(t);
    if (t->state == TRANSFER_RUNNING) {
        curl_multi_remove_handle(f->multi, t->easy);
    }
    t->state = TRANSFER_IDLE;
}

void fetch_release_running(struct fetch *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->transfers[i].state == TRANSFER_RUNNING) {
            fetch_release(f, &f->transfers[i]);
        }
    }
}

void fetch_release_all(struct fetch *f)
{
    for (size_t i = 0; i < f->count; i++) {
        fetch_release(f, &f->transfers[i]);
    }
}

bool fetch_is_begun(const struct fetch *f, int64_t number)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->transfers[i].state != TRANSFER_IDLE && f->transfers[i].number == number) {
            return true;
        }
    }
    return false;
}

static struct transfer *find(struct fetch *f, int64_t number)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->transfers[i].state != TRANSFER_IDLE && f->transfers[i].number == number) {
            return &f->transfers[i];
        }
    }
    return NULL;
}

static struct transfer *find_idle(struct fetch *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->transfers[i].state == TRANSFER_IDLE) {
            return &f->transfers[i];
        }
    }
    return NULL;
}

static enum rc send_request(struct fetch *f, struct transfer *t, const struct place *at,
                            int64_t number)
{
    struct http_message m;
    struct str signed_text = STR_NULL;
    arena_reset(f->scratch);
    TRY(http_request(f->settings, at, number, f->scratch, &m));
    TRY(condition_apply(f->settings, at, &m, t));
    TRY(http_encrypt_apply(f->settings->encrypt, &m));
    TRY(http_auth_apply(&f->settings->auth, &m, &signed_text));
    TRY(transfer_write(t, &m));
    transfer_show(t, f->settings, &m, signed_text);
    if (curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
        return err_fail(RC_BUG, "curl_multi_add_handle");
    }
    buf_reset(&t->body);
    t->number = number;
    t->is_too_big = false;
    t->hops = 0;
    t->state = TRANSFER_RUNNING;
    return RC_OK;
}

static enum rc push(struct fetch *f);

/* What is under way meanwhile goes on. */
static enum rc wait_us(struct fetch *f, int64_t us)
{
    int64_t until_ms = clock_monotonic_ms() + (us + 999) / 1000;
    for (int64_t left; (left = until_ms - clock_monotonic_ms()) > 0;) {
        if (curl_multi_poll(f->multi, NULL, 0, (int)(left < POLL_MS ? left : POLL_MS), NULL) != CURLM_OK) {
            return err_fail(RC_NET, "curl_multi_poll");
        }
        TRY(push(f));
    }
    return RC_OK;
}

/* *ret_begun is false when the department's limits leave it for later. */
static enum rc begin(struct fetch *f, const struct place *at, int64_t number, bool may_wait,
                     bool *ret_begun)
{
    struct transfer *t = find_idle(f);
    int64_t us = 0;
    if (t == NULL) {
        return err_fail(RC_BUG, "no idle transfer");
    }
    TRY(pace_hold(&f->pace, may_wait, &t->place_fd, ret_begun));
    if (!*ret_begun) {
        return RC_OK;
    }
    enum rc rc = pace_take(&f->pace, may_wait, &us);
    *ret_begun = rc == RC_OK && (us == 0 || may_wait);
    rc = *ret_begun ? wait_us(f, us) : rc;
    rc = rc == RC_OK && *ret_begun ? send_request(f, t, at, number) : rc;
    if (rc != RC_OK || !*ret_begun) {
        give_place_back(t);
    }
    return rc;
}

static bool same(CURLU *a, CURLU *b, CURLUPart part)
{
    char *x = NULL, *y = NULL;
    curl_url_get(a, part, &x, CURLU_DEFAULT_PORT);
    curl_url_get(b, part, &y, CURLU_DEFAULT_PORT);
    bool is_same = x != NULL && y != NULL && strcasecmp(x, y) == 0;
    curl_free(x);
    curl_free(y);
    return is_same;
}

/* Credentials never go to another host, port or scheme. */
static bool stays(const char *from, const char *to)
{
    CURLU *a = curl_url(), *b = curl_url();
    bool is_same = a != NULL && b != NULL && curl_url_set(a, CURLUPART_URL, from, 0) == CURLUE_OK &&
                   curl_url_set(b, CURLUPART_URL, to, 0) == CURLUE_OK && same(a, b, CURLUPART_SCHEME) &&
                   same(a, b, CURLUPART_HOST) && same(a, b, CURLUPART_PORT);
    curl_url_cleanup(a);
    curl_url_cleanup(b);
    return is_same;
}

/* Goes where the answer points, if that is allowed. */
static bool follow(struct fetch *f, struct transfer *t)
{
    char *to = NULL;
    bool keeps_method = !f->settings->is_post || t->status == 307 || t->status == 308;
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &to);
    if (t->result != CURLE_OK || to == NULL || !keeps_method || t->hops >= f->settings->redirects ||
        !stays(t->url.p, to)) {
        return false;
    }
    t->hops++;
    buf_reset(&t->body);
    return curl_easy_setopt(t->easy, CURLOPT_URL, to) == CURLE_OK &&
           curl_multi_add_handle(f->multi, t->easy) == CURLM_OK;
}

static void finish(struct fetch *f, CURL *easy, CURLcode result)
{
    void *owner = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    struct transfer *t = owner;
    transfer_finish(t, result);
    curl_multi_remove_handle(f->multi, easy);
    if (t->status >= 300 && t->status < 400 && follow(f, t)) {
        return;
    }
    give_place_back(t);
    t->state = TRANSFER_DONE;
}

static enum rc push(struct fetch *f)
{
    int running = 0, left = 0;
    CURLMcode m = curl_multi_perform(f->multi, &running);
    if (m != CURLM_OK) {
        return err_fail(RC_NET, "libcurl: %s", curl_multi_strerror(m));
    }
    for (CURLMsg *msg; (msg = curl_multi_info_read(f->multi, &left)) != NULL;) {
        if (msg->msg == CURLMSG_DONE) {
            finish(f, msg->easy_handle, msg->data.result);
        }
    }
    return RC_OK;
}

static bool is_wanted(const int64_t *numbers, size_t n, int64_t number)
{
    for (size_t i = 0; i < n; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return false;
}

enum rc fetch_want(struct fetch *f, const int64_t *numbers, size_t n, size_t begun,
                   const struct place *at, bool may_wait)
{
    bool is_free = true;
    for (size_t i = 0; i < f->count; i++) {
        if (!is_wanted(numbers, n, f->transfers[i].number)) {
            fetch_release(f, &f->transfers[i]);
        }
    }
    for (size_t i = 0; i < n && i < begun && is_free; i++) {
        if (!fetch_is_begun(f, numbers[i])) {
            TRY(begin(f, at, numbers[i], may_wait && i == 0, &is_free));
        }
    }
    return push(f);
}

enum rc fetch_wait(struct fetch *f, int64_t number, struct transfer **ret)
{
    struct transfer *t = find(f, number);
    if (t == NULL) {
        return err_fail(RC_BUG, "transfer %lld was not begun", (long long)number);
    }
    while (t->state == TRANSFER_RUNNING) {
        CURLMcode m = curl_multi_poll(f->multi, NULL, 0, POLL_MS, NULL);
        if (m != CURLM_OK) {
            return err_fail(RC_NET, "libcurl: %s", curl_multi_strerror(m));
        }
        TRY(push(f));
    }
    *ret = t;
    return RC_OK;
}
