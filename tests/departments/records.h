/* Records of a sample department's dataset: one flat JSON object a line, served as it is written. The members
 * "_from" and "_to" say on which days the department has the record and are not served. */
#ifndef BIDUI_TESTS_DEPARTMENTS_RECORDS_H
#define BIDUI_TESTS_DEPARTMENTS_RECORDS_H

#include "base/date.h"

struct record {
    struct str text;                 /* members without the braces */
    struct str updated;              /* value of the update-time member, or null */
    date_t from, to;                 /* visible from the one until before the other */
};

/* What a request sees: indexes into the records, in the order they are served. */
struct view {
    struct record *records;
    size_t *shown;
    size_t n;
};

struct records;

/* `update_member` may be NULL. The file need not be there yet: then there are no records. */
struct records *records_new(const char *path, const char *update_member);
/* Records visible on `day` and not updated before `since` ("" for all); every `keep`-th of them, shuffled by `seed`
 * unless it is 0. Reads the file again when it has changed. Valid until the next call. */
struct view records_view(struct records *r, date_t day, struct str since, size_t keep, uint64_t seed);

#endif
