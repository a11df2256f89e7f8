/* Households first, kept in memory; then every person's row takes from its household what its own sheet has not; at
 * last what is told of the households' sheets themselves. */
#include "connectors/file/parts.h"

#include "base/text.h"

#define PAGE_MAX ((size_t)512 << 20)

/* ---- Households ---- */

static enum rc fail_missing(const struct parts *p)
{
    enum rc rc = err_fail(RC_NOT_READY, tr("%s: 没有符合 %s 的文件,其余部分等它到齐",
                                           "%s: no file like %s is there; the other parts wait for it"),
                          p->source->dataset, p->missing);
    err_hint("%s", tr("把同一次导出的全部文件放在一起;文件名中的日期应相同。",
                      "Drop all files of one export together; the dates in their names must agree."));
    return rc;
}

static enum rc fail_column(const struct parts *p, const struct page *page)
{
    return err_fail(RC_FORMAT, tr("%.*s: 没有列“%s”", "%.*s: no column \"%s\""), STR_ARGS(page->label),
                    p->on_name);
}

static void *grown(struct arena *a, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return items;
    }
    *cap = *cap * 2 + 16;
    void *more = arena_array(a, *cap, size);
    if (n > 0) {
        memcpy(more, items, n * size);
    }
    return more;
}

static void add_reject(struct parts *p, struct sheet *s, struct page_reject reject)
{
    s->rejects = grown(p->arena, s->rejects, s->reject_count, &s->reject_cap, sizeof *s->rejects);
    s->rejects[s->reject_count++] = reject;
}

static struct sheet *sheet_of(struct parts *p, struct drop *drop, const struct page *page)
{
    struct sheet *last = p->sheet_count > 0 ? &p->sheets[p->sheet_count - 1] : NULL;
    if (last != NULL && last->drop == drop && str_eq(last->label, page->label)) {
        return last;
    }
    p->sheets = grown(p->arena, p->sheets, p->sheet_count, &p->sheet_cap, sizeof *p->sheets);
    p->sheets[p->sheet_count] = (struct sheet){.drop = drop,
                                               .label = arena_str(p->arena, page->label),
                                               .columns_seen = arena_str(p->arena, page->columns_seen),
                                               .format = arena_str(p->arena, page->format),
                                               .exported_on = page->exported_on};
    return &p->sheets[p->sheet_count++];
}

/* A household that several files name is one: what a later one says goes before, its blanks do not. */
static void add_house(struct parts *p, const struct str *values, int64_t row)
{
    struct str key = text_fold(p->arena, values[p->on]);
    struct house *h = map_get(&p->houses, key);
    if (h == NULL) {
        h = arena_alloc(p->arena, sizeof *h);
        h->values = arena_array(p->arena, p->source->column_count, sizeof *h->values);
        h->sheet = p->sheet_count - 1;
        h->row = row;
        map_put(&p->houses, arena_str(p->arena, key), h);
    }
    for (size_t i = 0; i < p->source->column_count; i++) {
        if (!str_is_empty(values[i]) || str_is_null(h->values[i])) {
            h->values[i] = arena_str(p->arena, values[i]);
        }
    }
}

static enum rc add_page(struct parts *p, struct drop *drop, const struct reader *r, const struct page *page)
{
    size_t columns = p->source->column_count;
    struct sheet *sheet = sheet_of(p, drop, page);
    if (page->rows > 0 && !reader_has_column(r, p->on)) {
        return fail_column(p, page);
    }
    for (size_t i = 0; i < page->rows; i++) {
        const struct str *values = page->values + i * columns;
        if (str_is_empty(text_fold(page->arena, values[p->on]))) {
            add_reject(p, sheet,
                       (struct page_reject){.row = page->row_numbers[i],
                                            .reason = tr("户表中的这一行没有户编号",
                                                         "a household's row without its number")});
        } else {
            add_house(p, values, page->row_numbers[i]);
        }
    }
    for (size_t i = 0; i < page->reject_count; i++) {
        struct page_reject reject = page->rejects[i];
        reject.reason = arena_cstr(p->arena, str_from(reject.reason));
        add_reject(p, sheet, reject);
    }
    return RC_OK;
}

static enum rc load_file(struct parts *p, struct drop *drop, struct arena *a)
{
    struct reader *r = NULL;
    bool more = true, changed = false;
    TRY(reader_open(p->source, &p->households.options, drop, 0, &r));
    enum rc rc = RC_OK;
    while (rc == RC_OK && more) {
        arena_reset(a);
        struct page page = {.arena = a};
        rc = reader_page(r, &page, &more, &changed);
        if (rc == RC_OK && (more || page.rows > 0 || page.reject_count > 0)) {
            rc = add_page(p, drop, r, &page);
        }
    }
    reader_close(r);
    return rc;
}

enum rc parts_load(struct parts *p)
{
    if (p->missing != NULL) {
        return fail_missing(p);
    }
    struct arena *a = arena_new(PAGE_MAX);
    enum rc rc = RC_OK;
    for (size_t i = 0; i < p->household_drop_count && rc == RC_OK; i++) {
        rc = load_file(p, p->household_drops[i], a);
    }
    arena_free(a);
    return rc;
}

/* ---- Persons ---- */

enum rc parts_join(struct parts *p, const struct reader *r, struct page *page)
{
    size_t columns = p->source->column_count;
    if (page->rows > 0 && !reader_has_column(r, p->on)) {
        return fail_column(p, page);
    }
    for (size_t i = 0; i < page->rows; i++) {
        struct str *values = page->values + i * columns;
        struct house *h = map_get(&p->houses, text_fold(page->arena, values[p->on]));
        values[p->on] = h == NULL ? STR_NULL : values[p->on];
        for (size_t k = 0; h != NULL && k < columns; k++) {
            values[k] = reader_has_column(r, k) ? values[k] : h->values[k];
        }
        if (h != NULL) {
            h->is_met = true;
        }
    }
    return RC_OK;
}

/* ---- What is told of households behind the persons ---- */

static void reject_lonely(struct parts *p, size_t at)
{
    for (size_t i = 0; i < p->houses.n; i++) {
        const struct house *h = p->houses.entries[i].value;
        if (h->sheet == at && !h->is_met) {
            add_reject(p, &p->sheets[at],
                       (struct page_reject){.row = h->row,
                                            .reason = tr("这一户没有人员", "this household has no persons"),
                                            .record = p->houses.entries[i].key});
        }
    }
}

bool parts_tell(struct parts *p, struct page *page)
{
    size_t at = p->told / 2;
    if (at >= p->sheet_count) {
        return false;
    }
    struct sheet *s = &p->sheets[at];
    bool is_mark = p->told % 2 == 1; /* by which the server's word is enough to know the file */
    p->told++;
    if (is_mark && !s->drop->has_mark) {
        return parts_tell(p, page);
    }
    if (!is_mark) {
        reject_lonely(p, at);
        page->rejects = s->rejects;
        page->reject_count = s->reject_count;
        page->columns_seen = s->columns_seen;
        page->format = s->format;
    }
    s->drop->is_read = true;
    page->label = s->label;
    page->first_row = 1;
    page->exported_on = s->exported_on;
    memcpy(page->file_hash, is_mark ? s->drop->mark : s->drop->hash, PAGE_HASH);
    return true;
}
