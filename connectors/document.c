#include "connectors/document.h"

#include "connectors/decoder.h"

#define ARENA ((size_t)8 << 20)

static const struct decoder *const decoders[] = {&decoder_json, &decoder_ndjson};
const char *const document_formats[] = {"json", "ndjson", NULL};

struct document {
    struct arena *arena;
    struct plan plan;
    struct records records;
    const struct decoder *decoder;
    void *state;
};

void document_check(const struct yaml *settings, struct problems *problems)
{
    (void)settings, (void)problems;
}

static const struct decoder *find(struct str format)
{
    for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++) {
        if (str_is(format, decoders[i]->format)) {
            return decoders[i];
        }
    }
    return NULL;
}

static enum rc set_up(struct document *d, const struct document_wants *wants)
{
    struct str format = str_is_null(wants->format) ? STR("json") : wants->format;
    const struct decoder *decoder = find(format);
    if (decoder == NULL) {
        return err_fail(RC_CONFIG, tr("未知格式 %.*s", "unknown format %.*s"), STR_ARGS(format));
    }
    TRY(plan_make(d->arena, wants, &d->plan));
    records_init(&d->records, d->arena, &d->plan);
    d->decoder = decoder;
    return decoder->open(wants, &d->records, d->arena, &d->state);
}

enum rc document_open(const struct document_wants *wants, struct document **ret)
{
    struct arena *a = arena_new(ARENA);
    struct document *d = ARENA_NEW(a, struct document);
    d->arena = a;
    enum rc rc = set_up(d, wants);
    if (rc != RC_OK) {
        document_close(d);
        return rc;
    }
    *ret = d;
    return RC_OK;
}

void document_close(struct document *d)
{
    if (d == NULL) {
        return;
    }
    if (d->state != NULL) {
        d->decoder->close(d->state);
    }
    if (d->decoder != NULL) {
        records_done(&d->records);
    }
    arena_free(d->arena);
}

void document_begin(struct document *d)
{
    records_begin_document(&d->records);
    d->decoder->begin(d->state);
}

enum rc document_read(struct document *d, struct str window, bool last, size_t *ret_used,
                      bool *ret_is_cut)
{
    TRY(d->decoder->read(d->state, window, last, ret_used, ret_is_cut));
    if (last) {
        records_end_document(&d->records);
    }
    return RC_OK;
}

size_t document_rows(const struct document *d)
{
    return d->records.begun;
}

void document_take(struct document *d, struct arena *a, struct document_page *ret)
{
    records_take(&d->records, a, ret);
}

enum rc document_decode(struct document *d, struct str body, struct arena *a,
                        struct document_page *ret, bool *ret_is_cut)
{
    size_t used = 0;
    document_begin(d);
    enum rc rc = document_read(d, body, true, &used, ret_is_cut);
    if (rc != RC_OK) {
        records_forget(&d->records);
        return rc;
    }
    document_take(d, a, ret);
    return RC_OK;
}
