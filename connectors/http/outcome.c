#include "connectors/http/outcome.h"

#include <strings.h>

#include "connectors/http/link.h"

#define MAX_CODE_SHOWN 12

const char *outcome_where(const struct http_settings *s, const struct place *at, struct arena *a)
{
    size_t n = str_find(str_from(s->path), '?');
    const char *method = s->is_post ? "POST" : "GET";
    char slice[DATE_TEXT + 1] = "";
    if (at->slice != DATE_NONE) {
        slice[0] = ' ';
        date_format(at->slice, slice + 1);
    }
    if (s->paging.kind == PAGING_OFFSET) {
        return arena_printf(a, tr("%s %.*s%s 偏移 %lld", "%s %.*s%s offset %lld"), method, (int)n,
                            s->path, slice, (long long)at->number);
    }
    return arena_printf(a, tr("%s %.*s%s 第 %lld 页", "%s %.*s%s page %lld"), method, (int)n,
                        s->path, slice, (long long)at->number);
}

/* Failures that asking again will not mend. Everything else a network does passes by itself. */
static bool is_lasting(CURLcode c)
{
    switch ((int)c) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_LOGIN_DENIED:
        return true;
    default:
        return false;
    }
}

static bool is_certificate(CURLcode c)
{
    return c == CURLE_PEER_FAILED_VERIFICATION || c == CURLE_SSL_CACERT_BADFILE ||
           c == CURLE_SSL_ISSUER_ERROR;
}

static enum answer failed(enum answer answer, enum rc rc)
{
    (void)rc; /* recorded already; the answer is what counts */
    return answer;
}

static enum answer of_failure(const struct http_settings *s, const struct transfer *t,
                              const char *where)
{
    if (t->is_too_big || t->result == CURLE_FILESIZE_EXCEEDED) {
        return failed(CONN_STOP,
                      err_fail(RC_LIMIT,
                               tr("%s: 正文超过 %zu 字节(上限 caps.body)", "%s: the body exceeds %zu bytes (caps.body)"), where,
                               s->max_body));
    }
    enum rc rc = err_fail(RC_NET, "%s: %s", where, curl_easy_strerror(t->result));
    if (is_certificate(t->result)) {
        err_hint("%s", tr("核对对方证书,或在 connection.tls.ca 指定签发它的 CA。",
                          "Check the server's certificate, or name its CA in connection.tls.ca."));
    }
    return failed(is_lasting(t->result) ? CONN_STOP : CONN_RETRY, rc);
}

static bool is_transient(long status)
{
    static const long transient[] = {408, 425, 429, 500, 502, 503, 504};
    for (size_t i = 0; i < sizeof transient / sizeof *transient; i++) {
        if (transient[i] == status) {
            return true;
        }
    }
    return false;
}

/* The commonest reason why a right signature is refused. */
static void hint_skew(const struct transfer *t)
{
    if (t->skew_s > HTTP_MAX_SKEW_S || t->skew_s < -HTTP_MAX_SKEW_S) {
        err_hint(tr("本机时钟与网关相差 %lld 秒;请用 NTP 校准本机时间。",
                    "Our clock and the gateway's differ by %lld seconds; set ours by NTP."),
                 (long long)(t->skew_s < 0 ? -t->skew_s : t->skew_s));
    }
}

/* Silence must not pass for "nothing has changed": only the answer to that question counts. */
static enum answer of_unchanged(const struct transfer *t, const char *where)
{
    if (t->is_conditional) {
        return CONN_SAME;
    }
    enum rc rc = err_fail(RC_HTTP, tr("%s: HTTP 304(未变化),但请求没有带条件", "%s: HTTP 304 (not modified), though nobody asked"),
                          where);
    err_hint("%s", tr("多半是中间的缓存答错了;请部门查看。", "Most likely a cache in between is wrong; ask the department."));
    return failed(CONN_STOP, rc);
}

enum answer outcome_of_transfer(const struct http_settings *s, const struct transfer *t,
                                const char *where)
{
    if (t->result != CURLE_OK) {
        return of_failure(s, t, where);
    }
    bool is_accepted = t->status == 201 || t->status == 202; /* as exports are */
    if (t->status == 200 || (is_accepted && s->paging.kind == PAGING_EXPORT)) {
        return CONN_PAGE;
    }
    if (t->status == 304) {
        return of_unchanged(t, where);
    }
    if (t->status == 429 && s->source->asked_count > 0) { /* the day's questions are used up */
        return failed(CONN_STOP, err_fail(RC_NOT_NOW, "%s: HTTP %ld", where, t->status));
    }
    bool is_auth = t->status == 401 || t->status == 403;
    enum rc rc = err_fail(is_auth ? RC_AUTH : RC_HTTP, "%s: HTTP %ld", where, t->status);
    if (t->status >= 300 && t->status < 400) {
        err_hint("%s", tr("接口要求跳转到别处;请把最终地址写进 base_url。",
                          "The interface redirects; write the final address into base_url."));
    }
    if (is_auth && s->auth.sign != NULL) {
        hint_skew(t);
    }
    return failed(is_transient(t->status) ? CONN_RETRY : CONN_STOP, rc);
}

struct str outcome_header(const struct transfer *t, const char *name)
{
    struct curl_header *h = NULL;
    bool is_there = curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK;
    return is_there ? str_from(h->value) : STR_NULL;
}

struct str outcome_link(const struct transfer *t)
{
    struct curl_header *h = NULL;
    struct str next = STR_NULL;
    for (size_t i = 0; str_is_null(next) && curl_easy_header(t->easy, "Link", i, CURLH_HEADER, -1,
                                                             &h) == CURLHE_OK;
         i++) {
        next = link_next(str_from(h->value));
    }
    return next;
}

struct str outcome_content_type(const struct transfer *t)
{
    struct str type = outcome_header(t, "Content-Type");
    return str_is_null(type) ? STR("") : type;
}

bool outcome_is_html(struct str body)
{
    body = str_trim(str_starts(body, STR("\xEF\xBB\xBF")) ? str_sub(body, 3, body.n) : body);
    static const char *const starts[] = {"<!doctype html", "<html"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t n = strlen(starts[i]);
        if (body.n >= n && strncasecmp(body.p, starts[i], n) == 0) {
            return true;
        }
    }
    return false;
}

enum answer outcome_of_html(const char *where)
{
    enum rc rc = err_fail(RC_FORMAT, tr("%s: HTTP 200,但内容是 HTML 网页,不是数据",
                                        "%s: HTTP 200, but a web page (HTML) in place of data"),
                          where);
    err_hint("%s", tr("多半是登录页或维护通知:核对身份验证和 path,或请部门查看。",
                      "Most likely a login form or a notice: check auth and path, or ask the "
                      "department."));
    return failed(CONN_STOP, rc);
}

bool outcome_lists(const struct yaml *codes, struct str code)
{
    for (const struct yaml *node = codes == NULL ? NULL : codes->first; node != NULL;
         node = node->next) {
        if (str_eq(node->text, code)) {
            return true;
        }
    }
    return false;
}

/* A code that looks like one is shown; a sentence of the department's might name a person. */
static bool is_showable(struct str code)
{
    for (size_t i = 0; i < code.n; i++) {
        bool is_letter =
            (code.p[i] >= 'A' && code.p[i] <= 'Z') || (code.p[i] >= 'a' && code.p[i] <= 'z');
        bool is_other = (code.p[i] >= '0' && code.p[i] <= '9') || code.p[i] == '-' ||
                        code.p[i] == '_' || code.p[i] == '.';
        if (!is_letter && !is_other) {
            return false;
        }
    }
    return code.n > 0 && code.n <= MAX_CODE_SHOWN;
}

enum answer outcome_of_code(const struct http_settings *s, const struct scalar *code,
                            const char *where)
{
    if (s->ok_pointer == NULL) {
        return CONN_PAGE;
    }
    if (code->kind != SCALAR_TEXT) {
        return failed(CONN_STOP,
                      err_fail(RC_FORMAT, tr("%s: 返回中没有 %s", "%s: no %s in the answer"), where,
                               s->ok_pointer));
    }
    if (outcome_lists(s->ok_equals, code->text)) {
        return CONN_PAGE;
    }
    struct str shown = is_showable(code->text) ? code->text : STR("?");
    bool is_auth = outcome_lists(s->auth.refresh_codes, code->text);
    enum rc rc = err_fail(is_auth ? RC_AUTH : RC_HTTP, "%s: HTTP 200, %s = %.*s", where,
                          s->ok_pointer, STR_ARGS(shown));
    return failed(outcome_lists(s->ok_retry, code->text) ? CONN_RETRY : CONN_STOP, rc);
}

enum answer outcome_of_page(const struct http_settings *s, const struct document_page *page,
                            const char *where)
{
    const struct scalar *code = &page->scalars[WANT_OK];
    bool is_file = s->paging.kind == PAGING_EXPORT && code->kind == SCALAR_ABSENT; /* an export's stands in no envelope */
    enum answer answer = is_file ? CONN_PAGE : outcome_of_code(s, code, where);
    if (answer != CONN_PAGE) {
        return answer;
    }
    if (!page->has_records) {
        return failed(CONN_STOP, err_fail(RC_FORMAT, tr("%s: %s 处没有数组", "%s: no array at %s"),
                                          where, s->records[0] == '\0' ? "\"\"" : s->records));
    }
    return CONN_PAGE;
}
