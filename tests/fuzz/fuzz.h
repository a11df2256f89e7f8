/* What the fuzz targets share. A broken promise aborts, so that the fuzzer keeps the input. */
#ifndef BIDUI_TESTS_FUZZ_H
#define BIDUI_TESTS_FUZZ_H

#include <stdlib.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool is_kept)
{
    if (!is_kept) {
        abort();
    }
}

static inline struct str fuzz_input(const uint8_t *data, size_t size)
{
    return str_of((const char *)data, size);
}

#endif
