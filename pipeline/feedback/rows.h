/* Rows of returned workbooks: the header found by the names of its columns, wherever they stand, and each row read with
 * every mistake told. Nothing here asks the database. */
#ifndef BIDUI_PIPELINE_FEEDBACK_ROWS_H
#define BIDUI_PIPELINE_FEEDBACK_ROWS_H

#include "connectors/table/table.h"
#include "pipeline/config.h"
#include "pipeline/feedback/codes.h"
#include "pipeline/feedback/token.h"

/* Columns of answers, as they go out and come back; from FEEDBACK_CODE on in the order in which they go out. */
enum feedback_column {
    FEEDBACK_LEAD, FEEDBACK_HOUSEHOLD, FEEDBACK_CODE, FEEDBACK_DATE, FEEDBACK_VISITORS, FEEDBACK_WAY, FEEDBACK_REMARKS,
    FEEDBACK_TOKEN, FEEDBACK_COLUMNS
};
struct feedback_column_name {
    const char *zh, *en;
    double width;
};
extern const struct feedback_column_name feedback_columns[FEEDBACK_COLUMNS];
const char *feedback_column_title(enum feedback_column c);
#define FEEDBACK_REASONS_MOST 60
const char *feedback_reason_column(struct arena *a, size_t i); /* "原因1核实" for 0 */

struct feedback_header {
    int at[FEEDBACK_COLUMNS];            /* -1: the sheet has none */
    int reasons[FEEDBACK_REASONS_MOST];
};
/* Is the row the header of a list? *ret_mistake: why it cannot be read all the same, or NULL. */
bool feedback_header_read(struct arena *a, const struct table_row *row, struct feedback_header *ret, const char **ret_mistake);
bool feedback_header_has_answers(const struct feedback_header *h); /* or it is a list of what is over */

struct feedback_fault {
    const char *column, *expected;       /* column: its title */
    struct feedback_fault *next;
};
struct feedback_row {
    const char *file, *sheet;
    int64_t number;
    bool is_blank;                       /* nobody has filled it in */
    bool is_known;                       /* the token is one of ours */
    struct token token;
    struct str household_no;             /* as it stands in the row; empty: no such cell */
    const struct result_code *code;
    const char *taken_as;                /* in place of a result: a case's step */
    date_t visited_on;
    const char *way;
    struct str visitors, remarks;
    const char **answers;                /* by reason; NULL: not answered */
    size_t answer_count;                 /* one more than the last answered */
    struct feedback_fault *faults;       /* none: the row may be taken */
};
struct feedback_reader {
    const struct config *config;
    date_t today;
    struct arena *arena;                 /* what rows keep */
    struct arena *scratch;               /* reset with each row */
};
void feedback_row_read(const struct feedback_reader *r, const struct feedback_header *h, const struct table_row *cells,
                       struct feedback_row *ret);
void feedback_fault_add(struct arena *a, struct feedback_row *row, const char *column, const char *expected);
/* A formula or an error where a value typed in is wanted: what is told of the cell; NULL: it is sound, or there is none. */
const char *feedback_cell_fault(struct arena *a, const struct table_row *cells, int at);

#endif
