/* How a department wants to know who asks: read once at open, applied to each request. */
#ifndef BIDUI_CONNECTORS_HTTP_AUTH_H
#define BIDUI_CONNECTORS_HTTP_AUTH_H

#include "connectors/connector.h"
#include "connectors/http/message.h"

struct http_auth {
    const char *user, *password;                     /* basic, which libcurl writes; or NULL */
    struct http_pair header;                         /* bearer and api_key; name null: none */
};

enum rc http_auth_read(const struct source *s, struct http_auth *ret) MUST_CHECK;
enum rc http_auth_apply(const struct http_auth *auth, struct http_message *m) MUST_CHECK;

#endif
