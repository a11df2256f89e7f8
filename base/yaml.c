#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/map.h"

#define CLEANUP(f) __attribute__((cleanup(f)))

struct loader {
    yaml_parser_t parser;
    struct arena *arena;
    const char *file;
    struct str text;
    size_t nodes;
};

/* What libyaml says in terms of its grammar, in words of one who mistyped. */
static const struct {
    const char *problem, *zh, *en;
    bool
        blames_context; /* the mistake is where the construct began, not where the parser gave up */
} translations[] = {
    {"mapping values are not allowed in this context",
     "这里不能再有“键: 值”(缩进有误,或值含冒号而没有加引号)",
     "no \"key: value\" may stand here (wrong indent, or a value with a colon needs quotes)",
     false},
    {"could not find expected ':'", "键后缺少冒号", "the colon after a key is missing", true},
    {"found unexpected end of stream", "引号没有闭合", "a quote is never closed", true},
    {"did not find expected key", "缩进与上文不一致,或引号、括号有误",
     "the indent does not agree with the lines above, or a quote or bracket is wrong", false},
    {"did not find expected '-' indicator", "列表项应以“- ”开头,且缩进一致",
     "a list item must start with \"- \" and be indented like the others", false},
    {"did not find expected ',' or ']'", "方括号列表缺少逗号或 ]",
     "a [list] lacks a comma or its ]", false},
    {"did not find expected ',' or '}'", "花括号内缺少逗号或 }", "a {map} lacks a comma or its }",
     false},
    {"did not find expected node content", "这里缺少一个值", "a value is missing here", false},
    {"block sequence entries are not allowed in this context", "列表项“- ”应另起一行并缩进",
     "a list item \"- \" must start on its own line, indented", false},
    {"found character that cannot start any token",
     "值不能以这个字符开头(制表符不能用来缩进;@ ` % 开头的值要加引号)",
     "no value may start with this character (no tabs for indenting; quote values starting with @ "
     "` %)",
     false},
    {"found a tab character where an indentation space is expected", "不能用制表符缩进",
     "tabs cannot be used for indenting", false},
    {"did not find expected <document start>", "文件开头的结构有误",
     "the file does not start properly", false},
    {"found unknown escape character", "双引号内有不认识的反斜杠转义(可改用单引号)",
     "unknown backslash escape in double quotes (single quotes take it literally)", false},
};

static enum rc fail_at(const struct loader *l, int line, int column, const char *fmt, ...)
    PRINTF_LIKE(4, 5) MUST_CHECK;

static enum rc fail_at(const struct loader *l, int line, int column, const char *fmt, ...)
{
    char what[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_fail(RC_CONFIG, "%s:%d:%d: %s", l->file, line, column, what);
}

static int line_of(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

static int column_of(yaml_mark_t mark)
{
    return (int)mark.column + 1;
}

/* libyaml's reader knows only the byte offset; a file saved as GBK is the usual cause. */
static enum rc fail_encoding(const struct loader *l)
{
    struct str rest = str_sub(l->text, 0, l->parser.problem_offset);
    int line = 1;
    size_t at = 0;
    while ((at = str_find(rest, '\n')) < rest.n) {
        rest = str_sub(rest, at + 1, rest.n);
        line++;
    }
    enum rc rc =
        fail_at(l, line, (int)rest.n + 1,
                tr("不是 UTF-8 文本,或含控制字符", "not UTF-8 text, or a control character"));
    err_hint("%s", tr("请把文件另存为 UTF-8 编码。", "Save the file as UTF-8."));
    return rc;
}

static enum rc fail_syntax(const struct loader *l)
{
    const yaml_parser_t *p = &l->parser;
    const char *problem = p->problem == NULL ? "" : p->problem;
    for (size_t i = 0; i < sizeof translations / sizeof *translations; i++) {
        if (strcmp(problem, translations[i].problem) == 0) {
            bool use_context = translations[i].blames_context && p->context != NULL;
            yaml_mark_t mark = use_context ? p->context_mark : p->problem_mark;
            return fail_at(l, line_of(mark), column_of(mark), "%s",
                           tr(translations[i].zh, translations[i].en));
        }
    }
    return fail_at(l, line_of(p->problem_mark), column_of(p->problem_mark), "%s: %s",
                   tr("YAML 语法错误", "YAML syntax"), problem);
}

static enum rc next_event(struct loader *l, yaml_event_t *ret)
{
    if (yaml_parser_parse(&l->parser, ret)) {
        return RC_OK;
    }
    if (l->parser.error == YAML_MEMORY_ERROR) {
        return err_fail(RC_MEMORY, "%s", l->file);
    }
    return l->parser.error == YAML_READER_ERROR ? fail_encoding(l) : fail_syntax(l);
}

static enum rc refuse_anchor_and_tag(const struct loader *l, const yaml_event_t *e,
                                     const yaml_char_t *anchor, const yaml_char_t *tag)
{
    int line = line_of(e->start_mark), column = column_of(e->start_mark);
    if (anchor != NULL) {
        return fail_at(
            l, line, column,
            tr("不支持锚点 (&) 和别名 (*)", "anchors (&) and aliases (*) are not supported"));
    }
    if (tag != NULL) {
        return fail_at(l, line, column, tr("不支持标签 (!)", "tags (!) are not supported"));
    }
    return RC_OK;
}

static enum rc check_event(const struct loader *l, const yaml_event_t *e)
{
    if (e->type == YAML_SCALAR_EVENT) {
        return refuse_anchor_and_tag(l, e, e->data.scalar.anchor, e->data.scalar.tag);
    }
    if (e->type == YAML_SEQUENCE_START_EVENT) {
        return refuse_anchor_and_tag(l, e, e->data.sequence_start.anchor,
                                     e->data.sequence_start.tag);
    }
    if (e->type == YAML_MAPPING_START_EVENT) {
        return refuse_anchor_and_tag(l, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
    }
    if (e->type == YAML_ALIAS_EVENT) {
        return refuse_anchor_and_tag(l, e, e->data.alias.anchor, NULL);
    }
    return RC_OK;
}

static struct str scalar_text(const yaml_event_t *e)
{
    return str_of((const char *)e->data.scalar.value, e->data.scalar.length);
}

/* "\0" inside double quotes would cut the text short wherever it is used as a C string. */
static enum rc refuse_nul(const struct loader *l, const yaml_event_t *e)
{
    struct str text = scalar_text(e);
    if (str_find(text, '\0') < text.n) {
        return fail_at(l, line_of(e->start_mark), column_of(e->start_mark),
                       tr("文本中不能有空字符", "a NUL character in a text"));
    }
    return RC_OK;
}

static enum rc fill_scalar(struct loader *l, struct yaml *node, const yaml_event_t *e)
{
    TRY(refuse_nul(l, e));
    struct str text = scalar_text(e);
    node->kind = YAML_SCALAR;
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool is_null = node->plain && (str_is(text, "~") || str_is(text, "null") ||
                                   str_is(text, "Null") || str_is(text, "NULL"));
    node->text = is_null || text.n == 0 ? STR("") : arena_str(l->arena, text);
    return RC_OK;
}

static enum rc read_value(struct loader *l, const yaml_event_t *e, struct yaml *parent, int depth,
                          struct yaml **ret) MUST_CHECK;

static enum rc read_list(struct loader *l, struct yaml *list, int depth)
{
    struct yaml **tail = &list->first;
    for (;;) {
        CLEANUP(yaml_event_delete) yaml_event_t e = {0};
        TRY(next_event(l, &e));
        if (e.type == YAML_SEQUENCE_END_EVENT) {
            return RC_OK;
        }
        TRY(read_value(l, &e, list, depth + 1, tail));
        tail = &(*tail)->next;
        list->n++;
    }
}

static enum rc check_key(const struct loader *l, const yaml_event_t *e, const struct map *seen)
{
    int line = line_of(e->start_mark), column = column_of(e->start_mark);
    if (e->type != YAML_SCALAR_EVENT) {
        return fail_at(l, line, column,
                       tr("键必须是文本(含 { 或 [ 的值要加引号)",
                          "a key must be a text (a value with { or [ needs quotes)"));
    }
    TRY(check_event(l, e));
    TRY(refuse_nul(l, e));
    const struct yaml *twin = map_get(seen, scalar_text(e));
    if (twin != NULL) {
        return fail_at(l, line, column,
                       tr("重复的键 \"%s\",第 %d 行已有", "duplicate key \"%s\", first on line %d"),
                       twin->key.p, twin->key_line);
    }
    return RC_OK;
}

static enum rc read_entry(struct loader *l, const yaml_event_t *key, struct yaml *map, int depth,
                          struct yaml **ret)
{
    CLEANUP(yaml_event_delete) yaml_event_t e = {0};
    TRY(next_event(l, &e));
    TRY(read_value(l, &e, map, depth + 1, ret));
    (*ret)->key = arena_str(l->arena, scalar_text(key));
    (*ret)->key_line = line_of(key->start_mark);
    (*ret)->key_column = column_of(key->start_mark);
    return RC_OK;
}

static enum rc read_map(struct loader *l, struct yaml *map, int depth)
{
    CLEANUP(map_done) struct map seen;
    map_init(&seen);
    struct yaml **tail = &map->first;
    for (;;) {
        CLEANUP(yaml_event_delete) yaml_event_t key = {0};
        TRY(next_event(l, &key));
        if (key.type == YAML_MAPPING_END_EVENT) {
            return RC_OK;
        }
        TRY(check_key(l, &key, &seen));
        TRY(read_entry(l, &key, map, depth, tail));
        map_put(&seen, (*tail)->key, *tail);
        tail = &(*tail)->next;
        map->n++;
    }
}

static enum rc check_limits(struct loader *l, const yaml_event_t *e, int depth)
{
    int line = line_of(e->start_mark), column = column_of(e->start_mark);
    if (depth > YAML_MAX_DEPTH) {
        return fail_at(l, line, column, tr("嵌套超过 %d 层", "nested more than %d levels deep"),
                       YAML_MAX_DEPTH);
    }
    if (++l->nodes > YAML_MAX_NODES) {
        return fail_at(l, line, column, tr("超过 %zu 个值", "more than %zu values"),
                       YAML_MAX_NODES);
    }
    return RC_OK;
}

static enum rc fill(struct loader *l, const yaml_event_t *e, struct yaml *node, int depth)
{
    if (e->type == YAML_SCALAR_EVENT) {
        return fill_scalar(l, node, e);
    }
    if (e->type == YAML_SEQUENCE_START_EVENT) {
        node->kind = YAML_LIST;
        return read_list(l, node, depth);
    }
    node->kind = YAML_MAP;
    return read_map(l, node, depth);
}

static enum rc read_value(struct loader *l, const yaml_event_t *e, struct yaml *parent, int depth,
                          struct yaml **ret)
{
    TRY(check_event(l, e));
    TRY(check_limits(l, e, depth));
    struct yaml *node = ARENA_NEW(l->arena, struct yaml);
    node->file = l->file;
    node->line = line_of(e->start_mark);
    node->column = column_of(e->start_mark);
    node->parent = parent;
    node->index = parent == NULL ? 0 : parent->n;
    TRY(fill(l, e, node, depth));
    *ret = node;
    return RC_OK;
}

static struct yaml *empty_map(struct loader *l)
{
    struct yaml *map = ARENA_NEW(l->arena, struct yaml);
    map->kind = YAML_MAP;
    map->file = l->file;
    map->line = map->column = 1;
    return map;
}

static enum rc expect_end_of_stream(struct loader *l)
{
    CLEANUP(yaml_event_delete) yaml_event_t document_end = {0};
    TRY(next_event(l, &document_end));
    CLEANUP(yaml_event_delete) yaml_event_t stream_end = {0};
    TRY(next_event(l, &stream_end));
    if (stream_end.type != YAML_STREAM_END_EVENT) {
        return fail_at(l, line_of(stream_end.start_mark), column_of(stream_end.start_mark),
                       tr("一个文件只能有一个文档(---)", "a file holds one document (---) only"));
    }
    return RC_OK;
}

static enum rc read_root(struct loader *l, struct yaml **ret)
{
    CLEANUP(yaml_event_delete) yaml_event_t e = {0};
    TRY(next_event(l, &e));
    TRY(read_value(l, &e, NULL, 0, ret));
    bool is_empty = (*ret)->kind == YAML_SCALAR && (*ret)->plain && (*ret)->text.n == 0;
    if (is_empty) {
        *ret = empty_map(l);
    }
    return expect_end_of_stream(l);
}

static enum rc read_stream(struct loader *l, struct yaml **ret)
{
    CLEANUP(yaml_event_delete) yaml_event_t stream_start = {0};
    TRY(next_event(l, &stream_start));
    CLEANUP(yaml_event_delete) yaml_event_t e = {0};
    TRY(next_event(l, &e));
    if (e.type == YAML_STREAM_END_EVENT) {
        *ret = empty_map(l);
        return RC_OK;
    }
    if (e.data.document_start.tag_directives.start != e.data.document_start.tag_directives.end) {
        return fail_at(l, line_of(e.start_mark), column_of(e.start_mark),
                       tr("不支持标签 (!)", "tags (!) are not supported"));
    }
    return read_root(l, ret);
}

enum rc yaml_parse(struct arena *a, const char *file_label, struct str text, struct yaml **ret)
{
    struct loader l = {.arena = a, .file = arena_cstr(a, str_from(file_label)), .text = text};
    if (text.n > YAML_MAX_BYTES) {
        return fail_at(&l, 1, 1, tr("文件超过 %zu 字节", "the file has more than %zu bytes"),
                       YAML_MAX_BYTES);
    }
    if (!yaml_parser_initialize(&l.parser)) {
        return err_fail(RC_MEMORY, "%s", l.file);
    }
    /* Told the encoding, libyaml does not guess UTF-16 from the first bytes. */
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    struct yaml *root = NULL;
    enum rc rc = read_stream(&l, &root);
    yaml_parser_delete(&l.parser);
    if (rc == RC_OK) {
        *ret = root;
    }
    return rc;
}

static enum rc fail_unreadable(const char *path)
{
    struct str why = str_from(err_detail());
    struct str prefix = str_from(path);
    if (str_starts(why, prefix)) { /* "path: why": the path is told once */
        why = str_sub(why, prefix.n + 2, why.n);
    }
    return err_fail(RC_CONFIG, "%s:1:1: %s", path, why.p);
}

enum rc yaml_load(struct arena *a, const char *path, struct yaml **ret)
{
    CLEANUP(buf_done) struct buf bytes;
    buf_init(&bytes, YAML_MAX_BYTES);
    if (fs_read(path, YAML_MAX_BYTES, &bytes) != RC_OK) {
        return fail_unreadable(path);
    }
    return yaml_parse(a, path, buf_str(&bytes), ret);
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (map == NULL || map->kind != YAML_MAP) {
        return NULL;
    }
    struct str wanted = str_from(key);
    for (const struct yaml *child = map->first; child != NULL; child = child->next) {
        if (str_eq(child->key, wanted)) {
            return child;
        }
    }
    return NULL;
}

struct str yaml_text(const struct yaml *map, const char *key)
{
    const struct yaml *node = yaml_get(map, key);
    return node == NULL || node->kind != YAML_SCALAR ? STR_NULL : node->text;
}

char *yaml_path(struct arena *a, const struct yaml *node)
{
    if (node->parent == NULL) {
        return arena_cstr(a, STR(""));
    }
    const char *above = yaml_path(a, node->parent);
    const char *dot = *above == '\0' ? "" : ".";
    if (!str_is_null(node->key)) {
        return arena_printf(a, "%s%s%.*s", above, dot, STR_ARGS(node->key));
    }
    return arena_printf(a, "%s%s%zu", above, dot, node->index);
}
