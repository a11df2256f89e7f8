#include "connectors/http/body.h"

#include <strings.h>

#include "base/charset.h"

#define DECLARATION ((size_t)200) /* an XML declaration stands within these */

enum rc body_open(struct body *b, const struct source *s, const struct yaml *filters,
                  const struct document_wants *wants, size_t max)
{
    *b = (struct body){.format = wants->format, .max = max};
    TRY(filters_open(s, filters, max, &b->filters));
    return document_open(wants, &b->document);
}

void body_close(struct body *b)
{
    document_close(b->document);
}

/* ---- the charset ---- */

static const char *known_name(struct str name)
{
    static const struct {
        const char *written, *name;
    } names[] = {
        {"utf-8", "utf-8"},   {"utf8", "utf-8"},     {"us-ascii", "utf-8"}, {"gbk", "gbk"},
        {"gb2312", "gbk"},    {"gb18030", "gb18030"}, {"utf-16", "utf-16"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name.n == strlen(names[i].written) &&
            strncasecmp(name.p, names[i].written, name.n) == 0) {
            return names[i].name;
        }
    }
    return NULL;
}

/* The word behind `key` in text, quoted or not; null if there is none. */
static struct str word_after(struct str text, const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (strncasecmp(text.p + i, key, n) != 0) {
            continue;
        }
        struct str rest = str_trim(str_sub(text, i + n, text.n));
        bool is_quoted = rest.n > 0 && (rest.p[0] == '"' || rest.p[0] == '\'');
        rest = str_sub(rest, is_quoted, rest.n);
        size_t end = 0;
        while (end < rest.n && strchr("\"'; \t?>", rest.p[end]) == NULL) {
            end++;
        }
        return str_sub(rest, 0, end);
    }
    return STR_NULL;
}

static bool has_utf16_mark(struct str bytes)
{
    return str_starts(bytes, STR("\xFF\xFE")) || str_starts(bytes, STR("\xFE\xFF"));
}

const char *body_charset(const struct yaml *format, struct str content_type, struct str bytes)
{
    struct str configured = yaml_text(format, "charset"), kind = yaml_text(format, "kind");
    if (!str_is_null(configured)) {
        return configured.p;
    }
    if (has_utf16_mark(bytes)) {
        return "utf-16";
    }
    const char *declared = known_name(word_after(content_type, "charset="));
    if (declared == NULL && str_is(kind, "xml")) {
        declared = known_name(word_after(str_sub(bytes, 0, DECLARATION), "encoding="));
    }
    if (declared != NULL) {
        return declared;
    }
    return str_is(kind, "csv") ? "auto" : "utf-8";
}

/* ---- the way through ---- */

struct passage {
    struct body *body;
    struct str content_type;
    bool *is_cut;
};

static enum rc read_document(const struct passage *p, struct str text)
{
    size_t used = 0;
    document_begin(p->body->document);
    return document_read(p->body->document, text, true, &used, p->is_cut);
}

static enum rc convert(const char *charset, struct str bytes, struct buf *out)
{
    struct charset *c = NULL;
    TRY(charset_open(charset, bytes, &c));
    enum rc rc = charset_feed(c, bytes, true, out);
    charset_close(c);
    return rc;
}

static enum rc take_document(void *ctx, struct str bytes)
{
    const struct passage *p = ctx;
    const char *charset = body_charset(p->body->format, p->content_type, bytes);
    if (strcmp(charset, "utf-8") == 0) {
        return read_document(p, bytes); /* which is proven there, text by text */
    }
    struct buf text;
    buf_init(&text, p->body->max * 2); /* no charset here grows more */
    enum rc rc = convert(charset, bytes, &text);
    rc = rc == RC_OK ? read_document(p, buf_str(&text)) : rc;
    buf_done(&text);
    return rc;
}

enum rc body_decode(struct body *b, struct str bytes, struct str content_type, struct arena *a,
                    struct document_page *ret, bool *ret_is_cut)
{
    struct passage passage = {b, content_type, ret_is_cut};
    struct filter_sink sink = {take_document, &passage};
    enum rc rc = filters_run(&b->filters, bytes, &sink, ret_is_cut);
    if (rc != RC_OK) {
        document_forget(b->document);
        return rc;
    }
    document_take(b->document, a, ret);
    return RC_OK;
}
