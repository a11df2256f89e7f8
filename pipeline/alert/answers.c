/* What townships answered: an answered alert closes; for the rule's cooling period its findings open no other (they are
 * kept in bidui.held, which says until when), unless what it measures has grown; a household of whom enrolment was
 * reported counts as monitored. */
#include "pipeline/alert/alert.h"

#include "pipeline/feedback/codes.h"

#define IN_FORCE(x) x ".county = $1 and " x ".learned <= $2::int and (" x ".ended is null or " x ".ended > $2::int)"

/* ---- Closing ---- */

/* An answer is about what stood open when somebody went there, be it that the person has moved since. */
static const char answered[] =
    "update w_alert w set outcome = 'answered', cause = x.code::text from bidui.answer x, bidui.alert a"
    " where " IN_FORCE("x") " and x.rule = w.rule and x.subject = w.subject and a.county = $1 and a.alert_id = w.alert_id"
    " and w.outcome is null and x.visited_on >= w.opened_on and x.learned > a.opened_edition";

enum rc alert_answered(struct alerts *a) { return alert_run(a, answered, DB_NONE); }

/* ---- Reported households ---- */

static const char *const reported[] = {
    "create temp table w_reported (household_id bigint primary key) on commit drop",
    /* until the roster shows it as monitored, be it that it did when the result came */
    "insert into w_reported select distinct l.household_id from bidui.result x"
    " join bidui.lead l on l.county = $1 and l.lead_id = x.lead_id and l.household_id is not null"
    " where " IN_FORCE("x") " and x.code = any ($5::int[]) and not exists (select from bidui.household h where h.county = $1"
    "  and h.household_id = l.household_id and h.class = 'monitored' and h.learned <= $2::int and (h.ended is null or h.ended > x.learned))",
};

static const char *enrolling_codes(struct arena *arena)
{
    const char *all = "";
    for (const struct result_code *c = result_codes; c->code != 0; c++) {
        all = c->enrols ? arena_printf(arena, "%s%s%d", all, *all == '\0' ? "" : ",", c->code) : all;
    }
    return arena_printf(arena, "{%s}", all);
}

enum rc alert_reported(struct alerts *a)
{
    TRY(db_exec(a->s->db, reported[0]));
    TRY(alert_run(a, reported[1], DB_PARAMS(enrolling_codes(a->s->arena))));
    return db_exec(a->s->db, "analyze w_reported");
}

/* ---- Cooling ---- */

#define NUMBER(text) "case when " text " ~ '^-?[0-9]+([.][0-9]+)?$' then (" text ")::numeric end"

/* Share by which an amount must grow to open again before its time, where no parameter says another. */
#define GROWTH "0.3"

static const char *const hold[] = {
    "create temp table w_cooling (rule text primary key, days int, amount text) on commit drop",
    "insert into w_cooling select * from unnest($5::text[], $6::int[], $7::text[])",
    "insert into bidui.held (county, edition, rule, subject, person_id, household_id, works_no, why, answer, code,"
    "  answered_on, until, opens_at)"
    " select $1, $2::int, y.rule, y.subject, y.person_id, y.household_id, y.works_no, 'cooling', y.answer, y.code, y.visited_on, y.until,"
    "  y.opens_at from (select f.rule, f.subject, f.person_id, f.household_id, f.works_no, x.answer, x.code, x.visited_on,"
    "    x.visited_on + c.days as until, case when x.amount > 0 and c.amount is not null then round(x.amount * (1 + coalesce("
    "     bidui.parameter_at($1, 'cooling_growth', coalesce(h.village_code, $1), $3::date, $2::int), " GROWTH ")), 2) end as opens_at,"
    "    " NUMBER("f.details->'values'->>c.amount") " as amount"
    "   from bidui.finding f join w_cooling c on c.rule = f.rule"
    "   join bidui.answer x on x.rule = f.rule and x.subject = f.subject and " IN_FORCE("x")
    "   left join bidui.household h on h.county = $1 and h.household_id = f.household_id and h.learned <= $2::int"
    "    and (h.ended is null or h.ended > $2::int)"
    "   where f.county = $1 and f.edition = $2::int) y"
    " where $3::date < y.until and coalesce(y.amount < y.opens_at, true)"
    "  and not exists (select from w_alert o where o.rule = y.rule and o.subject = y.subject"
    "   and (o.outcome in ('keep', 'stay') or o.goes_on is not null))",
};

enum rc alert_hold(struct alerts *a)
{
    struct arena *arena = a->s->arena;
    size_t n = a->set.count;
    struct str *rules = arena_array(arena, n, sizeof *rules), *days = arena_array(arena, n, sizeof *days),
               *amounts = arena_array(arena, n, sizeof *amounts);
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &a->set.rules[i];
        const char *amount = rule_amount(rule);
        rules[i] = str_from(rule->text->id);
        days[i] = str_from(arena_printf(arena, "%d", rule->text->cooling_days));
        amounts[i] = amount != NULL ? str_from(amount) : STR_NULL;
    }
    TRY(db_exec(a->s->db, hold[0]));
    TRY(alert_run(a, hold[1], DB_PARAMS(db_array(arena, rules, n), db_array(arena, days, n), db_array(arena, amounts, n))));
    TRY(alert_run(a, hold[2], DB_NONE));
    TRY(alert_hold_withdrawn(a));
    return db_exec(a->s->db, "analyze bidui.held (county, edition, rule, subject)");
}
