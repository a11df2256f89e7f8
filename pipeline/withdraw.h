/* Taking back what should not have gone out: a lead, what a rule has open, or what a run opened. The next edition closes the
 * alerts and tells the recipients. */
#ifndef BIDUI_PIPELINE_WITHDRAW_H
#define BIDUI_PIPELINE_WITHDRAW_H

#include "pipeline/stage.h"

struct withdrawal {
    const char *object, *because, *actor; /* object: a lead's number, a rule, DATE or DATE.EDITION */
    int64_t leads, alerts;               /* out: how many are affected */
};
/* RC_NOT_FOUND when nothing of it is open. In a transaction of its own, under the stage's edition. */
enum rc withdraw(struct stage *s, struct withdrawal *w) MUST_CHECK;

#endif
