/* stage_deliver: writes out/.DATE.tmp, marks the edition published, then renames to out/DATE. Each step may be
 * repeated: killed anywhere, the next call ends in the same bytes. A published edition is written again as pinned. */
#include "base/fs.h"
#include "pipeline/crew.h"
#include "pipeline/deliver/differences.h"
#include "pipeline/deliver/reminders.h"

#define LIST_ARENA ((size_t)2 << 30)
#define SUMMARY_MAX ((size_t)64 << 20)

struct places {
    char *out, *tmp, *final;
};

static struct places places_of(struct stage *s, struct arena *a)
{
    char day[DATE_TEXT];
    date_format(s->edition.as_of, day);
    const char *out = s->config->out;
    return (struct places){arena_cstr(a, str_from(out)), arena_printf(a, "%s/.%s.tmp", out, day),
                           arena_printf(a, "%s/%s", out, day)};
}

/* ---- Files ---- */

/* The longest first: the workers share them. */
static enum rc (*const writers[])(const struct list *, const char *) = {
    list_write_xlsx, list_write_townships, list_write_json, list_write_csv, list_write_summary,
    reminders_write, notices_write};
#define WRITERS (sizeof writers / sizeof *writers)

struct writing {
    const struct list *list;
    const char *folder;
};

static enum rc write_some(void *ctx, struct crew *crew, bool forked)
{
    (void)forked; /* the list is in memory: no worker asks the database */
    const struct writing *w = ctx;
    size_t i = 0;
    while (crew_next(crew, &i)) {
        TRY(writers[i](w->list, w->folder));
    }
    return RC_OK;
}

static enum rc write_files(const struct list *l, const char *folder)
{
    struct writing w = {l, folder};
    TRY(fs_remove_tree(folder));
    TRY(fs_mkdirs(folder));
    TRY(crew_run(WRITERS, l->config->workers, write_some, &w));
    return fs_sync(folder);
}

/* ---- Steps ---- */


static enum rc is_published(struct stage *s, bool *ret)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, "select state in ('published', 'superseded') from bidui.edition where county = $1 and edition = $2",
                 DB_PARAMS(s->config->county, db_number(s->edition.number, number)), &res));
    *ret = PQntuples(res) == 1 && db_bool(res, 0, 0);
    return RC_OK;
}

/* What went out to whom is known from the moment it counts as gone out. */
static enum rc mark_published(struct stage *s, const struct list *l)
{
    char number[DB_NUMBER];
    db_number(s->edition.number, number);
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(db_run(s->db,
               "update bidui.edition set state = 'superseded' where county = $1 and edition < $2 and state = 'published'"
               " and as_of = (select as_of from bidui.edition where county = $1 and edition = $2)",
               DB_PARAMS(s->config->county, number), NULL));
    TRY(sendings_store(s, l));
    TRY(db_run(s->db, "update bidui.edition set state = 'published' where county = $1 and edition = $2",
               DB_PARAMS(s->config->county, number), NULL));
    return db_commit(s->db);
}

/* Only what went through assess and alert may go out; a baseline never does. */
static enum rc prove_ready(struct stage *s)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db, "select state = 'alerted' and not baseline from bidui.edition where county = $1 and edition = $2",
                 DB_PARAMS(s->config->county, db_number(s->edition.number, number)), &res));
    if (PQntuples(res) == 1 && db_bool(res, 0, 0)) {
        return RC_OK;
    }
    enum rc rc = err_fail(RC_STATE, "%s", tr("该版次尚未完成研判和预警", "this edition has not been through assess and alert"));
    err_hint("%s", tr("运行 bidui run,或依次运行 bidui assess、bidui alert。", "Run bidui run, or bidui assess and bidui alert first."));
    return rc;
}

/* Which edition the folder out/DATE holds, by its summary; 0 if none can be told. */
static int64_t folder_edition(struct arena *a, const char *folder)
{
    struct buf text;
    int64_t found = 0;
    buf_init(&text, SUMMARY_MAX);
    if (fs_read(arena_printf(a, "%s/summary.json", folder), SUMMARY_MAX, &text) == RC_OK) {
        struct str rest = buf_str(&text);
        const char *at = memmem(rest.p, rest.n, "\"edition\":", 10);
        if (at != NULL) {
            rest = str_of(at + 10, rest.n - (size_t)(at + 10 - rest.p));
            (void)str_to_i64(str_cut(&rest, ','), &found);
        }
    }
    err_clear();
    buf_done(&text);
    return found;
}

/* The edition before this one of the same date, which now stands in out/DATE; 0 if none. */
static enum rc superseded_edition(struct stage *s, int64_t *ret)
{
    char number[DB_NUMBER];
    return db_query_i64(s->db,
                        "select coalesce(max(edition), 0) from bidui.edition where county = $1 and edition < $2"
                        " and state = 'superseded'"
                        " and as_of = (select as_of from bidui.edition where county = $1 and edition = $2)",
                        DB_PARAMS(s->config->county, db_number(s->edition.number, number)), ret);
}

/* out/DATE makes room: a superseded edition moves to out/DATE.EDITION, an earlier copy of this one goes. */
static enum rc put_in_place(struct stage *s, struct arena *a, const struct places *p)
{
    int64_t before = 0;
    TRY(superseded_edition(s, &before));
    char *aside = arena_printf(a, "%s.%lld", p->final, (long long)before);
    if (before > 0 && !fs_exists(aside) && folder_edition(a, p->final) == before) {
        TRY(fs_rename(p->final, aside));
    }
    TRY(fs_remove_tree(p->final));
    return fs_rename(p->tmp, p->final);
}

static enum rc deliver(struct stage *s, struct arena *a)
{
    struct list list;
    bool published = false;
    struct places p = places_of(s, a);
    TRY(is_published(s, &published));
    TRY(published ? RC_OK : prove_ready(s));
    TRY(published ? RC_OK : pins_store(s));
    TRY(list_load(s, a, &list));
    TRY(differences_load(s, &list));
    lang_set(list.is_english); /* a list is given again in the words it first had */
    TRY(fs_mkdirs(p.out));
    TRY(write_files(&list, p.tmp));
    TRY(published ? RC_OK : mark_published(s, &list));
    return put_in_place(s, a, &p);
}

enum rc stage_deliver(struct stage *s)
{
    struct arena *a = arena_new(LIST_ARENA);
    enum rc rc = deliver(s, a);
    arena_free(a);
    return rc;
}
