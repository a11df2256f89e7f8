/* What the configuration says, as the other parts want it. */
#include "base/clock.h"
#include "connectors/caps.h"
#include "connectors/file/file.h"

#define TIMEOUT_MS (INT64_C(60) * 1000)

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
    struct str records = yaml_text(source->settings, "records");
    t->format = format;
    t->records = str_is_null(records) ? NULL : arena_cstr(source->arena, records);
    t->base_dir = source->base_dir;
    t->depth = caps_read(source->settings).depth;
    t->fields = caps_read(source->settings).fields;
    t->columns = source->columns;
    t->column_count = source->column_count;
    read_sheets(source, yaml_get(format, "sheets"), t);
    o->has_header = !str_is(yaml_text(format, "header"), "false");
    if (!str_to_i64(yaml_text(format, "skip_lines"), &o->skip_lines)) {
        o->skip_lines = 0;
    }
    return yaml_get(format, "password") != NULL ? resolve(source, format, "password", &t->password)
                                                : RC_OK;
}

/* ---- Place ---- */

static enum rc fail_url(const struct source *source)
{
    return err_fail(
        RC_CONFIG,
        tr("%s: connection.url 应形如 sftp://主机/文件夹,可用 sftp、ftps、https、http",
           "%s: connection.url is like sftp://HOST/FOLDER, with sftp, ftps, https or http"),
        source->dataset);
}

/* HOST[:PORT][/PATH] behind the scheme; nothing in it is escaped. */
static enum rc read_url(const struct source *source, struct file_options *o)
{
    struct place_options *p = &o->place;
    struct arena *a = source->arena;
    const char *url = NULL;
    TRY(resolve(source, source->connection, "url", &url));
    const char *mark = strstr(url, "://");
    if (mark == NULL) {
        return fail_url(source);
    }
    p->scheme = arena_cstr(a, str_of(url, (size_t)(mark - url)));
    o->driver = place_find(p->scheme, &p->port);
    struct str rest = str_from(mark + 3), place = str_sub(rest, 0, str_find(rest, '/'));
    struct str path = str_sub(rest, place.n, rest.n);
    while (path.n > 0 && path.p[path.n - 1] == '/') {
        path.n--;
    }
    p->host = arena_cstr(a, str_cut(&place, ':'));
    p->path = arena_cstr(a, path);
    int64_t port = p->port;
    if (o->driver == NULL || *p->host == '\0' ||
        (place.n > 0 && (!str_to_i64(place, &port) || port < 1 || port > 65535))) {
        return fail_url(source);
    }
    p->port = (int)port;
    return RC_OK;
}

static enum rc resolve_if_set(const struct source *source, const char *key, const char **ret)
{
    return yaml_get(source->connection, key) != NULL ? resolve(source, source->connection, key, ret)
                                                     : RC_OK;
}

static enum rc read_host_keys(const struct source *source, struct place_options *p)
{
    const struct yaml *list = yaml_get(source->connection, "host_key");
    if (list == NULL || list->kind != YAML_LIST) {
        return RC_OK;
    }
    const char **keys = arena_array(source->arena, list->n + 1, sizeof *keys);
    for (const struct yaml *item = list->first; item != NULL; item = item->next) {
        struct str value = STR_NULL;
        TRY(keys_resolve(source->arena, item->text, source->base_dir, &value));
        keys[p->host_key_count++] = arena_cstr(source->arena, value);
    }
    p->host_keys = keys;
    return RC_OK;
}

static enum rc read_place(const struct source *source, struct file_options *o)
{
    struct place_options *p = &o->place;
    const struct yaml *c = source->connection;
    TRY(read_url(source, o));
    TRY(resolve_if_set(source, "user", &p->user));
    TRY(resolve_if_set(source, "password", &p->password));
    TRY(resolve_if_set(source, "key_password", &p->key_password));
    TRY(yaml_get(c, "key") != NULL ? resolve_path(source, c, "key", &p->key) : RC_OK);
    TRY(yaml_get(c, "ca") != NULL ? resolve_path(source, c, "ca", &p->ca) : RC_OK);
    TRY(read_host_keys(source, p));
    p->pattern = o->match;
    p->today = clock_today();
    if (!keys_duration_ms(yaml_text(c, "timeout"), &p->timeout_ms)) {
        p->timeout_ms = TIMEOUT_MS;
    }
    if (strcmp(p->scheme, "sftp") == 0 && (p->user == NULL || p->host_key_count == 0)) {
        return err_fail(RC_CONFIG,
                        tr("%s: SFTP 需要 user 和 host_key", "%s: SFTP needs user and host_key"),
                        source->dataset);
    }
    return o->driver->remove == NULL && o->after != AFTER_KEEP ? fail_url(source) : RC_OK;
}

/* ---- Files ---- */

static enum after read_after(const struct source *source)
{
    struct str after = yaml_text(source->settings, "after"),
               url = yaml_text(source->connection, "url");
    if (str_is(after, "archive")) {
        return AFTER_ARCHIVE;
    }
    if (str_is(after, "move")) {
        return AFTER_MOVE;
    }
    bool is_http = str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
    return str_is(after, "keep") || is_http ? AFTER_KEEP : AFTER_DELETE;
}

static enum rc read_archive(const struct source *source, struct file_options *o)
{
    if (o->after == AFTER_MOVE) {
        return resolve(source, source->settings, "move_to", &o->move_to);
    }
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

static enum rc read_choice(const struct source *source, struct file_options *o)
{
    const struct yaml *ready = yaml_get(source->settings, "ready");
    o->marker = text_or(source, ready, "marker", NULL);
    o->checksum = text_or(source, ready, "checksum", NULL);
    if (!keys_duration_ms(yaml_text(ready, "stable"), &o->stable_ms)) {
        o->stable_ms = 0;
    }
    struct str take = yaml_text(source->settings, "take");
    o->newest_only = str_is_null(take) ? source->full_snapshot : str_is(take, "newest");
    o->has_parts = yaml_get(source->settings, "parts") != NULL;
    o->after = read_after(source);
    return read_archive(source, o);
}

static enum exported read_exported(const struct source *source)
{
    struct str from = yaml_text(source->settings, "exported_on");
    return str_is(from, "file_name")   ? EXPORTED_NAME
           : str_is(from, "title")     ? EXPORTED_TITLE
           : str_is(from, "file_time") ? EXPORTED_TIME
                                       : EXPORTED_UNASKED;
}

enum rc options_read(const struct source *source, struct file_options *ret)
{
    TRY(read_format(source, ret));
    TRY(pattern_read(source->arena, text_or(source, source->settings, "match", "*"), &ret->match));
    ret->exported = read_exported(source);
    if (source->file_count > 0) {
        return RC_OK;
    }
    TRY(read_choice(source, ret));
    return yaml_get(source->connection, "url") != NULL
               ? read_place(source, ret)
               : resolve_path(source, source->connection, "folder", &ret->folder);
}

void options_done(struct file_options *o)
{
    pattern_free(o->match);
}
