/* The records of one document as they are taken: values of the record at hand, then, when it ends, one length and
 * text per value behind each other in one buffer, which is both what the rows are cut from and what is hashed. */
#ifndef BIDUI_CONNECTORS_JSON_ROWS_H
#define BIDUI_CONNECTORS_JSON_ROWS_H

#include "connectors/json_plan.h"

struct json_rows {
    const struct json_plan *plan;
    struct str *row;                             /* the record at hand; texts live until the document ends */
    const char *reason;                          /* why the record at hand is rejected, or NULL */
    size_t records;                              /* begun so far */
    size_t taken;
    struct buf text;                             /* lengths and values of taken and rejected records */
    struct buf spans;                            /* struct span: where the taken ones lie in text */
    struct buf numbers;                          /* int64_t: which record each row was */
    struct buf rejects;                          /* struct page_reject */
};

void json_rows_init(struct json_rows *r, struct arena *a, const struct json_plan *plan);
void json_rows_done(struct json_rows *r);
void json_rows_restart(struct json_rows *r);         /* forgets all records */
enum rc json_rows_begin(struct json_rows *r) MUST_CHECK;
enum rc json_rows_end(struct json_rows *r) MUST_CHECK;
static inline void json_rows_reject(struct json_rows *r, const char *reason)
{
    r->reason = r->reason == NULL ? reason : r->reason;
}
void json_rows_hand_out(struct json_rows *r, struct arena *a, struct json_page *ret);

#endif
