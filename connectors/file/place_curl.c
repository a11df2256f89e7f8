#include "connectors/file/place_curl.h"

#include <stdlib.h>
#include <strings.h>

#include "base/fault.h"

#define POINT_BYTES (INT64_C(1) << 20)
#define STALL_BYTES_PER_S 1L
#define FTP_REFUSED 500

enum rc curl_place_open(const struct place_options *options, void **ret_state)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return err_fail(RC_BUG, "curl_global_init");
    }
    struct curl_place *c = calloc(1, sizeof *c);
    if (c == NULL) {
        err_die(RC_MEMORY, "curl");
    }
    c->options = options;
    c->easy = curl_easy_init();
    if (c->easy == NULL) {
        err_die(RC_MEMORY, "curl");
    }
    *ret_state = c;
    return RC_OK;
}

void curl_place_close(void *state)
{
    struct curl_place *c = state;
    curl_easy_cleanup(c->easy);
    free(c);
    curl_global_cleanup();
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
    struct curl_place *c = ctx;
    size_t bytes = size * n;
    if (c->into == NULL) {
        return bytes;
    }
    c->into_rc = blob_append(c->into, str_of(p, bytes));
    c->since_point += (int64_t)bytes;
    if (c->since_point >= POINT_BYTES) {
        c->since_point = 0;
        fault_point("request");
    }
    return c->into_rc == RC_OK ? bytes : 0;
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
    static const char name[] = "etag:";
    struct curl_place *c = ctx;
    struct str line = str_of(p, size * n);
    if (line.n > sizeof name && strncasecmp(line.p, name, sizeof name - 1) == 0) {
        struct str tag = str_trim(str_sub(line, sizeof name - 1, line.n));
        size_t most = tag.n < sizeof c->tag ? tag.n : sizeof c->tag - 1;
        memcpy(c->tag, tag.p, most);
        c->tag[most] = '\0';
    }
    return size * n;
}

/* An explicit TLS session on the plain FTP port is what "ftps" means here; curl's own ftps is the
 * implicit kind. */
static const char *scheme_of(const struct place_options *o)
{
    return strcmp(o->scheme, "ftps") == 0 ? "ftp" : o->scheme;
}

/* Every part of a path escaped by itself. */
static const char *escaped(struct curl_place *c, struct arena *a, const char *path)
{
    const char *out = "";
    for (struct str rest = str_from(path); rest.n > 0;) {
        bool has_more = str_find(rest, '/') < rest.n;
        struct str part = str_cut(&rest, '/');
        char *safe = part.n > 0 ? curl_easy_escape(c->easy, part.p, (int)part.n) : NULL;
        out = arena_printf(a, "%s%s%s", out, safe != NULL ? safe : "", has_more ? "/" : "");
        curl_free(safe);
    }
    return out;
}

enum rc curl_place_aim(struct curl_place *c, struct arena *a, const char *name)
{
    const struct place_options *o = c->options;
    curl_easy_reset(c->easy);
    const char *url = arena_printf(a, "%s://%s:%d%s/%s", scheme_of(o), o->host, o->port,
                                   escaped(c, a, o->path), escaped(c, a, name));
    long seconds = (long)(o->timeout_ms / 1000);
    c->tag[0] = c->error[0] = '\0';
    c->into = NULL;
    c->into_rc = RC_OK;
    bool good =
        curl_easy_setopt(c->easy, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, scheme_of(o)) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT, seconds) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_TIME, seconds) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->error) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c) == CURLE_OK &&
        curl_easy_setopt(c->easy, CURLOPT_FILETIME, 1L) == CURLE_OK;
    if (good && o->ca != NULL) {
        good = curl_easy_setopt(c->easy, CURLOPT_CAINFO, o->ca) == CURLE_OK;
    }
    if (good && o->user != NULL) {
        good = curl_easy_setopt(c->easy, CURLOPT_USERNAME, o->user) == CURLE_OK &&
               curl_easy_setopt(c->easy, CURLOPT_PASSWORD, o->password) == CURLE_OK;
    }
    return good ? RC_OK : err_fail(RC_BUG, "curl_easy_setopt");
}

enum rc curl_place_fail(const struct curl_place *c, CURLcode code, const char *name)
{
    static const struct {
        CURLcode code;
        enum rc rc;
    } known[] = {
        {CURLE_LOGIN_DENIED, RC_AUTH},         {CURLE_PEER_FAILED_VERIFICATION, RC_AUTH},
        {CURLE_SSL_CERTPROBLEM, RC_AUTH},      {CURLE_SSL_CACERT_BADFILE, RC_CONFIG},
        {CURLE_USE_SSL_FAILED, RC_AUTH},       {CURLE_REMOTE_FILE_NOT_FOUND, RC_NOT_FOUND},
        {CURLE_REMOTE_ACCESS_DENIED, RC_AUTH}, {CURLE_FTP_COULDNT_RETR_FILE, RC_NOT_FOUND},
        {CURLE_QUOTE_ERROR, RC_AUTH},
    };
    enum rc rc = RC_NET;
    long answer = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        rc = known[i].code == code ? known[i].rc : rc;
    }
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &answer);
    if (code == CURLE_FTP_COULDNT_RETR_FILE && answer < FTP_REFUSED) {
        rc = RC_NET; /* the server got into trouble: that nothing came says nothing of what is there */
    }
    return err_fail(rc, "%s:%d %s: %s", c->options->host, c->options->port, name,
                    c->error[0] != '\0' ? c->error : curl_easy_strerror(code));
}

enum rc curl_place_run(struct curl_place *c, const char *name)
{
    CURLcode code = curl_easy_perform(c->easy);
    fault_point("request");
    if (c->into_rc != RC_OK) {
        return c->into_rc;
    }
    return code == CURLE_OK ? RC_OK : curl_place_fail(c, code, name);
}
