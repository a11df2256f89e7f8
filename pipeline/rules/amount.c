#include "pipeline/rules/rules.h"

static bool grows(const struct rule_condition *c) { return strcmp(c->op, ">") == 0 || strcmp(c->op, ">=") == 0; }

const char *rule_amount(const struct rule *rule)
{
    const struct yaml *let = rule->text->let;
    for (size_t i = 0; i < rule->condition_count; i++) {
        for (const struct yaml *v = let != NULL && grows(&rule->conditions[i]) ? let->first : NULL; v != NULL; v = v->next) {
            if (str_is(v->key, rule->conditions[i].left)) {
                return rule->conditions[i].left;
            }
        }
    }
    return NULL;
}
