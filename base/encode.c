#include "base/encode.h"

const char *const encoding_names[] = {"hex", "upper_hex", "base64", "raw", NULL};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool encoding_find(struct str name, enum encoding *ret)
{
    for (size_t i = 0; encoding_names[i] != NULL; i++) {
        if (str_is(name, encoding_names[i])) {
            *ret = (enum encoding)i;
            return true;
        }
    }
    return false;
}

static enum rc encode_hex(struct str bytes, const char *digits, struct buf *out)
{
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char byte = (unsigned char)bytes.p[i];
        TRY(buf_putc(out, digits[byte >> 4]));
        TRY(buf_putc(out, digits[byte & 15]));
    }
    return RC_OK;
}

static enum rc encode_base64(struct str bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.n; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++) {
            group = group << 8 | (i + k < bytes.n ? (unsigned char)bytes.p[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            bool is_padding = i + k > bytes.n;
            TRY(buf_putc(out, is_padding ? '=' : alphabet[group >> (18 - 6 * k) & 63]));
        }
    }
    return RC_OK;
}

enum rc encoding_write(enum encoding e, struct str bytes, struct buf *out)
{
    switch (e) {
    case ENCODING_HEX:
        return encode_hex(bytes, "0123456789abcdef", out);
    case ENCODING_UPPER_HEX:
        return encode_hex(bytes, "0123456789ABCDEF", out);
    case ENCODING_BASE64:
        return encode_base64(bytes, out);
    case ENCODING_RAW:
        break;
    }
    return buf_puts(out, bytes);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

static int base64_value(char c)
{
    c = c == '-' ? '+' : c == '_' ? '/' : c;
    const char *at = c == '\0' ? NULL : memchr(alphabet, c, sizeof alphabet - 1);
    return at == NULL ? -1 : (int)(at - alphabet);
}

static enum rc fail_text(struct buf *out, size_t before, const char *expected)
{
    out->n = before;
    return err_fail(RC_VALUE, tr("不是%s文本", "no %s text"), expected);
}

static enum rc decode_hex(struct str text, struct buf *out)
{
    size_t before = out->n;
    for (size_t i = 0; i + 1 < text.n; i += 2) {
        int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);
        if (high < 0 || low < 0) {
            return fail_text(out, before, "hex");
        }
        TRY(buf_putc(out, (char)(high * 16 + low)));
    }
    return text.n % 2 == 0 ? RC_OK : fail_text(out, before, "hex");
}

static struct str without_padding(struct str text)
{
    while (text.n > 0 && (text.p[text.n - 1] == '=' || is_line_end(text.p[text.n - 1]))) {
        text.n--;
    }
    return text;
}

static enum rc decode_base64(struct str text, struct buf *out)
{
    size_t before = out->n, sextets = 0;
    uint32_t group = 0;
    text = without_padding(text);
    for (size_t i = 0; i < text.n; i++) {
        if (is_line_end(text.p[i])) {
            continue;
        }
        int value = base64_value(text.p[i]);
        if (value < 0) {
            return fail_text(out, before, "base64");
        }
        group = group << 6 | (uint32_t)value;
        if (sextets++ % 4 > 0) { /* the first of four completes no byte */
            TRY(buf_putc(out, (char)(group >> (6 - 2 * ((sextets - 1) % 4)))));
        }
    }
    return sextets % 4 != 1 ? RC_OK : fail_text(out, before, "base64");
}

enum rc encoding_read(enum encoding e, struct str text, struct buf *out)
{
    switch (e) {
    case ENCODING_HEX:
    case ENCODING_UPPER_HEX:
        return decode_hex(text, out);
    case ENCODING_BASE64:
        return decode_base64(text, out);
    case ENCODING_RAW:
        break;
    }
    return buf_puts(out, text);
}
