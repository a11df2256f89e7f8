#include "connectors/http/settings.h"

#define TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 10000
#define PARALLEL 4
#define EXPORT_EVERY_MS 10000
#define EXPORT_LIMIT_MS (30 * 60 * 1000)

/* A newline in a header or a URL would let a value write headers of its own. */
static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static enum rc node_text(const struct source *s, const struct yaml *node, const char **ret)
{
    struct str text;
    TRY(keys_resolve(s->arena, node->text, s->base_dir, &text));
    if (has_control(text)) {
        return err_fail(RC_CONFIG, tr("%s: %s 含控制字符", "%s: %s holds control characters"),
                        s->dataset, yaml_path(s->arena, node));
    }
    *ret = arena_cstr(s->arena, text);
    return RC_OK;
}

enum rc http_text(const struct source *s, const struct yaml *map, const char *key, const char **ret)
{
    const struct yaml *node = yaml_get(map, key);
    *ret = NULL;
    return node == NULL ? RC_OK : node_text(s, node, ret);
}

static enum rc read_query(const struct source *s, const struct yaml *query, struct http_settings *h)
{
    h->query = arena_array(s->arena, query == NULL ? 0 : query->n, sizeof *h->query);
    for (const struct yaml *node = query == NULL ? NULL : query->first; node != NULL;
         node = node->next) {
        struct http_param param = {arena_cstr(s->arena, node->key), NULL};
        TRY(node_text(s, node, &param.value));
        h->query[h->query_count++] = param;
    }
    return RC_OK;
}

static enum rc read_headers(const struct source *s, const struct yaml *headers,
                            struct http_settings *h)
{
    h->headers = arena_array(s->arena, headers == NULL ? 0 : headers->n, sizeof *h->headers);
    for (const struct yaml *node = headers == NULL ? NULL : headers->first; node != NULL;
         node = node->next) {
        struct http_param header = {arena_cstr(s->arena, node->key), NULL};
        TRY(node_text(s, node, &header.value));
        h->headers[h->header_count++] = header;
    }
    return RC_OK;
}

static int64_t duration_or(const struct yaml *map, const char *key, int64_t otherwise)
{
    int64_t ms = otherwise;
    return keys_duration_ms(yaml_text(map, key), &ms) && ms > 0 ? ms : otherwise;
}

static size_t size_or(const struct yaml *map, const char *key, size_t least, size_t most,
                      size_t otherwise)
{
    int64_t n = 0;
    bool is_right =
        str_to_i64(yaml_text(map, key), &n) && n >= (int64_t)least && n <= (int64_t)most;
    return is_right ? (size_t)n : otherwise;
}

static enum http_conditional conditional_of(struct str text)
{
    return str_is(text, "off")          ? CONDITIONAL_OFF
           : str_is(text, "first_page") ? CONDITIONAL_FIRST_PAGE
                                        : CONDITIONAL_WHOLE;
}

/* Lines may end in it: it is no header. */
static enum rc read_body(const struct source *s, const struct yaml *request, struct http_settings *h)
{
    struct str body = yaml_text(request, "body");
    struct str type = yaml_text(request, "content_type");
    if (str_is_null(body)) {
        return RC_OK;
    }
    TRY(keys_resolve(s->arena, body, s->base_dir, &body));
    h->body = arena_cstr(s->arena, body);
    h->content_type = str_is_null(type) ? "application/json" : type.p;
    h->person = yaml_text(request, "person").p;
    return RC_OK;
}

static void read_export(const struct yaml *paging, struct http_settings *h)
{
    h->export = (struct http_export){
        .answers = yaml_get(paging, "answers"),
        .job = yaml_text(paging, "job").p,
        .poll = yaml_text(paging, "poll").p,
        .state = yaml_text(paging, "state").p,
        .done = yaml_get(paging, "done"),
        .failed = yaml_get(paging, "failed"),
        .file = yaml_text(paging, "file").p,
        .download = yaml_text(paging, "download").p,
        .every_ms = duration_or(paging, "every", EXPORT_EVERY_MS),
        .limit_ms = duration_or(paging, "wait", EXPORT_LIMIT_MS),
    };
}

static void read_ok(const struct yaml *ok, struct http_settings *h)
{
    h->ok_pointer = yaml_text(ok, "pointer").p;
    h->ok_equals = yaml_get(ok, "equals");
    h->ok_retry = yaml_get(ok, "retry_codes");
}

static enum rc read_address(const struct source *s, const struct yaml *request,
                            struct http_settings *h)
{
    TRY(http_text(s, s->connection, "base_url", &h->base_url));
    TRY(http_text(s, request, "path", &h->path));
    if (h->base_url == NULL || h->path == NULL) {
        return err_fail(
            RC_CONFIG,
            tr("%s: 缺少 base_url 或 request.path", "%s: base_url or request.path is missing"),
            s->dataset);
    }
    struct str url = str_from(h->base_url);
    while (str_ends(url, STR("/"))) {
        url.n--;
    }
    h->base_url = arena_cstr(s->arena, url);
    return RC_OK;
}

enum rc http_settings_read(const struct source *s, struct http_settings *ret)
{
    const struct yaml *request = yaml_get(s->settings, "request"), *c = s->connection;
    struct str records = yaml_text(s->settings, "records");
    struct caps caps = caps_read(s->settings);
    struct http_settings h = {
        .is_post = str_is(yaml_text(request, "method"), "POST"),
        .timeout_ms = duration_or(c, "timeout", TIMEOUT_MS),
        .connect_timeout_ms = duration_or(c, "connect_timeout", CONNECT_TIMEOUT_MS),
        .parallel = size_or(c, "parallel", 1, HTTP_MAX_PARALLEL, PARALLEL),
        .redirects = (int)size_or(c, "redirects", 0, 5, 0),
        .caps = caps,
        .max_body = caps.body > 0 ? caps.body : size_or(c, "max_body", 1, SIZE_MAX / 4, CAPS_BODY),
        .records = str_is_null(records) ? "" : records.p,
        .since = s->since,
        .times = yaml_text(request, "times").p,
        .conditional = conditional_of(yaml_text(request, "conditional")),
    };
    TRY(read_address(s, request, &h));
    TRY(read_query(s, yaml_get(request, "query"), &h));
    TRY(read_headers(s, yaml_get(request, "headers"), &h));
    TRY(http_tls_read(s, yaml_get(c, "tls"), &h.tls));
    read_ok(yaml_get(c, "ok"), &h);
    TRY(read_body(s, request, &h));
    paging_read(yaml_get(s->settings, "paging"), &h.paging);
    paging_read_slices(yaml_get(s->settings, "slices"), &h.paging);
    read_export(yaml_get(s->settings, "paging"), &h);
    TRY(http_encrypt_read(s, yaml_get(request, "encrypt"), &h.encrypt));
    h.source = s;
    TRY(http_secrets_gather(s, yaml_get(c, "auth"), &h.secrets));
    TRY(http_secrets_gather(s, request, &h.secrets));
    *ret = h;
    return http_auth_read(s, ret, &ret->auth); /* the token's request connects as ret says */
}
