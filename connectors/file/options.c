/* What the configuration says, as the other parts want it. */
#include "connectors/file/file.h"

static enum rc resolve(const struct source *source, const struct yaml *map, const char *key,
                       const char **ret)
{
    struct str value = STR_NULL;
    TRY(keys_resolve(source->arena, yaml_text(map, key), source->base_dir, &value));
    if (str_is_empty(value)) {
        return err_fail(RC_CONFIG, tr("%s: %s 没有值", "%s: %s has no value"), source->dataset,
                        key);
    }
    *ret = arena_cstr(source->arena, value);
    return RC_OK;
}

static enum rc resolve_path(const struct source *source, const struct yaml *map, const char *key,
                            const char **ret)
{
    const char *path = NULL;
    TRY(resolve(source, map, key, &path));
    *ret = *path == '/' ? path : arena_printf(source->arena, "%s/%s", source->base_dir, path);
    return RC_OK;
}

static const char *text_or(const struct source *source, const struct yaml *map, const char *key,
                           const char *otherwise)
{
    struct str s = yaml_text(map, key);
    return str_is_null(s) ? otherwise : arena_cstr(source->arena, s);
}

/* ---- Format ---- */

static void read_sheets(const struct source *source, const struct yaml *list,
                        struct table_options *t)
{
    if (list == NULL || list->kind != YAML_LIST) {
        return;
    }
    const char **names = arena_array(source->arena, list->n + 1, sizeof *names);
    for (const struct yaml *item = list->first; item != NULL; item = item->next) {
        names[t->sheet_count++] = arena_cstr(source->arena, item->text);
    }
    t->sheets = names;
}

static enum rc read_format(const struct source *source, struct file_options *o)
{
    const struct yaml *format = yaml_get(source->settings, "format");
    struct table_options *t = &o->table;
    t->kind = text_or(source, format, "kind", "auto");
    t->charset = text_or(source, format, "charset", "auto");
    t->dialect.delimiter = text_or(source, format, "delimiter", ",")[0];
    t->dialect.quote = text_or(source, format, "quote", "\"")[0];
    t->guess_delimiter = yaml_get(format, "delimiter") == NULL;
    t->skip_hidden = str_is(yaml_text(format, "hidden"), "skip");
    t->errors_are_empty = str_is(yaml_text(format, "errors"), "empty");
    t->member = text_or(source, format, "member", NULL);
    read_sheets(source, yaml_get(format, "sheets"), t);
    o->has_header = !str_is(yaml_text(format, "header"), "false");
    if (!str_to_i64(yaml_text(format, "skip_lines"), &o->skip_lines)) {
        o->skip_lines = 0;
    }
    return yaml_get(format, "password") != NULL ? resolve(source, format, "password", &t->password)
                                                : RC_OK;
}

/* ---- Folder ---- */

static enum rc read_folder(const struct source *source, struct file_options *o)
{
    const struct yaml *ready = yaml_get(source->settings, "ready");
    o->match = text_or(source, source->settings, "match", "*");
    o->marker = text_or(source, ready, "marker", NULL);
    if (!keys_duration_ms(yaml_text(ready, "stable"), &o->stable_ms)) {
        o->stable_ms = 0;
    }
    struct str take = yaml_text(source->settings, "take"),
               after = yaml_text(source->settings, "after");
    o->newest_only = str_is_null(take) ? source->full_snapshot : str_is(take, "newest");
    o->after = str_is(after, "archive") ? AFTER_ARCHIVE
               : str_is(after, "keep")  ? AFTER_KEEP
                                        : AFTER_DELETE;
    TRY(resolve_path(source, source->connection, "folder", &o->folder));
    if (o->after != AFTER_ARCHIVE) {
        return RC_OK;
    }
    if (source->seal_key == NULL || !source->seal_key->is_set) {
        return err_fail(
            RC_CONFIG,
            tr("%s: after: archive 需要封存密钥", "%s: after: archive needs the seal key"),
            source->dataset);
    }
    return resolve_path(source, source->settings, "archive", &o->archive);
}

enum rc options_read(const struct source *source, struct file_options *ret)
{
    TRY(read_format(source, ret));
    return source->file_count > 0 ? RC_OK : read_folder(source, ret);
}
