#include "pipeline/link/sound.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "pipeline/link/sound_table.h"

#define SYLLABLE_ROOM 16

/* What dialects confuse: a beginning or an ending is read as another. Endings are tried longest
 * first. */
static const struct {
    const char *from, *to;
} beginnings[] = {{"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"n", "l"}, {"hu", "f"}},
  endings[] = {{"ing", "in"}, {"eng", "en"}};

static uint16_t *loose; /* by syllable: the least syllable that sounds alike */

static const struct sound_character *find(uint32_t c)
{
    return c >= SOUND_FIRST && c <= SOUND_LAST ? &sound_characters[c - SOUND_FIRST] : NULL;
}

static void loosened(const char *syllable, char out[SYLLABLE_ROOM])
{
    char text[SYLLABLE_ROOM];
    snprintf(text, sizeof text, "%s", syllable);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t n = strlen(beginnings[i].from);
        /* huang is fang, but hu is fu: what is left must still have a vowel */
        if (strncmp(text, beginnings[i].from, n) == 0) {
            char rest[SYLLABLE_ROOM];
            snprintf(rest, sizeof rest, "%s", text + n);
            bool has_vowel = strpbrk(rest, "aeiouv") != NULL;
            snprintf(text, sizeof text, "%s%s%.10s", beginnings[i].to, has_vowel ? "" : "u", rest);
            break;
        }
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(text), tail = strlen(endings[i].from);
        if (n > tail && strcmp(text + n - tail, endings[i].from) == 0) {
            text[n - 1] = '\0'; /* the g */
        }
    }
    memcpy(out, text, SYLLABLE_ROOM);
}

void sound_setup(void)
{
    if (loose != NULL) {
        return;
    }
    uint16_t *made = calloc(sound_syllable_count, sizeof *made);
    char(*texts)[SYLLABLE_ROOM] = calloc(sound_syllable_count, sizeof *texts);
    if (made == NULL || texts == NULL) {
        err_die(RC_MEMORY, "%s", "sounds");
    }
    for (size_t i = 1; i < sound_syllable_count; i++) {
        loosened(sound_syllables[i], texts[i]);
        size_t k = 1;
        while (strcmp(texts[k], texts[i]) != 0) {
            k++;
        }
        made[i] = (uint16_t)k;
    }
    free(texts);
    loose = made;
}

uint32_t sound_folded(uint32_t c)
{
    const struct sound_character *found = find(c);
    return found != NULL ? found->folded : c;
}

unsigned sound_syllable(uint32_t c, bool as_surname)
{
    const struct sound_character *found = find(c);
    return found == NULL ? 0 : as_surname ? found->surname : found->syllable;
}

unsigned sound_loose(unsigned syllable)
{
    return loose[syllable];
}

const char *sound_text(unsigned syllable)
{
    return sound_syllables[syllable];
}
