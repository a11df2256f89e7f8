/* The records as they are taken: values of the record at hand, then, when it ends, one length and text per value
 * behind each other in one buffer, which is both what the rows are cut from and what is hashed. */
#ifndef BIDUI_CONNECTORS_RECORDS_H
#define BIDUI_CONNECTORS_RECORDS_H

#include "connectors/names.h"

struct records {
    const struct plan *plan;
    struct names names;
    struct str *row;                             /* the record at hand; texts live until records_end */
    const char *reason;                          /* why the record at hand is rejected, or NULL */
    size_t begun;                                /* since the last take */
    size_t taken;
    bool has_place;                              /* the document at hand has a place of records */
    bool is_missing;                             /* a document ended without one */
    struct scalar scalars[DOCUMENT_MAX_SCALARS]; /* texts in scalar_texts */
    struct buf scalar_texts[DOCUMENT_MAX_SCALARS];
    struct buf text;                             /* lengths and values of taken and rejected records */
    struct buf spans;                            /* where the taken ones lie in text */
    struct buf numbers;                          /* int64_t: which record each row was */
    struct buf rejects;                          /* struct page_reject */
};

void records_init(struct records *r, struct arena *a, const struct plan *plan);
void records_done(struct records *r);
void records_begin_document(struct records *r);
void records_end_document(struct records *r);
void records_forget(struct records *r);          /* all that gathered since the last take */
enum rc records_place(struct records *r) MUST_CHECK;     /* the place of records was met; twice is RC_FORMAT */
enum rc records_scalar(struct records *r, size_t i, enum scalar_kind kind, struct str text) MUST_CHECK;
enum rc records_begin(struct records *r) MUST_CHECK;
enum rc records_end(struct records *r) MUST_CHECK;
void records_abandon(struct records *r);         /* the one that was begun: it will be begun again */
/* A member given twice: the second value replaces all of the first. */
void records_forget_value(struct records *r, const struct plan_node *node);
static inline void records_reject(struct records *r, const char *reason)
{
    r->reason = r->reason == NULL ? reason : r->reason;
}
void records_take(struct records *r, struct arena *a, struct document_page *ret);

#endif
