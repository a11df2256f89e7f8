/* libFuzzer target: the JSON decoder against any bytes. Built with FUZZ_MAIN it runs the files named as arguments
 * once each, for compilers without libFuzzer. */
#include "connectors/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_page(const struct json_page *page, size_t columns)
{
    require(page->rows + page->reject_count == page->records);
    require((page->row_numbers != NULL) == (page->reject_count > 0));
    require(text_is_utf8(page->columns_seen));
    for (size_t i = 0; i < page->rows * columns; i++) {
        struct str value = page->values[i];
        require(text_is_utf8(value));
        require(value.n == 0 || memchr(value.p, '\0', value.n) == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const columns[] = {"a", "/a/b", "/a/0", "c", "d", "/c"};
    static const struct json_wants wants[] = {
        {"/rows", columns, 6, {"/code", "/total", "/data/next"}},
        {"", columns, 6, {NULL}},
    };
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        struct json_decoder *d = NULL;
        struct arena *a = arena_new((size_t)1 << 28);
        struct json_page page = {0};
        bool is_cut = false;
        require(json_decoder_new(&wants[i], &d) == RC_OK);
        if (json_decode(d, str_of((const char *)data, size), a, &page, &is_cut) == RC_OK) {
            check_page(&page, wants[i].column_count);
        }
        json_decoder_free(d);
        arena_free(a);
    }
    return 0;
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        require(f != NULL);
        LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof bytes, f));
        fclose(f);
    }
    return 0;
}
#endif
