#include "connectors/http/condition.h"

#include "connectors/http/outcome.h"

#define MAX_VALIDATOR ((size_t)1024)
/* What changed twice within a second bears one date; a minute lies well beyond a server's hesitation (RFC 9110, 8.8.2.2). */
#define STRONG_AFTER_S 60

/* Does the answer to this request speak for the whole delivery? */
static bool speaks_for_all(const struct http_settings *s, const struct place *at)
{
    bool is_whole = s->paging.kind == PAGING_NONE && s->paging.slice_days == 0;
    bool is_told = s->conditional == CONDITIONAL_FIRST_PAGE ||
                   (s->conditional == CONDITIONAL_WHOLE && is_whole);
    return is_told && !s->is_post && at->pages == 0 && s->source->full_snapshot &&
           s->source->asked_count == 0 && s->source->hash_key != NULL;
}

static enum rc code_of(const struct http_settings *s, const struct http_message *m, char out[CODE_TEXT])
{
    struct buf url;
    buf_init(&url, HTTP_MAX_URL);
    enum rc rc = http_message_url(m, &url);
    if (rc == RC_OK) {
        crypto_code(s->source->hash_key, "condition", buf_str(&url), out);
    }
    buf_done(&url);
    return rc;
}

static enum rc add(struct http_message *m, struct transfer *t, struct str name, struct str value)
{
    if (value.n == 0) {
        return RC_OK;
    }
    t->is_conditional = true;
    return http_pairs_set(m->arena, &m->headers, name, value);
}

/* Kept as three lines: code of the address, ETag, date; the last two may be empty. */
enum rc condition_apply(const struct http_settings *s, const struct place *at, struct http_message *m,
                        struct transfer *t)
{
    t->is_conditional = false;
    t->address_code[0] = '\0';
    if (!speaks_for_all(s, at)) {
        return RC_OK;
    }
    TRY(code_of(s, m, t->address_code));
    struct str kept = s->source->validators, code = str_cut(&kept, '\n');
    if (!str_is(code, t->address_code)) {
        return RC_OK;
    }
    struct str etag = str_cut(&kept, '\n');
    TRY(add(m, t, STR("If-None-Match"), etag));
    return add(m, t, STR("If-Modified-Since"), kept);
}

/* One of other bytes could not be stored, and the delivery with it. */
static bool is_printable(struct str s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] >= ' ' && s.p[i] <= '~') {
        i++;
    }
    return i == s.n;
}

static struct str header(const struct transfer *t, const char *name)
{
    struct str value = str_trim(outcome_header(t, name));
    return value.n > MAX_VALIDATOR || !is_printable(value) ? STR("") : value;
}

/* "" unless it is so old that nothing may have changed since without another date. */
static struct str date_of(const struct transfer *t)
{
    struct str modified = header(t, "Last-Modified"), now = header(t, "Date");
    time_t then = modified.n == 0 ? -1 : curl_getdate(modified.p, NULL);
    time_t sent = now.n == 0 ? -1 : curl_getdate(now.p, NULL);
    return then >= 0 && sent >= then + STRONG_AFTER_S ? modified : STR("");
}

struct str condition_of(const struct http_settings *s, const struct place *at, const struct transfer *t,
                        struct arena *a)
{
    if (t->address_code[0] == '\0' || !speaks_for_all(s, at)) {
        return STR("");
    }
    struct str etag = header(t, "ETag"), modified = date_of(t);
    if (etag.n == 0 && modified.n == 0) {
        return STR("");
    }
    return str_from(arena_printf(a, "%s\n%.*s\n%.*s", t->address_code, STR_ARGS(etag), STR_ARGS(modified)));
}

/* ---- check ---- */

void condition_check(struct problems *p, const struct yaml *settings)
{
    const struct yaml *node = yaml_get(yaml_get(settings, "request"), "conditional");
    bool is_first = node != NULL && node->kind == YAML_SCALAR && str_is(node->text, "first_page");
    if (!is_first && (node == NULL || node->kind != YAML_SCALAR || !str_is(node->text, "whole"))) {
        return;
    }
    struct str paging = yaml_text(yaml_get(settings, "paging"), "kind");
    bool is_cut = yaml_get(settings, "slices") != NULL || str_is(paging, "export");
    bool is_paged = is_cut || (!str_is_null(paging) && !str_is(paging, "none"));
    if (str_is(yaml_text(yaml_get(settings, "request"), "method"), "POST")) {
        problem_add(p, node, "conditional: off", "%s", tr("只有 GET 可以带条件", "only a GET can be conditional"));
    } else if (yaml_get(settings, "incremental") != NULL || str_is(yaml_text(settings, "access"), "lookup")) {
        problem_add(p, node, "conditional: off", "%s",
                    tr("只用于全量快照", "is for full snapshots alone"));
    } else if (is_first ? is_cut || !is_paged : is_paged) {
        problem_add(p, node, "", "%s",
                    is_first ? tr("first_page 只用于分页读取,不用于 slices 和 export",
                                  "first_page is for paged requests, and neither for slices nor for export")
                             : tr("whole 只用于一次请求取完的数据", "whole is for what one request brings"));
    }
}
