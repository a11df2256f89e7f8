/* What is JSON for yajl is JSON here, and nothing else; the same values, numbers and texts digit for digit. They may
 * differ over bytes that are no UTF-8, which yajl judges by a rule of its own, and form feeds, which it calls blanks. */
#include <yajl/yajl_parse.h>

#include "base/text.h"
#include "connectors/document.h"
#include "fuzz.h"

#define MOST 4096

/* The texts of member "a" of the records of a top-level array, as yajl tells them. */
struct theirs {
    size_t depth, n;
    bool is_a, is_deep;
    struct str values[MOST];
    struct arena *arena;
};

static int put(struct theirs *t, struct str value)
{
    if (t->depth == 2 && t->is_a && t->n > 0 && t->n <= MOST) {
        t->values[t->n - 1] = arena_str(t->arena, value);
    }
    return 1;
}

static int on_null(void *ctx)
{
    return put(ctx, STR_NULL);
}

static int on_boolean(void *ctx, int value)
{
    return put(ctx, value != 0 ? STR("true") : STR("false"));
}

static int on_text(void *ctx, const unsigned char *p, size_t n)
{
    return put(ctx, str_of((const char *)p, n));
}

static int on_number(void *ctx, const char *p, size_t n)
{
    return put(ctx, str_of(p, n));
}

static int on_key(void *ctx, const unsigned char *p, size_t n)
{
    struct theirs *t = ctx;
    if (t->depth == 2) {
        t->is_a = n == 1 && p[0] == 'a';
    }
    return 1;
}

static int on_map(void *ctx)
{
    struct theirs *t = ctx;
    t->depth++;
    if (t->depth == 2 && t->n < MOST) {
        t->values[t->n++] = STR_NULL;
        t->is_a = false;
    }
    t->is_deep = t->is_deep || t->depth > CAPS_DEPTH;
    return 1;
}

static int on_array(void *ctx)
{
    struct theirs *t = ctx;
    t->depth++;
    t->is_deep = t->is_deep || t->depth == 2 || t->depth > CAPS_DEPTH; /* no record */
    return 1;
}

static int on_end(void *ctx)
{
    struct theirs *t = ctx;
    t->depth--;
    return 1;
}

static bool read_theirs(struct theirs *t, struct str body)
{
    static const yajl_callbacks callbacks = {on_null, on_boolean, NULL, NULL, on_number, on_text,
                                             on_map, on_key, on_end, on_array, on_end};
    yajl_handle h = yajl_alloc(&callbacks, NULL, t);
    yajl_config(h, yajl_dont_validate_strings, 1);
    bool ok = yajl_parse(h, (const unsigned char *)body.p, body.n) == yajl_status_ok &&
              yajl_complete_parse(h) == yajl_status_ok;
    yajl_free(h);
    return ok;
}

/* yajl lets half a token stand behind the document; a quote more ends it, and then it is one too many. */
static bool is_whole(struct theirs *t, struct str body)
{
    static struct theirs ignored;
    ignored = (struct theirs){.arena = t->arena};
    char *more = arena_printf(t->arena, "%.*s\"", STR_ARGS(body));
    return read_theirs(&ignored, str_of(more, body.n + 1)) && read_theirs(t, body);
}

/* An object or array as a value is told otherwise here, and half a surrogate pair is refused. */
static void compare(const struct theirs *t, const struct document_page *page)
{
    if (page->reject_count > 0 || t->n != page->rows) {
        return;
    }
    for (size_t i = 0; i < page->rows; i++) {
        struct str value = page->values[i];
        bool is_container = value.n > 0 && (value.p[0] == '{' || value.p[0] == '[');
        must(is_container || (str_is_null(value) == str_is_null(t->values[i]) && str_eq(value, t->values[i])));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const column = "a";
    static struct theirs theirs;
    struct document_wants wants = {.records = "", .columns = &column, .column_count = 1};
    struct str body = fuzz_input(data, size);
    struct document *d = NULL;
    struct document_page page = {0};
    bool is_cut = false;
    struct arena *a = arena_new((size_t)1 << 28);
    bool has_feed = memchr(data, '\f', size) != NULL || memchr(data, '\v', size) != NULL || memchr(data, 0, size) != NULL;
    if (has_feed || str_starts(body, STR("\xEF\xBB\xBF")) || !text_is_utf8(body)) {
        arena_free(a);
        return 0;
    }
    theirs = (struct theirs){.arena = a};
    bool is_theirs = is_whole(&theirs, body);
    must(document_open(&wants, &d) == RC_OK);
    enum rc rc = document_decode(d, body, a, &page, &is_cut);
    must(rc == RC_LIMIT || (rc == RC_OK) == is_theirs);
    if (rc == RC_OK && !theirs.is_deep) {
        compare(&theirs, &page);
    }
    document_close(d);
    arena_free(a);
    return 0;
}
