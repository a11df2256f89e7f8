/* Citizen identity numbers (GB 11643-1999): normalizing, proving, repairing. */
#ifndef BIDUI_BASE_IDNO_H
#define BIDUI_BASE_IDNO_H

#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

#define IDNO_LEN 18

enum idno_state {
    IDNO_BLANK,        /* nothing there: empty, 无, 暂无, -, 0, /, NULL */
    IDNO_VALID,        /* 18 characters, date and check digit right */
    IDNO_BAD_CHECK,    /* 18 characters of the right kind, check digit or date wrong: repairable */
    IDNO_BAD           /* anything else; scientific notation; `reason` says which */
};

struct idno {
    enum idno_state state;
    char text[IDNO_LEN + 1];   /* VALID and BAD_CHECK: 17 digits and digit or X */
    bool was_certificate;      /* taken from a 20 or 22 character disability certificate */
    bool was_15;
    const char *reason_zh, *reason_en; /* BAD and BAD_CHECK: what is wrong; static */
};

/* Folds width and case, drops blanks, zero-width characters and a leading apostrophe, takes × and * as X in
 * the last place, 15 to 18 (not with sequence 996 to 999, whose century is not certain), certificate numbers of
 * 20 and 22 characters (GB/T 26341). Never fails. */
void idno_normalize(struct str raw, struct idno *ret);
char idno_check_char(const char digits17[17]);
bool idno_is_valid(const char text18[IDNO_LEN]);
/* Does a proven number stand anywhere inside s (a student number is often G and the identity number)? */
bool idno_is_within(struct str s);
date_t idno_birth_date(const char text18[IDNO_LEN]); /* DATE_NONE if no date */
bool idno_is_male(const char text18[IDNO_LEN]);
/* All checksum-valid numbers one repair away from a BAD_CHECK number: one changed digit or one swap of
 * neighbours, with a real birth date (1900..2100). Calls `found` for each once, changes before swaps, from left
 * to right; 35 at most. X is met in the last place only. */
void idno_repairs(const char text18[IDNO_LEN], void (*found)(void *ctx, const char text18[IDNO_LEN]), void *ctx);
/* For lists: the first 6 and the last 4 kept, the 8 of the birth date starred, 110105********002X. The office
 * finds its person again by them; the birth date is what must not be shown. `out` holds 19 bytes. */
void idno_mask(const char text18[IDNO_LEN], char out[IDNO_LEN + 1]);

#endif
