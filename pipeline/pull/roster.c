#include "pipeline/pull/roster.h"

#include "pipeline/pull/delivery.h"
#include "pipeline/pull/roster_sql.h"

#define SQL_MAX ((size_t)1 << 20)

const char *const roster_landing_columns[] = {
    "id_number", "id_number_state", "id_number_kept", "name", "phone", "household_no", NULL};

struct roster_admission {
    const struct job *job;
    int edition; /* the rows landed in it */
    struct arena *arena;
    const char *landing; /* the roster's landing table */
    char landed[DB_NUMBER], learned[DB_NUMBER];
};

static const char *const change_words[ROSTER_CHANGES] = {
    "joined", "left",    "split",         "merged",     "new_householder",
    "class",  "cleared", "person_joined", "person_left"};

const char *roster_change_word(enum roster_change c)
{
    return change_words[c];
}

const char *roster_change_text(enum roster_change c)
{
    switch (c) {
    case ROSTER_JOINED:
        return tr("新增户", "joined");
    case ROSTER_LEFT:
        return tr("退出户", "left");
    case ROSTER_SPLIT:
        return tr("分户", "split");
    case ROSTER_MERGED:
        return tr("并户", "merged");
    case ROSTER_HOUSEHOLDER:
        return tr("户主变更", "new householder");
    case ROSTER_CLASS:
        return tr("类别变更", "class");
    case ROSTER_CLEARED:
        return tr("风险消除", "cleared");
    case ROSTER_PERSON_JOINED:
        return tr("增加人口", "person joined");
    case ROSTER_PERSON_LEFT:
        return tr("减少人口", "person left");
    case ROSTER_CHANGES:
        break;
    }
    return "";
}

/* ---- Landed rows as roster rows ---- */

struct attribute {
    const char *name, *type;
    const char *with; /* expression over %s, the landed column; NULL: the column itself */
};

/* Columns of roster_row before and behind the identity; a field the dataset lacks is null. */
static const struct attribute place[] = {{"village_code", "text", "nullif(%s, '')"},
                                         {"village_name", "text", NULL},
                                         {"township_name", "text", NULL},
                                         {"province_name", "text", NULL},
                                         {"prefecture_name", "text", NULL},
                                         {"county_name", "text", NULL}};
static const struct attribute rest[] = {
    {"relation", "text", NULL},
    /* what the roster leaves blank, a proven number tells */
    {"sex", "text",
     "coalesce(%s, case when l.id_number is null then null"
     " when substr(l.id_number, 17, 1)::int % 2 = 1 then 'male' else 'female' end)"},
    {"birth_date", "date", "coalesce(%s, to_date(substr(l.id_number, 7, 8), 'YYYYMMDD'))"},
    {"resident_insurance", "boolean", NULL},
    {"employee_insurance", "boolean", NULL},
    {"major_illness_cover", "boolean", NULL},
    {"school_status", "text", NULL},
    {"not_at_school_reason", "text", NULL},
    {"dropout", "boolean", NULL},
    {"labour", "text", NULL},
    {"category", "text", NULL},
    {"origin", "text", NULL},
    {"monitor_class", "text", NULL},
    {"risk_cleared", "boolean", "coalesce(%s, false)"},
    {"cleared_on", "date", NULL},
    {"net_income", "bigint", NULL},
    {"unsafe_house", "boolean", NULL},
    {"safe_water", "boolean", NULL},
    {"house_damaged", "boolean", NULL},
    {"water_damaged", "boolean", NULL},
};

static const char *column_of(const struct roster_admission *m, const struct attribute *at)
{
    bool has = dataset_field(m->job->dataset, str_from(at->name)) != NULL;
    return has ? arena_printf(m->arena, "l.f_%s", at->name)
               : arena_printf(m->arena, "null::%s", at->type);
}

/* The expressions come from the tables above, where %s stands once. */
static const char *replaced(struct arena *a, const char *with, const char *column)
{
    const char *at = strstr(with, "%s");
    return arena_printf(a, "%.*s%s%s", (int)(at - with), with, column, at + 2);
}

static const char *list_of(const struct roster_admission *m, const struct attribute *list, size_t n)
{
    const char *out = "";
    for (size_t i = 0; i < n; i++) {
        const char *column = column_of(m, &list[i]);
        const char *value =
            list[i].with == NULL ? column : replaced(m->arena, list[i].with, column);
        out = arena_printf(m->arena, "%s, %s as %s", out, value, list[i].name);
    }
    return out;
}

static const char *household_no_of(const struct roster_admission *m)
{
    static const struct attribute household = {"household_no", "text", NULL};
    return arena_printf(m->arena, "coalesce(l.household_no, %s)", column_of(m, &household));
}

static const struct attribute looked_at[] = {{"relation", "text", NULL},
                                             {"origin", "text", NULL},
                                             {"monitor_class", "text", NULL},
                                             {"risk_cleared", "boolean", "coalesce(%s, false)"}};

static enum rc add_keys(const struct roster_admission *m)
{
    const char *const params[] = {m->job->config->county, m->landed, m->learned};
    struct db *db = m->job->db;
    TRY(db_run(db, arena_printf(m->arena, roster_new_households, household_no_of(m), m->landing), 3,
               params, NULL));
    return db_run(db, arena_printf(m->arena, roster_new_persons, m->landing), 2, params, NULL);
}

/* Whole tables against whole tables, most without statistics. */
static enum rc set_up(const struct roster_admission *m)
{
    struct db *db = m->job->db;
    TRY(db_set(db, "bidui.county", m->job->config->county));
    TRY(db_set(db, "bidui.landed", m->landed));
    return db_exec(db, "set local enable_nestloop = off; set local work_mem = '256MB'");
}

static enum rc fill_held(const struct roster_admission *m)
{
    return db_exec(m->job->db, arena_printf(m->arena, roster_held, m->landing, m->landing));
}

/* Landed rows as temporary tables of rows, houses and villages, with their ids. */
static enum rc fill_tables(const struct roster_admission *m)
{
    struct db *db = m->job->db;
    TRY(set_up(m));
    TRY(add_keys(m));
    TRY(db_exec(db, arena_printf(m->arena, roster_rows, household_no_of(m),
                                 list_of(m, place, sizeof place / sizeof place[0]),
                                 list_of(m, rest, sizeof rest / sizeof rest[0]), m->landing,
                                 household_no_of(m))));
    TRY(db_exec(db, roster_houses));
    TRY(db_run(db, roster_fill_villages, DB_NONE, NULL));
    TRY(db_exec(db, roster_villages));
    TRY(db_exec(db, roster_regions));
    TRY(fill_held(m));
    return db_exec(
        db, "analyze roster_row (person_id, household_id); analyze roster_house (household_id)");
}

/* ---- Versions ---- */

struct versioned {
    const char *table, *source, *id; /* bidui.TABLE against a temporary source */
    const char *columns;
    const char *still_there; /* over t: holds although the source lacks it; NULL: nothing does */
};

static const struct versioned versions[] = {
    {"region", "roster_region", "region_code", "region_name", NULL},
    {"village", "roster_village", "village_code", "village_name, township_code, township_name",
     NULL},
    {"person", "roster_row", "person_id", "household_id, " ROSTER_PERSON_COLUMNS,
     "exists (select from roster_held h where h.person_id = t.person_id)"},
    {"identity", "roster_row", "person_id", ROSTER_IDENTITY_COLUMNS,
     "exists (select from roster_held h where h.person_id = t.person_id)"},
    {"household", "roster_house", "household_id", "village_code, " ROSTER_HOUSEHOLD_COLUMNS,
     "exists (select from bidui.person p where p.county = t.county and p.household_id = "
     "t.household_id"
     " and p.ended is null)"},
};

/* "a, b" as "t.a, t.b" */
static const char *prefixed(struct arena *a, const char *prefix, const char *columns)
{
    const char *out = "";
    for (struct str list = str_from(columns); list.n > 0;) {
        struct str column = str_trim(str_cut(&list, ','));
        out = arena_printf(a, "%s%s%s.%.*s", out, out[0] == '\0' ? "" : ", ", prefix,
                           STR_ARGS(column));
    }
    return out;
}

static enum rc run_version(const struct roster_admission *m, const char *sql)
{
    return db_run(m->job->db, sql, DB_PARAMS(m->job->config->county, m->learned), NULL);
}

/* Fills roster_id with the ids of a query; tells whether there are any. */
static enum rc collect(const struct roster_admission *m, const char *query, bool *ret_any)
{
    int64_t n = 0;
    TRY(db_exec(m->job->db, "drop table if exists roster_id"));
    TRY(db_exec(m->job->db,
                arena_printf(m->arena, "create temp table roster_id on commit drop as %s", query)));
    TRY(db_query_i64(m->job->db, "select count(*) from (select from roster_id limit 1) i", DB_NONE,
                     &n));
    *ret_any = n > 0;
    return RC_OK;
}

/* What this very edition had learned of these is forgotten; older versions end. */
static enum rc end_collected(const struct roster_admission *m, const struct versioned *v)
{
    struct arena *a = m->arena;
    const char *which = arena_printf(a, "t.county = $1 and t.%s = i.id and t.ended is null", v->id);
    TRY(run_version(
        m,
        arena_printf(a, "delete from bidui.%s t using roster_id i where %s and t.learned = $2::int",
                     v->table, which)));
    return run_version(
        m, arena_printf(a,
                        "update bidui.%s t set ended = $2::int from roster_id i where %s"
                        " and t.learned < $2::int",
                        v->table, which));
}

/* `which`: a join, or "" for all of the source. */
static enum rc insert_versions(const struct roster_admission *m, const struct versioned *v,
                               const char *which)
{
    return run_version(
        m, arena_printf(m->arena,
                        "insert into bidui.%s (county, %s, learned, %s) select $1, s.%s, $2::int, %s"
                        " from %s s%s order by s.%s",
                        v->table, v->id, v->columns, v->id, prefixed(m->arena, "s", v->columns),
                        v->source, which, v->id));
}

/* One comparison of everything finds what is new or changed; the rest is about those alone. */
static enum rc add_changed(const struct roster_admission *m, const struct versioned *v)
{
    struct arena *a = m->arena;
    bool any = false;
    TRY(collect(
        m,
        arena_printf(
            a,
            "select s.%s as id from %s s left join bidui.%s t"
            " on t.county = current_setting('bidui.county') and t.%s = s.%s and t.ended is null"
            " where t.%s is null or row(%s) is distinct from row(%s)",
            v->id, v->source, v->table, v->id, v->id, v->id, prefixed(a, "t", v->columns),
            prefixed(a, "s", v->columns)),
        &any));
    if (!any) {
        return RC_OK;
    }
    TRY(end_collected(m, v));
    return insert_versions(m, v, arena_printf(a, " join roster_id i on i.id = s.%s", v->id));
}

static enum rc end_absent(const struct roster_admission *m, const struct versioned *v)
{
    bool any = false;
    TRY(collect(
        m,
        arena_printf(
            m->arena,
            "select t.%s as id from bidui.%s t where t.county = current_setting('bidui.county')"
            " and t.ended is null and not exists (select from %s s where s.%s = t.%s)%s%s",
            v->id, v->table, v->source, v->id, v->id, v->still_there == NULL ? "" : " and not ",
            v->still_there == NULL ? "" : v->still_there),
        &any));
    return any ? end_collected(m, v) : RC_OK;
}

/* leaving: who isn't named has left. */
static enum rc make_versions(const struct roster_admission *m, const struct versioned *v, bool leaving)
{
    int64_t n = 0;
    TRY(db_query_i64(m->job->db,
                     arena_printf(m->arena,
                                  "select count(*) from (select from bidui.%s where county = $1 and"
                                  " ended is null limit 1) t",
                                  v->table),
                     DB_PARAMS(m->job->config->county), &n));
    if (n == 0) {
        return insert_versions(m, v, ""); /* a county's first roster */
    }
    TRY(add_changed(m, v));
    return leaving ? end_absent(m, v) : RC_OK;
}

static enum rc admit(const struct roster_admission *m, int64_t *ret_disagree)
{
    struct db *db = m->job->db;
    int64_t keyless = 0; /* who is meant is unknown: nobody has left */
    TRY(delivery_keyless(m->job, m->edition, &keyless));
    TRY(fill_tables(m));
    TRY(db_query_i64(db, roster_count_disagreeing, DB_NONE, ret_disagree));
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        TRY(make_versions(m, &versions[i], keyless == 0));
    }
    TRY(db_exec(db, "drop table if exists roster_id"));
    TRY(db_exec(db, roster_drop));
    return db_exec(db, "analyze bidui.region; analyze bidui.person; analyze bidui.identity; analyze bidui.household; "
                       "analyze bidui.person_key; analyze bidui.household_key; analyze "
                       "bidui.village; set local enable_nestloop = on");
}

static struct roster_admission admission_of(const struct job *job, int edition)
{
    struct roster_admission m = {.job = job, .edition = edition, .arena = arena_new(SQL_MAX)};
    m.landing = arena_printf(m.arena, "bidui.landing_%s", job->dataset->table);
    (void)db_number(edition, m.landed);
    (void)db_number(job->edition.number, m.learned);
    return m;
}

enum rc roster_admit(const struct job *job, int edition, int64_t *ret_disagree)
{
    struct roster_admission m = admission_of(job, edition);
    enum rc rc = admit(&m, ret_disagree);
    arena_free(m.arena);
    return rc;
}

/* ---- What would change ---- */

static enum rc compare_one(struct db *db, enum roster_change kind, struct roster_diff *diff,
                           void (*each)(void *, enum roster_change, struct str), void *ctx)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(db, roster_change_sql[kind], DB_NONE, &res));
    diff->counts[kind] = PQntuples(res);
    for (int i = 0; each != NULL && i < PQntuples(res); i++) {
        each(ctx, kind, db_text(res, i, 0));
    }
    return RC_OK;
}

static enum rc compare(const struct roster_admission *m, struct roster_diff *diff,
                       void (*each)(void *, enum roster_change, struct str), void *ctx)
{
    int64_t keyless = 0;
    DB_ROLLBACK struct db *tx = m->job->db; /* nothing of this is kept */
    TRY(db_begin(m->job->db));
    TRY(set_up(m));
    TRY(db_exec(m->job->db, arena_printf(m->arena, roster_look_rows, household_no_of(m),
                                         list_of(m, looked_at, sizeof looked_at / sizeof looked_at[0]),
                                         m->landing)));
    TRY(db_exec(m->job->db, roster_look_houses));
    TRY(fill_held(m));
    TRY(db_exec(m->job->db, roster_now_tables));
    TRY(delivery_keyless(m->job, m->edition, &keyless));
    for (int kind = 0; kind < ROSTER_CHANGES; kind++) {
        bool is_leaving = kind == ROSTER_LEFT || kind == ROSTER_MERGED || kind == ROSTER_PERSON_LEFT;
        if (keyless == 0 || !is_leaving) {
            TRY(compare_one(m->job->db, (enum roster_change)kind, diff, each, ctx));
        }
    }
    return RC_OK;
}

enum rc roster_compare(const struct job *job, int edition, struct roster_diff *ret,
                       void (*each)(void *, enum roster_change, struct str), void *ctx)
{
    struct roster_admission m = admission_of(job, edition);
    struct roster_diff diff = {{0}};
    enum rc rc = compare(&m, &diff, each, ctx);
    arena_free(m.arena);
    if (rc == RC_OK) {
        *ret = diff;
    }
    return rc;
}
