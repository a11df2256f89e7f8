/* What a list says of a works: its name and the roster households it serves. Both come from facts that the
 * configuration points at, so they are kept with the edition before it goes out. */
#include "pipeline/deliver/list.h"
#include "pipeline/rules/rules.h"

/* ---- Keeping ---- */

/* The dataset that says which villages a works serves; NULL if none does. */
static const struct dataset *served_villages(const struct config *c)
{
    for (size_t i = 0; i < c->department_count; i++) {
        const struct department *dept = &c->departments[i];
        for (size_t k = 0; k < dept->dataset_count; k++) {
            if (dept->datasets[k].grain == GRAIN_VILLAGE && dept->datasets[k].identity.works_no >= 0) {
                return &dept->datasets[k];
            }
        }
    }
    return NULL;
}

static const char *name_of(const struct stage *s)
{
    const struct dataset *works = rules_works_dataset(s->config);
    if (works == NULL || dataset_field(works, STR("name")) == NULL) {
        return "select null::text as name";
    }
    return arena_printf(s->arena,
                        "select f.f_name as name from bidui.fact_%s f where f.county = $1 and f.works_no = w.works_no"
                        " and f.learned <= $2::int order by f.learned desc, f.record_key collate \"C\" limit 1",
                        works->table);
}

/* Through the villages it names. */
static const char *households_of(const struct stage *s)
{
    const struct dataset *served = served_villages(s->config);
    if (served == NULL) {
        return "select null::text[] as households";
    }
    return arena_printf(
        s->arena,
        "select array_agg(distinct k.household_no collate \"C\" order by k.household_no collate \"C\") as households"
        " from bidui.fact_%s f"
        " join bidui.household h on h.county = f.county and h.village_code = f.village_code"
        "  and h.learned <= $2::int and (h.ended is null or h.ended > $2::int)"
        " join bidui.household_key k on k.county = h.county and k.household_id = h.household_id"
        " where f.county = $1 and f.works_no = w.works_no and f.learned <= $2::int"
        "  and (f.ended is null or f.ended > $2::int)",
        served->table);
}

enum rc works_store(struct stage *s)
{
    char number[DB_NUMBER];
    db_number(s->edition.number, number);
    TRY(db_run(s->db, "delete from bidui.works_shown where county = $1 and edition = $2::int",
               DB_PARAMS(s->config->county, number), NULL));
    return db_run(
        s->db,
        arena_printf(s->arena,
                     "insert into bidui.works_shown (county, works_no, edition, name, households)"
                     " select $1, w.works_no, $2::int, n.name, coalesce(h.households, '{}')"
                     " from (select distinct l.works_no from bidui.lead_state s join bidui.lead l on l.county = s.county"
                     "   and l.lead_id = s.lead_id where s.county = $1 and s.edition = $2::int and l.works_no is not null) w"
                     " left join lateral (%s) n on true left join lateral (%s) h on true"
                     " left join lateral (select * from bidui.works_shown x where x.county = $1 and x.works_no = w.works_no"
                     "   and x.edition < $2::int order by x.edition desc limit 1) last on true"
                     " where last.works_no is null"
                     "  or (last.name, last.households) is distinct from (n.name, coalesce(h.households, '{}'))",
                     name_of(s), households_of(s)),
        DB_PARAMS(s->config->county, number), NULL);
}

/* ---- Showing ---- */

static enum rc load_one(struct stage *s, struct list *l, struct lead *lead)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select w.name, h.no from (select * from bidui.works_shown where county = $1 and works_no = $3"
                 "  and edition <= $2::int order by edition desc limit 1) w"
                 " left join lateral unnest(w.households) with ordinality as h (no, place) on true order by h.place",
                 DB_PARAMS(s->config->county, db_number(l->edition, number), arena_cstr(l->arena, lead->works_no)), &res));
    size_t n = (size_t)PQntuples(res);
    if (n == 0) {
        return RC_OK;
    }
    lead->works_name = arena_str(l->arena, db_text(res, 0, 0));
    lead->household_count = str_is_null(db_text(res, 0, 1)) ? 0 : n;
    lead->households = arena_array(l->arena, n, sizeof *lead->households);
    for (size_t i = 0; i < lead->household_count; i++) {
        lead->households[i] = arena_str(l->arena, db_text(res, (int)i, 1));
    }
    return RC_OK;
}

enum rc works_load(struct stage *s, struct list *l)
{
    for (size_t i = 0; i < l->lead_count; i++) {
        if (!str_is_null(l->leads[i].works_no)) {
            TRY(load_one(s, l, &l->leads[i]));
        }
    }
    return RC_OK;
}
