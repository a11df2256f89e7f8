/* How a source cuts its records into pages, and where a reading of them stands. Pure reckoning: no network here.
 *
 * A place is written as the page's position: what is needed to go on in another process. Numbers of pages and
 * offsets are reckoned ahead so that several requests may be on their way; a cursor is known only from the page
 * before. */
#ifndef BIDUI_CONNECTORS_HTTP_PAGING_H
#define BIDUI_CONNECTORS_HTTP_PAGING_H

#include "base/arena.h"
#include "base/yaml.h"

enum paging_kind { PAGING_NONE, PAGING_PAGE, PAGING_OFFSET, PAGING_CURSOR };

struct paging {
    enum paging_kind kind;
    const char *step;                /* parameter that carries page number, offset or cursor */
    const char *size;                /* parameter that carries page_size, or NULL */
    int64_t page_size;               /* 0: the source decides */
    int64_t first;                   /* number of the first page, or first offset */
    const char *initial;             /* cursor to begin with, or NULL */
    const char *total, *next;        /* JSON Pointers, or NULL */
};

struct place {
    int64_t rows;                    /* records received before */
    int64_t pages;                   /* pages handed out before */
    int64_t number;                  /* page number or offset to ask for; for the other kinds the page's ordinal */
    struct str cursor;               /* null: ask without one */
    bool is_end;
};

/* What a page told about the rest. */
struct paging_news {
    int64_t records;
    int64_t total;                   /* -1: unknown */
    struct str next;                 /* null or "": none */
};

/* NULL (no `paging`) is one page. */
void paging_read(const struct yaml *node, struct paging *ret);
struct place paging_start(const struct paging *p);
struct place paging_after(const struct paging *p, const struct place *at, const struct paging_news *news);
/* Numbers worth asking for now, the next one first; `stride`: records a page is known to hold, 0 unknown. */
size_t paging_ahead(const struct paging *p, const struct place *at, int64_t total, int64_t stride, size_t most,
                    int64_t *ret_numbers);
/* Whole numbers as sources write them: 12, "12", 12.0; -1 otherwise. */
int64_t paging_total(struct str text);

struct str place_format(struct arena *a, const struct place *place);
enum rc place_parse(struct str text, struct place *ret) MUST_CHECK;     /* borrows text; RC_STATE */

#endif
