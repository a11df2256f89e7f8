#include "connectors/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "connectors/json_names.h"
#include "connectors/json_rows.h"
#include "connectors/json_text.h"

#define PLAN_ARENA ((size_t)4 << 20)

/* An object or array that is open. */
struct frame {
    bool is_array;
    size_t index; /* array: of the next item; object: members met */
    const struct json_node
        *node;     /* inside a record: whose value this is; NULL: nothing below is wanted */
    size_t column; /* whose value its text is, or JSON_NO_COLUMN */
    size_t start;  /* byte of its bracket */
};

/* A pointer into the envelope, being followed. */
struct trail {
    const struct json_pointer *pointer;
    size_t matched; /* leading tokens that agree with the present place */
};

struct json_decoder {
    struct arena *arena;
    struct json_plan plan;
    struct json_rows rows;
    struct json_names names;
    struct buf spill; /* decoded strings; reserved at once for a document, so it never moves */
    /* the document at hand */
    yajl_handle yajl;
    struct str body;
    struct json_page *page;
    enum rc rc;                   /* why a callback stopped the parse */
    size_t depth;                 /* open objects and arrays */
    size_t rows_depth;            /* depth inside the array of records; 0: not in it */
    const struct json_node *node; /* of the value after the last member name in a record */
    struct trail records, scalars[JSON_MAX_SCALARS];
    struct frame frames[JSON_MAX_DEPTH + 1];
};

/* ---- following pointers into the envelope ---- */

static void step_trail(struct trail *t, size_t level, struct str token)
{
    if (t->pointer == NULL) {
        return;
    }
    t->matched = t->matched < level ? t->matched : level;
    if (t->matched == level && t->pointer->n > level && str_eq(t->pointer->tokens[level], token)) {
        t->matched = level + 1;
    }
}

static bool is_at(const struct trail *t, size_t level)
{
    return t->pointer != NULL && t->pointer->n == level && t->matched == level;
}

static void step_all(struct json_decoder *d, struct str token)
{
    step_trail(&d->records, d->depth - 1, token);
    for (size_t i = 0; i < JSON_MAX_SCALARS; i++) {
        step_trail(&d->scalars[i], d->depth - 1, token);
    }
}

static struct str index_text(size_t index, char out[24])
{
    int n = snprintf(out, 24, "%zu", index);
    return str_of(out, (size_t)n);
}

/* Before a value of the envelope: an item of an array has no name that would have moved the trails.
 */
static void step_item(struct json_decoder *d)
{
    struct frame *frame = &d->frames[d->depth];
    if (d->depth > 0 && frame->is_array) {
        char text[24];
        step_all(d, index_text(frame->index++, text));
    }
}

static void envelope_value(struct json_decoder *d, enum json_kind kind, struct str text)
{
    step_item(d);
    for (size_t i = 0; i < JSON_MAX_SCALARS; i++) {
        if (is_at(&d->scalars[i], d->depth)) {
            d->page->scalars[i] = (struct json_scalar){kind, text};
        }
    }
    if (is_at(&d->records, d->depth)) {
        json_rows_restart(&d->rows);
        d->page->has_records = kind == JSON_NULL;
    }
}

/* ---- values of a record ---- */

/* A member given twice: the second value replaces all of the first. */
static void forget(struct json_rows *rows, const struct json_node *node)
{
    if (node->column != JSON_NO_COLUMN) {
        rows->row[node->column] = STR_NULL;
    }
    for (const struct json_node *child = node->children; child != NULL; child = child->next) {
        forget(rows, child);
    }
}

/* Whose value the next item of the array is, or NULL. */
static const struct json_node *item_node(struct json_decoder *d)
{
    struct frame *frame = &d->frames[d->depth];
    if (frame->node == NULL) {
        return NULL;
    }
    char text[24];
    return json_node_child(frame->node, index_text(frame->index++, text));
}

static inline const struct json_node *begin_value(struct json_decoder *d)
{
    const struct json_node *node = d->frames[d->depth].is_array ? item_node(d) : d->node;
    if (node != NULL && node->children != NULL) {
        forget(&d->rows, node);
    }
    return node;
}

/* A copy that lives until the document ends. The room was reserved; only texts of nested objects
 * asked for together with their parents can exceed it. */
static bool spill(struct json_decoder *d, struct str s, struct str *ret)
{
    if (s.n > d->spill.cap - d->spill.n) {
        d->rc = err_fail(RC_LIMIT, tr("嵌套值过多", "too much text in nested values"));
        return false;
    }
    char *p = d->spill.p + d->spill.n;
    memcpy(p, s.p, s.n);
    d->spill.n += s.n;
    *ret = str_of(p, s.n);
    return true;
}

/* yajl points into the document unless the string holds escapes. */
static bool lies_in_body(const struct json_decoder *d, const char *p)
{
    uintptr_t at = (uintptr_t)p, start = (uintptr_t)d->body.p;
    return at >= start && at < start + d->body.n;
}

static void check_escapes(struct json_decoder *d, struct str text)
{
    if (memchr(text.p, '\0', text.n) != NULL) {
        json_rows_reject(&d->rows, tr("文字含空字符", "text holds a NUL character"));
    }
    struct str token = json_text_token(d->body, yajl_get_bytes_consumed(d->yajl));
    if (!json_text_is_paired(token)) {
        json_rows_reject(&d->rows, tr("文字含不成对的代理码", "text holds half a character"));
    }
}

static bool record_scalar(struct json_decoder *d, struct str text, bool is_string)
{
    if (d->depth == d->rows_depth) {
        d->rc = json_rows_begin(&d->rows);
        json_rows_reject(&d->rows, tr("记录不是对象", "the record is no object"));
        d->rc = d->rc != RC_OK ? d->rc : json_rows_end(&d->rows);
        return d->rc == RC_OK;
    }
    const struct json_node *node = begin_value(d);
    if (node == NULL || node->column == JSON_NO_COLUMN) {
        return true;
    }
    if (is_string && !lies_in_body(d, text.p)) {
        check_escapes(d, text);
        if (!spill(d, text, &text)) {
            return false;
        }
    }
    d->rows.row[node->column] = text;
    return true;
}

/* ---- yajl's callbacks ---- */

static int on_null(void *ctx)
{
    struct json_decoder *d = ctx;
    if (d->rows_depth > 0) {
        return record_scalar(d, STR_NULL, false);
    }
    envelope_value(d, JSON_NULL, STR_NULL);
    return 1;
}

static int on_boolean(void *ctx, int value)
{
    struct json_decoder *d = ctx;
    struct str text = value != 0 ? STR("true") : STR("false");
    if (d->rows_depth > 0) {
        return record_scalar(d, text, false);
    }
    envelope_value(d, JSON_SCALAR, text);
    return 1;
}

static int on_number(void *ctx, const char *p, size_t n)
{
    struct json_decoder *d = ctx;
    if (d->rows_depth > 0) {
        return record_scalar(d, str_of(p, n), false);
    }
    /* A document that is one number ends in a copy of yajl's own. */
    struct str text = str_of(p, n);
    if (!lies_in_body(d, p) && !spill(d, text, &text)) {
        return 0;
    }
    envelope_value(d, JSON_SCALAR, text);
    return 1;
}

static int on_string(void *ctx, const unsigned char *p, size_t n)
{
    struct json_decoder *d = ctx;
    struct str text = str_of((const char *)p, n);
    if (d->rows_depth > 0) {
        return record_scalar(d, text, true);
    }
    if (!lies_in_body(d, text.p) && !spill(d, text, &text)) {
        return 0;
    }
    envelope_value(d, JSON_SCALAR, text);
    return 1;
}

static int on_key(void *ctx, const unsigned char *p, size_t n)
{
    struct json_decoder *d = ctx;
    struct str name = str_of((const char *)p, n);
    struct frame *frame = &d->frames[d->depth];
    if (d->rows_depth == 0) {
        step_all(d, name);
        return 1;
    }
    d->node = NULL;
    if (frame->node == NULL) {
        return 1;
    }
    if (frame->node != &d->plan.root) {
        d->node = json_node_child(frame->node, name);
        return 1;
    }
    if (!lies_in_body(d, name.p) && !spill(d, name, &name)) {
        return 0;
    }
    d->node = json_names_meet(&d->names, frame->index++, name);
    return 1;
}

static bool begin_record(struct json_decoder *d, struct frame *frame)
{
    d->rc = json_rows_begin(&d->rows);
    if (frame->is_array) {
        json_rows_reject(&d->rows, tr("记录不是对象", "the record is no object"));
    } else {
        frame->node = &d->plan.root;
    }
    return d->rc == RC_OK;
}

static void begin_envelope(struct json_decoder *d, bool is_array)
{
    envelope_value(d, JSON_CONTAINER, STR_NULL);
    if (is_array && is_at(&d->records, d->depth)) {
        d->rows_depth = d->depth + 1;
    }
}

static int on_start(struct json_decoder *d, bool is_array)
{
    if (d->depth == JSON_MAX_DEPTH) {
        d->rc = err_fail(RC_LIMIT, tr("嵌套超过 %d 层", "nested deeper than %d"), JSON_MAX_DEPTH);
        return 0;
    }
    struct frame new = {.is_array = is_array, .column = JSON_NO_COLUMN};
    if (d->rows_depth == 0) {
        begin_envelope(d, is_array);
    } else if (d->depth == d->rows_depth) {
        if (!begin_record(d, &new)) {
            return 0;
        }
    } else {
        new.node = begin_value(d);
        if (new.node != NULL) {
            new.column = new.node->column;
            new.start = yajl_get_bytes_consumed(d->yajl) - 1;
            new.node = new.node->children == NULL ? NULL : new.node;
        }
    }
    d->frames[++d->depth] = new;
    return 1;
}

static int on_start_map(void *ctx)
{
    return on_start(ctx, false);
}

static int on_start_array(void *ctx)
{
    return on_start(ctx, true);
}

/* An object asked for as a column is its text, so that a column that changes its type is not lost.
 */
static bool take_container(struct json_decoder *d, const struct frame *frame)
{
    struct str source =
        str_sub(d->body, frame->start, yajl_get_bytes_consumed(d->yajl) - frame->start);
    struct str copy;
    if (!spill(d, source, &copy)) {
        return false;
    }
    size_t n = json_text_compact(source, d->spill.p + d->spill.n - source.n);
    d->rows.row[frame->column] = str_of(copy.p, n);
    return true;
}

static int on_end(void *ctx)
{
    struct json_decoder *d = ctx;
    const struct frame *frame = &d->frames[d->depth--];
    if (d->rows_depth == 0) {
        return 1;
    }
    if (d->depth < d->rows_depth) {
        d->rows_depth = 0;
        d->page->has_records = true;
        return 1;
    }
    if (d->depth == d->rows_depth) {
        d->rc = json_rows_end(&d->rows);
        return d->rc == RC_OK;
    }
    return frame->column == JSON_NO_COLUMN || take_container(d, frame);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

/* ---- one document ---- */

static void begin_document(struct json_decoder *d, struct str body, struct json_page *page)
{
    d->body = body;
    d->page = page;
    d->rc = RC_OK;
    d->depth = 0;
    d->rows_depth = 0;
    d->node = NULL;
    buf_reset(&d->spill);
    d->records = (struct trail){&d->plan.records, 0};
    for (size_t i = 0; i < JSON_MAX_SCALARS; i++) {
        d->scalars[i] = (struct trail){d->plan.has_scalar[i] ? &d->plan.scalars[i] : NULL, 0};
    }
    json_rows_restart(&d->rows);
    json_names_begin(&d->names, &d->plan);
}

static enum rc failed(struct json_decoder *d, bool is_cut, bool *ret_is_cut)
{
    size_t offset = is_cut ? d->body.n : yajl_get_bytes_consumed(d->yajl);
    *ret_is_cut = is_cut;
    if (d->rc != RC_OK) {
        return err_fail(d->rc, tr("JSON 第 %zu 字节: %s", "JSON byte %zu: %s"), offset,
                        err_detail());
    }
    if (is_cut) {
        return err_fail(RC_FORMAT, tr("JSON 在第 %zu 字节中断", "JSON ends early, at byte %zu"),
                        offset);
    }
    return err_fail(RC_FORMAT, tr("第 %zu 字节不是 JSON", "not JSON at byte %zu"), offset);
}

/* The whole document is given at once: what yajl accepts without complaint but cannot complete is a
 * right beginning whose end is missing. */
static enum rc run_parser(struct json_decoder *d, bool *ret_is_cut)
{
    const unsigned char *p = (const unsigned char *)d->body.p;
    if (yajl_parse(d->yajl, p, d->body.n) != yajl_status_ok) {
        return failed(d, false, ret_is_cut);
    }
    return yajl_complete_parse(d->yajl) == yajl_status_ok ? RC_OK : failed(d, true, ret_is_cut);
}

static void hand_out(struct json_decoder *d, struct arena *a, struct json_page *page)
{
    json_rows_hand_out(&d->rows, a, page);
    page->columns_seen = json_names_joined(&d->names, a);
    for (size_t i = 0; i < JSON_MAX_SCALARS; i++) {
        page->scalars[i].text = arena_str(a, page->scalars[i].text);
    }
}

enum rc json_decode(struct json_decoder *d, struct str body, struct arena *a, struct json_page *ret,
                    bool *ret_is_cut)
{
    struct json_page page = {0};
    if (str_starts(body, STR("\xEF\xBB\xBF"))) {
        body = str_sub(body, 3, body.n);
    }
    begin_document(d, body, &page);
    TRY(buf_reserve(&d->spill, body.n * 2 + 1));
    d->yajl = yajl_alloc(&callbacks, NULL, d);
    if (d->yajl == NULL) {
        err_die(RC_MEMORY, "yajl_alloc");
    }
    enum rc rc = run_parser(d, ret_is_cut);
    if (rc == RC_OK) {
        hand_out(d, a, &page);
        *ret = page;
    }
    yajl_free(d->yajl);
    json_names_end(&d->names);
    return rc;
}

enum rc json_decoder_new(const struct json_wants *wants, struct json_decoder **ret)
{
    struct arena *a = arena_new(PLAN_ARENA);
    struct json_decoder *d = ARENA_NEW(a, struct json_decoder);
    d->arena = a;
    enum rc rc = json_plan_make(a, wants, &d->plan);
    if (rc != RC_OK) {
        arena_free(a);
        return rc;
    }
    json_rows_init(&d->rows, a, &d->plan);
    buf_init(&d->spill, SIZE_MAX / 2);
    *ret = d;
    return RC_OK;
}

void json_decoder_free(struct json_decoder *d)
{
    if (d == NULL) {
        return;
    }
    json_rows_done(&d->rows);
    buf_done(&d->spill);
    arena_free(d->arena);
}
