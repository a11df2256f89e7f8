#include "connectors/http/paging.h"

static const struct {
    const char *name, *step, *size;
} kinds[] = {
    [PAGING_NONE] = {"none", NULL, NULL},
    [PAGING_PAGE] = {"page_number", "page", "size"},
    [PAGING_OFFSET] = {"offset", "offset", "limit"},
    [PAGING_CURSOR] = {"cursor", "cursor", "size"},
    [PAGING_NEXT_URL] = {"next_url", NULL, "size"},
    [PAGING_LINK] = {"link", NULL, "size"},
    [PAGING_EXPORT] = {"export", NULL, NULL},
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
        .total_header = text_or_null(node, "total_header"),
        .next_header = text_or_null(node, "next_header"),
    };
}

void paging_read_slices(const struct yaml *node, struct paging *p)
{
    p->slice_days = (int)number_or(node, "days", 0);
    p->is_inclusive = str_is(yaml_text(node, "end"), "inclusive");
    p->slice_begin = DATE_NONE;
    if (!date_parse_iso(yaml_text(node, "begin"), &p->slice_begin)) {
        p->slice_days = 0;
    }
}

bool paging_is_counted(const struct paging *p)
{
    return p->kind == PAGING_PAGE || p->kind == PAGING_OFFSET;
}

/* Where each slice begins. */
static struct place first_page(const struct paging *p, const struct place *at)
{
    struct place first = *at;
    first.rows = 0;
    first.number = paging_is_counted(p) ? p->first : 1;
    first.cursor = str_from(p->initial);
    return first;
}

struct place paging_start(const struct paging *p, int64_t now_ms, date_t today, struct str since)
{
    struct place start = {.slice = DATE_NONE, .slice_end = DATE_NONE, .until_ms = now_ms};
    date_t day = DATE_NONE;
    if (p->slice_days > 0) {
        bool is_later = date_parse_iso(str_sub(since, 0, DATE_TEXT - 1), &day) && day > p->slice_begin;
        start.slice = is_later ? day : p->slice_begin;
        start.slice_end = today + 1;
        start.is_end = start.slice >= start.slice_end;
    }
    return first_page(p, &start);
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
    case PAGING_NEXT_URL:
    case PAGING_LINK:
        return str_is_empty(news->next);
    case PAGING_EXPORT:
    case PAGING_NONE:
    default:
        return true;
    }
}

bool paging_is_short(const struct paging *p, const struct place *at, const struct paging_news *news)
{
    struct place after = *at;
    after.rows += news->records;
    return news->total >= 0 && is_last(p, &after, news) && after.rows != news->total;
}

struct place paging_after(const struct paging *p, const struct place *at,
                          const struct paging_news *news)
{
    struct place after = *at;
    after.rows += news->records;
    after.pages++;
    after.number += p->kind == PAGING_OFFSET ? news->records : 1;
    after.cursor = news->next;
    after.is_end = is_last(p, &after, news);
    if (after.is_end && p->slice_days > 0) {
        after.slice += p->slice_days;
        after.is_end = after.slice >= after.slice_end;
        after = first_page(p, &after);
    }
    return after;
}

size_t paging_ahead(const struct paging *p, const struct place *at, int64_t total, int64_t stride,
                    size_t most, int64_t *ret_numbers)
{
    ret_numbers[0] = at->number;
    if (!paging_is_counted(p) || stride <= 0) {
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
