#include "connectors/odbc/odbc.h"

#include <strings.h>

#define LOGIN_TIMEOUT_MS INT64_C(10000)
#define STATEMENT_TIMEOUT_MS (INT64_C(30) * 60 * 1000)
#define PAGE_ROWS 5000
#define POSITION_BYTES ((size_t)64 << 10)
#define TYPE_TEXT 48

static int64_t duration_or(const struct yaml *map, const char *key, int64_t otherwise)
{
    int64_t ms = 0;
    return keys_duration_ms(yaml_text(map, key), &ms) ? ms : otherwise;
}

static enum rc read_options(struct odbc_source *s)
{
    const struct source *source = s->source;
    const struct yaml *c = source->connection;
    struct odbc_options *o = &s->options;
    *o = (struct odbc_options){
        .dialect = odbc_dialect(yaml_text(c, "dialect")),
        .setup = yaml_get(c, "session"),
        .login_timeout_ms = duration_or(c, "login_timeout", LOGIN_TIMEOUT_MS),
        .statement_timeout_ms = duration_or(c, "statement_timeout", STATEMENT_TIMEOUT_MS),
    };
    if (o->dialect == NULL) {
        return err_fail(RC_CONFIG, tr("%s: 没有这种 dialect", "%s: no such dialect"),
                        source->dataset);
    }
    TRY(keys_resolve(source->arena, yaml_text(c, "connection_string"), source->base_dir,
                     &o->connection_string));
    TRY(keys_resolve(source->arena, yaml_text(c, "user"), source->base_dir, &o->user));
    return keys_resolve(source->arena, yaml_text(c, "password"), source->base_dir, &o->password);
}

static size_t read_names(struct arena *a, const struct yaml *list, const char ***ret)
{
    size_t n = 0;
    *ret = arena_array(a, list != NULL ? list->n + 1 : 1, sizeof **ret);
    for (const struct yaml *item = list != NULL ? list->first : NULL; item != NULL;
         item = item->next) {
        (*ret)[n++] = arena_cstr(a, item->text);
    }
    return n;
}

static bool is_listed(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The table form selects the wanted columns, the keys and what `columns` adds: no more than needed.
 */
static void choose_columns(struct odbc_source *s)
{
    const struct source *source = s->source;
    struct odbc_question *q = &s->question;
    const char **more = NULL, **chosen;
    size_t more_n = read_names(source->arena, yaml_get(source->settings, "columns"), &more);
    size_t most = source->column_count + q->key_count + more_n, n = 0;
    chosen = arena_array(source->arena, most + 1, sizeof *chosen);
    for (size_t i = 0; i < most; i++) {
        const char *name = i < source->column_count ? source->columns[i]
                           : i < source->column_count + q->key_count
                               ? q->keys[i - source->column_count]
                               : more[i - source->column_count - q->key_count];
        if (!is_listed(chosen, n, name)) {
            chosen[n++] = name;
        }
    }
    q->columns = chosen;
    q->column_count = n;
}

/* The source's column of the field that `incremental` goes by. */
static const char *since_column(const struct source *source)
{
    struct str by = yaml_text(yaml_get(source->settings, "incremental"), "by");
    if (str_is_null(by) || source->full_snapshot) {
        return NULL;
    }
    const struct yaml *fields = yaml_get(source->settings, "fields");
    struct str from = yaml_text(yaml_get(fields, arena_cstr(source->arena, by)), "from");
    return str_is_null(from) ? NULL : arena_cstr(source->arena, from);
}

static void read_question(struct odbc_source *s)
{
    const struct source *source = s->source;
    struct odbc_question *q = &s->question;
    const char **keys = NULL;
    q->key_count = read_names(source->arena, yaml_get(source->settings, "page_by"), &keys);
    q->keys = keys;
    q->dialect = s->options.dialect;
    q->query = yaml_text(source->settings, "query");
    q->table = yaml_text(source->settings, "table");
    q->where = yaml_text(source->settings, "where");
    if (str_is_null(q->query)) {
        choose_columns(s);
        q->since_column = since_column(source);
        q->has_until = source->until.n > 0 && sql_is_bounded(source->settings);
    }
    s->key_index = arena_array(source->arena, q->key_count + 1, sizeof *s->key_index);
    s->keys = arena_array(source->arena, q->key_count + 1, sizeof *s->keys);
    for (size_t i = 0; i < q->key_count; i++) {
        buf_init(&s->keys[i].type, TYPE_TEXT);
        buf_init(&s->keys[i].text, POSITION_BYTES);
    }
}

static enum rc put_text(struct buf *out, const char *text)
{
    buf_reset(out);
    return buf_puts(out, str_from(text));
}

size_t odbc_position_keys(const struct odbc_source *s, struct arena *a, const char ***ret)
{
    size_t n = 0;
    const char **keys = arena_array(a, 2 * s->question.key_count + 1, sizeof *keys);
    for (size_t i = 0; i < s->question.key_count; i++) {
        keys[n++] = arena_cstr(a, buf_str(&s->keys[i].type));
        keys[n++] = arena_cstr(a, buf_str(&s->keys[i].text));
    }
    if (!str_is_null(s->control.query)) {
        keys[n++] = arena_cstr(a, buf_str(&s->control.stamp));
    }
    *ret = keys;
    return n;
}

static enum rc take_position(struct odbc_source *s)
{
    struct position p;
    size_t n = s->question.key_count;
    if (n == 0) {
        return RC_OK;
    }
    size_t parts = 2 * n + (str_is_null(s->control.query) ? 0 : 1);
    TRY(position_read(s->source->arena, s->source->position, parts, &p));
    if (p.n == 0) {
        return RC_OK;
    }
    for (size_t i = 0; i < n; i++) {
        TRY(put_text(&s->keys[i].type, p.keys[2 * i]));
        TRY(put_text(&s->keys[i].text, p.keys[2 * i + 1]));
    }
    s->has_keys = true;
    s->rows = p.rows;
    return p.n > 2 * n ? put_text(&s->before, p.keys[2 * n]) : RC_OK;
}

static void read_page_rows(struct odbc_source *s)
{
    int64_t rows = 0;
    s->page_rows = s->source->page_rows > 0 ? s->source->page_rows : PAGE_ROWS;
    if (str_to_i64(yaml_text(s->source->settings, "page_rows"), &rows) && rows > 0) {
        s->page_rows = (size_t)rows;
    }
}

enum rc odbc_settings_read(struct odbc_source *s)
{
    const struct source *source = s->source;
    s->index = arena_array(source->arena, source->column_count + 1, sizeof *s->index);
    buf_init(&s->hashed, 2 * (ODBC_PAGE_BYTES + ODBC_ROW_BYTES));
    buf_init(&s->before, POSITION_BYTES);
    control_init(&s->control, source->arena, source->settings);
    TRY(read_options(s));
    read_page_rows(s);
    read_question(s);
    TRY(odbc_rowset_init(&s->rowset, &s->session, yaml_text(source->connection, "charset"),
                         ODBC_ROW_BYTES));
    return take_position(s);
}
