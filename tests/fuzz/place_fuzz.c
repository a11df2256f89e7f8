/* A position that can be read is written again as it was read. */
#include "connectors/http/paging.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)1 << 24);
    struct place first, second;
    if (size < 60000 && place_parse(a, fuzz_input(data, size), &first) == RC_OK && first.job.n < 10000) {
        struct str text = place_format(a, &first);
        must(place_parse(a, text, &second) == RC_OK);
        must(first.rows == second.rows && first.pages == second.pages && first.number == second.number);
        must(first.is_end == second.is_end && first.until_ms == second.until_ms);
        must(first.slice == second.slice && first.slice_end == second.slice_end);
        must(str_eq(first.job, second.job) && str_eq(first.cursor, second.cursor));
        must(str_is_null(first.cursor) == str_is_null(second.cursor));
        must(str_eq(text, place_format(a, &second)));
    }
    arena_free(a);
    return 0;
}
