#include "tests/departments/gateway.h"

#include <gnutls/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/fs.h"

#define MAX_FILE ((size_t)16 << 20)
#define MOST_SKEW_S 300

static const char *folder;
static struct buf out;
static int tokens_given;
static char epoch_seen[64];

void gateway_setup(const char *dir)
{
    folder = dir;
    buf_init(&out, MAX_FILE * 2);
}

/* ---- files beside it ---- */

/* "" if there is none; until the next call. */
static const char *setting(const char *name)
{
    static char text[256];
    char path[4096];
    snprintf(path, sizeof path, "%s/gateway/%s", folder, name);
    FILE *f = fopen(path, "r");
    text[0] = '\0';
    if (f != NULL) {
        size_t n = fread(text, 1, sizeof text - 1, f);
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        fclose(f);
    }
    return text;
}

static enum MHD_Result add_query(void *ctx, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    fprintf(ctx, "%s=%s&", key, value == NULL ? "" : value);
    return MHD_YES;
}

static void note_request(struct MHD_Connection *c, const char *path)
{
    char name[4096];
    snprintf(name, sizeof name, "%s/gateway/requests", folder);
    FILE *f = fopen(name, "a");
    if (f != NULL) {
        fprintf(f, "%s\t", path);
        MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, add_query, f);
        fputc('\n', f);
        fclose(f);
    }
}

/* ---- answers ---- */

static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (buf_puts(&out, str_from(text)) != RC_OK) {
        err_die(RC_MEMORY, "gateway");
    }
}

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *name, const char *value)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(out.n, out.p == NULL ? "" : out.p, MHD_RESPMEM_MUST_COPY);
    long shift = strtol(setting("clock"), NULL, 10);
    if (shift != 0) {
        char date[64];
        time_t now = time(NULL) + shift;
        struct tm tm;
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
        MHD_add_response_header(r, "Date", date);
    }
    MHD_add_response_header(r, "Content-Type", "application/json");
    if (name != NULL) {
        MHD_add_response_header(r, name, value);
    }
    enum MHD_Result result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status)
{
    say("{\"code\":%u,\"msg\":\"no\"}", status);
    return reply(c, status, NULL, NULL);
}

static const char *parameter(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND | MHD_POSTDATA_KIND, name);
    return value == NULL ? "" : value;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
    return value == NULL ? "" : value;
}

static enum MHD_Result send_records(struct MHD_Connection *c)
{
    long page = strtol(parameter(c, "page"), NULL, 10), size = strtol(parameter(c, "size"), NULL, 10);
    long first = page > 1 && size > 0 ? (page - 1) * size : 0;
    long last = size > 0 && first + size < GATEWAY_ROWS ? first + size : GATEWAY_ROWS;
    say("{\"code\":0,\"data\":{\"total\":%d,\"rows\":[", GATEWAY_ROWS);
    for (long i = first; i < last; i++) {
        say("%s{\"id\":\"G%05ld\"}", i == first ? "" : ",", i);
    }
    say("]}}");
    return reply(c, 200, NULL, NULL);
}

/* ---- tokens ---- */

static void check_epoch(void)
{
    const char *epoch = setting("epoch");
    if (strcmp(epoch, epoch_seen) != 0) {
        snprintf(epoch_seen, sizeof epoch_seen, "%s", epoch);
        tokens_given += 1000; /* none given so far is the latest any more */
    }
}

static enum MHD_Result log_in(struct MHD_Connection *c, struct str body)
{
    if (!str_is(body, "{\"user\":\"" GATEWAY_USER "\",\"password\":\"" GATEWAY_PASSWORD "\"}")) {
        say("{\"code\":1,\"data\":null}");
        return reply(c, 200, NULL, NULL);
    }
    say("{\"code\":0,\"data\":{\"ttl\":\"7200\",\"token\":\"token-%d\"}}", ++tokens_given);
    return reply(c, 200, NULL, NULL);
}

static enum MHD_Result give_oauth(struct MHD_Connection *c)
{
    char *password = NULL, *user = MHD_basic_auth_get_username_password(c, &password);
    const char *id = user == NULL ? parameter(c, "client_id") : user;
    const char *secret = password == NULL ? parameter(c, "client_secret") : password;
    bool is_right = strcmp(id, GATEWAY_USER) == 0 && strcmp(secret, GATEWAY_PASSWORD) == 0 &&
                    strcmp(parameter(c, "grant_type"), "client_credentials") == 0;
    MHD_free(user);
    MHD_free(password);
    if (!is_right) {
        return refuse(c, 401);
    }
    say("{\"access_token\":\"token-%d\",\"token_type\":\"Bearer\",\"expires_in\":3600}", ++tokens_given);
    return reply(c, 200, NULL, NULL);
}

static enum MHD_Result give_records(struct MHD_Connection *c)
{
    char expected[64];
    snprintf(expected, sizeof expected, "Bearer token-%d", tokens_given);
    if (strcmp(header(c, "Authorization"), expected) == 0) {
        return send_records(c);
    }
    if (parameter(c, "soft")[0] == '\0') {
        return refuse(c, 401);
    }
    say("{\"code\":40101,\"data\":null}");
    return reply(c, 200, NULL, NULL);
}

/* ---- signatures ---- */

static bool is_md5(const char *given, const char *text)
{
    unsigned char digest[16];
    char hex[33];
    if (gnutls_hash_fast(GNUTLS_DIG_MD5, text, strlen(text), digest) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return strcmp(given, hex) == 0;
}

static bool is_two_step(struct MHD_Connection *c, const char *secret)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s%s", parameter(c, "appKey"), secret, parameter(c, "requestTime"));
    return strcmp(parameter(c, "appKey"), GATEWAY_USER) == 0 && is_md5(parameter(c, "sign"), text);
}

static enum MHD_Result give_secret(struct MHD_Connection *c)
{
    if (!is_two_step(c, GATEWAY_SECRET)) {
        return refuse(c, 401);
    }
    long long end = ((long long)time(NULL) + 900) * 1000;
    say("{\"code\":\"00\",\"datas\":{\"requestSecret\":\"rs-%d\",\"requestSecretEndTime\":%lld}}", ++tokens_given, end);
    return reply(c, 200, NULL, NULL);
}

static enum MHD_Result give_two_step(struct MHD_Connection *c)
{
    char secret[32];
    snprintf(secret, sizeof secret, "rs-%d", tokens_given);
    return is_two_step(c, secret) ? send_records(c) : refuse(c, 401);
}

/* The time within five minutes, no nonce twice. */
static bool is_new(const char *time_ms, const char *nonce)
{
    static char seen[256][40];
    static size_t n;
    long long s = strtoll(time_ms, NULL, 10) / 1000, now = (long long)time(NULL);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(seen[i], nonce) == 0) {
            return false;
        }
    }
    if (n < 256) {
        snprintf(seen[n++], sizeof *seen, "%s", nonce);
    }
    return s > now - MOST_SKEW_S && s < now + MOST_SKEW_S && strlen(nonce) == 32;
}

static bool is_signed(struct MHD_Connection *c, struct str body)
{
    unsigned char mac[32];
    gnutls_datum_t raw = {mac, sizeof mac}, text = {NULL, 0};
    char signed_text[8192];
    int n = snprintf(signed_text, sizeof signed_text, "%s%s%s%.*s", header(c, "X-Key"), header(c, "X-Time"),
                     header(c, "X-Nonce"), STR_ARGS(body));
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, GATEWAY_SECRET, strlen(GATEWAY_SECRET), signed_text, (size_t)n, mac) != 0 ||
        gnutls_base64_encode2(&raw, &text) != 0) {
        return false;
    }
    bool is_right = strcmp(header(c, "X-Sign"), (const char *)text.data) == 0;
    gnutls_free(text.data);
    return is_right && is_new(header(c, "X-Time"), header(c, "X-Nonce"));
}

static enum MHD_Result give_signed(struct MHD_Connection *c, struct str body)
{
    return is_signed(c, body) ? send_records(c) : refuse(c, 403);
}

/* ---- the rest ---- */

static enum MHD_Result give_file(struct MHD_Connection *c)
{
    char path[4096], tag[32];
    snprintf(path, sizeof path, "%s/gateway/served", folder);
    if (fs_read(path, MAX_FILE, &out) != RC_OK) {
        return refuse(c, 404);
    }
    snprintf(tag, sizeof tag, "\"%zu\"", out.n);
    if (strcmp(header(c, "If-None-Match"), tag) == 0) {
        buf_reset(&out);
        return reply(c, 304, "ETag", tag);
    }
    return reply(c, 200, "ETag", tag);
}

static enum MHD_Result be_busy(struct MHD_Connection *c)
{
    static char seen[256];
    char after[256];
    snprintf(after, sizeof after, "%s", setting("retry_after"));
    if (after[0] == '\0' || strcmp(seen, after) == 0) {
        return send_records(c);
    }
    snprintf(seen, sizeof seen, "%s", after);
    return reply(c, 503, "Retry-After", after);
}

static enum MHD_Result redirect(struct MHD_Connection *c)
{
    char location[256];
    snprintf(location, sizeof location, "%s", setting("location"));
    return reply(c, 302, "Location", location);
}

static enum MHD_Result give(struct MHD_Connection *c, const char *method, const char *path, struct str body)
{
    bool is_post = strcmp(method, "POST") == 0;
    if (is_post && strcmp(path, "login") == 0) {
        return log_in(c, body);
    }
    if (is_post && strcmp(path, "oauth/token") == 0) {
        return give_oauth(c);
    }
    if (strcmp(path, "secret") == 0) {
        return give_secret(c);
    }
    if (strcmp(path, "records") == 0) {
        return give_records(c);
    }
    if (strcmp(path, "two-step") == 0) {
        return give_two_step(c);
    }
    if (strcmp(path, "signed") == 0) {
        return give_signed(c, body);
    }
    if (strcmp(path, "busy") == 0) {
        return be_busy(c);
    }
    if (strcmp(path, "moved") == 0) {
        return redirect(c);
    }
    return strcmp(path, "file") == 0 ? give_file(c) : refuse(c, 404);
}

bool gateway_answer(struct MHD_Connection *c, const char *method, const char *path, struct str body,
                    enum MHD_Result *ret)
{
    static const char prefix[] = "/gateway/";
    if (strncmp(path, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    path += sizeof prefix - 1;
    buf_reset(&out);
    check_epoch();
    note_request(c, path);
    *ret = give(c, method, path, body);
    return true;
}
