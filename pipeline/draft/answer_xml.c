/* Answers in XML, SOAP among them: records are the element that stands most often beside its like and has parts of its own.
 * Names are local, as the reader takes them. */
#include <expat.h>

#include "pipeline/draft/answer_parts.h"

#define DEPTH_MOST 64
#define NODES_MOST ((size_t)1 << 20)
#define TEXT_MOST ((size_t)32 << 20)

struct node {
    struct str name, text;           /* text: trimmed, of this element alone */
    const char *path;
    struct node *parent, *first, *last, *next;
    size_t children;
    bool is_attribute;
};

struct tree {
    struct arena *arena;
    XML_Parser parser;
    struct node *root, *open;
    struct buf text;
    size_t nodes, depth;
    bool is_refused;
};

/* ---- The tree ---- */

static struct str local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return str_from(colon == NULL ? name : colon + 1);
}

static struct node *add(struct tree *t, struct str name, bool is_attribute)
{
    struct node *n = ARENA_NEW(t->arena, struct node), *parent = t->open;
    *n = (struct node){.name = arena_str(t->arena, name), .parent = parent, .is_attribute = is_attribute};
    n->path = arena_printf(t->arena, "%s/%s%.*s", parent == NULL ? "" : parent->path, is_attribute ? "@" : "",
                           STR_ARGS(name));
    if (parent == NULL) {
        t->root = n;
        return n;
    }
    *(parent->last == NULL ? &parent->first : &parent->last->next) = n;
    parent->last = n;
    parent->children++;
    return n;
}

static void on_start(void *ctx, const char *name, const char **attributes)
{
    struct tree *t = ctx;
    t->nodes++;
    if (++t->depth > DEPTH_MOST || t->nodes > NODES_MOST) {
        t->is_refused = true;
        XML_StopParser(t->parser, XML_FALSE);
        return;
    }
    t->open = add(t, local_name(name), false);
    for (; *attributes != NULL; attributes += 2) {
        if (strncmp(attributes[0], "xmlns", 5) != 0 && strstr(attributes[0], ":") == NULL) {
            add(t, local_name(attributes[0]), true)->text = arena_str(t->arena, str_from(attributes[1]));
        }
    }
    buf_reset(&t->text);
}

static void on_end(void *ctx, const char *name)
{
    struct tree *t = ctx;
    (void)name;
    if (t->open == NULL) {
        return;
    }
    t->open->text = arena_str(t->arena, str_trim(buf_str(&t->text)));
    buf_reset(&t->text);
    t->open = t->open->parent;
    t->depth--;
}

static void on_text(void *ctx, const char *p, int n)
{
    struct tree *t = ctx;
    if (buf_put(&t->text, p, (size_t)n) != RC_OK) {
        t->is_refused = true;
        XML_StopParser(t->parser, XML_FALSE);
    }
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    struct tree *t = ctx;
    t->is_refused = true;
    XML_StopParser(t->parser, XML_FALSE);
}

static bool read_tree(struct tree *t, struct str text)
{
    t->parser = XML_ParserCreate("UTF-8");
    if (t->parser == NULL) {
        err_die(RC_MEMORY, "XML_ParserCreate");
    }
    buf_init(&t->text, TEXT_MOST);
    XML_SetUserData(t->parser, t);
    XML_SetElementHandler(t->parser, on_start, on_end);
    XML_SetCharacterDataHandler(t->parser, on_text);
    XML_SetStartDoctypeDeclHandler(t->parser, on_doctype);
    bool is_right = text.n < TEXT_MOST && XML_Parse(t->parser, text.p, (int)text.n, 1) == XML_STATUS_OK;
    XML_ParserFree(t->parser);
    buf_done(&t->text);
    return is_right && !t->is_refused && t->root != NULL;
}

/* ---- Where the records are ---- */

static bool is_leaf(const struct node *n)
{
    return n->children == 0;
}

static size_t count_alike(const struct node *n)
{
    size_t alike = 0;
    for (const struct node *other = n->parent->first; other != NULL; other = other->next) {
        alike += !other->is_attribute && str_eq(other->name, n->name) ? 1 : 0;
    }
    return alike;
}

/* More of its like is better; of single ones that with the most parts, or a list of one would never be found. */
struct best {
    const struct node *node;
    size_t alike, parts;
};

static void find_records(const struct node *n, struct best *best)
{
    if (n->is_attribute || is_leaf(n)) {
        return;
    }
    size_t leaves = 0;
    for (const struct node *child = n->first; child != NULL; child = child->next) {
        leaves += is_leaf(child) ? 1 : 0;
    }
    size_t alike = n->parent == NULL ? 0 : count_alike(n);
    bool is_better = alike > best->alike || (alike == best->alike && leaves > best->parts);
    if (alike > 0 && leaves > 1 && is_better) {
        *best = (struct best){n, alike, leaves};
    }
    struct str before = STR("");
    for (const struct node *child = n->first; child != NULL; child = child->next) {
        if (child == n->first || !str_eq(child->name, before)) { /* the first one stands for its like */
            find_records(child, best);
        }
        before = child->name;
    }
}

static void find_scalars(const struct node *n, const struct node *records, struct answer_guess *g)
{
    if (records != NULL && n->parent == records->parent && str_eq(n->name, records->name)) {
        return;
    }
    if (is_leaf(n) && n->parent != NULL) {
        bool is_json = str_starts(n->text, STR("{")) || str_starts(n->text, STR("["));
        answer_scalar(g, n->name.p, n->text, n->path, true);
        if (is_json && g->inner == NULL) {
            g->inner = n->path;
            g->inner_text = n->text;
        }
    }
    for (const struct node *child = n->first; child != NULL; child = child->next) {
        find_scalars(child, records, g);
    }
}

/* ---- Columns and values ---- */

/* "a", "@b", or from one level down "/c/a". */
static struct str column_of(struct arena *a, const struct node *part, const struct node *record)
{
    const char *at = part->is_attribute ? "@" : "";
    return part->parent == record
               ? str_from(arena_printf(a, "%s%.*s", at, STR_ARGS(part->name)))
               : str_from(arena_printf(a, "/%.*s/%s%.*s", STR_ARGS(part->parent->name), at, STR_ARGS(part->name)));
}

/* Each leaf of the record, at most one level down. */
static void each_part(struct draft *d, const struct node *record,
                      void (*take)(struct draft *, struct str, struct str, struct str *), struct str *row)
{
    for (const struct node *part = record->first; part != NULL; part = part->next) {
        if (is_leaf(part)) {
            take(d, column_of(d->arena, part, record), part->text, row);
        }
        for (const struct node *inner = part->first; inner != NULL; inner = inner->next) {
            if (is_leaf(inner)) {
                take(d, column_of(d->arena, inner, record), inner->text, row);
            }
        }
    }
}

static void take_column(struct draft *d, struct str name, struct str value, struct str *row)
{
    (void)value, (void)row;
    answer_column(d, name);
}

static void take_value(struct draft *d, struct str name, struct str value, struct str *row)
{
    for (size_t i = 0; i < d->column_count; i++) {
        if (str_eq(d->columns[i].name, name)) {
            row[i] = value;
        }
    }
}

static const struct node *next_alike(const struct node *n)
{
    const struct node *next = n->next;
    while (next != NULL && (next->is_attribute || !str_eq(next->name, n->name))) {
        next = next->next;
    }
    return next;
}

static void take_records(struct draft *d, const struct node *record)
{
    d->columns = arena_array(d->arena, ANSWER_COLUMNS_MOST, sizeof *d->columns);
    d->column_count = d->rows = 0;
    for (const struct node *n = record; n != NULL && d->rows < DRAFT_ROWS; n = next_alike(n), d->rows++) {
        each_part(d, n, take_column, NULL);
    }
    d->values = arena_array(d->arena, d->rows * d->column_count + 1, sizeof *d->values);
    size_t row = 0;
    for (const struct node *n = record; n != NULL && row < d->rows; n = next_alike(n), row++) {
        each_part(d, n, take_value, d->values + row * d->column_count);
    }
}

enum rc answer_guess_xml(struct draft *d, struct str text, struct answer_guess *g)
{
    struct tree tree = {.arena = d->arena};
    struct best best = {0};
    if (!read_tree(&tree, text)) {
        return answer_fail(tr("返回的不是 XML,或含 DTD", "the answer is no XML, or holds a DTD"));
    }
    find_records(tree.root, &best);
    find_scalars(tree.root, best.node, g);
    if (g->inner != NULL) {
        return RC_OK;
    }
    if (best.node == NULL) {
        return answer_fail(tr("返回中没有记录列表", "the answer holds no list of records"));
    }
    g->records = best.node->path;
    g->rows = best.alike;
    take_records(d, best.node);
    return RC_OK;
}
