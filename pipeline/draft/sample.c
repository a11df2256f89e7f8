/* Asking a connector for one page, with settings made for the occasion. */
#include "pipeline/draft/draft.h"

#include <strings.h>

static enum rc read_page(const struct draft_ask *ask, const struct source *source, struct page *ret)
{
    void *state = NULL;
    int64_t after_ms = 0;
    TRY(ask->connector->open(source, &state));
    enum answer answer = ask->connector->read(state, ret, &after_ms);
    enum rc rc = RC_OK;
    if (answer == CONN_RETRY || answer == CONN_STOP) {
        rc = err_last();
    } else if (answer != CONN_PAGE) {
        ret->rows = 0;
    }
    /* what a page tells of its source may live no longer than the source */
    ret->columns_seen = arena_str(source->arena, ret->columns_seen);
    ret->format = arena_str(source->arena, ret->format);
    ask->connector->close(state);
    return rc;
}

enum rc draft_read(struct draft *d, const struct draft_ask *ask, struct page *ret)
{
    static const struct key no_secret = {.is_set = true}; /* nothing that is hashed here is kept */
    struct yaml *connection = NULL, *settings = NULL;
    TRY(yaml_parse(d->arena, "connection", str_from(ask->connection), &connection));
    TRY(yaml_parse(d->arena, "settings", str_from(ask->settings), &settings));
    struct source source = {
        .dataset = arena_printf(d->arena, "%s.%s", d->department, d->dataset),
        .connection = connection,
        .settings = settings,
        .base_dir = ".",
        .columns = ask->columns,
        .column_count = ask->column_count,
        .full_snapshot = true,
        .hash_key = &no_secret,
        .seal_key = &no_secret,
        .page_rows = DRAFT_ROWS,
        .since = STR(""),
        .position = STR(""),
        .files = &ask->file,
        .file_count = ask->file != NULL ? 1 : 0,
        .arena = d->arena,
    };
    *ret = (struct page){.arena = d->arena, .advertised = -1};
    return read_page(ask, &source, ret);
}

void draft_take(struct draft *d, const char *const *columns, size_t n, const struct page *page)
{
    d->columns = arena_array(d->arena, n + 1, sizeof *d->columns);
    for (size_t i = 0; i < n; i++) {
        d->columns[i].name = str_from(columns[i]);
        d->columns[i].database_type = STR("");
    }
    d->column_count = n;
    d->values = page->values;
    d->rows = page->rows < DRAFT_ROWS ? page->rows : DRAFT_ROWS;
}

static const char *quote(struct arena *a, struct str text, bool keeps_lines)
{
    char *out = arena_alloc(a, 2 * text.n + 3), *at = out;
    *at++ = '"';
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_line = keeps_lines && c == '\n';
        if (c == '"' || c == '\\' || is_line) {
            *at++ = '\\';
        }
        *at++ = is_line ? 'n' : (unsigned char)c < ' ' ? ' ' : c;
    }
    *at = '"';
    return out;
}

const char *draft_quoted(struct arena *a, struct str text)
{
    return quote(a, text, false);
}

const char *draft_quoted_lines(struct arena *a, struct str text)
{
    return quote(a, text, true);
}

const char *draft_variable(const struct draft *d, const char *what)
{
    char *name = arena_printf(d->arena, "%s_%s", d->department, what);
    for (char *c = name; *c != '\0'; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool is_digit = *c >= '0' && *c <= '9';
        *c = is_letter ? (char)(*c & ~0x20) : is_digit ? *c : '_';
    }
    return name;
}

bool draft_is_one_of(const char *const *words, const char *word)
{
    for (; *words != NULL; words++) {
        if (strcasecmp(*words, word) == 0) {
            return true;
        }
    }
    return false;
}
