#include "pipeline/init.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/map.h"
#include "pipeline/pull/roster.h"

#define SQL_MAX ((size_t)1 << 20)

struct work {
    const struct config *config;
    struct db *db;
    FILE *plan;                          /* NULL: do it */
    struct arena *arena;
    struct map digests, columns;         /* what the database has: of migrations by name, types by table.column */
    int changes;
};

static struct work begin_work(const struct config *config, struct db *db, FILE *plan)
{
    struct work w = {.config = config, .db = db, .plan = plan, .arena = arena_new(SQL_MAX)};
    map_init(&w.digests);
    map_init(&w.columns);
    return w;
}

static void end_work(struct work *w)
{
    map_done(&w->digests);
    map_done(&w->columns);
    arena_free(w->arena);
}

static enum rc apply(struct work *w, const char *sql)
{
    w->changes++;
    if (w->plan != NULL) {
        fprintf(w->plan, "%s;\n", sql);
        return RC_OK;
    }
    return db_exec(w->db, sql);
}

/* ---- What is there ---- */

/* Asked once for all tables: every command looks, and hundreds of questions would cost more than its work. */
static enum rc recall(struct work *w, struct map *into, const char *sql)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(w->db, sql, DB_NONE, &res));
    for (int i = 0; i < PQntuples(res); i++) {
        struct str *value = ARENA_NEW(w->arena, struct str);
        *value = arena_str(w->arena, db_text(res, i, 1));
        map_put(into, arena_str(w->arena, db_text(res, i, 0)), value);
    }
    return RC_OK;
}

static enum rc recall_columns(struct work *w)
{
    return recall(w, &w->columns,
                  "select c.relname || '.' || a.attname, format_type(a.atttypid, null)"
                  " from pg_class c join pg_attribute a on a.attrelid = c.oid"
                  " where c.relnamespace = to_regnamespace('bidui') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped");
}

static struct str recalled(const struct map *m, const char *key)
{
    const struct str *found = map_get(m, str_from(key));
    return found == NULL ? STR_NULL : *found;
}

/* ---- Migrations ---- */

static enum rc has_relation(struct work *w, const char *name, bool *ret)
{
    struct str found = STR_NULL;
    TRY(db_query_text(w->db, w->arena, "select to_regclass('bidui.' || $1)::text", DB_PARAMS(name), &found));
    *ret = !str_is_null(found);
    return RC_OK;
}

static enum rc migration_state(struct work *w, const struct migration *m, bool *ret_done)
{
    char digest[65];
    crypto_sha256_hex(str_from(m->text), digest);
    struct str known = recalled(&w->digests, m->name);
    if (!str_is_null(known) && !str_is(known, digest)) {
        enum rc rc = err_fail(RC_STATE, "migration %s", m->name);
        err_hint("%s", tr("数据库由另一版本的 bidui 建立;换回该版本,或换用空数据库。",
                          "This database was made by another build of bidui; use that one, or an empty database."));
        return rc;
    }
    *ret_done = !str_is_null(known);
    return RC_OK;
}

static enum rc migrate_one(struct work *w, const struct migration *m)
{
    w->changes++;
    if (w->plan != NULL) {
        fprintf(w->plan, "-- %s\n%s\n", m->name, m->text);
        return RC_OK;
    }
    char digest[65];
    crypto_sha256_hex(str_from(m->text), digest);
    TRY(db_exec(w->db, m->text));
    return db_run(w->db, "insert into bidui.migration values ($1, $2)", DB_PARAMS(m->name, digest), NULL);
}

static enum rc migrate(struct work *w)
{
    bool exists = false;
    TRY(has_relation(w, "migration", &exists));
    if (!exists) {
        TRY(apply(w, "create schema if not exists bidui"));
        TRY(apply(w, "create table bidui.migration (name text not null, digest text not null)"));
    } else {
        TRY(recall(w, &w->digests, "select name, digest from bidui.migration"));
    }
    for (const struct migration *m = migration_table; m->name != NULL; m++) {
        bool done = false;
        TRY(migration_state(w, m, &done));
        if (!done) {
            TRY(migrate_one(w, m));
        }
    }
    return RC_OK;
}

/* ---- Dataset tables ---- */

static const char *const column_types[] = {
    [FIELD_TEXT] = "text", [FIELD_CODE] = "text",  [FIELD_FLAG] = "boolean", [FIELD_DATE] = "date",
    [FIELD_INSTANT] = "timestamp without time zone", [FIELD_MONEY] = "bigint", [FIELD_NUMBER] = "bigint",
};

static const char *const common_columns =
    "person_id bigint, household_id bigint, works_no text, village_code text, link text not null,"
    " updated_at timestamp, content bigint not null, page int not null, row_number bigint not null";

static enum rc create_tables(struct work *w, const struct dataset *d)
{
    TRY(apply(w, arena_printf(w->arena,
                              "create table if not exists bidui.fact_%s (county text not null, record_key text not null,"
                              " learned int not null, ended int, ended_why text, %s,"
                              " primary key (county, record_key, learned))",
                              d->table, common_columns)));
    return apply(w, arena_printf(w->arena,
                                 "create table if not exists bidui.landing_%s (county text not null,"
                                 " record_key text not null, edition int not null, %s)",
                                 d->table, common_columns));
}

/* Adds the column where it is missing; a column of another type is a changed field. */
static enum rc ensure_column(struct work *w, const char *table, const char *column, const char *type)
{
    struct str known = recalled(&w->columns, arena_printf(w->arena, "%s.%s", table, column));
    if (!str_is_null(known)) {
        if (str_is(known, type)) {
            return RC_OK;
        }
        enum rc rc = err_fail(RC_STATE, "%s.%s: %.*s -> %s", table, column, STR_ARGS(known), type);
        err_hint("%s", tr("字段类型不能改;请换一个新字段名。", "A field's type cannot change; give the field a new name."));
        return rc;
    }
    return apply(w, arena_printf(w->arena, "alter table bidui.%s add column if not exists %s %s", table, column, type));
}

static enum rc ensure_field(struct work *w, const char *table, const struct field *f)
{
    const char *column = arena_printf(w->arena, "f_%s", f->name);
    TRY(ensure_column(w, table, column, column_types[f->type]));
    if (f->type == FIELD_DATE) {
        TRY(ensure_column(w, table, arena_printf(w->arena, "f_%s_last", f->name), "date"));
    }
    return RC_OK;
}

static enum rc ensure_dataset(struct work *w, const struct dataset *d)
{
    const char *fact = arena_printf(w->arena, "fact_%s", d->table);
    const char *landing = arena_printf(w->arena, "landing_%s", d->table);
    bool exists = false;
    TRY(has_relation(w, fact, &exists));
    if (!exists) {
        TRY(create_tables(w, d));
    }
    for (size_t i = 0; i < d->field_count; i++) {
        TRY(ensure_field(w, fact, &d->fields[i]));
        TRY(ensure_field(w, landing, &d->fields[i]));
    }
    if (d->is_roster) {
        for (size_t i = 0; roster_landing_columns[i] != NULL; i++) {
            TRY(ensure_column(w, landing, roster_landing_columns[i], "text"));
        }
    }
    return RC_OK;
}

static enum rc ensure_all(struct work *w)
{
    TRY(migrate(w));
    TRY(recall_columns(w));
    for (size_t i = 0; i < w->config->department_count; i++) {
        const struct department *dept = &w->config->departments[i];
        for (size_t k = 0; !dept->is_broken && k < dept->dataset_count; k++) {
            TRY(ensure_dataset(w, &dept->datasets[k]));
        }
    }
    return RC_OK;
}

static enum rc init_locked(struct work *w)
{
    DB_ROLLBACK struct db *tx = w->db;
    if (w->plan != NULL) {
        return ensure_all(w);
    }
    TRY(db_begin(w->db));
    /* two inits at once: the second waits and finds nothing to do */
    TRY(db_exec(w->db, "select pg_advisory_xact_lock(hashtextextended('bidui init', 0))"));
    TRY(ensure_all(w));
    return db_commit(w->db);
}

enum rc init_schema(const struct config *config, struct db *db, FILE *plan, int *ret_changes)
{
    struct work w = begin_work(config, db, plan);
    enum rc rc = init_locked(&w);
    end_work(&w);
    if (rc == RC_OK) {
        *ret_changes = w.changes;
    }
    return rc;
}

static enum rc lacks(int changes)
{
    enum rc rc = err_fail(RC_STATE, tr("数据库缺少 %d 处结构", "the database lacks %d changes"), changes);
    err_hint("%s", tr("先运行 bidui init。", "Run bidui init first."));
    return rc;
}

/* A department whose tables lag behind its file is left out of the night; the others go on. */
static enum rc verify_department(struct work *w, struct department *dept)
{
    enum rc rc = RC_OK;
    bool has_roster = false;
    w->changes = 0;
    for (size_t k = 0; rc == RC_OK && !dept->is_broken && k < dept->dataset_count; k++) {
        has_roster = has_roster || dept->datasets[k].is_roster;
        rc = ensure_dataset(w, &dept->datasets[k]);
    }
    if ((rc != RC_OK && rc != RC_STATE) || has_roster || (rc == RC_OK && w->changes == 0)) {
        return rc == RC_OK && w->changes > 0 ? lacks(w->changes) : rc;
    }
    err_clear();
    dept->is_broken = true;
    log_event(LOG_ERROR, "department lacks tables", LOG_S("department", dept->name), LOG_S("hint", "bidui init --plan"));
    return RC_OK;
}

static enum rc verify_all(struct config *config, struct work *w)
{
    TRY(migrate(w));
    if (w->changes > 0) {
        return lacks(w->changes);
    }
    TRY(recall_columns(w));
    for (size_t i = 0; i < config->department_count; i++) {
        TRY(verify_department(w, &config->departments[i]));
    }
    return RC_OK;
}

enum rc init_verify(struct config *config, struct db *db)
{
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL) {
        return err_fail(RC_IO, "/dev/null");
    }
    struct work w = begin_work(config, db, nowhere);
    enum rc rc = verify_all(config, &w);
    end_work(&w);
    (void)fclose(nowhere);
    return rc;
}
