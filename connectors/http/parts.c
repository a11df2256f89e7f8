#include "connectors/http/parts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/crypto.h"

#define DAY_MS (INT64_C(86400) * 1000)

const char *const parts_names[] = {"time", "nonce", "token", "method",      "path", "query",
                                   "params", "body", "body_digest", "sign", NULL};
const char *const nonce_names[] = {"hex", "digits", "letters", "uuid", NULL};

/* ---- the nonce ---- */

static struct str draw(struct arena *a, const unsigned char *random, size_t n, struct str alphabet)
{
    char *text = arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++) {
        text[i] = alphabet.p[random[i] % alphabet.n];
    }
    return str_of(text, n);
}

static struct str draw_uuid(struct arena *a, unsigned char *r)
{
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    return str_from(arena_printf(
        a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2],
        r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]));
}

enum rc parts_begin(struct parts *p, const struct parts_rules *rules, const struct http_message *m,
                    int64_t unix_ms)
{
    static const char *const alphabets[] = {
        [NONCE_HEX] = "0123456789abcdef",
        [NONCE_DIGITS] = "0123456789",
        [NONCE_LETTERS] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    };
    unsigned char random[64];
    *p = (struct parts){.rules = rules, .message = m, .unix_ms = unix_ms};
    TRY(crypto_random(random, sizeof random));
    p->nonce = rules->nonce == NONCE_UUID
                   ? draw_uuid(m->arena, random)
                   : draw(m->arena, random, rules->nonce_length,
                          str_from(alphabets[rules->nonce]));
    return RC_OK;
}

/* ---- the time ---- */

static enum rc put_http_date(int64_t unix_ms, struct buf *out)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t us = clock_from_unix_ms(unix_ms) - INT64_C(8) * 3600 * 1000000;
    int year, month, day;
    date_t date = (date_t)(us / (DAY_MS * 1000));
    int s = (int)(us / 1000000 % 86400);
    date_to_ymd(date, &year, &month, &day);
    return buf_printf(out, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[date_weekday(date)], day,
                      months[month - 1], year, s / 3600, s / 60 % 60, s % 60);
}

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, MILLI };
static const struct {
    const char *letters;
    int unit;
} units[] = {{"yyyy", YEAR}, {"MM", MONTH},  {"dd", DAY},   {"HH", HOUR},
             {"mm", MINUTE}, {"ss", SECOND}, {"SSS", MILLI}};
#define UNITS (sizeof units / sizeof *units)

static size_t unit_at(struct str format)
{
    size_t i = 0;
    while (i < UNITS && !str_starts(format, str_from(units[i].letters))) {
        i++;
    }
    return i;
}

static enum rc put_pattern(struct str format, int64_t unix_ms, struct buf *out)
{
    int64_t ms = clock_from_unix_ms(unix_ms) / 1000;
    int v[MILLI + 1];
    int s = (int)(ms / 1000 % 86400);
    date_to_ymd((date_t)(ms / DAY_MS), &v[YEAR], &v[MONTH], &v[DAY]);
    v[HOUR] = s / 3600;
    v[MINUTE] = s / 60 % 60;
    v[SECOND] = s % 60;
    v[MILLI] = (int)(ms % 1000);
    while (format.n > 0) {
        size_t i = unit_at(format), n = i < UNITS ? strlen(units[i].letters) : 1;
        TRY(i < UNITS ? buf_printf(out, "%0*d", (int)n, v[units[i].unit])
                      : buf_putc(out, format.p[0]));
        format = str_sub(format, n, format.n);
    }
    return RC_OK;
}

bool parts_is_time_format(struct str format)
{
    if (str_is(format, "s") || str_is(format, "ms") || str_is(format, "http")) {
        return true;
    }
    bool has_unit = false;
    while (format.n > 0) {
        size_t i = unit_at(format), n = i < UNITS ? strlen(units[i].letters) : 1;
        char c = format.p[0];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (i == UNITS && is_letter && c != 'T' && c != 'Z') {
            return false;
        }
        has_unit = has_unit || i < UNITS;
        format = str_sub(format, n, format.n);
    }
    return has_unit;
}

enum rc parts_time(struct str format, int64_t unix_ms, struct buf *out)
{
    if (str_is(format, "ms")) {
        return buf_printf(out, "%lld", (long long)unix_ms);
    }
    if (str_is(format, "s")) {
        return buf_printf(out, "%lld", (long long)(unix_ms / 1000));
    }
    return str_is(format, "http") ? put_http_date(unix_ms, out) : put_pattern(format, unix_ms, out);
}

/* ---- of the request ---- */

static struct str path_of(const struct http_message *m)
{
    struct str path = str_from(arena_printf(m->arena, "%.*s%.*s", STR_ARGS(m->address),
                                            STR_ARGS(m->path)));
    const char *scheme = strstr(path.p, "://");
    size_t host = scheme == NULL ? 0 : (size_t)(scheme - path.p) + 3;
    path = str_sub(path, host, path.n);
    path = str_sub(path, str_find(path, '/'), path.n);
    return str_sub(path, 0, str_find(path, '?'));
}

static int compare_pairs(const void *a, const void *b)
{
    const struct http_pair *x = a, *y = b;
    int by_name = str_cmp(x->name, y->name);
    return by_name != 0 ? by_name : str_cmp(x->value, y->value);
}

static enum rc put_text(struct buf *out, struct str s, bool is_escaped)
{
    return is_escaped ? http_escape(out, s) : buf_puts(out, s);
}

static enum rc put_pairs(const struct parts *p, bool with_fields, const struct parts_pairs *how,
                         struct buf *out)
{
    const struct http_message *m = p->message;
    size_t n = m->query.n + (with_fields ? m->fields.n : 0), put = 0;
    struct http_pair *all = arena_array(m->arena, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        all[i] = i < m->query.n ? m->query.p[i] : m->fields.p[i - m->query.n];
    }
    qsort(all, n, sizeof *all, compare_pairs);
    for (size_t i = 0; i < n; i++) {
        if (how->skips_empty && all[i].value.n == 0) {
            continue;
        }
        TRY(put++ > 0 ? buf_puts(out, how->join) : RC_OK);
        TRY(put_text(out, all[i].name, how->is_escaped));
        TRY(buf_puts(out, how->equals));
        TRY(put_text(out, all[i].value, how->is_escaped));
    }
    return RC_OK;
}

static enum rc put_body_digest(const struct parts *p, struct buf *out)
{
    struct buf body;
    unsigned char bytes[DIGEST_MAX];
    size_t n = 0;
    buf_init(&body, HTTP_MAX_REQUEST + 1);
    enum rc rc = http_message_body(p->message, &body);
    rc = rc == RC_OK ? digest_make(p->rules->body_digest, STR(""), buf_str(&body), bytes, &n) : rc;
    buf_done(&body);
    TRY(rc);
    return encoding_write(p->rules->body_encoding, str_of((const char *)bytes, n), out);
}

bool parts_is_parameter(struct str name)
{
    return str_starts(name, STR("query.")) || str_starts(name, STR("field.")) ||
           str_starts(name, STR("header."));
}

static enum rc put_parameter(const struct http_message *m, struct str name, struct buf *out)
{
    struct str where = str_cut(&name, '.');
    const struct http_pairs *pairs = str_is(where, "query")   ? &m->query
                                     : str_is(where, "field") ? &m->fields
                                                              : &m->headers;
    for (size_t i = 0; i < pairs->n; i++) {
        if (str_eq(pairs->p[i].name, name)) {
            return buf_puts(out, pairs->p[i].value);
        }
    }
    return RC_OK; /* a parameter this request does not carry is empty */
}

static enum rc put_value(const struct parts *p, struct str name, struct buf *out)
{
    for (size_t i = 0; i < p->rules->value_count; i++) {
        if (str_eq(p->rules->values[i].name, name)) {
            return buf_puts(out, p->rules->values[i].value);
        }
    }
    struct str made = str_is(name, "token")  ? p->token
                      : str_is(name, "nonce") ? p->nonce
                      : str_is(name, "sign")  ? p->sign
                                              : STR_NULL;
    if (str_is_null(made)) {
        return err_fail(RC_CONFIG, tr("模板中的 {%.*s} 没有值", "{%.*s} in a template has no value"),
                        STR_ARGS(name));
    }
    return buf_puts(out, made);
}

enum rc parts_fill(void *ctx, struct str name, struct buf *out)
{
    const struct parts_pairs as_sent = {STR("&"), STR("="), true, false};
    const struct parts *p = ctx;
    if (str_is(name, "time")) {
        return parts_time(p->rules->time_format, p->unix_ms, out);
    }
    if (str_is(name, "method")) {
        return buf_puts(out, str_from(p->message->method));
    }
    if (str_is(name, "path")) {
        return buf_puts(out, path_of(p->message));
    }
    if (str_is(name, "query")) {
        return put_pairs(p, false, &as_sent, out);
    }
    if (str_is(name, "params")) {
        return put_pairs(p, true, &p->rules->params, out);
    }
    if (parts_is_parameter(name)) {
        return put_parameter(p->message, name, out);
    }
    if (str_is(name, "body")) {
        return http_message_body(p->message, out);
    }
    return str_is(name, "body_digest") ? put_body_digest(p, out) : put_value(p, name, out);
}
