/* Arenas: memory by lifetime (run, stage, batch), passed explicitly, reset and not freed piece by piece.
 * Each has a byte cap. A breach or a failed malloc ends the process with RC_MEMORY and exit code 1:
 * every stage is resumable, so dying is safe; what outside input can grow is capped earlier, by its reader. */
#ifndef BIDUI_BASE_ARENA_H
#define BIDUI_BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

struct arena;

struct arena *arena_new(size_t cap_bytes);
void arena_free(struct arena *a);                    /* NULL is fine */
void arena_reset(struct arena *a);                   /* keeps the first block */
size_t arena_used(const struct arena *a);
void *arena_alloc(struct arena *a, size_t n);        /* zeroed, 16-byte aligned, never NULL */
void *arena_array(struct arena *a, size_t count, size_t size); /* overflow checked, zeroed */
struct str arena_str(struct arena *a, struct str s); /* a copy, with a NUL behind it; null stays null */
char *arena_cstr(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
