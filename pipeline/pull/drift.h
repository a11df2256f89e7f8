/* How the columns of a delivery differ from what the configuration reads and from the last admitted delivery: missing,
 * renamed (one is gone and a new one is it by name or contents, see renamed.h), retyped (most of its values can no longer
 * be read), new. Each is told by name with the line of YAML that names it. Nothing is guessed: what looks renamed is
 * held, for a person to change that line. Names that cannot be told from values (a first line that is no head, long
 * numbers) stay untold. */
#ifndef BIDUI_PIPELINE_PULL_DRIFT_H
#define BIDUI_PIPELINE_PULL_DRIFT_H

#include "pipeline/config.h"
#include "pipeline/pull/renamed.h"

enum drift_kind { COLUMN_MISSING, COLUMN_RENAMED, COLUMN_RETYPED, COLUMN_NEW };
struct column_drift {
    enum drift_kind kind;
    const char *reason;
};
struct column_drifts {
    struct column_drift *list;
    size_t n;
};

/* seen: sorted names, joined by '\n', empty if the source tells none; before: of the last admitted delivery, empty if
 * there was none; looks: NULL if nobody looked at contents. Everything lives in `a`. */
void drift_find(const struct dataset *d, struct str seen, struct str before, const struct column_looks *looks,
                struct arena *a, struct column_drifts *ret);
#define DRIFT_LOOKED_AT 16
/* New names whose contents may tell where a missing column went that no name tells; 0: there is no need to look. */
size_t drift_unexplained(const struct dataset *d, struct str seen, struct str before, struct arena *a, const char ***ret);
/* refused of tried rows had a value in the column that its type cannot read. Adds to *ret if most of them. */
void drift_add_retyped(const struct dataset *d, const char *column, int64_t refused, int64_t tried, struct arena *a,
                       struct column_drifts *ret);

#endif
