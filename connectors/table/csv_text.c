/* Text with separators: chunks of bytes -> UTF-8 -> records. One sheet. */
#include <stdio.h>
#include <stdlib.h>

#include "base/charset.h"
#include "connectors/table/parts.h"

#define CHUNK ((size_t)1 << 20)
#define TEXT_MAX (CHUNK * 3 + 64) /* no charset here grows more than twofold */
#define GUESS_BYTES ((size_t)4096)

struct csv_text {
    struct table *table;
    char *chunk;
    int64_t at;
    struct charset *charset; /* NULL until the first chunk is there */
    struct csv *csv;
    struct buf converted; /* the chunk as UTF-8, if it had to be made; borrowed by csv, as the chunk is */
    bool is_last, is_begun, ends_in_mid_line;
    bool has_nul; /* a NUL was met: from then on records are searched for them */
};

static void csv_text_close(void *state)
{
    struct csv_text *c = state;
    csv_free(c->csv);
    charset_close(c->charset);
    buf_done(&c->converted);
    free(c->chunk);
    free(c);
}

static enum rc csv_text_open(struct table *t, void **ret_state)
{
    struct csv_text *c = calloc(1, sizeof *c);
    char *chunk = malloc(CHUNK);
    if (c == NULL || chunk == NULL) {
        err_die(RC_MEMORY, "%s", t->name);
    }
    c->table = t;
    c->chunk = chunk;
    buf_init(&c->converted, TEXT_MAX);
    *ret_state = c;
    return RC_OK;
}

/* A comma, or a tab where there are more of them. */
static struct csv_dialect dialect_of(const struct csv_text *c, struct str text)
{
    struct csv_dialect dialect = c->table->options->dialect;
    struct str head = str_sub(text, 0, GUESS_BYTES);
    size_t commas = 0, tabs = 0;
    for (size_t i = 0; i < head.n; i++) {
        commas += head.p[i] == ',' ? 1 : 0;
        tabs += head.p[i] == '\t' ? 1 : 0;
    }
    if (c->table->options->guess_delimiter && tabs > commas) {
        dialect.delimiter = '\t';
    }
    return dialect;
}

static enum rc decode(struct csv_text *c, struct str bytes, struct str *ret)
{
    size_t used = bytes.n;
    if (charset_is_in_place(c->charset)) {
        TRY(charset_check(c->charset, bytes, c->is_last, &used));
        c->at -= (int64_t)(bytes.n - used);
        *ret = str_sub(bytes, 0, used);
        return RC_OK;
    }
    buf_reset(&c->converted);
    TRY(charset_feed(c->charset, bytes, c->is_last, &c->converted));
    *ret = buf_str(&c->converted);
    return RC_OK;
}

static enum rc feed(struct csv_text *c)
{
    size_t n = 0;
    TRY(blob_read(c->table->bytes, c->at, c->chunk, CHUNK, &n));
    c->at += (int64_t)n;
    c->is_last = n < CHUNK;
    struct str bytes = str_of(c->chunk, n);
    if (c->charset == NULL) {
        TRY(charset_open(c->table->options->charset, bytes, &c->charset));
    }
    struct str text;
    TRY(decode(c, bytes, &text));
    (void)snprintf(c->table->format, sizeof c->table->format, "csv %s", charset_name(c->charset));
    if (text.n > 0) {
        c->ends_in_mid_line = text.p[text.n - 1] != '\n' && text.p[text.n - 1] != '\r';
        c->has_nul = c->has_nul || memchr(text.p, '\0', text.n) != NULL;
    }
    if (c->csv == NULL) {
        c->csv = csv_new(dialect_of(c, text));
    }
    csv_feed(c->csv, text, c->is_last);
    return RC_OK;
}

static enum rc csv_text_next_sheet(void *state, bool *ret_have)
{
    struct csv_text *c = state;
    *ret_have = !c->is_begun;
    c->is_begun = true;
    return c->csv == NULL ? feed(c) : RC_OK;
}

static const char *fault_of(const struct csv_text *c, const struct csv_record *rec)
{
    if (rec->bad_quotes) {
        return tr("引号没有配对", "unbalanced quotes");
    }
    for (size_t i = 0; c->has_nul && i < rec->n; i++) {
        if (rec->fields[i].n > 0 && memchr(rec->fields[i].p, '\0', rec->fields[i].n) != NULL) {
            return tr("含有空字符(NUL)", "contains a NUL character");
        }
    }
    return NULL;
}

/* A line without a single character is none. */
static bool is_blank(const struct csv_record *rec)
{
    return rec->n == 0 || (rec->n == 1 && rec->fields[0].n == 0 && !rec->bad_quotes);
}

static enum rc csv_text_next_row(void *state, struct table_row *ret, bool *ret_have)
{
    struct csv_text *c = state;
    struct csv_record rec = {0};
    for (;;) {
        TRY(csv_next(c->csv, &rec, ret_have));
        if (*ret_have && !is_blank(&rec)) {
            break;
        }
        if (!*ret_have && c->is_last) {
            return RC_OK;
        }
        if (!*ret_have) {
            TRY(feed(c));
        }
    }
    *ret = (struct table_row){
        .cells = rec.fields, .n = rec.n, .number = rec.line, .fault = fault_of(c, &rec)};
    return RC_OK;
}

static bool csv_text_was_cut(const void *state)
{
    const struct csv_text *c = state;
    return c->is_last && c->ends_in_mid_line;
}

static bool csv_text_has_width(const void *state)
{
    (void)state;
    return true;
}

const struct table_driver table_csv = {.open = csv_text_open,
                                       .next_sheet = csv_text_next_sheet,
                                       .next_row = csv_text_next_row,
                                       .was_cut = csv_text_was_cut,
                                       .close = csv_text_close,
                                       .has_width = csv_text_has_width};
