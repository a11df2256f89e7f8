/* Text at the door: UTF-8 proof, width folding, names. Everything works on UTF-8 bytes. */
#ifndef BIDUI_BASE_TEXT_H
#define BIDUI_BASE_TEXT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

bool text_is_utf8(struct str s);                     /* strict: no overlongs, surrogates, > U+10FFFF */
size_t text_count(struct str s);                     /* code points of valid UTF-8 */
/* Full-width ASCII to half-width, ideographic and other wide or hard spaces to space, BOM, zero-width and
 * control characters dropped, ends trimmed. Returns s itself when nothing changes. */
struct str text_fold(struct arena *a, struct str s);
/* Folded, and without any blank: what people type otherwise alike. */
struct str text_squeeze(struct arena *a, struct str s);
/* A person's name for comparison: folded, blanks and every separator variant of minority names
 * (· • ・ ‧ . 。 - ﹒ ∙ and kin) removed, letters upper case, rare characters kept. */
struct str text_name_key(struct arena *a, struct str s);
/* The name as shown: folded, separator variants as · (none at the ends), inner blanks between Han characters removed. */
struct str text_name_clean(struct arena *a, struct str s);
/* Do two name keys agree? Equal; or one has ? □ ■ * 〓 or U+FFFD or PUA where the other has one character,
 * and at least one character of both is known and the same. */
bool text_name_agrees(struct str key_a, struct str key_b);
/* 王** : first character kept, the rest starred (at most two stars). */
struct str text_mask_name(struct arena *a, struct str name);
/* A value masked for quarantine: digits become 9, letters a, Han and all other writing 某; at most 20 characters. */
struct str text_mask_value(struct arena *a, struct str s);
/* Village name for comparison: folded, 村民委员会 村委会 居委会 社区 村 endings removed (again
 * and again, 新村村 is 新; never the whole name), blanks removed. */
struct str text_village_key(struct arena *a, struct str s);

#endif
