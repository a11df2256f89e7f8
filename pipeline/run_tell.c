/* What a run says on stdout: where the list is and, for a new edition, how it differs from the one it replaces; or what
 * a baseline counted. */
#include <stdio.h>

#include "pipeline/cmd.h"
#include "pipeline/deliver/differences.h"

#define LIST_ARENA ((size_t)2 << 30)
#define JSON_MAX ((size_t)256 << 20)

static enum rc print_baseline(struct session *s, struct edition e, bool json)
{
    char number[DB_NUMBER];
    DB_RESULT PGresult *res = NULL;
    if (json) {
        TRY(db_query(s->db,
                     "select json_build_object('date', as_of, 'edition', edition, 'baseline', summary->'baseline')"
                     " from bidui.edition where county = $1 and edition = $2",
                     DB_PARAMS(s->config->county, db_number(e.number, number)), &res));
        printf("%s\n", PQgetvalue(res, 0, 0));
        return RC_OK;
    }
    TRY(db_query(s->db,
                 "select rule, count(*), count(distinct household_id) from bidui.finding"
                 " where county = $1 and edition = $2 group by rule order by rule collate \"C\"",
                 DB_PARAMS(s->config->county, db_number(e.number, number)), &res));
    for (int i = 0; i < PQntuples(res); i++) {
        printf(tr("%s\t%s 条\t%s 户\n", "%s\t%s findings\t%s households\n"), PQgetvalue(res, i, 0),
               PQgetvalue(res, i, 1), PQgetvalue(res, i, 2));
    }
    return RC_OK;
}

static enum rc put_published(const struct list *l, const char *folder, struct buf *b)
{
    char day[DATE_TEXT];
    date_format(l->as_of, day);
    TRY(buf_printf(b, "{\"date\":\"%s\",\"edition\":%d,\"folder\":", day, l->edition));
    TRY(buf_put_json(b, str_from(folder)));
    if (l->differences != NULL) {
        TRY(buf_puts(b, STR(",\"edition_differences\":")));
        TRY(differences_put_json(l->differences, b));
    }
    return buf_puts(b, STR("}\n"));
}

static enum rc print_json(const struct list *l, const char *folder)
{
    struct buf b;
    buf_init(&b, JSON_MAX);
    enum rc rc = put_published(l, folder, &b);
    if (rc == RC_OK) {
        (void)fwrite(b.p, 1, b.n, stdout);
    }
    buf_done(&b);
    return rc;
}

/* The whole list is only read again where there is something to compare. */
static enum rc tell_list(struct stage *s, bool json)
{
    char day[DATE_TEXT];
    int64_t superseded = 0;
    struct list l = {.edition = s->edition.number, .as_of = s->edition.as_of};
    date_format(l.as_of, day);
    const char *folder = arena_printf(s->arena, "%s/%s", s->config->out, day);
    TRY(differences_superseded(s, &superseded));
    if (superseded > 0) {
        TRY(list_load(s, s->arena, &l));
        TRY(differences_load(s, &l));
    }
    if (json) {
        return print_json(&l, folder);
    }
    printf("%s\n", folder);
    if (l.differences != NULL) {
        differences_print(l.differences, stdout);
    }
    return RC_OK;
}

enum rc run_tell(struct session *s, struct edition e, bool json)
{
    if (e.baseline) {
        return print_baseline(s, e, json);
    }
    struct stage stage = cmd_stage(s, e);
    stage.arena = arena_new(LIST_ARENA);
    enum rc rc = tell_list(&stage, json);
    arena_free(stage.arena);
    return rc;
}
