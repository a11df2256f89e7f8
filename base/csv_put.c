#include "base/csv.h"

struct str csv_safe(struct arena *a, struct str s)
{
    if (s.n == 0 || memchr("=+-@\t\r", s.p[0], 6) == NULL) {
        return s;
    }
    return str_from(arena_printf(a, "'%.*s", STR_ARGS(s)));
}

static enum rc put_quoted(struct buf *out, struct str s)
{
    TRY(buf_putc(out, '"'));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') {
            TRY(buf_putc(out, '"'));
        }
        TRY(buf_putc(out, s.p[i]));
    }
    return buf_putc(out, '"');
}

enum rc csv_put_row(struct arena *a, struct buf *out, const struct str *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str cell = csv_safe(a, cells[i]);
        bool plain = true;
        for (size_t k = 0; k < cell.n && plain; k++) {
            plain = strchr("\",\r\n", cell.p[k]) == NULL;
        }
        TRY(i > 0 ? buf_putc(out, ',') : RC_OK);
        TRY(plain ? buf_puts(out, cell) : put_quoted(out, cell));
    }
    return buf_puts(out, STR("\r\n"));
}
