#include "connectors/http/template.h"

#include "base/keys.h"

/* name, or name.anything: {field.data} */
static bool is_name(struct str s)
{
    bool has_more = str_find(s, '.') < s.n;
    if (str_find(s, '{') < s.n) {
        return false; /* the one before was never closed */
    }
    struct str rest = s;
    s = str_cut(&rest, '.');
    if (has_more && rest.n == 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        bool is_letter = s.p[i] >= 'a' && s.p[i] <= 'z';
        bool is_inner = (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_';
        if (!is_letter && (i == 0 || !is_inner)) {
            return false;
        }
    }
    return s.n > 0;
}

static struct template_part cut(struct str *rest, size_t n, enum template_kind kind,
                                struct str text)
{
    *rest = str_sub(*rest, n, rest->n);
    return (struct template_part){kind, text};
}

/* From the brace on that opens a hole or, behind '$', a reference. */
static struct template_part cut_braces(struct str *rest, bool is_reference)
{
    size_t start = is_reference ? 2 : 1, end = str_find(*rest, '}');
    if (end == rest->n) {
        return cut(rest, rest->n, TEMPLATE_BAD, *rest);
    }
    struct str inside = str_sub(*rest, start, end - start), whole = str_sub(*rest, 0, end + 1);
    if (is_reference) {
        return cut(rest, end + 1, TEMPLATE_REFERENCE, whole);
    }
    return cut(rest, end + 1, is_name(inside) ? TEMPLATE_HOLE : TEMPLATE_BAD, inside);
}

struct template_part template_cut(struct str *rest)
{
    struct str s = *rest;
    size_t n = 0;
    if (s.n == 0) {
        return (struct template_part){TEMPLATE_END, STR("")};
    }
    if (str_starts(s, STR("{{")) || str_starts(s, STR("}}"))) {
        return cut(rest, 2, TEMPLATE_TEXT, str_sub(s, 0, 1));
    }
    if (s.p[0] == '}') {
        return cut(rest, 1, TEMPLATE_BAD, str_sub(s, 0, 1));
    }
    if (s.p[0] == '{' || str_starts(s, STR("${"))) {
        return cut_braces(rest, s.p[0] == '$');
    }
    do {
        n++;
    } while (n < s.n && s.p[n] != '{' && s.p[n] != '}' &&
             !str_starts(str_sub(s, n, s.n), STR("${")));
    return cut(rest, n, TEMPLATE_TEXT, str_sub(s, 0, n));
}

enum rc template_read(struct arena *a, struct str text, const char *base_dir, struct template *ret)
{
    struct template t = {0, arena_array(a, text.n + 1, sizeof *t.parts)};
    for (;;) {
        struct template_part part = template_cut(&text);
        if (part.kind == TEMPLATE_END) {
            break;
        }
        if (part.kind == TEMPLATE_BAD) {
            return err_fail(RC_CONFIG, "%s",
                            tr("花括号不成对或名字有误;花括号本身写成 {{ 和 }}",
                               "braces that do not pair, or no name in them; a brace itself is "
                               "written {{ or }}"));
        }
        if (part.kind == TEMPLATE_REFERENCE) {
            TRY(keys_resolve(a, part.text, base_dir, &part.text));
            part.kind = TEMPLATE_TEXT;
        }
        t.parts[t.n++] = part;
    }
    *ret = t;
    return RC_OK;
}

bool template_has_hole(const struct template *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->parts[i].kind == TEMPLATE_HOLE && str_is(t->parts[i].text, name)) {
            return true;
        }
    }
    return false;
}

enum rc template_fill(const struct template *t,
                      enum rc (*fill)(void *ctx, struct str name, struct buf *out), void *ctx,
                      struct buf *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct template_part *part = &t->parts[i];
        TRY(part->kind == TEMPLATE_HOLE ? fill(ctx, part->text, out) : buf_puts(out, part->text));
    }
    return RC_OK;
}
