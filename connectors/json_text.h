/* Texts out of well-formed JSON source. */
#ifndef BIDUI_CONNECTORS_JSON_TEXT_H
#define BIDUI_CONNECTORS_JSON_TEXT_H

#include "base/str.h"

/* Resolves the escapes of what stands between two quotes; `out` holds as many bytes. Returns the length. *ret_flaw is
 * left alone, or says what is wrong with the text: half of a surrogate pair, a NUL. */
size_t json_text_unescape(struct str source, char *out, const char **ret_flaw);
/* Copies `source`, a value, without the blanks between its tokens; returns the length. */
size_t json_text_compact(struct str source, char *out);

#endif
