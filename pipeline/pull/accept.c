/* bidui accept: a person vouches for a held delivery. */
#include "pipeline/audit.h"
#include "pipeline/pull/pull.h"

/* Within the transaction of the decision: whoever admits or expires the delivery meanwhile comes before or after it. */
static enum rc held_state(struct stage *s, const char *edition, const char *dataset)
{
    struct str state = STR_NULL;
    TRY(db_query_text(
        s->db, s->arena,
        "select state from bidui.delivery where county = $1 and dataset = $2 and edition = $3"
        " for update",
        DB_PARAMS(s->config->county, dataset, edition), &state));
    if (str_is_null(state)) {
        return err_fail(RC_NOT_FOUND,
                        tr("第 %s 次运行没有 %s 的来数", "edition %s has no delivery of %s"),
                        edition, dataset);
    }
    if (!str_is(state, "held")) {
        return err_fail(RC_STATE,
                        tr("%s 的来数不在暂缓状态:%.*s", "the delivery of %s is not held: %.*s"),
                        dataset, STR_ARGS(state));
    }
    return RC_OK;
}

enum rc accept_delivery(struct stage *s, int edition, struct str dataset, const char *by,
                        const char *reason)
{
    char number[DB_NUMBER], open[DB_NUMBER];
    const char *id = arena_cstr(s->arena, dataset);
    DB_ROLLBACK struct db *tx = s->db;
    TRY(db_begin(s->db));
    TRY(held_state(s, db_number(edition, number), id));
    TRY(db_run(
        s->db,
        "update bidui.delivery set accepted_by = $4, accepted_reason = $5, accepted_edition = $6"
        " where county = $1 and dataset = $2 and edition = $3",
        DB_PARAMS(s->config->county, id, number, by, reason,
                  s->edition.number > 0 ? db_number(s->edition.number, open) : NULL),
        NULL));
    TRY(audit_write(s, edition, by, "accept", id, reason));
    return db_commit(s->db);
}
