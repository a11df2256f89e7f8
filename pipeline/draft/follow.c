#include "pipeline/draft/follow.h"

#define PAGE_ARENA ((size_t)512 << 20)

static bool is_repeated(const unsigned char before[PAGE_HASH], const struct page *page)
{
    static const unsigned char none[PAGE_HASH];
    return memcmp(page->hash, none, PAGE_HASH) != 0 && memcmp(page->hash, before, PAGE_HASH) == 0;
}

static void read_on(void *state, struct arena *a, int most, struct followed *f)
{
    unsigned char before[PAGE_HASH] = {0};
    enum answer answer = CONN_PAGE;
    f->turns = true;
    while (answer == CONN_PAGE && f->turns && f->pages < most) {
        int64_t after_ms = 0;
        arena_reset(a);
        struct page page = {.arena = a, .advertised = -1, .exported_on = DATE_NONE};
        answer = connector_http.read(state, &page, &after_ms);
        if (answer == CONN_PAGE) {
            f->turns = !is_repeated(before, &page);
            memcpy(before, page.hash, PAGE_HASH);
            f->pages++;
            f->rows += (int64_t)(page.rows + page.reject_count);
        }
    }
    f->is_ended = answer == CONN_END;
    err_clear();
}

enum rc follow_pages(const struct source *source, int most, struct followed *ret)
{
    void *state = NULL;
    *ret = (struct followed){0};
    TRY(connector_http.open(source, &state));
    struct arena *a = arena_new(PAGE_ARENA);
    read_on(state, a, most, ret);
    arena_free(a);
    connector_http.close(state);
    return RC_OK;
}
