#include "connectors/http/paging.h"

static const struct {
    const char *name, *step, *size;
} kinds[] = {
    [PAGING_NONE] = {"none", NULL, NULL},
    [PAGING_PAGE] = {"page_number", "page", "size"},
    [PAGING_OFFSET] = {"offset", "offset", "limit"},
    [PAGING_CURSOR] = {"cursor", "cursor", "size"},
};

static enum paging_kind kind_of(const struct yaml *node)
{
    struct str name = yaml_text(node, "kind");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_is(name, kinds[i].name)) {
            return (enum paging_kind)i;
        }
    }
    return PAGING_NONE;
}

static const char *text_or_null(const struct yaml *node, const char *key)
{
    return key == NULL ? NULL : yaml_text(node, key).p;
}

static int64_t number_or(const struct yaml *node, const char *key, int64_t otherwise)
{
    int64_t n = otherwise;
    return str_to_i64(yaml_text(node, key), &n) ? n : otherwise;
}

void paging_read(const struct yaml *node, struct paging *ret)
{
    *ret = (struct paging){.kind = PAGING_NONE};
    if (node == NULL) {
        return;
    }
    enum paging_kind kind = kind_of(node);
    *ret = (struct paging){
        .kind = kind,
        .step = text_or_null(node, kinds[kind].step),
        .size = text_or_null(node, kinds[kind].size),
        .page_size = number_or(node, "page_size", 0),
        .first = number_or(node, "first", kind == PAGING_PAGE ? 1 : 0),
        .initial = text_or_null(node, "initial"),
        .total = text_or_null(node, "total"),
        .next = text_or_null(node, "next"),
    };
}

static bool is_counted(const struct paging *p)
{
    return p->kind == PAGING_PAGE || p->kind == PAGING_OFFSET;
}

struct place paging_start(const struct paging *p)
{
    return (struct place){.number = is_counted(p) ? p->first : 1, .cursor = str_from(p->initial)};
}

/* Without a total only a page that is not full says that it was the last. A short page before the
 * total is reached is no end: the source may keep its own page size, or hide records; the engine
 * compares the sums. */
static bool is_last(const struct paging *p, const struct place *after,
                    const struct paging_news *news)
{
    switch (p->kind) {
    case PAGING_PAGE:
    case PAGING_OFFSET:
        if (news->records == 0) {
            return true;
        }
        return news->total >= 0 ? after->rows >= news->total : news->records < p->page_size;
    case PAGING_CURSOR:
        return str_is_empty(news->next);
    case PAGING_NONE:
    default:
        return true;
    }
}

struct place paging_after(const struct paging *p, const struct place *at,
                          const struct paging_news *news)
{
    struct place after = {
        .rows = at->rows + news->records,
        .pages = at->pages + 1,
        .number = at->number + (p->kind == PAGING_OFFSET ? news->records : 1),
        .cursor = news->next,
    };
    after.is_end = is_last(p, &after, news);
    return after;
}

size_t paging_ahead(const struct paging *p, const struct place *at, int64_t total, int64_t stride,
                    size_t most, int64_t *ret_numbers)
{
    ret_numbers[0] = at->number;
    if (!is_counted(p) || stride <= 0) {
        return 1;
    }
    size_t n = 1;
    int64_t rows = at->rows, step = p->kind == PAGING_PAGE ? 1 : stride;
    while (n < most) {
        rows += stride;
        if (total >= 0 && rows >= total) {
            break;
        }
        ret_numbers[n] = ret_numbers[n - 1] + step;
        n++;
    }
    return n;
}

int64_t paging_total(struct str text)
{
    struct str whole = str_cut(&text, '.');
    int64_t n = -1;
    bool is_fraction_zero = true;
    for (size_t i = 0; i < text.n; i++) {
        is_fraction_zero = is_fraction_zero && text.p[i] == '0';
    }
    return is_fraction_zero && str_to_i64(whole, &n) && n >= 0 ? n : -1;
}

/* "E", or rows, pages and number, then '-' for no cursor or ':' and the cursor. */
struct str place_format(struct arena *a, const struct place *place)
{
    if (place->is_end) {
        return STR("E");
    }
    bool has_cursor = !str_is_null(place->cursor);
    return str_from(arena_printf(a, "%lld %lld %lld %s%.*s", (long long)place->rows,
                                 (long long)place->pages, (long long)place->number,
                                 has_cursor ? ":" : "-", STR_ARGS(place->cursor)));
}

static bool cut_number(struct str *text, int64_t *ret)
{
    return str_to_i64(str_cut(text, ' '), ret) && *ret >= 0;
}

enum rc place_parse(struct str text, struct place *ret)
{
    struct place place = {0};
    if (str_is(text, "E")) {
        place.is_end = true;
        *ret = place;
        return RC_OK;
    }
    bool ok = cut_number(&text, &place.rows) && cut_number(&text, &place.pages) &&
              cut_number(&text, &place.number) && text.n > 0 &&
              (text.p[0] == ':' || str_is(text, "-"));
    if (!ok) {
        return err_fail(RC_STATE, "%s", tr("无法识别的续读位置", "a position that cannot be read"));
    }
    place.cursor = text.p[0] == ':' ? str_sub(text, 1, text.n) : STR_NULL;
    *ret = place;
    return RC_OK;
}
