/* Whatever the bytes: an error, or records that add up; the same in one piece and in many. */
#include "base/text.h"
#include "connectors/document.h"
#include "fuzz.h"

static const char *const columns[] = {"a", "/a/b", "c"};

static enum rc decode(const struct document_wants *wants, struct str body, size_t step, struct arena *a,
                      struct document_page *ret)
{
    struct document *d = NULL;
    bool is_cut = false;
    enum rc rc;
    size_t begin = 0, end = 0;
    must(document_open(wants, &d) == RC_OK);
    document_begin(d);
    do {
        size_t used = 0;
        end = body.n - end > step ? end + step : body.n;
        rc = document_read(d, str_sub(body, begin, end - begin), end == body.n, &used, &is_cut);
        must(used <= end - begin);
        begin += used;
    } while (rc == RC_OK && end < body.n);
    if (rc == RC_OK) {
        document_take(d, a, ret);
        must(ret->rows + ret->reject_count == ret->records);
        must(text_is_utf8(ret->columns_seen));
        for (size_t i = 0; i < ret->rows * 3; i++) {
            must(text_is_utf8(ret->values[i]));
        }
    }
    document_close(d);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct yaml kinds[] = {
        {.kind = YAML_SCALAR, .text = {"ndjson", 6}, .key = {"kind", 4}},
        {.kind = YAML_SCALAR, .text = {"csv", 3}, .key = {"kind", 4}},
        {.kind = YAML_SCALAR, .text = {"json", 4}, .key = {"kind", 4}},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct yaml format = {.kind = YAML_MAP, .first = &kinds[i], .n = 1};
        struct document_wants wants = {.format = &format, .records = "", .columns = columns, .column_count = 3,
                                       .scalars = {"/total"}};
        struct arena *a = arena_new((size_t)1 << 28);
        struct document_page whole, pieces;
        enum rc rc = decode(&wants, fuzz_input(data, size), size + 1, a, &whole);
        must(decode(&wants, fuzz_input(data, size), 5, a, &pieces) == rc);
        must(rc != RC_OK || str_eq(whole.digest, pieces.digest));
        arena_free(a);
    }
    return 0;
}
