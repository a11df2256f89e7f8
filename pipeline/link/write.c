/* How each family of values is written before it is compared, and what is known of it from then on.
 */
#include <xxhash.h>

#include "base/date.h"
#include "base/idno.h"
#include "base/text.h"
#include "base/utf8.h"
#include "pipeline/link/sound.h"
#include "pipeline/link/values.h"

#define DATE_DIGITS 8
#define PHONE_LEAST 5
#define MOBILE 11
#define POINTS_MOST 256

/* What stands for nothing, in any column. */
static bool says_nothing(struct str s)
{
    static const char *const words[] = {"无", "暂无", "不详", "未知", "空",  "-",  "--",
                                        "/",  "NULL", "NONE", "NAN",  "N/A", "NA", "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(s, words[i])) {
            return true;
        }
    }
    return s.n == 0;
}

static struct str upper(struct arena *a, struct str s)
{
    char *out = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++) {
        out[i] = out[i] >= 'a' && out[i] <= 'z' ? (char)(out[i] & ~0x20) : out[i];
    }
    return str_of(out, s.n);
}

static bool is_word(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* Words apart by one blank each, or by none; other ASCII signs are blanks. */
static struct str words(struct arena *a, struct str s, bool with_blanks)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (is_word((unsigned char)s.p[i])) {
            out[n++] = s.p[i];
        } else if (with_blanks && n > 0 && out[n - 1] != ' ') {
            out[n++] = ' ';
        }
    }
    return str_of(out, n > 0 && out[n - 1] == ' ' ? n - 1 : n);
}

static bool has_han(struct str s)
{
    while (s.n > 0) {
        if (utf8_is_han(utf8_next(&s))) {
            return true;
        }
    }
    return false;
}

static struct str digits(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9') {
            out[n++] = s.p[i];
        }
    }
    return str_of(out, n);
}

/* ---- Each family ---- */

static struct str write_idno(struct arena *a, struct str s)
{
    struct idno number;
    idno_normalize(s, &number);
    if (number.state == IDNO_BLANK) {
        return STR("");
    }
    return number.state == IDNO_BAD ? words(a, s, false) : arena_str(a, str_from(number.text));
}

static struct str write_name(struct arena *a, struct str s)
{
    return has_han(s) || memchr(s.p, '?', s.n) != NULL ? text_name_key(a, s) : words(a, s, true);
}

/* Eight digits are taken as they stand, even where there is no such day: half of them is still
 * evidence. */
static struct str write_date(struct arena *a, struct str s)
{
    struct str plain = digits(a, s);
    struct date_span span;
    if (s.n == DATE_DIGITS && plain.n == DATE_DIGITS) {
        return plain;
    }
    if (date_parse(s, &span) != RC_OK) {
        err_clear();
        return plain.n == DATE_DIGITS ? plain : STR("");
    }
    int year = 0, month = 0, day = 0;
    date_to_ymd(span.first, &year, &month, &day);
    return str_from(
        arena_printf(a, "%04d%02d%02d", year, month, span.first == span.last ? day : 0));
}

static struct str write_sex(struct arena *a, struct str s)
{
    static const struct {
        const char *word, *sex;
    } sexes[] = {{"男", "M"}, {"男性", "M"}, {"1", "M"}, {"M", "M"}, {"MALE", "M"},
                 {"女", "F"}, {"女性", "F"}, {"2", "F"}, {"F", "F"}, {"FEMALE", "F"}};
    (void)a;
    for (size_t i = 0; i < sizeof sexes / sizeof *sexes; i++) {
        if (str_is(s, sexes[i].word)) {
            return str_from(sexes[i].sex);
        }
    }
    return STR("");
}

static struct str write_phone(struct arena *a, struct str s)
{
    struct str plain = digits(a, s);
    if (plain.n > MOBILE && str_starts(plain, STR("86"))) {
        plain = str_sub(plain, plain.n - MOBILE, MOBILE);
    }
    size_t same = 0;
    while (same < plain.n && plain.p[same] == plain.p[0]) {
        same++;
    }
    return plain.n < PHONE_LEAST || same == plain.n ? STR("") : plain;
}

static struct str write_text(struct arena *a, struct str s)
{
    return words(a, s, !has_han(s));
}

static struct str write_place(struct arena *a, struct str s)
{
    return has_han(s) ? text_village_key(a, words(a, s, false)) : words(a, s, true);
}

/* 12 digits with the levels that are not said cut off. */
static struct str write_region(struct arena *a, struct str s)
{
    struct str plain = digits(a, s);
    while (plain.n > 6 && str_ends(plain, STR("000"))) {
        plain.n -= 3;
    }
    return plain.n < 4 ? STR("") : plain;
}

/* A spreadsheet makes 8.0 of 8. */
static struct str write_code(struct arena *a, struct str s)
{
    if (s.n > 2 && str_ends(s, STR(".0")) && digits(a, s).n == s.n - 1) {
        s.n -= 2;
    }
    return words(a, s, false);
}

static struct str (*const writers[LINK_FAMILIES])(struct arena *a, struct str s) = {
    [LINK_FAMILY_IDNO] = write_idno,   [LINK_FAMILY_NAME] = write_name,
    [LINK_FAMILY_DATE] = write_date,   [LINK_FAMILY_SEX] = write_sex,
    [LINK_FAMILY_PHONE] = write_phone, [LINK_FAMILY_TEXT] = write_text,
    [LINK_FAMILY_PLACE] = write_place, [LINK_FAMILY_REGION] = write_region,
    [LINK_FAMILY_CODE] = write_code};

struct str link_write(struct arena *a, enum link_family family, struct str raw)
{
    struct str s = upper(a, text_fold(a, raw));
    return says_nothing(s) ? STR("") : writers[family](a, s);
}

/* ---- What is known of a value ---- */

static struct points points_of(struct arena *a, struct str s)
{
    size_t n = text_count(s), at = 0;
    n = n < POINTS_MOST ? n : POINTS_MOST;
    uint32_t *p = arena_array(a, n + 1, sizeof *p);
    while (at < n) {
        p[at++] = utf8_next(&s);
    }
    return (struct points){p, (uint32_t)n, similar_letters(p, n)};
}

static uint64_t hash_points(const uint32_t *p, size_t n)
{
    return XXH3_64bits(p, n * sizeof *p) | 1;
}

/* Independent of the order of the words. */
static uint64_t hash_tokens(struct str s)
{
    uint64_t sum = 0;
    while (s.n > 0) {
        struct str word = str_cut(&s, ' ');
        sum += XXH3_64bits(word.p, word.n);
    }
    return sum;
}

static bool is_hole(uint32_t c)
{
    return c == '?' || c == '*' || c == 0xFFFD || c == 0x25A1 || c == 0x25A0 || c == 0x3013 ||
           utf8_is_private(c);
}

static void fill_name(struct arena *a, struct link_value *v)
{
    size_t n = v->points.n;
    uint32_t *folded = arena_array(a, 3 * n + 1, sizeof *folded), *sound = folded + n,
             *loose = sound + n;
    bool has_sound = n > 0;
    v->is_han = n > 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = v->points.p[i];
        folded[i] = sound_folded(c);
        sound[i] = sound_syllable(folded[i], i == 0);
        loose[i] = sound_loose(sound[i]);
        has_sound = has_sound && sound[i] != 0;
        v->has_hole = v->has_hole || is_hole(c);
        v->is_han = v->is_han && (utf8_is_han(c) || is_hole(c));
    }
    v->folded = hash_points(folded, n);
    v->tokens = hash_tokens(v->text);
    v->sound = has_sound ? hash_points(sound, n) : 0;
    v->loose = has_sound ? hash_points(loose, n) : 0;
}

static int number(struct str s, size_t from, size_t n)
{
    int64_t value = 0;
    return str_to_i64(str_sub(s, from, n), &value) ? (int)value : 0;
}

static void fill_date(struct link_value *v, struct str eight)
{
    v->year = number(eight, 0, 4);
    v->month = number(eight, 4, 2);
    v->day = number(eight, 6, 2);
}

void link_value_fill(struct arena *a, enum link_family family, struct link_value *v)
{
    v->points = points_of(a, v->text);
    if (family == LINK_FAMILY_NAME) {
        fill_name(a, v);
    } else if (family == LINK_FAMILY_DATE) {
        fill_date(v, v->text);
    } else if (family == LINK_FAMILY_IDNO && v->text.n == IDNO_LEN) {
        v->is_proven = idno_is_valid(v->text.p);
        fill_date(v, str_sub(v->text, 6, DATE_DIGITS));
    }
}
