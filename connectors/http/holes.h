/* What differs from request to request, by name: "{page}" in a parameter, a path or a body. A brace with any other word
 * behind it is a brace, so that JSON may be written as it is. */
#ifndef BIDUI_CONNECTORS_HTTP_HOLES_H
#define BIDUI_CONNECTORS_HTTP_HOLES_H

#include "base/buf.h"

enum hole { HOLE_PAGE, HOLE_SIZE, HOLE_OFFSET, HOLE_CURSOR, HOLE_SINCE, HOLE_UNTIL, HOLE_FROM, HOLE_TO, HOLE_JOB,
            HOLE_ID_NUMBER, HOLE_NAME, HOLE_CONSENT_NO, HOLE_CONSENT_DATE, HOLE_PERSONS, HOLES };
struct holes {
    struct str texts[HOLES];             /* null: there is none; {persons} is ready as it is */
};

enum hole_escape { ESCAPE_NONE, ESCAPE_URL, ESCAPE_JSON, ESCAPE_XML };

bool holes_has(struct str text, enum hole hole);
/* Does the text name one that there is nothing for? */
bool holes_lacks(const struct holes *h, struct str text);
/* Appends the text with its holes filled in; where there is nothing for one, nothing. */
enum rc holes_fill(const struct holes *h, struct str text, enum hole_escape escape, struct buf *out) MUST_CHECK;

#endif
