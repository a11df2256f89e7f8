#include "connectors/http/show.h"

#include "connectors/http/template.h"

#define BODY_SHOWN ((size_t)4096)
#define MOST_SHOWN ((size_t)1 << 20)

/* Who we are is no secret, and the first thing one compares. */
static bool is_open(struct str key)
{
    return str_is(key, "app_key") || str_is(key, "client_id") || str_is(key, "user");
}

static enum rc gather_text(const struct source *s, struct str text, struct http_secrets *ret)
{
    for (struct template_part part; (part = template_cut(&text)).kind != TEMPLATE_END;) {
        if (part.kind != TEMPLATE_REFERENCE || ret->n == HTTP_MOST_SECRETS) {
            continue;
        }
        TRY(keys_resolve(s->arena, part.text, s->base_dir, &part.text));
        if (part.text.n > 0) {
            ret->p[ret->n++] = part.text;
        }
    }
    return RC_OK;
}

enum rc http_secrets_gather(const struct source *s, const struct yaml *tree,
                            struct http_secrets *ret)
{
    if (ret->p == NULL) {
        ret->p = arena_array(s->arena, HTTP_MOST_SECRETS, sizeof *ret->p);
    }
    if (tree == NULL) {
        return RC_OK;
    }
    if (tree->kind == YAML_SCALAR) {
        return is_open(tree->key) ? RC_OK : gather_text(s, tree->text, ret);
    }
    for (const struct yaml *child = tree->first; child != NULL; child = child->next) {
        TRY(http_secrets_gather(s, child, ret));
    }
    return RC_OK;
}

static struct str replace(struct arena *a, struct str text, struct str secret)
{
    struct buf out;
    buf_init(&out, MOST_SHOWN * 4);
    enum rc rc = RC_OK;
    for (const char *hit; rc == RC_OK && (hit = memmem(text.p, text.n, secret.p, secret.n)) != NULL;) {
        rc = buf_puts(&out, str_of(text.p, (size_t)(hit - text.p)));
        rc = rc == RC_OK ? buf_puts(&out, STR("***")) : rc;
        text = str_sub(text, (size_t)(hit - text.p) + secret.n, text.n);
    }
    rc = rc == RC_OK ? buf_puts(&out, text) : rc;
    struct str shown = rc == RC_OK ? arena_str(a, buf_str(&out)) : STR("***");
    buf_done(&out);
    return shown;
}

struct str http_hide(struct arena *a, const struct http_secrets *secrets, struct str text)
{
    struct buf escaped;
    buf_init(&escaped, MOST_SHOWN);
    for (size_t i = 0; i < secrets->n; i++) {
        buf_reset(&escaped);
        text = replace(a, text, secrets->p[i]);
        if (http_escape(&escaped, secrets->p[i]) == RC_OK && escaped.n > 0) {
            text = replace(a, text, buf_str(&escaped));
        }
        buf_reset(&escaped);
        if (buf_put_json(&escaped, secrets->p[i]) == RC_OK && escaped.n > 2) {
            text = replace(a, text, str_sub(buf_str(&escaped), 1, escaped.n - 2));
        }
    }
    buf_done(&escaped);
    return text;
}

const char *http_show(const struct http_message *m, struct str url, struct str body,
                      struct str signed_text, const struct http_secrets *secrets)
{
    struct arena *a = m->arena;
    const char *text = arena_printf(a, "%s %.*s\n", m->method, STR_ARGS(url));
    for (size_t i = 0; i < m->headers.n; i++) {
        text = arena_printf(a, "%s%.*s: %.*s\n", text, STR_ARGS(m->headers.p[i].name),
                            STR_ARGS(m->headers.p[i].value));
    }
    if (body.n > 0) {
        text = arena_printf(a, "%s\n%.*s\n", text, STR_ARGS(str_sub(body, 0, BODY_SHOWN)));
    }
    if (!str_is_null(signed_text)) {
        text = arena_printf(a, tr("%s签名原文: %.*s\n", "%ssigned: %.*s\n"), text,
                            STR_ARGS(str_sub(signed_text, 0, BODY_SHOWN)));
    }
    return arena_cstr(a, http_hide(a, secrets, str_from(text)));
}
