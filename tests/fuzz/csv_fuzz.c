/* However the stream is sliced, the records are the same. */
#include "base/csv.h"
#include "fuzz.h"

static void add_record(struct buf *out, const struct csv_record *r)
{
    must(r->n > 0);
    must(buf_printf(out, "%lld %d", (long long)r->line, r->bad_quotes) == RC_OK);
    for (size_t i = 0; i < r->n; i++) {
        must(buf_printf(out, "[%zu]", r->fields[i].n) == RC_OK);
        must(buf_puts(out, r->fields[i]) == RC_OK);
    }
}

static enum rc add_chunk(struct csv *c, struct str chunk, bool last, struct buf *out)
{
    struct csv_record r;
    bool have = true;
    csv_feed(c, chunk, last);
    while (have) {
        TRY(csv_next(c, &r, &have));
        if (have) {
            add_record(out, &r);
        }
    }
    return RC_OK;
}

static enum rc add_all(struct csv_dialect dialect, struct str text, size_t slice, struct buf *out)
{
    struct csv *c = csv_new(dialect);
    enum rc rc = RC_OK;
    for (size_t at = 0; rc == RC_OK && at < text.n; at += slice) {
        rc = add_chunk(c, str_sub(text, at, slice), text.n - at <= slice, out);
    }
    csv_free(c);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct csv_dialect dialect = {",;\t|"[data[0] & 3], "\"\"'\0"[data[0] >> 2 & 3]};
    struct str text = fuzz_input(data + 2, size - 2);
    struct buf whole, sliced;
    buf_init(&whole, (size_t)64 << 20);
    buf_init(&sliced, (size_t)64 << 20);
    must(add_all(dialect, text, text.n + 1, &whole) ==
         add_all(dialect, text, 1u + data[1], &sliced));
    must(str_eq(buf_str(&whole), buf_str(&sliced)));
    buf_done(&whole);
    buf_done(&sliced);
    return 0;
}
