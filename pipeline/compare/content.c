/* What a column holds, by its values: enough of them must look like it. */
#include "base/date.h"
#include "base/idno.h"
#include "base/text.h"
#include "base/utf8.h"
#include "pipeline/compare/columns.h"

#define SAMPLE ((size_t)1000)
#define SHARE 80                /* percent */
#define NAME_BYTES ((size_t)12) /* four Han characters */
#define ADDRESS_CHARACTERS 8
#define BORN_FIRST 1900
#define BORN_LAST 2030
#define DISTINCT_LEAST 50 /* percent of a column of names that are not met again and again */

static bool is_all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}

static bool is_idno(struct str s)
{
    struct idno number;
    idno_normalize(s, &number);
    return number.state == IDNO_VALID;
}

static bool is_mobile(struct str s)
{
    return s.n == 11 && s.p[0] == '1' && s.p[1] >= '3' && is_all_digits(s);
}

static bool is_region(struct str s)
{
    return (s.n == 6 || s.n == 9 || s.n == 12) && is_all_digits(s) && s.p[0] >= '1' &&
           s.p[0] <= '8' && s.p[1] <= '6';
}

static bool is_sex(struct str s)
{
    return str_is(s, "男") || str_is(s, "女");
}

static bool is_birth(struct str s)
{
    struct date_span span = {DATE_NONE, DATE_NONE};
    int year = 0, month = 0, day = 0;
    bool is = s.n >= 8 && date_parse(s, &span) == RC_OK;
    err_clear();
    if (is) {
        date_to_ymd(span.first, &year, &month, &day);
    }
    return is && year >= BORN_FIRST && year <= BORN_LAST;
}

static size_t count_han(struct str s)
{
    size_t n = 0;
    while (s.n > 0) {
        if (!utf8_is_han(utf8_next(&s))) {
            return 0;
        }
        n++;
    }
    return n;
}

static bool is_name(struct str s)
{
    size_t n = count_han(s);
    return n >= 2 && n <= 4 && s.n <= NAME_BYTES;
}

/* Writing that begins with Han: a house number may stand behind. */
static bool is_address(struct str s)
{
    struct str rest = s;
    return text_count(s) >= ADDRESS_CHARACTERS && utf8_is_han(utf8_next(&rest));
}

static const struct {
    enum link_kind kind;
    bool (*is)(struct str s);
} looks[] = {{LINK_IDNO, is_idno},      {LINK_PHONE, is_mobile}, {LINK_REGION, is_region},
             {LINK_SEX, is_sex},        {LINK_BIRTH, is_birth},  {LINK_NAME, is_name},
             {LINK_ADDRESS, is_address}};
#define LOOKS (sizeof looks / sizeof *looks)

/* Villages and categories have two to four characters too, but few of them. */
static bool has_many_values(struct arena *a, const struct input *s, size_t column)
{
    struct map seen;
    size_t filled = 0, n = s->row_n < SAMPLE ? s->row_n : SAMPLE;
    map_init(&seen);
    for (size_t i = 0; i < n; i++) {
        struct str cell = input_cell(s, i, column);
        filled += cell.n > 0 ? 1 : 0;
        if (cell.n > 0) {
            (void)map_put(&seen, cell, a);
        }
    }
    bool is = 100 * seen.n >= DISTINCT_LEAST * filled;
    map_done(&seen);
    return is;
}

bool column_is_digits(const struct input *s, size_t column)
{
    for (size_t i = 0; i < s->row_n && i < SAMPLE; i++) {
        struct str cell = input_cell(s, i, column);
        if (cell.n > 0 && !is_all_digits(cell)) {
            return false;
        }
    }
    return true;
}

bool column_kind_by_content(struct arena *a, const struct input *s, size_t column,
                            enum link_kind *ret)
{
    size_t hits[LOOKS] = {0}, filled = 0;
    for (size_t i = 0; i < s->row_n && i < SAMPLE; i++) {
        struct str cell = text_fold(a, input_cell(s, i, column));
        filled += cell.n > 0 ? 1 : 0;
        for (size_t k = 0; cell.n > 0 && k < LOOKS; k++) {
            hits[k] += looks[k].is(cell) ? 1 : 0;
        }
    }
    for (size_t k = 0; k < LOOKS && filled > 0; k++) {
        if (100 * hits[k] >= SHARE * filled &&
            (looks[k].kind != LINK_NAME || has_many_values(a, s, column))) {
            *ret = looks[k].kind;
            return true;
        }
    }
    return false;
}
