/* What is read as a date is one between 1900 and 2100, and dates and instants agree. */
#include "base/date.h"
#include "fuzz.h"

static void check_date(date_t d)
{
    char text[DATE_TEXT];
    date_t again = DATE_NONE;
    date_format(d, text);
    must(date_parse_iso(str_from(text), &again) && again == d);
    must(d >= date_from_ymd(1900, 1, 1) && d <= date_from_ymd(2100, 12, 31));
}

static date_t day_of(int64_t us)
{
    const int64_t day = INT64_C(86400000000);
    return (date_t)(us / day - (us % day < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = fuzz_input(data, size);
    struct date_span span;
    int64_t us;
    bool is_date = date_parse(s, &span) == RC_OK;
    bool is_instant = instant_parse(s, &us) == RC_OK;
    must(is_date || !is_instant);
    if (is_date) {
        check_date(span.first);
        check_date(span.last);
        must(is_instant ? day_of(us) == span.first && span.first == span.last
                        : span.last == date_month_end(span.first));
    }
    date_t iso;
    if (date_parse_iso(s, &iso) && is_date) {
        must(iso == span.first);
    }
    return 0;
}
