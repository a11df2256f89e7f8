/* What a table of keys cannot say: which keys belong together. */
#include "connectors/document.h"
#include "connectors/filter.h"
#include "connectors/http/kinds.h"
#include "connectors/http/pace.h"
#include "connectors/http/settings.h"

static const struct kind_rule paging_rules[] = {
    {"none", {NULL}, {"total", NULL}},
    {"page_number", {"page", "page_size", NULL}, {"size", "first", "total", NULL}},
    {"offset", {"offset", "page_size", NULL}, {"limit", "first", "total", NULL}},
    {"cursor", {"cursor", "next", NULL}, {"size", "page_size", "initial", "total", NULL}},
    {NULL, {NULL}, {NULL}},
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

/* An increment asked for without {since} would be everything, every night. */
static void check_since(struct problems *p, const struct yaml *settings)
{
    const struct yaml *query = yaml_get(yaml_get(settings, "request"), "query");
    const struct yaml *incremental = yaml_get(settings, "incremental");
    bool has_since = false;
    for (const struct yaml *node = query == NULL ? NULL : query->first; node != NULL;
         node = node->next) {
        has_since =
            has_since || (node->kind == YAML_SCALAR && strstr(node->text.p, "{since}") != NULL);
    }
    if (incremental != NULL && !has_since) {
        problem_warn(
            p, incremental,
            tr("在 request.query 中加一个含 {since} 的参数。",
               "Add a parameter with {since} to request.query."),
            "%s",
            tr("增量读取,但请求里没有 {since}", "incremental, but the request holds no {since}"));
    }
    if (incremental == NULL && has_since) {
        problem_warn(
            p, query,
            tr("加上 incremental,或去掉该参数。", "Add incremental, or remove the parameter."),
            "%s",
            tr("请求里有 {since},但不是增量读取",
               "the request holds {since}, but is not incremental"));
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
    kinds_check(problems, yaml_get(settings, "paging"), paging_rules);
    check_outside(problems, settings, "total");
    check_outside(problems, settings, "next");
    check_since(problems, settings);
    document_check(settings, problems);
    filters_check(yaml_get(settings, "filters"), problems);
}
