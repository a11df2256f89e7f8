/* How a connection is secured: whose certificates are believed, and ours where the department wants one. */
#ifndef BIDUI_CONNECTORS_HTTP_TLS_H
#define BIDUI_CONNECTORS_HTTP_TLS_H

#include <curl/curl.h>

#include "connectors/connector.h"

struct http_tls {
    const char *ca;                      /* a file of PEM; NULL: the system's */
    struct str cert, key;                /* a path, or PEM itself; null: none */
    const char *passphrase;              /* of the key, or NULL */
    long min_version;                    /* CURL_SSLVERSION_... */
};

extern const struct key_spec http_tls_keys[];
void http_tls_check(struct problems *p, const struct yaml *tls);
/* `tls` may be NULL. */
enum rc http_tls_read(const struct source *s, const struct yaml *tls, struct http_tls *ret) MUST_CHECK;
CURLcode http_tls_set(CURL *easy, const struct http_tls *tls);

#endif
