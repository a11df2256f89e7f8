/* 催报单: for each department with a late, failed, incomplete or held dataset a text for its contact: what was due when or
 * what was wrong, what came last, which rules wait for it. A failure of our own is no affair of his. The words are pinned with the edition, so that they can be given again whatever became of contacts and
 * calendars since. Of persons on the roster they say nothing. */
#ifndef BIDUI_PIPELINE_DELIVER_REMINDERS_H
#define BIDUI_PIPELINE_DELIVER_REMINDERS_H

#include "pipeline/deliver/list.h"

/* A JSON array of {"department", "text"}. */
enum rc reminders_put(struct stage *s, const struct feed *feeds, size_t n, struct buf *b) MUST_CHECK;
/* FOLDER/departments/催报单-DEPARTMENT.txt, as pinned. */
enum rc reminders_write(const struct list *l, const char *folder) MUST_CHECK;
enum rc reminders_load(struct stage *s, struct list *l) MUST_CHECK;

#endif
