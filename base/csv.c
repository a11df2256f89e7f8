#include "base/csv.h"

#include "base/mark.h"

/* Inside one chunk, records are cut along a bit map of the bytes that can end a field (mark.h), and
 * their fields point into the chunk. The beginning of a record whose end is in a later chunk is
 * copied to `carry` by a byte-wise finder, which remembers its state; once it has met the end, the
 * record lies there in one piece and is cut as if it were a chunk. So every byte is looked at a
 * bounded number of times, however the stream is sliced. */

enum finder { AT_FIELD, IN_FIELD, IN_QUOTES, AFTER_QUOTE };

struct csv {
    struct arena *arena; /* holds this struct */
    struct csv_dialect dialect;
    bool last;     /* no chunk after this one */
    bool skip_lf;  /* the chunk before ended with CR: an LF belongs to it */
    size_t mark_n; /* bytes of the byte order mark met at the start; MARK_DONE behind it */
    int64_t line;  /* of the next record */
    struct marks chunk;
    struct buf carry;
    enum finder finder;  /* state at the end of carry */
    bool carry_is_out;   /* the last record given lies in carry */
    struct buf unquoted; /* fields that had to be copied to lose their quotes */
    struct buf fields;   /* of struct str */
};

#define MARK_LENGTH 3
#define MARK_DONE (MARK_LENGTH + 1)
static const char byte_order_mark[MARK_LENGTH + 1] = "\xEF\xBB\xBF";

#define FIELDS_STEP ((size_t)64)

struct csv *csv_new(struct csv_dialect dialect)
{
    struct arena *a = arena_new((size_t)64 << 10);
    struct csv *c = ARENA_NEW(a, struct csv);
    *c = (struct csv){.arena = a, .dialect = dialect, .line = 1};
    c->dialect.delimiter = dialect.delimiter != '\0' ? dialect.delimiter : ',';
    marks_begin(&c->chunk, STR(""), c->dialect.delimiter);
    buf_init(&c->carry, CSV_MAX_RECORD);
    buf_init(&c->unquoted, CSV_MAX_RECORD);
    buf_init(&c->fields, (CSV_MAX_RECORD + FIELDS_STEP + 1) * sizeof(struct str));
    return c;
}

void csv_free(struct csv *c)
{
    if (c == NULL) {
        return;
    }
    buf_done(&c->carry);
    buf_done(&c->unquoted);
    buf_done(&c->fields);
    arena_free(c->arena);
}

void csv_feed(struct csv *c, struct str chunk, bool last)
{
    marks_begin(&c->chunk, chunk, c->dialect.delimiter);
    c->last = last;
}

static enum rc too_long(const struct csv *c)
{
    return err_fail(
        RC_LIMIT,
        tr("第%lld行起的记录超过%zu字节", "the record from line %lld on is longer than %zu bytes"),
        (long long)c->line, CSV_MAX_RECORD);
}

/* ---- cutting a record that lies in one piece ---- */

/* A record being cut. `is_whole`: nothing follows the bytes at hand, their end is the record's. */
struct cut {
    struct marks *marks;
    bool is_whole;
    bool is_open; /* the end was not there: more bytes are needed */
    bool bad_quotes;
    int64_t lines; /* line ends inside quotes */
    size_t n;      /* fields */
    size_t end;    /* where its line end is, or the end of the bytes */
};

static bool is_line_end(char ch)
{
    return ch == '\n' || ch == '\r';
}

static int64_t count_lines(struct str s)
{
    int64_t lines = 0;
    for (size_t i = 0; i < s.n; i++) {
        lines += s.p[i] == '\n' || (s.p[i] == '\r' && !(i + 1 < s.n && s.p[i + 1] == '\n'));
    }
    return lines;
}

/* The space is taken at once, so that earlier fields of the record stay where they are. */
static enum rc put_unquoted(struct csv *c, const char *p, size_t n)
{
    if (c->unquoted.p == NULL) {
        TRY(buf_reserve(&c->unquoted, CSV_MAX_RECORD));
    }
    return n > CSV_MAX_RECORD - c->unquoted.n ? too_long(c) : buf_put(&c->unquoted, p, n);
}

/* "abc"def: what stands between a closing quote and the end of the field is kept, and told. */
static enum rc cut_stray_text(struct csv *c, struct cut *k, size_t from)
{
    marks_seek(k->marks, from);
    size_t end = marks_next(k->marks);
    k->bad_quotes = k->bad_quotes || end > from;
    return put_unquoted(c, k->marks->p + from, end - from);
}

/* Finds the closing quote from `at` on, writing out what stands before doubled ones. *ret_piece is
 * what comes behind the last doubled quote, or all. False: there is no closing quote. */
static enum rc find_closing(struct csv *c, struct str s, struct str *ret_piece, bool *ret_found)
{
    for (;;) {
        const char *quote = s.n > 0 ? memchr(s.p, c->dialect.quote, s.n) : NULL;
        size_t n = quote ? (size_t)(quote - s.p) : s.n;
        *ret_piece = str_of(s.p, n);
        *ret_found = quote != NULL;
        if (n + 1 >= s.n || s.p[n + 1] != c->dialect.quote) {
            return RC_OK;
        }
        TRY(put_unquoted(c, s.p, n + 1));
        s = str_sub(s, n + 2, s.n);
    }
}

/* A field whose opening quote is at marks->at. Leaves the marks at its end. */
static enum rc cut_quoted(struct csv *c, struct cut *k, struct str *ret)
{
    struct marks *m = k->marks;
    size_t from = m->at + 1, copied_from = c->unquoted.n;
    struct str piece;
    bool is_closed;
    TRY(find_closing(c, str_of(m->p + from, m->n - from), &piece, &is_closed));
    size_t close = (size_t)(piece.p - m->p) + piece.n;
    size_t behind = close + is_closed;
    k->bad_quotes = k->bad_quotes || !is_closed;
    k->lines += count_lines(str_of(m->p + from, close - from));
    bool has_stray =
        behind < m->n && m->p[behind] != c->dialect.delimiter && !is_line_end(m->p[behind]);
    if (c->unquoted.n == copied_from && !has_stray) {
        *ret = piece;
        marks_seek(m, behind);
        return RC_OK;
    }
    TRY(put_unquoted(c, piece.p, piece.n));
    TRY(cut_stray_text(c, k, behind));
    *ret = str_of(c->unquoted.p + copied_from, c->unquoted.n - copied_from);
    return RC_OK;
}

static struct str *fields(const struct csv *c)
{
    return (struct str *)(void *)c->fields.p;
}

static enum rc make_room(struct csv *c, size_t n)
{
    if (n > CSV_MAX_RECORD) {
        return too_long(c);
    }
    TRY(buf_reserve(&c->fields, FIELDS_STEP * sizeof(struct str)));
    c->fields.n += FIELDS_STEP * sizeof(struct str);
    return RC_OK;
}

static inline bool is_quote(const struct csv *c, const struct marks *m)
{
    return c->dialect.quote != '\0' && m->at < m->n && m->p[m->at] == c->dialect.quote;
}

static enum rc cut_record(struct csv *c, struct cut *k)
{
    struct marks *m = k->marks;
    c->unquoted.n = 0;
    for (;;) {
        if (k->n * sizeof(struct str) >= c->fields.n) {
            TRY(make_room(c, k->n));
        }
        struct str *field = &fields(c)[k->n++];
        if (__builtin_expect(is_quote(c, m), 0)) {
            TRY(cut_quoted(c, k, field));
        } else {
            *field = str_of(m->p + m->at, marks_next(m) - m->at);
        }
        k->end = marks_next(m);
        if (k->end == m->n || m->p[k->end] != c->dialect.delimiter) {
            k->is_open = k->end == m->n && !k->is_whole;
            return RC_OK;
        }
        marks_pass(m);
    }
}

/* ---- records that span chunks ---- */

static enum finder step(const struct csv *c, enum finder state, char ch)
{
    bool is_quote_char = c->dialect.quote != '\0' && ch == c->dialect.quote;
    if (state == IN_QUOTES) {
        return is_quote_char ? AFTER_QUOTE : IN_QUOTES;
    }
    if (is_quote_char && state != IN_FIELD) {
        return IN_QUOTES;
    }
    return ch == c->dialect.delimiter ? AT_FIELD : IN_FIELD;
}

/* Copies to carry what belongs to the record; *ret_ended: up to its line end. */
static enum rc carry_on(struct csv *c, bool *ret_ended)
{
    struct marks *m = &c->chunk;
    size_t i = m->at;
    while (i < m->n && (c->finder == IN_QUOTES || !is_line_end(m->p[i]))) {
        c->finder = step(c, c->finder, m->p[i]);
        i++;
    }
    if (i - m->at > CSV_MAX_RECORD - c->carry.n) {
        return too_long(c);
    }
    if (i > m->at) {
        TRY(buf_put(&c->carry, m->p + m->at, i - m->at));
    }
    *ret_ended = i < m->n;
    marks_seek(m, i);
    return RC_OK;
}

/* ---- the stream ---- */

static void take_line_end(struct csv *c)
{
    struct marks *m = &c->chunk;
    if (m->at == m->n) {
        return;
    }
    bool is_cr = m->p[m->at] == '\r';
    marks_seek(m, m->at + 1);
    c->skip_lf = is_cr && m->at == m->n;
    if (is_cr && m->at < m->n && m->p[m->at] == '\n') {
        marks_seek(m, m->at + 1);
    }
}

static void give(struct csv *c, const struct cut *k, struct csv_record *ret)
{
    *ret = (struct csv_record){
        .n = k->n, .fields = fields(c), .line = c->line, .bad_quotes = k->bad_quotes};
    c->line += k->lines + 1;
}

/* Bytes that began like a byte order mark and were none are the first of the first record. */
static enum rc give_back_mark(struct csv *c)
{
    for (size_t i = 0; i < c->mark_n; i++) {
        c->finder = step(c, c->finder, byte_order_mark[i]);
    }
    return c->mark_n > 0 ? buf_put(&c->carry, byte_order_mark, c->mark_n) : RC_OK;
}

static enum rc skip_mark(struct csv *c)
{
    struct marks *m = &c->chunk;
    size_t i = m->at;
    while (c->mark_n < MARK_LENGTH && i < m->n && m->p[i] == byte_order_mark[c->mark_n]) {
        c->mark_n++;
        i++;
    }
    marks_seek(m, i);
    if (c->mark_n < MARK_LENGTH && i == m->n && !c->last) {
        return RC_OK;
    }
    if (c->mark_n < MARK_LENGTH) {
        TRY(give_back_mark(c));
    }
    c->mark_n = MARK_DONE;
    return RC_OK;
}

static enum rc next_carried(struct csv *c, struct csv_record *ret, bool *ret_have)
{
    bool is_ended;
    TRY(carry_on(c, &is_ended));
    *ret_have = is_ended || c->last;
    if (!*ret_have) {
        return RC_OK;
    }
    struct marks m;
    marks_begin(&m, buf_str(&c->carry), c->dialect.delimiter);
    struct cut k = {.marks = &m, .is_whole = true};
    TRY(cut_record(c, &k));
    give(c, &k, ret);
    take_line_end(c);
    c->carry_is_out = true;
    return RC_OK;
}

/* An empty line is no record. */
static void skip_empty_lines(struct csv *c)
{
    struct marks *m = &c->chunk;
    if (c->skip_lf && m->at < m->n) {
        marks_seek(m, m->at + (m->p[m->at] == '\n'));
        c->skip_lf = false;
    }
    while (m->at < m->n && is_line_end(m->p[m->at])) {
        take_line_end(c);
        c->line++;
    }
}

static enum rc next_in_chunk(struct csv *c, struct csv_record *ret, bool *ret_have)
{
    size_t start = c->chunk.at;
    struct cut k = {.marks = &c->chunk, .is_whole = c->last};
    TRY(cut_record(c, &k));
    *ret_have = !k.is_open;
    if (k.is_open) {
        bool is_ended;
        c->chunk.at = start;
        return carry_on(c, &is_ended);
    }
    if (k.end - start > CSV_MAX_RECORD) {
        return too_long(c);
    }
    marks_seek(&c->chunk, k.end);
    give(c, &k, ret);
    take_line_end(c);
    return RC_OK;
}

enum rc csv_next(struct csv *c, struct csv_record *ret, bool *ret_have)
{
    if (c->carry_is_out) {
        c->carry.n = 0;
        c->carry_is_out = false;
        c->finder = AT_FIELD;
    }
    if (c->mark_n != MARK_DONE) {
        TRY(skip_mark(c));
    }
    if (c->carry.n > 0) {
        return next_carried(c, ret, ret_have);
    }
    skip_empty_lines(c);
    if (c->chunk.at == c->chunk.n) {
        *ret_have = false;
        return RC_OK;
    }
    return next_in_chunk(c, ret, ret_have);
}
