/* The table that scripts/make-sound.c writes at make out of ICU: sounds and variants of the Chinese
 * characters. */
#ifndef BIDUI_PIPELINE_LINK_SOUND_TABLE_H
#define BIDUI_PIPELINE_LINK_SOUND_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define SOUND_FIRST 0x3400u
#define SOUND_LAST 0x9FFFu

struct sound_character {
    uint16_t syllable, surname; /* indices of sound_syllables; 0: unknown */
    uint16_t folded;            /* what it is a variant of, else itself */
};
extern const char *const sound_syllables[]; /* pinyin without tones, ü as v */
extern const size_t sound_syllable_count;
extern const struct sound_character sound_characters[]; /* SOUND_FIRST to SOUND_LAST */

#endif
