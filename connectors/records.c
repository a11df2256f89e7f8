#include "connectors/records.h"

#include "base/text.h"

/* Where a value lies in text; n == NO_VALUE: null or absent. */
struct span {
    uint32_t at, n;
};
#define NO_VALUE UINT32_MAX
#define MAX_TEXT ((size_t)UINT32_MAX)

void records_init(struct records *r, struct arena *a, const struct plan *plan)
{
    *r = (struct records){.plan = plan};
    names_init(&r->names, plan);
    r->row = arena_array(a, plan->column_count, sizeof *r->row);
    buf_init(&r->text, MAX_TEXT);
    buf_init(&r->spans, DOCUMENT_MAX_VALUES * sizeof(struct span));
    buf_init(&r->numbers, DOCUMENT_MAX_RECORDS * sizeof(int64_t));
    buf_init(&r->rejects, DOCUMENT_MAX_RECORDS * sizeof(struct page_reject));
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        buf_init(&r->scalar_texts[i], i == DOCUMENT_INNER ? SIZE_MAX / 2 : DOCUMENT_MAX_SCALAR);
    }
}

void records_done(struct records *r)
{
    names_done(&r->names);
    buf_done(&r->text);
    buf_done(&r->spans);
    buf_done(&r->numbers);
    buf_done(&r->rejects);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        buf_done(&r->scalar_texts[i]);
    }
}

void records_begin_document(struct records *r)
{
    r->has_place = false;
    memset(r->scalars, 0, sizeof r->scalars);
}

void records_end_document(struct records *r)
{
    r->is_missing = r->is_missing || !r->has_place;
}

void records_forget(struct records *r)
{
    r->begun = r->taken = 0;
    r->is_missing = false;
    r->reason = NULL;
    buf_reset(&r->text);
    buf_reset(&r->spans);
    buf_reset(&r->numbers);
    buf_reset(&r->rejects);
    names_forget(&r->names);
}

/* ---- what stands around the records ---- */

enum rc records_place(struct records *r)
{
    if (r->has_place) {
        return err_fail(RC_FORMAT, "%s",
                        tr("记录出现在两处", "the place of the records is given twice"));
    }
    r->has_place = true;
    return RC_OK;
}

enum rc records_scalar(struct records *r, size_t i, enum scalar_kind kind, struct str text)
{
    struct buf *b = &r->scalar_texts[i];
    buf_reset(b);
    TRY(buf_puts(b, text));
    if (!text_is_utf8(text)) {
        return err_fail(RC_FORMAT, "%s", tr("文字不是 UTF-8", "text is not UTF-8"));
    }
    r->scalars[i] = (struct scalar){kind, kind == SCALAR_TEXT ? buf_str(b) : STR_NULL};
    return RC_OK;
}

/* ---- one record ---- */

enum rc records_begin(struct records *r)
{
    if (r->begun >= DOCUMENT_MAX_RECORDS) {
        return err_fail(RC_LIMIT, tr("超过 %zu 条记录", "more than %zu records"),
                        DOCUMENT_MAX_RECORDS);
    }
    r->begun++;
    r->reason = NULL;
    if (r->plan->column_count > 0) {
        memset(r->row, 0, r->plan->column_count * sizeof *r->row);
    }
    return RC_OK;
}

void records_abandon(struct records *r)
{
    r->begun--;
}

void records_forget_value(struct records *r, const struct plan_node *node)
{
    if (node->column != NO_COLUMN) {
        r->row[node->column] = STR_NULL;
    }
    for (const struct plan_node *child = node->children; child != NULL; child = child->next) {
        records_forget_value(r, child);
    }
}

/* Runs of eight ASCII bytes need no further look; most values are nothing else. */
static bool is_ascii(struct str s)
{
    uint64_t word, any = 0;
    size_t i = 0;
    for (; i + sizeof word <= s.n; i += sizeof word) {
        memcpy(&word, s.p + i, sizeof word);
        any |= word;
    }
    for (; i < s.n; i++) {
        any |= (uint64_t)(unsigned char)s.p[i];
    }
    return (any & UINT64_C(0x8080808080808080)) == 0;
}

static void check_value(struct records *r, struct str value)
{
    if (value.n > DOCUMENT_MAX_VALUE) {
        records_reject(r, tr("值超过 1 MiB", "a value is longer than 1 MiB"));
    } else if (!is_ascii(value) && !text_is_utf8(value)) {
        records_reject(r, tr("文字不是 UTF-8", "text is not UTF-8"));
    }
}

/* Room was made by the caller. */
static struct span put_value(struct buf *text, struct str value)
{
    uint32_t n = str_is_null(value) ? NO_VALUE : (uint32_t)value.n;
    memcpy(text->p + text->n, &n, sizeof n);
    text->n += sizeof n;
    struct span span = {(uint32_t)text->n, n};
    if (value.n > 0) {
        memcpy(text->p + text->n, value.p, value.n);
        text->n += value.n;
    }
    return span;
}

static size_t row_bytes(const struct records *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->plan->column_count; i++) {
        n += sizeof(uint32_t) + r->row[i].n;
    }
    return n;
}

/* Rejected records enter the text as well: two pages of nothing but different rejects are not the
 * same page. */
static enum rc put_row(struct records *r)
{
    const struct plan *plan = r->plan;
    TRY(buf_reserve(&r->text, row_bytes(r)));
    TRY(buf_reserve(&r->spans, plan->column_count * sizeof(struct span)));
    size_t taken_spans = r->spans.n;
    for (size_t i = 0; i < plan->column_count; i++) {
        struct span span = put_value(&r->text, r->row[i]);
        memcpy(r->spans.p + r->spans.n, &span, sizeof span);
        r->spans.n += sizeof span;
    }
    if (r->reason != NULL) {
        r->spans.n = taken_spans;
    }
    return RC_OK;
}

enum rc records_end(struct records *r)
{
    for (size_t i = 0; i < r->plan->column_count; i++) {
        if (r->plan->same_as[i] != NO_COLUMN) {
            r->row[i] = r->row[r->plan->same_as[i]];
        }
        check_value(r, r->row[i]);
    }
    TRY(put_row(r));
    int64_t number = (int64_t)r->begun;
    if (r->reason != NULL) {
        struct page_reject reject = {.row = number, .reason = r->reason};
        return buf_put(&r->rejects, &reject, sizeof reject);
    }
    r->taken++;
    return buf_put(&r->numbers, &number, sizeof number);
}

/* ---- all of them ---- */

static void *copied(struct arena *a, const struct buf *b)
{
    void *p = arena_alloc(a, b->n);
    if (b->n > 0) {
        memcpy(p, b->p, b->n);
    }
    return p;
}

static struct str *values_of(const struct records *r, struct arena *a, const char *text)
{
    size_t count = r->taken * r->plan->column_count;
    struct str *values = arena_array(a, count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        struct span span;
        memcpy(&span, r->spans.p + i * sizeof span, sizeof span);
        values[i] = span.n == NO_VALUE ? STR_NULL : str_of(text + span.at, span.n);
    }
    return values;
}

void records_take(struct records *r, struct arena *a, struct document_page *ret)
{
    const char *text = copied(a, &r->text);
    *ret = (struct document_page){
        .has_records = !r->is_missing,
        .records = r->begun,
        .rows = r->taken,
        .values = values_of(r, a, text),
        .reject_count = r->rejects.n / sizeof(struct page_reject),
        .rejects = copied(a, &r->rejects),
        .columns_seen = names_joined(&r->names, a),
        .digest = str_of(text, r->text.n),
    };
    ret->row_numbers = ret->reject_count == 0 ? NULL : copied(a, &r->numbers);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        ret->scalars[i] = (struct scalar){r->scalars[i].kind, arena_str(a, r->scalars[i].text)};
    }
    records_forget(r);
}
