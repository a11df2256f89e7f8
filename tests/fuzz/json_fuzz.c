/* Whatever the bytes: an error, or records that add up and text that is text. */
#include "base/text.h"
#include "connectors/document.h"
#include "fuzz.h"

static void check_page(const struct document_page *page, size_t columns)
{
    must(page->rows + page->reject_count == page->records);
    must((page->row_numbers != NULL) == (page->reject_count > 0));
    must(text_is_utf8(page->columns_seen));
    for (size_t i = 0; i < page->rows * columns; i++) {
        struct str value = page->values[i];
        must(text_is_utf8(value));
        must(value.n == 0 || memchr(value.p, '\0', value.n) == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const columns[] = {"a", "/a/b", "/a/0", "c", "d", "/c"};
    static const struct document_wants wants[] = {
        {.records = "/rows", .columns = columns, .column_count = 6, .scalars = {"/code", "/total", "/data/next"}},
        {.records = "", .columns = columns, .column_count = 6},
    };
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        struct document *d = NULL;
        struct arena *a = arena_new((size_t)1 << 28);
        struct document_page page = {0};
        bool is_cut = false;
        must(document_open(&wants[i], &d) == RC_OK);
        if (document_decode(d, fuzz_input(data, size), a, &page, &is_cut) == RC_OK) {
            check_page(&page, wants[i].column_count);
        }
        document_close(d);
        arena_free(a);
    }
    return 0;
}
