/* Texts out of JSON source text that yajl does not give as they must be. */
#ifndef BIDUI_CONNECTORS_JSON_TEXT_H
#define BIDUI_CONNECTORS_JSON_TEXT_H

#include "base/str.h"

/* `end` is just past the closing quote of a string; the string with both its quotes. */
struct str json_text_token(struct str document, size_t end);
/* Are all surrogate escapes in proper pairs? yajl joins a high one with whatever follows and makes "?" of a lone one:
 * a character lost without a word. */
bool json_text_is_paired(struct str token);
/* Copies `source`, a well-formed value, without the blanks between its tokens; returns the length. */
size_t json_text_compact(struct str source, char *out);

#endif
