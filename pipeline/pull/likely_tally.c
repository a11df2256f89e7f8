/* Counts of a batch, on their way to the database with its rows. */
#include "pipeline/pull/likely_store.h"

#define CELLS ((size_t)LIKELY_FIELDS * LINK_LEVELS)

static const char add[] =
    "insert into bidui.link_tally as t (county, dataset, edition, field, level, records)"
    " select $1, $2, $3::int, x.* from unnest($4::text[], $5::int[], $6::bigint[]) x"
    " on conflict (county, dataset, edition, field, level) do update set records = t.records + excluded.records";

static size_t put_cells(struct arena *a, const struct likely_tally *t, struct str *fields, struct str *levels, struct str *records)
{
    size_t n = 0;
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        for (unsigned k = LINK_SAME; k < LINK_LEVELS; k++) {
            if (t->counts[f][k] > 0) {
                fields[n] = str_from(likely_fields[f].name);
                levels[n] = str_from(arena_printf(a, "%u", k));
                records[n++] = str_from(arena_printf(a, "%lld", (long long)t->counts[f][k]));
            }
        }
    }
    return n;
}

enum rc likely_tally_send(const struct job *job, struct likely_tally *t)
{
    struct str fields[CELLS], levels[CELLS], records[CELLS];
    char edition[DB_NUMBER];
    struct arena *a = arena_new((size_t)1 << 18);
    size_t n = put_cells(a, t, fields, levels, records);
    enum rc rc = n == 0 ? RC_OK
                        : db_run(job->db, add,
                                 DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, edition),
                                           db_array(a, fields, n), db_array(a, levels, n), db_array(a, records, n)),
                                 NULL);
    arena_free(a);
    *t = (struct likely_tally){0};
    return rc;
}
