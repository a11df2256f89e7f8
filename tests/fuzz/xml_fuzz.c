/* Whatever the bytes: an error, or records that add up and text that is text; the same in one piece and in many. */
#include "base/text.h"
#include "connectors/document.h"
#include "fuzz.h"

static const char *const columns[] = {"a", "/a/b", "@n", "/c/@m", "c"};

static void check_page(const struct document_page *page)
{
    must(page->rows + page->reject_count == page->records);
    must(text_is_utf8(page->columns_seen));
    for (size_t i = 0; i < page->rows * 5; i++) {
        must(text_is_utf8(page->values[i]));
    }
}

static enum rc decode(const struct document_wants *wants, struct str body, size_t step, struct arena *a,
                      struct document_page *ret)
{
    struct document *d = NULL;
    bool is_cut = false;
    enum rc rc = RC_OK;
    must(document_open(wants, &d) == RC_OK);
    document_begin(d);
    for (size_t at = 0; rc == RC_OK && at <= body.n; at += step) {
        size_t used = 0;
        struct str window = str_sub(body, at, step);
        rc = document_read(d, window, at + step > body.n, &used, &is_cut);
        must(rc != RC_OK || used == window.n);
    }
    if (rc == RC_OK) {
        document_take(d, a, ret);
        check_page(ret);
    }
    document_close(d);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct document_wants wants = {.records = "/x/r", .columns = columns, .column_count = 5,
                                                .scalars = {"/x/code", "/x/@total", "/x/y/next"}};
    static struct yaml kind = {.kind = YAML_SCALAR, .text = {"xml", 3}, .key = {"kind", 4}};
    static struct yaml format = {.kind = YAML_MAP, .first = &kind, .n = 1};
    struct document_wants xml = wants;
    xml.format = &format;
    struct arena *a = arena_new((size_t)1 << 28);
    struct document_page whole, pieces;
    enum rc rc = decode(&xml, fuzz_input(data, size), size + 1, a, &whole);
    must(decode(&xml, fuzz_input(data, size), 7, a, &pieces) == rc);
    must(rc != RC_OK || str_eq(whole.digest, pieces.digest));
    arena_free(a);
    return 0;
}
