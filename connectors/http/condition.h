/* Asking only for what has changed (RFC 9110, 13): a server's validators, ETag or Last-Modified, come back with the next
 * request, and 304 answers that nothing has. Only of a GET, and only where one answer speaks for the whole delivery: its
 * only page, or the first one where the configuration says so. Validators belong to the very address they were given for. */
#ifndef BIDUI_CONNECTORS_HTTP_CONDITION_H
#define BIDUI_CONNECTORS_HTTP_CONDITION_H

#include "connectors/http/fetch.h"

/* Adds the headers that ask, where this is the request to ask with. The message has its parts, but no credentials yet;
 * the transfer notes whether it asked, and for which address. */
enum rc condition_apply(const struct http_settings *s, const struct place *at, struct http_message *m,
                        struct transfer *t) MUST_CHECK;
/* What the answer is to be known by, in the arena; "" if that says nothing. */
struct str condition_of(const struct http_settings *s, const struct place *at, const struct transfer *t, struct arena *a);

/* Mistakes in request.conditional. */
void condition_check(struct problems *p, const struct yaml *settings);

#endif
