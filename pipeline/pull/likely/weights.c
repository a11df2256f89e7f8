#include "pipeline/pull/likely/weights.h"

#include <math.h>

#include "pipeline/link/decide.h"
#include "pipeline/link/levels.h"

#define MILLION 1000000

const struct likely_field_row likely_fields[LIKELY_FIELDS] = {
    [LIKELY_NUMBER] = {"id_number", LINK_IDNO}, [LIKELY_NAME] = {"name", LINK_NAME},
    [LIKELY_BIRTH] = {"birth_date", LINK_BIRTH}, [LIKELY_SEX] = {"sex", LINK_SEX},
    [LIKELY_PLACE] = {"village", LINK_REGION},   [LIKELY_PHONE] = {"phone", LINK_PHONE},
};

/* Where a county has not said otherwise yet. A false link is dear: what relatives and neighbours share is made to look
 * common, what is hardly ever seen is not made to look rarer than a county of a million could show. */
const struct likely_weights likely_built_in = {
    .version = 0,
    .shares =
        {[LIKELY_NUMBER] = {[LINK_SAME] = {50000, 1, 2000},
                            [IDNO_ONE_DIGIT] = {250000, 2, 2000},
                            [IDNO_SWAP] = {50000, 1, 500},
                            [IDNO_TWO_DIGITS] = {200000, 30, 10000},
                            [IDNO_LENT] = {50000, 50000, 50000},
                            [IDNO_SAME_BIRTH] = {200000, 0, 20000},
                            [IDNO_DIFFERS] = {200000, 950000, 915500}},
         [LIKELY_NAME] = {[LINK_SAME] = {850000, 0, 1000},
                          [NAME_VARIANT] = {15000, 0, 500},
                          [NAME_HOLE] = {15000, 20000, 50000},
                          [NAME_SOUND] = {25000, 200, 2000},
                          [NAME_LOOSE] = {10000, 400, 2000},
                          [NAME_ORDER] = {5000, 20, 500},
                          [NAME_NEAR] = {30000, 4000, 200000},
                          [NAME_SHORT] = {15000, 3000, 20000},
                          [NAME_SIMILAR] = {10000, 10000, 50000},
                          [NAME_SURNAME] = {10000, 70000, 524000},
                          [NAME_DIFFERS] = {15000, 892380, 150000}},
         [LIKELY_BIRTH] = {[LINK_SAME] = {900000, 0, 20000},
                           [BIRTH_SWAPPED] = {10000, 100, 100},
                           [BIRTH_ONE_DIGIT] = {40000, 3000, 10000},
                           [BIRTH_TWO_PARTS] = {20000, 12000, 20000},
                           [BIRTH_YEAR] = {10000, 15000, 40000},
                           [BIRTH_DIFFERS] = {20000, 969900, 909900}},
         [LIKELY_SEX] = {[LINK_SAME] = {980000, 500000, 500000},
                         [PLAIN_DIFFERS] = {20000, 500000, 500000}},
         [LIKELY_PLACE] = {[LINK_SAME] = {800000, 0, 960000},
                           [REGION_TOWNSHIP] = {100000, 0, 15000},
                           [REGION_DIFFERS] = {100000, 900000, 25000}},
         [LIKELY_PHONE] = {[LINK_SAME] = {500000, 0, 500000},
                           [CODE_DIFFERS] = {500000, 999000, 500000}}},
    .on_roster = 10000,
    .has_relative = 50000,
    .false_cost = 1000,
    .missed_cost = 2,
};

bool likely_is_counted(enum likely_field field, unsigned level)
{
    switch (field) {
    case LIKELY_NUMBER:
        return level == IDNO_SAME_BIRTH;
    case LIKELY_NAME:
        return level == LINK_SAME || level == NAME_VARIANT;
    case LIKELY_BIRTH:
    case LIKELY_PHONE:
        return level == LINK_SAME;
    case LIKELY_PLACE:
        return level == LINK_SAME || level == REGION_TOWNSHIP;
    case LIKELY_SEX:
    case LIKELY_FIELDS:
        return false;
    }
    return false;
}

int32_t likely_bits(double part, double whole)
{
    return (int32_t)lround(1000 * log2(part / whole));
}

void likely_weights_close(struct likely_weights *w)
{
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
            const struct likely_share *s = &w->shares[f][k];
            if (s->m <= 0 || s->r <= 0) {
                continue;
            }
            w->m_bits[f][k] = likely_bits(s->m, MILLION);
            w->related[f][k] = likely_bits(s->m, s->r);
            w->strangers[f][k] = s->u > 0 ? likely_bits(s->m, s->u) : 0;
        }
    }
    struct link_costs costs = {w->false_cost, w->missed_cost};
    w->accept = link_costs_accept(costs);
    w->review = link_costs_review(costs);
}

/* ---- Guard ---- */

static enum rc refuse(const char *field, const char *zh, const char *en)
{
    return err_fail(RC_STATE, "%s: %s", field, tr(zh, en));
}

/* Agreement must speak for a link and disagreement against one, in each field; a level must have been seen or thought of. */
static enum rc guard_field(const struct likely_weights *w, enum likely_field f)
{
    const struct link_kind_row *kind = &link_kinds[likely_fields[f].kind];
    unsigned last = kind->level_count - 1;
    const struct likely_share *same = &w->shares[f][LINK_SAME], *differs = &w->shares[f][last];
    if (f != LIKELY_NUMBER && same->m < MILLION / 2 && f != LIKELY_PHONE) {
        return refuse(likely_fields[f].name, "同一人的记录多半不相符,像是认错了人",
                      "most records of one person disagree: they look like other people's");
    }
    if (differs->m >= differs->u || (same->u > 0 && same->m <= same->u)) {
        return refuse(likely_fields[f].name, "相符反而不像同一人,或不符反而像同一人",
                      "agreement speaks against a pair, or disagreement for one");
    }
    for (unsigned k = LINK_SAME; k <= last; k++) {
        bool is_used = likely_built_in.shares[f][k].m > 0;
        if (is_used && (w->shares[f][k].m <= 0 || w->shares[f][k].r <= 0 ||
                        (w->shares[f][k].u <= 0 && !likely_is_counted(f, k)))) {
            return refuse(likely_fields[f].name, "有的等级没有数据", "a level has no data");
        }
    }
    return RC_OK;
}

enum rc likely_weights_guard(const struct likely_weights *w)
{
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        TRY(guard_field(w, (enum likely_field)f));
    }
    return RC_OK;
}
