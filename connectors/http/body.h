/* From the bytes of an answer to a page: filters, then the charset, then the document. Several documents out of an
 * archive make one page. */
#ifndef BIDUI_CONNECTORS_HTTP_BODY_H
#define BIDUI_CONNECTORS_HTTP_BODY_H

#include "connectors/document.h"
#include "connectors/filter.h"

struct body {
    struct filters filters;
    struct document *document;
    const struct yaml *format;           /* or NULL */
    size_t max;
};

/* `wants->format` and `filters` (NULL: none) say how it is written. */
enum rc body_open(struct body *b, const struct source *s, const struct yaml *filters,
                  const struct document_wants *wants, size_t max) MUST_CHECK;
void body_close(struct body *b);
/* `content_type`: the header, "" if there is none. As document_decode. */
enum rc body_decode(struct body *b, struct str bytes, struct str content_type, struct arena *a,
                    struct document_page *ret, bool *ret_is_cut) MUST_CHECK;
/* The charset a text is in, by a name that base/charset knows: configured, declared by the header or by the document
 * itself, else what its kind has by default. */
const char *body_charset(const struct yaml *format, struct str content_type, struct str bytes);

#endif
