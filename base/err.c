#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct row {
    enum rc rc;
    enum disposition disposition;
    const char *symbol;
    const char *zh, *en, *hint_zh, *hint_en;
};

static const struct row rows[] = {
#define ERROR_DEF(symbol, number, disposition, zh, en, hint_zh, hint_en) \
    {symbol, disposition, #symbol, zh, en, hint_zh, hint_en},
#include "base/errors.def"
#undef ERROR_DEF
};

static const struct row success = {RC_OK, DISP_STOP_RUN, "RC_OK", "成功", "success", "", ""};
static const struct row unknown = {
    RC_BUG, DISP_STOP_RUN, "RC_UNKNOWN", "未知错误", "unknown error", "", ""};

static struct {
    enum rc rc;
    char detail[1024];
    char hint[512];
} record;

static bool english;

static const struct row *row_of(enum rc rc)
{
    if (rc == RC_OK) {
        return &success;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].rc == rc) {
            return &rows[i];
        }
    }
    return &unknown;
}

/* Details quote other programs (libpq, libcurl), whose messages hold newlines and could hold
 * terminal escapes. */
static void make_one_line(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && (unsigned char)text[n - 1] <= ' ') {
        text[--n] = '\0';
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) {
            text[i] = ' ';
        }
    }
}

/* vsnprintf cuts anywhere; a half character would spoil the terminal and every JSON made of it. */
static void drop_half_character(char *text, size_t n)
{
    size_t start = n;
    while (start > 0 && n - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0) {
        text[start - 1] = '\0';
    }
}

static void format_into(char *dst, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/* Through a second buffer: callers wrap the present detail by passing err_detail() as an argument.
 */
static void format_into(char *dst, size_t size, const char *fmt, va_list ap)
{
    char text[sizeof record.detail];
    size_t room = size < sizeof text ? size : sizeof text;
    int n = vsnprintf(text, room, fmt, ap);
    if (n < 0) {
        text[0] = '\0';
    } else if ((size_t)n >= room) {
        drop_half_character(text, room - 1);
    }
    make_one_line(text);
    memcpy(dst, text, strlen(text) + 1);
}

enum rc err_fail(enum rc rc, const char *detail_fmt, ...)
{
    va_list ap;
    va_start(ap, detail_fmt);
    format_into(record.detail, sizeof record.detail, detail_fmt, ap);
    va_end(ap);
    record.rc = rc;
    record.hint[0] = '\0';
    return rc;
}

void err_hint(const char *hint_fmt, ...)
{
    va_list ap;
    va_start(ap, hint_fmt);
    format_into(record.hint, sizeof record.hint, hint_fmt, ap);
    va_end(ap);
}

void err_clear(void)
{
    record.rc = RC_OK;
    record.detail[0] = '\0';
    record.hint[0] = '\0';
}

enum rc err_last(void)
{
    return record.rc;
}

const char *err_detail(void)
{
    return record.detail;
}

const char *err_hint_text(void)
{
    if (record.hint[0] != '\0') {
        return record.hint;
    }
    const struct row *row = row_of(record.rc);
    return tr(row->hint_zh, row->hint_en);
}

const char *err_text(enum rc rc)
{
    const struct row *row = row_of(rc);
    return tr(row->zh, row->en);
}

const char *err_symbol(enum rc rc)
{
    return row_of(rc)->symbol;
}

enum disposition err_disposition(enum rc rc)
{
    return row_of(rc)->disposition;
}

/* One write, so that blocks of several workers do not mix; no stdio, whose buffers a dying worker
 * must not flush. */
void err_print(const char *who)
{
    char block[2048];
    const char *detail = err_detail();
    const char *hint = err_hint_text();
    bool named = who != NULL && *who != '\0';
    int n = snprintf(block, sizeof block, "bidui: %s%s%s%s%s\n%s%s%s", named ? who : "",
                     named ? ": " : "", err_text(record.rc), *detail ? ": " : "", detail,
                     *hint ? tr("  提示: ", "  hint: ") : "", hint, *hint ? "\n" : "");
    if (n < 0) {
        return;
    }
    size_t size = (size_t)n < sizeof block ? (size_t)n : sizeof block - 1;
    ssize_t ignored = write(STDERR_FILENO, block, size);
    (void)ignored;
}

_Noreturn void err_die(enum rc rc, const char *detail_fmt, ...)
{
    va_list ap;
    va_start(ap, detail_fmt);
    format_into(record.detail, sizeof record.detail, detail_fmt, ap);
    va_end(ap);
    record.rc = rc;
    record.hint[0] = '\0';
    err_print(NULL);
    _exit(rc == RC_USAGE || rc == RC_CONFIG ? 2 : 1);
}

void lang_set(bool is_english)
{
    english = is_english;
}

bool lang_is_english(void)
{
    return english;
}

const char *tr(const char *zh, const char *en)
{
    return english ? en : zh;
}
