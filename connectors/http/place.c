/* A place as text: "E", or words, three numbers (rows, pages, number), then '-' for no cursor or ':' and the cursor.
 * The words, each only where it applies: u and the Unix time the reading began; s and the slice's first day, a slash,
 * and the day behind the last slice; j and the export's job. */
#include "connectors/http/message.h"
#include "connectors/http/paging.h"

#define MAX_POSITION ((size_t)64 << 10)

static enum rc put_words(struct buf *b, const struct place *p)
{
    char first[DATE_TEXT], last[DATE_TEXT];
    if (p->until_ms != 0) {
        TRY(buf_printf(b, "u%lld ", (long long)p->until_ms));
    }
    if (p->slice != DATE_NONE) {
        date_format(p->slice, first);
        date_format(p->slice_end, last);
        TRY(buf_printf(b, "s%s/%s ", first, last));
    }
    if (!str_is_null(p->job)) {
        TRY(buf_putc(b, 'j'));
        TRY(http_escape(b, p->job));
        TRY(buf_putc(b, ' '));
    }
    return RC_OK;
}

static enum rc put_place(struct buf *b, const struct place *p)
{
    TRY(put_words(b, p));
    TRY(buf_printf(b, "%lld %lld %lld ", (long long)p->rows, (long long)p->pages,
                   (long long)p->number));
    TRY(buf_putc(b, str_is_null(p->cursor) ? '-' : ':'));
    return buf_puts(b, p->cursor);
}

struct str place_format(struct arena *a, const struct place *place)
{
    if (place->is_end) {
        return STR("E");
    }
    struct buf b;
    buf_init(&b, MAX_POSITION);
    /* a place too long to be kept is none: the source is read from its beginning */
    struct str text = put_place(&b, place) == RC_OK ? arena_str(a, buf_str(&b)) : STR("");
    buf_done(&b);
    return text;
}

static bool cut_number(struct str *text, int64_t *ret)
{
    return str_to_i64(str_cut(text, ' '), ret) && *ret >= 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_job(struct arena *a, struct str word, struct str *ret)
{
    char *text = arena_alloc(a, word.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (c == '%') {
            int high = i + 2 < word.n ? hex_digit(word.p[i + 1]) : -1;
            int low = i + 2 < word.n ? hex_digit(word.p[i + 2]) : -1;
            if (i + 2 >= word.n || high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        text[n++] = c;
    }
    *ret = str_of(text, n);
    return n > 0;
}

static bool read_slice(struct str word, struct place *place)
{
    struct str first = str_cut(&word, '/');
    return date_parse_iso(first, &place->slice) && date_parse_iso(word, &place->slice_end) &&
           place->slice < place->slice_end;
}

static bool read_word(struct arena *a, struct str word, struct place *place)
{
    struct str value = str_sub(word, 1, word.n);
    switch (word.p[0]) {
    case 'u':
        return str_to_i64(value, &place->until_ms) && place->until_ms > 0;
    case 's':
        return read_slice(value, place);
    case 'j':
        return read_job(a, value, &place->job);
    default:
        return false;
    }
}

enum rc place_parse(struct arena *a, struct str text, struct place *ret)
{
    struct place place = {.slice = DATE_NONE, .slice_end = DATE_NONE};
    if (str_is(text, "E")) {
        place.is_end = true;
        *ret = place;
        return RC_OK;
    }
    bool ok = true;
    while (ok && text.n > 0 && text.p[0] >= 'a' && text.p[0] <= 'z') {
        ok = read_word(a, str_cut(&text, ' '), &place);
    }
    ok = ok && cut_number(&text, &place.rows) && cut_number(&text, &place.pages) &&
         cut_number(&text, &place.number) && text.n > 0 &&
         (text.p[0] == ':' || str_is(text, "-"));
    if (!ok) {
        return err_fail(RC_STATE, "%s", tr("无法识别的续读位置", "a position that cannot be read"));
    }
    place.cursor = text.p[0] == ':' ? str_sub(text, 1, text.n) : STR_NULL;
    *ret = place;
    return RC_OK;
}
