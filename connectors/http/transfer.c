#include "connectors/http/transfer.h"

#include <strings.h>

#include "base/clock.h"

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
    return c | http_tls_set(e, &s->tls);
}

static CURLcode set_request(CURL *e, const struct http_settings *s, const struct http_auth *who)
{
    CURLcode c = CURLE_OK;
    c |= curl_easy_setopt(e, CURLOPT_USERAGENT, "bidui");
    c |= curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
    c |= curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_body);
    if (who->user != NULL) {
        c |= curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        c |= curl_easy_setopt(e, CURLOPT_USERNAME, who->user);
        c |= curl_easy_setopt(e, CURLOPT_PASSWORD, who->password);
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

enum rc transfer_open(struct transfer *t, const struct http_settings *s, const struct http_auth *who)
{
    buf_init(&t->body, s->max_body);
    buf_init(&t->url, HTTP_MAX_URL);
    buf_init(&t->form, HTTP_MAX_REQUEST + 1);
    t->max_body = s->max_body;
    t->place_fd = -1;
    t->easy = curl_easy_init();
    CURLcode c = t->easy == NULL ? CURLE_FAILED_INIT : CURLE_OK;
    c = c != CURLE_OK ? c : set_connection(t->easy, s);
    c = c != CURLE_OK ? c : set_request(t->easy, s, who);
    c = c != CURLE_OK ? c : set_sinks(t);
    return c == CURLE_OK ? RC_OK : err_fail(RC_BUG, "libcurl: %s", curl_easy_strerror(c));
}

void transfer_close(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    buf_done(&t->body);
    buf_done(&t->url);
    buf_done(&t->form);
    curl_slist_free_all(t->headers);
    t->headers = NULL;
}

/* ---- a request ---- */

/* A token out of an answer, say, must not write headers of its own. */
static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static enum rc add_header(struct transfer *t, struct arena *a, struct str name, struct str value)
{
    if (has_control(name) || has_control(value)) {
        return err_fail(RC_CONFIG, tr("请求头 %.*s 含控制字符", "header %.*s holds control characters"),
                        STR_ARGS(name));
    }
    struct curl_slist *list = curl_slist_append(
        t->headers, arena_printf(a, "%.*s: %.*s", STR_ARGS(name), STR_ARGS(value)));
    if (list == NULL) {
        return err_fail(RC_MEMORY, "curl_slist_append");
    }
    t->headers = list;
    return RC_OK;
}

static bool says_type(const struct http_message *m)
{
    for (size_t i = 0; i < m->headers.n; i++) {
        const struct str *name = &m->headers.p[i].name;
        if (name->n == strlen("Content-Type") && strncasecmp(name->p, "Content-Type", name->n) == 0) {
            return true;
        }
    }
    return false;
}

static enum rc write_headers(struct transfer *t, const struct http_message *m)
{
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    for (size_t i = 0; i < m->headers.n; i++) {
        TRY(add_header(t, m->arena, m->headers.p[i].name, m->headers.p[i].value));
    }
    if (m->body_kind == HTTP_BODY_JSON && !says_type(m)) {
        TRY(add_header(t, m->arena, STR("Content-Type"), STR("application/json")));
    }
    return RC_OK;
}

enum rc transfer_write(struct transfer *t, const struct http_message *m)
{
    buf_reset(&t->url);
    buf_reset(&t->form);
    TRY(http_message_url(m, &t->url));
    TRY(http_message_body(m, &t->form));
    TRY(write_headers(t, m));
    CURLcode c = curl_easy_setopt(t->easy, CURLOPT_URL, t->url.p);
    c |= curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    if (m->body_kind != HTTP_BODY_NONE || strcmp(m->method, "POST") == 0) {
        c |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->form.n);
        c |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->form.p);
    }
    c |= curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, m->method);
    return c == CURLE_OK ? RC_OK : err_fail(RC_BUG, "libcurl: %s", curl_easy_strerror(c));
}

static struct http_secrets secrets_of(const struct http_settings *s)
{
    struct http_secrets secrets = s->secrets;
    if (s->auth.token != NULL && s->auth.token->value.n > 0 && secrets.n < HTTP_MOST_SECRETS) {
        secrets.p[secrets.n++] = buf_str(&s->auth.token->value);
    }
    return secrets;
}

void transfer_show_answer(const struct transfer *t, const struct http_settings *s, struct arena *a)
{
    struct http_secrets secrets = secrets_of(s);
    if (s->source->on_answer != NULL && t->result == CURLE_OK) {
        s->source->on_answer(s->source->on_request_ctx, http_show_answer(a, t->status, buf_str(&t->body), &secrets));
    }
}

void transfer_show(const struct transfer *t, const struct http_settings *s,
                   const struct http_message *m, struct str signed_text)
{
    struct http_secrets secrets = secrets_of(s);
    if (s->source->on_request == NULL) {
        return;
    }
    s->source->on_request(s->source->on_request_ctx,
                          http_show(m, buf_str(&t->url), buf_str(&t->form), signed_text, &secrets));
}

/* ---- its answer ---- */

static int64_t retry_after_ms(CURL *easy)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds < 0) {
        return 0;
    }
    return (seconds > MOST_RETRY_AFTER_S ? MOST_RETRY_AFTER_S : (int64_t)seconds) * 1000;
}

static int64_t skew_s(CURL *easy)
{
    struct curl_header *date = NULL;
    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &date) != CURLHE_OK) {
        return 0;
    }
    time_t theirs = curl_getdate(date->value, NULL);
    return theirs < 0 ? 0 : (int64_t)theirs - clock_unix_ms() / 1000;
}

void transfer_finish(struct transfer *t, CURLcode result)
{
    t->result = result;
    t->status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
    t->retry_after_ms = retry_after_ms(t->easy);
    t->skew_s = skew_s(t->easy);
}
