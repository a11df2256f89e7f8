/* How a source cuts its records into pages, and where a reading of them stands. Pure reckoning: no network here.
 *
 * A place is written as the page's position: what is needed to go on in another process. Numbers of pages and
 * offsets are reckoned ahead so that several requests may be on their way; a cursor is known only from the page
 * before. Time slices stand around all of it: each is paged as if it were the whole. */
#ifndef BIDUI_CONNECTORS_HTTP_PAGING_H
#define BIDUI_CONNECTORS_HTTP_PAGING_H

#include "base/arena.h"
#include "base/date.h"
#include "base/yaml.h"

enum paging_kind {
    PAGING_NONE, PAGING_PAGE, PAGING_OFFSET, PAGING_CURSOR, PAGING_NEXT_URL, PAGING_LINK, PAGING_EXPORT
};

struct paging {
    enum paging_kind kind;
    const char *step;                /* parameter that carries page number, offset or cursor, or NULL */
    const char *size;                /* parameter that carries page_size, or NULL */
    int64_t page_size;               /* 0: the source decides */
    int64_t first;                   /* number of the first page, or first offset */
    const char *initial;             /* cursor to begin with, or NULL */
    const char *total, *next;        /* paths in the envelope, or NULL */
    const char *total_header, *next_header; /* response headers, or NULL */
    int slice_days;                  /* 0: not sliced */
    date_t slice_begin;              /* of a full reading */
    bool is_inclusive;               /* {to} is the last moment of a slice, not the first behind it */
};

struct place {
    int64_t rows;                    /* records received before, in this slice */
    int64_t pages;                   /* pages handed out before */
    int64_t number;                  /* page number or offset to ask for; for the other kinds the page's ordinal */
    struct str cursor;               /* null: ask without one; of next_url, link and a finished export: the address */
    struct str job;                  /* an export's, once it is submitted; else null */
    date_t slice, slice_end;         /* the slice's first day, and the day behind the last slice; DATE_NONE */
    int64_t until_ms;                /* Unix time the reading began: {until} */
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
void paging_read_slices(const struct yaml *node, struct paging *ret);    /* after it */
/* `now_ms`: Unix time; `today`: the last day of a sliced reading; `since` ("" for none): its first, if later. */
struct place paging_start(const struct paging *p, int64_t now_ms, date_t today, struct str since);
struct place paging_after(const struct paging *p, const struct place *at, const struct paging_news *news);
/* Numbers worth asking for now, the next one first; `stride`: records a page is known to hold, 0 unknown. */
size_t paging_ahead(const struct paging *p, const struct place *at, int64_t total, int64_t stride, size_t most,
                    int64_t *ret_numbers);
bool paging_is_counted(const struct paging *p);
/* Did the pages up to this one, the last of its slice, bring less or more than the source claims? */
bool paging_is_short(const struct paging *p, const struct place *at, const struct paging_news *news);
/* Whole numbers as sources write them: 12, "12", 12.0; -1 otherwise. */
int64_t paging_total(struct str text);

/* place.c */
struct str place_format(struct arena *a, const struct place *place);
enum rc place_parse(struct arena *a, struct str text, struct place *ret) MUST_CHECK;     /* borrows text; RC_STATE */

#endif
