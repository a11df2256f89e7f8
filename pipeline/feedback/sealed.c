#include "pipeline/feedback/sealed.h"

#include <stdio.h>

#include "base/encode.h"
#include "base/scan.h"
#include "base/text.h"

#define PLAIN_MAX ((size_t)1 << 20)
#define DIGITS_MOST 7

struct str sealed_clean(struct arena *a, struct str text)
{
    struct str folded = arena_str(a, text_fold(a, text));
    char *out = arena_alloc(a, folded.n + 1);
    size_t n = 0;
    while (n < folded.n) {
        size_t digits = scan_digits(str_sub(folded, n, folded.n));
        size_t run = digits > 0 ? digits : 1;
        if (digits > DIGITS_MOST) {
            memset(out + n, '*', run);
        } else {
            memcpy(out + n, folded.p + n, run);
        }
        n += run;
    }
    return str_of(out, n);
}

static struct str context(char text[64], struct str lead_no)
{
    (void)snprintf(text, 64, "result %.*s", STR_ARGS(lead_no));
    return str_from(text);
}

enum rc sealed_write(const struct config *config, struct str lead_no, struct str text, struct buf *out)
{
    char bound[64];
    return crypto_seal(&config->seal_key, text, context(bound, lead_no), out);
}

static enum rc open_hex(const struct config *config, struct str lead_no, struct str hex, struct buf *bytes, struct buf *plain)
{
    char bound[64];
    TRY(encoding_read(ENCODING_HEX, hex, bytes));
    return crypto_open(&config->seal_key, buf_str(bytes), context(bound, lead_no), plain);
}

enum rc sealed_read(const struct config *config, struct arena *a, struct str lead_no, struct str hex, struct str *ret)
{
    struct buf bytes, plain;
    buf_init(&bytes, PLAIN_MAX);
    buf_init(&plain, PLAIN_MAX);
    enum rc rc = open_hex(config, lead_no, hex, &bytes, &plain);
    if (rc == RC_OK) {
        *ret = arena_str(a, buf_str(&plain));
    }
    buf_done(&bytes);
    buf_done(&plain);
    return rc;
}
