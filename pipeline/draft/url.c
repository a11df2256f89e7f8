/* An HTTP interface by one address, asked as a browser would ask it: what its answer holds and how
 * it is paged. */
#include <curl/curl.h>
#include <strings.h>

#include "base/fs.h"
#include "connectors/http/look.h"
#include "pipeline/draft/answer.h"
#include "pipeline/draft/asking.h"

#define PARAMS_MOST 64
#define MAX_BODY "16777216"
#define BODY_MOST ((size_t)256 << 10)

struct param {
    const char *name, *value;
    bool is_secret;
};
struct address {
    const char *base, *path;
    struct param params[PARAMS_MOST];
    size_t n;
    int page, size; /* places among params, or -1 */
    bool is_offset;
    bool is_post;            /* with a body, or with the parameters as a form */
    struct asking_body body; /* text null: none */
};

static const char *quoted(const struct draft *d, const char *text)
{
    return draft_quoted(d->arena, str_from(text));
}

static const char *decoded(struct arena *a, struct str s)
{
    int n = 0;
    char *plus = arena_cstr(a, s);
    for (char *c = plus; *c != '\0'; c++) {
        *c = *c == '+' ? ' ' : *c;
    }
    char *text = curl_easy_unescape(NULL, plus, (int)s.n, &n);
    const char *kept = arena_cstr(a, text != NULL ? str_of(text, (size_t)n) : s);
    curl_free(text);
    return kept;
}

static void note_param(struct arena *a, struct address *at, struct str pair)
{
    struct str name = str_cut(&pair, '=');
    struct param *p = &at->params[at->n];
    *p = (struct param){decoded(a, name), decoded(a, pair), false};
    p->is_secret = asking_is_secret(p->name);
    bool is_offset = draft_is_one_of(asking_offset_names, p->name);
    if (at->page < 0 && (is_offset || draft_is_one_of(asking_page_names, p->name))) {
        at->page = (int)at->n;
        at->is_offset = is_offset;
    } else if (at->size < 0 && draft_is_one_of(asking_size_names, p->name)) {
        at->size = (int)at->n;
    }
    at->n++;
}

static enum rc read_address(struct arena *a, const char *url, struct address *ret)
{
    struct str rest = str_from(url);
    struct str whole = str_cut(&rest, '#');
    struct str front = str_cut(&whole, '?');
    const char *text = arena_cstr(a, front), *host = strstr(text, "://");
    *ret = (struct address){.page = -1, .size = -1, .body = {.text = STR_NULL, .page = -1, .size = -1}};
    if (host == NULL ||
        (!str_starts(front, STR("http://")) && !str_starts(front, STR("https://")))) {
        return err_fail(RC_USAGE, "%s",
                        tr("--url: 应以 http:// 或 https:// 开头",
                           "--url: must begin with http:// or https://"));
    }
    if (strchr(host + 3, '@') != NULL) {
        enum rc rc = err_fail(
            RC_USAGE, "%s",
            tr("--url: 地址里不能有用户名和密码", "--url: no user and password in an address"));
        err_hint("%s", tr("写在 connection.auth 里,用引用。",
                          "They belong under connection.auth, as references."));
        return rc;
    }
    const char *slash = strchr(host + 3, '/');
    ret->path = slash != NULL ? slash : "/";
    ret->base = arena_cstr(a, str_of(text, slash != NULL ? (size_t)(slash - text) : strlen(text)));
    while (whole.n > 0 && ret->n < PARAMS_MOST) {
        note_param(a, ret, str_cut(&whole, '&'));
    }
    return RC_OK;
}

/* What a POST brings: a document, or a form, whose parameters are the request's. */
static enum rc read_body(struct draft *d, struct address *at)
{
    struct buf b;
    if (d->body == NULL) {
        return RC_OK;
    }
    buf_init(&b, BODY_MOST);
    enum rc rc = fs_read(d->body, BODY_MOST, &b);
    struct str text = arena_str(d->arena, str_trim(buf_str(&b)));
    buf_done(&b);
    TRY(rc);
    at->is_post = true;
    if (asking_is_document(text)) {
        asking_read(text, &at->body);
        return RC_OK;
    }
    while (text.n > 0 && at->n < PARAMS_MOST) {
        note_param(d->arena, at, str_cut(&text, '&'));
    }
    return RC_OK;
}

static bool turns_by_body(const struct address *at)
{
    return at->body.page >= 0;
}

static bool is_counted(const struct address *at)
{
    return at->page >= 0 || turns_by_body(at);
}

static const char *value_in_body(const struct draft *d, const struct address *at, int part)
{
    const struct asking_part *p = &at->body.parts[part];
    return arena_cstr(d->arena, str_sub(at->body.text, p->at, p->n));
}

static bool pages_by_offset(const struct address *at)
{
    return turns_by_body(at) ? at->body.is_offset : at->is_offset;
}

static const char *page_value(const struct draft *d, const struct address *at)
{
    return turns_by_body(at) ? value_in_body(d, at, at->body.page) : at->params[at->page].value;
}

static const char *size_value(const struct draft *d, const struct address *at)
{
    if (turns_by_body(at)) {
        return at->body.size < 0 ? NULL : value_in_body(d, at, at->body.size);
    }
    return at->size < 0 ? NULL : at->params[at->size].value;
}

/* As it is asked now, or as it is written: with holes where the pages turn, and no secret. */
static const char *body_lines(const struct draft *d, const struct address *at, bool is_written, const char *number)
{
    struct asking_body b = at->body;
    if (str_is_null(b.text)) {
        return "";
    }
    for (size_t i = 0; is_written && i < b.n; i++) {
        const char *name = arena_cstr(d->arena, b.parts[i].name);
        struct str value = str_sub(b.text, b.parts[i].at, b.parts[i].n);
        bool is_open = asking_is_secret(name) && value.n > 0 && !keys_is_reference(value);
        b.parts[i].instead = is_open ? arena_printf(d->arena, "${env:%s}", draft_variable(d, name)) : NULL;
    }
    if (turns_by_body(at)) {
        b.parts[b.page].instead = is_written ? (b.is_offset ? "{offset}" : "{page}") : number;
    }
    if (turns_by_body(at) && b.size >= 0 && is_written) {
        b.parts[b.size].instead = "{size}";
    }
    return arena_printf(d->arena, ", body: %s%s", draft_quoted_lines(d->arena, str_from(asking_written(d->arena, &b))),
                        asking_is_xml(b.text) ? ", content_type: text/xml" : "");
}

/* Which service of a SOAP address is meant is no secret. */
static const char *header_lines(const struct draft *d)
{
    return d->soap_action == NULL ? "" : arena_printf(d->arena, ", headers: {SOAPAction: %s}", quoted(d, d->soap_action));
}

static const char *method_of(const struct address *at)
{
    return at->is_post ? "POST" : "GET";
}

/* As it is asked now (`number`: instead of the page in the address, unless NULL), or as it is
 * written. */
static const char *query_text(const struct draft *d, const struct address *at, bool is_written,
                              const char *number)
{
    struct arena *a = d->arena;
    const char *out = "", *comma = "";
    for (size_t i = 0; i < at->n; i++) {
        const struct param *p = &at->params[i];
        bool is_paging = at->page >= 0 && ((int)i == at->page || (int)i == at->size);
        const char *value = (int)i == at->page && number != NULL ? number : p->value;
        if (is_written && is_paging) {
            continue;
        }
        if (is_written && p->is_secret && !keys_is_reference(str_from(value))) {
            value = arena_printf(a, "${env:%s}", draft_variable(d, p->name));
        }
        out = arena_printf(a, "%s%s%s: %s", out, comma, draft_quoted(a, str_from(p->name)),
                           draft_quoted(a, str_from(value)));
        comma = ", ";
    }
    return *out != '\0' ? arena_printf(a, ", query: {%s}", out) : "";
}

/* The line that says who asks; a secret in the clear is refused. */
static enum rc auth_line(const struct draft *d, const char **ret)
{
    struct str value = str_from(d->header), name = str_cut(&value, '=');
    *ret = "";
    if (d->header == NULL) {
        return RC_OK;
    }
    if (name.n == 0 || !keys_is_reference(value)) {
        enum rc rc = err_fail(
            RC_USAGE, "%s", tr("--header: 应为 请求头=引用", "--header: expected NAME=REFERENCE"));
        err_hint("%s", tr("如 --header 'X-Api-Key=${env:KEY}':密钥不写在命令行里。",
                          "Like --header 'X-Api-Key=${env:KEY}': no secret on a command line."));
        return rc;
    }
    *ret = arena_printf(d->arena, "auth: {kind: api_key, header: %s, key: %s}\n",
                        draft_quoted(d->arena, name), draft_quoted(d->arena, value));
    return RC_OK;
}

static enum rc look(struct draft *d, const struct address *at, const char *number,
                    struct str *ret_body)
{
    struct yaml *connection = NULL, *settings = NULL;
    const char *path = quoted(d, at->path), *auth = "";
    TRY(auth_line(d, &auth));
    const char *said =
        arena_printf(d->arena, "kind: http\nbase_url: %s\nmax_body: " MAX_BODY "\n%s",
                     quoted(d, at->base), auth);
    const char *asked =
        arena_printf(d->arena, "request: {method: %s, path: %s%s%s%s}\nrecords: \"\"\n", method_of(at), path,
                     query_text(d, at, false, number), header_lines(d), body_lines(d, at, false, number));
    TRY(yaml_parse(d->arena, "connection", str_from(said), &connection));
    TRY(yaml_parse(d->arena, "settings", str_from(asked), &settings));
    struct source source = {
        .dataset = arena_printf(d->arena, "%s.%s", d->department, d->dataset),
        .connection = connection,
        .settings = settings,
        .base_dir = ".",
        .full_snapshot = true,
        .since = STR(""),
        .position = STR(""),
        .arena = d->arena,
    };
    return http_look(&source, d->arena, ret_body);
}

/* ---- Paging ---- */

struct pages {
    int64_t first, size, last;
};

static int64_t number_or(const char *text, int64_t otherwise)
{
    int64_t n = 0;
    return text != NULL && str_to_i64(str_from(text), &n) && n > 0 ? n : otherwise;
}

/* By the total the last page is known; it must hold what is left. Says in a comment whether it
 * does. */
static enum rc prove(struct draft *d, const struct address *at, const struct answer_guess *g,
                     const struct pages *p, const char **ret_comment)
{
    struct draft other = {.arena = d->arena, .department = d->department, .dataset = d->dataset};
    struct answer_guess last = {0};
    struct str body = STR("");
    int64_t left = g->total_records - (g->total_records - 1) / p->size * p->size;
    TRY(look(d, at, arena_printf(d->arena, "%lld", (long long)p->last), &body));
    bool is_read = answer_guess(&other, body, &last) == RC_OK;
    bool is_proved = is_read && strcmp(last.records, g->records) == 0 && (int64_t)last.rows == left;
    *ret_comment = is_proved
                       ? arena_printf(d->arena,
                                      tr("# 已核对:最后一页(%lld)正好 %lld 条\n",
                                         "# proved: the last page (%lld) holds the %lld left\n"),
                                      (long long)p->last, (long long)left)
                       : arena_printf(d->arena,
                                      tr("# 待定:最后一页(%lld)应有 %lld 条,实得 %zu 条,核对分页\n",
                                         "# DECIDE: the last page (%lld) should hold %lld, it held "
                                         "%zu: check the paging\n"),
                                      (long long)p->last, (long long)left, last.rows);
    return RC_OK;
}

static const char *counted_paging(struct draft *d, const struct address *at,
                                  const struct answer_guess *g, const struct pages *p,
                                  const char *comment)
{
    const char *total =
        g->total != NULL ? arena_printf(d->arena, ", total: %s", quoted(d, g->total)) : "";
    bool is_offset = pages_by_offset(at), by_body = turns_by_body(at); /* which has holes */
    const char *step = by_body ? ""
                               : arena_printf(d->arena, ", %s: %s", is_offset ? "offset" : "page",
                                              at->params[at->page].name);
    const char *size = by_body || at->size < 0
                           ? ""
                           : arena_printf(d->arena, ", %s: %s", is_offset ? "limit" : "size",
                                          at->params[at->size].name);
    return arena_printf(
        d->arena, "    paging: {kind: %s%s%s, first: %lld, page_size: %lld%s}  %s",
        is_offset ? "offset" : "page_number", step, size, (long long)p->first, (long long)p->size, total, comment);
}

static enum rc guess_counted(struct draft *d, const struct address *at,
                             const struct answer_guess *g, const char **ret)
{
    struct pages p = {
        .size = number_or(size_value(d, at), (int64_t)g->rows)};
    p.first = pages_by_offset(at) || strcmp(page_value(d, at), "0") == 0 ? 0 : 1;
    const char *comment = tr("# 待定:返回中没有总数,核对分页\n",
                             "# DECIDE: the answer tells no total, check the paging\n");
    if (g->total != NULL && g->total_records > 0) {
        int64_t before = (g->total_records - 1) / p.size;
        p.last = p.first + (pages_by_offset(at) ? before * p.size : before);
        TRY(prove(d, at, g, &p, &comment));
    }
    *ret = counted_paging(d, at, g, &p, comment);
    return RC_OK;
}

static enum rc guess_paging(struct draft *d, const struct address *at, const struct answer_guess *g,
                            const char **ret)
{
    if (is_counted(at)) {
        return guess_counted(d, at, g, ret);
    }
    if (g->next != NULL && g->next_is_address) {
        *ret = arena_printf(d->arena, "    paging: {kind: next_url, next: %s}  %s",
                            quoted(d, g->next), tr("# 待定:核对\n", "# DECIDE: check it\n"));
    } else if (g->next != NULL) {
        *ret = arena_printf(
            d->arena, "    paging: {kind: cursor, cursor: cursor, next: %s}  %s",
            quoted(d, g->next),
            tr("# 待定:核对游标参数名\n", "# DECIDE: what is the cursor's parameter called?\n"));
    } else if (g->total != NULL && g->total_records > (int64_t)g->rows) {
        *ret = arena_printf(
            d->arena,
            tr("    # 待定:分页。共 %lld 条,这次只有 %zu 条;把页码参数写进 --url 再试\n",
               "    # DECIDE: paging. %lld records, %zu came; try again with the page's parameter "
               "in --url\n"),
            (long long)g->total_records, g->rows);
    } else {
        *ret = "";
    }
    return RC_OK;
}

enum rc draft_url(struct draft *d, const char *url)
{
    struct address at;
    struct answer_guess g;
    struct str body = STR("");
    const char *paging = "", *auth = "";
    TRY(auth_line(d, &auth));
    TRY(read_address(d->arena, url, &at));
    TRY(read_body(d, &at));
    TRY(look(d, &at, NULL, &body));
    TRY(answer_guess(d, body, &g));
    TRY(guess_paging(d, &at, &g, &paging));
    const char *ok = g.code == NULL ? ""
                                    : arena_printf(d->arena, "  ok: {pointer: %s, equals: [%s]}\n",
                                                   quoted(d, g.code), quoted(d, g.code_value));
    bool is_plain = g.charset == NULL && !g.is_xml && g.inner == NULL;
    const char *format = is_plain ? "" : arena_printf(d->arena, "    format: %s\n", answer_format(d->arena, &g));
    d->connection = arena_printf(
        d->arena, "  kind: http\n  base_url: %s\n%s%s%s", quoted(d, at.base), ok,
        *auth != '\0' ? "  " : "",
        *auth != '\0'
            ? auth
            : tr("  # auth: {kind: bearer, token: \"${env:TOKEN}\"}   # 需要时填写,见参考\n",
                 "  # auth: {kind: bearer, token: \"${env:TOKEN}\"}   # where needed, see the "
                 "reference\n"));
    d->reading = arena_printf(
        d->arena, "    request: {method: %s, path: %s%s%s%s}\n%s%s    records: %s\n", method_of(&at),
        quoted(d, at.path), query_text(d, &at, true, NULL), header_lines(d), body_lines(d, &at, true, NULL), paging,
        format, quoted(d, g.records));
    return RC_OK;
}
