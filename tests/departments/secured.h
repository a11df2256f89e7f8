/* Mutual TLS: the server shows DIR/server.pem with DIR/server.key and answers only to those whose certificate
 * DIR/ca.pem signed. */
#ifndef BIDUI_TESTS_DEPARTMENTS_SECURED_H
#define BIDUI_TESTS_DEPARTMENTS_SECURED_H

#include <microhttpd.h>
#include <stdbool.h>

#define SECURED_OPTIONS 4

/* False, and no options, when `dir` is NULL. */
bool secured_options(const char *dir, struct MHD_OptionItem ret[SECURED_OPTIONS]);
/* Does the client's certificate hold? Without TLS everybody is known. */
bool secured_is_known(struct MHD_Connection *c);

#endif
