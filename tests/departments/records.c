#include "tests/departments/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"

#define MAX_FILE ((size_t)16 << 30)
#define MAX_SINCE 32

struct records {
    const char *path, *update_member;
    struct timespec changed; /* the file's, when it was read */
    off_t size;
    struct buf bytes;
    struct record *records;
    size_t n, cap;
    size_t *shown;
    size_t shown_n;
    struct {
        date_t day;
        char since[MAX_SINCE];
        size_t keep;
        uint64_t seed;
        bool is_made;
    } view; /* what `shown` was made for */
};

struct records *records_new(const char *path, const char *update_member)
{
    struct records *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_die(RC_MEMORY, "%s", path);
    }
    r->path = path;
    r->update_member = update_member;
    r->size = -1;
    buf_init(&r->bytes, MAX_FILE);
    return r;
}

/* ---- reading a flat object ---- */

/* Length of the string that begins at s, quotes included. */
static size_t string_length(struct str s)
{
    size_t i = 1;
    while (i < s.n && s.p[i] != '"') {
        i += s.p[i] == '\\' ? 2 : 1;
    }
    return i + 1;
}

static size_t value_length(struct str s)
{
    size_t i = 0, depth = 0;
    while (i < s.n && (depth > 0 || (s.p[i] != ',' && s.p[i] != '}'))) {
        depth += s.p[i] == '{' || s.p[i] == '[';
        depth -= s.p[i] == '}' || s.p[i] == ']';
        i += s.p[i] == '"' ? string_length(str_sub(s, i, s.n)) : 1;
    }
    return i;
}

struct member {
    struct str whole, name, value; /* name without quotes; value without quotes if it has any */
};

/* Takes the member at the front of what stands between the braces; false at the end. */
static bool next_member(struct str *rest, struct member *ret)
{
    *rest = str_trim(*rest);
    if (rest->n == 0 || rest->p[0] != '"') {
        return false;
    }
    size_t name = string_length(*rest);
    struct str after = str_sub(*rest, name, rest->n);
    size_t colon = str_find(after, ':') + 1;
    struct str value = str_sub(after, colon, after.n);
    value.n = value_length(value);
    ret->name = str_sub(*rest, 1, name - 2);
    ret->whole = str_sub(*rest, 0, name + colon + value.n);
    *rest = str_sub(*rest, ret->whole.n + 1, rest->n);
    value = str_trim(value);
    bool is_quoted = value.n > 1 && value.p[0] == '"';
    ret->value = is_quoted ? str_sub(value, 1, value.n - 2) : value;
    return true;
}

/* Members are moved to the front of their line as the reserved ones fall out. */
static struct record read_record(const struct records *r, char *line, struct str members)
{
    struct record record = {.text = {line, 0}, .from = INT32_MIN, .to = INT32_MAX};
    struct member m;
    char *end = line;
    while (next_member(&members, &m)) {
        if (str_is(m.name, "_from")) {
            date_parse_iso(m.value, &record.from);
        } else if (str_is(m.name, "_to")) {
            date_parse_iso(m.value, &record.to);
        } else {
            if (end != line) {
                *end++ = ',';
            }
            if (r->update_member != NULL && str_is(m.name, r->update_member)) {
                record.updated = str_of(end + (m.value.p - m.whole.p), m.value.n);
            }
            memmove(end, m.whole.p, m.whole.n);
            end += m.whole.n;
        }
    }
    record.text.n = (size_t)(end - line);
    return record;
}

static void add_record(struct records *r, struct record record)
{
    if (r->n == r->cap) {
        r->cap = r->cap == 0 ? 1024 : r->cap * 2;
        r->records = realloc(r->records, r->cap * sizeof *r->records);
        r->shown = realloc(r->shown, r->cap * sizeof *r->shown);
        if (r->records == NULL || r->shown == NULL) {
            err_die(RC_MEMORY, "%s", r->path);
        }
    }
    r->records[r->n++] = record;
}

static void read_lines(struct records *r)
{
    char *p = r->bytes.p, *end = p + r->bytes.n;
    r->n = 0;
    while (p < end) {
        char *newline = memchr(p, '\n', (size_t)(end - p));
        char *stop = newline == NULL ? end : newline;
        struct str line = str_trim(str_of(p, (size_t)(stop - p)));
        if (line.n > 1 && line.p[0] == '{') {
            add_record(r, read_record(r, p, str_sub(line, 1, line.n - 2)));
        }
        p = stop + 1;
    }
}

static void refresh(struct records *r)
{
    struct stat st;
    bool is_there = stat(r->path, &st) == 0;
    bool is_same = is_there && st.st_size == r->size && st.st_mtim.tv_sec == r->changed.tv_sec &&
                   st.st_mtim.tv_nsec == r->changed.tv_nsec;
    if (is_same) {
        return;
    }
    buf_reset(&r->bytes);
    r->size = is_there ? st.st_size : -1;
    r->changed = is_there ? st.st_mtim : (struct timespec){0, 0};
    if (is_there && fs_read(r->path, MAX_FILE, &r->bytes) != RC_OK) {
        err_die(err_last(), "%s", r->path);
    }
    read_lines(r);
    r->view.is_made = false;
}

/* ---- what a request sees ---- */

static bool is_visible(const struct record *record, date_t day, struct str since)
{
    bool is_old =
        since.n > 0 && !str_is_null(record->updated) && str_cmp(record->updated, since) < 0;
    return record->from <= day && day < record->to && !is_old;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void shuffle(size_t *items, size_t n, uint64_t seed)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)(next_random(&seed) % i), swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
    }
}

static bool is_made_for(const struct records *r, date_t day, struct str since, size_t keep,
                        uint64_t seed)
{
    return r->view.is_made && r->view.day == day && str_is(since, r->view.since) &&
           r->view.keep == keep && r->view.seed == seed;
}

static void make_view(struct records *r, date_t day, struct str since, size_t keep, uint64_t seed)
{
    size_t seen = 0;
    r->shown_n = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (is_visible(&r->records[i], day, since) && seen++ % keep == 0) {
            r->shown[r->shown_n++] = i;
        }
    }
    if (seed != 0) {
        shuffle(r->shown, r->shown_n, seed);
    }
    r->view.day = day;
    snprintf(r->view.since, sizeof r->view.since, "%.*s", STR_ARGS(since));
    r->view.keep = keep;
    r->view.seed = seed;
    r->view.is_made = true;
}

/* "2026-11-22T08:00:00.000000" as the departments write it. */
static struct str in_department_form(struct str since, char out[MAX_SINCE])
{
    since = str_sub(since, 0, sizeof "2026-11-22 08:00:00" - 1);
    memcpy(out, since.p == NULL ? "" : since.p, since.n);
    if (since.n > 10) {
        out[10] = ' ';
    }
    return str_of(out, since.n);
}

struct view records_view(struct records *r, date_t day, struct str since, size_t keep,
                         uint64_t seed)
{
    char text[MAX_SINCE];
    since = in_department_form(since, text);
    refresh(r);
    if (!is_made_for(r, day, since, keep, seed)) {
        make_view(r, day, since, keep, seed);
    }
    return (struct view){r->records, r->shown, r->shown_n};
}
