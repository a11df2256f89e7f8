/* XML and SOAP, over expat: records are the elements at a path. A column is the text of a child element, of an element
 * at a path below the record, or an attribute ("@name"); xsi:nil is null, an element met twice keeps its last text.
 * Names are local: a prefix counts only if `namespaces` declares it. A DTD is refused, and with it every entity of a
 * document's own. */
#include "connectors/xml_parts.h"

#include <limits.h>

#define MAX_RECORD_TEXT (DOCUMENT_MAX_VALUE * 16)

static void stop(struct xml *x, enum rc rc)
{
    x->rc = x->rc == RC_OK ? rc : x->rc;
    XML_StopParser(x->parser, XML_FALSE);
}

static void stop_unless(struct xml *x, enum rc rc)
{
    if (rc != RC_OK) {
        stop(x, rc);
    }
}

/* ---- expat's handlers ---- */

static void on_start(void *ctx, const char *text, const char **attributes)
{
    struct xml *x = ctx;
    struct str name = str_from(text);
    const struct plan *plan = x->records->plan;
    if (x->depth == plan->depth) {
        stop(x, plan_too_deep(plan));
        return;
    }
    if (x->record_depth == 0) {
        stop_unless(x, xml_begin_envelope(x, name, attributes));
        return;
    }
    const struct plan_node *node = xml_find_child(x, x->frames[x->depth].node, name);
    x->depth++;
    stop_unless(x, x->place > plan->fields ? plan_too_many_fields(plan) : xml_begin_part(x, node, attributes));
}

static void on_end(void *ctx, const char *text)
{
    struct xml *x = ctx;
    (void)text;
    if (x->record_depth == 0) {
        stop_unless(x, xml_end_scalars(x));
    } else if (x->depth == x->record_depth) {
        stop_unless(x, xml_end_record(x));
    } else {
        xml_end_part(x, &x->frames[x->depth]);
    }
    x->depth--;
}

static void on_text(void *ctx, const char *p, int n)
{
    struct xml *x = ctx;
    if (x->listening > 0) {
        stop_unless(x, buf_put(&x->text, p, (size_t)n));
    }
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public,
                       int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(ctx, err_fail(RC_FORMAT, "%s",
                       tr("含 DTD,不予解析", "it holds a DTD, which is refused")));
}

/* ---- windows ---- */

static bool is_early_end(enum XML_Error error)
{
    switch ((int)error) {
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_PARTIAL_CHAR:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
        return true;
    default:
        return false;
    }
}

static enum rc failed(const struct xml *x, bool last, bool *ret_is_cut)
{
    enum XML_Error error = XML_GetErrorCode(x->parser);
    long long offset = (long long)XML_GetCurrentByteIndex(x->parser) + 1;
    if (x->rc != RC_OK) {
        return err_fail(x->rc, tr("XML 第 %lld 字节: %s", "XML byte %lld: %s"), offset,
                        err_detail());
    }
    *ret_is_cut = last && is_early_end(error);
    if (*ret_is_cut) {
        return err_fail(RC_FORMAT, tr("XML 在第 %lld 字节中断", "XML ends early, at byte %lld"),
                        offset - 1);
    }
    return err_fail(RC_FORMAT, tr("第 %lld 字节不是 XML: %s", "not XML at byte %lld: %s"), offset,
                    XML_ErrorString(error));
}

static enum rc xml_read(void *state, struct str window, bool last, size_t *ret_used,
                        bool *ret_is_cut)
{
    struct xml *x = state;
    *ret_used = window.n;
    do {
        struct str part = str_sub(window, 0, INT_MAX / 2);
        window = str_sub(window, part.n, window.n);
        bool is_last = last && window.n == 0;
        if (XML_Parse(x->parser, part.p, (int)part.n, is_last) != XML_STATUS_OK) {
            return failed(x, last, ret_is_cut);
        }
    } while (window.n > 0);
    return RC_OK;
}

static void set_handlers(struct xml *x)
{
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
}

static void xml_begin(void *state)
{
    struct xml *x = state;
    const struct plan *plan = x->records->plan;
    XML_ParserReset(x->parser, "UTF-8");
    set_handlers(x);
    x->rc = RC_OK;
    x->depth = x->record_depth = x->listening = 0;
    buf_reset(&x->text);
    x->path = (struct trail){plan->has_records ? &plan->records : NULL, 0};
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        x->scalars[i] = (struct trail){plan->has_scalar[i] ? &plan->scalars[i] : NULL, 0};
    }
    xml_note_place(x);
}

static void xml_close(void *state)
{
    struct xml *x = state;
    if (x->parser != NULL) {
        XML_ParserFree(x->parser);
    }
    buf_done(&x->text);
    buf_done(&x->attributes);
}

/* ---- opening ---- */

static enum rc xml_open(const struct document_wants *wants, struct plan *plan,
                        struct records *records, struct arena *a, void **ret_state)
{
    const struct yaml *namespaces = yaml_get(wants->format, "namespaces");
    struct xml *x = ARENA_NEW(a, struct xml);
    x->records = records;
    x->frames = arena_array(a, plan->depth + 1, sizeof *x->frames);
    x->spans = arena_array(a, plan->column_count, sizeof *x->spans);
    x->has_namespaces = namespaces != NULL;
    buf_init(&x->text, plan->has_scalar[DOCUMENT_INNER] ? SIZE_MAX / 2 : MAX_RECORD_TEXT);
    buf_init(&x->attributes, MAX_RECORD_TEXT);
    *ret_state = x;
    if (plan->has_records && plan->records.n == 0) {
        return err_fail(RC_CONFIG, "%s",
                        tr("XML 的 records 应指明元素", "records of XML must name an element"));
    }
    if (namespaces != NULL) {
        xml_namespaces_declare(a, namespaces, plan);
    }
    x->parser = namespaces == NULL ? XML_ParserCreate("UTF-8")
                                   : XML_ParserCreateNS("UTF-8", XML_NAMESPACE_END);
    if (x->parser == NULL) {
        err_die(RC_MEMORY, "XML_ParserCreate");
    }
    return RC_OK;
}

const struct decoder decoder_xml = {
    .format = "xml",
    .open = xml_open,
    .begin = xml_begin,
    .read = xml_read,
    .close = xml_close,
};
