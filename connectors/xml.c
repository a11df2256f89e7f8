/* XML and SOAP, over expat: records are the elements at a path. A column is the text of a child element, of an element
 * at a path below the record, or an attribute ("@name"); xsi:nil is null, an element met twice keeps its last text.
 * Names are local: a prefix counts only if `namespaces` declares it. A DTD is refused, and with it every entity of a
 * document's own. */
#include <expat.h>
#include <limits.h>

#include "connectors/xml_namespaces.h"

#define MAX_RECORD_TEXT (DOCUMENT_MAX_VALUE * 16)
#define NIL "http://www.w3.org/2001/XMLSchema-instance"

struct span {
    const struct buf *in; /* NULL: no value */
    size_t at, n;
};

struct frame {
    const struct plan_node *node; /* of a record's part; NULL: nothing here is wanted */
    size_t start;                 /* of its text */
    bool is_nil;
};

struct xml {
    struct records *records;
    bool has_namespaces;
    XML_Parser parser;
    enum rc rc;             /* why a handler stopped the parser */
    size_t depth;           /* open elements */
    size_t record_depth;    /* of the record's element; 0: outside */
    size_t place;           /* members of the record met */
    size_t listening;       /* open elements whose text is wanted */
    struct buf text;        /* of those, so far */
    struct buf attributes;  /* wanted ones of the record */
    struct span *spans;     /* one a column */
    struct trail path, scalars[DOCUMENT_MAX_SCALARS];
    size_t scalar_starts[DOCUMENT_MAX_SCALARS];
    struct frame *frames;   /* one more than may be open */
};

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

/* ---- names ---- */

static struct str local_name(const struct xml *x, struct str name)
{
    const char *end = memrchr(name.p, x->has_namespaces ? XML_NAMESPACE_END : ':', name.n);
    return end == NULL ? name : str_sub(name, (size_t)(end - name.p) + 1, name.n);
}

static void step(const struct xml *x, struct trail *t, struct str name)
{
    struct str local = local_name(x, name);
    bool is_declared = t->pointer != NULL && t->pointer->n > x->depth &&
                       str_eq(t->pointer->tokens[x->depth], name);
    trail_step(t, x->depth, is_declared ? name : local);
}

static const struct plan_node *find_child(struct xml *x, const struct plan_node *parent,
                                          struct str name)
{
    struct str local = local_name(x, name);
    const struct plan_node *child = NULL;
    if (parent == &x->records->plan->root) {
        child = names_meet(&x->records->names, x->place++, local);
    } else if (parent != NULL) {
        child = plan_child(parent, local);
    }
    bool is_declared = child == NULL && parent != NULL && x->has_namespaces;
    return is_declared ? plan_child(parent, name) : child;
}

/* The text of an attribute asked for as "@name", or null. */
static struct str attribute(const struct xml *x, const char **attributes, struct str wanted)
{
    for (; *attributes != NULL; attributes += 2) {
        struct str name = str_from(attributes[0]);
        struct str token = str_sub(wanted, 1, wanted.n);
        if (str_eq(local_name(x, name), token) || str_eq(name, token)) {
            return str_from(attributes[1]);
        }
    }
    return STR_NULL;
}

static bool is_nil(const struct xml *x, const char **attributes)
{
    for (; *attributes != NULL; attributes += 2) {
        struct str name = str_from(attributes[0]);
        bool is_right = x->has_namespaces ? str_starts(name, STR(NIL)) : str_find(name, ':') < name.n;
        if (is_right && str_is(local_name(x, name), "nil")) {
            return strcmp(attributes[1], "true") == 0 || strcmp(attributes[1], "1") == 0;
        }
    }
    return false;
}

/* ---- the envelope ---- */

static enum rc take_scalar_attributes(struct xml *x, const char **attributes)
{
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        const struct trail *t = &x->scalars[i];
        bool is_owner = t->pointer != NULL && t->pointer->n == x->depth + 1 &&
                        t->matched == x->depth && str_starts(t->pointer->tokens[x->depth], STR("@"));
        struct str value =
            is_owner ? attribute(x, attributes, t->pointer->tokens[x->depth]) : STR_NULL;
        if (!str_is_null(value)) {
            TRY(records_scalar(x->records, i, SCALAR_TEXT, value));
        }
    }
    return RC_OK;
}

static void begin_scalars(struct xml *x)
{
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        if (trail_is_at(&x->scalars[i], x->depth)) {
            x->scalar_starts[i] = x->text.n;
            x->listening++;
        }
    }
}

static enum rc end_scalars(struct xml *x)
{
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        if (trail_is_at(&x->scalars[i], x->depth)) {
            size_t start = x->scalar_starts[i];
            x->listening--;
            TRY(records_scalar(x->records, i, SCALAR_TEXT,
                               str_sub(buf_str(&x->text), start, x->text.n - start)));
        }
    }
    if (x->listening == 0) {
        buf_reset(&x->text);
    }
    return RC_OK;
}

/* An empty list of records is one whose parent is there. */
static void note_place(struct xml *x)
{
    bool is_parent = x->path.pointer != NULL && x->path.pointer->n == x->depth + 1 &&
                     x->path.matched == x->depth;
    x->records->has_place = x->records->has_place || is_parent;
}

/* ---- a record ---- */

static enum rc put_attribute(struct xml *x, size_t column, struct str value)
{
    x->spans[column] = (struct span){&x->attributes, x->attributes.n, value.n};
    return buf_puts(&x->attributes, value);
}

static enum rc take_attributes(struct xml *x, const struct plan_node *node, const char **attributes)
{
    const struct plan_node *child = node == NULL ? NULL : node->children;
    for (; child != NULL; child = child->next) {
        bool is_wanted = child->column != NO_COLUMN && str_starts(child->name, STR("@"));
        struct str value = is_wanted ? attribute(x, attributes, child->name) : STR_NULL;
        if (!str_is_null(value)) {
            TRY(put_attribute(x, child->column, value));
        }
    }
    return RC_OK;
}

static enum rc name_attributes(struct xml *x, const char **attributes)
{
    for (; *attributes != NULL; attributes += 2) {
        char name[256];
        struct str local = local_name(x, str_from(attributes[0]));
        if (local.n < sizeof name - 1) {
            name[0] = '@';
            memcpy(name + 1, local.p, local.n);
            names_meet(&x->records->names, x->place++, str_of(name, local.n + 1));
        }
    }
    return RC_OK;
}

static enum rc begin_record(struct xml *x, const char **attributes)
{
    const struct plan *plan = x->records->plan;
    TRY(records_begin(x->records));
    x->record_depth = x->depth;
    x->place = 0;
    buf_reset(&x->attributes);
    if (plan->column_count > 0) {
        memset(x->spans, 0, plan->column_count * sizeof *x->spans);
    }
    x->frames[x->depth] = (struct frame){.node = &plan->root};
    TRY(name_attributes(x, attributes));
    return take_attributes(x, &plan->root, attributes);
}

static enum rc end_record(struct xml *x)
{
    for (size_t i = 0; i < x->records->plan->column_count; i++) {
        const struct span *s = &x->spans[i];
        x->records->row[i] = s->in == NULL ? STR_NULL : str_sub(buf_str(s->in), s->at, s->n);
    }
    x->record_depth = 0;
    TRY(records_end(x->records));
    if (x->listening == 0) {
        buf_reset(&x->text);
    }
    return RC_OK;
}

/* An element met again replaces all of the one before. */
static void forget(struct xml *x, const struct plan_node *node)
{
    if (node->column != NO_COLUMN) {
        x->spans[node->column].in = NULL;
    }
    for (const struct plan_node *child = node->children; child != NULL; child = child->next) {
        forget(x, child);
    }
}

static enum rc begin_part(struct xml *x, const struct plan_node *node, const char **attributes)
{
    x->frames[x->depth] = (struct frame){node, x->text.n, false};
    if (node == NULL) {
        return RC_OK;
    }
    forget(x, node);
    x->frames[x->depth].is_nil = is_nil(x, attributes);
    x->listening += node->column != NO_COLUMN;
    return take_attributes(x, node, attributes);
}

static void end_part(struct xml *x, const struct frame *frame)
{
    if (frame->node == NULL || frame->node->column == NO_COLUMN) {
        return;
    }
    x->listening--;
    if (!frame->is_nil) {
        x->spans[frame->node->column] =
            (struct span){&x->text, frame->start, x->text.n - frame->start};
    }
}

/* ---- expat's handlers ---- */

static enum rc begin_envelope(struct xml *x, struct str name, const char **attributes)
{
    step(x, &x->path, name);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        step(x, &x->scalars[i], name);
    }
    x->depth++;
    if (trail_is_at(&x->path, x->depth)) {
        return begin_record(x, attributes);
    }
    note_place(x);
    begin_scalars(x);
    return take_scalar_attributes(x, attributes);
}

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
        stop_unless(x, begin_envelope(x, name, attributes));
        return;
    }
    const struct plan_node *node = find_child(x, x->frames[x->depth].node, name);
    x->depth++;
    stop_unless(x, x->place > plan->fields ? plan_too_many_fields(plan) : begin_part(x, node, attributes));
}

static void on_end(void *ctx, const char *text)
{
    struct xml *x = ctx;
    (void)text;
    if (x->record_depth == 0) {
        stop_unless(x, end_scalars(x));
    } else if (x->depth == x->record_depth) {
        stop_unless(x, end_record(x));
    } else {
        end_part(x, &x->frames[x->depth]);
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
    note_place(x);
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
