/* Leads: which there are, how grave, of what kind, and what happened to them in this edition. */
#include "pipeline/alert/alert.h"

static const char *const gather[] = {
    "insert into w_lead (key, lead_id, household_id, works_no, was_open, old_kind, old_grade, old_due, old_started,"
    "  raised_on, raised_due)"
    " select x.key, x.lead_id, l.household_id, l.works_no, true, t.kind, array_position('{low,medium,high}'::text[], t.level),"
    "  t.due_on, t.started_on, t.raised_on, t.raised_due"
    " from (select distinct key, lead_id from w_alert) x"
    " join bidui.lead l on l.county = $1 and l.lead_id = x.lead_id"
    " join lateral (select * from bidui.lead_state t where t.county = $1 and t.lead_id = x.lead_id"
    "  order by t.edition desc limit 1) t on true",
    "insert into w_lead (key, household_id, works_no, was_open)"
    " select w.key, min(w.household_id), min(w.works_no), false from w_new w"
    " where not exists (select from w_lead l where l.key = w.key) group by w.key",
    "update w_lead l set joined = true where exists (select from w_new w where w.key = l.key)",
    /* works stand under the county itself */
    "update w_lead set region = $1, no = works_no where works_no is not null",
    /* a household that is gone is where it was last known */
    "update w_lead l set no = k.household_no, region = (select h.village_code from bidui.household h where h.county = $1"
    "  and h.household_id = l.household_id and h.learned <= $2::int order by h.learned desc limit 1)"
    " from bidui.household_key k where k.county = $1 and k.household_id = l.household_id",
};

/* The gravest alert; one more when two families of risk meet within the window. */
static const char *const grade[] = {
    "update w_lead l set base = x.grade from (select key, max(grade) as grade from w_open group by key) x where x.key = l.key",
    "update w_lead l set grade = least(3, l.base + case when l.key in (select o.key from w_open o"
    "  join w_open p on p.key = o.key and p.family > o.family join w_lead k on k.key = o.key"
    "  join (select r.region, bidui.parameter_at($1, 'families_window', r.region, $3::date, $2::int) as days"
    "   from (select distinct region from w_lead) r) w on w.region = k.region"
    "  where abs(o.opened_on - p.opened_on) <= w.days) then 1 else 0 end) where l.base is not null",
};

/* Without an open alert a lead is over: it keeps its kind, level and deadline and is shown once more. */
static const char *const judge[] = {
    "update w_lead l set state = case when l.key in (select w.key from w_alert w where w.outcome = 'cleared')"
    "  then 'cleared' else 'withdrawn' end, kind = old_kind, grade = old_grade, due_on = old_due,"
    "  started_on = old_started where l.base is null",
    "update w_lead l set kind = case when l.works_no is not null then 'works'"
    "  when l.key not in (select o.key from w_open o where not o.standing) then 'standing' else coalesce("
    "  (select case when h.risk_cleared then 'reopen' when h.class = 'monitored' then 'changed' else 'new' end"
    "   from bidui.household h where h.county = $1 and h.household_id = l.household_id and h.learned <= $2::int"
    "   order by h.learned desc limit 1), 'new') end,"
    " state = case when not l.was_open then 'opened' when l.joined or l.grade > l.old_grade then 'escalated' else 'open' end"
    " where l.base is not null",
};

enum rc alert_leads(struct alerts *a)
{
    TRY(alert_run_all(a, gather, sizeof gather / sizeof *gather));
    TRY(db_exec(a->s->db, "analyze w_open; analyze w_lead; analyze w_new"));
    TRY(alert_run_all(a, grade, sizeof grade / sizeof *grade));
    return alert_run_all(a, judge, sizeof judge / sizeof *judge);
}
