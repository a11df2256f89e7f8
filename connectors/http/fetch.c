#include "connectors/http/fetch.h"

#define SCRATCH_BYTES ((size_t)64 << 20)
#define POLL_MS 1000
#define READ_BYTES 262144L
#define MOST_RETRY_AFTER_S (24 * 3600)

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    size_t bytes = size * n;
    t->is_too_big = t->is_too_big || buf_put(&t->body, p, bytes) != RC_OK;
    return t->is_too_big ? 0 : bytes;
}

/* Counts what comes over the wire: empty compressed blocks could go on forever without a byte of
 * body. */
static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    struct transfer *t = ctx;
    (void)total, (void)up_total, (void)up_now;
    t->is_too_big = t->is_too_big || (now > 0 && (uint64_t)now > t->max_body);
    return t->is_too_big;
}

/* ---- a handle for each transfer, its options set once ---- */

/* The environment's proxy does not apply: what a department is asked, and through whom, is
 * configuration. */
static CURLcode set_connection(CURL *e, const struct http_settings *s)
{
    CURLcode c = CURLE_OK;
    c |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    c |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    c |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    c |= curl_easy_setopt(e, CURLOPT_PROXY, "");
    c |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    c |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    c |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    c |= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
    c |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout_ms);
    c |= curl_easy_setopt(e, CURLOPT_BUFFERSIZE, READ_BYTES);
    if (s->ca_file != NULL) {
        c |= curl_easy_setopt(e, CURLOPT_CAINFO, s->ca_file);
    }
    return c;
}

static CURLcode set_request(CURL *e, const struct fetch *f)
{
    const struct http_settings *s = f->settings;
    CURLcode c = CURLE_OK;
    c |= curl_easy_setopt(e, CURLOPT_USERAGENT, "bidui");
    c |= curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
    c |= curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_body);
    if (s->auth.user != NULL) {
        c |= curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        c |= curl_easy_setopt(e, CURLOPT_USERNAME, s->auth.user);
        c |= curl_easy_setopt(e, CURLOPT_PASSWORD, s->auth.password);
    }
    return c;
}

static CURLcode set_sinks(struct transfer *t)
{
    CURLcode c = CURLE_OK;
    c |= curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    c |= curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    c |= curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    c |= curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
    c |= curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
    c |= curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    return c;
}

static enum rc open_transfer(struct fetch *f, struct transfer *t)
{
    buf_init(&t->body, f->settings->max_body);
    buf_init(&t->url, HTTP_MAX_URL);
    buf_init(&t->form, HTTP_MAX_REQUEST);
    t->max_body = f->settings->max_body;
    t->easy = curl_easy_init();
    CURLcode c = t->easy == NULL ? CURLE_FAILED_INIT : CURLE_OK;
    c = c != CURLE_OK ? c : set_connection(t->easy, f->settings);
    c = c != CURLE_OK ? c : set_request(t->easy, f);
    c = c != CURLE_OK ? c : set_sinks(t);
    return c == CURLE_OK ? RC_OK : err_fail(RC_BUG, "libcurl: %s", curl_easy_strerror(c));
}

static void close_transfer(struct fetch *f, struct transfer *t)
{
    fetch_release(f, t);
    curl_easy_cleanup(t->easy);
    buf_done(&t->body);
    buf_done(&t->url);
    buf_done(&t->form);
    curl_slist_free_all(t->headers);
}

/* ---- all of them ---- */

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
    /* Only one of them can be wanted where the next page is known from the last. */
    bool is_counted =
        settings->paging.kind == PAGING_PAGE || settings->paging.kind == PAGING_OFFSET;
    size_t count = is_counted ? settings->parallel : 1;
    while (f->count < count) {
        TRY(open_transfer(f, &f->transfers[f->count++]));
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

static enum rc write_headers(struct transfer *t, const struct http_message *m)
{
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    for (size_t i = 0; i < m->headers.n; i++) {
        const struct http_pair *h = &m->headers.p[i];
        const char *line =
            arena_printf(m->arena, "%.*s: %.*s", STR_ARGS(h->name), STR_ARGS(h->value));
        struct curl_slist *list = curl_slist_append(t->headers, line);
        if (list == NULL) {
            return err_fail(RC_MEMORY, "curl_slist_append");
        }
        t->headers = list;
    }
    return RC_OK;
}

static enum rc write_message(struct transfer *t, const struct http_message *m)
{
    buf_reset(&t->url);
    buf_reset(&t->form);
    TRY(http_message_url(m, &t->url));
    TRY(http_message_body(m, &t->form));
    TRY(write_headers(t, m));
    CURLcode c = curl_easy_setopt(t->easy, CURLOPT_URL, t->url.p);
    c |= curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    if (m->body_kind != HTTP_BODY_NONE) {
        c |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->form.n);
        c |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->form.p);
    }
    return c == CURLE_OK ? RC_OK : err_fail(RC_BUG, "libcurl: %s", curl_easy_strerror(c));
}

static enum rc begin(struct fetch *f, int64_t number, struct str cursor)
{
    struct transfer *t = find_idle(f);
    struct http_message m;
    if (t == NULL) {
        return err_fail(RC_BUG, "no idle transfer");
    }
    arena_reset(f->scratch);
    TRY(http_request(f->settings, number, cursor, f->scratch, &m));
    TRY(http_auth_apply(&f->settings->auth, &m));
    TRY(write_message(t, &m));
    if (curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
        return err_fail(RC_BUG, "curl_multi_add_handle");
    }
    buf_reset(&t->body);
    t->number = number;
    t->is_too_big = false;
    t->state = TRANSFER_RUNNING;
    return RC_OK;
}

static int64_t retry_after_ms(CURL *easy)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds < 0) {
        return 0;
    }
    return (seconds > MOST_RETRY_AFTER_S ? MOST_RETRY_AFTER_S : (int64_t)seconds) * 1000;
}

static void finish(struct fetch *f, CURL *easy, CURLcode result)
{
    void *owner = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    struct transfer *t = owner;
    t->result = result;
    t->status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &t->status);
    t->retry_after_ms = retry_after_ms(easy);
    curl_multi_remove_handle(f->multi, easy);
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
                   struct str cursor)
{
    for (size_t i = 0; i < f->count; i++) {
        if (!is_wanted(numbers, n, f->transfers[i].number)) {
            fetch_release(f, &f->transfers[i]);
        }
    }
    for (size_t i = 0; i < n && i < begun; i++) {
        if (!fetch_is_begun(f, numbers[i])) {
            TRY(begin(f, numbers[i], cursor));
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
