/* For tests of connectors against real servers: opens a source from YAML text, reads it to its end
 * and keeps what came. */
#ifndef BIDUI_TESTS_LIB_READING_H
#define BIDUI_TESTS_LIB_READING_H

#include <stdio.h>
#include <stdlib.h>

#include "connectors/connector.h"

#define PAGES_MAX 400

struct reading {
    const struct connector *connector;
    struct arena *arena, *page_arena;
    struct key hash_key;
    struct source source;
    void *state;
    char *pages[PAGES_MAX], *positions[PAGES_MAX];
    size_t page_n, rows;
    int64_t advertised;
    char columns_seen[512];
    struct buf all;
};

static inline struct yaml *reading_yaml(struct reading *r, const char *text)
{
    struct yaml *tree = NULL;
    assert_int_equal(yaml_parse(r->arena, "test", str_from(text), &tree), RC_OK);
    return tree;
}

static inline void reading_init(struct reading *r, const struct connector *connector,
                                const char *const *columns, size_t n)
{
    *r = (struct reading){.connector = connector, .hash_key = {.bytes = {1}, .is_set = true}};
    r->arena = arena_new((size_t)256 << 20);
    r->page_arena = arena_new((size_t)256 << 20);
    buf_init(&r->all, (size_t)64 << 20);
    r->source = (struct source){.dataset = "civil_affairs.allowance",
                                .base_dir = "/",
                                .columns = columns,
                                .column_count = n,
                                .full_snapshot = true,
                                .hash_key = &r->hash_key,
                                .page_rows = 100,
                                .arena = r->arena};
}

static inline void reading_forget(struct reading *r)
{
    for (size_t i = 0; i < r->page_n; i++) {
        free(r->pages[i]);
        free(r->positions[i]);
    }
    r->page_n = r->rows = 0;
}

static inline void reading_close(struct reading *r)
{
    if (r->state != NULL) {
        r->connector->close(r->state);
        r->state = NULL;
    }
}

static inline void reading_done(struct reading *r)
{
    reading_close(r);
    reading_forget(r);
    buf_done(&r->all);
    arena_free(r->arena);
    arena_free(r->page_arena);
}

/* "a|b\n" for each row, <null> for null, "!7\n" for a row that was refused. */
static inline void reading_keep(struct reading *r, const struct page *page)
{
    size_t columns = r->source.column_count;
    struct buf out;
    buf_init(&out, (size_t)64 << 20);
    for (size_t i = 0; i < page->rows * columns; i++) {
        struct str v = str_is_null(page->values[i]) ? STR("<null>") : page->values[i];
        assert_int_equal(buf_puts(&out, v), RC_OK);
        assert_int_equal(buf_putc(&out, (i + 1) % columns == 0 ? '\n' : '|'), RC_OK);
    }
    for (size_t i = 0; i < page->reject_count; i++) {
        assert_int_equal(buf_printf(&out, "!%lld\n", (long long)page->rejects[i].row), RC_OK);
    }
    assert_int_equal(buf_putc(&out, '\0'), RC_OK);
    assert_true(r->page_n < PAGES_MAX);
    r->pages[r->page_n] = strdup(out.p);
    r->positions[r->page_n++] =
        strndup(page->position.p != NULL ? page->position.p : "", page->position.n);
    r->rows += page->rows;
    r->advertised = page->advertised;
    snprintf(r->columns_seen, sizeof r->columns_seen, "%.*s", STR_ARGS(page->columns_seen));
    buf_done(&out);
}

static inline void reading_open(struct reading *r, const char *settings)
{
    reading_close(r);
    r->source.settings = reading_yaml(r, settings);
    assert_int_equal(r->connector->open(&r->source, &r->state), RC_OK);
}

static inline enum answer reading_one(struct reading *r)
{
    int64_t after = 0;
    arena_reset(r->page_arena);
    struct page page = {.arena = r->page_arena};
    enum answer answer = r->connector->read(r->state, &page, &after);
    if (answer == CONN_PAGE) {
        reading_keep(r, &page);
    } else if (answer != CONN_END && getenv("VERBOSE") != NULL) {
        err_print("reading");
    }
    return answer;
}

static inline enum answer reading_rest(struct reading *r)
{
    enum answer answer = CONN_PAGE;
    while (answer == CONN_PAGE) {
        answer = reading_one(r);
    }
    return answer;
}

static inline enum answer reading_pull(struct reading *r, const char *settings)
{
    reading_forget(r);
    reading_open(r, settings);
    return reading_rest(r);
}

/* Lives until the next call. */
static inline const char *reading_all(struct reading *r, size_t from)
{
    buf_reset(&r->all);
    for (size_t i = from; i < r->page_n; i++) {
        assert_int_equal(buf_puts(&r->all, str_from(r->pages[i])), RC_OK);
    }
    assert_int_equal(buf_putc(&r->all, '\0'), RC_OK);
    return r->all.p;
}

#endif
