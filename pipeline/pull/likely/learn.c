#include "pipeline/pull/likely/learn.h"

#include "pipeline/link/levels.h"
#include "pipeline/link/sound.h"
#include "pipeline/pull/likely/weigh.h"

#define MILLION 1000000
#define PSEUDO 200 /* records, or pairs, as built in that stand beside those that were counted */
#define SCRATCH_MAX ((size_t)1 << 20)

static void count(const struct likely_side *a, const struct likely_side *b, struct likely_tally *t)
{
    uint8_t levels[LIKELY_FIELD_COUNT];
    if (!likely_levels(a, b, levels)) {
        return;
    }
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        t->counts[f][levels[f]]++;
    }
}

void likely_tally_record(const struct index *ix, struct arena *scratch, const struct likely_record *r, uint32_t person,
                         struct likely_tally *t)
{
    struct likely_side record, side;
    struct likely_record without = *r;
    without.number = STR_NULL;
    likely_side_of_record(ix, scratch, &without, &record);
    likely_side_for_blocks(ix, scratch, person, &side);
    count(&record, &side, t);
}

static uint64_t scattered(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

void likely_tally_strangers(const struct index *ix, size_t pairs, struct likely_tally *t)
{
    struct arena *scratch = arena_new(SCRATCH_MAX);
    size_t n = index_person_count(ix);
    sound_setup();
    for (size_t i = 1; n > 1 && i <= pairs; i++) {
        struct likely_side a, b;
        uint32_t left = (uint32_t)(scattered(2 * i) % n), right = (uint32_t)(scattered(2 * i + 1) % n);
        if (left != right) {
            likely_side_for_blocks(ix, scratch, left, &a);
            likely_side_for_blocks(ix, scratch, right, &b);
            count(&a, &b, t);
            arena_reset(scratch);
        }
    }
    arena_free(scratch);
}

/* ---- Shares ---- */

/* Levels of the name that a record linked by its number may stand at. */
static bool is_let_through(enum likely_field f, unsigned level)
{
    return f != LIKELY_NAME || level == LINK_SAME || level == NAME_VARIANT || level == NAME_HOLE;
}

static int64_t told(const struct likely_tally *t, enum likely_field f)
{
    int64_t n = 0;
    for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
        n += is_let_through(f, k) ? t->counts[f][k] : 0;
    }
    return n;
}

bool likely_learns(const struct likely_tally *same, enum likely_field f)
{
    return f != LIKELY_NUMBER && told(same, f) >= LEARN_LEAST;
}

static int32_t share_of(int64_t counted, int64_t all, int32_t built_in, int64_t whole)
{
    int64_t share = whole * (counted * MILLION + PSEUDO * (int64_t)built_in * MILLION / whole) / ((all + PSEUDO) * MILLION);
    return share < 1 ? 1 : (int32_t)share;
}

static void learn_m(const struct likely_tally *t, enum likely_field f, struct likely_share *shares)
{
    int64_t all = told(t, f), whole = 0;
    for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
        whole += is_let_through(f, k) ? likely_built_in.shares[f][k].m : 0;
    }
    for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
        int32_t built_in = likely_built_in.shares[f][k].m;
        if (built_in > 0 && is_let_through(f, k)) {
            shares[k].m = share_of(t->counts[f][k], all, built_in, whole);
        }
    }
}

static void learn_u(const struct likely_tally *t, enum likely_field f, struct likely_share *shares)
{
    int64_t all = 0;
    for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
        all += t->counts[f][k];
    }
    for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
        int32_t built_in = likely_built_in.shares[f][k].u;
        if (built_in > 0) {
            int32_t seen = share_of(t->counts[f][k], all, built_in, MILLION);
            bool is_agreement = shares[k].m > built_in;
            shares[k].u = is_agreement && seen < built_in ? built_in : seen; /* never rarer than caution takes it to be */
        }
    }
}

enum rc likely_learn(const struct likely_tally *same, const struct likely_tally *strangers, struct likely_weights *ret)
{
    bool any = false;
    *ret = likely_built_in;
    for (int i = 0; i < LIKELY_FIELDS; i++) {
        enum likely_field f = (enum likely_field)i;
        if (likely_learns(same, f)) {
            learn_m(same, f, ret->shares[f]);
            learn_u(strangers, f, ret->shares[f]);
            any = true;
        }
    }
    if (!any) {
        return err_fail(RC_STATE,
                        tr("按号码认定的记录不足 %d 条,学不到什么", "fewer than %d records were linked by their number: nothing can be learned"),
                        LEARN_LEAST);
    }
    return likely_weights_guard(ret);
}
