/* Writes the table of Chinese sounds and variant characters as C, out of ICU's data: run by make,
 * its output is built in. For each character: its syllable without tone, its syllable as a surname,
 * and the character it folds to (traditional to simplified, compatibility forms to the plain one).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#define FIRST 0x3400
#define LAST 0x9FFF
#define ROOM 32
#define SYLLABLES 1024

static char syllables[SYLLABLES][ROOM];
static int syllable_n = 1; /* 0: none */

static void die(const char *what, UErrorCode code)
{
    fprintf(stderr, "make-sound: %s: %s\n", what, u_errorName(code));
    exit(1);
}

static UTransliterator *open_rule(const char *id)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar name[ROOM];
    u_uastrcpy(name, id);
    UTransliterator *t = utrans_openU(name, -1, UTRANS_FORWARD, NULL, 0, NULL, &code);
    if (U_FAILURE(code)) {
        die(id, code);
    }
    return t;
}

static int32_t apply(UTransliterator *t, UChar *text, int32_t n)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t limit = n, length = n;
    utrans_transUChars(t, text, &length, ROOM, 0, &limit, &code);
    return U_FAILURE(code) ? 0 : length;
}

/* Letters alone, tones dropped, the u with two dots as v. */
static bool plain(const UChar *text, int32_t n, char *out)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar apart[2 * ROOM];
    int32_t apart_n =
        unorm2_normalize(unorm2_getNFDInstance(&code), text, n, apart, 2 * ROOM, &code);
    int at = 0;
    for (int32_t i = 0; U_SUCCESS(code) && i < apart_n && at < ROOM - 1; i++) {
        if (apart[i] >= 'a' && apart[i] <= 'z') {
            out[at++] = (char)apart[i];
        } else if (apart[i] == 0x308 && at > 0) {
            out[at - 1] = 'v';
        } else if (apart[i] < 0x300 || apart[i] > 0x36F) {
            return false;
        }
    }
    out[at] = '\0';
    return at > 0;
}

static int syllable_of(UTransliterator *t, UChar32 c)
{
    UChar text[ROOM] = {(UChar)c};
    char name[ROOM];
    if (!plain(text, apply(t, text, 1), name)) {
        return 0;
    }
    for (int i = 1; i < syllable_n; i++) {
        if (strcmp(syllables[i], name) == 0) {
            return i;
        }
    }
    if (syllable_n == SYLLABLES) {
        die("syllables", U_BUFFER_OVERFLOW_ERROR);
    }
    memcpy(syllables[syllable_n], name, ROOM);
    return syllable_n++;
}

static UChar32 folded(UTransliterator *t, UChar32 c)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar text[ROOM] = {(UChar)c}, composed[ROOM];
    int32_t n = apply(t, text, 1);
    n = unorm2_normalize(unorm2_getNFKCInstance(&code), text, n, composed, ROOM, &code);
    return U_SUCCESS(code) && n == 1 ? composed[0] : c;
}

int main(void)
{
    static int sound[LAST - FIRST + 1], surname[LAST - FIRST + 1];
    UTransliterator *han = open_rule("Han-Latin"), *names = open_rule("Han-Latin/Names"),
                    *simple = open_rule("Hant-Hans");
    for (UChar32 c = FIRST; c <= LAST; c++) {
        sound[c - FIRST] = syllable_of(han, c);
        surname[c - FIRST] = syllable_of(names, c);
    }
    printf("/* Written by scripts/make-sound.c from ICU %s. */\n#include "
           "\"pipeline/link/sound_table.h\"\n",
           U_ICU_VERSION);
    printf("const char *const sound_syllables[] = {\"\"");
    for (int i = 1; i < syllable_n; i++) {
        printf(",%s\"%s\"", i % 12 == 0 ? "\n" : " ", syllables[i]);
    }
    printf("};\nconst size_t sound_syllable_count = %d;\nconst struct sound_character "
           "sound_characters[] = {\n",
           syllable_n);
    for (UChar32 c = FIRST; c <= LAST; c++) {
        printf("{%d, %d, 0x%X},%s", sound[c - FIRST], surname[c - FIRST],
               (unsigned)folded(simple, c), c % 8 == 7 ? "\n" : " ");
    }
    printf("};\n");
    return ferror(stdout) ? 1 : 0;
}
