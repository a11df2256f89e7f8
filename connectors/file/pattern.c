#include "connectors/file/pattern.h"

#include <regex.h>

#include "base/buf.h"
#include "base/scan.h"

#define GROUPS 2 /* the whole and the date */

struct pattern {
    regex_t regex;
    struct str text, date; /* date: between the braces; null if there is none */
    bool is_literal;
};

/* ---- The date's layout ---- */

static const struct {
    const char *letters;
    size_t part; /* year, month, day; PARTS: time, which is not asked for */
} layouts[] = {{"yyyy", 0}, {"MM", 1}, {"dd", 2}, {"HH", 3}, {"mm", 3}, {"ss", 3}};
#define PARTS 3
#define LAYOUTS (sizeof layouts / sizeof *layouts)

/* Which layout s begins with; LAYOUTS if none. */
static size_t layout_at(struct str s)
{
    size_t i = 0;
    while (i < LAYOUTS && !str_starts(s, str_from(layouts[i].letters))) {
        i++;
    }
    return i;
}

static bool has_part(struct str date, size_t part)
{
    for (; date.n > 0; date = str_sub(date, 1, date.n)) {
        size_t i = layout_at(date);
        if (i < LAYOUTS && layouts[i].part == part) {
            return true;
        }
    }
    return false;
}

/* Takes the digits of `name` that stand where the layout wants them. */
static date_t date_in(struct str layout, const char *name)
{
    int parts[PARTS + 1] = {0, 1, 1, 0};
    while (layout.n > 0) {
        size_t i = layout_at(layout), n = 1;
        if (i < LAYOUTS) {
            n = strlen(layouts[i].letters);
            parts[layouts[i].part] = scan_fixed(name, n);
        }
        name += n;
        layout = str_sub(layout, n, layout.n);
    }
    return date_is_valid(parts[0], parts[1], parts[2]) ? date_from_ymd(parts[0], parts[1], parts[2])
                                                       : DATE_NONE;
}

/* ---- Into a regular expression ---- */

static enum rc put_date(struct pattern *p, struct buf *out)
{
    struct str rest = p->date;
    TRY(buf_putc(out, '('));
    while (rest.n > 0) {
        size_t i = layout_at(rest);
        if (i < LAYOUTS) {
            size_t n = strlen(layouts[i].letters);
            TRY(buf_printf(out, "[0-9]{%zu}", n));
            rest = str_sub(rest, n, rest.n);
        } else {
            TRY(buf_printf(out, strchr(".^$*+?()[]{}|\\", rest.p[0]) != NULL ? "\\%c" : "%c",
                           rest.p[0]));
            rest = str_sub(rest, 1, rest.n);
        }
    }
    return buf_putc(out, ')');
}

static enum rc fail(const char *text, const char *what)
{
    return err_fail(RC_CONFIG, "%s: %s", text, what);
}

/* Cuts {yyyyMMdd} off the front. */
static enum rc take_date(struct pattern *p, struct str *rest, struct buf *out)
{
    size_t end = str_find(*rest, '}');
    if (end == rest->n || !str_is_null(p->date)) {
        return fail(p->text.p,
                    tr("最多写一个日期,如 {yyyyMMdd}", "at most one date, like {yyyyMMdd}"));
    }
    p->date = str_sub(*rest, 1, end - 1);
    if (!has_part(p->date, 0)) {
        return fail(p->text.p, tr("日期应含 yyyy,如 {yyyyMMdd} 或 {yyyyMM}",
                                  "a date holds yyyy, like {yyyyMMdd} or {yyyyMM}"));
    }
    *rest = str_sub(*rest, end + 1, rest->n);
    return put_date(p, out);
}

static enum rc put_character(struct pattern *p, struct str *rest, struct buf *out)
{
    char c = rest->p[0];
    *rest = str_sub(*rest, 1, rest->n);
    switch (c) {
    case '*':
        p->is_literal = false;
        return buf_puts(out, STR(".*"));
    case '?':
        p->is_literal = false;
        return buf_putc(out, '.');
    case '[': {
        size_t end = str_find(*rest, ']');
        p->is_literal = false;
        if (end == rest->n || end == 0) {
            return fail(p->text.p, tr("[ 没有配对的 ]", "[ without ]"));
        }
        TRY(buf_printf(out, rest->p[0] == '!' ? "[^%.*s]" : "[%.*s]",
                       (int)(rest->p[0] == '!' ? end - 1 : end),
                       rest->p + (rest->p[0] == '!' ? 1 : 0)));
        *rest = str_sub(*rest, end + 1, rest->n);
        return RC_OK;
    }
    default:
        return buf_printf(out, strchr(".^$+()]}|\\", c) != NULL ? "\\%c" : "%c", c);
    }
}

static enum rc translate(struct pattern *p, struct buf *out)
{
    struct str rest = p->text;
    TRY(buf_putc(out, '^'));
    while (rest.n > 0) {
        TRY(rest.p[0] == '{' ? take_date(p, &rest, out) : put_character(p, &rest, out));
    }
    TRY(buf_putc(out, '$'));
    return buf_putc(out, '\0');
}

enum rc pattern_read(struct arena *a, const char *text, struct pattern **ret)
{
    struct pattern *p = ARENA_NEW(a, struct pattern);
    struct buf out;
    *p = (struct pattern){.text = str_from(arena_cstr(a, str_from(text))), .is_literal = true};
    buf_init(&out, (size_t)64 << 10);
    enum rc rc = translate(p, &out);
    if (rc == RC_OK && regcomp(&p->regex, out.p, REG_EXTENDED) != 0) {
        rc = fail(text, tr("不是文件名模式", "no pattern of file names"));
    }
    buf_done(&out);
    if (rc == RC_OK) {
        *ret = p;
    }
    return rc;
}

void pattern_free(struct pattern *p)
{
    if (p != NULL) {
        regfree(&p->regex);
    }
}

/* ---- Asking ---- */

bool pattern_matches(const struct pattern *p, const char *name, date_t *ret_date)
{
    regmatch_t groups[GROUPS];
    *ret_date = DATE_NONE;
    if (name[0] == '.' && p->text.p[0] != '.') {
        return false; /* as in a shell */
    }
    if (name[0] == '~' && name[1] == '$') {
        return false; /* a lock that WPS and Excel keep beside a workbook that is open */
    }
    if (regexec(&p->regex, name, GROUPS, groups, 0) != 0) {
        return false;
    }
    if (str_is_null(p->date)) {
        return true;
    }
    *ret_date = date_in(p->date, name + groups[1].rm_so);
    return *ret_date != DATE_NONE;
}

bool pattern_has_date(const struct pattern *p)
{
    return !str_is_null(p->date);
}

bool pattern_has_day(const struct pattern *p)
{
    return has_part(p->date, 2);
}

bool pattern_is_literal(const struct pattern *p)
{
    return p->is_literal;
}

const char *pattern_name(struct arena *a, const struct pattern *p, date_t date)
{
    int year = 0, month = 0, day = 0;
    if (str_is_null(p->date)) {
        return p->text.p;
    }
    date_to_ymd(date, &year, &month, &day);
    const int parts[PARTS + 1] = {year, month, day, 0};
    const char *opening = strchr(p->text.p, '{');
    const char *name = arena_cstr(a, str_of(p->text.p, (size_t)(opening - p->text.p)));
    for (struct str rest = p->date; rest.n > 0;) {
        size_t i = layout_at(rest), n = i < LAYOUTS ? strlen(layouts[i].letters) : 1;
        name = i < LAYOUTS ? arena_printf(a, "%s%0*d", name, (int)n, parts[layouts[i].part])
                           : arena_printf(a, "%s%c", name, rest.p[0]);
        rest = str_sub(rest, n, rest.n);
    }
    return arena_printf(a, "%s%s", name, strchr(opening, '}') + 1);
}
