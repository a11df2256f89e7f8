/* What the guessing of answers shares, whatever they are written in. Only answer*.c include this. */
#ifndef BIDUI_PIPELINE_DRAFT_ANSWER_PARTS_H
#define BIDUI_PIPELINE_DRAFT_ANSWER_PARTS_H

#include "pipeline/draft/answer.h"

#define ANSWER_COLUMNS_MOST 200

/* A member of the envelope, by its name; the first that fits is taken. `text` null: it has none. */
void answer_scalar(struct answer_guess *g, const char *name, struct str text, const char *path, bool may_be_code);
/* A column of the draft, unless it is there or there are too many. */
void answer_column(struct draft *d, struct str name);
/* answer_json.c, answer_xml.c: of UTF-8 text. RC_FORMAT if it is none, or holds no records. */
enum rc answer_guess_json(struct draft *d, struct str text, struct answer_guess *g) MUST_CHECK;
enum rc answer_guess_xml(struct draft *d, struct str text, struct answer_guess *g) MUST_CHECK;
enum rc answer_fail(const char *what);

#endif
