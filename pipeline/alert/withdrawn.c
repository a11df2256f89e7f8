/* What the county took back: the alerts close, and what rests on the same evidence opens no other. */
#include "pipeline/alert/alert.h"

static const char taken_back[] =
    "update w_alert w set outcome = 'withdrawn', cause = 'taken_back' from bidui.withdrawn x"
    " where x.county = $1 and x.alert_id = w.alert_id and x.learned <= $2::int";

enum rc alert_withdrawn(struct alerts *a) { return alert_run(a, taken_back, DB_NONE); }

/* The same evidence: no record version that the alert taken back did not rest on. A finding that rests on no record is
 * the same while its values are. */
static const char hold[] =
    "insert into bidui.held (county, edition, rule, subject, person_id, household_id, works_no, why, withdrawal_no)"
    " select $1, $2::int, f.rule, f.subject, f.person_id, f.household_id, f.works_no, 'withdrawn', x.withdrawal_no"
    " from bidui.finding f left join bidui.finding_evidence v on v.county = $1 and v.edition = $2::int and v.rule = f.rule"
    "  and v.subject = f.subject"
    " join (select distinct on (g.rule, g.subject) g.rule, g.subject, b.withdrawal_no, t.evidence, t.details from bidui.withdrawn b"
    "   join bidui.alert g on g.county = $1 and g.alert_id = b.alert_id"
    "   join lateral (select s.evidence, s.details from bidui.alert_state s where s.county = $1 and s.alert_id = g.alert_id"
    "     and s.edition < $2::int order by s.edition desc limit 1) t on true"
    "   where b.county = $1 and b.learned <= $2::int order by g.rule, g.subject, g.alert_id desc) x"
    "  on x.rule = f.rule and x.subject = f.subject"
    " where f.county = $1 and f.edition = $2::int and case when coalesce(v.evidence, '[]') = '[]'"
    "   then x.evidence = '[]' and x.details->'values' = f.details->'values' else x.evidence @> v.evidence end"
    "  and not exists (select from w_alert o where o.rule = f.rule and o.subject = f.subject"
    "   and (o.outcome in ('keep', 'stay') or o.goes_on is not null))"
    " on conflict do nothing";

enum rc alert_hold_withdrawn(struct alerts *a) { return alert_run(a, hold, DB_NONE); }
