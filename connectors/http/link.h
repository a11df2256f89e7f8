/* Where the next page is, when the source gives its address. */
#ifndef BIDUI_CONNECTORS_HTTP_LINK_H
#define BIDUI_CONNECTORS_HTTP_LINK_H

#include "base/arena.h"

/* The target with rel=next in one Link header (RFC 8288), or null. */
struct str link_next(struct str header);
/* The address `next`, seen from the page at `url`. RC_FORMAT when it lies on another server, or is none: what we send
 * with it (a token, a signature) is meant for the department alone. */
enum rc link_follow(struct arena *a, const char *url, struct str next, struct str *ret) MUST_CHECK;

#endif
