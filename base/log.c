#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define LINE_MAX_BYTES ((size_t)4000) /* below PIPE_BUF: lines of several workers do not mix */
#define VALUE_MAX_BYTES ((size_t)1000)
#define PROGRESS_EVERY_MS 100

static const struct {
    const char *name;
    char priority; /* of syslog, as the journal reads it */
} levels[] = {[LOG_DEBUG] = {"debug", '7'},
              [LOG_INFO] = {"info", '6'},
              [LOG_WARN] = {"warn", '4'},
              [LOG_ERROR] = {"error", '3'}};

static enum log_level threshold = LOG_INFO;
static bool is_json;
static bool has_journal;
static bool has_progress;
static int64_t progress_ms;

/* JOURNAL_STREAM is inherited by every child; only the device and inode prove that our stderr still
 * is the journal. */
static bool journal_listens(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char ours[64];
    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0) {
        return false;
    }
    snprintf(ours, sizeof ours, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, ours) == 0;
}

void log_setup(enum log_level least, bool json)
{
    threshold = least;
    is_json = json;
    has_journal = journal_listens();
}

static void write_stderr(struct str s)
{
    ssize_t ignored = write(STDERR_FILENO, s.p, s.n);
    (void)ignored;
}

static struct str clipped(struct str s)
{
    if (s.n <= VALUE_MAX_BYTES) {
        return s;
    }
    size_t n = VALUE_MAX_BYTES;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80) {
        n--;
    }
    return str_of(s.p, n);
}

static bool needs_quotes(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\') {
            return true;
        }
    }
    return s.n == 0;
}

/* A quoted logfmt value is written as a JSON string: every reader of logfmt takes that. */
static enum rc put_value(struct buf *line, const struct log_field *f)
{
    if (f->text == NULL) {
        return buf_printf(line, "%lld", (long long)f->number);
    }
    struct str text = clipped(str_from(f->text));
    return is_json || needs_quotes(text) ? buf_put_json(line, text) : buf_puts(line, text);
}

static enum rc put_field(struct buf *line, const struct log_field *f)
{
    TRY(is_json ? buf_printf(line, ",\"%s\":", f->key) : buf_printf(line, " %s=", f->key));
    return put_value(line, f);
}

static enum rc put_head(struct buf *line, enum log_level level, const char *event)
{
    char ts[INSTANT_TEXT];
    instant_format(clock_now_us(), ts);
    if (has_journal) {
        TRY(buf_printf(line, "<%c>", levels[level].priority));
    }
    TRY(is_json ? buf_printf(line, "{\"ts\":\"%s+08:00\",\"level\":\"%s\"", ts, levels[level].name)
                : buf_printf(line, "ts=%s+08:00 level=%s", ts, levels[level].name));
    return put_field(line, &LOG_S("event", event));
}

/* Fields that would make the line too long are left out whole, and the line says so. */
static enum rc put_line(struct buf *line, enum log_level level, const char *event, int n,
                        const struct log_field *fields)
{
    TRY(put_head(line, level, event));
    for (int i = 0; i < n; i++) {
        size_t before = line->n;
        TRY(put_field(line, &fields[i]));
        if (line->n > LINE_MAX_BYTES) {
            line->n = before;
            TRY(put_field(line, &LOG_I("fields_dropped", n - i)));
            break;
        }
    }
    return buf_puts(line, is_json ? STR("}\n") : STR("\n"));
}

void log_write(enum log_level level, const char *event, int n, const struct log_field *fields)
{
    if (level < threshold) {
        return;
    }
    static struct buf line = {NULL, 0, 0, 1 << 16};
    buf_reset(&line);
    if (put_line(&line, level, event, n, fields) != RC_OK) {
        return;
    }
    if (has_progress) {
        write_stderr(STR("\r\033[K"));
        has_progress = false;
    }
    write_stderr(buf_str(&line));
}

void log_progress(const char *what, int64_t done, int64_t total)
{
    int64_t now = clock_monotonic_ms();
    bool is_last = total > 0 && done >= total;
    if (!is_last && now - progress_ms < PROGRESS_EVERY_MS) {
        return;
    }
    progress_ms = now;
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    char line[256];
    int n = total > 0 ? snprintf(line, sizeof line, "\r%.150s %lld/%lld\033[K", what,
                                 (long long)done, (long long)total)
                      : snprintf(line, sizeof line, "\r%.150s %lld\033[K", what, (long long)done);
    write_stderr(str_of(line, n > 0 ? (size_t)n : 0));
    has_progress = true;
}

void log_progress_end(void)
{
    if (has_progress) {
        write_stderr(STR("\n"));
        has_progress = false;
    }
}
