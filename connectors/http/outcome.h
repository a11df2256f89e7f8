/* What became of a request: the answer to the engine and, unless it is CONN_PAGE, the recorded error. Details name
 * method, path without query, page and HTTP status, never a byte of what the department sent. */
#ifndef BIDUI_CONNECTORS_HTTP_OUTCOME_H
#define BIDUI_CONNECTORS_HTTP_OUTCOME_H

#include "connectors/http/fetch.h"
#include "connectors/document.h"

enum { WANT_OK, WANT_TOTAL, WANT_NEXT };       /* places in document_wants.scalars */

/* "GET /settlements page 3", "GET /visits 2026-11-03 page 1" */
const char *outcome_where(const struct http_settings *s, const struct place *at, struct arena *a);
/* By transport and HTTP status. CONN_PAGE: the body is worth decoding. */
enum answer outcome_of_transfer(const struct http_settings *s, const struct transfer *t, const char *where);
/* A response header, or null. Valid until the transfer is released. */
struct str outcome_header(const struct transfer *t, const char *name);
/* The next page's address in its Link headers, or null. */
struct str outcome_link(const struct transfer *t);
bool outcome_lists(const struct yaml *codes, struct str code);
/* The header, or "". Valid until the transfer is released. */
struct str outcome_content_type(const struct transfer *t);
/* A page for people where data should be: a login form, a maintenance notice. */
bool outcome_is_html(struct str body);
enum answer outcome_of_html(const char *where);
/* By the code in the envelope, for sources that answer errors with HTTP 200. */
enum answer outcome_of_code(const struct http_settings *s, const struct scalar *code, const char *where);
/* By that, and by whether records are there. */
enum answer outcome_of_page(const struct http_settings *s, const struct document_page *page, const char *where);

#endif
