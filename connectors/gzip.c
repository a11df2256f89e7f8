/* gzip, zlib's own wrapping too; several members behind each other are one text. */
#include <zlib.h>

#include "connectors/filter.h"

#define STEP ((size_t)256 << 10)
#define WINDOW (15 + 32) /* gzip or zlib, by its header */

static enum rc wrong(struct str in, const z_stream *z)
{
    return err_fail(RC_FORMAT, tr("第 %zu 字节不是 gzip", "not gzip at byte %zu"),
                    in.n - z->avail_in + 1);
}

/* One member; *ret_end once it is complete. */
static enum rc inflate_member(z_stream *z, struct str in, struct buf *out, bool *ret_end)
{
    int result = Z_OK;
    while (result == Z_OK) {
        size_t room = out->max - out->n < STEP ? out->max - out->n : STEP;
        if (room == 0) {
            return err_fail(RC_LIMIT, tr("解压后超过 %zu 字节(上限 caps.body)", "unpacks to more than %zu bytes (caps.body)"),
                            out->max);
        }
        TRY(buf_reserve(out, room));
        z->next_out = (Bytef *)out->p + out->n;
        z->avail_out = (uInt)room;
        result = inflate(z, Z_NO_FLUSH);
        out->n += room - z->avail_out;
    }
    *ret_end = result == Z_STREAM_END;
    return *ret_end || result == Z_BUF_ERROR ? RC_OK : wrong(in, z);
}

static enum rc inflate_all(z_stream *z, struct str in, struct buf *out, bool *ret_is_cut)
{
    bool is_end = false;
    do {
        TRY(inflate_member(z, in, out, &is_end));
        if (!is_end) {
            *ret_is_cut = true;
            return err_fail(RC_FORMAT, tr("gzip 在第 %zu 字节中断", "gzip ends early, at byte %zu"),
                            in.n);
        }
        if (inflateReset(z) != Z_OK) {
            return err_fail(RC_BUG, "inflateReset");
        }
    } while (z->avail_in > 0);
    return RC_OK;
}

static enum rc gzip_run(void *state, struct str in, size_t max, const struct filter_sink *out,
                        bool *ret_is_cut)
{
    (void)state;
    struct buf b;
    z_stream z = {0};
    if (in.n > UINT32_MAX || inflateInit2(&z, WINDOW) != Z_OK) {
        return err_fail(RC_LIMIT, "gzip: %zu", in.n);
    }
    buf_init(&b, max);
    memcpy(&z.next_in, &in.p, sizeof in.p);
    z.avail_in = (uInt)in.n;
    enum rc rc = inflate_all(&z, in, &b, ret_is_cut);
    rc = rc == RC_OK ? out->take(out->ctx, buf_str(&b)) : rc;
    inflateEnd(&z);
    buf_done(&b);
    return rc;
}

const struct filter filter_gzip = {.kind = "gzip", .run = gzip_run};
