#include "connectors/http/holes.h"

#include "connectors/http/message.h"

static const char *const names[HOLES] = {"{page}",  "{size}", "{offset}", "{cursor}", "{since}",
                                         "{until}", "{from}", "{to}",     "{job}",
                                         "{id_number}", "{name}", "{consent_no}", "{consent_date}", "{persons}"};

/* The hole at the front of the text, or HOLES. */
static size_t hole_at(struct str text)
{
    size_t i = 0;
    while (i < HOLES && !str_starts(text, str_from(names[i]))) {
        i++;
    }
    return i;
}

bool holes_has(struct str text, enum hole hole)
{
    return text.n > 0 && memmem(text.p, text.n, names[hole], strlen(names[hole])) != NULL;
}

bool holes_lacks(const struct holes *h, struct str text)
{
    for (size_t i = 0; i < HOLES; i++) {
        if (str_is_empty(h->texts[i]) && holes_has(text, (enum hole)i)) {
            return true;
        }
    }
    return false;
}

static enum rc put_json(struct str value, struct buf *out)
{
    size_t start = out->n;
    TRY(buf_put_json(out, value));
    memmove(out->p + start, out->p + start + 1, out->n - start - 2); /* without its quotes */
    out->n -= 2;
    return RC_OK;
}

static enum rc put_xml(struct str value, struct buf *out)
{
    for (size_t i = 0; i < value.n; i++) {
        switch (value.p[i]) {
        case '&':
            TRY(buf_puts(out, STR("&amp;")));
            break;
        case '<':
            TRY(buf_puts(out, STR("&lt;")));
            break;
        case '"':
            TRY(buf_puts(out, STR("&quot;")));
            break;
        default:
            TRY(buf_putc(out, value.p[i]));
        }
    }
    return RC_OK;
}

static enum rc put(struct str value, enum hole_escape escape, struct buf *out)
{
    if (value.n == 0) {
        return RC_OK;
    }
    switch (escape) {
    case ESCAPE_URL:
        return http_escape(out, value);
    case ESCAPE_JSON:
        return put_json(value, out);
    case ESCAPE_XML:
        return put_xml(value, out);
    case ESCAPE_NONE:
    default:
        return buf_puts(out, value);
    }
}

enum rc holes_fill(const struct holes *h, struct str text, enum hole_escape escape,
                   struct buf *out)
{
    while (text.n > 0) {
        size_t plain = str_find(text, '{');
        TRY(buf_puts(out, str_sub(text, 0, plain)));
        text = str_sub(text, plain, text.n);
        size_t i = hole_at(text), n = i < HOLES ? strlen(names[i]) : 1;
        enum hole_escape as = i == HOLE_PERSONS ? ESCAPE_NONE : escape;
        TRY(i < HOLES ? put(h->texts[i], as, out) : buf_puts(out, str_sub(text, 0, 1)));
        text = str_sub(text, n, text.n);
    }
    return RC_OK;
}
