#include "connectors/json_rows.h"

#include "base/text.h"

/* Where a value lies in text; n == NO_VALUE: null or absent. */
struct span {
    uint32_t at, n;
};
#define NO_VALUE UINT32_MAX
#define MAX_TEXT ((size_t)UINT32_MAX)

void json_rows_init(struct json_rows *r, struct arena *a, const struct json_plan *plan)
{
    *r = (struct json_rows){.plan = plan};
    r->row = arena_array(a, plan->column_count, sizeof *r->row);
    buf_init(&r->text, MAX_TEXT);
    buf_init(&r->spans, JSON_MAX_VALUES * sizeof(struct span));
    buf_init(&r->numbers, JSON_MAX_RECORDS * sizeof(int64_t));
    buf_init(&r->rejects, JSON_MAX_RECORDS * sizeof(struct page_reject));
}

void json_rows_done(struct json_rows *r)
{
    buf_done(&r->text);
    buf_done(&r->spans);
    buf_done(&r->numbers);
    buf_done(&r->rejects);
}

void json_rows_restart(struct json_rows *r)
{
    r->records = 0;
    r->taken = 0;
    r->reason = NULL;
    buf_reset(&r->text);
    buf_reset(&r->spans);
    buf_reset(&r->numbers);
    buf_reset(&r->rejects);
}

enum rc json_rows_begin(struct json_rows *r)
{
    if (r->records >= JSON_MAX_RECORDS) {
        return err_fail(RC_LIMIT, tr("超过 %zu 条记录", "more than %zu records"), JSON_MAX_RECORDS);
    }
    r->records++;
    r->reason = NULL;
    if (r->plan->column_count > 0) {
        memset(r->row, 0, r->plan->column_count * sizeof *r->row);
    }
    return RC_OK;
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

static void check_value(struct json_rows *r, struct str value)
{
    if (value.n > JSON_MAX_VALUE) {
        json_rows_reject(r, tr("值超过 1 MiB", "a value is longer than 1 MiB"));
    } else if (!is_ascii(value) && !text_is_utf8(value)) {
        json_rows_reject(r, tr("文字不是 UTF-8", "text is not UTF-8"));
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

static size_t row_bytes(const struct json_rows *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->plan->column_count; i++) {
        n += sizeof(uint32_t) + r->row[i].n;
    }
    return n;
}

/* Rejected records enter the text as well: two pages of nothing but different rejects are not the
 * same page. */
static enum rc put_row(struct json_rows *r)
{
    const struct json_plan *plan = r->plan;
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

enum rc json_rows_end(struct json_rows *r)
{
    for (size_t i = 0; i < r->plan->column_count; i++) {
        if (r->plan->same_as[i] != JSON_NO_COLUMN) {
            r->row[i] = r->row[r->plan->same_as[i]];
        }
        check_value(r, r->row[i]);
    }
    TRY(put_row(r));
    int64_t number = (int64_t)r->records;
    if (r->reason != NULL) {
        struct page_reject reject = {number, r->reason};
        return buf_put(&r->rejects, &reject, sizeof reject);
    }
    r->taken++;
    return buf_put(&r->numbers, &number, sizeof number);
}

static void *copied(struct arena *a, const struct buf *b)
{
    void *p = arena_alloc(a, b->n);
    if (b->n > 0) {
        memcpy(p, b->p, b->n);
    }
    return p;
}

static struct str *values_of(const struct json_rows *r, struct arena *a, const char *text)
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

void json_rows_hand_out(struct json_rows *r, struct arena *a, struct json_page *ret)
{
    const char *text = copied(a, &r->text);
    ret->records = r->records;
    ret->rows = r->taken;
    ret->digest = str_of(text, r->text.n);
    ret->values = values_of(r, a, text);
    ret->reject_count = r->rejects.n / sizeof(struct page_reject);
    ret->rejects = copied(a, &r->rejects);
    ret->row_numbers = ret->reject_count == 0 ? NULL : copied(a, &r->numbers);
}
