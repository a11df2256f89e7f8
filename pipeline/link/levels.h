/* How far two values agree. Each function is given two values of its kind that are there and not
 * the same, and answers with a level, from 2; it depends on the two alone, whichever comes first.
 */
#ifndef BIDUI_PIPELINE_LINK_LEVELS_H
#define BIDUI_PIPELINE_LINK_LEVELS_H

#include "pipeline/link/values.h"

enum { IDNO_ONE_DIGIT = 2, IDNO_SWAP, IDNO_TWO_DIGITS, IDNO_LENT, IDNO_SAME_BIRTH, IDNO_DIFFERS };
enum {
    NAME_VARIANT = 2,
    NAME_HOLE,
    NAME_SOUND,
    NAME_LOOSE,
    NAME_ORDER,
    NAME_NEAR,
    NAME_SHORT,
    NAME_SIMILAR,
    NAME_SURNAME,
    NAME_DIFFERS
};
enum { BIRTH_SWAPPED = 2, BIRTH_ONE_DIGIT, BIRTH_TWO_PARTS, BIRTH_YEAR, BIRTH_DIFFERS };
enum { PLAIN_DIFFERS = 2 };
enum { CODE_NEAR = 2, CODE_SIMILAR, CODE_SWAPPED, CODE_DIFFERS };
enum { TEXT_NEAR = 2, TEXT_CONTAINED, TEXT_SIMILAR, TEXT_SWAPPED, TEXT_DIFFERS };
enum { REGION_TOWNSHIP = 2, REGION_COUNTY, REGION_CITY, REGION_DIFFERS };

unsigned level_idno(const struct link_value *a, const struct link_value *b);
unsigned level_name(const struct link_value *a, const struct link_value *b);
unsigned level_birth(const struct link_value *a, const struct link_value *b);
unsigned level_plain(const struct link_value *a, const struct link_value *b);
unsigned level_code(const struct link_value *a, const struct link_value *b);
unsigned level_text(const struct link_value *a, const struct link_value *b);
unsigned level_region(const struct link_value *a, const struct link_value *b);

#endif
