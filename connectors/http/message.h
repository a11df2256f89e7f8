/* One request in parts, before it is written down: what goes where is decided part by part (the dataset's request,
 * paging, credentials, a signature over all of them), and only then do URL and body become bytes.
 *
 * A body is made of `fields` (a form, or one JSON object of texts) or is ready as it stands (HTTP_BODY_READY; fields become further members of
 * an object that is ready). Everything lives in
 * message->arena. Too many parts are RC_LIMIT. */
#ifndef BIDUI_CONNECTORS_HTTP_MESSAGE_H
#define BIDUI_CONNECTORS_HTTP_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"

#define HTTP_MAX_URL ((size_t)64 << 10)
#define HTTP_MAX_REQUEST ((size_t)4 << 20)           /* bytes of a request's body */
#define HTTP_MOST_PAIRS 256

struct http_pair {
    struct str name, value;
};
struct http_pairs {
    struct http_pair *p;                             /* HTTP_MOST_PAIRS of them once the first is there */
    size_t n;
};

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_FORM, HTTP_BODY_JSON, HTTP_BODY_READY };
struct http_message {
    struct arena *arena;
    const char *method;
    struct str address;                              /* scheme, host, port and what else base_url says; no slash at the end */
    struct str path;                                 /* behind it; may bring a query of its own */
    struct http_pairs query, headers, fields;        /* not encoded */
    enum http_body_kind body_kind;
    struct str body;                                 /* of HTTP_BODY_READY */
};

/* Names and values are borrowed. */
enum rc http_pairs_add(struct arena *a, struct http_pairs *pairs, struct str name, struct str value) MUST_CHECK;
/* Replaces the value of the first of that name, or adds one. */
enum rc http_pairs_set(struct arena *a, struct http_pairs *pairs, struct str name, struct str value) MUST_CHECK;
/* name=value&..., escaped as in a form: all but A-Z a-z 0-9 - . _ ~ as %XX. */
enum rc http_pairs_write(const struct http_pairs *pairs, struct buf *out) MUST_CHECK;
enum rc http_escape(struct buf *out, struct str s) MUST_CHECK;

/* Both append and end with a NUL that buf.n does not count. */
enum rc http_message_url(const struct http_message *m, struct buf *out) MUST_CHECK;
enum rc http_message_body(const struct http_message *m, struct buf *out) MUST_CHECK;

#endif
