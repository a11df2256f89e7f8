/* Templates of signatures: whatever the text, its pieces put together again are the text, and filling it in gives
 * holes' values alone where holes were. */
#include "connectors/http/parts.h"
#include "fuzz.h"

static enum rc fill(void *ctx, struct str name, struct buf *out)
{
    (void)ctx;
    must(name.n > 0 && str_find(name, '{') == name.n && str_find(name, '}') == name.n);
    return buf_putc(out, '\1');
}

/* Length of what template_cut takes, which never stands still. */
static bool is_right(struct str text, size_t *ret_literal, size_t *ret_holes)
{
    *ret_literal = *ret_holes = 0;
    for (;;) {
        size_t before = text.n;
        struct template_part part = template_cut(&text);
        if (part.kind == TEMPLATE_END || part.kind == TEMPLATE_BAD || part.kind == TEMPLATE_REFERENCE) {
            return part.kind == TEMPLATE_END;
        }
        must(text.n < before);
        *ret_literal += part.kind == TEMPLATE_TEXT ? part.text.n : 0;
        *ret_holes += part.kind == TEMPLATE_HOLE;
    }
}

static void check_time(struct str format)
{
    struct buf b;
    buf_init(&b, (size_t)1 << 20);
    if (parts_is_time_format(format) && format.n < 1000) {
        must(parts_time(format, INT64_C(1635478320000), &b) == RC_OK && b.n > 0);
    }
    buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = fuzz_input(data, size);
    struct arena *a = arena_new((size_t)64 << 20);
    struct template t = {0, NULL};
    struct buf b;
    size_t literal = 0, holes = 0;
    bool right = is_right(s, &literal, &holes);
    buf_init(&b, (size_t)16 << 20);
    if (right) {
        must(template_read(a, s, "/", &t) == RC_OK);
        must(template_fill(&t, fill, NULL, &b) == RC_OK && b.n == literal + holes);
    }
    check_time(s);
    buf_done(&b);
    arena_free(a);
    return 0;
}
