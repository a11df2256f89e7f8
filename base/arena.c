#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define ALIGNMENT ((size_t)16)
#define FIRST_BLOCK ((size_t)16 << 10)
#define LARGEST_BLOCK ((size_t)4 << 20)

struct block {
    struct block *next; /* the older one */
    size_t used, size;
    alignas(16) char data[];
};

struct arena {
    struct block *top; /* allocations come from here */
    size_t used, cap;
    size_t next_size;
};

static struct block *block_new(size_t size)
{
    struct block *b = malloc(sizeof *b + size);
    if (b == NULL) {
        err_die(RC_MEMORY, tr("申请 %zu 字节失败", "could not get %zu bytes"), size);
    }
    b->next = NULL;
    b->used = 0;
    b->size = size;
    POISON(b->data, size);
    return b;
}

static void block_free(struct block *b)
{
    UNPOISON(b->data, b->size);
    free(b);
}

static size_t rounded(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

struct arena *arena_new(size_t cap_bytes)
{
    struct arena *a = malloc(sizeof *a);
    if (a == NULL) {
        err_die(RC_MEMORY, tr("申请 %zu 字节失败", "could not get %zu bytes"), sizeof *a);
    }
    size_t first = rounded(cap_bytes < FIRST_BLOCK ? cap_bytes : FIRST_BLOCK);
    *a = (struct arena){block_new(first), 0, cap_bytes, 2 * FIRST_BLOCK};
    return a;
}

static void drop_blocks_above_first(struct arena *a)
{
    while (a->top->next != NULL) {
        struct block *older = a->top->next;
        block_free(a->top);
        a->top = older;
    }
}

void arena_free(struct arena *a)
{
    if (a == NULL) {
        return;
    }
    drop_blocks_above_first(a);
    block_free(a->top);
    free(a);
}

void arena_reset(struct arena *a)
{
    drop_blocks_above_first(a);
    a->top->used = 0;
    POISON(a->top->data, a->top->size);
    a->used = 0;
    a->next_size = 2 * FIRST_BLOCK;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

/* Blocks double, so that many small pieces cost few mallocs, up to a size whose unused tail hurts
 * nobody. */
static void grow(struct arena *a, size_t need)
{
    struct block *b = block_new(need > a->next_size ? need : a->next_size);
    b->next = a->top;
    a->top = b;
    if (a->next_size < LARGEST_BLOCK) {
        a->next_size *= 2;
    }
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t need = n == 0 ? ALIGNMENT : rounded(n);
    if (need < n || a->used > a->cap || n > a->cap - a->used) {
        err_die(RC_MEMORY,
                tr("内存区上限 %zu 字节,还要 %zu", "arena cap is %zu bytes, %zu more wanted"),
                a->cap, n);
    }
    if (need > a->top->size - a->top->used) {
        grow(a, need);
    }
    char *p = a->top->data + a->top->used;
    a->top->used += need;
    a->used += need;
    UNPOISON(p, n); /* not the padding: one byte too far is caught */
    return memset(p, 0, n);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n = 0;
    if (__builtin_mul_overflow(count, size, &n)) {
        err_die(RC_MEMORY, tr("数组 %zu × %zu 字节过大", "array of %zu × %zu bytes is too large"),
                count, size);
    }
    return arena_alloc(a, n);
}

struct str arena_str(struct arena *a, struct str s)
{
    return str_is_null(s) ? s : str_of(arena_cstr(a, s), s.n);
}

char *arena_cstr(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.n + 1);
    if (s.n > 0) {
        memcpy(copy, s.p, s.n);
    }
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    size_t size = n < 0 ? 1 : (size_t)n + 1;
    char *text = arena_alloc(a, size);
    if (n > 0) {
        vsnprintf(text, size, fmt, again);
    }
    va_end(again);
    return text;
}
