#include "pipeline/report/period.h"

#include <stdio.h>

#include "base/scan.h"

/* How a period of so many months is written; the number counts such periods within the year. */
static const struct form {
    int months;
    const char *mark;
} forms[] = {{12, ""}, {6, "H"}, {3, "Q"}, {1, "-"}};
#define FORMS (sizeof forms / sizeof *forms)

static const struct form *form_of(int months)
{
    const struct form *f = forms;
    while (f->months != months) {
        f++;
    }
    return f;
}

static int number_of(const struct period *p) { return (p->month - 1) / p->months + 1; }

static void closing(const struct config *c, date_t last, date_t *ret_on, char out[PERIOD_MOMENT])
{
    char day[DATE_TEXT];
    *ret_on = date_add_days(last, c->report_day);
    date_format(*ret_on, day);
    (void)snprintf(out, PERIOD_MOMENT, "%s %s", day, c->report_at);
}

static void fill(const struct config *c, struct period *p)
{
    date_t before = DATE_NONE;
    p->first = date_from_ymd(p->year, p->month, 1);
    p->last = date_add_days(date_add_months(p->first, p->months), -1);
    closing(c, p->last, &p->closes_on, p->closes);
    closing(c, date_add_days(p->first, -1), &before, p->closed_before);
}

/* Is `rest` the number of such a period: 2026-11 has two digits, the others one. */
static bool read_number(const struct form *f, struct str rest, int *ret)
{
    size_t digits = f->months == 1 ? 2 : f->months == 12 ? 0 : 1;
    int number = rest.n == digits && scan_digits(rest) == digits ? (digits == 0 ? 1 : scan_fixed(rest.p, digits)) : 0;
    *ret = number;
    return number >= 1 && number <= 12 / f->months;
}

bool period_read(const struct config *config, struct str text, struct period *ret)
{
    struct period p = {.year = text.n >= 4 && scan_digits(str_sub(text, 0, 4)) == 4 ? scan_fixed(text.p, 4) : 0};
    struct str rest = str_sub(text, 4, text.n);
    int number = 0;
    for (size_t i = 0; i < FORMS && p.year > 0; i++) {
        struct str mark = str_from(forms[i].mark);
        if (str_starts(rest, mark) && read_number(&forms[i], str_sub(rest, mark.n, rest.n), &number)) {
            p.months = forms[i].months;
            p.month = (number - 1) * p.months + 1;
            fill(config, &p);
            *ret = p;
            return true;
        }
    }
    return false;
}

const char *period_name(struct arena *a, const struct period *p)
{
    const struct form *f = form_of(p->months);
    return p->months == 12   ? arena_printf(a, "%04d", p->year)
           : p->months == 1 ? arena_printf(a, "%04d-%02d", p->year, p->month)
                            : arena_printf(a, "%04d%s%d", p->year, f->mark, number_of(p));
}

const char *period_title(struct arena *a, const struct period *p)
{
    static const char *const halves_zh[] = {"上半年", "下半年"}, *const halves_en[] = {"first", "second"};
    int n = number_of(p);
    const char *number = p->months == 6 ? tr(halves_zh[n - 1], halves_en[n - 1]) : arena_printf(a, "%d", n);
    switch (p->months) {
    case 12:
        return arena_printf(a, tr("%d年", "%d"), p->year);
    case 6:
        return arena_printf(a, tr("%d年%s", "%d, %s half-year"), p->year, number);
    case 3:
        return arena_printf(a, tr("%d年第%s季度", "%d, quarter %s"), p->year, number);
    default:
        return arena_printf(a, tr("%d年%s月", "%d-%s"), p->year, number);
    }
}
