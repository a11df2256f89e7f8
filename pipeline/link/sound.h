/* How Chinese characters sound, and what they are variants of. Syllables are small numbers without
 * tone; a loose syllable is the same for what dialects confuse: zh/z, ch/c, sh/s, n/l, -ing/-in,
 * -eng/-en, hu-/f-. */
#ifndef BIDUI_PIPELINE_LINK_SOUND_H
#define BIDUI_PIPELINE_LINK_SOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

void sound_setup(void);            /* once, before any other; idempotent */
uint32_t sound_folded(uint32_t c); /* 陳 is 陈; others are themselves */
/* Syllable of a character, 0 if it has none. Surnames have readings of their own: 曾 zeng, 单 shan.
 */
unsigned sound_syllable(uint32_t c, bool as_surname);
unsigned sound_loose(unsigned syllable);
const char *sound_text(unsigned syllable);

#endif
