/* What goes back to departments, of one published list: to each what it alone can mend. Benefits that did not reach monitored
 * households (by rules that returns.yaml names), records of which townships found that they are wrong, and people who are dead
 * and go on being paid. Names and numbers are masked; a record is named by its key. */
#ifndef BIDUI_PIPELINE_RETURNS_RETURNS_H
#define BIDUI_PIPELINE_RETURNS_RETURNS_H

#include "pipeline/stage.h"

enum return_sheet { SHEET_NOT_SERVED, SHEET_CONFLICTING, SHEET_DEAD_BUT_PAID, RETURN_SHEETS };
struct returned_department {
    const struct department *department;
    size_t rows[RETURN_SHEETS];
    const char *file;
};
struct returns {
    struct returned_department *departments; /* with something to mend, in the order of the configuration */
    size_t count;
    const char *folder;
};
/* Of the stage's edition: out/returns/DATE/DEPARTMENT.xlsx, the same bytes each time. */
enum rc returns_write(struct stage *s, struct returns *ret) MUST_CHECK;
const char *return_sheet_name(enum return_sheet sheet);  /* stable */
const char *return_sheet_title(enum return_sheet sheet);

#endif
