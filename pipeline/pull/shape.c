#include "pipeline/pull/shape.h"

#include <xxhash.h>

#include "base/buf.h"
#include "base/idno.h"
#include "base/text.h"
#include "pipeline/pull/normalize.h"

#define TEXT_MAX ((size_t)16 << 10)
#define FEW_VALUES 24 /* as many texts can be told apart by their places */

enum kind { KIND_DATE, KIND_WHOLE, KIND_DECIMAL, KIND_NUMBER_OF_PERSON, KIND_HAN, KIND_CODE, KIND_MIXED, KIND_OTHER };

/* ---- Kinds ---- */

struct letters {
    size_t digits, latin, wide, dots, other, points;
    bool is_negative;
};

static struct letters letters_of(struct str s)
{
    struct letters l = {0};
    l.points = text_count(s);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= '0' && c <= '9') {
            l.digits++;
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
            l.latin++;
        } else if (c >= 0xc0) {
            l.wide++;
        } else if (c == '.') {
            l.dots++;
        } else if (c == '-' && i == 0) {
            l.is_negative = true;
        } else if (c < 0x80 && c != ',') {
            l.other++;
        }
    }
    return l;
}

/* Whole numbers of fewer than eight digits are amounts rather than dates. */
static bool is_date(struct str s, const struct letters *l, struct date_span *ret)
{
    bool may_be = l->digits >= 5 && (l->digits == 8 || l->digits == 14 || l->other + l->wide + l->dots > 0);
    if (may_be && l->latin <= 2 && date_parse(s, ret) == RC_OK) {
        return true;
    }
    err_clear();
    return false;
}

static enum kind kind_of(struct str s, const struct letters *l, struct date_span *ret_day)
{
    struct idno number;
    if (l->digits >= 14 && l->points >= 15) {
        idno_normalize(s, &number);
        if (number.state == IDNO_VALID || number.state == IDNO_BAD_CHECK) {
            return KIND_NUMBER_OF_PERSON;
        }
    }
    if (is_date(s, l, ret_day)) {
        return KIND_DATE;
    }
    if (l->digits > 0 && l->latin + l->wide + l->other == 0 && l->dots <= 1) {
        return l->dots == 0 ? KIND_WHOLE : KIND_DECIMAL;
    }
    if (l->wide > 0) {
        return l->digits + l->latin == 0 ? KIND_HAN : KIND_MIXED;
    }
    return l->digits + l->latin > 0 ? KIND_CODE : KIND_OTHER;
}

/* ---- Places ---- */

static size_t most(size_t n, size_t limit) { return n < limit ? n : limit; }

/* Decades to 2010, single years behind. */
static size_t place_of_year(int year)
{
    if (year < 1930) {
        return 0;
    }
    return year < 2010 ? 1 + (size_t)(year - 1930) / 10 : most(9 + (size_t)(year - 2010), SHAPE_PLACES - 1);
}

/* Digits before the point, and thirds of them: 1, 2 to 4, 5 to 9. */
static size_t place_of_amount(struct str s, bool is_negative)
{
    size_t whole = 0;
    char first = '0';
    for (size_t i = 0; i < s.n && s.p[i] != '.'; i++) {
        bool is_digit = s.p[i] >= '0' && s.p[i] <= '9';
        first = is_digit && first == '0' ? s.p[i] : first;
        whole += is_digit && first != '0' ? 1 : 0;
    }
    if (is_negative) {
        return SHAPE_PLACES - 1;
    }
    return whole == 0 ? 0 : most(1 + (whole - 1) * 3 + (first == '1' ? 0 : first < '5' ? 1 : 2), SHAPE_PLACES - 2);
}

static size_t place_of(struct str s, enum kind kind, const struct letters *l, const struct date_span *day, uint64_t hash)
{
    struct idno number;
    int year = 0, month = 0, of_month = 0;
    switch (kind) {
    case KIND_DATE:
        date_to_ymd(day->first, &year, &month, &of_month);
        return place_of_year(year);
    case KIND_WHOLE:
    case KIND_DECIMAL:
        return place_of_amount(s, l->is_negative);
    case KIND_NUMBER_OF_PERSON:
        idno_normalize(s, &number);
        date_to_ymd(idno_birth_date(number.text), &year, &month, &of_month);
        return place_of_year(year);
    case KIND_HAN:
    case KIND_CODE:
    case KIND_MIXED:
    case KIND_OTHER:
        break;
    }
    return hash % SHAPE_PLACES;
}

/* ---- Counting ---- */

static size_t place_of_length(size_t points)
{
    return points <= 20 ? points - (points > 0 ? 1 : 0) : points <= 25 ? 20 : points <= 35 ? 21 : points <= 60 ? 22 : 23;
}

static void count_distinct(struct shape *s, uint64_t hash)
{
    size_t at = hash % SHAPE_REGISTERS;
    uint64_t rest = hash / SHAPE_REGISTERS;
    unsigned char rank = rest == 0 ? 58 : (unsigned char)(__builtin_ctzll(rest) + 1);
    s->registers[at] = rank > s->registers[at] ? rank : s->registers[at];
}

void shape_add(struct shape *s, uint64_t seed, struct str folded)
{
    struct date_span day = {DATE_NONE, DATE_NONE};
    if (value_is_blank(FIELD_NUMBER, folded)) {
        s->blank++;
        return;
    }
    struct letters l = letters_of(folded);
    enum kind kind = kind_of(folded, &l, &day);
    uint64_t hash = XXH3_64bits_withSeed(folded.p, folded.n, seed);
    s->filled++;
    s->kinds[kind]++;
    s->lengths[place_of_length(l.points)]++;
    s->places[place_of(folded, kind, &l, &day, hash)]++;
    count_distinct(s, hash);
}

/* HyperLogLog in whole numbers; few values by the registers that none of them met. */
uint32_t shape_distinct(const struct shape *s)
{
    uint64_t sum = 0, few = 0;
    size_t empty = 0;
    for (size_t i = 0; i < SHAPE_REGISTERS; i++) {
        sum += (UINT64_C(1) << 32) >> most(s->registers[i], 32);
        empty += s->registers[i] == 0 ? 1 : 0;
    }
    for (size_t k = empty + 1; empty > 0 && k <= SHAPE_REGISTERS; k++) {
        few += UINT64_C(1000) * SHAPE_REGISTERS / k;
    }
    uint64_t many = (UINT64_C(7182) * SHAPE_REGISTERS * SHAPE_REGISTERS << 32) / 10000 / sum; /* below 2^59 */
    return (uint32_t)(empty > 0 && many <= SHAPE_REGISTERS * 5 / 2 ? (few + 500) / 1000 : many);
}

/* ---- Comparing ---- */

static int apart(const uint32_t *a, uint32_t of_a, const uint32_t *b, uint32_t of_b, size_t n)
{
    uint64_t common = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t in_a = (uint64_t)a[i] * 1000000 / of_a, in_b = (uint64_t)b[i] * 1000000 / of_b;
        common += in_a < in_b ? in_a : in_b;
    }
    return 1000 - (int)(common / 1000);
}

static int ratio_apart(uint64_t a, uint64_t b)
{
    uint64_t less = a < b ? a : b, more = a < b ? b : a;
    return more == 0 ? 0 : 1000 - (int)(less * 1000 / more);
}

/* As a number of its own, or as a share of the rows. */
static int distinct_apart(const struct shape *a, const struct shape *b)
{
    uint64_t m = shape_distinct(a), n = shape_distinct(b);
    int counts = ratio_apart(m, n), shares = ratio_apart(m * b->filled, n * a->filled);
    return counts < shares ? counts : shares;
}

/* Places of texts say something only where few differ. */
static bool places_tell(const struct shape *s)
{
    uint32_t texts = s->kinds[KIND_HAN] + s->kinds[KIND_CODE] + s->kinds[KIND_MIXED] + s->kinds[KIND_OTHER];
    return texts * 2 < s->filled || shape_distinct(s) <= FEW_VALUES;
}

enum likeness shape_compare(const struct shape *a, const struct shape *b, int *ret_distance)
{
    if (a->filled < SHAPE_LEAST || b->filled < SHAPE_LEAST) {
        return SHAPE_UNKNOWN;
    }
    uint32_t rows_a = a->blank + a->filled, rows_b = b->blank + b->filled;
    const struct {
        int found, allowed;
    } measures[] = {
        {apart(a->kinds, a->filled, b->kinds, b->filled, SHAPE_KINDS), 150},
        {apart(a->lengths, a->filled, b->lengths, b->filled, SHAPE_LENGTHS), 200},
        {places_tell(a) || places_tell(b) ? apart(a->places, a->filled, b->places, b->filled, SHAPE_PLACES) : 0, 250},
        {apart(&a->blank, rows_a, &b->blank, rows_b, 1) + apart(&a->filled, rows_a, &b->filled, rows_b, 1) - 1000, 150},
        {distinct_apart(a, b), 400},
    };
    bool is_alike = true;
    *ret_distance = 0;
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        *ret_distance += measures[i].found;
        is_alike = is_alike && measures[i].found <= measures[i].allowed;
    }
    return is_alike ? SHAPE_ALIKE : SHAPE_UNLIKE;
}

/* ---- As text ---- */

#define COUNTS (2 + SHAPE_KINDS + SHAPE_LENGTHS + SHAPE_PLACES)

static uint32_t *count_at(struct shape *s, size_t i)
{
    if (i < 2) {
        return i == 0 ? &s->blank : &s->filled;
    }
    i -= 2;
    if (i < SHAPE_KINDS) {
        return &s->kinds[i];
    }
    i -= SHAPE_KINDS;
    return i < SHAPE_LENGTHS ? &s->lengths[i] : &s->places[i - SHAPE_LENGTHS];
}

const char *shape_text(const struct shape *shape, struct arena *a)
{
    struct shape s = *shape;
    struct buf b;
    buf_init(&b, TEXT_MAX);
    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < COUNTS; i++) {
        rc = buf_printf(&b, "%u ", *count_at(&s, i));
    }
    for (size_t i = 0; rc == RC_OK && i < SHAPE_REGISTERS; i++) {
        rc = buf_putc(&b, (char)('0' + s.registers[i]));
    }
    if (rc != RC_OK) {
        err_die(rc, "shape");
    }
    const char *text = arena_cstr(a, buf_str(&b));
    buf_done(&b);
    return text;
}

bool shape_read(struct shape *s, struct str text)
{
    *s = (struct shape){0};
    for (size_t i = 0; i < COUNTS; i++) {
        int64_t n = 0;
        if (!str_to_i64(str_cut(&text, ' '), &n) || n < 0 || n > UINT32_MAX) {
            return false;
        }
        *count_at(s, i) = (uint32_t)n;
    }
    for (size_t i = 0; i < text.n && i < SHAPE_REGISTERS; i++) {
        s->registers[i] = (unsigned char)(text.p[i] - '0');
    }
    return text.n == SHAPE_REGISTERS;
}
