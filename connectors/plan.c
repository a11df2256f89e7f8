#include "connectors/plan.h"

#define MAX_TOKENS 64

/* ~1 is '/', ~0 is '~' (RFC 6901). */
static bool unescape(struct arena *a, struct str raw, struct str *ret)
{
    char *text = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '~') {
            char next = ++i < raw.n ? raw.p[i] : '\0';
            if (next != '0' && next != '1') {
                return false;
            }
            c = next == '0' ? '~' : '/';
        }
        text[n++] = c;
    }
    *ret = str_of(text, n);
    return true;
}

static size_t count_of(struct str s, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) {
        count += s.p[i] == c;
    }
    return count;
}

static enum rc parse_pointer(struct arena *a, const char *text, struct pointer *ret)
{
    struct str rest = str_from(text);
    struct pointer p = {0, arena_array(a, count_of(rest, '/') + 1, sizeof *p.tokens)};
    bool ok = rest.n == 0 || rest.p[0] == '/';
    while (ok && rest.n > 0) {
        rest = str_sub(rest, 1, rest.n);
        size_t n = str_find(rest, '/');
        ok = p.n < MAX_TOKENS && unescape(a, str_sub(rest, 0, n), &p.tokens[p.n++]);
        rest = str_sub(rest, n, rest.n);
    }
    if (!ok) {
        return err_fail(RC_CONFIG, tr("%s 不是 JSON Pointer", "%s is no JSON Pointer"), text);
    }
    *ret = p;
    return RC_OK;
}

struct plan_node *plan_child(const struct plan_node *node, struct str name)
{
    struct plan_node *child = node->children;
    while (child != NULL && !str_eq(child->name, name)) {
        child = child->next;
    }
    return child;
}

static struct plan_node *child_made(struct arena *a, struct plan_node *node, struct str name)
{
    struct plan_node *child = plan_child(node, name);
    if (child != NULL) {
        return child;
    }
    struct plan_node **last = &node->children;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = ARENA_NEW(a, struct plan_node);
    **last = (struct plan_node){.name = name, .column = NO_COLUMN};
    return *last;
}

static enum rc add_column(struct arena *a, struct plan *plan, size_t column, const char *name)
{
    struct str plain = str_from(name);
    struct pointer path = {1, &plain};
    if (name[0] == '/') {
        TRY(parse_pointer(a, name, &path));
    }
    struct plan_node *node = &plan->root;
    for (size_t i = 0; i < path.n; i++) {
        node = child_made(a, node, path.tokens[i]);
    }
    plan->same_as[column] = node->column;
    if (node->column == NO_COLUMN) {
        node->column = column;
    }
    return RC_OK;
}

enum rc plan_make(struct arena *a, const struct document_wants *wants, struct plan *ret)
{
    struct plan plan = {
        .column_count = wants->column_count,
        .depth = wants->depth == 0 ? CAPS_DEPTH : wants->depth,
        .fields = wants->fields == 0 ? CAPS_FIELDS : wants->fields,
    };
    plan.root.column = NO_COLUMN;
    plan.same_as = arena_array(a, wants->column_count, sizeof *plan.same_as);
    plan.has_records = wants->records != NULL;
    if (plan.has_records) {
        TRY(parse_pointer(a, wants->records, &plan.records));
    }
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        plan.has_scalar[i] = wants->scalars[i] != NULL;
        if (plan.has_scalar[i]) {
            TRY(parse_pointer(a, wants->scalars[i], &plan.scalars[i]));
        }
    }
    for (size_t i = 0; i < wants->column_count; i++) {
        TRY(add_column(a, &plan, i, wants->columns[i]));
    }
    *ret = plan;
    return RC_OK;
}

enum rc plan_too_deep(const struct plan *plan)
{
    return err_fail(RC_LIMIT, tr("嵌套超过 %zu 层(上限 caps.depth)", "nested deeper than %zu (caps.depth)"), plan->depth);
}

enum rc plan_too_many_fields(const struct plan *plan)
{
    return err_fail(RC_LIMIT, tr("一条记录超过 %zu 个字段(上限 caps.fields)", "more than %zu fields in a record (caps.fields)"),
                    plan->fields);
}
