#include "pipeline/draft/answer_parts.h"

#include "base/charset.h"
#include "base/text.h"

#define BODY_BYTES ((size_t)32 << 20)

static const char *const totals[] = {"total",         "totalCount",   "total_count", "totalNum",
                                     "totalElements", "totalRecords", "recordCount", "recordsTotal",
                                     "totalRows",     "count",        "sum",         NULL};
static const char *const nexts[] = {"next",      "nextCursor",    "next_cursor",
                                    "nextToken", "nextPageToken", "cursor",
                                    "nextUrl",   "next_url",      NULL};
static const char *const codes[] = {"code",       "status",  "errcode", "errorCode", "errno",
                                    "resultCode", "retcode", "ret",     NULL};

void answer_scalar(struct answer_guess *g, const char *name, struct str text, const char *path, bool may_be_code)
{
    int64_t n = 0;
    if (g->total == NULL && draft_is_one_of(totals, name) && str_to_i64(text, &n) && n >= 0) {
        g->total = path;
        g->total_records = n;
    } else if (g->next == NULL && !str_to_i64(text, &n) && draft_is_one_of(nexts, name)) {
        g->next = path;
        g->next_is_address = text.n > 0 && (text.p[0] == '/' || strstr(text.p, "://") != NULL);
    } else if (g->code == NULL && may_be_code && !str_is_null(text) && draft_is_one_of(codes, name)) {
        g->code = path;
        g->code_value = text.p;
    }
}

void answer_column(struct draft *d, struct str name)
{
    for (size_t i = 0; i < d->column_count; i++) {
        if (str_eq(d->columns[i].name, name)) {
            return;
        }
    }
    if (d->column_count < ANSWER_COLUMNS_MOST) {
        d->columns[d->column_count++] = (struct draft_column){arena_str(d->arena, name), STR(""), false};
    }
}

enum rc answer_fail(const char *what)
{
    enum rc rc = err_fail(RC_FORMAT, "%s", what);
    err_hint("%s", tr("CSV 等请照 docs/connectors.zh-CN.md 手写 format 和 records。",
                      "For CSV and others write format and records by hand, as docs/connectors.md tells."));
    return rc;
}

static enum rc to_utf8(struct arena *a, struct str body, struct str *ret, const char **ret_charset)
{
    struct charset *c = NULL;
    struct buf out;
    if (text_is_utf8(body)) {
        *ret = body;
        return RC_OK;
    }
    buf_init(&out, BODY_BYTES);
    enum rc rc = charset_open("auto", body, &c);
    if (rc == RC_OK) {
        rc = charset_feed(c, body, true, &out);
        *ret = arena_str(a, buf_str(&out));
        *ret_charset =
            str_starts(str_from(charset_name(c)), STR("utf-16")) ? "utf-16" : charset_name(c);
        charset_close(c);
    }
    buf_done(&out);
    return rc;
}

static bool is_xml(struct str text)
{
    struct str start = str_trim(str_starts(text, STR("\xEF\xBB\xBF")) ? str_sub(text, 3, text.n) : text);
    return str_starts(start, STR("<"));
}

/* A document within a text of the answer: what counts stands in there. */
static enum rc guess_inner(struct draft *d, struct answer_guess *g)
{
    struct answer_guess inner = {.inner = g->inner}; /* no deeper */
    TRY(answer_guess_json(d, g->inner_text, &inner));
    inner.is_xml = g->is_xml;
    inner.charset = g->charset;
    inner.inner = g->inner;
    inner.code = inner.code == NULL ? g->code : inner.code;
    inner.code_value = inner.code_value == NULL ? g->code_value : inner.code_value;
    inner.total = inner.total == NULL ? g->total : inner.total;
    *g = inner;
    return RC_OK;
}

enum rc answer_guess(struct draft *d, struct str body, struct answer_guess *ret)
{
    struct str text = STR("");
    *ret = (struct answer_guess){0};
    TRY(to_utf8(d->arena, body, &text, &ret->charset));
    ret->is_xml = is_xml(text);
    TRY(ret->is_xml ? answer_guess_xml(d, text, ret) : answer_guess_json(d, text, ret));
    return ret->inner == NULL ? RC_OK : guess_inner(d, ret);
}

const char *answer_format(struct arena *a, const struct answer_guess *g)
{
    const char *kind = g->is_xml ? "xml" : "json";
    const char *charset = g->charset != NULL ? g->charset : g->is_xml ? NULL : "utf-8"; /* XML says its own */
    const char *inner = g->inner == NULL
                            ? ""
                            : arena_printf(a, ", inner: {at: %s, kind: json}", draft_quoted(a, str_from(g->inner)));
    return arena_printf(a, "{kind: %s%s%s%s}", kind, charset == NULL ? "" : ", charset: ", charset == NULL ? "" : charset, inner);
}
