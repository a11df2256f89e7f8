#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

#define FIRST_CAP ((size_t)256)

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){NULL, 0, 0, max};
}

void buf_done(struct buf *b)
{
    free(b->p);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
    b->n = 0;
}

/* One byte more than cap is kept, for the NUL of vsnprintf. */
static enum rc grow(struct buf *b, size_t need)
{
    size_t cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
    while (cap < need) {
        cap = cap > b->max / 2 ? b->max : cap * 2;
    }
    char *p = realloc(b->p, cap + 1);
    if (p == NULL) {
        return err_fail(RC_MEMORY, tr("申请 %zu 字节失败", "could not get %zu bytes"), cap);
    }
    b->p = p;
    b->cap = cap;
    return RC_OK;
}

enum rc buf_reserve(struct buf *b, size_t extra)
{
    if (b->n > b->max || extra > b->max - b->n) {
        return err_fail(RC_LIMIT, tr("超过 %zu 字节", "more than %zu bytes"), b->max);
    }
    if (b->p != NULL && extra <= b->cap - b->n) {
        return RC_OK;
    }
    return grow(b, b->n + extra);
}

enum rc buf_put(struct buf *b, const void *p, size_t n)
{
    TRY(buf_reserve(b, n));
    if (n > 0) {
        memcpy(b->p + b->n, p, n);
        b->n += n;
    }
    return RC_OK;
}

enum rc buf_puts(struct buf *b, struct str s)
{
    return buf_put(b, s.p, s.n);
}

enum rc buf_putc(struct buf *b, char c)
{
    return buf_put(b, &c, 1);
}

static enum rc put_formatted(struct buf *b, size_t n, const char *fmt, va_list ap)
    PRINTF_LIKE(3, 0);

static enum rc put_formatted(struct buf *b, size_t n, const char *fmt, va_list ap)
{
    TRY(buf_reserve(b, n));
    vsnprintf(b->p + b->n, n + 1, fmt, ap);
    b->n += n;
    return RC_OK;
}

enum rc buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    enum rc rc =
        n < 0 ? err_fail(RC_BUG, "vsnprintf: %s", fmt) : put_formatted(b, (size_t)n, fmt, again);
    va_end(again);
    return rc;
}

static enum rc put_json_escape(struct buf *b, char c)
{
    static const char from[] = "\"\\\n\r\t\b\f";
    static const char to[] = "\"\\nrtbf";
    const char *at = strchr(from, c);
    if (at != NULL && c != '\0') {
        char pair[2] = {'\\', to[at - from]};
        return buf_put(b, pair, sizeof pair);
    }
    return buf_printf(b, "\\u%04x", (unsigned)(unsigned char)c);
}

/* Bytes of `s` that stand in JSON as they are. */
static size_t plain_run(struct str s)
{
    size_t n = 0;
    while (n < s.n && (unsigned char)s.p[n] >= ' ' && (unsigned char)s.p[n] < 0x7f &&
           s.p[n] != '"' && s.p[n] != '\\') {
        n++;
    }
    return n;
}

/* Messages of other programs may not be UTF-8; what we print as JSON always is, so stray bytes
 * become U+FFFD. */
static enum rc put_json_character(struct buf *b, struct str *s)
{
    size_t n = utf8_length(*s);
    struct str character = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    if ((unsigned char)character.p[0] < 0x80) {
        return put_json_escape(b, character.p[0]);
    }
    return buf_puts(b, n == 1 ? STR("\xEF\xBF\xBD") : character);
}

enum rc buf_put_json(struct buf *b, struct str s)
{
    if (str_is_null(s)) {
        return buf_puts(b, STR("null"));
    }
    TRY(buf_putc(b, '"'));
    while (s.n > 0) {
        size_t n = plain_run(s);
        TRY(buf_put(b, s.p, n));
        s = str_sub(s, n, s.n);
        if (s.n > 0) {
            TRY(put_json_character(b, &s));
        }
    }
    return buf_putc(b, '"');
}
