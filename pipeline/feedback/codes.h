/* What a township may answer, as tables: the result codes of a lead, the answers to a reason, the ways of checking. The
 * workbook's drop-downs, the reader of returned workbooks and the lists are all made of them. */
#ifndef BIDUI_PIPELINE_FEEDBACK_CODES_H
#define BIDUI_PIPELINE_FEEDBACK_CODES_H

#include "base/arena.h"
#include "base/str.h"

/* What a code asks of the answers to the reasons. */
enum code_needs {
    NEEDS_TRUE,       /* at least one reason is true */
    NEEDS_ANY,        /* at least one reason is answered */
    NEEDS_DATA_WRONG, /* at least one reason rests on wrong data */
    FILLS_DATA_WRONG, /* the person is not (or not here) any more: a blank reason rests on wrong data */
    NEEDS_NONE        /* nobody was met: no reason may be answered */
};
struct result_code {
    int code;
    const char *zh, *en;
    enum code_needs needs;
    bool enrols;                         /* the household counts as reported (已报纳入) */
    bool corrects;                       /* something of the roster or of a department's data is to be mended */
    bool is_new_enrolment;               /* a case begins: it is to be enrolled, or enrolled again */
};
extern const struct result_code result_codes[]; /* code 0 ends them */
const struct result_code *result_code_find(int code);
/* "31 属实有自主应对能力", or only its number, or only its words, in either language; NULL if it is none. */
const struct result_code *result_code_read(struct arena *a, struct str cell);
const char *result_code_title(int code); /* "31 属实有自主应对能力"; "" if there is none */

/* Words of choice lists: `word` is what the program keeps. */
struct choice {
    const char *word, *zh, *en;
};
extern const struct choice answer_choices[], way_choices[], decision_choices[]; /* word NULL ends them */
const char *choice_read(const struct choice *choices, struct arena *a, struct str cell); /* its word; NULL: none */
const char *choice_title(const struct choice *choices, struct str word);                 /* "" if it is none */
/* All of them as one sees them: "入户、电话、视频". */
const char *choice_titles(const struct choice *choices, struct arena *a);

#endif
