/* However the stream is sliced, the text, or the place where it breaks, is the same, and it is
 * UTF-8. */
#include <stdio.h>

#include "base/charset.h"
#include "base/text.h"
#include "fuzz.h"

/* Where it may, it reads in place, as a reader does: what is left begins the next slice. */
static enum rc take(struct charset *c, struct str slice, bool last, struct buf *out, size_t *ret_used)
{
    *ret_used = slice.n;
    if (!charset_is_in_place(c) || (slice.n < 4 && !last)) {
        return charset_feed(c, slice, last, out);
    }
    TRY(charset_check(c, slice, last, ret_used));
    return buf_put(out, slice.p, *ret_used);
}

static enum rc convert(const char *name, struct str bytes, size_t slice, struct buf *out)
{
    struct charset *c;
    TRY(charset_open(name, STR_NULL, &c));
    enum rc rc = bytes.n == 0 ? charset_feed(c, bytes, true, out) : RC_OK;
    for (size_t at = 0, used = 0; rc == RC_OK && at < bytes.n; at += used) {
        rc = take(c, str_sub(bytes, at, slice), bytes.n - at <= slice, out, &used);
    }
    charset_close(c);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Not auto: what it decides by may end where the slice does. */
    static const char *const names[] = {"utf-8", "gb18030", "utf-16", "gbk"};
    if (size < 2) {
        return 0;
    }
    const char *name = names[data[0] & 3];
    struct str bytes = fuzz_input(data + 2, size - 2);
    struct buf whole, sliced;
    char detail[256];
    buf_init(&whole, (size_t)16 << 20);
    buf_init(&sliced, (size_t)16 << 20);
    enum rc rc = convert(name, bytes, bytes.n + 1, &whole);
    snprintf(detail, sizeof detail, "%s", err_detail());
    must(convert(name, bytes, 1u + data[1] % 7u, &sliced) == rc);
    must(rc != RC_OK || str_eq(buf_str(&whole), buf_str(&sliced)));
    must(rc == RC_OK || strcmp(detail, err_detail()) == 0);
    must(text_is_utf8(buf_str(&whole)));
    buf_done(&whole);
    buf_done(&sliced);
    return 0;
}
