#include "pipeline/link/levels.h"

#include "base/idno.h"
#include "base/text.h"

#define BIRTH_AT 6 /* of an identity number: where the birth date stands */
#define BIRTH_LENGTH 8
#define NAME_NEAR_LEAST 920 /* Jaro-Winkler of Latin names, thousandths */
#define NAME_SIMILAR_LEAST 800
#define LONG_NAME 5 /* characters of a Han name that is no longer surname and one or two more */
#define TEXT_NEAR_TENTHS 1 /* edits for each ten characters */
#define TEXT_SIMILAR_TENTHS 3
#define CONTAINED_LEAST 3 /* characters */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}
static unsigned most(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* ---- Identity numbers ---- */

/* Two proven numbers that differ are two persons' numbers, however alike they look. */
unsigned level_idno(const struct link_value *a, const struct link_value *b)
{
    bool are_proven = a->is_proven && b->is_proven;
    if (!are_proven && similar_is_swap(a->points, b->points)) {
        return IDNO_SWAP;
    }
    unsigned edits = are_proven ? 3 : similar_edits(a->points, b->points, 2);
    if (edits <= 2) {
        return edits <= 1 ? IDNO_ONE_DIGIT : IDNO_TWO_DIGITS;
    }
    bool same_birth = a->text.n == IDNO_LEN && b->text.n == IDNO_LEN &&
                      memcmp(a->text.p + BIRTH_AT, b->text.p + BIRTH_AT, BIRTH_LENGTH) == 0;
    return same_birth ? IDNO_SAME_BIRTH : IDNO_DIFFERS;
}

/* ---- Names ---- */

/* Surname behind, or in front, of the rest. */
static bool is_rotated(struct points a, struct points b)
{
    for (unsigned k = 1; a.n == b.n && k <= 2 && k < a.n; k++) {
        if (memcmp(a.p, b.p + a.n - k, k * sizeof *a.p) == 0 &&
            memcmp(a.p + k, b.p, (a.n - k) * sizeof *a.p) == 0) {
            return true;
        }
        if (memcmp(b.p, a.p + a.n - k, k * sizeof *a.p) == 0 &&
            memcmp(b.p + k, a.p, (a.n - k) * sizeof *a.p) == 0) {
            return true;
        }
    }
    return false;
}

/* Is one of the two a part of the other? */
static bool is_contained(const struct link_value *a, const struct link_value *b)
{
    if (a->text.n > b->text.n) {
        return is_contained(b, a);
    }
    return (a->points.letters & ~b->points.letters) == 0 &&
           memmem(b->text.p, b->text.n, a->text.p, a->text.n) != NULL;
}

static unsigned level_han_name(const struct link_value *a, const struct link_value *b)
{
    struct points p = a->points, q = b->points;
    if (a->sound != 0 && a->loose == b->loose) {
        return a->sound == b->sound ? NAME_SOUND : NAME_LOOSE;
    }
    if (is_rotated(p, q)) {
        return NAME_ORDER;
    }
    unsigned shorter = least(p.n, q.n), edits = similar_edits(p, q, 2);
    bool is_long = most(p.n, q.n) >= LONG_NAME, same_first = p.p[0] == q.p[0];
    if (shorter >= 3 && edits == 1 && p.n == q.n) {
        return same_first ? NAME_NEAR : NAME_SIMILAR;
    }
    if (shorter >= 2 && (edits == 1 ? p.n != q.n : is_long && is_contained(a, b))) {
        return NAME_SHORT;
    }
    if (is_long && shorter >= 4 && edits == 2) {
        return NAME_SIMILAR;
    }
    return same_first ? NAME_SURNAME : NAME_DIFFERS;
}

/* J and JOHN; JOHN and JOHNATHAN. */
static bool is_shortened(const struct link_value *a, const struct link_value *b)
{
    return str_starts(a->text, b->text) || str_starts(b->text, a->text);
}

static unsigned level_latin_name(const struct link_value *a, const struct link_value *b)
{
    if (a->tokens == b->tokens) {
        return NAME_ORDER;
    }
    unsigned likeness = similar_jaro_winkler(a->points, b->points, NAME_SIMILAR_LEAST);
    if (likeness >= NAME_NEAR_LEAST) {
        return NAME_NEAR;
    }
    if (is_shortened(a, b)) {
        return NAME_SHORT;
    }
    return likeness > 0 ? NAME_SIMILAR : NAME_DIFFERS;
}

unsigned level_name(const struct link_value *a, const struct link_value *b)
{
    if (a->folded == b->folded) {
        return NAME_VARIANT;
    }
    if ((a->has_hole || b->has_hole) && text_name_agrees(a->text, b->text)) {
        return NAME_HOLE;
    }
    return a->is_han && b->is_han ? level_han_name(a, b) : level_latin_name(a, b);
}

/* ---- Dates ---- */

unsigned level_birth(const struct link_value *a, const struct link_value *b)
{
    bool year = a->year == b->year, month = a->month == b->month, day = a->day == b->day;
    if (year && a->month == b->day && a->day == b->month) {
        return BIRTH_SWAPPED;
    }
    if (similar_edits(a->points, b->points, 1) <= 1) {
        return BIRTH_ONE_DIGIT;
    }
    if (year + month + day == 2) {
        return BIRTH_TWO_PARTS;
    }
    return year ? BIRTH_YEAR : BIRTH_DIFFERS;
}

/* ---- Codes and text ---- */

unsigned level_plain(const struct link_value *a, const struct link_value *b)
{
    (void)a;
    (void)b;
    return PLAIN_DIFFERS;
}

unsigned level_code(const struct link_value *a, const struct link_value *b)
{
    unsigned longer = most(a->points.n, b->points.n),
             edits = similar_edits(a->points, b->points, 2);
    if (edits == 1 && longer >= 2) {
        return CODE_NEAR;
    }
    return edits == 2 && longer >= 6 ? CODE_SIMILAR : CODE_DIFFERS;
}

unsigned level_text(const struct link_value *a, const struct link_value *b)
{
    unsigned longer = least(most(a->points.n, b->points.n), SIMILAR_MOST);
    unsigned near = most(1, longer * TEXT_NEAR_TENTHS / 10),
             similar = most(1, longer * TEXT_SIMILAR_TENTHS / 10);
    unsigned edits = similar_edits(a->points, b->points, similar);
    if (edits <= near && longer > 2) {
        return TEXT_NEAR;
    }
    if (least(a->points.n, b->points.n) >= CONTAINED_LEAST && is_contained(a, b)) {
        return TEXT_CONTAINED;
    }
    return edits <= similar && longer > 2 ? TEXT_SIMILAR : TEXT_DIFFERS;
}

unsigned level_region(const struct link_value *a, const struct link_value *b)
{
    size_t same = 0;
    while (same < a->text.n && same < b->text.n && a->text.p[same] == b->text.p[same]) {
        same++;
    }
    return same >= 9   ? REGION_TOWNSHIP
           : same >= 6 ? REGION_COUNTY
           : same >= 4 ? REGION_CITY
                       : REGION_DIFFERS;
}
