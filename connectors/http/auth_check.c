#include <strings.h>

#include "connectors/http/kinds.h"
#include "connectors/http/settings.h"

#define MOST_NAMES 96

/* What parts_read takes; shared by the kinds that are made of templates. */
#define MADE                                                                                       \
    "app_key", "app_secret", "values", "time", "nonce", "params", "body_digest", "headers",        \
        "query", "body", "refresh_codes"

const struct kind_rule http_auth_kinds[] = {
    {"none", {NULL}, {NULL}},
    {"basic", {"user", "password", NULL}, {NULL}},
    {"bearer", {"token", NULL}, {NULL}},
    {"api_key", {"key", NULL}, {"header", "parameter", NULL}},
    {"oauth2",
     {"token_url", "client_id", "client_secret", NULL},
     {"scope", "client_in", "refresh_codes", NULL}},
    {"token", {"token_from", NULL}, {MADE, NULL}},
    {"signature", {"sign", NULL}, {MADE, "token_from", NULL}},
    {NULL, {NULL}, {NULL}},
};

struct checker {
    struct problems *p;
    const struct yaml *auth;
    const char *names[MOST_NAMES]; /* what a template may name */
    size_t n;
    bool has_token, in_token;      /* the token's own request cannot carry a token */
};

/* ---- templates ---- */

static void add_name(struct checker *c, struct str name)
{
    if (c->n < MOST_NAMES) {
        c->names[c->n++] = arena_cstr(c->p->arena, name);
    }
}

static void gather_names(struct checker *c)
{
    const struct yaml *values = yaml_get(c->auth, "values");
    static const char *const keys[] = {"app_key", "app_secret"};
    for (size_t i = 0; i < 2; i++) {
        if (yaml_get(c->auth, keys[i]) != NULL) {
            add_name(c, str_from(keys[i]));
        }
    }
    for (const struct yaml *v = values == NULL ? NULL : values->first; v != NULL; v = v->next) {
        add_name(c, v->key);
    }
    for (size_t i = 0; parts_names[i] != NULL; i++) {
        add_name(c, str_from(parts_names[i]));
    }
}

static bool is_known(const struct checker *c, struct str name)
{
    if (parts_is_parameter(name)) {
        return true;
    }
    for (size_t i = 0; i < c->n; i++) {
        if (str_is(name, c->names[i])) {
            return true;
        }
    }
    return false;
}

static const char *names_hint(const struct checker *c, struct str name)
{
    const char *near = str_nearest(name, c->names, c->n), *all = "";
    if (near != NULL) {
        return arena_printf(c->p->arena, tr("是不是想写 {%s}?", "Did you mean {%s}?"), near);
    }
    for (size_t i = 0; i < c->n; i++) {
        all = arena_printf(c->p->arena, "%s%s{%s}", all, i == 0 ? "" : " ", c->names[i]);
    }
    return arena_printf(c->p->arena, tr("可用: %s", "Known: %s"), all);
}

static void check_hole(const struct checker *c, const struct yaml *node, struct str name,
                       bool has_sign)
{
    if (!is_known(c, name)) {
        problem_add(c->p, node, names_hint(c, name), tr("没有 {%.*s}", "there is no {%.*s}"),
                    STR_ARGS(name));
    } else if (str_is(name, "token") && (!c->has_token || c->in_token)) {
        problem_add(c->p, node, tr("用 token_from 写明令牌从哪里来。", "Say under token_from where it comes from."),
                    "%s", tr("这里没有 {token}", "there is no {token} here"));
    } else if (str_is(name, "sign") && !has_sign) {
        problem_add(c->p, node, tr("加上 sign: {text: ..., digest: ...}。", "Add sign: {text: ..., digest: ...}."),
                    "%s", tr("这里没有 {sign}", "there is no {sign} here"));
    }
}

static void check_template(const struct checker *c, const struct yaml *node, bool has_sign)
{
    if (node == NULL || node->kind != YAML_SCALAR) {
        return;
    }
    struct str rest = node->text;
    for (;;) {
        struct template_part part = template_cut(&rest);
        if (part.kind == TEMPLATE_END) {
            return;
        }
        if (part.kind == TEMPLATE_BAD) {
            problem_add(c->p, node,
                        tr("名字写成 {name};花括号本身写成 {{ 和 }}。",
                           "A name is written {name}, a brace itself {{ or }}."),
                        "%s", tr("花括号不成对,或其中不是名字", "braces that do not pair, or hold no name"));
            return;
        }
        if (part.kind == TEMPLATE_HOLE) {
            check_hole(c, node, part.text, has_sign);
        }
    }
}

static bool names_secret(struct str key)
{
    static const char *const words[] = {"password", "passwd", "pwd", "secret"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        for (size_t at = 0; at + n <= key.n; at++) {
            if (strncasecmp(key.p + at, words[i], n) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A value that nothing is filled into, under a name that says what it is. */
static void check_in_clear(const struct checker *c, const struct yaml *node)
{
    if (node->kind == YAML_SCALAR && names_secret(node->key) &&
        str_find(node->text, '{') == node->text.n) {
        problem_add(c->p, node,
                    tr("写成 \"${env:NAME}\" 或 \"${file:PATH}\"。",
                       "Write \"${env:NAME}\" or \"${file:PATH}\"."),
                    "%s",
                    tr("密钥不能写在配置文件里", "a secret may not stand in the configuration"));
    }
}

static void check_templates(const struct checker *c, const struct yaml *map, const char *key,
                            bool has_sign)
{
    const struct yaml *puts = yaml_get(map, key);
    for (const struct yaml *n = puts == NULL ? NULL : puts->first; n != NULL; n = n->next) {
        check_in_clear(c, n);
        check_template(c, n, has_sign);
    }
}

/* ---- what belongs together ---- */

static void check_sign(const struct checker *c, const struct yaml *sign)
{
    struct digest_kind digest;
    const struct yaml *key = yaml_get(sign, "key");
    if (sign == NULL) {
        return;
    }
    check_template(c, yaml_get(sign, "text"), false);
    check_template(c, key, false);
    if (!digest_find(yaml_text(sign, "digest"), &digest)) {
        return;
    }
    if (digest.is_keyed && key == NULL && yaml_get(c->auth, "app_secret") == NULL) {
        problem_add(c->p, sign, tr("加上 app_secret,或写明 key。", "Add app_secret, or say key."),
                    "%s", tr("HMAC 需要密钥", "an HMAC needs a key"));
    } else if (!digest.is_keyed && key != NULL) {
        problem_add(c->p, key, tr("改用 hmac_ 开头的算法,或把密钥写进 text。",
                                  "Use a digest that begins with hmac_, or put the key into text."),
                    "%s", tr("只有 HMAC 用 key", "only an HMAC uses key"));
    }
}

static void check_token_from(struct checker *c, const struct yaml *from)
{
    const struct yaml *request = yaml_get(from, "request"), *path = yaml_get(request, "path"),
                      *json = yaml_get(request, "json");
    bool has_sign = yaml_get(request, "sign") != NULL;
    if (from == NULL) {
        return;
    }
    c->in_token = true;
    check_templates(c, request, "query", has_sign);
    check_templates(c, request, "headers", has_sign);
    check_templates(c, request, "form", has_sign);
    check_templates(c, request, "json", has_sign);
    check_sign(c, yaml_get(request, "sign"));
    c->in_token = false;
    if (json != NULL && yaml_get(request, "form") != NULL) {
        problem_add(c->p, json, "", "%s", tr("form 与 json 只能有一个", "there is one body: form or json"));
    }
    if (path != NULL && path->kind == YAML_SCALAR && path->text.n > 0 && path->text.p[0] != '/' &&
        !str_starts(path->text, STR("http")) && !str_starts(path->text, STR("${"))) {
        problem_add(c->p, path, "", "%s",
                    tr("应以 / 或 http:// 或 https:// 开头", "must begin with /, http:// or https://"));
    }
}

static void check_api_key(struct problems *p, const struct yaml *auth)
{
    bool in_header = yaml_get(auth, "header") != NULL,
         in_query = yaml_get(auth, "parameter") != NULL;
    if (in_header == in_query && str_is(yaml_text(auth, "kind"), "api_key")) {
        problem_add(p, auth, "header: X-Api-Key", "%s",
                    tr("kind: api_key 需要 header 或 parameter 之一",
                       "kind: api_key needs either header or parameter"));
    }
}

static void check_time(struct problems *p, const struct yaml *auth)
{
    const struct yaml *time = yaml_get(auth, "time");
    if (time != NULL && time->kind == YAML_SCALAR && !parts_is_time_format(time->text)) {
        problem_add(p, time, "time: yyyy-MM-dd HH:mm:ss", "%s",
                    tr("应为 ms、s、http,或由 yyyy MM dd HH mm ss SSS 组成",
                       "must be ms, s, http, or made of yyyy MM dd HH mm ss SSS"));
    }
}

/* A name of ours cannot be had twice. */
static void check_values(struct problems *p, const struct yaml *auth)
{
    const struct yaml *values = yaml_get(auth, "values");
    for (const struct yaml *v = values == NULL ? NULL : values->first; v != NULL; v = v->next) {
        struct str hole = str_from(arena_printf(p->arena, "{%.*s}", STR_ARGS(v->key)));
        bool is_taken = str_is(v->key, "app_key") || str_is(v->key, "app_secret");
        for (size_t i = 0; parts_names[i] != NULL; i++) {
            is_taken = is_taken || str_is(v->key, parts_names[i]);
        }
        if (is_taken || template_cut(&hole).kind != TEMPLATE_HOLE) {
            problem_add(p, v, tr("换一个由 a-z、0-9 和 _ 组成的名字。", "Choose another name of a-z, 0-9 and _."),
                        "%s", tr("不能用作名字", "cannot be a name here"));
        }
    }
}

static void check_refresh(struct problems *p, const struct yaml *connection)
{
    const struct yaml *codes = yaml_get(yaml_get(connection, "auth"), "refresh_codes");
    if (codes != NULL && yaml_get(connection, "ok") == NULL) {
        problem_add(p, codes, "ok: {pointer: /code, equals: [\"0\"]}", "%s",
                    tr("refresh_codes 需要 connection.ok 指明返回码的位置",
                       "refresh_codes needs connection.ok to say where the code stands"));
    }
}

void http_auth_check(struct problems *p, const struct yaml *connection)
{
    const struct yaml *auth = yaml_get(connection, "auth");
    if (auth == NULL || auth->kind != YAML_MAP) {
        return;
    }
    struct checker c = {.p = p, .auth = auth, .has_token = yaml_get(auth, "token_from") != NULL};
    bool has_sign = yaml_get(auth, "sign") != NULL;
    kinds_check(p, auth, http_auth_kinds);
    check_api_key(p, auth);
    check_time(p, auth);
    check_values(p, auth);
    check_refresh(p, connection);
    gather_names(&c);
    check_token_from(&c, yaml_get(auth, "token_from"));
    check_sign(&c, yaml_get(auth, "sign"));
    check_templates(&c, auth, "headers", has_sign);
    check_templates(&c, auth, "query", has_sign);
    check_templates(&c, auth, "body", has_sign);
}
