#include "pipeline/config_parts.h"

struct str node_text(const struct yaml *map, const char *key)
{
    const struct yaml *n = yaml_get(map, key);
    return n != NULL && n->kind == YAML_SCALAR ? n->text : STR_NULL;
}

const char *node_cstr(const struct yaml *map, const char *key)
{
    return node_text(map, key).p;
}

bool node_bool(const struct yaml *map, const char *key)
{
    return str_is(node_text(map, key), "true");
}

const struct yaml *node_map(const struct yaml *map, const char *key)
{
    const struct yaml *n = yaml_get(map, key);
    return n != NULL && n->kind == YAML_MAP ? n : NULL;
}

const struct yaml *node_list(const struct yaml *map, const char *key)
{
    const struct yaml *n = yaml_get(map, key);
    return n != NULL && n->kind == YAML_LIST ? n : NULL;
}

int node_choice(const struct yaml *map, const char *key, const char *const *choices, int otherwise)
{
    struct str text = node_text(map, key);
    for (int i = 0; text.p != NULL && choices[i] != NULL; i++) {
        if (str_is(text, choices[i])) {
            return i;
        }
    }
    return otherwise;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool name_is_valid(struct str s)
{
    if (s.n == 0 || !is_lower(s.p[0])) {
        return false;
    }
    for (size_t i = 1; i < s.n; i++) {
        if (!is_lower(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '_') {
            return false;
        }
    }
    return true;
}

bool text_is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) {
            return false;
        }
    }
    return s.n > 0;
}
