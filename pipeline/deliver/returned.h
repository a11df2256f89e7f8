/* 问题数据反馈单: what of a department's records is in quarantine, for its own people to correct: where the record stands
 * in their system (its key, or a code where the key holds an identity number), which column, the value masked, what is
 * wrong with it and what was expected. Nothing personal stands in it in clear. */
#ifndef BIDUI_PIPELINE_DELIVER_RETURNED_H
#define BIDUI_PIPELINE_DELIVER_RETURNED_H

#include "pipeline/deliver/list.h"

/* Writes FOLDER/问题数据反馈单-DEPARTMENT-DATE.xlsx; *ret_path in the stage's arena, *ret_rows how many records it names.
 * Without any nothing is written. */
enum rc returned_write(struct stage *s, const struct department *d, date_t day, const char *folder, const char **ret_path,
                       size_t *ret_rows) MUST_CHECK;
/* A quarantine reason in words. */
const char *quarantine_title(struct str reason);

#endif
