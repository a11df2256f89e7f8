/* What the cells of a workbook share: texts and number formats. */
#include "connectors/table/parts.h"

/* ---- Shared strings ---- */

struct strings {
    struct xlsx_book *book;
    struct xlsx_xml xml;
    bool in_text, in_phonetic; /* phonetic: how a name is read, which is no part of it */
};

static enum rc end_string(struct xlsx_book *b)
{
    uint32_t end = (uint32_t)b->strings.n;
    return buf_put(&b->ends, &end, sizeof end);
}

static enum rc too_many(const struct xlsx_book *b)
{
    enum rc rc = err_fail(RC_LIMIT, tr("%s 的文本超过 %zu MB", "%s has more than %zu MB of text"),
                          b->name, TABLE_STRINGS_BYTES >> 20);
    err_hint("%s", tr("请部门分成几个文件,或另存为 CSV。",
                      "Ask the department to split it, or to save it as CSV."));
    return rc;
}

static void on_string_start(void *ctx, const char *name, const char **attributes)
{
    struct strings *s = ctx;
    (void)attributes;
    if (strcmp(name, "t") == 0) {
        s->in_text = true;
    } else if (strcmp(name, "rPh") == 0) {
        s->in_phonetic = true;
    }
}

static void on_string_end(void *ctx, const char *name)
{
    struct strings *s = ctx;
    if (strcmp(name, "t") == 0) {
        s->in_text = false;
    } else if (strcmp(name, "rPh") == 0) {
        s->in_phonetic = false;
    } else if (strcmp(name, "si") == 0 && end_string(s->book) != RC_OK) {
        xlsx_xml_fail(&s->xml, too_many(s->book));
    }
}

static void on_string_text(void *ctx, struct str text)
{
    struct strings *s = ctx;
    if (s->in_text && !s->in_phonetic && buf_puts(&s->book->strings, text) != RC_OK) {
        xlsx_xml_fail(&s->xml, too_many(s->book));
    }
}

enum rc xlsx_strings_read(struct xlsx_book *b, const char *path)
{
    struct strings s = {
        .book = b, .xml = {.start = on_string_start, .end = on_string_end, .text = on_string_text}};
    s.xml.ctx = &s;
    return xlsx_xml_parse(&s.xml, b->zip, path, b->name);
}

bool xlsx_string(const struct xlsx_book *b, size_t i, struct str *ret)
{
    uint32_t from = 0, to = 0;
    if (i >= b->ends.n / sizeof to) {
        return false;
    }
    memcpy(&to, b->ends.p + i * sizeof to, sizeof to);
    if (i > 0) {
        memcpy(&from, b->ends.p + (i - 1) * sizeof from, sizeof from);
    }
    *ret = str_of((b->strings.p != NULL ? b->strings.p : "") + from, to - from);
    return true;
}

/* ---- Styles ---- */

#define FORMATS_MOST ((size_t)10000)
#define STYLES_MOST ((size_t)65536)

struct format {
    int64_t id;
    enum number_kind kind;
};
struct styles {
    struct xlsx_book *book;
    struct format *formats; /* the workbook's own */
    size_t format_n;
    bool in_cell_formats;
};

static int64_t to_number(const char *text)
{
    int64_t v = -1;
    return text != NULL && str_to_i64(str_from(text), &v) ? v : -1;
}

static void add_format(struct styles *s, const char **attributes)
{
    const char *code = xlsx_attribute(attributes, "formatCode");
    if (s->format_n < FORMATS_MOST && code != NULL) {
        s->formats[s->format_n++] = (struct format){
            to_number(xlsx_attribute(attributes, "numFmtId")), number_kind_of_code(str_from(code))};
    }
}

static enum number_kind kind_of(const struct styles *s, int64_t id)
{
    for (size_t i = 0; i < s->format_n; i++) {
        if (s->formats[i].id == id) {
            return s->formats[i].kind;
        }
    }
    return number_kind_of_id(id);
}

static void on_style_start(void *ctx, const char *name, const char **attributes)
{
    struct styles *s = ctx;
    if (strcmp(name, "numFmt") == 0) {
        add_format(s, attributes);
    } else if (strcmp(name, "cellXfs") == 0) {
        s->in_cell_formats = true;
    } else if (s->in_cell_formats && strcmp(name, "xf") == 0 && s->book->kind_n < STYLES_MOST) {
        int64_t id = to_number(xlsx_attribute(attributes, "numFmtId"));
        s->book->kinds[s->book->kind_n++] = (unsigned char)kind_of(s, id);
    }
}

static void on_style_end(void *ctx, const char *name)
{
    struct styles *s = ctx;
    s->in_cell_formats = s->in_cell_formats && strcmp(name, "cellXfs") != 0;
}

enum rc xlsx_styles_read(struct xlsx_book *b, const char *path)
{
    struct styles s = {.book = b};
    s.formats = arena_array(b->arena, FORMATS_MOST, sizeof *s.formats);
    b->kinds = arena_array(b->arena, STYLES_MOST, sizeof *b->kinds);
    struct xlsx_xml x = {.start = on_style_start, .end = on_style_end, .ctx = &s};
    return xlsx_xml_parse(&x, b->zip, path, b->name);
}
