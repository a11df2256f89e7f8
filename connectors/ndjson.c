/* NDJSON (JSON lines): a record a line. A line that carries one of the wanted scalars is the envelope and no record;
 * blank lines are nothing. A line that is no JSON is a reject, unless it is the first: then nothing here is. */
#include "connectors/json_value.h"

#define ENVELOPE_ARENA ((size_t)2 << 20)

struct ndjson {
    struct json_reader reader;
    int64_t line;              /* passed so far */
    struct document *envelope; /* NULL: no scalar is wanted */
    struct arena *scratch;
};

static enum rc failed(const struct ndjson *d, bool is_cut)
{
    long long line = (long long)d->line + 1;
    if (d->reader.scan.why == SCAN_STOPPED) {
        return err_fail(d->reader.rc, tr("第 %lld 行: %s", "line %lld: %s"), line, err_detail());
    }
    if (is_cut) {
        return err_fail(RC_FORMAT, tr("在第 %lld 行中断", "ends early, in line %lld"), line);
    }
    return err_fail(RC_FORMAT, tr("第 %lld 行不是 JSON", "line %lld is not JSON"), line);
}

static enum rc reject(struct ndjson *d)
{
    struct records *r = d->reader.records;
    TRY(records_begin(r));
    records_reject(r, tr("此行不是 JSON", "the line is no JSON"));
    return records_end(r);
}

/* Scalars of a line that has any; a line that is wrong is judged as a record. */
static enum rc read_envelope(struct ndjson *d, struct str line, bool *ret_is_envelope)
{
    struct document_page page;
    bool is_cut = false;
    arena_reset(d->scratch);
    if (document_decode(d->envelope, line, d->scratch, &page, &is_cut) != RC_OK) {
        err_clear();
        return RC_OK;
    }
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        if (page.scalars[i].kind != SCALAR_ABSENT) {
            TRY(records_scalar(d->reader.records, i, page.scalars[i].kind, page.scalars[i].text));
            *ret_is_envelope = true;
        }
    }
    return RC_OK;
}

/* `is_open`: the line has no end, the document may be cut here. */
static enum rc read_line(struct ndjson *d, struct str line, bool is_open, bool *ret_is_cut)
{
    struct scan *s = &d->reader.scan;
    bool is_envelope = false;
    if (d->envelope != NULL) {
        TRY(read_envelope(d, line, &is_envelope));
    }
    if (is_envelope) {
        return RC_OK;
    }
    s->end = line.p + line.n;
    const char *end = json_read_record(&d->reader, line.p, 0);
    if (end == s->end) {
        return RC_OK;
    }
    *ret_is_cut = end == NULL && s->why == SCAN_MORE && is_open;
    bool is_first = d->reader.records->begun == 0;
    bool is_harmless = end == NULL && s->why != SCAN_STOPPED && !*ret_is_cut && !is_first;
    return is_harmless ? reject(d) : failed(d, *ret_is_cut);
}

static enum rc ndjson_read(void *state, struct str window, bool last, size_t *ret_used,
                           bool *ret_is_cut)
{
    struct ndjson *d = state;
    struct str rest = window;
    buf_reset(&d->reader.spill);
    TRY(buf_reserve(&d->reader.spill, window.n * 2 + 1));
    while (rest.n > 0) {
        size_t n = str_find(rest, '\n');
        if (n == rest.n && !last) {
            break;
        }
        struct str line = str_sub(rest, 0, n);
        if (d->line == 0 && str_starts(line, STR("\xEF\xBB\xBF"))) {
            line = str_sub(line, 3, line.n);
        }
        line = str_trim(line);
        if (line.n > 0) {
            TRY(read_line(d, line, n == rest.n, ret_is_cut));
        }
        d->line++;
        rest = str_sub(rest, n + 1, rest.n);
    }
    *ret_used = window.n - rest.n;
    return RC_OK;
}

static void ndjson_begin(void *state)
{
    struct ndjson *d = state;
    d->line = 0;
    d->reader.records->has_place = true;
}

static void ndjson_close(void *state)
{
    struct ndjson *d = state;
    buf_done(&d->reader.spill);
    document_close(d->envelope);
    arena_free(d->scratch);
}

static enum rc open_envelope(struct ndjson *d, const struct document_wants *wants)
{
    struct document_wants envelope = {.depth = wants->depth, .fields = wants->fields};
    bool is_wanted = false;
    for (size_t i = 0; i < DOCUMENT_MAX_SCALARS; i++) {
        envelope.scalars[i] = wants->scalars[i];
        is_wanted = is_wanted || wants->scalars[i] != NULL;
    }
    if (!is_wanted) {
        return RC_OK;
    }
    d->scratch = arena_new(ENVELOPE_ARENA);
    return document_open(&envelope, &d->envelope);
}

static enum rc ndjson_open(const struct document_wants *wants, struct plan *plan,
                           struct records *records, struct arena *a, void **ret_state)
{
    (void)plan;
    struct ndjson *d = ARENA_NEW(a, struct ndjson);
    d->reader.records = records;
    d->reader.scan.is_last = true; /* a line is all there is of its record */
    buf_init(&d->reader.spill, SIZE_MAX / 2);
    *ret_state = d;
    return open_envelope(d, wants);
}

const struct decoder decoder_ndjson = {
    .format = "ndjson",
    .open = ndjson_open,
    .begin = ndjson_begin,
    .read = ndjson_read,
    .close = ndjson_close,
};
