/* struct buf: a growable byte buffer with a mandatory maximum. Growing past it is RC_LIMIT. */
#ifndef BIDUI_BASE_BUF_H
#define BIDUI_BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, max;
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_reset(struct buf *b);                       /* keeps the memory */
enum rc buf_reserve(struct buf *b, size_t extra) MUST_CHECK;
enum rc buf_put(struct buf *b, const void *p, size_t n) MUST_CHECK;
enum rc buf_puts(struct buf *b, struct str s) MUST_CHECK;
enum rc buf_putc(struct buf *b, char c) MUST_CHECK;
enum rc buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
/* A JSON string with its quotes, escaped; null str gives null. */
enum rc buf_put_json(struct buf *b, struct str s) MUST_CHECK;
static inline struct str buf_str(const struct buf *b) { return (struct str){b->p ? b->p : "", b->n}; }

#endif
