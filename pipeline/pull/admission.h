/* Statements over one dataset's fact and landing table. They are written as templates: @F and @L stand for the two tables,
 * @C for their common columns, @LC for the same as columns of l. $1 county, $2 edition it landed in, $3 edition that learns it. */
#ifndef BIDUI_PIPELINE_PULL_ADMISSION_H
#define BIDUI_PIPELINE_PULL_ADMISSION_H

#include "pipeline/pull/delivery.h"

struct admission {
    const struct job *job;
    int edition;
    struct arena *arena;
    char landed[DB_NUMBER], learned[DB_NUMBER];
};

/* Of the delivery that landed in `edition`; the job's edition learns it. To be ended with arena_free(m.arena). */
struct admission admission_of(const struct job *job, int edition);
/* A template as SQL, in the admission's arena. */
const char *admission_sql(const struct admission *m, const char *template);
enum rc admission_run(const struct admission *m, const char *template, int64_t *ret_rows) MUST_CHECK; /* $1, $2 */
enum rc admission_learn(const struct admission *m, const char *template) MUST_CHECK;                  /* $1 to $3 */

#endif
