/* One answer of a department as it came, for whoever has to find out what is in it. */
#ifndef BIDUI_CONNECTORS_HTTP_LOOK_H
#define BIDUI_CONNECTORS_HTTP_LOOK_H

#include "connectors/connector.h"

/* The body of the first page, uncompressed, in `a`. Anything but HTTP 200 is an error, as it is in
 * a night. */
enum rc http_look(const struct source *source, struct arena *a, struct str *ret_body) MUST_CHECK;

#endif
