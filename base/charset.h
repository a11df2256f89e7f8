/* Charsets to UTF-8, strictly: a byte that does not decode is RC_FORMAT with its offset, never a silent "?". */
#ifndef BIDUI_BASE_CHARSET_H
#define BIDUI_BASE_CHARSET_H

#include "base/buf.h"

struct charset;                                      /* a streaming converter */

/* name: utf-8, gb18030, gbk (read as gb18030, which contains it), utf-16 (with BOM), utf-16le, utf-16be, or auto
 * (BOM, else UTF-16 by its zero bytes, else UTF-8 if the sample is, else gb18030; while all is ASCII, the first
 * other byte to come decides). A named one wins; where the sample, the beginning of the bytes, is plainly another,
 * RC_FORMAT says which: read in the wrong one it would give wrong characters without an error. */
enum rc charset_open(const char *name, struct str sample, struct charset **ret) MUST_CHECK;
const char *charset_name(const struct charset *c);   /* the one in force */
/* Appends the conversion of `in` to `out`; keeps an incomplete tail for the next call; `last` flushes.
 * A byte order mark at the start is dropped. */
enum rc charset_feed(struct charset *c, struct str in, bool last, struct buf *out) MUST_CHECK;
/* Bytes that are UTF-8 already can be read where they lie: may the next ones? Then charset_check, instead of
 * charset_feed, says how many; what is left is the beginning of a character, to come again with the next bytes. */
bool charset_is_in_place(const struct charset *c);
enum rc charset_check(struct charset *c, struct str in, bool last, size_t *ret_used) MUST_CHECK;
void charset_close(struct charset *c);
bool charset_is_known(struct str name);

#endif
