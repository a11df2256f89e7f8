#include "connectors/columns.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct str columns_join(struct arena *a, struct str *names, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        size += names[i].n + 1;
    }
    if (n > 0) {
        qsort(names, n, sizeof *names, compare);
    }
    char *out = arena_alloc(a, size + 1), *p = out;
    for (size_t i = 0; i < n; i++) {
        if (names[i].n > 0) {
            memcpy(p, names[i].p, names[i].n);
            p += names[i].n;
            *p++ = '\n';
        }
    }
    return str_of(out, p > out ? (size_t)(p - out) - 1 : 0);
}
