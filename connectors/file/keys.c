#include "connectors/file/file.h"

static const char *const format_kinds[] = {"auto", "csv", "xlsx", "xls", "zip", NULL};
static const char *const hiddens[] = {"read", "skip", NULL};
static const char *const cell_errors[] = {"reject", "empty", NULL};
static const char *const charsets[] = {"auto",   "utf-8",    "gb18030",  "gbk",
                                       "utf-16", "utf-16le", "utf-16be", NULL};
static const char *const takes[] = {"newest", "all", NULL};
static const char *const afters[] = {"delete", "archive", "keep", NULL};

static const struct key_spec format_keys[] = {
    {.name = "kind",
     .type = KEY_CHOICE,
     .choices = format_kinds,
     .zh = "文件格式,默认 auto:按内容识别",
     .en = "file format, default auto: told by content"},
    {.name = "charset",
     .type = KEY_CHOICE,
     .choices = charsets,
     .zh = "字符集,默认 auto",
     .en = "charset, default auto"},
    {.name = "header",
     .type = KEY_BOOL,
     .zh = "首行是否表头,默认 true;无表头时列名为 1、2、3",
     .en = "does the first line name the columns, default true; else they are named 1, 2, 3"},
    {.name = "delimiter",
     .type = KEY_TEXT,
     .zh = "分隔符,一个字符,默认逗号;制表符写 \"\\t\"",
     .en = "one character, default a comma; a tab is \"\\t\""},
    {.name = "quote",
     .type = KEY_TEXT,
     .zh = "引号,一个字符,默认双引号;没有则写 \"\"",
     .en = "one character, default a double quote; \"\" for none"},
    {.name = "skip_lines",
     .type = KEY_INT,
     .zh = "表头之前跳过的行数",
     .en = "lines to pass over above the header",
     .least = 0,
     .most = 1000},
    {.name = "sheets",
     .type = KEY_LIST_TEXT,
     .flags = KEY_UNIQUE,
     .zh = "要读的工作表名或模式,如 [\"*户\"];默认第一个可见的工作表",
     .en = "names or patterns of sheets, like [\"*household\"]; default: the first visible one"},
    {.name = "hidden",
     .type = KEY_CHOICE,
     .choices = hiddens,
     .zh = "隐藏的行和列:read 照读(默认),skip 略过",
     .en = "hidden rows and columns: read (default) or skip"},
    {.name = "errors",
     .type = KEY_CHOICE,
     .choices = cell_errors,
     .zh = "#N/A 等错误值:reject 该行转问题数据(默认),empty 视为空",
     .en = "#N/A and its kin: reject the row (default) or read as empty"},
    {.name = "member",
     .type = KEY_TEXT,
     .zh = "压缩包内的文件名模式,默认全部表格",
     .en = "pattern of names within a ZIP archive, default every table in it"},
    {.name = "password",
     .type = KEY_SECRET,
     .zh = "压缩包密码的引用",
     .en = "reference to the password of a ZIP archive"},
    {0},
};
static const struct key_spec ready_keys[] = {
    {.name = "marker",
     .type = KEY_TEXT,
     .zh = "完成标记的后缀,如 .done",
     .en = "suffix of the done marker, like .done"},
    {.name = "stable",
     .type = KEY_DURATION,
     .zh = "多久未改动才算完整,如 10s",
     .en = "untouched for how long, like 10s"},
    {0},
};
const struct key_spec file_connection_keys[] = {
    {.name = "folder",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "部门放文件的文件夹",
     .en = "folder the department drops files into"},
    {0},
};
const struct key_spec file_dataset_keys[] = {
    {.name = "match",
     .type = KEY_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "文件名模式,如 鉴定_*.csv",
     .en = "pattern of file names, like house_*.csv"},
    {.name = "format",
     .type = KEY_MAP,
     .children = format_keys,
     .zh = "文件格式",
     .en = "file format"},
    {.name = "ready",
     .type = KEY_MAP,
     .children = ready_keys,
     .zh = "怎样算放完",
     .en = "what tells that a file is complete"},
    {.name = "take",
     .type = KEY_CHOICE,
     .choices = takes,
     .zh = "取最新一个或全部",
     .en = "the newest file or all"},
    {.name = "after",
     .type = KEY_CHOICE,
     .choices = afters,
     .zh = "入库后怎样处理文件,默认 delete",
     .en = "what becomes of taken files, default delete"},
    {.name = "archive",
     .type = KEY_TEXT,
     .zh = "加密归档的文件夹",
     .en = "folder for the encrypted archive"},
    {0},
};

static void check_character(struct problems *problems, const struct yaml *format, const char *key,
                            size_t least)
{
    const struct yaml *node = yaml_get(format, key);
    if (node != NULL && node->kind == YAML_SCALAR && (node->text.n < least || node->text.n > 1)) {
        problem_add(problems, node, tr("例如 \",\" 或 \"\\t\"。", "For example \",\" or \"\\t\"."),
                    "%s", tr("应为一个 ASCII 字符", "expected one ASCII character"));
    }
}

void file_check(const struct yaml *connection, const struct yaml *settings,
                struct problems *problems)
{
    (void)connection;
    if (settings == NULL) {
        return;
    }
    const struct yaml *format = yaml_get(settings, "format"), *ready = yaml_get(settings, "ready");
    const struct yaml *after = yaml_get(settings, "after"), *match = yaml_get(settings, "match");
    check_character(problems, format, "delimiter", 1);
    check_character(problems, format, "quote", 0);
    bool archives = after != NULL && str_is(after->text, "archive");
    if (archives && yaml_get(settings, "archive") == NULL) {
        problem_add(problems, after, tr("写明 archive: 文件夹。", "Say archive: FOLDER."), "%s",
                    tr("after: archive 需要 archive", "after: archive needs archive"));
    }
    if (!archives && yaml_get(settings, "archive") != NULL) {
        problem_warn(
            problems, yaml_get(settings, "archive"),
            tr("写 after: archive,或删去 archive。", "Say after: archive, or drop archive."), "%s",
            tr("没有 after: archive 时 archive 不起作用",
               "archive does nothing without after: archive"));
    }
    if (ready != NULL && ready->kind == YAML_MAP && ready->n == 0) {
        problem_add(problems, ready, "ready: {marker: \".done\"}", "%s",
                    tr("应写明 marker 或 stable", "expected marker or stable"));
    }
    if (match != NULL && match->kind == YAML_SCALAR && str_find(match->text, '/') < match->text.n) {
        problem_add(
            problems, match,
            tr("文件夹写在 connection.folder。", "The folder belongs to connection.folder."), "%s",
            tr("match 只能是文件名", "match is for names only"));
    }
}
