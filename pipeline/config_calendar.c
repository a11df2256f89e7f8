#include <stdlib.h>

#include "pipeline/config_parts.h"

static const char *const rest_days[] = {"stay", "next", NULL};
static const struct key_spec year_keys[] = {
    {"holidays", KEY_LIST_TEXT, KEY_REQUIRED, NULL, NULL,
     "放假日,2026-01-01 或 2026-02-15..2026-02-23",
     "rest days, 2026-01-01 or 2026-02-15..2026-02-23", 0, 0},
    {"workdays", KEY_LIST_TEXT, KEY_REQUIRED, NULL, NULL, "调休上班日,没有则写 []",
     "make-up workdays; [] for none", 0, 0},
    {0},
};
static const struct key_spec calendar_keys[] = {
    {"rest_day", KEY_CHOICE, KEY_REQUIRED, rest_days, NULL, "到期日遇休息日:next 顺延,stay 不变",
     "a due date on a rest day: next moves it, stay keeps it", 0, 0},
    {"years", KEY_MAP_OF_MAP, KEY_REQUIRED, NULL, year_keys, "各年的放假和调休",
     "rest days and make-up workdays by year", 0, 0},
    {"terms", KEY_LIST_TEXT, KEY_REQUIRED, NULL, NULL, "学期开始,如 [03-01, 09-01]",
     "school terms start, like [03-01, 09-01]", 0, 0},
    {"school_year", KEY_TEXT, KEY_REQUIRED, NULL, NULL, "学年开始,如 09-01",
     "school year starts, like 09-01", 0, 0},
    {0},
};

/* 366 days a year bound both lists. */
struct days {
    struct loader *l;
    date_t *at;
    size_t n, room;
};

static bool parse_range(struct str text, date_t *ret_first, date_t *ret_last)
{
    size_t dots = 0;
    while (dots + 1 < text.n && !(text.p[dots] == '.' && text.p[dots + 1] == '.')) {
        dots++;
    }
    if (dots + 1 >= text.n) {
        return date_parse_iso(text, ret_first) && date_parse_iso(text, ret_last);
    }
    return date_parse_iso(str_trim(str_sub(text, 0, dots)), ret_first) &&
           date_parse_iso(str_trim(str_sub(text, dots + 2, text.n)), ret_last);
}

static void take_days(struct days *days, const struct yaml *node, int year)
{
    date_t first = 0, last = 0;
    if (node->kind != YAML_SCALAR || !parse_range(node->text, &first, &last)) {
        problem_add(days->l->problems, node,
                    tr("写成 2026-01-01 或 2026-02-15..2026-02-23。",
                       "Write 2026-01-01 or 2026-02-15..2026-02-23."),
                    "%s", tr("日期或日期区间无法识别", "not a date or a range of dates"));
    } else if (first > last) {
        problem_add(days->l->problems, node, tr("前后两个日期对调。", "Swap the two dates."), "%s",
                    tr("区间的结束早于开始", "the range ends before it starts"));
    } else if (first < date_from_ymd(year, 1, 1) || last > date_from_ymd(year, 12, 31)) {
        problem_add(days->l->problems, node, tr("移到所属年份下。", "Move it to its own year."),
                    tr("日期不在 %d 年内", "not within %d"), year);
    } else {
        for (date_t d = first; d <= last && days->n < days->room; d++) {
            days->at[days->n++] = d;
        }
    }
}

static int compare_days(const void *a, const void *b)
{
    date_t x = 0, y = 0;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void sort_days(struct days *days)
{
    size_t kept = 0;
    if (days->n == 0) {
        return;
    }
    qsort(days->at, days->n, sizeof *days->at, compare_days);
    for (size_t i = 0; i < days->n; i++) {
        if (i == 0 || days->at[i] != days->at[i - 1]) {
            days->at[kept++] = days->at[i];
        }
    }
    days->n = kept;
}

static bool year_of(const struct yaml *node, int *ret)
{
    int64_t year = 0;
    if (node->key.n != 4 || !text_is_digits(node->key) || !str_to_i64(node->key, &year) ||
        year < 2000 || year > 2100) {
        return false;
    }
    *ret = (int)year;
    return true;
}

static void load_year(struct loader *l, const struct yaml *node, struct days *holidays,
                      struct days *workdays)
{
    int year = 0;
    if (!year_of(node, &year)) {
        problem_add(l->problems, node, tr("写 4 位年份,如 2026。", "Write a year, like 2026."),
                    "%s", tr("应为 2000 至 2100 的年份", "expected a year from 2000 to 2100"));
        return;
    }
    const struct yaml *lists[] = {node_list(node, "holidays"), node_list(node, "workdays")};
    struct days *days[] = {holidays, workdays};
    for (size_t i = 0; i < 2; i++) {
        for (const struct yaml *d = lists[i] != NULL ? lists[i]->first : NULL; d != NULL;
             d = d->next) {
            take_days(days[i], d, year);
        }
    }
    l->c->calendar.years[l->c->calendar.year_count++] = year;
}

static int compare_years(const void *a, const void *b)
{
    int x = 0, y = 0;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void check_gaps(struct loader *l, const struct yaml *years)
{
    struct calendar *c = &l->c->calendar;
    if (c->year_count == 0) {
        problem_add(l->problems, years, tr("至少列出当年。", "List at least the present year."),
                    "%s", tr("没有任何年份", "no year is listed"));
        return;
    }
    qsort(c->years, c->year_count, sizeof *c->years, compare_years);
    for (size_t i = 1; i < c->year_count; i++) {
        if (c->years[i] > c->years[i - 1] + 1) {
            problem_add(l->problems, years,
                        tr("补上该年的放假和调休。", "Add the rest days of that year."),
                        tr("缺少 %d 年", "year %d is missing"), c->years[i - 1] + 1);
        }
    }
}

/* A day cannot be both; and a make-up workday on an ordinary weekday is a slip of the pen. */
static void check_workdays(struct loader *l, const struct yaml *years)
{
    const struct calendar *c = &l->c->calendar;
    for (size_t i = 0; i < c->workday_count; i++) {
        char text[DATE_TEXT];
        date_format(c->workdays[i], text);
        int weekday = date_weekday(c->workdays[i]);
        if (c->holiday_count > 0 && bsearch(&c->workdays[i], c->holidays, c->holiday_count,
                                            sizeof *c->holidays, compare_days) != NULL) {
            problem_add(l->problems, years,
                        tr("从其中一个列表删去。", "Remove it from one of the two lists."),
                        tr("%s 既是放假日又是上班日", "%s is both a rest day and a workday"), text);
        } else if (weekday != 0 && weekday != 6) {
            problem_warn(l->problems, years, tr("核对放假通知。", "Check the notice."),
                         tr("%s 本来就是工作日,不必列为调休", "%s is a workday anyway"), text);
        }
    }
}

static void load_years(struct loader *l, const struct yaml *years)
{
    struct calendar *c = &l->c->calendar;
    size_t room = years->n * 366;
    struct days holidays = {l, arena_array(l->arena, room, sizeof(date_t)), 0, room};
    struct days workdays = {l, arena_array(l->arena, room, sizeof(date_t)), 0, room};
    c->years = arena_array(l->arena, years->n, sizeof *c->years);
    for (const struct yaml *node = years->first; node != NULL; node = node->next) {
        load_year(l, node, &holidays, &workdays);
    }
    sort_days(&holidays);
    sort_days(&workdays);
    c->holidays = holidays.at;
    c->holiday_count = holidays.n;
    c->workdays = workdays.at;
    c->workday_count = workdays.n;
    check_gaps(l, years);
    check_workdays(l, years);
}

/* "09-01"; a day that every year has. */
static bool parse_month_day(struct loader *l, const struct yaml *node, int *ret_month, int *ret_day)
{
    int64_t month = 0, day = 0;
    struct str s = node->kind == YAML_SCALAR ? node->text : STR_NULL;
    if (s.n != 5 || s.p[2] != '-' || !text_is_digits(str_sub(s, 0, 2)) ||
        !text_is_digits(str_sub(s, 3, 2)) || !str_to_i64(str_sub(s, 0, 2), &month) ||
        !str_to_i64(str_sub(s, 3, 2), &day) || !date_is_valid(2001, (int)month, (int)day)) {
        problem_add(l->problems, node, tr("写成月-日,如 09-01。", "Write month-day, like 09-01."),
                    "%s",
                    tr("应为每年都有的月和日", "expected a month and day that every year has"));
        return false;
    }
    *ret_month = (int)month;
    *ret_day = (int)day;
    return true;
}

static void load_terms(struct loader *l, const struct yaml *terms)
{
    struct calendar *c = &l->c->calendar;
    size_t room = sizeof c->term_months / sizeof *c->term_months;
    if (terms->n == 0 || terms->n > room) {
        problem_add(l->problems, terms, "", tr("应有 1 至 %zu 个学期", "expected 1 to %zu terms"),
                    room);
    }
    for (const struct yaml *node = terms->first; node != NULL && c->term_count < room;
         node = node->next) {
        if (parse_month_day(l, node, &c->term_months[c->term_count],
                            &c->term_days[c->term_count])) {
            c->term_count++;
        }
    }
}

void config_load_calendar(struct loader *l)
{
    const struct yaml *root = loader_file(l, "calendar.yaml");
    struct calendar *c = &l->c->calendar;
    c->school_year_month = 9;
    c->school_year_day = 1;
    if (root == NULL) {
        return;
    }
    keys_check(l->problems, root, calendar_keys);
    c->rest_moves = node_choice(root, "rest_day", rest_days, 1) == 1;
    if (node_map(root, "years") != NULL) {
        load_years(l, node_map(root, "years"));
    }
    if (node_list(root, "terms") != NULL) {
        load_terms(l, node_list(root, "terms"));
    }
    if (node_text(root, "school_year").p != NULL) {
        (void)parse_month_day(l, yaml_get(root, "school_year"), &c->school_year_month,
                              &c->school_year_day);
    }
}
