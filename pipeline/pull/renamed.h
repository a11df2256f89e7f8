/* Which of the new columns a missing one is: by its name (one within the other, or at most a third of the letters differ);
 * else by its contents, where somebody looked at them: alike, and nearer than any other could be; else as the only choice,
 * unless its contents say otherwise. Pure. */
#ifndef BIDUI_PIPELINE_PULL_RENAMED_H
#define BIDUI_PIPELINE_PULL_RENAMED_H

#include "pipeline/pull/shapes.h"

struct column_looks {
    const struct shapes *before, *now; /* of the wanted columns when they were last admitted; of the new ones */
};
#define RENAMED_NONE SIZE_MAX

struct renamed_question {
    const struct str *missing, *fresh;
    size_t missing_count, fresh_count;
    const struct column_looks *looks; /* NULL: nobody looked */
    bool is_lone;                     /* one missing and one new are enough */
};

/* ret[i]: which new one missing column i is, or RENAMED_NONE. */
void renamed_find(const struct renamed_question *q, struct arena *a, size_t *ret);
bool renamed_resembles(struct str a, struct str b);

#endif
