#include "base/big.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#define CACHE_LINE ((size_t)64)
#define HUGE_PAGE ((size_t)2 << 20)

void *big_alloc(size_t n)
{
    size_t unit = n >= HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;
    size_t size = (n + unit - 1) / unit * unit;
    void *p = aligned_alloc(unit, size > 0 ? size : unit);
    if (p == NULL) {
        err_die(RC_MEMORY, tr("申请 %zu 字节失败", "could not get %zu bytes"), n);
    }
    if (unit == HUGE_PAGE) {
        (void)madvise(p, size, MADV_HUGEPAGE); /* a wish: without it all goes on, slower */
    }
    return memset(p, 0, size > 0 ? size : unit);
}
