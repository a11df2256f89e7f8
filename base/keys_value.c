#include "base/keys.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/fs.h"

#define SECRET_MAX_BYTES ((size_t)64 << 10)
#define RESOLVED_MAX_BYTES ((size_t)1 << 20)

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"min", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Cuts the digits off the front. */
static struct str cut_digits(struct str *s)
{
    size_t n = 0;
    while (n < s->n && is_digit(s->p[n])) {
        n++;
    }
    struct str digits = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return digits;
}

bool keys_duration_ms(struct str s, int64_t *ret_ms)
{
    int64_t count = 0, ms = 0;
    if (!str_to_i64(cut_digits(&s), &count)) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (str_is(s, units[i].name) && !__builtin_mul_overflow(count, units[i].ms, &ms)) {
            *ret_ms = ms;
            return true;
        }
    }
    return false;
}

bool keys_percent(struct str s, int64_t *ret_micro)
{
    int64_t micro = 0;
    if (!str_to_i64(cut_digits(&s), &micro) || __builtin_mul_overflow(micro, 10000, &micro)) {
        return false;
    }
    if (s.n > 0 && s.p[0] == '.') {
        s = str_sub(s, 1, s.n);
        struct str decimals = cut_digits(&s);
        if (decimals.n < 1 || decimals.n > 4) {
            return false;
        }
        int64_t place = 1000, part = 0;
        for (size_t i = 0; i < decimals.n; i++, place /= 10) {
            part += (decimals.p[i] - '0') * place;
        }
        if (__builtin_add_overflow(micro, part, &micro)) {
            return false;
        }
    }
    if (!str_is(s, "%")) {
        return false;
    }
    *ret_micro = micro;
    return true;
}

enum reference_kind { REFERENCE_ENV, REFERENCE_FILE, REFERENCE_CREDENTIAL, REFERENCE_KINDS };
static const char *const reference_names[] = {"env", "file", "credential"};

struct reference {
    enum reference_kind kind;
    struct str name;
};

static size_t find_opening(struct str s)
{
    const char *hit = s.n == 0 ? NULL : memmem(s.p, s.n, "${", 2);
    return hit == NULL ? s.n : (size_t)(hit - s.p);
}

/* Cuts "${kind:name}" off the front of *s, which starts with "${". False, and nothing cut, if
 * malformed. */
static bool cut_reference(struct str *s, struct reference *ret)
{
    size_t end = str_find(*s, '}');
    if (end == s->n) {
        return false;
    }
    struct str name = str_sub(*s, 2, end - 2);
    struct str kind = str_cut(&name, ':');
    size_t i = 0;
    while (i < REFERENCE_KINDS && !str_is(kind, reference_names[i])) {
        i++;
    }
    if (i == REFERENCE_KINDS || name.n == 0) {
        return false;
    }
    *ret = (struct reference){(enum reference_kind)i, name};
    *s = str_sub(*s, end + 1, s->n);
    return true;
}

bool keys_is_reference(struct str s)
{
    size_t found = 0;
    for (;;) {
        s = str_sub(s, find_opening(s), s.n);
        struct reference r;
        if (s.n == 0) {
            return found > 0;
        }
        if (!cut_reference(&s, &r)) {
            return false;
        }
        found++;
    }
}

static enum rc put_env(struct buf *out, const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        enum rc rc = err_fail(
            RC_CONFIG, tr("环境变量 %s 没有设置", "environment variable %s is not set"), name);
        err_hint(tr("在服务的环境文件里设置 %s。", "Set %s in the environment of the service."),
                 name);
        return rc;
    }
    return buf_puts(out, str_from(value));
}

static struct str without_newline(struct str s)
{
    if (str_ends(s, STR("\r\n"))) {
        return str_sub(s, 0, s.n - 2);
    }
    return str_ends(s, STR("\n")) ? str_sub(s, 0, s.n - 1) : s;
}

static enum rc put_file(struct arena *a, struct buf *out, const char *name, const char *base_dir)
{
    const char *path = *name == '/' ? name : arena_printf(a, "%s/%s", base_dir, name);
    struct buf bytes;
    buf_init(&bytes, SECRET_MAX_BYTES);
    enum rc rc = fs_read(path, SECRET_MAX_BYTES, &bytes);
    rc = rc == RC_OK ? buf_puts(out, without_newline(buf_str(&bytes)))
                     : err_fail(RC_CONFIG, "%s", err_detail());
    buf_done(&bytes);
    return rc;
}

/* What systemd hands a service that says LoadCredential=NAME:... */
static enum rc put_credential(struct arena *a, struct buf *out, const char *name)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (folder == NULL || strchr(name, '/') != NULL) {
        enum rc rc = err_fail(RC_CONFIG, tr("没有凭据 %s", "there is no credential %s"), name);
        err_hint(tr("在服务单元里写 LoadCredential=%s:...。", "Write LoadCredential=%s:... in the service's unit."),
                 name);
        return rc;
    }
    return put_file(a, out, name, folder);
}

static enum rc put_reference(struct arena *a, struct buf *out, const struct reference *r,
                             const char *base_dir)
{
    const char *name = arena_cstr(a, r->name);
    switch (r->kind) {
    case REFERENCE_FILE:
        return put_file(a, out, name, base_dir);
    case REFERENCE_CREDENTIAL:
        return put_credential(a, out, name);
    case REFERENCE_ENV:
    case REFERENCE_KINDS:
        break;
    }
    return put_env(out, name);
}

static enum rc fail_malformed(void)
{
    return err_fail(RC_CONFIG, "%s",
                    tr("引用应写成 ${env:NAME}、${file:PATH} 或 ${credential:NAME}",
                       "a reference is written ${env:NAME}, ${file:PATH} or ${credential:NAME}"));
}

static enum rc resolve(struct arena *a, struct str s, const char *base_dir, struct buf *out)
{
    while (s.n > 0) {
        size_t literal = find_opening(s);
        TRY(buf_puts(out, str_sub(s, 0, literal)));
        s = str_sub(s, literal, s.n);
        struct reference r;
        if (s.n == 0) {
            break;
        }
        if (!cut_reference(&s, &r)) {
            return fail_malformed();
        }
        TRY(put_reference(a, out, &r, base_dir));
    }
    return RC_OK;
}

enum rc keys_resolve(struct arena *a, struct str s, const char *base_dir, struct str *ret)
{
    struct buf out;
    buf_init(&out, RESOLVED_MAX_BYTES);
    enum rc rc = resolve(a, s, base_dir, &out);
    if (rc == RC_OK) {
        *ret = str_is_null(s) ? s : arena_str(a, buf_str(&out));
    }
    buf_done(&out);
    return rc;
}
