/* Leads: which there are, how grave, of what kind, and what happened to them in this edition. */
#include "pipeline/alert/alert.h"

/* Works stand under the county itself; a household that is gone is where it was last known. */
#define PLACE                                                                               \
    " left join lateral (select k.household_no from bidui.household_key k where k.county = $1" \
    "  and k.household_id = x.household_id limit 1) k on true" \
    " left join lateral (select h.village_code from bidui.household h where h.county = $1"  \
    "  and h.household_id = x.household_id and h.learned <= $2::int order by h.learned desc limit 1) h on true"

static const char *const gather[] = {
    "insert into w_case (key, lead_id, household_id, works_no, region, no, was_open, of_day, joined, grade_before,"
    "  old_kind, old_grade, old_due, old_started, raised_on, raised_due)"
    " select x.key, x.lead_id, x.household_id, x.works_no, coalesce(h.village_code, $1), coalesce(k.household_no, x.works_no),"
    "  true, x.opened_edition > $4::int, x.key in (select key from w_new union select key from w_alert where of_day"
    "    and outcome in ('keep', 'stay')), array_position('{low,medium,high}'::text[], n.level),"
    "  t.kind, array_position('{low,medium,high}'::text[], t.level), t.due_on, t.started_on, t.raised_on, t.raised_due"
    " from (select distinct w.key, w.lead_id, l.household_id, l.works_no, l.opened_edition from w_alert w"
    "  join bidui.lead l on l.county = $1 and l.lead_id = w.lead_id order by l.household_id) x" PLACE
    " join lateral (select * from bidui.lead_state t where t.county = $1 and t.lead_id = x.lead_id"
    "  order by t.edition desc limit 1) t on true"
    " left join lateral (select n.level from bidui.lead_state n where n.county = $1 and n.lead_id = x.lead_id"
    "  and n.edition <= $4::int order by n.edition desc limit 1) n on true",
    "insert into w_case (key, household_id, works_no, region, no, was_open, of_day, joined)"
    " select x.key, x.household_id, x.works_no, coalesce(h.village_code, $1), coalesce(k.household_no, x.works_no), false, true, true"
    " from (select key, min(household_id) as household_id, min(works_no) as works_no from w_new"
    "  where key not in (select key from w_case) group by key order by household_id) x" PLACE, /* as the rows lie */
};

/* The gravest alert; one more when two families of risk meet within the window. */
#define GRAVITY                                                                                                               \
    "select c.*, o.base, o.standing, least(3, o.base + (f.key is not null)::int) as grade from w_case c"                      \
    " left join (select key, max(grade) as base, bool_and(standing) as standing from w_open group by key) o on o.key = c.key" \
    " left join (select distinct o.key from (select * from w_open where key in (select key from w_open group by key"           \
    "     having min(family collate \"C\") <> max(family collate \"C\"))) o join w_open p on p.key = o.key and p.family > o.family" \
    "   join w_case k on k.key = o.key join (select r.region, bidui.parameter_at($1, 'families_window', r.region,"            \
    "     $3::date, $2::int) as days from (select distinct region from w_case) r) w on w.region = k.region"                   \
    "   where abs(o.opened_on - p.opened_on) <= w.days) f on f.key = c.key"

#define KIND                                                                                                         \
    "case when g.works_no is not null then 'works' when g.standing then 'standing' else coalesce((select case when"  \
    "  g.household_id in (select r.household_id from w_reported r) then 'changed' when"                                \
    "  h.risk_cleared then 'reopen' when h.class = 'monitored' then 'changed' else 'new' end from bidui.household h" \
    "  where h.county = $1 and h.household_id = g.household_id and h.learned <= $2::int order by h.learned desc limit 1), 'new') end"

/* What says most of how a lead ended comes last. */
#define ENDED(state) "array_position('{withdrawn,cleared,answered}'::text[], " state ")"

static const char *const judge[] = {
    "insert into w_lead (key, lead_id, household_id, works_no, region, no, was_open, is_open, kind, grade, state, raised_on,"
    "  raised_due)"
    " select g.key, g.lead_id, g.household_id, g.works_no, g.region, g.no, g.was_open, true, " KIND
    ", g.grade,"
    "  case when g.of_day then 'opened' when g.joined or g.grade > g.grade_before then 'escalated' else 'open' end,"
    "  g.raised_on, g.raised_due from (" GRAVITY ") g where g.base is not null",
    /* without an open alert a lead is over: it keeps its kind, level and deadline and is shown once more */
    "insert into w_lead (key, lead_id, household_id, works_no, region, no, was_open, is_open, kind, grade, state, raised_on,"
    "  raised_due, due_on, started_on)"
    " select c.key, c.lead_id, c.household_id, c.works_no, c.region, c.no, true, false, c.old_kind, c.old_grade,"
    "  ('{withdrawn,cleared,answered}'::text[])[coalesce(greatest(w.ended, t.ended), 1)],"
    "  c.raised_on, c.raised_due, c.old_due, c.old_started from w_case c"
    " left join (select key, max(" ENDED("outcome") ") as ended from w_alert group by key) w on w.key = c.key"
    " left join lateral (select max(" ENDED("t.state") ") as ended from bidui.alert a"
    "   join bidui.alert_state t on t.county = a.county and t.alert_id = a.alert_id and t.edition = a.closed_edition"
    "   where a.county = $1 and a.lead_id = c.lead_id and a.closed_edition > $4::int) t on true"
    " where c.key not in (select key from w_open)",
    /* a level that rose above what the alerts give starts a clock of its own */
    "update w_lead l set is_raised = true from w_case c, (select key, max(grade) as base from w_open group by key) o"
    " where c.key = l.key and o.key = l.key and l.grade > o.base and l.kind <> 'standing'"
    "  and (not l.was_open or l.grade > c.old_grade)",
};

enum rc alert_leads(struct alerts *a)
{
    TRY(alert_run_all(a, gather, sizeof gather / sizeof *gather));
    TRY(alert_run_all(a, judge, sizeof judge / sizeof *judge));
    return db_exec(a->s->db, "analyze w_open; analyze w_new; analyze w_lead");
}
