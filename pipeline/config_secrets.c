#include <strings.h>
#include <stdlib.h>

#include "base/fs.h"
#include "pipeline/config_parts.h"

static void warn_unset(struct loader *l, const struct yaml *node, struct str kind, struct str what)
{
    if (str_is(kind, "env") && getenv(arena_cstr(l->arena, what)) == NULL) {
        problem_warn(l->problems, node, tr("运行前设置该变量。", "Set it before running."),
                     tr("环境变量 %.*s 未设置", "environment variable %.*s is not set"),
                     STR_ARGS(what));
    } else if (str_is(kind, "file")) {
        const char *path = what.n > 0 && what.p[0] == '/'
                               ? arena_cstr(l->arena, what)
                               : arena_printf(l->arena, "%s/%.*s", l->c->dir, STR_ARGS(what));
        if (!fs_exists(path)) {
            problem_warn(l->problems, node,
                         tr("运行前放好该文件。", "Put it there before running."),
                         tr("文件 %.*s 不存在", "file %.*s does not exist"), STR_ARGS(what));
        }
    } else if (str_is(kind, "credential") && str_find(what, '/') < what.n) {
        problem_add(l->problems, node, "", tr("凭据名 %.*s 不能含 /", "a credential's name holds no /: %.*s"),
                    STR_ARGS(what));
    }
}

/* The inside of one ${...}. */
static void check_reference(struct loader *l, const struct yaml *node, struct str inside)
{
    struct str what = inside;
    struct str kind = str_cut(&what, ':');
    bool is_known = str_is(kind, "env") || str_is(kind, "file") || str_is(kind, "credential");
    if (!is_known || what.n == 0) {
        problem_add(
            l->problems, node,
            tr("写成 ${env:变量名}、${file:路径} 或 ${credential:凭据名}。",
               "Write ${env:NAME}, ${file:PATH} or ${credential:NAME}."),
            "%s", tr("引用写法有误", "malformed reference"));
        return;
    }
    warn_unset(l, node, kind, what);
}

static size_t find_text(struct str s, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= s.n; i++) {
        if (strncasecmp(s.p + i, what, n) == 0) {
            return i;
        }
    }
    return s.n;
}

static void check_references(struct loader *l, const struct yaml *node)
{
    struct str rest = node->text;
    for (;;) {
        size_t at = find_text(rest, "${");
        if (at == rest.n) {
            return;
        }
        rest = str_sub(rest, at + 2, rest.n);
        if (str_find(rest, '}') == rest.n) {
            check_reference(l, node, STR(""));
            return;
        }
        check_reference(l, node, str_cut(&rest, '}'));
    }
}

/* http://user:secret@host and "password=secret" hide in addresses and connection strings. */
static bool holds_password(struct str s)
{
    static const char *const words[] = {"password=", "passwd=", "pwd=", NULL};
    for (size_t i = 0; words[i] != NULL; i++) {
        size_t at = find_text(s, words[i]);
        if (at < s.n && !str_starts(str_sub(s, at + strlen(words[i]), s.n), STR("${"))) {
            return true;
        }
    }
    size_t scheme = find_text(s, "://");
    struct str authority = scheme < s.n ? str_sub(s, scheme + 3, s.n) : STR("");
    authority = str_cut(&authority, '/');
    size_t at = str_find(authority, '@');
    struct str secret = str_sub(authority, 0, at);
    (void)str_cut(&secret, ':');
    return at < authority.n && secret.n > 0 && !str_starts(secret, STR("${"));
}

/* A connector that knows its keys may have said it already, and better. */
static bool is_told(const struct problems *problems, const struct yaml *node)
{
    int line = node->key.p != NULL ? node->key_line : node->line;
    int column = node->key.p != NULL ? node->key_column : node->column;
    for (const struct problem *p = problems->first; p != NULL; p = p->next) {
        if (!p->warning && p->line == line && p->column == column &&
            strcmp(p->file, node->file) == 0) {
            return true;
        }
    }
    return false;
}

static void check_scalar(struct loader *l, const struct yaml *node)
{
    check_references(l, node);
    if (holds_password(node->text) && !is_told(l->problems, node)) {
        problem_add(l->problems, node,
                    tr("把整个连接串或密码换成 ${env:变量名} 或 ${file:路径}。",
                       "Use ${env:NAME} or ${file:PATH} for the whole string or the password."),
                    "%s", tr("配置文件中不能写明文密码", "a password may not stand in the file"));
    }
}

void config_check_secrets(struct loader *l, const struct yaml *tree)
{
    if (tree == NULL) {
        return;
    }
    if (tree->kind == YAML_SCALAR) {
        check_scalar(l, tree);
        return;
    }
    for (const struct yaml *child = tree->first; child != NULL; child = child->next) {
        config_check_secrets(l, child);
    }
}
