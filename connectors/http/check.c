/* What a table of keys cannot say: which keys belong together. */
#include "connectors/document.h"
#include "connectors/filter.h"
#include "connectors/http/condition.h"
#include "connectors/http/holes.h"
#include "connectors/decrypt.h"
#include "connectors/http/kinds.h"
#include "connectors/http/pace.h"
#include "connectors/http/parts.h"
#include "connectors/http/settings.h"

const struct kind_rule http_paging_kinds[] = {
    {"none", {NULL}, {"total", "total_header", NULL}},
    {"page_number", {"page_size", NULL}, {"page", "size", "first", "total", "total_header", NULL}},
    {"offset", {"page_size", NULL}, {"offset", "limit", "first", "total", "total_header", NULL}},
    {"cursor",
     {NULL},
     {"cursor", "next", "next_header", "size", "page_size", "initial", "total", "total_header",
      NULL}},
    {"next_url", {NULL}, {"next", "next_header", "size", "page_size", "total", "total_header", NULL}},
    {"link", {NULL}, {"size", "page_size", "total", "total_header", NULL}},
    {"export",
     {"job", "poll", "state", "done", NULL},
     {"answers", "failed", "file", "download", "every", "wait", "total", "total_header", NULL}},
    {NULL, {NULL}, {NULL}},
};

const struct kind_map http_kinds[] = {
    {http_auth_keys, http_auth_kinds},
    {http_paging_keys, http_paging_kinds},
    {NULL, NULL},
};

static void check_base_url(struct problems *p, const struct yaml *connection)
{
    const struct yaml *node = yaml_get(connection, "base_url");
    if (node == NULL || node->kind != YAML_SCALAR || str_starts(node->text, STR("${"))) {
        return;
    }
    if (!str_starts(node->text, STR("http://")) && !str_starts(node->text, STR("https://"))) {
        problem_add(p, node, "", "%s",
                    tr("应以 http:// 或 https:// 开头", "must begin with http:// or https://"));
    }
}

static void check_path(struct problems *p, const struct yaml *request)
{
    const struct yaml *node = yaml_get(request, "path");
    if (node != NULL && node->kind == YAML_SCALAR && !str_starts(node->text, STR("/"))) {
        problem_add(p, node, "", "%s", tr("应以 / 开头", "must begin with /"));
    }
}

static void check_encrypt(struct problems *p, const struct yaml *request)
{
    const struct yaml *encrypt = yaml_get(request, "encrypt");
    decrypt_check(p, encrypt);
    if (encrypt != NULL && !str_is(yaml_text(request, "method"), "POST")) {
        problem_add(p, encrypt, "method: POST", "%s", tr("只有 POST 有正文可加密", "only a POST has a body to encrypt"));
    }
}

static void check_fields(struct problems *p, const struct yaml *connection,
                         const struct yaml *request)
{
    const struct yaml *body = yaml_get(yaml_get(connection, "auth"), "body"),
                      *method = yaml_get(request, "method");
    if (body != NULL && request != NULL && !str_is(yaml_text(request, "method"), "POST")) {
        problem_add(p, method != NULL ? method : request, "method: POST", "%s",
                    tr("auth.body 要把值放进正文,GET 没有正文", "auth.body puts values into the body, and a GET has none"));
    }
}

/* Members of a record are not looked at when the envelope's are gathered. */
static void check_outside(struct problems *p, const struct yaml *settings, const char *key)
{
    const struct yaml *node = yaml_get(yaml_get(settings, "paging"), key);
    struct str records = yaml_text(settings, "records");
    if (node == NULL || node->kind != YAML_SCALAR || str_is_null(records)) {
        return;
    }
    bool is_inside = str_starts(node->text, records) && node->text.n > records.n &&
                     node->text.p[records.n] == '/';
    if (is_inside && records.n > 0) {
        problem_add(p, node, "", "%s",
                    tr("应在记录数组之外", "must lie outside the array of records"));
    }
}

/* Does anything in the request name the hole? */
static bool request_has(const struct yaml *settings, enum hole hole)
{
    const struct yaml *request = yaml_get(settings, "request");
    const struct yaml *query = yaml_get(request, "query");
    bool has = holes_has(yaml_text(request, "body"), hole) ||
               holes_has(yaml_text(request, "path"), hole);
    for (const struct yaml *node = query == NULL ? NULL : query->first; node != NULL;
         node = node->next) {
        has = has || (node->kind == YAML_SCALAR && holes_has(node->text, hole));
    }
    return has;
}

bool http_is_bounded(const struct yaml *settings)
{
    return yaml_get(settings, "slices") != NULL || request_has(settings, HOLE_UNTIL);
}

/* An increment asked for without {since} would be everything, every night. */
static void check_since(struct problems *p, const struct yaml *settings)
{
    const struct yaml *request = yaml_get(settings, "request");
    const struct yaml *query = yaml_get(request, "query");
    const struct yaml *incremental = yaml_get(settings, "incremental");
    bool has_since = request_has(settings, HOLE_SINCE), is_sliced = yaml_get(settings, "slices") != NULL;
    if (incremental != NULL && !has_since && !is_sliced) {
        problem_warn(
            p, incremental,
            tr("在 request.query 中加一个含 {since} 的参数。",
               "Add a parameter with {since} to request.query."),
            "%s",
            tr("增量读取,但请求里没有 {since}", "incremental, but the request holds no {since}"));
    }
    if (incremental == NULL && has_since) {
        problem_warn(
            p, query == NULL ? request : query,
            tr("加上 incremental,或去掉该参数。", "Add incremental, or remove the parameter."),
            "%s",
            tr("请求里有 {since},但不是增量读取",
               "the request holds {since}, but is not incremental"));
    }
}

/* Pages that nothing in the request tells apart would be the first one, over and over. */
static void check_step(struct problems *p, const struct yaml *settings)
{
    static const struct {
        const char *kind, *key;
        enum hole hole;
    } steps[] = {{"page_number", "page", HOLE_PAGE},
                 {"offset", "offset", HOLE_OFFSET},
                 {"cursor", "cursor", HOLE_CURSOR}};
    const struct yaml *paging = yaml_get(settings, "paging");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (str_is(yaml_text(paging, "kind"), steps[i].kind) &&
            yaml_get(paging, steps[i].key) == NULL && !request_has(settings, steps[i].hole)) {
            problem_add(p, paging, "", tr("kind: %s 需要 %s,或在请求中写 {%s}",
                                          "kind: %s needs %s, or {%s} in the request"),
                        steps[i].kind, steps[i].key, steps[i].key);
        }
    }
}

/* A hole that no paging fills would be sent empty. */
static void check_filled(struct problems *p, const struct yaml *settings)
{
    static const struct {
        enum hole hole;
        const char *kind, *text, *hint;
    } fillings[] = {{HOLE_PAGE, "page_number", "{page}", "paging: {kind: page_number, page_size: 500}"},
                    {HOLE_OFFSET, "offset", "{offset}", "paging: {kind: offset, page_size: 500}"},
                    {HOLE_CURSOR, "cursor", "{cursor}", "paging: {kind: cursor, next: /data/next}"}};
    const struct yaml *request = yaml_get(settings, "request"), *paging = yaml_get(settings, "paging");
    for (size_t i = 0; i < sizeof fillings / sizeof *fillings; i++) {
        if (request_has(settings, fillings[i].hole) && !str_is(yaml_text(paging, "kind"), fillings[i].kind)) {
            problem_add(p, request, fillings[i].hint, tr("请求里有 %s,但没有 paging.kind: %s", "the request holds %s without paging.kind: %s"),
                        fillings[i].text, fillings[i].kind);
        }
    }
    if (request_has(settings, HOLE_SIZE) && yaml_get(paging, "page_size") == NULL) {
        problem_add(p, request, "paging: {kind: page_number, page_size: 500}", "%s",
                    tr("请求里有 {size},但没有 paging.page_size", "the request holds {size} without paging.page_size"));
    }
}

/* The next page is told by the body or by a header. */
static void check_next(struct problems *p, const struct yaml *settings)
{
    const struct yaml *paging = yaml_get(settings, "paging");
    struct str kind = yaml_text(paging, "kind");
    bool is_told = yaml_get(paging, "next") != NULL || yaml_get(paging, "next_header") != NULL;
    if ((str_is(kind, "cursor") || str_is(kind, "next_url")) && !is_told) {
        problem_add(p, paging, "", tr("kind: %s 需要 next 或 next_header", "kind: %s needs next or next_header"),
                    kind.p);
    }
}

static void check_export(struct problems *p, const struct yaml *settings)
{
    const struct yaml *paging = yaml_get(settings, "paging");
    static const char *const keys[] = {"poll", "download"};
    if (!str_is(yaml_text(paging, "kind"), "export")) {
        return;
    }
    if ((yaml_get(paging, "file") == NULL) == (yaml_get(paging, "download") == NULL)) {
        problem_add(p, paging, "", "%s",
                    tr("export 需要 file 或 download,且只要一个",
                       "export needs either file or download"));
    }
    for (size_t i = 0; i < 2; i++) {
        const struct yaml *node = yaml_get(paging, keys[i]);
        bool is_right = node == NULL || node->kind != YAML_SCALAR ||
                        (str_starts(node->text, STR("/")) && holes_has(node->text, HOLE_JOB));
        if (!is_right) {
            problem_add(p, node, "", "%s",
                        tr("应以 / 开头并含 {job}", "must begin with / and hold {job}"));
        }
    }
    const struct yaml *answers = yaml_get(yaml_get(paging, "answers"), "kind");
    if (answers != NULL && answers->kind == YAML_SCALAR && !str_is(answers->text, "json") && !str_is(answers->text, "xml")) {
        problem_add(p, answers, "", "%s", tr("提交和查询的返回应为 json 或 xml", "answers about the job are json or xml"));
    }
    const struct yaml *slices = yaml_get(settings, "slices");
    if (slices != NULL) {
        problem_add(p, slices, "", "%s",
                    tr("export 不能按时段读取", "an export cannot be sliced"));
    }
}

static void check_slices(struct problems *p, const struct yaml *settings)
{
    const struct yaml *slices = yaml_get(settings, "slices");
    if (slices != NULL && !request_has(settings, HOLE_FROM)) {
        problem_add(p, slices, tr("在请求中写 {from} 和 {to}。", "Write {from} and {to} into the request."),
                    "%s", tr("请求里没有 {from}", "the request holds no {from}"));
    }
}

static void check_request(struct problems *p, const struct yaml *request)
{
    const struct yaml *body = yaml_get(request, "body"), *type = yaml_get(request, "content_type");
    const struct yaml *times = yaml_get(request, "times");
    if (body != NULL && !str_is(yaml_text(request, "method"), "POST")) {
        problem_add(p, body, "", "%s", tr("需要 method: POST", "needs method: POST"));
    }
    if (type != NULL && body == NULL) {
        problem_add(p, type, "", "%s", tr("只用于 body", "is for a body alone"));
    }
    if (times != NULL && times->kind == YAML_SCALAR && !parts_is_time_format(times->text)) {
        problem_add(p, times, "", "%s",
                    tr("应形如 yyyy-MM-dd HH:mm:ss", "expected something like yyyy-MM-dd HH:mm:ss"));
    }
}

/* A lookup's request says whom it asks about: one person by his number, or a list of them. */
static void check_asking(struct problems *p, const struct yaml *settings)
{
    const struct yaml *request = yaml_get(settings, "request"), *person = yaml_get(request, "person");
    bool is_list = request_has(settings, HOLE_PERSONS);
    if (is_list != (person != NULL) && request != NULL) {
        problem_add(p, person != NULL ? person : request,
                    "body: '{\"persons\": [{persons}]}', person: '{\"number\": \"{id_number}\"}'", "%s",
                    tr("{persons} 和 request.person 要一起写", "{persons} and request.person belong together"));
    }
    if (!str_is(yaml_text(settings, "access"), "lookup") || request == NULL) {
        return;
    }
    struct str template = yaml_text(request, "person");
    bool names = is_list ? holes_has(template, HOLE_ID_NUMBER) : request_has(settings, HOLE_ID_NUMBER);
    if (!names) {
        problem_add(p, request, "query: {zjhm: \"{id_number}\"}", "%s",
                    tr("按人查询的请求里没有 {id_number}", "a lookup's request holds no {id_number}"));
    }
    const struct yaml *batch = yaml_get(yaml_get(settings, "ask"), "batch");
    if (batch != NULL && !is_list && !str_is(batch->text, "1")) {
        problem_add(p, batch, tr("在 body 中写 {persons},或改为 batch: 1。", "Put {persons} into the body, or say batch: 1."),
                    "%s", tr("一次问几人需要 {persons}", "several persons a request need {persons}"));
    }
}

/* The connection is told of once, not with each of its datasets. */
static bool is_first(const struct yaml *settings)
{
    return settings == NULL || settings->parent == NULL || settings->parent->first == settings;
}

void http_check(const struct yaml *connection, const struct yaml *settings,
                struct problems *problems)
{
    if (is_first(settings)) {
        check_base_url(problems, connection);
        http_auth_check(problems, connection);
        pace_check(problems, yaml_get(connection, "limits"));
        http_tls_check(problems, yaml_get(connection, "tls"));
    }
    if (settings == NULL) {
        return;
    }
    check_path(problems, yaml_get(settings, "request"));
    check_encrypt(problems, yaml_get(settings, "request"));
    check_fields(problems, connection, yaml_get(settings, "request"));
    kinds_check(problems, yaml_get(settings, "paging"), http_paging_kinds);
    check_outside(problems, settings, "total");
    check_outside(problems, settings, "next");
    check_step(problems, settings);
    check_filled(problems, settings);
    check_next(problems, settings);
    check_export(problems, settings);
    check_slices(problems, settings);
    check_request(problems, yaml_get(settings, "request"));
    check_since(problems, settings);
    check_asking(problems, settings);
    condition_check(problems, settings);
    document_check(settings, problems);
    filters_check(yaml_get(settings, "filters"), problems);
}
