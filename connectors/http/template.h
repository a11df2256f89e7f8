/* Texts with holes: "{app_key}{time}". A hole is a name in braces; {{ and }} are braces themselves; ${env:NAME} and
 * its like are filled in when the template is read, so that what a secret holds is never taken for a hole. */
#ifndef BIDUI_CONNECTORS_HTTP_TEMPLATE_H
#define BIDUI_CONNECTORS_HTTP_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"

enum template_kind { TEMPLATE_END, TEMPLATE_TEXT, TEMPLATE_REFERENCE, TEMPLATE_HOLE, TEMPLATE_BAD };
struct template_part {
    enum template_kind kind;
    struct str text;                     /* literal, "${...}" or the hole's name */
};
struct template {
    size_t n;
    struct template_part *parts;         /* TEMPLATE_TEXT and TEMPLATE_HOLE */
};

/* Cuts the next part off the front of *rest. BAD: a brace that nothing closes, or no name in it. */
struct template_part template_cut(struct str *rest);
/* RC_CONFIG if malformed or a reference leads nowhere. */
enum rc template_read(struct arena *a, struct str text, const char *base_dir, struct template *ret) MUST_CHECK;
bool template_has_hole(const struct template *t, const char *name);
/* `fill` appends the value of a hole. */
enum rc template_fill(const struct template *t, enum rc (*fill)(void *ctx, struct str name, struct buf *out), void *ctx,
                      struct buf *out) MUST_CHECK;

#endif
