/* The reference of a department's file, in Markdown, from the tables that check it. */
#include "pipeline/config_parts.h"
#include "pipeline/config_print.h"

#define DOCS_ARENA ((size_t)16 << 20)

/* What Markdown would take for markup inside a cell. */
static void put_escaped(FILE *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (strchr("|*_<\\", *text) != NULL) {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void put_words(FILE *out, const char *const *words)
{
    for (; *words != NULL; words++) {
        fprintf(out, " `%s`", *words);
    }
}

static void put_value(FILE *out, const struct key_spec *spec)
{
    put_escaped(out, keys_type_text(spec->type));
    if (spec->type == KEY_CHOICE) {
        put_words(out, spec->choices);
    } else if (spec->least != 0 || spec->most != 0) {
        fprintf(out, tr(",%lld 至 %lld", ", %lld to %lld"), (long long)spec->least,
                (long long)spec->most);
    }
}

static const char *child_path(struct arena *a, const char *path, enum key_type type)
{
    const char *below = type == KEY_LIST_MAP     ? "[]."
                        : type == KEY_MAP_OF_MAP ? tr(".名字.", ".NAME.")
                                                 : ".";
    return arena_printf(a, "%s%s", path, below);
}

static void put_rows(FILE *out, struct arena *a, const char *prefix, const struct key_spec *specs)
{
    for (; specs != NULL && specs->name != NULL; specs++) {
        const char *path = arena_printf(a, "%s%s", prefix, specs->name);
        fprintf(out, "| `%s` | %s | ", path,
                specs->flags & KEY_REQUIRED ? tr("必填", "required") : "");
        put_value(out, specs);
        fputs(" | ", out);
        put_escaped(out, tr(specs->zh, specs->en));
        fputs(" |\n", out);
        put_rows(out, a, child_path(a, path, specs->type), specs->children);
    }
}

static void put_table(FILE *out, struct arena *a, const char *title, const char *prefix,
                      const struct key_spec *specs)
{
    fprintf(out, "\n%s\n\n%s\n| --- | --- | --- | --- |\n", title,
            tr("| 键 | | 值 | 说明 |", "| key | | value | meaning |"));
    put_rows(out, a, prefix, specs);
}

static const char *name_of(const struct key_spec *specs, const struct key_spec *children)
{
    for (; specs != NULL && specs->name != NULL; specs++) {
        if (specs->children == children) {
            return specs->name;
        }
    }
    return "";
}

static void put_kinds(FILE *out, const struct connector *c)
{
    for (const struct kind_map *map = c->kinds; map != NULL && map->keys != NULL; map++) {
        const char *name = name_of(c->connection_keys, map->keys);
        name = *name != '\0' ? name : name_of(c->dataset_keys, map->keys);
        fprintf(out, tr("\n### `%s` 的各种 `kind`\n\n", "\n### `kind` of `%s`\n\n"), name);
        fprintf(out, "%s\n| --- | --- | --- |\n",
                tr("| kind | 必填 | 可用 |", "| kind | required | allowed |"));
        for (const struct kind_rule *rule = map->rules; rule->kind != NULL; rule++) {
            fprintf(out, "| `%s` |", rule->kind);
            put_words(out, rule->required);
            fputs(" |", out);
            put_words(out, rule->optional);
            fputs(" |\n", out);
        }
    }
}

static void put_connector(FILE *out, struct arena *a, const struct connector *c)
{
    fprintf(out, tr("\n## 连接方式 `%s`\n", "\n## `kind: %s`\n"), c->kind);
    put_table(out, a, tr("### 连接", "### Connection"), "connection.", c->connection_keys);
    put_table(out, a, tr("### 数据集", "### Dataset"), "", c->dataset_keys);
    put_kinds(out, c);
}

void config_print_docs(FILE *out)
{
    struct arena *a = arena_new(DOCS_ARENA);
    fputs(tr("# 部门文件的键\n\n由 `bidui connector docs` 打印,不要手工修改。每个部门一个文件,放在 "
             "`config/connectors/`。怎样\n使用见 [connectors.zh-CN.md](connectors.zh-CN.md)。`a.b` "
             "是 `a` 下的 `b`,`a[].b` 是列表 `a` 每项的 "
             "`b`;必填指上级键写了就\n必填。\n",
             "# Keys of a department's file\n\nPrinted by `bidui connector docs --english`; not "
             "edited by hand. One file per department in\n`config/connectors/`. How to use them: "
             "[connectors.md](connectors.md). `a.b` stands under `a`, `a[].b` in each item of the "
             "list\n`a`; what is "
             "required must be there where its parent is.\n"),
          out);
    put_table(out, a, tr("## 部门", "## Department"), "", config_department_keys);
    put_table(out, a,
              tr("## 数据集(`datasets` 下,每个名字一组)",
                 "## Dataset, one under each name of `datasets`"),
              "", config_dataset_keys);
    for (size_t i = 0; connector_table[i] != NULL; i++) {
        put_connector(out, a, connector_table[i]);
    }
    arena_free(a);
}
