#include "pipeline/link/keys.h"

#include <xxhash.h>

#define HALVED_LEAST 6 /* characters of a value whose halves mean anything */
#define FIRST_LETTERS 3

#define BIT(family) (1u << (family))
#define NUMBERS (BIT(LINK_FAMILY_IDNO) | BIT(LINK_FAMILY_PHONE) | BIT(LINK_FAMILY_CODE))

static uint64_t hash(struct str s)
{
    return s.n == 0 ? 0 : XXH3_64bits(s.p, s.n) | 1;
}
static uint64_t whole(const struct link_value *v)
{
    return hash(v->text);
}

static uint64_t sound(const struct link_value *v)
{
    if (v->loose != 0 || v->text.n == 0) {
        return v->loose;
    }
    return XXH3_64bits(v->points.p, (v->points.n < FIRST_LETTERS ? v->points.n : FIRST_LETTERS) *
                                        sizeof *v->points.p) |
           1;
}

static uint64_t year(const struct link_value *v)
{
    return v->year == 0 ? 0 : XXH3_64bits(&v->year, sizeof v->year);
}

static uint64_t first_half(const struct link_value *v)
{
    return v->text.n < HALVED_LEAST ? 0 : hash(str_sub(v->text, 0, v->text.n / 2));
}

static uint64_t last_half(const struct link_value *v)
{
    return v->text.n < HALVED_LEAST ? 0 : hash(str_sub(v->text, v->text.n / 2, v->text.n));
}

static const struct {
    uint64_t (*of)(const struct link_value *v);
    unsigned families; /* bits */
    const char *behind_zh, *before_en;
} parts[KEY_PARTS] = {
    [KEY_WHOLE] = {whole, ~BIT(LINK_FAMILY_SEX), "", ""},
    [KEY_SOUND] = {sound, BIT(LINK_FAMILY_NAME), "的音", "sound of "},
    [KEY_YEAR] = {year, BIT(LINK_FAMILY_DATE) | BIT(LINK_FAMILY_IDNO), "的年份", "year of "},
    [KEY_FIRST_HALF] = {first_half, NUMBERS, "的前半", "first half of "},
    [KEY_LAST_HALF] = {last_half, NUMBERS, "的后半", "last half of "}};

size_t link_keys_of(const struct link_lists *l, struct link_key ret[LINK_KEYS_MOST])
{
    size_t n = 0;
    for (size_t f = 0; f < l->field_n; f++) {
        for (int p = 0; p < KEY_PARTS; p++) {
            if ((parts[p].families & BIT(link_kinds[l->fields[f].kind].family)) != 0) {
                ret[n++] = (struct link_key){(uint8_t)f, (uint8_t)p};
            }
        }
    }
    return n;
}

uint32_t link_key_value(const struct link_lists *l, const struct link_side *s, size_t record,
                        struct link_key key)
{
    const struct link_value *v = link_value_of(l, s, record, key.field);
    uint64_t value = v->text.n == 0 ? 0 : parts[key.part].of(v);
    return value == 0 ? 0 : (uint32_t)(value >> 32 ^ value) | 1;
}

const char *link_key_title(struct arena *a, const struct link_lists *l, struct link_key key)
{
    const char *title = l->fields[key.field].title;
    return lang_is_english() ? arena_printf(a, "%s%s", parts[key.part].before_en, title)
                             : arena_printf(a, "%s%s", title, parts[key.part].behind_zh);
}
