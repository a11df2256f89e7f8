#include "connectors/decrypt.h"

#define MOST_VALUE ((size_t)4 << 20)

const struct key_spec column_cipher_keys[] = {
    {.name = "columns",
     .type = KEY_LIST_TEXT,
     .flags = KEY_REQUIRED,
     .zh = "加密的列",
     .en = "the columns that are encrypted"},
    DECRYPT_KEYS,
    {0},
};

static enum rc add_columns(const struct source *s, const struct yaml *columns,
                           const struct decrypt *how, struct column_ciphers *c)
{
    for (const struct yaml *n = columns == NULL ? NULL : columns->first; n != NULL; n = n->next) {
        for (size_t i = 0; i < s->column_count; i++) {
            if (str_is(n->text, s->columns[i]) && c->n < s->column_count) {
                c->items[c->n++] = (struct column_cipher){i, how};
            }
        }
    }
    return RC_OK;
}

enum rc column_ciphers_open(const struct source *s, const struct yaml *list,
                            struct column_ciphers *ret)
{
    struct column_ciphers c = {.columns = s->column_count};
    c.items = arena_array(s->arena, s->column_count, sizeof *c.items);
    for (const struct yaml *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        struct decrypt *how = ARENA_NEW(s->arena, struct decrypt);
        TRY(decrypt_read(s->arena, s->base_dir, item, how));
        TRY(add_columns(s, yaml_get(item, "columns"), how, &c));
    }
    *ret = c;
    return RC_OK;
}

/* An empty value was never encrypted. */
static bool decipher_row(const struct column_ciphers *c, struct arena *a, struct buf *b,
                         struct str *row)
{
    for (size_t i = 0; i < c->n; i++) {
        struct str *value = &row[c->items[i].column];
        if (value->n == 0) {
            continue;
        }
        buf_reset(b);
        if (decrypt_text(c->items[i].how, *value, b) != RC_OK) {
            return false;
        }
        *value = arena_str(a, buf_str(b));
    }
    return true;
}

static enum answer fail_key(const struct page *page, size_t failed)
{
    enum rc rc = err_fail(RC_DECRYPT, tr("%zu 行中 %zu 行的加密列解不开", "of %zu rows, %zu have columns that cannot be deciphered"),
                          page->rows, failed);
    (void)rc;
    return CONN_STOP;
}

/* The rows that could be read move together; the others become rejects. */
static void part(const struct column_ciphers *c, struct page *page, const bool *is_bad, size_t bad)
{
    struct arena *a = page->arena;
    size_t kept = 0, rejects = page->reject_count;
    int64_t *numbers = arena_array(a, page->rows, sizeof *numbers);
    struct page_reject *all = arena_array(a, rejects + bad, sizeof *all);
    for (size_t i = 0; i < rejects; i++) {
        all[i] = page->rejects[i];
    }
    for (size_t i = 0; i < page->rows; i++) {
        int64_t number = page->row_numbers != NULL ? page->row_numbers[i] : page->first_row + (int64_t)i;
        if (is_bad[i]) {
            all[rejects++] = (struct page_reject){.row = number, .reason = "undecipherable"};
            continue;
        }
        numbers[kept] = number;
        memmove(page->values + kept * c->columns, page->values + i * c->columns, c->columns * sizeof *page->values);
        kept++;
    }
    page->rows = kept;
    page->row_numbers = numbers;
    page->rejects = all;
    page->reject_count = rejects;
}

enum answer column_ciphers_apply(const struct column_ciphers *c, struct page *page)
{
    if (c->n == 0 || page->rows == 0) {
        return CONN_PAGE;
    }
    size_t bad = 0;
    bool *is_bad = arena_array(page->arena, page->rows, sizeof *is_bad);
    struct buf b;
    buf_init(&b, MOST_VALUE);
    for (size_t i = 0; i < page->rows; i++) {
        is_bad[i] = !decipher_row(c, page->arena, &b, page->values + i * c->columns);
        bad += is_bad[i];
    }
    buf_done(&b);
    if (bad * 2 > page->rows) {
        return fail_key(page, bad);
    }
    if (bad > 0) {
        err_clear();
        part(c, page, is_bad, bad);
    }
    return CONN_PAGE;
}
