/* UTF-8 by code points, for the modules that fold text. Bytes that are no UTF-8 pass through unharmed:
 * they are taken off one by one as UTF8_RAW + byte, and utf8_put writes that same byte again. */
#ifndef BIDUI_BASE_UTF8_H
#define BIDUI_BASE_UTF8_H

#include "base/str.h"

#define UTF8_RAW 0x110000u
#define UTF8_MOST 4                                  /* bytes of one code point */

size_t utf8_valid_prefix(struct str s);              /* bytes up to the first that cannot be UTF-8, strictly */
bool utf8_is_cut(struct str s);                      /* s is the beginning of one character, its end missing */
size_t utf8_length(struct str s);                    /* bytes of the first character; 1 if it is no UTF-8; 0 at the end */
uint32_t utf8_next(struct str *s);                   /* takes one off the front; s must not be empty */
size_t utf8_put(char *out, uint32_t c);              /* writes at most UTF8_MOST bytes; returns how many */

uint32_t utf8_fold_width(uint32_t c);                /* full-width ASCII to ASCII, wide blanks to ' ' */
bool utf8_is_invisible(uint32_t c);                  /* zero-width and direction marks, byte order mark, controls */
bool utf8_is_han(uint32_t c);                        /* with the private use area, where rare ones used to live */
bool utf8_is_private(uint32_t c);

#endif
