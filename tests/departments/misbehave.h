/* How the departments misbehave: a file of lines `DATASET KIND [PAGE] [TIMES]`, read anew when it changes. DATASET is
 * "education.enrolment" or "*"; PAGE a number or "*" (every page); TIMES how often, for ever unless given. Some kinds
 * have an argument of their own in place of PAGE:
 *
 *   slow cut truncated_json wrong_length 429 500 error200 duplicate_page gzip_bomb garbage down   [PAGE] [TIMES]
 *   repeat_page [PAGE]   pages from there on are that page      repeat_cursor   next is the cursor that was asked with
 *   first_page_only      later pages are empty                  false_total [DELTA]   7 unless given
 *   shrink90             every tenth record                     yesterday       the day before's records
 *   rename_column OLD NEW                                       shuffle SEED
 *   latency MS           every answer takes that long
 *   foreign_next         the next page is on another server      overlap   a slice begins a day too early
 *   304 [PAGE] [TIMES]   "not modified", whether or not it was asked with a condition
 *   last_modified        an answer is known by the day it is of (Last-Modified); else by its bytes (ETag)
 *   foreign_etag         and that in letters of GBK
 *   export_stuck export_failed export_lost export_closed         an export never ends, fails, is not known any more,
 *                                                                or takes no new job */
#ifndef BIDUI_TESTS_DEPARTMENTS_MISBEHAVE_H
#define BIDUI_TESTS_DEPARTMENTS_MISBEHAVE_H

#include "base/str.h"

struct misbehaviour {
    char dataset[64], kind[32];
    char arguments[2][64];           /* "" if not given */
    int64_t used;
};

void misbehave_setup(const char *path);
void misbehave_refresh(void);
/* The misbehaviour of that kind that applies to this page now, or NULL. It counts as once. */
const struct misbehaviour *misbehave_page(const char *dataset, const char *kind, int64_t page);
/* The same for kinds that concern the whole dataset; not counted. */
const struct misbehaviour *misbehave_dataset(const char *dataset, const char *kind);

#endif
