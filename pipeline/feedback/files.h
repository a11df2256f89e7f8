/* Files that came back: every sheet of every one that has the header of the form asked for, row by row. */
#ifndef BIDUI_PIPELINE_FEEDBACK_FILES_H
#define BIDUI_PIPELINE_FEEDBACK_FILES_H

#include "base/arena.h"
#include "connectors/table/table.h"

struct returned_header {
    bool has_answers;                    /* else it is a list to read only: passed over */
    const char *mistake;                 /* why its rows cannot be taken; NULL */
    size_t width;                        /* its cells */
};
struct returned_form {
    bool (*header)(void *ctx, const struct table_row *row, struct returned_header *ret);
    /* width_fault: the row has not as many cells as the header (CSV); NULL */
    enum rc (*row)(void *ctx, const char *file, const char *sheet, const struct table_row *cells, const char *width_fault);
    enum rc (*mistake)(void *ctx, const char *file, const char *sheet, const char *what); /* of a file or sheet */
    const char *missing_zh, *missing_en; /* no sheet of the file has the header */
};
/* A file that cannot be read to its end takes nothing with it: what stood before is a row like any other. An answer of
 * `row` or `mistake` other than RC_OK ends it all. */
enum rc returned_read(struct arena *a, const char *const *files, size_t n, const struct returned_form *form, void *ctx) MUST_CHECK;

#endif
