/* What an answer in JSON or XML holds: where its records stand, and what its envelope says. Texts live in
 * the arena. */
#ifndef BIDUI_PIPELINE_DRAFT_ANSWER_H
#define BIDUI_PIPELINE_DRAFT_ANSWER_H

#include "pipeline/draft/draft.h"

struct answer_guess {
    const char *records; /* the largest list of objects; of XML the path of its elements */
    const char *charset; /* NULL: UTF-8 */
    bool is_xml;
    const char *inner; /* path of the text that holds a document in JSON, which the others then lead through; NULL: none */
    struct str inner_text;
    size_t rows;
    const char *total; /* NULL: none */
    int64_t total_records;
    const char *next; /* NULL: none; its value may be empty: this is the last page */
    bool next_is_address;
    const char *code, *code_value; /* NULL: none */
};

/* The value of `format`. */
const char *answer_format(struct arena *a, const struct answer_guess *g);
/* RC_FORMAT without a list of objects. Fills the draft's columns and values. */
enum rc answer_guess(struct draft *d, struct str body, struct answer_guess *ret) MUST_CHECK;

#endif
