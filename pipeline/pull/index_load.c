/* Filling the roster index from PostgreSQL: each table once, in binary, joined here by rising ids.
 */
#include <stdlib.h>

#include "pipeline/pull/index.h"
#include "pipeline/pull/likely/side.h"

#define SCRATCH_MAX ((size_t)1 << 16)

#define KNOWN                                                                                      \
    " county = current_setting('bidui.county') and learned <= current_setting('bidui.known')::int" \
    " and (ended is null or ended > current_setting('bidui.known')::int)"

/* Ids in the order they were read; looking one up usually finds it right behind the last one. */
struct ids {
    int64_t *p;
    size_t n, cap, hint;
};

static void ids_add(struct ids *ids, int64_t id)
{
    if (ids->n == ids->cap) {
        ids->cap = ids->cap * 2 + 1024;
        ids->p = realloc(ids->p, ids->cap * sizeof *ids->p);
        if (ids->p == NULL) {
            err_die(RC_MEMORY, "%zu", ids->cap * sizeof *ids->p);
        }
    }
    ids->p[ids->n++] = id;
}

static uint32_t ids_find(struct ids *ids, int64_t id)
{
    if (ids->hint < ids->n && ids->p[ids->hint] == id) {
        return (uint32_t)ids->hint++;
    }
    size_t low = 0, high = ids->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids->p[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == ids->n || ids->p[low] != id) {
        return INDEX_NONE;
    }
    ids->hint = low + 1;
    return (uint32_t)low;
}

struct loading {
    struct db *db, *other;
    struct index *ix;
    struct ids households;
    struct arena *scratch; /* of one phone */
};

static enum rc load_villages(struct loading *l)
{
    DB_FETCH struct fetch *f = NULL;
    TRY(fetch_begin(
        l->db,
        "copy (select village_code, village_name, township_name from bidui.village where" KNOWN
        " order by village_code) to stdout (format binary)",
        3, &f));
    bool have = false;
    for (;;) {
        TRY(fetch_next(f, &have));
        if (!have) {
            return RC_OK;
        }
        index_add_village(l->ix, fetch_text(f, 0), fetch_text(f, 1), fetch_text(f, 2));
    }
}

/* By code: a province before what lies in it. */
static enum rc load_regions(struct loading *l)
{
    DB_FETCH struct fetch *f = NULL;
    TRY(fetch_begin(l->db,
                    "copy (select region_name from bidui.region where" KNOWN
                    " order by length(region_code), region_code) to stdout (format binary)",
                    1, &f));
    bool have = false;
    for (;;) {
        TRY(fetch_next(f, &have));
        if (!have) {
            return RC_OK;
        }
        index_add_region(l->ix, fetch_text(f, 0));
    }
}

static enum rc load_households(struct loading *l)
{
    DB_FETCH struct fetch *f = NULL;
    TRY(fetch_begin(
        l->db,
        "copy (select h.household_id, k.household_no, h.village_code from bidui.household h"
        " join bidui.household_key k using (county, household_id) where" KNOWN
        " order by h.household_id) to stdout (format binary)",
        3, &f));
    bool have = false;
    for (;;) {
        TRY(fetch_next(f, &have));
        if (!have) {
            return RC_OK;
        }
        ids_add(&l->households, fetch_i64(f, 0));
        (void)index_add_household(l->ix, fetch_i64(f, 0), fetch_text(f, 1), fetch_text(f, 2));
    }
}

/* Its position; INDEX_NONE without a household version: it cannot be linked to anything. */
static uint32_t add_person(struct loading *l, struct fetch *f, int64_t id)
{
    uint32_t household = ids_find(&l->households, fetch_i64(f, 1));
    if (household == INDEX_NONE) {
        return INDEX_NONE;
    }
    struct str sex = fetch_text(f, 3);
    return index_add_person(l->ix, id, household, fetch_date(f, 2),
                            str_is(sex, "male")     ? SEX_MALE
                            : str_is(sex, "female") ? SEX_FEMALE
                                                    : SEX_UNKNOWN,
                            fetch_bool(f, 4));
}

/* Identities, by rising person as persons are. */
struct identities {
    struct fetch *f;
    int64_t person_id; /* INT64_MAX behind the last one */
};

static enum rc next_identity(struct identities *i)
{
    bool have = false;
    TRY(fetch_next(i->f, &have));
    i->person_id = have ? fetch_i64(i->f, 0) : INT64_MAX;
    return RC_OK;
}

static enum rc join_identity(struct loading *l, struct identities *i, int64_t id, uint32_t person)
{
    while (i->person_id < id) {
        TRY(next_identity(i));
    }
    if (i->person_id == id && person != INDEX_NONE) {
        index_set_identity(l->ix, person, fetch_text(i->f, 1), fetch_text(i->f, 2));
        if (index_keeps_evidence(l->ix)) {
            index_set_phone(l->ix, person, likely_phone(l->scratch, fetch_text(i->f, 3)));
            arena_reset(l->scratch);
        }
    }
    return RC_OK;
}

static enum rc join_persons(struct loading *l, struct identities *identities)
{
    DB_FETCH struct fetch *f = NULL;
    TRY(fetch_begin(
        l->db,
        "copy (select person_id, household_id, birth_date, sex, coalesce(relation = 'head', false)"
        " from bidui.person where" KNOWN " order by person_id) to stdout (format binary)",
        5, &f));
    bool have = false;
    for (;;) {
        TRY(fetch_next(f, &have));
        if (!have) {
            return RC_OK;
        }
        int64_t id = fetch_i64(f, 0);
        TRY(join_identity(l, identities, id, add_person(l, f, id)));
    }
}

/* Two sessions, so that the server makes both streams at once. */
static enum rc load_persons(struct loading *l)
{
    DB_FETCH struct fetch *f = NULL;
    TRY(fetch_begin(l->other,
                    "copy (select person_id, coalesce(id_number, id_number_kept), name, phone from "
                    "bidui.identity where" KNOWN " order by person_id) to stdout (format binary)",
                    4, &f));
    struct identities identities = {f, INT64_MIN};
    return join_persons(l, &identities);
}

static enum rc load_all(struct loading *l)
{
    TRY(load_villages(l));
    TRY(load_regions(l));
    TRY(load_households(l));
    return load_persons(l);
}

static enum rc set_known(struct db *db, const char *county, int edition)
{
    char number[DB_NUMBER];
    TRY(db_set(db, "bidui.county", county));
    return db_set(db, "bidui.known", db_number(edition, number));
}

enum rc index_load(struct db *db, struct db *other, const char *county, int edition,
                   bool with_evidence, struct index **ret)
{
    TRY(set_known(db, county, edition));
    TRY(set_known(other, county, edition));
    struct loading l = {.db = db, .other = other, .ix = index_new(), .scratch = arena_new(SCRATCH_MAX)};
    if (with_evidence) {
        index_keep_evidence(l.ix);
    }
    enum rc rc = load_all(&l);
    free(l.households.p);
    arena_free(l.scratch);
    if (rc != RC_OK) {
        index_free(l.ix);
        return rc;
    }
    index_finish(l.ix);
    *ret = l.ix;
    return RC_OK;
}
