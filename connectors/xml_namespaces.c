#include "connectors/xml_namespaces.h"

/* "p:name" of a declared prefix becomes what expat calls it. */
static void declare(struct arena *a, const struct yaml *namespaces, struct str *token)
{
    bool is_attribute = str_starts(*token, STR("@"));
    struct str name = str_sub(*token, is_attribute, token->n);
    struct str prefix = str_sub(name, 0, str_find(name, ':'));
    for (const struct yaml *node = namespaces->first; node != NULL; node = node->next) {
        if (prefix.n < name.n && str_eq(node->key, prefix)) {
            *token = str_from(arena_printf(a, "%s%.*s%c%.*s", is_attribute ? "@" : "",
                                           STR_ARGS(node->text), XML_NAMESPACE_END,
                                           (int)(name.n - prefix.n - 1), name.p + prefix.n + 1));
            return;
        }
    }
}

static void declare_pointer(struct arena *a, const struct yaml *namespaces, struct pointer *p)
{
    for (size_t i = 0; i < p->n; i++) {
        declare(a, namespaces, &p->tokens[i]);
    }
}

static void declare_tree(struct arena *a, const struct yaml *namespaces, struct plan_node *node)
{
    for (struct plan_node *child = node->children; child != NULL; child = child->next) {
        declare(a, namespaces, &child->name);
        declare_tree(a, namespaces, child);
    }
}

void xml_namespaces_declare(struct arena *a, const struct yaml *namespaces, struct plan *plan)
{
    declare_pointer(a, namespaces, &plan->records);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        declare_pointer(a, namespaces, &plan->scalars[i]);
    }
    declare_tree(a, namespaces, &plan->root);
}
