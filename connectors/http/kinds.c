#include "connectors/http/kinds.h"

static bool contains(const char *const *words, struct str word)
{
    for (; *words != NULL; words++) {
        if (str_is(word, *words)) {
            return true;
        }
    }
    return false;
}

static const struct kind_rule *rule_of(const struct kind_rule *rules, struct str kind)
{
    while (rules->kind != NULL && !str_is(kind, rules->kind)) {
        rules++;
    }
    return rules->kind == NULL ? NULL : rules;
}

static bool is_any_rules_key(const struct kind_rule *rules, struct str key)
{
    for (; rules->kind != NULL; rules++) {
        if (contains(rules->required, key) || contains(rules->optional, key)) {
            return true;
        }
    }
    return false;
}

/* Keys nobody knows are told of by the table of keys; here only those of another kind. */
void kinds_check(struct problems *p, const struct yaml *map, const struct kind_rule *rules)
{
    const struct kind_rule *rule = map == NULL ? NULL : rule_of(rules, yaml_text(map, "kind"));
    if (rule == NULL) {
        return;
    }
    for (const char *const *key = rule->required; *key != NULL; key++) {
        if (yaml_get(map, *key) == NULL) {
            problem_add(p, map, "", tr("kind: %s 需要 %s", "kind: %s needs %s"), rule->kind, *key);
        }
    }
    for (const struct yaml *node = map->first; node != NULL; node = node->next) {
        bool is_mine = str_is(node->key, "kind") || contains(rule->required, node->key) ||
                       contains(rule->optional, node->key);
        if (!is_mine && is_any_rules_key(rules, node->key)) {
            problem_add(p, node, tr("删去它,或改正 kind。", "Remove it, or mend kind."),
                        tr("kind: %s 不用这个键", "kind: %s has no use for this key"), rule->kind);
        }
    }
}
