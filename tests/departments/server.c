/* The sample departments' HTTP interfaces: real ones, over libmicrohttpd on the loopback, that can
 * misbehave.
 *
 *   department-server --data DIR --port N --port-file FILE [--education-key K] [--health-token T]
 * [--no-gzip] [--tls DIR]
 *
 * Port 0 takes a free one; the file tells which. Ends on SIGTERM or SIGINT. */
#include <arpa/inet.h>
#include <getopt.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/departments/answer.h"
#include "tests/departments/gateway.h"
#include "tests/departments/secured.h"
#include "base/clock.h"

#define BOMB_BYTES ((size_t)192 << 20)
#define MAX_FORM ((size_t)64 << 10)
#define GZIP_WINDOW (15 + 16)
#define SLICE_MS 20

static struct {
    const char *dir, *port_file, *education_key, *health_token, *tls_dir;
    long port;
    bool no_gzip;
} options = {.education_key = "", .health_token = ""};

static pthread_mutex_t answering = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_ending;

/* ---- bodies ---- */

struct body {
    struct buf bytes;
    size_t end; /* where it breaks off */
};

static ssize_t read_body(void *ctx, uint64_t at, char *out, size_t most)
{
    const struct body *b = ctx;
    if (at >= b->end) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = b->end - (size_t)at < most ? b->end - (size_t)at : most;
    memcpy(out, b->bytes.p + at, n);
    return (ssize_t)n;
}

static void free_body(void *ctx)
{
    struct body *b = ctx;
    buf_done(&b->bytes);
    free(b);
}

/* Announces `claimed` bytes and gives those up to `end`. */
static struct MHD_Response *make_response(struct buf bytes, size_t claimed, size_t end)
{
    struct body *b = malloc(sizeof *b);
    if (b == NULL) {
        err_die(RC_MEMORY, "body");
    }
    *b = (struct body){bytes, end};
    return MHD_create_response_from_callback(claimed, (size_t)1 << 18, read_body, b, free_body);
}

static void deflate_into(struct buf *out, const char *p, size_t n, size_t times)
{
    z_stream z = {0};
    if (deflateInit2(&z, 1, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        buf_reserve(out, deflateBound(&z, n) + times * (n / 500)) != RC_OK) {
        err_die(RC_MEMORY, "deflate");
    }
    z.next_out = (Bytef *)out->p;
    z.avail_out = (uInt)out->cap;
    for (size_t i = 0; i < times; i++) {
        memcpy(&z.next_in, &p, sizeof p);
        z.avail_in = (uInt)n;
        deflate(&z, i + 1 == times ? Z_FINISH : Z_NO_FLUSH);
    }
    out->n = z.total_out;
    deflateEnd(&z);
}

static void make_bomb(struct buf *out)
{
    static const char nothing[1 << 20];
    deflate_into(out, nothing, sizeof nothing, BOMB_BYTES / sizeof nothing);
}

/* ---- requests ---- */

static const char *parameter(void *ctx, const char *name)
{
    return MHD_lookup_connection_value(ctx, MHD_GET_ARGUMENT_KIND | MHD_POSTDATA_KIND, name);
}

static bool is_allowed(struct MHD_Connection *c, const struct route *route)
{
    bool is_education = strcmp(answer_credential(route), "education") == 0;
    const char *given = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
                                                    is_education ? "X-Api-Key" : "Authorization");
    struct str text = str_from(given == NULL ? "" : given);
    if (is_education) {
        return str_is(text, options.education_key);
    }
    return str_starts(text, STR("Bearer ")) &&
           str_is(str_sub(text, 7, text.n), options.health_token);
}

static bool takes_gzip(struct MHD_Connection *c)
{
    const char *accepted = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept-Encoding");
    return !options.no_gzip && accepted != NULL && strstr(accepted, "gzip") != NULL;
}

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned status,
                                     const char *content_type, struct MHD_Response *response)
{
    MHD_add_response_header(response, "Content-Type",
                            content_type == NULL ? "application/json; charset=utf-8" : content_type);
    enum MHD_Result result = MHD_queue_response(c, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_plain(struct MHD_Connection *c, unsigned status, const char *text)
{
    struct buf b;
    buf_init(&b, MAX_FORM);
    if (buf_puts(&b, str_from(text)) != RC_OK) {
        return MHD_NO;
    }
    return send_response(c, status, NULL, make_response(b, b.n, b.n));
}

static void nap(int ms)
{
    while (ms > 0 && !is_ending) {
        int slice = ms < SLICE_MS ? ms : SLICE_MS;
        clock_sleep_ms(slice);
        ms -= slice;
    }
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct answer *answer)
{
    struct buf out = answer->body;
    bool is_encoded = answer->damage == DAMAGE_BOMB || (takes_gzip(c) && !answer->is_packed);
    if (is_encoded || answer->is_packed) {
        buf_init(&out, SIZE_MAX / 2);
        if (answer->damage == DAMAGE_BOMB) {
            make_bomb(&out);
        } else {
            deflate_into(&out, answer->body.p, answer->body.n, 1);
        }
        buf_done(&answer->body);
    }
    size_t claimed = answer->damage == DAMAGE_LENGTH ? out.n + 100 : out.n;
    size_t end = answer->damage == DAMAGE_CUT ? out.n / 2 : out.n;
    struct MHD_Response *response = make_response(out, claimed, end);
    if (is_encoded) {
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    if (answer->retry_after_s > 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", answer->retry_after_s);
        MHD_add_response_header(response, "Retry-After", text);
    }
    if (answer->etag[0] != '\0') {
        MHD_add_response_header(response, "ETag", answer->etag);
    }
    if (answer->modified[0] != '\0') {
        MHD_add_response_header(response, "Last-Modified", answer->modified);
    }
    if (answer->link[0] != '\0') {
        MHD_add_response_header(response, "Link", answer->link);
    }
    return send_response(c, answer->status, answer->content_type, response);
}

/* Has the client this very answer? */
static bool is_known_there(struct MHD_Connection *c, const struct answer *answer)
{
    const char *etag = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-None-Match");
    const char *since = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-Modified-Since");
    bool is_whole = answer->status == 200 && answer->damage == DAMAGE_NONE;
    bool same_bytes = etag != NULL && answer->etag[0] != '\0' && strcmp(etag, answer->etag) == 0;
    bool same_day = since != NULL && answer->modified[0] != '\0' && strcmp(since, answer->modified) == 0;
    return is_whole && (same_bytes || same_day);
}

static enum MHD_Result send_unchanged(struct MHD_Connection *c, struct answer *answer)
{
    buf_done(&answer->body);
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(c, MHD_HTTP_NOT_MODIFIED, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_request(struct MHD_Connection *c, const char *method, const char *path,
                                      struct str body)
{
    enum MHD_Result result = MHD_NO;
    const char *rest = "";
    if (!secured_is_known(c)) {
        return send_plain(c, 403, "{\"code\":403}");
    }
    pthread_mutex_lock(&answering);
    bool is_gateway = gateway_answer(c, method, path, body, &result);
    pthread_mutex_unlock(&answering);
    if (is_gateway) {
        return result;
    }
    const struct route *route = answer_route(path, &rest);
    if (route == NULL) {
        return send_plain(c, 404, "{\"code\":404}");
    }
    if (!is_allowed(c, route)) {
        return send_plain(c, 401, "{\"code\":401}");
    }
    struct answer answer;
    pthread_mutex_lock(&answering);
    answer_make(&(struct request){route, parameter, c, body, rest}, &answer);
    pthread_mutex_unlock(&answering);
    nap(answer.delay_ms);
    if (answer.damage == DAMAGE_DOWN) {
        buf_done(&answer.body);
        return MHD_NO;
    }
    return answer.status == 304 || is_known_there(c, &answer) ? send_unchanged(c, &answer)
                                                              : send_answer(c, &answer);
}

/* A form a POST brings, until it is complete. */
struct form {
    struct buf bytes, raw; /* raw as it came */
};

/* The parts stay in the form's buffer: libmicrohttpd keeps only pointers. */
static void add_parameters(struct MHD_Connection *c, struct form *form)
{
    if (buf_putc(&form->bytes, '\0') != RC_OK) {
        return;
    }
    for (char *rest = form->bytes.p, *pair; (pair = strsep(&rest, "&")) != NULL;) {
        char *value = strchr(pair, '=');
        if (value != NULL) {
            *value++ = '\0';
            MHD_http_unescape(pair);
            MHD_http_unescape(value);
            MHD_set_connection_value(c, MHD_POSTDATA_KIND, pair, value);
        }
    }
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    (void)ctx, (void)version;
    struct form *form = *state;
    if (form == NULL) {
        form = calloc(1, sizeof *form);
        if (form == NULL) {
            return MHD_NO;
        }
        buf_init(&form->bytes, MAX_FORM);
        buf_init(&form->raw, MAX_FORM);
        *state = form;
        return MHD_YES;
    }
    if (*size > 0) {
        enum rc rc = buf_put(&form->bytes, data, *size);
        *size = 0;
        return rc == RC_OK ? MHD_YES : MHD_NO;
    }
    if (buf_puts(&form->raw, buf_str(&form->bytes)) != RC_OK || buf_putc(&form->raw, '\0') != RC_OK) {
        return MHD_NO;
    }
    add_parameters(c, form);
    return answer_request(c, method, path, str_sub(buf_str(&form->raw), 0, form->raw.n - 1));
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)ctx, (void)c, (void)why;
    struct form *form = *state;
    if (form != NULL) {
        buf_done(&form->bytes);
        buf_done(&form->raw);
        free(form);
    }
}

/* ---- life ---- */

static struct MHD_Daemon *start(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)options.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct MHD_OptionItem tls[SECURED_OPTIONS];
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    flags |= secured_options(options.tls_dir, tls) ? MHD_USE_TLS : 0;
    return MHD_start_daemon(flags, (uint16_t)options.port, NULL, NULL, on_request, NULL,
                            MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

/* Complete or not there: whoever waits for the file reads a whole number. */
static bool write_port(unsigned port)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.tmp", options.port_file) < 0) {
        return false;
    }
    FILE *f = fopen(temporary, "w");
    bool ok = f != NULL && fprintf(f, "%u\n", port) > 0;
    ok = f != NULL && fclose(f) == 0 && ok;
    ok = ok && rename(temporary, options.port_file) == 0;
    free(temporary);
    return ok;
}

static bool read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"data", required_argument, NULL, 'd'},
        {"port", required_argument, NULL, 'p'},
        {"port-file", required_argument, NULL, 'f'},
        {"education-key", required_argument, NULL, 'e'},
        {"health-token", required_argument, NULL, 'h'},
        {"no-gzip", no_argument, NULL, 'n'},
        {"tls", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'd':
            options.dir = optarg;
            break;
        case 'p':
            options.port = strtol(optarg, NULL, 10);
            break;
        case 'f':
            options.port_file = optarg;
            break;
        case 'e':
            options.education_key = optarg;
            break;
        case 'h':
            options.health_token = optarg;
            break;
        case 't':
            options.tls_dir = optarg;
            break;
        case 'n':
            options.no_gzip = true;
            break;
        default:
            return false;
        }
    }
    return options.dir != NULL && options.port_file != NULL && optind == argc;
}

static int serve_until(const sigset_t *signals)
{
    struct MHD_Daemon *daemon = start();
    if (daemon == NULL) {
        perror("department-server");
        return 1;
    }
    unsigned port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    int code = write_port(port) ? 0 : 1;
    if (code == 0) {
        int received = 0;
        sigwait(signals, &received);
    } else {
        perror(options.port_file);
    }
    is_ending = true;
    MHD_stop_daemon(daemon);
    return code;
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fprintf(stderr,
                "usage: department-server --data DIR --port N --port-file FILE [--education-key K] "
                "[--health-token T] [--no-gzip] [--tls DIR]\n");
        return 2;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    answer_setup(options.dir);
    gateway_setup(options.dir);
    return serve_until(&signals);
}
