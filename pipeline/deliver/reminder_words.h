/* What was wrong with a delivery, said to the department that sent it: in its own words and by its own names of columns,
 * with what it can do; nothing of bidui's insides. What is no affair of the department has no words. */
#ifndef BIDUI_PIPELINE_DELIVER_REMINDER_WORDS_H
#define BIDUI_PIPELINE_DELIVER_REMINDER_WORDS_H

#include "pipeline/config.h"

/* Null: not for the department. */
struct str reminder_words(struct arena *a, const struct dataset *d, const char *reason);

#endif
