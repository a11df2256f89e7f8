#include "connectors/caps.h"

const struct key_spec caps_keys[] = {
    {.name = "body",
     .type = KEY_INT,
     .zh = "http:一次返回的字节上限(解压前后),默认同 connection.max_body",
     .en = "of http: most bytes of one answer, packed and unpacked; connection.max_body unless set",
     .least = 1024,
     .most = 1 << 30},
    {.name = "depth",
     .type = KEY_INT,
     .zh = "http 和 JSON、XML 文件:最多嵌套几层,默认 64",
     .en = "of http, and files of JSON or XML: how deep values may be nested, 64 unless set",
     .least = 2,
     .most = 1000},
    {.name = "fields",
     .type = KEY_INT,
     .zh = "http 和 JSON、XML 文件:一条记录(或其中一个对象)最多几个字段,默认 65536",
     .en = "of http, and files of JSON or XML: most fields of a record, or of an object in it, 65536 unless set",
     .least = 1,
     .most = 100000},
    {.name = "pages",
     .type = KEY_INT,
     .zh = "一次来数最多几页,默认 1000000",
     .en = "most pages of a delivery, 1000000 unless set",
     .least = 1,
     .most = 100000000},
    {0},
};

static int64_t number_or(const struct yaml *map, const char *key, int64_t otherwise)
{
    int64_t n = 0;
    return str_to_i64(yaml_text(map, key), &n) && n > 0 ? n : otherwise;
}

struct caps caps_read(const struct yaml *settings)
{
    const struct yaml *map = yaml_get(settings, "caps");
    return (struct caps){
        .body = (size_t)number_or(map, "body", 0),
        .depth = (size_t)number_or(map, "depth", (int64_t)CAPS_DEPTH),
        .fields = (size_t)number_or(map, "fields", (int64_t)CAPS_FIELDS),
        .pages = number_or(map, "pages", CAPS_PAGES),
    };
}

/* Which connectors a key means something to; all of them, where it isn't listed. */
static const struct {
    const char *key, *connectors[3];
} meant_for[] = {
    {"body", {"http", NULL}},
    {"depth", {"http", "file", NULL}},
    {"fields", {"http", "file", NULL}},
};

static bool is_among(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0) {
            return true;
        }
    }
    return false;
}

void caps_check(struct problems *p, const struct yaml *settings, const char *connector)
{
    const struct yaml *map = yaml_get(settings, "caps"), *wanted = yaml_get(settings, "fields");
    for (size_t i = 0; connector != NULL && i < sizeof meant_for / sizeof *meant_for; i++) {
        const struct yaml *node = yaml_get(map, meant_for[i].key);
        if (node != NULL && !is_among(connector, meant_for[i].connectors)) {
            problem_add(p, node, tr("删去它。", "Remove it."), tr("%s 不用于 kind: %s", "%s is not for kind: %s"),
                        meant_for[i].key, connector);
        }
    }
    const struct yaml *fields = yaml_get(map, "fields");
    int64_t most = number_or(map, "fields", INT64_MAX);
    if (wanted != NULL && wanted->kind == YAML_MAP && most < (int64_t)wanted->n) {
        problem_add(p, fields, "", tr("比数据集要读的 %zu 个字段还少", "fewer than the %zu fields that the dataset reads"),
                    wanted->n);
    }
}
