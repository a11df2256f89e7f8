#include "pipeline/pull/likely/side.h"

#include <xxhash.h>

#include "base/scan.h"
#include "base/text.h"

#define TOWNSHIP_DIGITS 9
#define PHONE_DIGITS 16
#define BIRTH_AT 6
#define BIRTH_DIGITS 8

static void fill(struct arena *a, enum link_family family, struct str text, struct link_value *ret)
{
    *ret = (struct link_value){.text = text};
    if (text.n > 0) {
        link_value_fill(a, family, ret);
    }
}

/* ---- Parts ---- */

uint32_t likely_township(struct str code)
{
    uint32_t township = 0;
    for (size_t i = 0; i < TOWNSHIP_DIGITS; i++) {
        if (i >= code.n || !scan_is_digit(code.p[i])) {
            return 0;
        }
        township = township * 10 + (uint32_t)(code.p[i] - '0');
    }
    return township % 1000 == 0 ? 0 : township; /* a county's code says no township */
}

uint64_t likely_phone(struct arena *a, struct str raw)
{
    struct str plain = str_is_null(raw) ? raw : link_write(a, LINK_FAMILY_PHONE, raw);
    uint64_t phone = 0;
    for (size_t i = 0; i < plain.n; i++) {
        phone = phone * 10 + (uint64_t)(plain.p[i] - '0');
    }
    return plain.n > PHONE_DIGITS ? 0 : phone;
}

static struct str date_text(struct arena *a, date_t d)
{
    int year = 0, month = 0, day = 0;
    if (d == DATE_NONE) {
        return STR("");
    }
    date_to_ymd(d, &year, &month, &day);
    return str_from(arena_printf(a, "%04d%02d%02d", year, month, day));
}

static enum sex sex_of(struct arena *a, struct str raw)
{
    struct str word = str_is_null(raw) ? raw : link_write(a, LINK_FAMILY_SEX, raw);
    return str_is(word, "M") ? SEX_MALE : str_is(word, "F") ? SEX_FEMALE : SEX_UNKNOWN;
}

/* ---- A record ---- */

/* A number that is proven says a birth date; where the record says another one it is somebody else's. */
static void settle_birth(struct arena *a, struct likely_side *s)
{
    if (!s->number.is_proven) {
        return;
    }
    struct str numbers = str_sub(s->number.text, BIRTH_AT, BIRTH_DIGITS);
    if (s->birth.text.n == 0) {
        fill(a, LINK_FAMILY_DATE, numbers, &s->birth);
        s->birth_is_numbers = true;
        return;
    }
    bool same_month = memcmp(s->birth.text.p, numbers.p, BIRTH_DIGITS - 2) == 0; /* known to the month only */
    s->is_lent = !str_eq(numbers, s->birth.text) && !(s->birth.day == 0 && same_month);
}

static void settle_place(const struct index *ix, struct arena *a, const struct likely_record *r, struct likely_side *s)
{
    bool is_ambiguous = false;
    s->village = index_by_village(ix, r->village, r->village_name, &is_ambiguous);
    s->township = s->village != INDEX_NONE ? likely_township(index_village_code(ix, s->village))
                  : str_is_null(r->village) ? 0 : likely_township(text_fold(a, r->village));
}

void likely_side_of_record(const struct index *ix, struct arena *a, const struct likely_record *r, struct likely_side *ret)
{
    *ret = (struct likely_side){.village = INDEX_NONE};
    fill(a, LINK_FAMILY_IDNO, str_is_null(r->number) ? r->number : link_write(a, LINK_FAMILY_IDNO, r->number), &ret->number);
    fill(a, LINK_FAMILY_NAME, text_name_key(a, r->name), &ret->name);
    fill(a, LINK_FAMILY_DATE, str_is_null(r->birth) ? r->birth : link_write(a, LINK_FAMILY_DATE, r->birth), &ret->birth);
    ret->sex = sex_of(a, r->sex);
    ret->phone = likely_phone(a, r->phone);
    settle_birth(a, ret);
    settle_place(ix, a, r, ret);
}

/* ---- A person ---- */

void likely_side_for_blocks(const struct index *ix, struct arena *a, uint32_t person, struct likely_side *ret)
{
    const struct index_person *p = index_person(ix, person);
    *ret = (struct likely_side){.sex = (enum sex)p->sex,
                                .phone = index_phone(ix, person),
                                .village = index_household(ix, p->household)->village};
    fill(a, LINK_FAMILY_NAME, index_name(ix, person), &ret->name);
    fill(a, LINK_FAMILY_DATE, date_text(a, p->birth), &ret->birth);
    ret->township = ret->village == INDEX_NONE ? 0 : likely_township(index_village_code(ix, ret->village));
}

void likely_side_of_person(const struct index *ix, struct arena *a, uint32_t person, struct likely_side *ret)
{
    char number[IDNO_LEN + 1];
    likely_side_for_blocks(ix, a, person, ret);
    if (index_number(ix, person, number)) {
        fill(a, LINK_FAMILY_IDNO, arena_str(a, str_from(number)), &ret->number);
    }
}

/* ---- Blocks ---- */

static uint32_t hash_of(uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t parts[] = {a, b, c};
    return (uint32_t)(XXH3_64bits(parts, sizeof parts) >> 32);
}

/* Without a sound (a character that was lost, a Latin name) by its characters. */
static uint64_t sound_of(const struct likely_side *s)
{
    return s->name.text.n == 0 ? 0 : s->name.loose != 0 ? s->name.loose : s->name.folded;
}

static uint64_t day_of(const struct likely_side *s)
{
    bool is_day = s->birth.text.n > 0 && s->birth.day > 0;
    return is_day ? (uint64_t)(s->birth.year * 10000 + s->birth.month * 100 + s->birth.day) : 0;
}

bool likely_block_hash(const struct likely_side *s, enum likely_block block, uint32_t *ret)
{
    uint64_t sound = sound_of(s), day = day_of(s), year = s->birth.text.n > 0 ? (uint64_t)s->birth.year : 0;
    uint64_t village = s->village == INDEX_NONE ? 0 : (uint64_t)s->village + 1;
    const struct {
        uint64_t a, b, c;
    } parts[LIKELY_BLOCKS] = {[BLOCK_SOUND_YEAR_TOWNSHIP] = {sound, year, s->township},
                              [BLOCK_SOUND_BIRTH] = {sound, day, 1},
                              [BLOCK_VILLAGE_SOUND] = {village, sound, 1},
                              [BLOCK_VILLAGE_BIRTH] = {village, day, 1},
                              [BLOCK_PHONE] = {s->phone, 1, 1}};
    *ret = hash_of(parts[block].a, parts[block].b, parts[block].c);
    return parts[block].a != 0 && parts[block].b != 0 && parts[block].c != 0;
}

uint32_t likely_surname_hash(const struct likely_side *s)
{
    return hash_of(s->village, s->name.points.p[0], 2);
}
