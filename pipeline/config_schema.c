/* A JSON Schema of a department's file, from the tables that check it. It knows forms, not meaning:
 * what `bidui check` finds between keys (a field that is not listed, a query without its page_by)
 * an editor does not see. */
#include "pipeline/config_parts.h"
#include "pipeline/config_print.h"

#define SCHEMA_BYTES ((size_t)8 << 20)
#define SCHEMA_ARENA ((size_t)8 << 20)

/* YAML reads unquoted numbers and true or false as such; the program takes them for text. */
#define ANY_TEXT "\"type\":[\"string\",\"number\",\"boolean\"]"
#define NAME_PATTERN "^[a-z][a-z0-9_]*$"

static const char *const forms[] = {
    [KEY_TEXT] = ANY_TEXT,
    [KEY_INT] = "\"type\":\"integer\"",
    [KEY_BOOL] = "\"type\":\"boolean\"",
    [KEY_DATE] = "\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"",
    [KEY_PERCENT] = "\"type\":\"string\",\"pattern\":\"^[0-9]+([.][0-9]{1,4})?%$\"",
    [KEY_DURATION] = "\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|min|h|d)$\"",
    [KEY_CHOICE] = "",
    [KEY_POINTER] = "\"type\":\"string\",\"pattern\":\"^(/([^~]|~[01])*)?$\"",
    [KEY_NAME] = "\"type\":\"string\",\"pattern\":\"" NAME_PATTERN "\"",
    [KEY_SECRET] = "\"type\":\"string\",\"pattern\":\"[$][{](env|file|credential):[^}]+[}]\"",
    [KEY_MAP] = "\"type\":\"object\"",
    [KEY_LIST_TEXT] = "\"type\":\"array\",\"items\":{" ANY_TEXT "}",
    [KEY_LIST_MAP] = "\"type\":\"array\",\"items\":{\"type\":\"object\"",
    [KEY_MAP_OF_MAP] = "\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\"",
    [KEY_MAP_OF_TEXT] = "\"type\":\"object\",\"additionalProperties\":{" ANY_TEXT "}",
    [KEY_ANY] = "",
};

static enum rc put(struct buf *out, const char *text)
{
    return buf_puts(out, str_from(text));
}

static bool is_numeral(const char *text)
{
    return strspn(text, "0123456789.") == strlen(text) && text[strspn(text, "0123456789")] != '\0';
}

/* 1.2 without quotes is a number to YAML. */
static enum rc put_choices(struct buf *out, const char *const *choices)
{
    TRY(put(out, "\"enum\":["));
    for (size_t i = 0; choices[i] != NULL; i++) {
        TRY(put(out, i > 0 ? "," : ""));
        TRY(buf_put_json(out, str_from(choices[i])));
        if (is_numeral(choices[i])) {
            TRY(buf_printf(out, ",%s", choices[i]));
        }
    }
    return put(out, "]");
}

static enum rc put_required(struct buf *out, const struct key_spec *specs)
{
    const char *comma = "";
    TRY(put(out, ",\"required\":["));
    for (; specs != NULL && specs->name != NULL; specs++) {
        if (specs->flags & KEY_REQUIRED) {
            TRY(put(out, comma));
            TRY(buf_put_json(out, str_from(specs->name)));
            comma = ",";
        }
    }
    return put(out, "]");
}

static const struct kind_rule *rules_of(const struct connector *c, const struct key_spec *keys)
{
    for (const struct kind_map *map = c == NULL ? NULL : c->kinds; map != NULL && map->keys != NULL;
         map++) {
        if (map->keys == keys) {
            return map->rules;
        }
    }
    return NULL;
}

static bool has_word(const char *const *words, const char *word)
{
    for (; *words != NULL; words++) {
        if (strcmp(*words, word) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_of_some_kind(const struct kind_rule *rules, const char *key)
{
    for (; rules->kind != NULL; rules++) {
        if (has_word(rules->required, key) || has_word(rules->optional, key)) {
            return true;
        }
    }
    return false;
}

/* Of a kind: what it needs, and what belongs to other kinds alone. */
static enum rc put_kind(struct buf *out, const struct kind_rule *rules,
                        const struct kind_rule *rule, const struct key_spec *keys)
{
    const char *comma = "";
    TRY(buf_printf(
        out, "{\"if\":{\"properties\":{\"kind\":{\"const\":\"%s\"}},\"required\":[\"kind\"]},",
        rule->kind));
    TRY(put(out, "\"then\":{\"required\":["));
    for (size_t i = 0; rule->required[i] != NULL; i++) {
        TRY(buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", rule->required[i]));
    }
    TRY(put(out, "],\"properties\":{"));
    for (; keys->name != NULL; keys++) {
        if (is_of_some_kind(rules, keys->name) && !has_word(rule->required, keys->name) &&
            !has_word(rule->optional, keys->name)) {
            TRY(buf_printf(out, "%s\"%s\":false", comma, keys->name));
            comma = ",";
        }
    }
    return put(out, "}}}");
}

static enum rc put_kinds(struct buf *out, const struct connector *c, const struct key_spec *keys)
{
    const struct kind_rule *rules = rules_of(c, keys);
    if (rules == NULL) {
        return RC_OK;
    }
    TRY(put(out, ",\"allOf\":["));
    for (const struct kind_rule *rule = rules; rule->kind != NULL; rule++) {
        TRY(put(out, rule == rules ? "" : ",\n"));
        TRY(put_kind(out, rules, rule, keys));
    }
    return put(out, "]");
}

static enum rc put_members(struct buf *out, const struct connector *c,
                           const struct key_spec *specs);

/* The inside of an object that has these keys and no others, behind its type. */
static enum rc put_object(struct buf *out, const struct connector *c, const struct key_spec *specs)
{
    TRY(put(out, ",\"additionalProperties\":false"));
    TRY(put_required(out, specs));
    TRY(put(out, ",\"properties\":{"));
    TRY(put_members(out, c, specs));
    TRY(put(out, "}"));
    return put_kinds(out, c, specs);
}

static enum rc put_form(struct buf *out, const struct connector *c, const struct key_spec *spec)
{
    bool is_wrapped = spec->type == KEY_LIST_MAP || spec->type == KEY_MAP_OF_MAP;
    TRY(put(out, forms[spec->type]));
    if (spec->type == KEY_CHOICE) {
        TRY(put_choices(out, spec->choices));
    } else if (spec->least != 0 || spec->most != 0) {
        TRY(buf_printf(out, ",\"minimum\":%lld,\"maximum\":%lld", (long long)spec->least,
                       (long long)spec->most));
    } else if (spec->type == KEY_LIST_TEXT && (spec->flags & KEY_UNIQUE)) {
        TRY(put(out, ",\"uniqueItems\":true"));
    } else if (spec->children != NULL) {
        TRY(put_object(out, c, spec->children));
    }
    return put(out, is_wrapped ? "}" : "");
}

static enum rc put_members(struct buf *out, const struct connector *c, const struct key_spec *specs)
{
    for (const struct key_spec *spec = specs; spec != NULL && spec->name != NULL; spec++) {
        TRY(put(out, spec == specs ? "\n" : ",\n"));
        TRY(buf_put_json(out, str_from(spec->name)));
        TRY(put(out, ":{"));
        TRY(put_form(out, c, spec));
        TRY(put(out, spec->type == KEY_ANY ? "\"description\":" : ",\"description\":"));
        TRY(buf_put_json(out, str_from(tr(spec->zh, spec->en))));
        TRY(put(out, "}"));
    }
    return RC_OK;
}

/* What the kind of the connection adds. */
static enum rc put_connector(struct buf *out, struct arena *a, const struct connector *c)
{
    TRY(buf_printf(
        out,
        "{\"if\":{\"properties\":{\"connection\":{\"properties\":{\"kind\":{\"const\":\"%s\"}},"
        "\"required\":[\"kind\"]}},\"required\":[\"connection\"]},\n",
        c->kind));
    TRY(put(out, "\"then\":{\"properties\":{\"connection\":{\"type\":\"object\""));
    TRY(put_object(out, c, config_connection_keys(a, c)));
    TRY(put(out, "},\n\"datasets\":{\"additionalProperties\":{\"type\":\"object\""));
    TRY(put_object(out, c, config_all_dataset_keys(a, c)));
    return put(out, "}}}}}");
}

static enum rc put_schema(struct buf *out, struct arena *a)
{
    TRY(put(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n\"title\":"));
    TRY(buf_put_json(out, str_from(tr("bidui 部门文件", "a department's file of bidui"))));
    TRY(put(out, ",\n\"type\":\"object\""));
    TRY(put_object(out, NULL, config_department_keys));
    TRY(put(out,
            ",\n\"allOf\":[{\"properties\":{\"connection\":{\"required\":[\"kind\"],\"properties\":"
            "{\"kind\":{\"enum\":["));
    for (size_t i = 0; connector_table[i] != NULL; i++) {
        TRY(buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", connector_table[i]->kind));
    }
    TRY(put(
        out,
        "]}}},\n\"datasets\":{\"minProperties\":1,\"propertyNames\":{\"pattern\":\"" NAME_PATTERN
        "\"}}}}"));
    for (size_t i = 0; connector_table[i] != NULL; i++) {
        TRY(put(out, ",\n"));
        TRY(put_connector(out, a, connector_table[i]));
    }
    return put(out, "]}\n");
}

enum rc config_print_schema(FILE *out)
{
    struct arena *a = arena_new(SCHEMA_ARENA);
    struct buf text;
    buf_init(&text, SCHEMA_BYTES);
    enum rc rc = put_schema(&text, a);
    if (rc == RC_OK) {
        (void)fwrite(text.p, 1, text.n, out);
    }
    buf_done(&text);
    arena_free(a);
    return rc;
}
