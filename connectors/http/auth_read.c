/* The kinds of `auth:` as a token, a signature and what to put where. */
#include "connectors/http/settings.h"

#define MOST_PUTS 64
#define LIFETIME_MS (INT64_C(3600) * 1000)
#define NONCE_LENGTH 32

struct reader {
    const struct source *s;
    const struct http_settings *settings;
    struct http_auth *auth;
};

/* ---- templates ---- */

static enum rc read_template(struct reader *r, struct str text, struct template *ret)
{
    return template_read(r->s->arena, text, r->s->base_dir, ret);
}

static enum rc add_put(struct reader *r, enum put_where where, struct str name, struct str text)
{
    struct http_auth *auth = r->auth;
    if (auth->put_count == MOST_PUTS) {
        return err_fail(RC_CONFIG, tr("%s: auth 的参数太多", "%s: too many parameters of auth"),
                        r->s->dataset);
    }
    struct http_put *put = &auth->puts[auth->put_count++];
    *put = (struct http_put){.where = where, .name = name};
    return read_template(r, text, &put->value);
}

static enum rc add_puts(struct reader *r, const struct yaml *map, const char *key,
                        enum put_where where)
{
    const struct yaml *puts = yaml_get(map, key);
    for (const struct yaml *n = puts == NULL ? NULL : puts->first; n != NULL; n = n->next) {
        TRY(add_put(r, where, n->key, n->text));
    }
    return RC_OK;
}

/* A credential that is there; an empty one would be sent as such and look like a wrong one. */
static enum rc credential(struct reader *r, const struct yaml *map, const char *key,
                          const char **ret)
{
    TRY(http_text(r->s, map, key, ret));
    if (*ret == NULL || **ret == '\0') {
        return err_fail(RC_CONFIG,
                        tr("%s: connection.auth.%s 是空的", "%s: connection.auth.%s is empty"),
                        r->s->dataset, key);
    }
    return RC_OK;
}

/* A put of one literal value, which may hold braces. */
static enum rc put_literal(struct reader *r, enum put_where where, struct str name,
                           const char *value)
{
    struct http_put *put = &r->auth->puts[r->auth->put_count++];
    struct template_part *part = ARENA_NEW(r->s->arena, struct template_part);
    *part = (struct template_part){TEMPLATE_TEXT, str_from(value)};
    *put = (struct http_put){where, name, {1, part}};
    return RC_OK;
}

/* ---- the plain kinds ---- */

static enum rc read_basic(struct reader *r, const struct yaml *auth)
{
    TRY(credential(r, auth, "user", &r->auth->user));
    return credential(r, auth, "password", &r->auth->password);
}

static enum rc read_bearer(struct reader *r, const struct yaml *auth)
{
    const char *token = NULL;
    TRY(credential(r, auth, "token", &token));
    return put_literal(r, PUT_HEADER, STR("Authorization"),
                       arena_printf(r->s->arena, "Bearer %s", token));
}

static enum rc read_api_key(struct reader *r, const struct yaml *auth)
{
    const char *name = NULL, *key = NULL;
    bool is_header = yaml_get(auth, "header") != NULL;
    TRY(credential(r, auth, is_header ? "header" : "parameter", &name));
    TRY(credential(r, auth, "key", &key));
    return put_literal(r, is_header ? PUT_HEADER : PUT_QUERY, str_from(name), key);
}

/* ---- parts ---- */

static enum rc add_value(struct reader *r, struct parts_value *values, const struct yaml *map,
                         const char *key)
{
    const char *text = NULL;
    TRY(http_text(r->s, map, key, &text));
    if (text != NULL) {
        const struct yaml *node = yaml_get(map, key);
        values[r->auth->parts.value_count++] = (struct parts_value){node->key, str_from(text)};
    }
    return RC_OK;
}

static void read_params(const struct yaml *params, struct parts_pairs *ret)
{
    struct str join = yaml_text(params, "join"), equals = yaml_text(params, "equals");
    *ret = (struct parts_pairs){
        .join = str_is_null(join) ? STR("&") : join,
        .equals = str_is_null(equals) ? STR("=") : equals,
        .is_escaped = str_is(yaml_text(params, "escaped"), "true"),
        .skips_empty = str_is(yaml_text(params, "skip_empty"), "true"),
    };
}

static void read_nonce(const struct yaml *nonce, struct parts_rules *ret)
{
    int64_t length = NONCE_LENGTH;
    struct str kind = yaml_text(nonce, "kind");
    for (size_t i = 0; nonce_names[i] != NULL; i++) {
        ret->nonce = str_is(kind, nonce_names[i]) ? (enum nonce_kind)i : ret->nonce;
    }
    (void)str_to_i64(yaml_text(nonce, "length"), &length);
    ret->nonce_length = length >= 1 && length <= 64 ? (size_t)length : NONCE_LENGTH;
}

static void read_body_digest(const struct yaml *map, struct parts_rules *ret)
{
    if (!digest_find(yaml_text(map, "digest"), &ret->body_digest)) {
        ret->body_digest = (struct digest_kind){DIGEST_SHA256, false};
    }
    if (!encoding_find(yaml_text(map, "encoding"), &ret->body_encoding)) {
        ret->body_encoding = ENCODING_HEX;
    }
}

static enum rc read_parts(struct reader *r, const struct yaml *auth)
{
    const struct yaml *more = yaml_get(auth, "values");
    struct parts_rules *parts = &r->auth->parts;
    struct str time = yaml_text(auth, "time");
    struct parts_value *values =
        arena_array(r->s->arena, (more == NULL ? 0 : more->n) + 2, sizeof *values);
    *parts = (struct parts_rules){.values = values,
                                  .time_format = str_is_null(time) ? STR("ms") : time};
    TRY(add_value(r, values, auth, "app_key"));
    TRY(add_value(r, values, auth, "app_secret"));
    for (const struct yaml *n = more == NULL ? NULL : more->first; n != NULL; n = n->next) {
        TRY(add_value(r, values, more, arena_cstr(r->s->arena, n->key)));
    }
    read_params(yaml_get(auth, "params"), &parts->params);
    read_nonce(yaml_get(auth, "nonce"), parts);
    read_body_digest(yaml_get(auth, "body_digest"), parts);
    return RC_OK;
}

static enum rc read_sign(struct reader *r, const struct yaml *sign)
{
    struct sign *s = ARENA_NEW(r->s->arena, struct sign);
    struct str key = yaml_text(sign, "key");
    if (!digest_find(yaml_text(sign, "digest"), &s->digest)) {
        return err_fail(RC_CONFIG, "%s: connection.auth.sign.digest", r->s->dataset);
    }
    if (!encoding_find(yaml_text(sign, "encoding"), &s->encoding)) {
        s->encoding = ENCODING_HEX;
    }
    TRY(read_template(r, yaml_text(sign, "text"), &s->text));
    TRY(read_template(r, str_is_null(key) ? STR("{app_secret}") : key, &s->key));
    r->auth->sign = s;
    return RC_OK;
}

/* ---- tokens ---- */

static void name_credential(struct reader *r, struct token *t)
{
    struct arena *a = r->s->arena;
    const char *all = arena_printf(a, "%.*s%.*s", STR_ARGS(t->rules.address),
                                   STR_ARGS(t->rules.path));
    const struct http_auth *auth = t->rules.auth;
    for (size_t i = 0; i < auth->parts.value_count; i++) {
        all = arena_printf(a, "%s\n%.*s", all, STR_ARGS(auth->parts.values[i].value));
    }
    for (size_t i = 0; i < auth->put_count; i++) {
        const struct http_put *put = &auth->puts[i];
        all = arena_printf(a, "%s\n%.*s", all, STR_ARGS(put->name));
        for (size_t k = 0; k < put->value.n; k++) {
            all = arena_printf(a, "%s\n%.*s", all, STR_ARGS(put->value.parts[k].text));
        }
    }
    all = arena_printf(a, "%s\n%s\n%s", all, auth->user == NULL ? "" : auth->user,
                       auth->password == NULL ? "" : auth->password);
    crypto_code(t->seal_key, "token", str_from(all), t->code);
}

static struct http_auth *new_auth(struct arena *a)
{
    struct http_auth *auth = ARENA_NEW(a, struct http_auth);
    auth->puts = arena_array(a, MOST_PUTS, sizeof *auth->puts);
    return auth;
}

static struct token *new_token(struct reader *r)
{
    struct token *t = ARENA_NEW(r->s->arena, struct token);
    t->settings = r->settings;
    t->seal_key = r->s->seal_key;
    t->arena = r->s->arena;
    buf_init(&t->value, TOKEN_MAX);
    t->rules = (struct token_rules){.method = "POST",
                                    .body_kind = HTTP_BODY_FORM,
                                    .auth = new_auth(r->s->arena),
                                    .lifetime_ms = LIFETIME_MS};
    r->auth->token = t;
    return t;
}

static enum rc set_address(struct reader *r, struct token *t, const char *path)
{
    bool is_url = strstr(path, "://") != NULL;
    t->rules.address = is_url ? STR("") : str_from(r->settings->base_url);
    t->rules.path = str_from(path);
    if (t->seal_key != NULL && t->seal_key->is_set) {
        name_credential(r, t);
    }
    return RC_OK;
}

static enum rc read_token_request(struct reader *r, struct token *t, const struct yaml *request)
{
    struct http_auth *own = ARENA_NEW(r->s->arena, struct http_auth);
    struct reader inner = {r->s, r->settings, own};
    bool is_json = yaml_get(request, "json") != NULL;
    bool has_body = is_json || yaml_get(request, "form") != NULL;
    const char *path = NULL;
    *own = *new_auth(r->s->arena);
    own->parts = r->auth->parts;
    TRY(add_puts(&inner, request, "headers", PUT_HEADER));
    TRY(add_puts(&inner, request, "query", PUT_QUERY));
    TRY(add_puts(&inner, request, is_json ? "json" : "form", PUT_FIELD));
    if (yaml_get(request, "sign") != NULL) {
        TRY(read_sign(&inner, yaml_get(request, "sign")));
    }
    struct str method = yaml_text(request, "method");
    t->rules.auth = own;
    t->rules.method = str_is_null(method) ? (has_body ? "POST" : "GET") : method.p;
    t->rules.body_kind = is_json    ? HTTP_BODY_JSON
                         : has_body ? HTTP_BODY_FORM
                                    : HTTP_BODY_NONE;
    TRY(credential(r, request, "path", &path));
    return set_address(r, t, path);
}

static enum rc read_token(struct reader *r, const struct yaml *node)
{
    struct token *t = new_token(r);
    TRY(read_token_request(r, t, yaml_get(node, "request")));
    t->rules.format = yaml_get(node, "format");
    t->rules.value = yaml_text(node, "value").p;
    t->rules.expires_in = yaml_text(node, "expires_in").p;
    t->rules.expires_at = yaml_text(node, "expires_at").p;
    t->rules.ok_pointer = yaml_text(yaml_get(node, "ok"), "pointer").p;
    t->rules.ok_equals = yaml_get(yaml_get(node, "ok"), "equals");
    (void)keys_duration_ms(yaml_text(node, "lifetime"), &t->rules.lifetime_ms);
    return t->rules.value != NULL ? RC_OK
                                  : err_fail(RC_CONFIG, "%s: connection.auth.token_from.value",
                                             r->s->dataset);
}

/* Client credentials (RFC 6749, 4.4). */
static enum rc read_oauth2(struct reader *r, const struct yaml *auth)
{
    struct token *t = new_token(r);
    struct http_auth *own = new_auth(r->s->arena);
    struct reader inner = {r->s, r->settings, own};
    const char *id = NULL, *key = NULL, *scope = NULL, *url = NULL;
    TRY(credential(r, auth, "client_id", &id));
    TRY(credential(r, auth, "client_secret", &key));
    TRY(http_text(r->s, auth, "scope", &scope));
    TRY(put_literal(&inner, PUT_FIELD, STR("grant_type"), "client_credentials"));
    if (scope != NULL) {
        TRY(put_literal(&inner, PUT_FIELD, STR("scope"), scope));
    }
    if (str_is(yaml_text(auth, "client_in"), "header")) {
        own->user = id;
        own->password = key;
    } else {
        TRY(put_literal(&inner, PUT_FIELD, STR("client_id"), id));
        TRY(put_literal(&inner, PUT_FIELD, STR("client_secret"), key));
    }
    t->rules.auth = own;
    t->rules.value = "/access_token";
    t->rules.expires_in = "/expires_in";
    TRY(credential(r, auth, "token_url", &url));
    TRY(set_address(r, t, url));
    return add_put(r, PUT_HEADER, STR("Authorization"), STR("Bearer {token}"));
}

/* ---- all of them ---- */

static enum rc read_made(struct reader *r, const struct yaml *auth)
{
    TRY(read_parts(r, auth));
    if (yaml_get(auth, "token_from") != NULL) {
        TRY(read_token(r, yaml_get(auth, "token_from")));
    }
    if (yaml_get(auth, "sign") != NULL) {
        TRY(read_sign(r, yaml_get(auth, "sign")));
    }
    TRY(add_puts(r, auth, "headers", PUT_HEADER));
    TRY(add_puts(r, auth, "query", PUT_QUERY));
    return add_puts(r, auth, "body", PUT_FIELD);
}

enum rc http_auth_read(const struct source *s, const struct http_settings *settings,
                       struct http_auth *ret)
{
    static const struct {
        const char *name;
        enum rc (*read)(struct reader *, const struct yaml *);
    } kinds[] = {{"basic", read_basic},   {"bearer", read_bearer}, {"api_key", read_api_key},
                 {"oauth2", read_oauth2}, {"token", read_made},    {"signature", read_made}};
    const struct yaml *auth = yaml_get(s->connection, "auth");
    struct reader r = {s, settings, ret};
    struct str kind = yaml_text(auth, "kind");
    *ret = *new_auth(s->arena);
    ret->refresh_codes = yaml_get(auth, "refresh_codes");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_is(kind, kinds[i].name)) {
            return kinds[i].read(&r, auth);
        }
    }
    return RC_OK;
}
