/* CSV as a document: the first line names the columns, every other line is a record. */
#include "base/csv.h"
#include "base/text.h"
#include "connectors/decoder.h"

#define NAMES ((size_t)32 << 20) /* a header line, folded, and room */

struct csv_document {
    struct records *records;
    struct csv_dialect dialect;
    struct csv *csv;
    struct arena *names;
    const struct plan_node **nodes; /* of each field, or NULL */
    size_t width;                   /* 0: the first line is still to come */
    bool is_open;                   /* the window ended in mid-line */
    bool is_short;                  /* the latest line has too little in it */
};

static enum rc take_header(struct csv_document *d, const struct csv_record *line)
{
    struct plan_node *wanted = d->records->plan->root.children;
    if (line->bad_quotes) {
        return err_fail(RC_FORMAT, "%s",
                        tr("表头的引号没有配对", "unbalanced quotes in the header line"));
    }
    if (line->n > d->records->plan->fields) {
        return plan_too_many_fields(d->records->plan);
    }
    d->nodes = arena_array(d->names, line->n, sizeof *d->nodes);
    for (size_t i = 0; i < line->n; i++) {
        struct str name = text_fold(d->names, line->fields[i]);
        const struct plan_node *node = wanted;
        while (node != NULL && !str_eq(text_fold(d->names, node->name), name)) {
            node = node->next;
        }
        /* what was asked for is told in the asker's own spelling */
        names_meet(&d->records->names, i, node == NULL ? name : node->name);
        d->nodes[i] = node;
    }
    d->width = line->n;
    return RC_OK;
}

static const char *flaw_of(const struct csv_document *d, const struct csv_record *line)
{
    if (line->bad_quotes) {
        return tr("引号没有配对", "unbalanced quotes");
    }
    if (line->n != d->width) {
        return line->n < d->width ? tr("列数不足", "too few fields")
                                  : tr("列数过多", "too many fields");
    }
    for (size_t i = 0; i < line->n; i++) {
        if (line->fields[i].n > 0 && memchr(line->fields[i].p, '\0', line->fields[i].n) != NULL) {
            return tr("含有空字符(NUL)", "contains a NUL character");
        }
    }
    return NULL;
}

static enum rc take_record(struct csv_document *d, const struct csv_record *line)
{
    struct records *r = d->records;
    TRY(records_begin(r));
    const char *flaw = flaw_of(d, line);
    if (flaw != NULL) {
        records_reject(r, flaw);
    }
    for (size_t i = 0; i < line->n && i < d->width; i++) {
        if (d->nodes[i] != NULL && d->nodes[i]->column != NO_COLUMN) {
            r->row[d->nodes[i]->column] = line->fields[i];
        }
    }
    return records_end(r);
}

static bool is_blank(const struct csv_record *line)
{
    return line->n == 0 || (line->n == 1 && line->fields[0].n == 0 && !line->bad_quotes);
}

static enum rc take_line(struct csv_document *d, const struct csv_record *line)
{
    if (d->width == 0) {
        return take_header(d, line);
    }
    d->is_short = line->bad_quotes || line->n < d->width;
    return take_record(d, line);
}

static enum rc take_lines(struct csv_document *d)
{
    for (;;) {
        struct csv_record line = {0};
        bool have = false;
        TRY(csv_next(d->csv, &line, &have));
        if (!have) {
            return RC_OK;
        }
        if (!is_blank(&line)) {
            TRY(take_line(d, &line));
        }
    }
}

static enum rc csv_document_read(void *state, struct str window, bool last, size_t *ret_used,
                                 bool *ret_is_cut)
{
    struct csv_document *d = state;
    if (window.n > 0) {
        d->is_open = window.p[window.n - 1] != '\n' && window.p[window.n - 1] != '\r';
    }
    csv_feed(d->csv, window, last);
    TRY(take_lines(d));
    *ret_used = window.n;
    /* a short last line without an end is one that was cut off */
    if (last && d->is_open && d->is_short) {
        *ret_is_cut = true;
        return err_fail(RC_FORMAT, "%s", tr("CSV 在一行中间结束", "CSV ends in mid-line"));
    }
    if (last && d->width == 0) {
        return err_fail(RC_FORMAT, "%s", tr("是空的,没有表头", "it is empty: no header line"));
    }
    return RC_OK;
}

static void csv_document_begin(void *state)
{
    struct csv_document *d = state;
    csv_free(d->csv);
    d->csv = csv_new(d->dialect);
    d->width = 0;
    d->is_open = d->is_short = false;
    d->records->has_place = true;
    arena_reset(d->names);
}

static void csv_document_close(void *state)
{
    struct csv_document *d = state;
    csv_free(d->csv);
    arena_free(d->names);
}

static enum rc csv_document_open(const struct document_wants *wants, struct plan *plan,
                                 struct records *records, struct arena *a, void **ret_state)
{
    struct csv_document *d = ARENA_NEW(a, struct csv_document);
    struct str delimiter = yaml_text(wants->format, "delimiter");
    (void)plan;
    d->records = records;
    d->dialect = (struct csv_dialect){.delimiter = delimiter.n == 1 ? delimiter.p[0] : ',',
                                      .quote = '"'};
    d->names = arena_new(NAMES);
    *ret_state = d;
    return RC_OK;
}

const struct decoder decoder_csv = {
    .format = "csv",
    .open = csv_document_open,
    .begin = csv_document_begin,
    .read = csv_document_read,
    .close = csv_document_close,
};
