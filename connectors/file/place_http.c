/* A static file behind HTTP(S): asked for by name, resumed by Range only while it is the same
 * (If-Range). */
#include "base/fault.h"
#include "connectors/file/place_curl.h"

#define DAYS_BACK 10  /* a name with a date is looked for under so many days, */
#define MONTHS_BACK 3 /* or months */

static enum rc answer_code(struct curl_place *c, const char *name)
{
    long code = 0;
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &code);
    if (code >= 200 && code < 300) {
        return RC_OK;
    }
    enum rc rc = code == 404 || code == 410   ? RC_NOT_FOUND
                 : code == 401 || code == 403 ? RC_AUTH
                 : code == 429 || code >= 500 ? RC_NET
                                              : RC_HTTP;
    return err_fail(rc, "%s:%d %s: HTTP %ld", c->options->host, c->options->port, name, code);
}

static enum rc http_stat(void *state, struct arena *a, const char *name, struct remote_file *ret)
{
    struct curl_place *c = state;
    curl_off_t size = -1, time = -1;
    TRY(curl_place_aim(c, a, name));
    if (curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L) != CURLE_OK) {
        return err_fail(RC_BUG, "curl_easy_setopt");
    }
    TRY(curl_place_run(c, name));
    TRY(answer_code(c, name));
    (void)curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    (void)curl_easy_getinfo(c->easy, CURLINFO_FILETIME_T, &time);
    *ret = (struct remote_file){.name = arena_cstr(a, str_from(name)),
                                .size = (int64_t)size,
                                .time = (int64_t)time,
                                .tag = arena_cstr(a, str_from(c->tag))};
    return RC_OK;
}

/* The dates a name may have, latest first. */
static size_t back(const struct place_options *o)
{
    return !pattern_has_date(o->pattern) ? 1
           : pattern_has_day(o->pattern) ? DAYS_BACK
                                         : MONTHS_BACK;
}

static date_t date_back(const struct place_options *o, size_t i)
{
    return pattern_has_day(o->pattern) ? date_add_days(o->today, -(int)i)
                                       : date_add_months(date_month_start(o->today), -(int)i);
}

static enum rc http_list(void *state, struct arena *a, struct remote_file **ret, size_t *ret_n)
{
    struct curl_place *c = state;
    const struct place_options *o = c->options;
    struct remote_file *files = arena_array(a, back(o), sizeof *files);
    size_t n = 0;
    for (size_t i = 0; i < back(o); i++) {
        enum rc rc = http_stat(c, a, pattern_name(a, o->pattern, date_back(o, i)), &files[n]);
        if (rc != RC_OK && rc != RC_NOT_FOUND) {
            return rc;
        }
        if (rc == RC_NOT_FOUND) {
            err_clear();
        }
        n += rc == RC_OK ? 1 : 0;
    }
    *ret = files;
    *ret_n = n;
    return RC_OK;
}

/* Only a strong tag vouches for bytes. */
static enum rc ask_for_the_rest(struct curl_place *c, struct arena *a,
                                const struct remote_file *file, struct curl_slist **headers)
{
    bool is_strong = *file->tag == '"';
    if (!is_strong || blob_size(c->into) == 0) {
        return blob_clear(c->into);
    }
    *headers = curl_slist_append(NULL, arena_printf(a, "If-Range: %s", file->tag));
    bool good =
        *headers != NULL && curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, *headers) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)blob_size(c->into)) ==
            CURLE_OK;
    return good ? RC_OK : err_fail(RC_BUG, "curl_easy_setopt");
}

static enum rc fetch_once(struct curl_place *c, struct arena *a, const struct remote_file *file,
                          struct curl_slist **headers)
{
    TRY(ask_for_the_rest(c, a, file, headers));
    if (curl_easy_setopt(c->easy, CURLOPT_FAILONERROR, 1L) != CURLE_OK) {
        return err_fail(RC_BUG, "curl_easy_setopt");
    }
    CURLcode code = curl_easy_perform(c->easy);
    fault_point("request");
    if (code == CURLE_RANGE_ERROR) { /* it is another file by now, or the server knows no ranges:
                                        all of it anew */
        TRY(blob_clear(c->into));
        return err_fail(RC_NET, "%s:%d %s: Range", c->options->host, c->options->port, file->name);
    }
    TRY(c->into_rc);
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        return answer_code(c, file->name);
    }
    return code == CURLE_OK ? RC_OK : curl_place_fail(c, code, file->name);
}

static enum rc http_fetch(void *state, const struct remote_file *file, struct blob *into)
{
    struct curl_place *c = state;
    struct arena *a = arena_new((size_t)1 << 20);
    struct curl_slist *headers = NULL;
    enum rc rc = curl_place_aim(c, a, file->name);
    c->into = into;
    if (rc == RC_OK && (file->size < 0 || blob_size(into) < file->size || file->size == 0)) {
        rc = fetch_once(c, a, file, &headers);
    }
    c->into = NULL;
    curl_slist_free_all(headers);
    arena_free(a);
    return rc;
}

const struct place_driver place_http = {.open = curl_place_open,
                                        .list = http_list,
                                        .stat = http_stat,
                                        .fetch = http_fetch,
                                        .close = curl_place_close};
