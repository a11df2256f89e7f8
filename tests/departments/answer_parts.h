/* An answer's own parts: answer.c is the answer as a whole, answer_page.c which page is asked for and how it is written.
 * Only they include this. */
#ifndef BIDUI_TESTS_DEPARTMENTS_ANSWER_PARTS_H
#define BIDUI_TESTS_DEPARTMENTS_ANSWER_PARTS_H

#include "tests/departments/answer.h"
#include "tests/departments/misbehave.h"
#include "tests/departments/records.h"

enum paging { PAGE_NUMBER, OFFSET, CURSOR, NEXT_URL, LINK, EXPORT };
enum shape { SHAPE_JSON, SHAPE_SOAP, SHAPE_NDJSON };

struct route {
    const char *path, *department, *dataset, *file;
    enum paging paging;
    const char *step, *size, *since, *update_member;
    long default_size;
    struct records **records;
    enum shape shape;
};

struct asked {
    int64_t page, start, size;
    const char *cursor; /* NULL: none given */
};

void answer_put_text(struct buf *b, const char *text);
const char *answer_parameter(const struct request *r, const char *name);
struct asked answer_asked(const struct request *r);
void answer_mislead(const struct route *route, struct asked *a);
void answer_put_page(struct answer *answer, const struct route *route, const struct asked *a, const struct view *view);

#endif
