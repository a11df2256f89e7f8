/* How a department wants to know who asks: read once at open, applied to each request. Every kind comes down to the
 * same three things: a token to fetch first (or none), a signature to make (or none), and a list of what to put where. */
#ifndef BIDUI_CONNECTORS_HTTP_AUTH_H
#define BIDUI_CONNECTORS_HTTP_AUTH_H

#include "connectors/connector.h"
#include "connectors/http/sign.h"
#include "connectors/http/token.h"

enum put_where { PUT_HEADER, PUT_QUERY, PUT_FIELD };
struct http_put {
    enum put_where where;
    struct str name;
    struct template value;
};

struct http_auth {
    const char *user, *password;                     /* basic, which libcurl writes; or NULL */
    struct http_put *puts;
    size_t put_count;
    struct parts_rules parts;
    struct sign *sign;                               /* NULL: none */
    struct token *token;                             /* NULL: none */
    const struct yaml *refresh_codes;                /* codes in the envelope that ask for a new token, or NULL */
};

struct http_settings;
/* `settings` is how the token request connects, and must live as long as the source. */
enum rc http_auth_read(const struct source *s, const struct http_settings *settings, struct http_auth *ret) MUST_CHECK;
void http_auth_done(struct http_auth *auth);
/* *ret_signed, unless NULL: the very text that was signed, in the message's arena; null without a signature. */
enum rc http_auth_apply(const struct http_auth *auth, struct http_message *m, struct str *ret_signed) MUST_CHECK;
/* The same at a time, with a nonce and a token that are given. */
enum rc http_auth_put(const struct http_auth *auth, struct parts *p, struct http_message *m,
                      struct str *ret_signed) MUST_CHECK;

/* auth_keys.c, auth_check.c */
extern const struct key_spec http_auth_keys[];
extern const struct kind_rule http_auth_kinds[];
void http_auth_check(struct problems *p, const struct yaml *connection);

#endif
