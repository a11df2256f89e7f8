#include "connectors/xml_parts.h"

#define NIL "http://www.w3.org/2001/XMLSchema-instance"

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

const struct plan_node *xml_find_child(struct xml *x, const struct plan_node *parent,
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

enum rc xml_end_scalars(struct xml *x)
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

void xml_note_place(struct xml *x)
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

enum rc xml_end_record(struct xml *x)
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

enum rc xml_begin_part(struct xml *x, const struct plan_node *node, const char **attributes)
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

void xml_end_part(struct xml *x, const struct frame *frame)
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

enum rc xml_begin_envelope(struct xml *x, struct str name, const char **attributes)
{
    step(x, &x->path, name);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        step(x, &x->scalars[i], name);
    }
    x->depth++;
    if (trail_is_at(&x->path, x->depth)) {
        return begin_record(x, attributes);
    }
    xml_note_place(x);
    begin_scalars(x);
    return take_scalar_attributes(x, attributes);
}
