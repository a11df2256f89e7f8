/* People of screened lists who are not on the roster: one lead each, of medium level, open while their entry is. */
#include "pipeline/alert/alert.h"

static const char gather[] =
    "insert into w_lead (key, lead_id, off_id, region, no, was_open, is_open, kind, grade, state, is_raised, raised_on,"
    "  raised_due, due_on, started_on)"
    " select 'o' || o.off_id, l.lead_id, o.off_id, coalesce(o.village_code, $1), o.record_key, l.lead_id is not null,"
    "  o.ended is null and x.code is null and b.lead_id is null, 'off_roster', 2, case when b.lead_id is not null then 'withdrawn'"
    "   when x.code is not null then 'answered' when o.ended_why = 'joined' then 'cleared' when o.ended is not null"
    "   then 'withdrawn' when coalesce(l.opened_edition, $2::int) > $4::int then 'opened' else 'open' end,"
    "  l.lead_id is null, t.raised_on, t.raised_due, t.due_on, t.started_on"
    " from bidui.off_roster o left join bidui.lead l on l.county = o.county and l.off_id = o.off_id"
    " left join lateral (select * from bidui.lead_state x where x.county = o.county and x.lead_id = l.lead_id"
    "   order by x.edition desc limit 1) t on true"
    " left join bidui.answer x on x.county = o.county and x.lead_id = l.lead_id and x.learned <= $2::int"
    "  and (x.ended is null or x.ended > $2::int)"
    " left join bidui.withdrawn b on b.county = o.county and b.lead_id = l.lead_id and b.alert_id = 0 and b.learned <= $2::int"
    " where o.county = $1 and o.learned <= $2::int and (l.lead_id is not null or o.ended is null)"
    "  and coalesce(t.state in ('opened', 'open'), true)";

static const char due[] =
    "update w_lead set due_on = raised_due, started_on = raised_on where off_id is not null and is_raised";

enum rc alert_off_roster(struct alerts *a) { return alert_run(a, gather, DB_NONE); }

enum rc alert_off_roster_due(struct alerts *a) { return alert_run(a, due, DB_NONE); }
