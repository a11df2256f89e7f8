/* What each township was asked: the alerts of every lead in its workbook, so that its answers find them again. */
#include "pipeline/deliver/list.h"

static const char forget[] = "delete from bidui.sending_lead where county = $1 and edition = $2::int";

/* A lead that is asked the same as before needs no row of its own. */
static const char store[] =
    "insert into bidui.sending_lead (county, lead_id, recipient, edition, alerts)"
    " select $1, x.lead_id, x.recipient, $2::int, x.alerts::bigint[]"
    " from unnest($3::bigint[], $4::text[], $5::text[]) as x (lead_id, recipient, alerts)"
    " left join lateral (select s.alerts from bidui.sending_lead s where s.county = $1 and s.lead_id = x.lead_id"
    "   and s.recipient = x.recipient and s.edition <= $2::int order by s.edition desc limit 1) l on true"
    " where l.alerts is distinct from x.alerts::bigint[] on conflict do nothing";

static struct str alerts_of(struct arena *a, const struct lead *lead)
{
    const char *all = "";
    for (size_t i = 0; i < lead->reason_count; i++) {
        if (reason_is_open(&lead->reasons[i])) {
            all = arena_printf(a, "%s%s%lld", all, *all == '\0' ? "" : ",", (long long)lead->reasons[i].alert_id);
        }
    }
    return str_from(arena_printf(a, "{%s}", all));
}

enum rc sendings_store(struct stage *s, const struct list *l)
{
    struct arena *a = l->arena;
    char edition[DB_NUMBER];
    size_t n = 0;
    struct str *ids = arena_array(a, l->lead_count, sizeof *ids), *recipients = arena_array(a, l->lead_count, sizeof *ids),
               *alerts = arena_array(a, l->lead_count, sizeof *ids);
    for (size_t i = 0; i < l->lead_count; i++) {
        const struct lead *lead = &l->leads[i];
        if (lead->sheet == SHEET_CLEARED || str_is_null(lead->township_code) || !lead_is_for_township(l, lead)) {
            continue;
        }
        ids[n] = str_from(arena_printf(a, "%lld", (long long)lead->id));
        recipients[n] = lead->township_code;
        alerts[n++] = alerts_of(a, lead);
    }
    (void)db_number(l->edition, edition);
    TRY(l->batch == NULL ? db_run(s->db, forget, DB_PARAMS(s->config->county, edition), NULL) : RC_OK);
    return db_run(s->db, store,
                  DB_PARAMS(s->config->county, edition, db_array(a, ids, n), db_array(a, recipients, n), db_array(a, alerts, n)),
                  NULL);
}
