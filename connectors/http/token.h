/* A token, or a request secret, that has to be fetched before a department answers. One per credential, shared by
 * datasets and worker processes: gateways count how often one asks. It is asked for under a lock, kept sealed until
 * shortly before it expires, and asked for anew when the department refuses it. */
#ifndef BIDUI_CONNECTORS_HTTP_TOKEN_H
#define BIDUI_CONNECTORS_HTTP_TOKEN_H

#include "connectors/connector.h"
#include "connectors/http/message.h"

#define TOKEN_MAX ((size_t)64 << 10)

struct http_auth;
struct http_settings;

struct token_rules {
    const char *method;
    struct str address, path;
    enum http_body_kind body_kind;
    const struct http_auth *auth;                    /* what the token request itself carries */
    const struct yaml *format;                       /* of the answer; NULL: JSON */
    const char *value;                               /* JSON Pointer; "" the whole answer, as text */
    const char *expires_in, *expires_at;             /* JSON Pointers, or NULL */
    int64_t lifetime_ms;                             /* where the answer does not say */
    const char *ok_pointer;                          /* or NULL */
    const struct yaml *ok_equals;
};

struct token {
    struct token_rules rules;
    const struct http_settings *settings;            /* how to connect */
    const struct key *seal_key;                      /* not set: the token stays in this process */
    char code[CODE_TEXT];                            /* of the credential */
    struct buf value;                                /* empty: none yet */
    int64_t until_ms;
    struct arena *arena;                             /* lives as long as the source */
};

/* The token to use now, fetched if need be; borrowed until the next call. RC_NET when asking again may help. */
enum rc token_get(struct token *t, struct str *ret) MUST_CHECK;
/* The department refused it: the next token_get asks anew, unless another process has done so already. */
void token_refuse(struct token *t);
/* Out of an answer's body. RC_FORMAT, RC_AUTH for a code that means no; never with what the answer held. */
enum rc token_parse(const struct token_rules *r, struct str body, struct arena *a, int64_t now_ms,
                    struct buf *ret_value, int64_t *ret_until_ms) MUST_CHECK;

#endif
