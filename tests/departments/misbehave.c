#include "tests/departments/misbehave.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/fs.h"

#define MOST 64
#define MAX_FILE ((size_t)64 << 10)

static const char *file_path;
static struct buf present; /* the file as it was last read */
static struct misbehaviour all[MOST];
static size_t count;

void misbehave_setup(const char *path)
{
    file_path = path;
    buf_init(&present, MAX_FILE);
}

static struct str next_word(struct str *line)
{
    *line = str_trim(*line);
    return str_cut(line, ' ');
}

static void copy_word(char *out, size_t size, struct str word)
{
    snprintf(out, size, "%.*s", STR_ARGS(word));
}

static void read_line(struct str line)
{
    struct misbehaviour m = {0};
    copy_word(m.dataset, sizeof m.dataset, next_word(&line));
    copy_word(m.kind, sizeof m.kind, next_word(&line));
    copy_word(m.arguments[0], sizeof m.arguments[0], next_word(&line));
    copy_word(m.arguments[1], sizeof m.arguments[1], next_word(&line));
    if (m.kind[0] != '\0' && m.dataset[0] != '#' && count < MOST) {
        all[count++] = m;
    }
}

/* Counters begin anew only when the file says something else. */
void misbehave_refresh(void)
{
    struct buf now;
    buf_init(&now, MAX_FILE);
    if (fs_exists(file_path) && fs_read(file_path, MAX_FILE, &now) != RC_OK) {
        err_die(err_last(), "%s", file_path);
    }
    if (str_eq(buf_str(&now), buf_str(&present))) {
        buf_done(&now);
        return;
    }
    buf_done(&present);
    present = now;
    count = 0;
    struct str rest = buf_str(&present);
    while (rest.n > 0) {
        read_line(str_cut(&rest, '\n'));
    }
}

static bool concerns(const struct misbehaviour *m, const char *dataset, const char *kind)
{
    return strcmp(m->kind, kind) == 0 &&
           (strcmp(m->dataset, "*") == 0 || strcmp(m->dataset, dataset) == 0);
}

static int64_t number_or(const char *text, int64_t otherwise)
{
    int64_t n = otherwise;
    return str_to_i64(str_from(text), &n) ? n : otherwise;
}

const struct misbehaviour *misbehave_page(const char *dataset, const char *kind, int64_t page)
{
    for (size_t i = 0; i < count; i++) {
        struct misbehaviour *m = &all[i];
        bool is_due = m->used < number_or(m->arguments[1], INT64_MAX);
        if (is_due && concerns(m, dataset, kind) && number_or(m->arguments[0], page) == page) {
            m->used++;
            return m;
        }
    }
    return NULL;
}

const struct misbehaviour *misbehave_dataset(const char *dataset, const char *kind)
{
    for (size_t i = 0; i < count; i++) {
        if (concerns(&all[i], dataset, kind)) {
            return &all[i];
        }
    }
    return NULL;
}
