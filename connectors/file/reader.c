/* One CSV file to pages: chunk of bytes -> UTF-8 -> records -> wanted columns. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/charset.h"
#include "base/text.h"
#include "connectors/columns.h"
#include "connectors/file/file.h"

#define TEXT_MAX (FILE_CHUNK * 3 + 64) /* no charset here grows more than twofold */
#define PAGE_BYTES ((size_t)8 << 20)   /* a page ends early here */
#define ABSENT SIZE_MAX

struct reader {
    const struct source *source;
    const struct file_options *options;
    const struct drop *drop;
    int fd;
    char *chunk;
    struct charset *charset;
    struct csv *csv;
    struct buf text; /* the chunk as UTF-8, borrowed by csv */
    bool is_last;    /* csv has the whole file */
    bool ends_in_mid_line;
    size_t width;  /* fields a record must have; 0: not known yet */
    size_t *index; /* wanted column -> field, or ABSENT */
    struct str columns_seen;
    int64_t skip;
    int64_t records;
    int64_t pages;
};

/* ---- Bytes to records ---- */

static enum rc name_file(struct reader *r, enum rc rc)
{
    char detail[400], hint[400];
    snprintf(detail, sizeof detail, "%s", err_detail());
    snprintf(hint, sizeof hint, "%s", err_hint_text());
    rc = err_fail(rc, "%s: %s", r->drop->name, detail);
    err_hint("%s", hint);
    return rc;
}

static enum rc check_unchanged(struct reader *r, bool *ret_changed)
{
    struct stamp now;
    TRY(stamp_of(r->drop->path, r->fd, &now));
    if (stamp_is(&now, &r->drop->stamp)) {
        return RC_OK;
    }
    *ret_changed = true;
    enum rc rc = err_fail(RC_INCOMPLETE, tr("%s 在读取时被改动", "%s changed while it was read"),
                          r->drop->name);
    err_hint(
        "%s",
        tr("请部门写完后再放入,或使用完成标记(ready.marker)。",
           "Ask the department to drop finished files, or to use a done marker (ready.marker)."));
    return rc;
}

static enum rc feed(struct reader *r, bool *ret_changed)
{
    size_t n = 0;
    TRY(file_read(r->fd, r->drop->path, r->chunk, FILE_CHUNK, &n));
    TRY(check_unchanged(r, ret_changed));
    r->is_last = n < FILE_CHUNK;
    buf_reset(&r->text);
    TRY(charset_feed(r->charset, str_of(r->chunk, n), r->is_last, &r->text));
    struct str text = buf_str(&r->text);
    if (text.n > 0) {
        r->ends_in_mid_line = text.p[text.n - 1] != '\n' && text.p[text.n - 1] != '\r';
    }
    csv_feed(r->csv, text, r->is_last);
    return RC_OK;
}

static enum rc next_raw(struct reader *r, struct csv_record *rec, bool *ret_have, bool *ret_changed)
{
    for (;;) {
        bool have = false;
        TRY(csv_next(r->csv, rec, &have));
        if (have || r->is_last) {
            *ret_have = have;
            return RC_OK;
        }
        TRY(feed(r, ret_changed));
    }
}

static bool is_blank(const struct csv_record *rec)
{
    return rec->n == 0 || (rec->n == 1 && rec->fields[0].n == 0 && !rec->bad_quotes);
}

/* Lines above the header and blank lines are no records. */
static enum rc next_record(struct reader *r, struct csv_record *rec, bool *ret_have,
                           bool *ret_changed)
{
    do {
        TRY(next_raw(r, rec, ret_have, ret_changed));
    } while (*ret_have && (rec->line <= r->options->skip_lines || is_blank(rec)));
    return RC_OK;
}

/* ---- The header ---- */

static size_t find_name(const struct str *names, size_t n, struct str wanted)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(names[i], wanted)) {
            return i;
        }
    }
    return ABSENT;
}

static void take_header(struct reader *r, const struct csv_record *rec)
{
    struct arena *a = r->source->arena;
    struct str *names = arena_array(a, rec->n, sizeof *names);
    for (size_t i = 0; i < rec->n; i++) {
        names[i] = text_fold(a, arena_str(a, rec->fields[i]));
    }
    for (size_t i = 0; i < r->source->column_count; i++) {
        r->index[i] = find_name(names, rec->n, text_fold(a, str_from(r->source->columns[i])));
    }
    /* what was asked for is told in the asker's own spelling */
    for (size_t i = 0; i < r->source->column_count; i++) {
        if (r->index[i] != ABSENT) {
            names[r->index[i]] = str_from(r->source->columns[i]);
        }
    }
    r->width = rec->n;
    r->columns_seen = columns_join(a, names, rec->n);
}

/* Without a header columns are called 1, 2, 3 ... */
static void take_numbers(struct reader *r)
{
    for (size_t i = 0; i < r->source->column_count; i++) {
        int64_t number = 0;
        bool is_number = str_to_i64(str_from(r->source->columns[i]), &number) && number > 0;
        r->index[i] = is_number ? (size_t)number - 1 : ABSENT;
    }
}

static enum rc read_header(struct reader *r, bool *ret_changed)
{
    if (!r->options->has_header) {
        take_numbers(r);
        return RC_OK;
    }
    struct csv_record rec = {0};
    bool have = false;
    TRY(next_record(r, &rec, &have, ret_changed));
    if (!have) {
        return err_fail(RC_FORMAT, "%s",
                        tr("文件是空的,没有表头", "the file is empty: no header line"));
    }
    if (rec.bad_quotes) {
        return err_fail(RC_FORMAT, "%s",
                        tr("表头的引号没有配对", "unbalanced quotes in the header line"));
    }
    take_header(r, &rec);
    return RC_OK;
}

/* ---- Rows ---- */

/* NULL if the record is sound. */
static const char *fault_of(struct reader *r, struct arena *a, const struct csv_record *rec)
{
    if (rec->bad_quotes) {
        return tr("引号没有配对", "unbalanced quotes");
    }
    if (r->width == 0) {
        r->width = rec->n; /* no header: the first record sets the measure */
    }
    if (rec->n != r->width) {
        return arena_printf(a,
                            rec->n < r->width ? tr("列数不足:应有 %zu 列,只有 %zu 列",
                                                   "too few fields: expected %zu, found %zu")
                                              : tr("列数过多:应有 %zu 列,却有 %zu 列",
                                                   "too many fields: expected %zu, found %zu"),
                            r->width, rec->n);
    }
    for (size_t i = 0; i < rec->n; i++) {
        if (rec->fields[i].n > 0 && memchr(rec->fields[i].p, '\0', rec->fields[i].n) != NULL) {
            return tr("含有空字符(NUL)", "contains a NUL character");
        }
    }
    return NULL;
}

static size_t add_row(struct reader *r, struct page *page, const struct csv_record *rec)
{
    size_t columns = r->source->column_count, bytes = 0;
    struct str *row = page->values + page->rows * columns;
    for (size_t i = 0; i < columns; i++) {
        bool has = r->index[i] < rec->n;
        row[i] = has ? arena_str(page->arena, rec->fields[r->index[i]]) : STR_NULL;
        bytes += row[i].n;
    }
    page->row_numbers[page->rows++] = rec->line;
    return bytes;
}

static void begin_page(struct reader *r, struct page *page, size_t cap)
{
    page->values = arena_array(page->arena, cap * r->source->column_count, sizeof *page->values);
    page->row_numbers = arena_array(page->arena, cap, sizeof *page->row_numbers);
    page->rejects = arena_array(page->arena, cap, sizeof *page->rejects);
    page->label = str_from(r->drop->name);
    page->columns_seen = r->columns_seen;
    memcpy(page->file_hash, r->drop->hash, PAGE_HASH);
}

static enum rc skip_records(struct reader *r, bool *ret_changed)
{
    struct csv_record rec = {0};
    bool have = true;
    while (r->records < r->skip && have) {
        TRY(next_record(r, &rec, &have, ret_changed));
        if (have && r->width == 0) {
            r->width = rec.n;
        }
        r->records += have ? 1 : 0;
    }
    return RC_OK;
}

static enum rc fill(struct reader *r, struct page *page, size_t cap, bool *ret_more,
                    bool *ret_changed)
{
    bool last_is_bad = false;
    size_t bytes = 0;
    for (bool have = true; page->rows + page->reject_count < cap && bytes < PAGE_BYTES;) {
        struct csv_record rec = {0};
        TRY(next_record(r, &rec, &have, ret_changed));
        if (!have) {
            *ret_more = false;
            if (last_is_bad && r->ends_in_mid_line) {
                page->rejects[page->reject_count - 1].reason =
                    tr("文件在一行中间结束(被截断)", "the file ends in mid-line (truncated)");
            }
            return RC_OK;
        }
        r->records++;
        const char *reason = fault_of(r, page->arena, &rec);
        last_is_bad = reason != NULL;
        if (last_is_bad) {
            page->rejects[page->reject_count++] = (struct page_reject){rec.line, reason};
        } else {
            bytes += add_row(r, page, &rec);
        }
    }
    *ret_more = true;
    return RC_OK;
}

static enum rc page_inner(struct reader *r, struct page *page, bool *ret_more, bool *ret_changed)
{
    if (r->pages++ == 0) {
        TRY(read_header(r, ret_changed));
        TRY(skip_records(r, ret_changed));
    }
    size_t cap = r->source->page_rows > 0 ? r->source->page_rows : 1000;
    begin_page(r, page, cap);
    TRY(fill(r, page, cap, ret_more, ret_changed));
    page->first_row = page->rows > 0 ? page->row_numbers[0] : 1;
    return RC_OK;
}

enum rc reader_page(struct reader *r, struct page *page, bool *ret_more, bool *ret_changed)
{
    enum rc rc = page_inner(r, page, ret_more, ret_changed);
    return rc == RC_FORMAT || rc == RC_LIMIT ? name_file(r, rc) : rc;
}

/* ---- Life ---- */

int64_t reader_records(const struct reader *r)
{
    return r->records;
}

enum rc reader_open(const struct source *source, const struct file_options *options,
                    const struct drop *drop, int64_t skip, struct reader **ret)
{
    int fd = -1;
    TRY(file_open(drop->path, &fd));
    struct reader *r = calloc(1, sizeof *r);
    char *chunk = malloc(FILE_CHUNK);
    if (r == NULL || chunk == NULL) {
        err_die(RC_MEMORY, "%zu", FILE_CHUNK);
    }
    *r = (struct reader){
        .source = source, .options = options, .drop = drop, .fd = fd, .chunk = chunk, .skip = skip};
    r->index = arena_array(source->arena, source->column_count, sizeof *r->index);
    r->csv = csv_new(options->dialect);
    buf_init(&r->text, TEXT_MAX);
    enum rc rc = charset_open(options->charset, STR(""), &r->charset);
    if (rc != RC_OK) {
        reader_close(r);
        return rc;
    }
    *ret = r;
    return RC_OK;
}

void reader_close(struct reader *r)
{
    if (r == NULL) {
        return;
    }
    csv_free(r->csv);
    charset_close(r->charset);
    buf_done(&r->text);
    close(r->fd);
    free(r->chunk);
    free(r);
}
