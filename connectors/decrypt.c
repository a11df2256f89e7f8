#include "connectors/decrypt.h"

#include "base/crypto.h"
#include "base/utf8.h"
#include "connectors/filter.h"

#define LOOKED_AT ((size_t)256)

const struct key_spec decrypt_keys[] = {DECRYPT_KEYS, {0}};

void decrypt_check(struct problems *p, const struct yaml *map)
{
    static const char *const required[] = {"cipher", "key"};
    if (map == NULL || map->kind != YAML_MAP) {
        return;
    }
    const struct yaml *iv = yaml_get(map, "iv");
    const struct cipher *c = cipher_find(yaml_text(map, "cipher"));
    bool in_front = str_is(yaml_text(map, "iv_in_front"), "true");
    for (size_t i = 0; i < 2; i++) {
        if (yaml_get(map, required[i]) == NULL) {
            problem_add(p, map, "", tr("缺少必需的键 \"%s\"", "missing key \"%s\""), required[i]);
        }
    }
    if (c != NULL && c->iv_n > 0 && iv == NULL && !in_front) {
        problem_add(p, map, "iv: \"${env:...}\"", tr("%s 需要 iv 或 iv_in_front: true", "%s needs iv or iv_in_front: true"),
                    c->name);
    }
    if (iv != NULL && ((c != NULL && c->iv_n == 0) || in_front)) {
        problem_add(p, iv, tr("删去它。", "Remove it."), "%s", tr("这里不用 iv", "iv has no use here"));
    }
}

static enum rc read_bytes(struct arena *a, const char *base_dir, const struct yaml *map,
                          const char *name, struct buf *out)
{
    enum encoding e = ENCODING_HEX;
    struct str text;
    (void)encoding_find(yaml_text(map, "key_encoding"), &e);
    TRY(keys_resolve(a, yaml_text(map, name), base_dir, &text));
    if (encoding_read(e, text, out) != RC_OK) {
        return err_fail(RC_CONFIG, tr("decrypt.%s 不是 %s 文本", "decrypt.%s is no %s text"), name, encoding_names[e]);
    }
    return RC_OK;
}

static enum rc read_key(struct arena *a, const char *base_dir, const struct yaml *map,
                        struct buf *b, struct decrypt *ret)
{
    const struct cipher *c = ret->key.cipher;
    TRY(read_bytes(a, base_dir, map, "key", b));
    if (!cipher_takes_key(c, b->n)) {
        return err_fail(RC_CONFIG, tr("decrypt.key 有 %zu 字节,%s 不用这种长度", "decrypt.key has %zu bytes, not of use for %s"),
                        b->n, c->name);
    }
    ret->key.key_n = b->n;
    memcpy(ret->key.key, b->p, b->n);
    buf_reset(b);
    if (c->iv_n == 0 || ret->is_iv_in_front) {
        return RC_OK;
    }
    TRY(read_bytes(a, base_dir, map, "iv", b));
    if (b->n != c->iv_n) {
        return err_fail(RC_CONFIG, tr("decrypt.iv 有 %zu 字节,应为 %zu", "decrypt.iv has %zu bytes, not %zu"), b->n, c->iv_n);
    }
    memcpy(ret->key.iv, b->p, b->n);
    return RC_OK;
}

enum rc decrypt_read(struct arena *a, const char *base_dir, const struct yaml *map,
                     struct decrypt *ret)
{
    struct decrypt d = {.key = {.cipher = cipher_find(yaml_text(map, "cipher"))},
                        .encoding = ENCODING_BASE64,
                        .is_iv_in_front = str_is(yaml_text(map, "iv_in_front"), "true")};
    struct buf b;
    if (d.key.cipher == NULL) {
        return err_fail(RC_CONFIG, "decrypt.cipher");
    }
    (void)encoding_find(yaml_text(map, "encoding"), &d.encoding);
    buf_init(&b, (size_t)1 << 20);
    enum rc rc = read_key(a, base_dir, map, &b, &d);
    buf_done(&b);
    *ret = d;
    return rc;
}

/* ---- there and back ---- */

static enum rc decipher(const struct decrypt *d, struct str bytes, struct buf *out)
{
    struct cipher_key key = d->key;
    size_t n = d->is_iv_in_front ? key.cipher->iv_n : 0;
    if (bytes.n < n) {
        return err_fail(RC_DECRYPT, "%s", tr("密文太短", "too short a text"));
    }
    memcpy(key.iv, bytes.n > 0 ? bytes.p : "", n);
    return cipher_decrypt(&key, str_sub(bytes, n, bytes.n), out);
}

enum rc decrypt_bytes(const struct decrypt *d, struct str text, struct buf *out)
{
    struct buf bytes;
    if (d->encoding == ENCODING_RAW) {
        return decipher(d, text, out);
    }
    buf_init(&bytes, text.n + 1);
    enum rc rc = encoding_read(d->encoding, str_trim(text), &bytes);
    rc = rc == RC_OK ? decipher(d, buf_str(&bytes), out)
                     : err_fail(RC_DECRYPT, tr("密文不是 %s 文本", "the encrypted text is no %s"),
                                encoding_names[d->encoding]);
    buf_done(&bytes);
    return rc;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static enum rc fail_garbage(struct buf *out, size_t before)
{
    out->n = before;
    return err_fail(RC_DECRYPT, "%s", tr("解出的不是文本", "what comes out is no text"));
}

enum rc decrypt_text(const struct decrypt *d, struct str text, struct buf *out)
{
    size_t before = out->n;
    TRY(decrypt_bytes(d, text, out));
    struct str plain = str_sub(buf_str(out), before, out->n);
    bool is_text = utf8_valid_prefix(plain) == plain.n && !has_control(plain);
    return is_text ? RC_OK : fail_garbage(out, before);
}

enum rc encrypt_text(const struct decrypt *d, struct str plain, struct buf *out)
{
    struct cipher_key key = d->key;
    struct buf bytes;
    buf_init(&bytes, plain.n + 64);
    enum rc rc = RC_OK;
    if (d->is_iv_in_front) {
        rc = crypto_random(key.iv, key.cipher->iv_n);
        rc = rc == RC_OK ? buf_put(&bytes, key.iv, key.cipher->iv_n) : rc;
    }
    rc = rc == RC_OK ? cipher_encrypt(&key, plain, &bytes) : rc;
    rc = rc == RC_OK ? encoding_write(d->encoding, buf_str(&bytes), out) : rc;
    buf_done(&bytes);
    return rc;
}

/* ---- the filter ---- */

static enum rc filter_open(const struct source *s, const struct yaml *settings, void **ret_state)
{
    struct decrypt *d = ARENA_NEW(s->arena, struct decrypt);
    *ret_state = d;
    return decrypt_read(s->arena, s->base_dir, settings, d);
}

/* Documents in any charset, or packed once more. */
static bool looks_right(struct str s)
{
    static const char *const marks[] = {"\x1f\x8b", "PK\x03\x04", "\xff\xfe", "\xfe\xff"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_starts(s, str_from(marks[i]))) {
            return true;
        }
    }
    return !has_control(str_sub(s, 0, LOOKED_AT));
}

static enum rc filter_run(void *state, struct str in, size_t max, const struct filter_sink *out,
                          bool *ret_is_cut)
{
    struct buf plain;
    (void)ret_is_cut;
    buf_init(&plain, max + CIPHER_KEY_MAX);
    enum rc rc = decrypt_bytes(state, in, &plain);
    rc = rc == RC_OK && !looks_right(buf_str(&plain)) ? fail_garbage(&plain, 0) : rc;
    rc = rc == RC_OK ? out->take(out->ctx, buf_str(&plain)) : rc;
    buf_done(&plain);
    return rc;
}

const struct filter filter_decrypt = {"decrypt", filter_open, filter_run};
