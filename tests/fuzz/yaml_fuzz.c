/* Any bytes through the YAML reader and the key checker: neither may crash, hang or read astray. */
#include "base/keys.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = {"http", "postgres", "odbc", "file", NULL};
static const struct key_spec item_keys[] = {
    {"from", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "列名", "column", 0, 0},
    {"id", KEY_NAME, KEY_UNIQUE, NULL, NULL, "编号", "id", 0, 0},
    {0},
};
static const struct key_spec specs[] = {
    {"department", KEY_NAME, KEY_REQUIRED, NULL, NULL, "部门", "department", 0, 0},
    {"title", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "名称", "title", 0, 0},
    {"workers", KEY_INT, 0, NULL, NULL, "数", "number", 1, 64},
    {"trial", KEY_BOOL, 0, NULL, NULL, "试运行", "trial", 0, 0},
    {"from", KEY_DATE, 0, NULL, NULL, "起始日", "first day", 0, 0},
    {"ratio", KEY_PERCENT, 0, NULL, NULL, "比例", "ratio", 0, 0},
    {"grace", KEY_DURATION, 0, NULL, NULL, "宽限", "grace", 0, 0},
    {"kind", KEY_CHOICE, 0, kinds, NULL, "方式", "kind", 0, 0},
    {"records", KEY_POINTER, 0, NULL, NULL, "记录", "records", 0, 0},
    {"token", KEY_SECRET, 0, NULL, NULL, "令牌", "token", 0, 0},
    {"item", KEY_MAP, 0, NULL, item_keys, "一项", "item", 0, 0},
    {"key", KEY_LIST_TEXT, KEY_UNIQUE, NULL, NULL, "主键", "key", 0, 0},
    {"items", KEY_LIST_MAP, 0, NULL, item_keys, "若干项", "items", 0, 0},
    {"fields", KEY_MAP_OF_MAP, 0, NULL, item_keys, "字段", "fields", 0, 0},
    {"let", KEY_MAP_OF_TEXT, 0, NULL, NULL, "公式", "formulas", 0, 0},
    {"any", KEY_ANY, 0, NULL, NULL, "任意", "anything", 0, 0},
    {0},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)512 << 20);
    struct yaml *root = NULL;
    if (yaml_parse(a, "fuzz.yaml", str_of((const char *)data, size), &root) == RC_OK) {
        struct problems problems;
        problems_init(&problems, a);
        keys_check(&problems, root, specs);
    }
    arena_free(a);
    return 0;
}
