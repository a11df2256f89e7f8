#include "connectors/odbc/odbc.h"

#include <strings.h>

#include "base/text.h"

/* ---- Types ---- */

#define SS_VARIANT (-150)
#define SS_XML (-152)
#define SS_TIME2 (-154)
#define SS_TIMESTAMPOFFSET (-155)

static const struct {
    SQLSMALLINT type;
    enum value_kind kind;
} types[] = {
    {SQL_CHAR, VALUE_TEXT},
    {SQL_VARCHAR, VALUE_TEXT},
    {SQL_LONGVARCHAR, VALUE_TEXT},
    {SQL_WCHAR, VALUE_TEXT},
    {SQL_WVARCHAR, VALUE_TEXT},
    {SQL_WLONGVARCHAR, VALUE_TEXT},
    {SS_XML, VALUE_TEXT},
    {SS_VARIANT, VALUE_TEXT},
    {SQL_DECIMAL, VALUE_PLAIN},
    {SQL_NUMERIC, VALUE_PLAIN},
    {SQL_TINYINT, VALUE_PLAIN},
    {SQL_SMALLINT, VALUE_PLAIN},
    {SQL_INTEGER, VALUE_PLAIN},
    {SQL_BIGINT, VALUE_PLAIN},
    {SQL_REAL, VALUE_PLAIN},
    {SQL_FLOAT, VALUE_PLAIN},
    {SQL_DOUBLE, VALUE_PLAIN},
    {SQL_DATE, VALUE_PLAIN},
    {SQL_TIME, VALUE_PLAIN},
    {SQL_TIMESTAMP, VALUE_PLAIN},
    {SQL_TYPE_DATE, VALUE_PLAIN},
    {SQL_TYPE_TIME, VALUE_PLAIN},
    {SQL_TYPE_TIMESTAMP, VALUE_PLAIN},
    {SS_TIME2, VALUE_PLAIN},
    {SS_TIMESTAMPOFFSET, VALUE_PLAIN},
    {SQL_GUID, VALUE_PLAIN},
    {SQL_BIT, VALUE_BIT},
    {SQL_BINARY, VALUE_BYTES},
    {SQL_VARBINARY, VALUE_BYTES},
    {SQL_LONGVARBINARY, VALUE_BYTES},
};

enum value_kind odbc_value_kind(SQLSMALLINT type, const char *type_name, bool *ret_known)
{
    *ret_known = true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].type == type) {
            bool is_bits = types[i].kind == VALUE_BYTES && strcasecmp(type_name, "bit") == 0;
            return is_bits ? VALUE_BITS : types[i].kind;
        }
    }
    *ret_known = type >= SQL_INTERVAL_YEAR && type <= SQL_INTERVAL_MINUTE_TO_SECOND;
    return VALUE_TEXT;
}

/* ---- Values ---- */

size_t odbc_terminator(const struct odbc_column *c)
{
    return c->c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : c->c_type == SQL_C_CHAR ? 1 : 0;
}

static enum rc cut_short(const struct odbc_rowset *r, const struct odbc_column *c)
{
    enum rc rc = err_fail(
        RC_LIMIT,
        tr("%s: 列 %s 的值比驱动声明的长度长", "%s: a value of %s is longer than declared"),
        r->session->dataset, c->name);
    err_hint(tr("在数据集中写 long: [%s]。", "Say long: [%s] in the dataset."), c->name);
    return rc;
}

static struct str raw_bytes(const struct odbc_rowset *r, const struct odbc_column *c)
{
    SQLLEN n = c->lengths[r->at];
    if (n == SQL_NULL_DATA) {
        return STR_NULL;
    }
    const char *p = c->is_fetched ? r->piece.p + c->offset : c->cells + r->at * c->width;
    return str_of(p, (size_t)n);
}

static struct str decimal_of(struct arena *a, struct str bytes)
{
    uint64_t n = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        n = n << 8 | (unsigned char)bytes.p[i];
    }
    return str_from(arena_printf(a, "%llu", (unsigned long long)n));
}

static struct str hex_of(struct arena *a, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_array(a, bytes.n + 2, 2);
    size_t n = 0;
    out[n++] = '\\';
    out[n++] = 'x';
    for (size_t i = 0; i < bytes.n; i++) {
        out[n++] = digits[(unsigned char)bytes.p[i] >> 4];
        out[n++] = digits[(unsigned char)bytes.p[i] & 15];
    }
    return str_of(out, n);
}

/* Null where the bytes are not of the charset. */
static struct str convert(struct odbc_rowset *r, struct arena *a, struct str bytes)
{
    if (r->charset == NULL) {
        return text_is_utf8(bytes) ? arena_str(a, bytes) : STR_NULL;
    }
    const char *name = charset_name(r->charset);
    buf_reset(&r->converted);
    if (charset_feed(r->charset, bytes, true, &r->converted) == RC_OK) {
        return arena_str(a, buf_str(&r->converted));
    }
    charset_close(r->charset); /* it remembers where it stumbled */
    r->charset = NULL;
    if (charset_open(name, STR(""), &r->charset) != RC_OK) {
        err_die(RC_MEMORY, "iconv");
    }
    return STR_NULL;
}

static struct str text_of(struct odbc_rowset *r, const struct odbc_column *c, struct arena *a,
                          struct str bytes)
{
    switch (c->kind) {
    case VALUE_BIT: /* a digit or the bare byte */
        return bytes.n > 0 && bytes.p[0] != 0 && bytes.p[0] != '0' ? STR("1") : STR("0");
    case VALUE_BITS:
        return decimal_of(a, bytes);
    case VALUE_BYTES:
        return hex_of(a, bytes);
    case VALUE_PLAIN:
        return text_is_utf8(bytes) ? arena_str(a, bytes) : STR_NULL;
    case VALUE_TEXT:
        break;
    }
    if (c->c_type != SQL_C_WCHAR) {
        return convert(r, a, bytes);
    }
    SQLWCHAR *units = arena_array(a, bytes.n / sizeof *units + 1, sizeof *units);
    memcpy(units, bytes.p, bytes.n / sizeof *units * sizeof *units);
    return odbc_narrow(a, units, bytes.n / sizeof *units);
}

enum rc odbc_rowset_value(struct odbc_rowset *r, size_t column, struct arena *a, struct str *ret,
                          bool *ret_bad)
{
    const struct odbc_column *c = &r->columns[column];
    struct str bytes = raw_bytes(r, c);
    *ret = STR_NULL;
    *ret_bad = false;
    if (str_is_null(bytes)) {
        return RC_OK;
    }
    if (!c->is_fetched && (c->lengths[r->at] < 0 || bytes.n > c->width - odbc_terminator(c))) {
        return cut_short(r, c);
    }
    *ret = text_of(r, c, a, bytes);
    *ret_bad = str_is_null(*ret);
    return RC_OK;
}
