/* JSON, NDJSON and XML files through the one contract for documents: their records as rows that
 * have the wanted columns already. */
#include <stdio.h>
#include <stdlib.h>

#include "base/charset.h"
#include "connectors/document.h"
#include "connectors/table/parts.h"

#define CHUNK ((size_t)1 << 20)
#define WINDOW_MAX ((size_t)64 << 20) /* a chunk and what the last one left: a record's beginning \
                                       */
#define TAKE_ARENA ((size_t)512 << 20)

struct document_rows {
    struct table *table;
    struct document *document;
    struct charset *charset; /* NULL until the first chunk is there */
    char *chunk;
    int64_t at;
    struct buf window;
    bool is_begun, is_last, was_cut;
    struct arena *arena; /* of the records taken last */
    struct document_page taken;
    size_t row, reject; /* the next of taken */
    int64_t before;     /* records of earlier takes */
};

static void document_rows_close(void *state)
{
    struct document_rows *d = state;
    document_close(d->document);
    charset_close(d->charset);
    buf_done(&d->window);
    arena_free(d->arena);
    free(d->chunk);
    free(d);
}

static enum rc document_rows_open(struct table *t, void **ret_state)
{
    const struct table_options *o = t->options;
    struct document_wants wants = {.format = o->format,
                                   .records = o->records,
                                   .columns = o->columns,
                                   .column_count = o->column_count,
                                   .depth = o->depth,
                                   .fields = o->fields,
                                   .base_dir = o->base_dir};
    struct document_rows *d = calloc(1, sizeof *d);
    char *chunk = malloc(CHUNK);
    if (d == NULL || chunk == NULL) {
        err_die(RC_MEMORY, "%s", t->name);
    }
    d->table = t;
    d->chunk = chunk;
    d->arena = arena_new(TAKE_ARENA);
    buf_init(&d->window, WINDOW_MAX);
    enum rc rc = document_open(&wants, &d->document);
    if (rc != RC_OK) {
        document_rows_close(d);
        return rc;
    }
    document_begin(d->document);
    *ret_state = d;
    return RC_OK;
}

static enum rc document_rows_next_sheet(void *state, bool *ret_have)
{
    struct document_rows *d = state;
    *ret_have = !d->is_begun;
    d->is_begun = true;
    return RC_OK;
}

static enum rc fill_window(struct document_rows *d)
{
    size_t n = 0;
    const struct table *t = d->table;
    TRY(blob_read(t->bytes, d->at, d->chunk, CHUNK, &n));
    d->at += (int64_t)n;
    d->is_last = n < CHUNK;
    struct str bytes = str_of(d->chunk, n);
    if (d->charset == NULL) {
        TRY(charset_open(t->options->charset, bytes, &d->charset));
    }
    TRY(charset_feed(d->charset, bytes, d->is_last, &d->window));
    (void)snprintf(d->table->format, sizeof d->table->format, "%s %s", t->options->kind,
                   charset_name(d->charset));
    return RC_OK;
}

static enum rc read_more(struct document_rows *d)
{
    size_t used = 0;
    TRY(fill_window(d));
    TRY(document_read(d->document, buf_str(&d->window), d->is_last, &used, &d->was_cut));
    memmove(d->window.p, d->window.p + used, d->window.n - used);
    d->window.n -= used;
    d->before += (int64_t)d->taken.records;
    arena_reset(d->arena);
    document_take(d->document, d->arena, &d->taken);
    d->row = d->reject = 0;
    if (d->is_last && !d->taken.has_records) {
        return err_fail(RC_FORMAT,
                        tr("%s 中没有 records 所指的记录", "%s holds nothing where records points"),
                        d->table->name);
    }
    return RC_OK;
}

/* The rows of a take, then its rejects. */
static enum rc document_rows_next_row(void *state, struct table_row *ret, bool *ret_have)
{
    struct document_rows *d = state;
    while (d->row == d->taken.rows && d->reject == d->taken.reject_count) {
        if (d->is_last) {
            *ret_have = false;
            return RC_OK;
        }
        TRY(read_more(d));
    }
    const struct document_page *p = &d->taken;
    *ret_have = true;
    if (d->row == p->rows) {
        const struct page_reject *r = &p->rejects[d->reject++];
        *ret = (struct table_row){.number = d->before + r->row, .fault = r->reason};
        return RC_OK;
    }
    size_t columns = d->table->options->column_count;
    int64_t number = p->row_numbers != NULL ? p->row_numbers[d->row] : (int64_t)d->row + 1;
    *ret = (struct table_row){
        .cells = p->values + d->row * columns, .n = columns, .number = d->before + number};
    d->row++;
    return RC_OK;
}

static struct str document_rows_columns_seen(const void *state)
{
    const struct document_rows *d = state;
    return d->taken.columns_seen;
}

const struct table_driver table_document = {.open = document_rows_open,
                                            .next_sheet = document_rows_next_sheet,
                                            .next_row = document_rows_next_row,
                                            .columns_seen = document_rows_columns_seen,
                                            .close = document_rows_close};
