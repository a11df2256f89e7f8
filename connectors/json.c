/* JSON: the envelope token by token, so that it may be cut by a window anywhere; each record in one go. */
#include <stdio.h>

#include "base/text.h"
#include "connectors/json_cipher.h"

/* What may come next. */
enum expect {
    EXPECT_VALUE,
    EXPECT_FIRST_ITEM, /* or the end of the array */
    EXPECT_FIRST_NAME, /* or the end of the object */
    EXPECT_NAME,
    EXPECT_COLON,
    EXPECT_COMMA, /* or the end of what is open */
    EXPECT_NOTHING
};

/* An object or array that is open. */
struct frame {
    bool is_array;
    size_t index; /* of the next item */
};

struct json {
    struct json_reader reader;
    bool is_started;      /* past the byte order mark */
    size_t passed;        /* bytes of the document before the window */
    enum expect expect;
    size_t depth;         /* open objects and arrays of the envelope */
    size_t rows_depth;    /* depth inside the array of records; 0: not in it */
    struct json_cipher *cipher; /* of each record, or NULL */
    struct trail records, scalars[DOCUMENT_MAX_SCALARS];
    struct frame *frames; /* one more than may be open */
};

/* ---- following the paths ---- */

static void step_all(struct json *d, struct str token)
{
    trail_step(&d->records, d->depth - 1, token);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        trail_step(&d->scalars[i], d->depth - 1, token);
    }
}

/* An item of an array has no name that would have moved the trails. */
static void step_item(struct json *d)
{
    struct frame *frame = &d->frames[d->depth];
    if (d->depth > 0 && frame->is_array) {
        char text[24];
        int n = snprintf(text, sizeof text, "%zu", frame->index++);
        step_all(d, str_of(text, (size_t)n));
    }
}

static enum rc meet_value(struct json *d, enum scalar_kind kind, struct str text)
{
    struct records *r = d->reader.records;
    step_item(d);
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        if (trail_is_at(&d->scalars[i], d->depth)) {
            TRY(records_scalar(r, i, kind, text));
        }
    }
    bool is_empty = kind == SCALAR_NULL && trail_is_at(&d->records, d->depth);
    return is_empty ? records_place(r) : RC_OK;
}

/* ---- the envelope's tokens ---- */

static const char *after_value(struct json *d, const char *p)
{
    d->expect = d->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA;
    return p;
}

static const char *open_container(struct json *d, const char *p)
{
    bool is_array = *p == '[';
    if (d->depth == d->reader.records->plan->depth) {
        return json_stop(&d->reader, plan_too_deep(d->reader.records->plan), p);
    }
    enum rc rc = meet_value(d, SCALAR_CONTAINER, STR_NULL);
    if (rc == RC_OK && is_array && trail_is_at(&d->records, d->depth)) {
        d->rows_depth = d->depth + 1;
        rc = records_place(d->reader.records);
    }
    if (rc != RC_OK) {
        return json_stop(&d->reader, rc, p);
    }
    d->frames[++d->depth] = (struct frame){.is_array = is_array};
    d->expect = is_array ? EXPECT_FIRST_ITEM : EXPECT_FIRST_NAME;
    return p + 1;
}

static const char *close_container(struct json *d, const char *p)
{
    if (*p != (d->frames[d->depth].is_array ? ']' : '}')) {
        return scan_stop(&d->reader.scan, SCAN_WRONG, p);
    }
    d->rows_depth = d->rows_depth == d->depth ? 0 : d->rows_depth;
    d->depth--;
    return after_value(d, p + 1);
}

/* The text of the string at p, proven; behind its closing quote. */
static const char *take_string(struct json *d, const char *p, struct str *ret)
{
    bool has_escape = false;
    const char *flaw = NULL, *end = scan_string(&d->reader.scan, p + 1, &has_escape);
    if (end == NULL) {
        return NULL;
    }
    struct str source = str_of(p + 1, (size_t)(end - p - 1));
    buf_reset(&d->reader.spill);
    if (!json_text(&d->reader, source, has_escape, ret, &flaw)) {
        return json_stop(&d->reader, d->reader.rc, p);
    }
    return text_is_utf8(source) ? end + 1 : scan_stop(&d->reader.scan, SCAN_WRONG, p);
}

static const char *take_scalar(struct json *d, const char *p)
{
    struct scan *s = &d->reader.scan;
    struct str text;
    const char *end;
    if (*p == '"') {
        end = take_string(d, p, &text);
    } else {
        bool is_word = *p == 't' || *p == 'f' || *p == 'n';
        end = is_word ? scan_word(s, p) : scan_number(s, p);
        text = str_of(p, end == NULL ? 0 : (size_t)(end - p));
    }
    if (end == NULL) {
        return NULL;
    }
    enum rc rc = meet_value(d, *p == 'n' ? SCALAR_NULL : SCALAR_TEXT, text);
    return rc == RC_OK ? after_value(d, end) : json_stop(&d->reader, rc, p);
}

/* What is no text is skipped as the record it would have been. */
static const char *take_encrypted(struct json *d, const char *p)
{
    struct str text = STR_NULL;
    if (*p != '"') {
        const char *behind =
            json_skip_record(&d->reader, p, d->depth, tr("记录不是加密的文本", "the record is no encrypted text"));
        d->cipher->met += behind != NULL;
        d->cipher->failed += behind != NULL;
        return behind;
    }
    const char *end = take_string(d, p, &text);
    enum rc rc = end == NULL ? RC_OK : json_cipher_read(d->cipher, text, d->depth);
    return rc == RC_OK ? end : json_stop(&d->reader, rc, p);
}

static const char *take_value(struct json *d, const char *p)
{
    if (d->cipher != NULL && d->rows_depth > 0 && d->rows_depth == d->depth) {
        p = take_encrypted(d, p);
        return p == NULL ? NULL : after_value(d, p);
    }
    if (d->rows_depth > 0 && d->rows_depth == d->depth) {
        p = json_read_record(&d->reader, p, d->depth);
        return p == NULL ? NULL : after_value(d, p);
    }
    return *p == '{' || *p == '[' ? open_container(d, p) : take_scalar(d, p);
}

static const char *take_name(struct json *d, const char *p)
{
    struct str name;
    if (*p != '"') {
        return scan_stop(&d->reader.scan, SCAN_WRONG, p);
    }
    p = take_string(d, p, &name);
    if (p != NULL) {
        step_all(d, name);
        d->expect = EXPECT_COLON;
    }
    return p;
}

static const char *take_comma(struct json *d, const char *p)
{
    if (*p != ',') {
        return close_container(d, p);
    }
    d->expect = d->frames[d->depth].is_array ? EXPECT_VALUE : EXPECT_NAME;
    return p + 1;
}

static const char *take_token(struct json *d, const char *p)
{
    switch (d->expect) {
    case EXPECT_VALUE:
        return take_value(d, p);
    case EXPECT_FIRST_ITEM:
        return *p == ']' ? close_container(d, p) : take_value(d, p);
    case EXPECT_FIRST_NAME:
        return *p == '}' ? close_container(d, p) : take_name(d, p);
    case EXPECT_NAME:
        return take_name(d, p);
    case EXPECT_COMMA:
        return take_comma(d, p);
    case EXPECT_COLON:
        d->expect = EXPECT_VALUE;
        return *p == ':' ? p + 1 : scan_stop(&d->reader.scan, SCAN_WRONG, p);
    case EXPECT_NOTHING:
    default:
        return scan_stop(&d->reader.scan, SCAN_WRONG, p);
    }
}

/* ---- windows ---- */

static enum rc failed(const struct json *d, const char *start)
{
    const struct scan *s = &d->reader.scan;
    size_t offset = d->passed + (size_t)(s->at - start);
    if (s->why == SCAN_STOPPED) {
        return err_fail(d->reader.rc, tr("JSON 第 %zu 字节: %s", "JSON byte %zu: %s"), offset + 1,
                        err_detail());
    }
    if (s->why == SCAN_MORE) {
        return err_fail(RC_FORMAT, tr("JSON 在第 %zu 字节中断", "JSON ends early, at byte %zu"),
                        offset);
    }
    return err_fail(RC_FORMAT, tr("第 %zu 字节不是 JSON", "not JSON at byte %zu"), offset + 1);
}

/* Tokens as long as there are whole ones; returns the first that is not, or NULL if one is wrong.
 */
static const char *take_tokens(struct json *d, const char *p)
{
    struct scan *s = &d->reader.scan;
    for (;;) {
        const char *token = scan_blanks(s, p);
        p = token == NULL ? NULL : take_token(d, token);
        if (p == NULL && s->why == SCAN_MORE) {
            return token == NULL ? s->end : token;
        }
        if (p == NULL) {
            return NULL;
        }
    }
}

static const char *skip_mark(struct json *d, struct str window)
{
    size_t n = d->is_started || !str_starts(window, STR("\xEF\xBB\xBF")) ? 0 : 3;
    d->is_started = true;
    return window.p + n;
}

static enum rc json_read(void *state, struct str window, bool last, size_t *ret_used,
                         bool *ret_is_cut)
{
    struct json *d = state;
    struct scan *s = &d->reader.scan;
    *ret_used = 0;
    if (!d->is_started && window.n < 3 && !last) {
        return RC_OK;
    }
    buf_reset(&d->reader.spill);
    TRY(buf_reserve(&d->reader.spill, window.n * 2 + 1));
    s->end = window.p + window.n;
    s->is_last = last;
    const char *end = take_tokens(d, skip_mark(d, window));
    if (end == NULL) {
        return failed(d, window.p);
    }
    if (last && d->expect != EXPECT_NOTHING) {
        *ret_is_cut = true;
        s->at = s->end;
        s->why = SCAN_MORE;
        return failed(d, window.p);
    }
    *ret_used = (size_t)(end - window.p);
    d->passed += *ret_used;
    return last && d->cipher != NULL ? json_cipher_end(d->cipher) : RC_OK;
}

static void json_begin(void *state)
{
    struct json *d = state;
    const struct plan *plan = d->reader.records->plan;
    d->is_started = false;
    d->passed = 0;
    d->expect = EXPECT_VALUE;
    d->depth = 0;
    d->rows_depth = 0;
    buf_reset(&d->reader.spill);
    if (d->cipher != NULL) {
        json_cipher_begin(d->cipher);
    }
    d->records = (struct trail){plan->has_records ? &plan->records : NULL, 0};
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        d->scalars[i] = (struct trail){plan->has_scalar[i] ? &plan->scalars[i] : NULL, 0};
    }
}

static enum rc json_open(const struct document_wants *wants, struct plan *plan,
                         struct records *records, struct arena *a, void **ret_state)
{
    const struct yaml *cipher = yaml_get(wants->format, "record_cipher");
    struct json *d = ARENA_NEW(a, struct json);
    d->frames = arena_array(a, plan->depth + 1, sizeof *d->frames);
    d->reader.records = records;
    buf_init(&d->reader.spill, SIZE_MAX / 2);
    *ret_state = d;
    if (cipher == NULL || !plan->has_records) {
        return RC_OK;
    }
    d->cipher = ARENA_NEW(a, struct json_cipher);
    return json_cipher_open(d->cipher, a, wants->base_dir, cipher, records);
}

static void json_close(void *state)
{
    struct json *d = state;
    buf_done(&d->reader.spill);
    if (d->cipher != NULL) {
        json_cipher_close(d->cipher);
    }
}

const struct decoder decoder_json = {
    .format = "json",
    .open = json_open,
    .begin = json_begin,
    .read = json_read,
    .close = json_close,
};
