#include "connectors/document.h"

#include "connectors/decoder.h"
#include "connectors/decrypt.h"

#define ARENA ((size_t)8 << 20)

static const struct decoder *const decoders[] = {&decoder_json, &decoder_ndjson, &decoder_xml,
                                                 &decoder_csv};

struct document {
    struct arena *arena;
    struct plan plan;
    struct records records;
    const struct decoder *decoder;
    void *state;
    struct document *outer; /* the one around this, or NULL */
    struct decrypt *cipher; /* of the text that holds this one, or NULL */
    struct buf plain;
};

static enum rc find_decoder(struct str kind, const struct decoder **ret)
{
    for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++) {
        if (str_is(kind, decoders[i]->format)) {
            *ret = decoders[i];
            return RC_OK;
        }
    }
    return err_fail(RC_CONFIG, tr("未知格式 %.*s", "unknown format %.*s"), STR_ARGS(kind));
}

static struct str kind_of(const struct yaml *format)
{
    return format == NULL ? STR("json") : yaml_text(format, "kind");
}

static enum rc open_one(const struct document_wants *wants, struct str kind, struct document **ret)
{
    const struct decoder *decoder = NULL;
    TRY(find_decoder(kind, &decoder));
    struct arena *a = arena_new(ARENA);
    struct document *d = ARENA_NEW(a, struct document);
    d->arena = a;
    buf_init(&d->plain, SIZE_MAX / 2); /* no longer than what was encrypted */
    enum rc rc = plan_make(a, wants, &d->plan);
    if (rc == RC_OK) {
        records_init(&d->records, a, &d->plan);
        d->decoder = decoder;
        rc = decoder->open(wants, &d->plan, &d->records, a, &d->state);
    }
    if (rc != RC_OK) {
        document_close(d);
        return rc;
    }
    *ret = d;
    return RC_OK;
}

/* Of the outer document only scalars are wanted, the inner document's text among them. */
static enum rc open_outer(const struct document_wants *wants, const struct yaml *inner,
                          struct document **ret)
{
    struct document_wants outer = {.format = wants->format, .depth = wants->depth, .fields = wants->fields};
    memcpy(outer.scalars, wants->scalars, sizeof outer.scalars);
    outer.scalars[DOCUMENT_INNER] = yaml_text(inner, "at").p;
    return open_one(&outer, kind_of(wants->format), ret);
}

static enum rc open_cipher(struct document *d, const struct document_wants *wants,
                           const struct yaml *how)
{
    if (how == NULL) {
        return RC_OK;
    }
    d->cipher = ARENA_NEW(d->arena, struct decrypt);
    return decrypt_read(d->arena, wants->base_dir, how, d->cipher);
}

enum rc document_open(const struct document_wants *wants, struct document **ret)
{
    const struct yaml *inner = yaml_get(wants->format, "inner");
    struct document *d = NULL;
    TRY(open_one(wants, kind_of(inner == NULL ? wants->format : inner), &d));
    enum rc rc = inner == NULL ? RC_OK : open_outer(wants, inner, &d->outer);
    rc = rc == RC_OK ? open_cipher(d, wants, yaml_get(inner, "decrypt")) : rc;
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
    document_close(d->outer);
    buf_done(&d->plain);
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

static enum rc read_inner(struct document *d, bool *ret_is_cut)
{
    const struct scalar *text = &d->outer->records.scalars[DOCUMENT_INNER];
    size_t used = 0;
    bool is_cut = false;
    if (text->kind != SCALAR_TEXT) {
        d->records.has_place = text->kind == SCALAR_NULL;
        return RC_OK;
    }
    (void)ret_is_cut; /* an inner document that ends early came whole: it is wrong */
    struct str inner = text->text;
    if (d->cipher != NULL) {
        buf_reset(&d->plain);
        TRY(decrypt_text(d->cipher, inner, &d->plain));
        inner = buf_str(&d->plain);
    }
    return d->decoder->read(d->state, inner, true, &used, &is_cut);
}

static enum rc read_both(struct document *d, struct str window, bool *ret_is_cut)
{
    size_t used = 0;
    struct records *around = &d->outer->records;
    document_begin(d->outer);
    TRY(d->outer->decoder->read(d->outer->state, window, true, &used, ret_is_cut));
    TRY(read_inner(d, ret_is_cut));
    for (size_t i = 0; i < DOCUMENT_INNER; i++) {
        if (d->records.scalars[i].kind == SCALAR_ABSENT) {
            TRY(records_scalar(&d->records, i, around->scalars[i].kind, around->scalars[i].text));
        }
    }
    return RC_OK;
}

enum rc document_read(struct document *d, struct str window, bool last, size_t *ret_used,
                      bool *ret_is_cut)
{
    *ret_used = 0;
    if (d->outer == NULL) {
        TRY(d->decoder->read(d->state, window, last, ret_used, ret_is_cut));
    } else if (last) {
        TRY(read_both(d, window, ret_is_cut));
        *ret_used = window.n;
    }
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

void document_forget(struct document *d)
{
    records_forget(&d->records);
}

enum rc document_decode(struct document *d, struct str body, struct arena *a,
                        struct document_page *ret, bool *ret_is_cut)
{
    size_t used = 0;
    document_begin(d);
    enum rc rc = document_read(d, body, true, &used, ret_is_cut);
    if (rc != RC_OK) {
        document_forget(d);
        return rc;
    }
    document_take(d, a, ret);
    return RC_OK;
}
