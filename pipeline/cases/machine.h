/* The case's life after the answer, as tables: its states, what may follow on what and by whose word, and the clocks. The
 * diagram, the reader of steps and the follower of cases are all made of them. */
#ifndef BIDUI_PIPELINE_CASES_MACHINE_H
#define BIDUI_PIPELINE_CASES_MACHINE_H

#include <stdio.h>

#include "pipeline/config.h"

enum case_state {
    CASE_VISITED, CASE_REJECTED, CASE_CHECKING, CASE_REVIEWING, CASE_TOWNSHIP, CASE_COUNTY, CASE_ENROLLED, CASE_HELPED, CASE_HELD_OPEN,
    CASE_CLEARED, CASE_LAPSED, CASE_REOPENED, CASE_STATES
};
/* Clocks of the published procedure; each a parameter of its name, with a value where there is none. */
enum case_clock { CLOCK_NONE, CLOCK_DECISION, CLOCK_HELP, CLOCK_CONFIRM, WAIT_PUBLICITY, WAIT_STABLE, CASE_CLOCKS };
struct case_clock_row {
    const char *parameter, *zh, *en;     /* what it runs from and to */
    int value;
    const char *unit;                    /* as in parameters.yaml: calendar_day, working_day, month, month_end */
};
extern const struct case_clock_row case_clocks[CASE_CLOCKS];

struct case_state_row {
    const char *word, *zh, *en;
    enum case_clock due;                 /* until when the next step is to be taken */
    bool is_over;
};
extern const struct case_state_row case_states[CASE_STATES];

enum { BY_PERSON = 1, BY_ROSTER = 2, BY_RESULT = 4 };
struct case_move {
    enum case_state from, to;
    unsigned by;
    enum case_clock wait;                /* not before; CLOCK_NONE: at once */
};
extern const struct case_move case_moves[]; /* by 0 ends them */
const struct case_move *case_move_find(enum case_state from, enum case_state to, unsigned by); /* NULL: may not */
bool case_state_read(struct arena *a, struct str text, enum case_state *ret); /* its word, or its title in either language */
const char *case_state_title(enum case_state s);
/* The steps a person may report next: "授权核查、未纳入". */
const char *case_next_titles(struct arena *a, enum case_state from);

/* The end of a clock that began on `from`, by the parameter in force there; DATE_NONE: the calendar lacks the year. */
date_t case_clock_end(const struct config *c, enum case_clock clock, struct str region, date_t from, date_t day);

/* As Mermaid writes state diagrams. */
void case_print_diagram(FILE *out);

#endif
