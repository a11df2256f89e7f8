/* Bytes as text: hexadecimal and base64 (RFC 4648). */
#ifndef BIDUI_BASE_ENCODE_H
#define BIDUI_BASE_ENCODE_H

#include "base/buf.h"

enum encoding { ENCODING_HEX, ENCODING_UPPER_HEX, ENCODING_BASE64, ENCODING_RAW };
extern const char *const encoding_names[];           /* "hex" ..., NULL-terminated, in the order of the enum */

bool encoding_find(struct str name, enum encoding *ret);
enum rc encoding_write(enum encoding e, struct str bytes, struct buf *out) MUST_CHECK;
/* RC_VALUE for what is no such text, and nothing appended. Hex in either case; base64 with line ends in it, in the
 * URL alphabet too, with or without its padding. */
enum rc encoding_read(enum encoding e, struct str text, struct buf *out) MUST_CHECK;

#endif
