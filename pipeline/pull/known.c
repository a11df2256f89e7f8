#include "pipeline/pull/known.h"

#include <stdlib.h>
#include <xxhash.h>

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void add(struct known *k, struct str key)
{
    if (k->n == k->cap) {
        k->cap = k->cap == 0 ? 1024 : 2 * k->cap;
        k->hashes = realloc(k->hashes, k->cap * sizeof *k->hashes);
        if (k->hashes == NULL) {
            err_die(RC_MEMORY, "%zu", k->cap);
        }
    }
    k->hashes[k->n++] = XXH3_64bits(key.p, key.n);
}

#define COUNTY "current_setting('bidui.county')"
static const char keys_sql[] =
    "copy (select f.record_key from bidui.fact_%s f where f.county = " COUNTY " and f.ended is null"
    " and (f.person_id in (select p.person_id from bidui.person p where p.county = " COUNTY " and p.ended is null)"
    " or f.household_id in (select h.household_id from bidui.household h where h.county = " COUNTY
    "   and h.ended is null)"
    " or (f.person_id is null and f.household_id is null))) to stdout (format binary)";

enum rc known_load(struct known *k, const struct job *job)
{
    DB_FETCH struct fetch *f = NULL;
    bool have = false;
    TRY(db_set(job->db, "bidui.county", job->config->county));
    TRY(fetch_begin(job->db, arena_printf(job->arena, keys_sql, job->dataset->table), 1, &f));
    TRY(fetch_next(f, &have));
    while (have) {
        add(k, fetch_text(f, 0));
        TRY(fetch_next(f, &have));
    }
    if (k->n > 0) {
        qsort(k->hashes, k->n, sizeof *k->hashes, compare);
    }
    return RC_OK;
}

bool known_has(const struct known *k, struct str key)
{
    uint64_t hash = XXH3_64bits(key.p, key.n);
    return k->n > 0 && bsearch(&hash, k->hashes, k->n, sizeof hash, compare) != NULL;
}

void known_done(struct known *k)
{
    free(k->hashes);
    *k = (struct known){0};
}
