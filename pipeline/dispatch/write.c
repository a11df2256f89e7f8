/* Batches as files: the leads of each, as its list showed them, a workbook a township. */
#include "base/fs.h"
#include "pipeline/deliver/list.h"
#include "pipeline/dispatch/dispatch.h"

#define LIST_ARENA ((size_t)2 << 30)

static void keep_batch(struct list *l, const PGresult *ids)
{
    struct lead_finder finder = lead_finder_of(l);
    size_t kept = 0;
    for (size_t i = 0; i < l->lead_count; i++) {
        l->leads[i].is_sent_on = false;
    }
    for (int i = 0; i < PQntuples(ids); i++) {
        struct lead *lead = lead_find(&finder, db_i64(ids, i, 0));
        if (lead != NULL) {
            lead->is_sent_on = true;
        }
    }
    for (size_t i = 0; i < l->lead_count; i++) {
        if (l->leads[i].is_sent_on) {
            l->leads[kept++] = l->leads[i];
        }
    }
    l->lead_count = kept;
}

static enum rc mark_made(struct stage *s, const struct list *l, const char *batch)
{
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(sendings_store(s, l));
    TRY(db_run(s->db, "update bidui.dispatch_batch set made = true where county = $1 and batch = $2::int",
               DB_PARAMS(s->config->county, batch), NULL));
    return db_commit(s->db);
}

/* In place before it counts as made: killed between, it is written again, the same bytes. */
static enum rc write_batch(struct stage *s, struct arena *a, const char *batch, struct list *l, const char **ret_folder)
{
    char day[DATE_TEXT];
    DB_RESULT PGresult *ids = NULL;
    date_format(l->as_of, day);
    TRY(db_query(s->db, "select distinct lead_id from bidui.decision where county = $1 and batch = $2::int order by lead_id",
                 DB_PARAMS(s->config->county, batch), &ids));
    keep_batch(l, ids);
    struct list_batch order = {arena_printf(a, "%s-%s", day, batch)};
    l->batch = &order;
    l->is_screened = true;
    lang_set(l->is_english);
    const char *root = arena_printf(a, "%s/dispatch", s->config->out), *tmp = arena_printf(a, "%s/.%s.tmp", root, order.document),
               *final = arena_printf(a, "%s/%s", root, order.document);
    TRY(fs_remove_tree(tmp));
    TRY(fs_mkdirs(tmp));
    TRY(list_write_townships(l, tmp));
    TRY(fs_remove_tree(final));
    TRY(fs_rename(tmp, final));
    TRY(mark_made(s, l, batch));
    *ret_folder = final;
    return RC_OK;
}

static enum rc write_one(struct stage *s, struct dispatch *d, const char *batch, int edition, date_t as_of)
{
    struct arena *a = arena_new(LIST_ARENA);
    struct stage of_list = *s;
    struct list list;
    const char *folder = NULL;
    bool english = lang_is_english();
    of_list.edition.number = edition;
    of_list.edition.as_of = as_of;
    enum rc rc = list_load(&of_list, a, &list);
    rc = rc == RC_OK ? write_batch(s, a, batch, &list, &folder) : rc;
    lang_set(english);
    if (rc == RC_OK) {
        d->folder = arena_cstr(d->arena, str_from(folder));
    }
    arena_free(a);
    return rc;
}

enum rc dispatch_write(struct stage *s, struct dispatch *d)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(s->db,
                 "select b.batch, b.edition, e.as_of from bidui.dispatch_batch b join bidui.edition e on e.county = b.county"
                 " and e.edition = b.edition where b.county = $1 and not b.made order by b.batch",
                 DB_PARAMS(s->config->county), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        TRY(write_one(s, d, PQgetvalue(res, i, 0), (int)db_i64(res, i, 1), db_date(res, i, 2)));
    }
    return RC_OK;
}
