#include "pipeline/audit.h"

enum rc audit_write(const struct stage *s, int edition, const char *actor, const char *action, const char *object,
                    const char *reason)
{
    char number[DB_NUMBER];
    return db_run(s->db,
                  "insert into bidui.audit values ($1, bidui.next_number($1, 'audit', 1) + 1, nullif($2::int, 0), $3, "
                  "$4, $5, $6)",
                  DB_PARAMS(s->config->county, db_number(edition, number), actor, action, object, reason), NULL);
}
