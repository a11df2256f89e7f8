#include "connectors/json_cipher.h"

enum rc json_cipher_open(struct json_cipher *c, struct arena *a, const char *base_dir, const struct yaml *how,
                         struct records *records)
{
    buf_init(&c->plain, SIZE_MAX / 2); /* no longer than what was encrypted */
    buf_init(&c->reader.spill, SIZE_MAX / 2);
    c->reader.records = records;
    c->reader.scan.is_last = true; /* a text is all there is of its record */
    return decrypt_read(a, base_dir, how, &c->how);
}

void json_cipher_close(struct json_cipher *c)
{
    buf_done(&c->plain);
    buf_done(&c->reader.spill);
}

void json_cipher_begin(struct json_cipher *c)
{
    c->met = c->failed = 0;
}

static enum rc reject(struct json_cipher *c, const char *reason)
{
    struct records *r = c->reader.records;
    c->failed++;
    TRY(records_begin(r));
    records_reject(r, reason);
    return records_end(r);
}

/* Behind the object only blanks: anything else was never one record. */
static bool is_whole(struct str plain, const char *end)
{
    return end != NULL && str_trim(str_sub(plain, (size_t)(end - plain.p), plain.n)).n == 0;
}

static enum rc read_plain(struct json_cipher *c, struct str plain, size_t depth)
{
    struct scan *s = &c->reader.scan;
    if (!str_starts(plain, STR("{"))) {
        return reject(c, tr("解出的不是 JSON 对象", "what comes out is no JSON object"));
    }
    TRY(buf_reserve(&c->reader.spill, plain.n * 2 + 1));
    s->end = plain.p + plain.n;
    s->why = SCAN_MORE;
    const char *end = json_read_record(&c->reader, plain.p, depth);
    if (end == NULL && s->why == SCAN_STOPPED) {
        return c->reader.rc;
    }
    if (end == NULL) {
        return reject(c, tr("解出的不是 JSON 对象", "what comes out is no JSON object"));
    }
    return is_whole(plain, end) ? RC_OK
                                : err_fail(RC_DECRYPT, "%s", tr("一条记录解出的不止一个 JSON 对象",
                                                                "more than one JSON object comes out of a record"));
}

enum rc json_cipher_read(struct json_cipher *c, struct str text, size_t depth)
{
    c->met++;
    buf_reset(&c->plain);
    buf_reset(&c->reader.spill);
    if (decrypt_text(&c->how, text, &c->plain) != RC_OK) {
        err_clear();
        return reject(c, "undecipherable");
    }
    return read_plain(c, str_trim(buf_str(&c->plain)), depth);
}

enum rc json_cipher_end(const struct json_cipher *c)
{
    return c->failed * 2 <= c->met
               ? RC_OK
               : err_fail(RC_DECRYPT, tr("%zu 条记录中 %zu 条解不开", "of %zu records, %zu cannot be deciphered"), c->met, c->failed);
}
