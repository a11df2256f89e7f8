/* What an agreement between a record and a person of the roster is worth: a version of weights. For each field and
 * level, m is how often a record and its own person stand there, u how often a record and a stranger do, r how often a
 * record and a relative of its person. They are whole millionths; weights are whole thousandths of a bit made of them.
 * The built-in version is 0 and cautious; trained versions are rows of the database.
 *
 * u of the same name, birth date, place or phone is not in the version: it follows from how many on the roster have it. */
#ifndef BIDUI_PIPELINE_PULL_LIKELY_WEIGHTS_H
#define BIDUI_PIPELINE_PULL_LIKELY_WEIGHTS_H

#include "base/err.h"
#include "pipeline/link/kinds.h"

enum likely_field {
    LIKELY_NUMBER,
    LIKELY_NAME,
    LIKELY_BIRTH,
    LIKELY_SEX,
    LIKELY_PLACE,
    LIKELY_PHONE,
    LIKELY_FIELDS
};
struct likely_field_row {
    const char *name; /* as the database and JSON write it */
    enum link_kind kind;
};
extern const struct likely_field_row likely_fields[LIKELY_FIELDS];

struct likely_share {
    int32_t m, u, r; /* millionths; all 0: the level does not occur */
};
struct likely_weights {
    int version;
    struct likely_share shares[LIKELY_FIELDS][LINK_LEVELS];
    int32_t on_roster, has_relative; /* of unmatched records: whose person is on the roster; who have a relative there */
    int64_t false_cost, missed_cost; /* in looks of a clerk */
    /* made by likely_weights_close */
    int32_t m_bits[LIKELY_FIELDS][LINK_LEVELS]; /* log2 m */
    int32_t strangers[LIKELY_FIELDS][LINK_LEVELS], related[LIKELY_FIELDS][LINK_LEVELS];
    int32_t accept, review; /* thresholds */
};

extern const struct likely_weights likely_built_in; /* not closed */
void likely_weights_close(struct likely_weights *w);
/* log2(part / whole) in thousandths; part and whole above 0. */
int32_t likely_bits(double part, double whole);
/* Does u of that level come from the roster's counts? */
bool likely_is_counted(enum likely_field field, unsigned level);

/* RC_STATE with the reason: a version that would take strangers for their namesakes. */
enum rc likely_weights_guard(const struct likely_weights *w) MUST_CHECK;

#endif
