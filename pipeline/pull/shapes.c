#include "pipeline/pull/shapes.h"

#include "base/buf.h"
#include "base/text.h"

#define TEXT_MAX ((size_t)4 << 20)

struct shapes {
    const char *const *columns;
    struct shape *list;
    size_t n;
    uint64_t seed; /* of the code key: places and registers say nothing to whoever lacks it */
    uint32_t rows;
};

struct shapes *shapes_new(struct arena *a, const char *const *columns, size_t n, const struct key *code_key)
{
    unsigned char secret[PAGE_HASH];
    struct shapes *s = arena_array(a, 1, sizeof *s);
    *s = (struct shapes){.columns = columns, .list = arena_array(a, n, sizeof *s->list), .n = n};
    crypto_hash(code_key, STR("shape secret"), secret);
    memcpy(&s->seed, secret, sizeof s->seed);
    shapes_clear(s);
    return s;
}

bool shapes_is_full(const struct shapes *s) { return s->rows >= SHAPES_ROWS; }

void shapes_clear(struct shapes *s)
{
    s->rows = 0;
    for (size_t i = 0; i < s->n; i++) {
        s->list[i] = (struct shape){0};
    }
}

void shapes_add(struct shapes *s, struct arena *scratch, const struct str *row)
{
    if (shapes_is_full(s)) {
        return;
    }
    s->rows++;
    for (size_t i = 0; i < s->n; i++) {
        shape_add(&s->list[i], s->seed, text_fold(scratch, row[i]));
    }
}

static size_t place_of(const struct shapes *s, struct str column)
{
    size_t i = 0;
    while (i < s->n && !str_is(column, s->columns[i])) {
        i++;
    }
    return i;
}

const struct shape *shapes_find(const struct shapes *s, struct str column)
{
    size_t at = place_of(s, column);
    return at < s->n ? &s->list[at] : NULL;
}

void shapes_complete(struct shapes *s, const struct shapes *before, uint32_t least)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct shape *was = shapes_find(before, str_from(s->columns[i]));
        if (s->list[i].filled < least && was != NULL && was->filled > 0) {
            s->list[i] = *was;
        }
    }
}

/* ---- As text: "NAME\tSHAPE\n" ... ---- */

struct str shapes_text(const struct shapes *s, bool is_final, struct arena *a)
{
    struct buf b;
    enum rc rc = RC_OK;
    buf_init(&b, TEXT_MAX);
    for (size_t i = 0; rc == RC_OK && i < s->n; i++) {
        if (!is_final || s->list[i].filled >= SHAPE_LEAST) {
            rc = buf_printf(&b, "%s\t%s\n", s->columns[i], shape_text(&s->list[i], a));
        }
    }
    if (rc != RC_OK) {
        err_die(rc, "shapes");
    }
    struct str text = arena_str(a, buf_str(&b));
    buf_done(&b);
    return text;
}

void shapes_read(struct shapes *s, struct str text)
{
    shapes_clear(s);
    while (text.n > 0) {
        struct str line = str_cut(&text, '\n'), column = str_cut(&line, '\t');
        size_t at = place_of(s, column);
        if (at < s->n && !shape_read(&s->list[at], line)) {
            s->list[at] = (struct shape){0};
        }
        uint32_t rows = at < s->n ? s->list[at].blank + s->list[at].filled : 0;
        s->rows = rows > s->rows ? rows : s->rows;
    }
}
