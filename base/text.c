#include "base/text.h"

#include "base/utf8.h"

bool text_is_utf8(struct str s)
{
    return utf8_valid_prefix(s) == s.n;
}

size_t text_count(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    }
    return n;
}

/* ---- folding ---- */

/* A set of bytes, a bit each. */
struct bytes {
    uint64_t bits[4];
};

#define BIT(c) (UINT64_C(1) << ((c)&63))

static bool has_byte_of(struct str s, const struct bytes *set)
{
    uint64_t found = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        found |= set->bits[c >> 6] >> (c & 63);
    }
    return found & 1;
}

/* First bytes of everything that folding changes: controls, Latin-1 (C1 controls, the hard blank),
 * general punctuation, the wide blank with its block, and full-width forms with the byte order
 * mark. A continuation byte is never among them, so text that needs no folding is known by its
 * bytes alone. */
static const struct bytes folded_leads = {
    {UINT64_C(0xFFFFFFFF), BIT(0x7F), 0, BIT(0xC2) | BIT(0xE2) | BIT(0xE3) | BIT(0xEF)}};

/* All but continuation bytes and the first bytes E4 to E9 of common Han. */
static const struct bytes not_han = {
    {~UINT64_C(0), ~UINT64_C(0), 0,
     ~(BIT(0xE4) | BIT(0xE5) | BIT(0xE6) | BIT(0xE7) | BIT(0xE8) | BIT(0xE9))}};

/* A growing copy whose space was reckoned beforehand. */
struct output {
    char *p;
    size_t n;
};

static struct output output_new(struct arena *a, size_t most)
{
    return (struct output){arena_alloc(a, most + 1), 0};
}

static void put(struct output *o, uint32_t c)
{
    o->n += utf8_put(o->p + o->n, c);
}

static struct str done(const struct output *o)
{
    return str_of(o->p, o->n);
}

static struct str trim_blanks(struct str s)
{
    while (s.n > 0 && s.p[0] == ' ') {
        s = str_sub(s, 1, s.n);
    }
    while (s.n > 0 && s.p[s.n - 1] == ' ') {
        s.n--;
    }
    return s;
}

struct str text_fold(struct arena *a, struct str s)
{
    if (!has_byte_of(s, &folded_leads)) {
        return trim_blanks(s);
    }
    struct output o = output_new(a, s.n); /* nothing folds to more bytes than it had */
    bool is_changed = false;
    for (struct str rest = s; rest.n > 0;) {
        uint32_t c = utf8_next(&rest);
        uint32_t folded = utf8_fold_width(c);
        is_changed = is_changed || folded != c || utf8_is_invisible(c);
        if (!utf8_is_invisible(c)) {
            put(&o, folded);
        }
    }
    return trim_blanks(is_changed ? done(&o) : s);
}

struct str text_squeeze(struct arena *a, struct str s)
{
    s = text_fold(a, s);
    if (str_find(s, ' ') == s.n) {
        return s;
    }
    struct output o = output_new(a, s.n);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != ' ') {
            o.p[o.n++] = s.p[i];
        }
    }
    return done(&o);
}

/* ---- names ---- */

/* What stands for the U+00B7 between the parts of minority names: dots and strokes at any height.
 */
static bool is_separator(uint32_t c)
{
    static const uint32_t kin[] = {
        '.',    '-',    0xB7,   0x2D9,  0x387,  0x1427, 0x16EB, 0x2010, 0x2011, 0x2012, 0x2013,
        0x2014, 0x2015, 0x2022, 0x2024, 0x2027, 0x2043, 0x2212, 0x2219, 0x22C5, 0x25CF, 0x2981,
        0x2E31, 0x2E33, 0x3002, 0x30FB, 0x318D, 0xFE52, 0xFE58, 0xFE63, 0xFF61, 0xFF65, 0x10101};
    for (size_t i = 0; i < sizeof kin / sizeof *kin; i++) {
        if (c == kin[i]) {
            return true;
        }
    }
    return false;
}

static uint32_t upper(uint32_t c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* A name of common Han characters, as nearly all are, is its own key. */
struct str text_name_key(struct arena *a, struct str s)
{
    if (!has_byte_of(s, &not_han)) {
        return s;
    }
    s = text_fold(a, s);
    struct output o = output_new(a, s.n);
    bool is_changed = false;
    for (struct str rest = s; rest.n > 0;) {
        uint32_t c = utf8_next(&rest);
        bool is_dropped = c == ' ' || is_separator(c);
        is_changed = is_changed || is_dropped || upper(c) != c;
        if (!is_dropped) {
            put(&o, upper(c));
        }
    }
    return is_changed ? done(&o) : s;
}

struct str text_name_clean(struct arena *a, struct str s)
{
    if (!has_byte_of(s, &not_han)) {
        return s;
    }
    struct str whole = s = text_fold(a, s);
    struct output o = output_new(a, s.n * 2); /* '.' becomes the two bytes of U+00B7 */
    uint32_t before = 0;                      /* the last character written */
    bool has_blank = false, has_separator = false;
    while (s.n > 0) {
        uint32_t c = utf8_next(&s);
        if (c == ' ' || is_separator(c)) {
            has_blank = has_blank || c == ' ';
            has_separator = has_separator || c != ' ';
            continue;
        }
        if (before != 0 && has_separator) {
            put(&o, 0xB7);
        } else if (before != 0 && has_blank && !(utf8_is_han(before) && utf8_is_han(c))) {
            put(&o, ' ');
        }
        put(&o, c);
        before = c;
        has_blank = has_separator = false;
    }
    return str_eq(done(&o), whole) ? whole : done(&o);
}

/* What old systems leave where they could not write a character. */
static bool is_stand_in(uint32_t c)
{
    return c == '?' || c == '*' || c == 0x25A1 || c == 0x25A0 || c == 0x3013 || c == 0xFFFD ||
           utf8_is_private(c);
}

bool text_name_agrees(struct str key_a, struct str key_b)
{
    if (str_eq(key_a, key_b)) {
        return true;
    }
    bool has_proof = false; /* "??" must not agree with everybody */
    while (key_a.n > 0 && key_b.n > 0) {
        uint32_t a = utf8_next(&key_a), b = utf8_next(&key_b);
        bool is_unknown = is_stand_in(a) || is_stand_in(b);
        if (a != b && !is_unknown) {
            return false;
        }
        has_proof = has_proof || !is_unknown;
    }
    return has_proof && key_a.n == 0 && key_b.n == 0;
}

/* ---- masks ---- */

struct str text_mask_name(struct arena *a, struct str name)
{
    if (str_is_null(name)) {
        return name;
    }
    size_t first = utf8_length(name);
    size_t stars = text_count(str_sub(name, first, name.n));
    struct output o = output_new(a, first + 2);
    memcpy(o.p, name.p, first);
    o.n = first;
    for (size_t i = 0; i < stars && i < 2; i++) {
        put(&o, '*');
    }
    return done(&o);
}

/* Shapes stay (also that a digit was full-width: it may be why the value was refused), contents go.
 */
static uint32_t mask(uint32_t c)
{
    uint32_t narrow = utf8_fold_width(c);
    uint32_t widened = c - narrow;
    if (narrow >= '0' && narrow <= '9') {
        return '9' + widened;
    }
    if (upper(narrow) >= 'A' && upper(narrow) <= 'Z') {
        return 'a' + widened;
    }
    if (c >= UTF8_RAW) {
        return '?';
    }
    if (utf8_is_invisible(c)) {
        return 0xFFFD;
    }
    bool is_mark = narrow < 0x80 || (c >= 0xA1 && c <= 0xBF) || (c >= 0x2010 && c <= 0x205E) ||
                   (c >= 0x3001 && c <= 0x3020 && c != 0x3007) || c == 0xD7 || c == 0xFFE5 ||
                   c == 0xFFFD;
    return is_mark ? c : 0x67D0; /* 某 */
}

#define MASK_MOST 20

struct str text_mask_value(struct arena *a, struct str s)
{
    if (str_is_null(s)) {
        return s;
    }
    struct output o = output_new(a, MASK_MOST * UTF8_MOST);
    for (int i = 0; s.n > 0 && i < MASK_MOST; i++) {
        put(&o, mask(utf8_next(&s)));
    }
    return done(&o);
}

/* ---- villages ---- */

/* Takes one ending off; never the whole name. */
static bool drop_ending(struct str *s)
{
    static const char *const endings[] = {"村民委员会", "居民委员会", "村委会",
                                          "居委会",     "社区",       "村"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct str ending = str_from(endings[i]);
        if (s->n > ending.n && str_ends(*s, ending)) {
            s->n -= ending.n;
            return true;
        }
    }
    return false;
}

struct str text_village_key(struct arena *a, struct str s)
{
    s = text_squeeze(a, s);
    while (drop_ending(&s)) { /* 张家村村民委员会, 张家村 and 张家 are one */
    }
    return s;
}
