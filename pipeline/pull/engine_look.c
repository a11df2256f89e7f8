/* A look at columns that no configuration reads: a missing one may be there under another name. Their values are counted
 * in memory, page by page, and dropped; nothing of them is stored, logged or told but which name it is. */
#include "base/log.h"
#include "pipeline/pull/engine_parts.h"

#define LOOK_PAGES 8
#define LOOK_SCRATCH ((size_t)8 << 10)

/* The columns that are read anyway come first: by them a file's header is found. */
static const char **asked_columns(const struct engine *e, const char *const *columns, size_t n)
{
    const struct dataset *d = e->job->dataset;
    const char **all = arena_array(e->job->arena, d->column_count + n, sizeof *all);
    for (size_t i = 0; i < d->column_count; i++) {
        all[i] = d->columns[i];
    }
    for (size_t i = 0; i < n; i++) {
        all[d->column_count + i] = columns[i];
    }
    return all;
}

static void count_page(struct engine *e, size_t width, size_t first, struct shapes *s)
{
    for (size_t i = 0; i < e->page.rows; i++) {
        if (arena_used(e->rows.scratch) > LOOK_SCRATCH) {
            arena_reset(e->rows.scratch);
        }
        shapes_add(s, e->rows.scratch, e->page.values + i * width + first);
    }
}

static bool count_pages(struct engine *e, size_t width, size_t first, struct shapes *s)
{
    const struct connector *c = e->job->dataset->department->connector;
    enum answer answer = CONN_PAGE;
    int64_t after_ms = 0;
    for (int pages = 0; answer == CONN_PAGE && pages < LOOK_PAGES && !shapes_is_full(s); pages++) {
        arena_reset(e->page.arena);
        e->page = (struct page){.arena = e->page.arena, .advertised = -1, .exported_on = DATE_NONE};
        answer = c->read(e->state, &e->page, &after_ms);
        if (answer == CONN_PAGE) {
            count_page(e, width, first, s);
        }
    }
    return answer == CONN_PAGE || answer == CONN_END;
}

static bool may_look(const struct engine *e)
{
    const struct dataset *d = e->job->dataset;
    const struct connector *c = d->department->connector;
    return !d->is_lookup && (c->is_dear == NULL || !c->is_dear(d->node)); /* a question discloses */
}

const struct shapes *engine_look_at(struct engine *e, const char *const *columns, size_t n)
{
    const struct connector *c = e->job->dataset->department->connector;
    size_t first = e->job->dataset->column_count;
    if (!may_look(e)) {
        return NULL;
    }
    struct shapes *s = shapes_new(e->job->arena, columns, n, &e->job->config->code_key);
    engine_close_source(e);
    e->has_looked = true;
    struct source source = e->source;
    source.columns = asked_columns(e, columns, n);
    source.column_count = first + n;
    source.position = source.validators = STR("");
    bool told = c->open(&source, &e->state) == RC_OK && count_pages(e, first + n, first, s);
    if (!told) {
        log_event(LOG_WARN, "new columns not looked at", LOG_S("dataset", e->job->dataset->id),
                  LOG_S("error", err_symbol(err_last())));
        err_clear();
    }
    if (e->state != NULL) {
        c->close(e->state);
        e->state = NULL;
    }
    return told ? s : NULL;
}
