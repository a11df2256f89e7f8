/* Cases: opened by a result that reports enrolment, moved on by the steps people report and by what the roster shows, followed
 * in every edition. A case is known by its lead; a household has one at a time. */
#ifndef BIDUI_PIPELINE_CASES_CASES_H
#define BIDUI_PIPELINE_CASES_CASES_H

#include "pipeline/cases/machine.h"
#include "pipeline/feedback/feedback.h"

struct case_record {
    int64_t lead_id;
    struct str lead_no, region;
    date_t clue_on;                      /* the day its lead was opened */
    date_t reported_on, enrolled_on;     /* enrolled_on DATE_NONE: not yet */
    enum case_state state;
    date_t since, due_on;
    bool is_confirmed, is_mismatch;      /* the roster has shown it so; it should have by now */
    int64_t applied;                     /* the last step that counts in it */
};
/* May it move there on that day by a person's word? Moves it; else *ret_why says what was expected. */
bool case_step(const struct config *config, struct arena *a, struct case_record *c, enum case_state to, date_t on, const char **ret_why);

/* follow.c: inside the alert stage, in its transaction. An edition that is alerted anew takes back what it wrote. */
enum rc cases_follow(struct stage *s, bool roster_is_healthy) MUST_CHECK;

/* take.c: a ledger of steps (线索编号, 办理步骤, 日期), told row by row. */
enum rc cases_read(const struct config *config, date_t today, struct arena *a, const char *file, struct feedback *ret) MUST_CHECK;
enum rc cases_take(struct stage *s, struct feedback *f, const char *actor, bool dry_run) MUST_CHECK;

#endif
