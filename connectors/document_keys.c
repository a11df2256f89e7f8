#include "connectors/decrypt.h"
#include "connectors/document.h"

const char *const document_kinds[] = {"json", "ndjson", "xml", "csv", NULL};
static const char *const charsets[] = {"auto", "utf-8", "gb18030", "gbk", "utf-16", NULL};

const struct key_spec document_inner_keys[] = {
    {.name = "at",
     .type = KEY_POINTER,
     .flags = KEY_REQUIRED,
     .zh = "内层文档所在的文本",
     .en = "the text that holds the inner document"},
    {.name = "kind",
     .type = KEY_CHOICE,
     .flags = KEY_REQUIRED,
     .choices = document_kinds,
     .zh = "内层文档的格式",
     .en = "format of the inner document"},
    {.name = "decrypt",
     .type = KEY_MAP,
     .children = decrypt_keys,
     .zh = "内层文档的加密方式",
     .en = "how the inner document is encrypted"},
    {0},
};

const struct key_spec document_format_keys[] = {
    {.name = "kind",
     .type = KEY_CHOICE,
     .flags = KEY_REQUIRED,
     .choices = document_kinds,
     .zh = "正文格式",
     .en = "format of the body"},
    {.name = "charset",
     .type = KEY_CHOICE,
     .choices = charsets,
     .zh = "字符集;默认按响应头或文档自身的声明",
     .en = "charset; unless set, what the header or the document itself declares"},
    {.name = "delimiter",
     .type = KEY_TEXT,
     .zh = "csv 的分隔符,一个字符,默认逗号",
     .en = "of csv: one character, a comma unless set"},
    {.name = "namespaces",
     .type = KEY_MAP_OF_TEXT,
     .zh = "xml:前缀对应的命名空间;未列出的前缀不计",
     .en = "of xml: namespaces by prefix; prefixes not listed do not count"},
    {.name = "record_cipher",
     .type = KEY_MAP,
     .children = decrypt_keys,
     .zh = "json:每条记录单独加密,数组的每一项是一段密文,解出一个 JSON 对象",
     .en = "of json: each record is encrypted by itself; an item of the array is a text that holds a JSON object"},
    {.name = "inner",
     .type = KEY_MAP,
     .children = document_inner_keys,
     .zh = "文本里的另一份文档",
     .en = "a document within a text of this one"},
    {0},
};

static void refuse(struct problems *p, const struct yaml *format, const char *key, const char *kind)
{
    const struct yaml *node = yaml_get(format, key);
    if (node != NULL && !str_is(yaml_text(format, "kind"), kind)) {
        problem_add(p, node, tr("删去它,或改正 kind。", "Remove it, or mend kind."),
                    tr("只用于 kind: %s", "is for kind: %s alone"), kind);
    }
}

static bool is_paths(struct str kind)
{
    return str_is(kind, "json") || str_is(kind, "xml");
}

void document_check_format(const struct yaml *format, struct problems *problems)
{
    const struct yaml *inner = yaml_get(format, "inner"), *cipher = yaml_get(format, "record_cipher");
    if (format == NULL || format->kind != YAML_MAP) {
        return;
    }
    refuse(problems, format, "namespaces", "xml");
    decrypt_check(problems, yaml_get(inner, "decrypt"));
    decrypt_check(problems, cipher);
    if (inner != NULL && !is_paths(yaml_text(format, "kind"))) {
        problem_add(problems, inner, "", "%s",
                    tr("只用于 kind: json 或 xml", "is for kind: json or xml alone"));
    }
    if (cipher != NULL && !str_is(yaml_text(inner == NULL ? format : inner, "kind"), "json")) {
        problem_add(problems, cipher, "", "%s", tr("只用于 JSON 记录", "is for records of JSON alone"));
    }
}

void document_check(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *format = yaml_get(settings, "format"), *inner = yaml_get(format, "inner");
    const struct yaml *delimiter = yaml_get(format, "delimiter");
    const struct yaml *records = yaml_get(settings, "records");
    if (format == NULL || format->kind != YAML_MAP) {
        return;
    }
    document_check_format(format, problems);
    refuse(problems, format, "delimiter", "csv");
    if (delimiter != NULL && delimiter->kind == YAML_SCALAR && delimiter->text.n != 1) {
        problem_add(problems, delimiter, "", "%s",
                    tr("应为一个 ASCII 字符", "expected one ASCII character"));
    }
    struct str kind = yaml_text(inner == NULL ? format : inner, "kind");
    if (str_is(kind, "xml") && records != NULL && records->kind == YAML_SCALAR &&
        records->text.n == 0) {
        problem_add(problems, records, "", "%s",
                    tr("XML 应指明记录元素,如 /Envelope/Body/row",
                       "of XML it must name the element of a record, like /Envelope/Body/row"));
    }
}
